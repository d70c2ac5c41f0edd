"""Data with a planted truth: deterministic, as good to predict as is claimed, and read back unchanged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.errors import OptionError
from gatewise.made import FAMILIES, find, shuffled_labels
from gatewise.made.file import ENDINGS, FEWEST, check_ending, content
from gatewise.made.tent_map import tent_map
from gatewise.seeds import stream

LONG = 200_000
SERIES = [name for name, family in FAMILIES.items() if family.kind == "table"]


def file_of(name: str) -> Path:
    return Path(name + ENDINGS[FAMILIES[name].kind][0])


def made(name: str, size: int, seed: int = 0) -> dict[str, np.ndarray]:
    return FAMILIES[name].generate(size, np.random.default_rng(seed))


def ridge_error(y: np.ndarray, lags: int = 16) -> float:
    """Mean squared error on the second half of a linear fit to the lags of the first; a long draw needs no penalty."""
    windows = np.lib.stride_tricks.sliding_window_view(y, lags + 1)
    x = np.column_stack([np.ones(len(windows)), windows[:, :-1]])
    half = len(x) // 2
    weights = np.linalg.lstsq(x[:half], windows[:half, -1], rcond=None)[0]
    return float(np.mean((windows[half:, -1] - x[half:] @ weights) ** 2))


def test_the_table_of_families():
    """Twelve families, each with its description, source and best score."""
    assert {name: (family.size, family.best) for name, family in FAMILIES.items()} == {
        "white-noise": (10_000, 1.0),
        "random-walk": (10_000, 1.0),
        "ar2": (10_000, 1.0),
        "tent-map": (20_000, 0.01),
        "delayed-echo": (10_000, 0.01),
        "shuffled-labels": (1_000, 0.6),
        "counting": (1_500, 1.0),
        "parity": (3_000, 1.0),
        "adding": (3_000, 0.0),
        "anbn": (1_500, 1.0),
        "anbncn": (1_500, 1.0),
        "copy-memory": (3_000, 1.0),
    }
    assert all(family.about and family.source and "\n" not in family.about for family in FAMILIES.values())


@pytest.mark.parametrize("name", FAMILIES)
def test_the_seed_decides(name):
    """The same bytes for the same seed and size, others for another."""
    family, path = FAMILIES[name], file_of(name)
    first = content(family, path, size=60, seed=0)

    assert first == content(family, path, size=60, seed=0)
    assert first != content(family, path, size=60, seed=1)
    assert first != content(family, path, size=61, seed=0)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("size", [FEWEST, None])
def test_gatewise_reads_what_was_made(name, size, tmp_path):
    """The smallest file and one of the usual size, value for value."""
    family, path = FAMILIES[name], tmp_path / file_of(name)
    size = size or family.size
    path.write_bytes(content(family, path, size=size, seed=5))
    arrays = family.generate(size, np.random.default_rng(stream(5, "make", name)))

    if family.kind == "table":
        series = look(path, Reading(target="y"))
        assert set(series.features) == set(arrays)
        for place, column in enumerate(series.features):
            np.testing.assert_array_equal(series.values[:, place], arrays[column])
        assert len(series.values) == size
        return
    if family.kind == "text":
        split = "longer" if family.longer else None
        symbols = look(path, Reading(pieces="lines", cue=family.cue, split=split))
        signs = np.array(["", *symbols.alphabet])[symbols.codes]
        lines = ["".join(line) for line in np.split(signs, np.cumsum(symbols.lengths)[:-1])]
        assert lines == arrays["text"].tolist()
        assert symbols.test_start == (2 * size // 3 if family.longer else None)
        behind = [[family.cue in line[:place] for place in range(len(line))] for line in lines]
        np.testing.assert_array_equal(symbols.determined, np.concatenate(behind))
        return
    found = look(path)
    inside = np.arange(found.values.shape[1]) < found.lengths[:, None]
    np.testing.assert_array_equal(np.where(inside[..., None], found.values, 0.0), arrays["X"])
    told = found.numbers if found.labels is None else np.array(found.classes, dtype=int)[found.labels]
    np.testing.assert_array_equal(told, arrays["y"])
    np.testing.assert_array_equal(found.lengths, arrays.get("lengths", np.full(size, arrays["X"].shape[1])))
    assert found.test_start == (2 * size // 3 if "test" in arrays else None)


def test_parquet_too():
    """A table as Parquet holds the same numbers as one as CSV."""
    frames = [
        read(io.BytesIO(content(FAMILIES["ar2"], Path("x" + ending), size=50, seed=1)))
        for read, ending in ((pl.read_csv, ".csv"), (pl.read_parquet, ".Parquet"))
    ]

    assert frames[0].equals(frames[1])


def test_white_noise_is_predicted_best_by_its_mean():
    """MSE 1 for 0, and no less for a fit to the lags."""
    y = made("white-noise", LONG)["y"]

    assert np.mean(y**2) == pytest.approx(1.0, rel=0.02)
    assert ridge_error(y) == pytest.approx(1.0, rel=0.02)


def test_a_random_walk_is_predicted_best_by_its_last_value():
    """MSE 1 for the last value, and no less for a fit to the lags."""
    y = made("random-walk", LONG)["y"]

    assert np.mean(np.diff(y) ** 2) == pytest.approx(1.0, rel=0.02)
    assert ridge_error(y) == pytest.approx(1.0, rel=0.02)


def test_ar2_is_predicted_best_by_its_coefficients():
    """MSE 1 for them and for a fit to the lags; the variance is the stationary one, from the first row on."""
    y = made("ar2", LONG)["y"]
    # (1 - φ₂) / ((1 + φ₂) ((1 - φ₂)² - φ₁²))
    variance = 1.75 / (0.25 * (1.75**2 - 1.5**2))

    assert np.mean((y[2:] - 1.5 * y[1:-1] + 0.75 * y[:-2]) ** 2) == pytest.approx(1.0, rel=0.02)
    assert ridge_error(y) == pytest.approx(1.0, rel=0.02)
    assert np.var(y) == pytest.approx(variance, rel=0.05)
    starts = [made("ar2", 12, seed)["y"][0] for seed in range(400)]
    assert np.var(starts) == pytest.approx(variance, rel=0.3)


def test_the_tent_map_is_out_of_reach_of_anything_linear():
    """MSE 0.01 for the conditional mean, more than five times that for a fit to the lags."""
    y = made("tent-map", LONG)["y"]

    assert np.mean((y[1:] - 1.0 + 1.5 * np.abs(y[:-1])) ** 2) == pytest.approx(0.01, rel=0.02)
    assert ridge_error(y) > 0.05


def test_the_tent_map_stays_bounded():
    """Far inside (-2, 2), from where it cannot leave, for many seeds."""
    assert max(np.abs(made("tent-map", 20_000, seed)["y"]).max() for seed in range(50)) < 1.7


def test_noise_that_would_let_the_tent_map_escape_is_drawn_again():
    """Noise of size 3 at every tenth step leaves no trace outside (-2, 2)."""

    class Wild(np.random.Generator):
        def normal(self, loc=0.0, scale=1.0, size=None):
            noise = super().normal(loc, scale, size)
            if size is not None:
                noise[::10] = -3.0
            return noise

    y = tent_map(1_000, Wild(np.random.PCG64(0)))["y"]

    assert len(y) == 1_000
    assert np.abs(y).max() < 2.0


def test_shuffled_labels_say_nothing():
    """The frequency is plain to see; told from it, a label is right as often as the majority's is."""
    arrays = made("shuffled-labels", 30_000)
    power = np.abs(np.fft.rfft(arrays["X"][..., 0], axis=1)) ** 2
    cycles = np.round(np.array(shuffled_labels.FREQUENCIES) * shuffled_labels.STEPS).astype(int)
    kind = np.argmax(power[:, cycles], axis=1)
    table = np.zeros((3, 3), dtype=int)
    np.add.at(table, (kind, arrays["y"]), 1)

    assert np.isin(np.argmax(power[:, 1:], axis=1) + 1, cycles).mean() > 0.999
    np.testing.assert_array_equal(np.bincount(arrays["y"]), [18_000, 6_000, 6_000])
    np.testing.assert_allclose(np.bincount(kind), [18_000, 6_000, 6_000], rtol=1e-3)
    assert table.max(axis=1).sum() / 30_000 == pytest.approx(0.6, abs=0.01)


