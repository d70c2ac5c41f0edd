"""The user's own test rows and test sequences: a file of them, or a place in the data."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tiny import task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError, OptionError
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from pathlib import Path

DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(200)]


def daily(days: list[dt.date], seed: int = 0, form: str = "%Y-%m-%d") -> pl.DataFrame:
    """A weekly pattern with noise."""
    values = np.sin(2 * np.pi * np.arange(len(days)) / 7) + 0.1 * np.random.default_rng(seed).normal(size=len(days))
    return pl.DataFrame({"day": [day.strftime(form) for day in days], "y": values})


def saved(frame: pl.DataFrame, path: Path) -> str:
    """The frame as a file."""
    frame.write_csv(path)
    return str(path)


def parted(tmp_path: Path, first: pl.DataFrame, second: pl.DataFrame, **said: object) -> Series:
    """What is read of two files of one table."""
    said = {"target": "y", "test": saved(second, tmp_path / "test.csv"), **said}
    found = look(saved(first, tmp_path / "train.csv"), Reading(**said))  # type: ignore[arg-type]
    assert isinstance(found, Series)
    return found


def test_a_file_of_later_rows_is_what_is_tested(tmp_path: Path) -> None:
    """The two files together are the table cut at that time; windows read across the border, and predict beyond it."""
    whole = daily(DAYS)
    found = parted(tmp_path, whole[:150], whole[150:])
    cut = look(saved(whole, tmp_path / "whole.csv"), Reading(target="y", split_at="2020-05-30"))
    assert isinstance(cut, Series)

    assert found.test_start == cut.test_start == 150
    assert np.array_equal(found.values, cut.values)
    assert found.sha256() == cut.sha256() != look(tmp_path / "whole.csv", Reading(target="y")).sha256()
    assert "own split: 150 rows to learn from, 50 from 2020-05-30 on to test on" in found.describe()
    task = task_of(found, horizon=2, window=5)
    assert isinstance(task, Forecast)
    assert task.setting.splits.kind == "own"
    parts = task.parts(0, "pair", 0)
    assert parts.test[0] == 150
    assert max(parts.train.max(), parts.validation.max()) + 2 <= 150


def test_test_rows_change_nothing_that_is_learned(tmp_path: Path) -> None:
    """Scales, seasons, columns, masks, and the windows that train and validate are those of the table alone."""
    whole = daily(DAYS).with_columns(u=pl.Series(np.arange(200.0) % 3), kind=pl.Series(["a", "b"] * 100))
    other = whole[150:].with_columns(y=1e3 * pl.col("y") + 50, u=pl.lit(7.5), kind=pl.lit("never seen"))
    one, two = (parted(tmp_path, whole[:150], test) for test in (whole[150:], other))

    assert (one.features, one.seasons, one.calendar) == (two.features, two.seasons, two.calendar)
    tasks = [task_of(found, window=7) for found in (one, two)]
    parts = [task.parts(0, "tune", 0) for task in tasks]
    for name in ("train", "validation", "validation_block", "test"):
        assert np.array_equal(getattr(parts[0], name), getattr(parts[1], name))
    learned = [task.examples(part).learned for task, part in zip(tasks, parts, strict=True)]
    for name in ("mean", "spread", "drift"):
        assert np.array_equal(getattr(learned[0], name), getattr(learned[1], name))
    assert np.array_equal(learned[0].inputs.scale, learned[1].inputs.scale)
    examples = [task.examples(part) for task, part in zip(tasks, parts, strict=True)]
    assert np.array_equal(examples[0].inputs(parts[0].train)[0], examples[1].inputs(parts[0].train)[0])


def test_seasons_are_found_before_an_early_split() -> None:
    """Rows from the split on are not looked at for seasons."""
    values = np.concatenate([np.sin(2 * np.pi * np.arange(80) / 5), np.sin(2 * np.pi * np.arange(240) / 8)])
    found = look(pl.DataFrame({"y": values}), Reading(target="y", split_at="81", time="none"))
    assert isinstance(found, Series)
    assert found.seasons[0] == 5


def test_series_that_stand_in_rows_are_appended(tmp_path: Path) -> None:
    """A row a series, other column names, unequal lengths: testing begins at one step in all of them."""
    rng = np.random.default_rng(1)
    train = tmp_path / "train.csv"
    rows = [("A", rng.normal(size=60)), ("B", rng.normal(size=90))]
    header = "V1," + ",".join(f"V{k}" for k in range(2, 92))
    train.write_text(
        header + "\n" + "\n".join(f"{n}," + ",".join([*map(str, v)] + [""] * (90 - len(v))) for n, v in rows)
    )
    test = tmp_path / "test.csv"
    more = {name: rng.normal(size=6) for name in ("B", "A")}
    test.write_text("V1,V2,V3,V4,V5,V6,V7\n" + "\n".join(f"{n}," + ",".join(map(str, v)) for n, v in more.items()))
    found = look(str(train), Reading(layout="rows", test=str(test)))

    assert isinstance(found, Series)
    assert np.diff(found.timeline.starts).tolist() == [66, 96]
    assert found.test_start is not None
    tested = found.timeline.steps - found.timeline.steps.min() >= found.test_start
    assert found.values[tested, 0] == pytest.approx(np.concatenate([more["A"], more["B"]]))


def test_a_gap_between_the_files_is_filled_and_told(tmp_path: Path) -> None:
    """Missing steps between the last row and the first test row are missing values."""
    whole = daily(DAYS)
    found = parted(tmp_path, whole[:150], whole[153:])
    assert (len(found.values), found.inserted, found.test_start) == (200, 3, 153)
    assert any("3 missing steps filled in" in note for note in found.notes)
    with pytest.raises(DataError, match="3 steps of 1 day are missing"):
        parted(tmp_path, whole[:150], whole[153:], gaps="refuse")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (slice(149, 200), "its first row is of 2020-05-29, and train.csv has rows up to 2020-05-29"),
        (slice(0, 50), "expected rows after those to learn from"),
    ],
)
def test_an_overlap_is_refused(tmp_path: Path, test: slice, message: str) -> None:
    """Rows to test on come after all rows to learn from."""
    whole = daily(DAYS)
    with pytest.raises(DataError, match=message):
        parted(tmp_path, whole[:150], whole[test])


def test_a_series_that_is_new_is_refused(tmp_path: Path) -> None:
    """The test rows are of the table's series."""
    frames = [daily(DAYS).with_columns(shop=pl.lit(name)) for name in ("a", "b", "c")]
    train, test = (pl.concat([frame[part] for frame in frames]) for part in (slice(0, 150), slice(150, 200)))
    found = parted(tmp_path, train, test, series="shop")
    assert (found.timeline.count, found.test_start) == (3, 150)
    with pytest.raises(DataError, match=r"got 1 series that train.csv does not have, such as .c."):
        parted(tmp_path, train.filter(pl.col("shop") != "c"), test, series="shop")


