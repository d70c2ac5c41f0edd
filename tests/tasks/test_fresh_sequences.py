"""New sequences are read as those were that a model learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.run.options import options
from gatewise.tasks import meant
from gatewise.tasks.sequences import fresh_sequences

if TYPE_CHECKING:
    from pathlib import Path


def fresh(path: Path, **asked: object) -> tuple[np.ndarray, np.ndarray]:
    """The values as a comparison reads them, and as they are read again to predict on."""
    chosen = options(**asked)
    data = look(path, Reading.of(chosen))
    common, section = meant(data, chosen).describe(data, chosen)

    return data.values, fresh_sequences(common, section, path).values


def test_a_text_with_the_class_first(tmp_path: Path) -> None:
    """`--layout ucr` is remembered: by its name alone the text would be a table."""
    rng = np.random.default_rng(0)
    rows = np.column_stack([np.arange(20) % 2 + 1, rng.normal(size=(20, 30))])
    np.savetxt(tmp_path / "waves.txt", rows, fmt="%.6g")

    np.testing.assert_array_equal(*fresh(tmp_path / "waves.txt", layout="ucr"))


def test_what_stands_for_a_missing_value_in_a_long_table(tmp_path: Path) -> None:
    """`--missing` is remembered too: -200 is no measurement."""
    rng = np.random.default_rng(0)
    lines = ["trial,step,x,kind"]
    for trial in range(12):
        for step in range(6):
            x = -200 if (trial + step) % 5 == 0 else f"{rng.normal():.4f}"
            lines.append(f"{trial},{step},{x},{'ab'[trial % 2]}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    first, again = fresh(tmp_path / "log.csv", sequence="trial", order="step", target="kind", missing="-200")

    assert np.isnan(first).any()
    np.testing.assert_array_equal(first, again)


def test_a_decimal_comma_that_was_found_is_kept(tmp_path: Path) -> None:
    """New numbers of three digits behind a comma, which may be thousands by themselves, are read as training's were."""
    kinds = [f"{trial};{step};{trial % 3},{step}5;{'ab'[trial % 2]}" for trial in range(12) for step in range(6)]
    new = [f"{trial};{step};1,{step}25" for trial in range(3) for step in range(6)]
    (tmp_path / "log.csv").write_text("\n".join(["trial;step;x;kind", *kinds]) + "\n")
    (tmp_path / "new.csv").write_text("\n".join(["trial;step;x", *new]) + "\n")
    chosen = options(sequence="trial", order="step", target="kind")
    data = look(tmp_path / "log.csv", Reading.of(chosen))
    common, section = meant(data, chosen).describe(data, chosen)
    found = fresh_sequences(common, section, tmp_path / "new.csv")

    np.testing.assert_allclose(found.values[..., 0], np.tile(1.025 + 0.1 * np.arange(6), (3, 1)))