def test_shuffled_labels_at_their_usual_size():
    """1,000 sequences of 40 steps and 2 channels; the majority's share is the best accuracy."""
    arrays = made("shuffled-labels", 1_000)

    assert arrays["X"].shape == (1_000, 40, 2)
    assert np.bincount(arrays["y"]).max() / 1_000 == FAMILIES["shuffled-labels"].best


def test_counting_is_right_by_recounting():
    """a's, then b's, then nothing; equal or 1 to 5 apart; half and half; up to 40, then 41 to 80."""
    arrays = made("counting", 1_500)
    X, test = arrays["X"].astype(int), arrays["test"]
    a, b = X.sum(axis=1).T
    letters = X[..., 0] - X[..., 1]
    apart = np.abs(a - b)

    assert X.shape == (1_500, 160, 2)
    steps = np.arange(160)
    assert (letters == np.where(steps < a[:, None], 1, np.where(steps < (a + b)[:, None], -1, 0))).all()
    np.testing.assert_array_equal(arrays["lengths"], a + b)
    np.testing.assert_array_equal(arrays["y"], a == b)
    assert set(apart[arrays["y"] == 0]) == {1, 2, 3, 4, 5}
    assert (test.sum(), arrays["y"][test].sum(), arrays["y"][~test].sum()) == (500, 250, 500)
    for counts in (a, b):
        assert (counts[~test].min(), counts[~test].max()) == (1, 40)
        assert (counts[test].min(), counts[test].max()) == (41, 80)
    assert len(np.unique(np.flatnonzero(np.diff(arrays["y"][~test])))) > 300  # the classes are mixed