@pytest.mark.parametrize(
    ("form", "typed", "start"),
    [
        ("%Y-%m-%d", "2020-05-30", 150),
        ("%Y-%m-%d", "151", 150),
        ("%d.%m.%Y", "30.05.2020", 150),
        ("%d/%m/%Y", "05/04/2020", 95),
        ("%m/%d/%Y", "04/05/2020", 95),
        ("%d %B %Y", "30 May 2020", 150),
    ],
)
def test_a_time_is_typed_as_the_table_has_it(form: str, typed: str, start: int) -> None:
    """Or the number of a row, counted from 1."""
    found = look(daily(DAYS, form=form), Reading(target="y", split_at=typed))
    assert isinstance(found, Series)
    assert found.test_start == start


@pytest.mark.parametrize("typed", ["1", "201", "2019-12-31", "2021-01-01", "soon", "2020-01-01"])
def test_a_place_that_is_not_there_is_refused(typed: str) -> None:
    """The message has the first and the last place, and an example."""
    with pytest.raises(
        OptionError, match=r"expected a time after .2020-01-01., up to .2020-07-18. or a row from 2 to 200"
    ):
        look(daily(DAYS), Reading(target="y", split_at=typed))


def test_a_number_that_may_be_a_row_or_a_time_is_refused() -> None:
    """Row 150 is another one than time 150; what to type for each is told, and it works."""
    frame = pl.DataFrame({"time": np.arange(100, 300), "y": daily(DAYS)["y"]})
    with pytest.raises(
        OptionError, match=r"--split-at .150.0. for the time, or --split-at .249.0. for the time of row"
    ):
        look(frame, Reading(target="y", split_at="150"))
    starts = [look(frame, Reading(target="y", split_at=typed)).test_start for typed in ("150.0", "249.0", "299")]
    assert starts == [50, 149, 199]


