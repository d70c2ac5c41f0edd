"""Validation parts of tuning: every fit of a configuration validates on the same examples, in the same blocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny import sequences, series, task_of

import gatewise
from gatewise.data.alphabet import symbols_of
from gatewise.data.frames import Frames
from gatewise.data.readers.raw import RawSymbols

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.data.shapes import Data

KINDS = ("sequences", "own sequences", "series", "rolls", "own rolls", "lines", "own lines")


def rolls(own: int | None) -> Frames:
    """Sixty-three rolls of unequal length."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(5, 90, 63)
    return Frames(rng.random((int(lengths.sum()), 3)) < 0.4, lengths, ("a", "b", "c"), own, "made")


def lines(own: int | None) -> Data:
    """As many lines."""
    rng = np.random.default_rng(4)
    texts = tuple("".join(rng.choice(list("abc"), rng.integers(5, 90))) for _ in range(63))
    tested = None if own is None else np.arange(63) >= own
    return symbols_of(RawSymbols(texts, "character", "line", "made", test=tested))


def made(kind: str) -> Data:
    """Data of a kind."""
    own = 52 if kind.startswith("own") else None
    if kind == "series":
        return series()
    if kind.endswith("sequences"):
        return sequences(63, test_start=own)
    return rolls(own) if kind.endswith("rolls") else lines(own)


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_a_second_fit_validates_on_what_the_first_did(kind: str, count: int) -> None:
    """Losses of both are averaged block by block, and a block must be the same examples in both."""
    task = task_of(made(kind), count=count)
    folds = task.setting.splits.tuning_folds

    for split in range(task.setting.splits.count):
        for draw in range(folds):
            first, second = (task.parts(split, "tune", k) for k in (draw, draw + folds))
            np.testing.assert_array_equal(first.validation, second.validation)
            np.testing.assert_array_equal(first.validation_block, second.validation_block)
            np.testing.assert_array_equal(first.train, second.train)


def test_rolls_of_which_a_draw_rounds_up_or_down_are_tuned_twice(tmp_path: Path) -> None:
    """A fifth of 52 rolls is ten or eleven, by luck; losses of second fits are averaged with those of the first."""
    rng = np.random.default_rng(3)
    played = {
        part: [(rng.random((rng.integers(4, 12), 4)) < 0.4).astype(int).tolist() for _ in range(rolls)]
        for part, rolls in (("train", 52), ("test", 11))
    }
    (tmp_path / "rolls.json").write_text(json.dumps(played))

    found = gatewise.compare(tmp_path / "rolls.json", fits=60, workers=1, out=tmp_path / "run")

    assert "no-second-fits" not in {note.code for note in found.folder.verdict().warnings}