def test_a_delayed_echo_is_predicted_best_by_its_input():
    """MSE 0.01 for what the input was ten steps ago; a fit to its own lags has nothing, one to the input's all."""
    x, y = made("delayed-echo", LONG).values()

    assert np.mean((y[10:] - x[:-10]) ** 2) == pytest.approx(0.01, rel=0.02)
    assert np.var(y) == pytest.approx(1 / 3 + 0.01, rel=0.02)
    assert ridge_error(y) == pytest.approx(np.var(y), rel=0.02)


def test_parity_is_one_bit_of_memory():
    """A bit that every one turns is right on all sequences; up to 20 bits to learn from, 21 to 40 to test on."""
    arrays = made("parity", 3_000)
    X, lengths, test = arrays["X"][..., 0], arrays["lengths"], arrays["test"]
    bit = np.zeros(3_000, int)
    for t, column in enumerate(X.T):
        bit = np.where(t < lengths, bit ^ column, bit)

    assert (bit == arrays["y"]).all()
    assert (lengths[~test].min(), lengths[~test].max(), lengths[test].min(), lengths[test].max()) == (1, 20, 21, 40)
    assert X[np.arange(40) < lengths[:, None]].mean() == pytest.approx(0.5, abs=0.01)


def test_adding_is_solved_by_keeping_two_numbers():
    """No error for the sum of the marked; one mark in each half; 1/6 for the mean."""
    arrays = made("adding", 3_000)
    numbers, marks = arrays["X"][..., 0], arrays["X"][..., 1]
    kept = np.zeros(3_000)
    for number, mark in zip(numbers.T, marks.T, strict=True):
        kept += np.where(mark == 1.0, number, 0.0)

    assert np.mean((kept - arrays["y"]) ** 2) < 1e-30
    assert (marks.reshape(-1, 2, 25).sum(axis=2) == 1).all()
    assert np.var(arrays["y"]) == pytest.approx(1 / 6, rel=0.05)


def counter(letters: str, line: str) -> str:
    """What a counter tells of each symbol and of the end, ".": as many of every letter as of the first, in order."""
    seen = ([line[:place].count(letter) for letter in letters] for place in range(len(line) + 1))
    return "".join(next((a for a, n in zip(letters, now, strict=True) if n < now[0]), ".") for now in seen)


@pytest.mark.parametrize(("name", "letters"), [("anbn", "ab"), ("anbncn", "abc")])
def test_counting_lines_are_solved_by_a_counter(name, letters):
    """All behind the first b; n up to 40 to learn from, 41 to 80 to test on."""
    lines = made(name, 1_500)["text"].tolist()
    counts = np.array([line.count("a") for line in lines])

    behind = [line.index(FAMILIES[name].cue) + 1 for line in lines]
    assert all(counter(letters, line)[at:] == line[at:] + "." for line, at in zip(lines, behind, strict=True))
    assert (counts[:1000].min(), counts[:1000].max(), counts[1000:].min(), counts[1000:].max()) == (1, 40, 41, 80)


def test_copies_are_solved_by_keeping_ten_letters():
    """Whoever writes down the first ten letters tells all behind them."""
    lines = made("copy-memory", 3_000)["text"].tolist()

    assert all(line[10:] == "x" * 30 + "z" + line[:10] and line.index("x") == 10 for line in lines)
    letters = np.array([list(line[:10]) for line in lines])
    assert np.unique(letters, return_counts=True)[1] / 30_000 == pytest.approx(np.full(8, 1 / 8), rel=0.05)


def test_a_wrong_name_describes_all():
    """The nearest name first, then every family with what it is."""
    with pytest.raises(OptionError) as raised:
        find("tent")

    assert "'tent' is no family that gatewise makes; did you mean tent-map?" in str(raised.value)
    assert all(f"{family.name}: {family.about}" in str(raised.value) for family in FAMILIES.values())


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("ar2", "x.npz", r"--out x.npz: ar2 is a table; .* ends in .csv or .parquet. Type: --out ar2.csv"),
        ("counting", "x.csv", r"counting is labelled sequences; .* ends in .npz. Type: --out counting.npz"),
        ("white-noise", "noise", r"Type: --out white-noise.csv"),
        ("anbn", "x.csv", r"anbn is a text; .* ends in .txt. Type: --out anbn.txt"),
    ],
)
def test_a_wrong_ending(name, path, message):
    """The message says what to type."""
    with pytest.raises(OptionError, match=message):
        check_ending(FAMILIES[name], Path(path))


def test_what_to_type_next():
    """Quoted for the shell; a series needs its target."""
    assert FAMILIES["ar2"].command(Path("my data.csv")) == "gatewise compare 'my data.csv' --target y"
    assert FAMILIES["counting"].command(Path("c.npz")) == "gatewise compare c.npz"
    asked = "gatewise compare a.txt --pieces lines --split longer --cue b --metric solved"
    assert FAMILIES["anbn"].command(Path("a.txt")) == asked