def test_rows_that_were_sorted_have_no_number() -> None:
    """A row of a table that runs backwards is named by its time."""
    with pytest.raises(OptionError, match="expected a time after"):
        look(daily(DAYS)[::-1], Reading(target="y", split_at="150"))


def test_one_of_both() -> None:
    """A file and a place are two splits."""
    with pytest.raises(OptionError, match="--test and --split-at were both given"):
        look(daily(DAYS), Reading(target="y", split_at="150", test="x.csv"))


# --------------------------------------------------------------------------------------------------
# Sequences


def ts(path: Path, classes: str) -> str:
    """A file of short sequences of the classes named."""
    rows = [f"{k},{k + 1},{k % 3}:{name}" for k, name in enumerate(classes)]
    path.write_text("@classLabel true " + " ".join(sorted(set(classes))) + "\n@data\n" + "\n".join(rows) + "\n")
    return str(path)


def test_sequences_of_another_file_are_tested(tmp_path: Path) -> None:
    """Classes are those to learn from, whatever order the test file has them in."""
    test = ts(tmp_path / "b.ts", "cbc")
    found = look(ts(tmp_path / "a.ts", "abcabc"), Reading(test=test))
    assert isinstance(found, SequenceSet)
    assert found.labels is not None
    assert (found.test_start, found.labels.tolist()) == (6, [0, 1, 2, 0, 1, 2, 2, 1, 2])
    task = task_of(found)
    assert task.setting.splits.kind == "own"
    assert task.parts(0, "pair", 0).test.tolist() == [6, 7, 8]


def test_a_class_that_is_new_is_refused(tmp_path: Path) -> None:
    """Nothing was learned of it."""
    test = ts(tmp_path / "b.ts", "abd")
    with pytest.raises(DataError, match=r"got sequences of class d, expected classes to learn from: a, b"):
        look(ts(tmp_path / "a.ts", "abab"), Reading(test=test))


def test_sequences_are_cut_by_their_number(tmp_path: Path) -> None:
    """The number of the first one to test on."""
    found = look(ts(tmp_path / "a.ts", "abcabcabc"), Reading(split_at="7"))
    assert isinstance(found, SequenceSet)
    assert found.test_start == 6
    with pytest.raises(OptionError, match=r"the first sequence to test on, from 2 to 9. For example: --split-at 6"):
        look(tmp_path / "a.ts", Reading(split_at="10"))


def test_a_split_of_their_own_is_not_overruled_in_silence() -> None:
    """One split: the data's, or the user's."""
    data = {"X": np.random.default_rng(0).normal(size=(8, 5, 1)), "y": [0, 1] * 4, "test": [False] * 4 + [True] * 4}
    with pytest.raises(OptionError, match="--resplit too"):
        look(data, Reading(split_at="3"))
    assert look(data, Reading(split_at="3", resplit=True)).test_start == 2


def test_a_long_table_has_test_sequences(tmp_path: Path) -> None:
    """Columns are those to learn from: one that is constant in the test part stays, an additional one is not read."""
    rng = np.random.default_rng(2)

    def table(n: int, **more: object) -> pl.DataFrame:
        keys = np.repeat(np.arange(n), 6)
        return pl.DataFrame(
            {"id": keys, "t": np.tile(np.arange(6), n), "x": rng.normal(size=6 * n), "kind": keys % 2, **more}
        )

    test = saved(table(4, extra=1.0).with_columns(x=pl.lit(0.5)), tmp_path / "test.csv")
    found = look(saved(table(8), tmp_path / "train.csv"), Reading(sequence="id", target="kind", test=test))
    assert isinstance(found, SequenceSet)
    assert (found.features, found.test_start, found.values.shape) == (("x",), 8, (12, 6, 1))
