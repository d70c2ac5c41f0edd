"""Forecasts of several series and targets, with missing steps and covariates known ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tiny import task_of

from gatewise.data.reading import Reading
from gatewise.data.table import to_series
from gatewise.errors import DataError
from gatewise.rules.score import applying, fit, outputs
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.fresh_rows import fresh_rows

if TYPE_CHECKING:
    from gatewise.data.series import Series

SIZES = {"a": 300, "b": 180, "c": 90}
LEVELS = {"a": 1.0, "b": 1000.0, "c": -5.0}


def frame(sizes: dict[str, int] = SIZES, seed: int = 0) -> pl.DataFrame:
    """Three series of days with a week in them, of other levels and scales, that end together."""
    rng = np.random.default_rng(seed)
    parts = []
    for name, rows in sizes.items():
        place = np.arange(300 - rows, 300)
        level = LEVELS.get(name, 7.0)
        y = level * (3.0 + np.sin(2 * np.pi * place / 7)) + 0.1 * abs(level) * rng.normal(size=rows)
        days = np.datetime64("2023-01-01") + place
        parts.append(pl.DataFrame({"day": days, "shop": [name] * rows, "y": y, "u": rng.normal(size=rows)}))
    return pl.concat(parts)


def series(table: pl.DataFrame, **options: Any) -> Series:
    """The table as it is read."""
    return to_series(table, Reading(**{"target": "y", "series": "shop", **options}))


def forecast(data: Series, **asked: Any) -> Forecast:
    """The task on it, two origins."""
    options = {"series": "shop"} if data.keys else {}
    found = task_of(data, horizon=3, window=14, target=",".join(data.targets), **options, **asked)
    assert isinstance(found, Forecast)
    return found


def test_rows_in_any_order_give_the_same_series() -> None:
    """Series one below the other, in turn, shuffled or the last first: everything is the same."""
    table = frame()
    plain = series(table).sha256()
    for other in (table.sort("day"), table.sample(fraction=1.0, shuffle=True, seed=1), table.reverse()):
        assert series(other).sha256() == plain


def test_a_test_block_is_a_stretch_of_the_calendar_over_all_series() -> None:
    """No step trains and tests, in whichever series; a block has windows of every series that is there."""
    task = forecast(series(frame()))
    steps, members = task.rows.timeline.steps, task.rows.timeline.members
    for split in range(2):
        parts = task.parts(split, "pair", 0)
        assert steps[parts.train].max() + 3 <= steps[parts.validation].min()
        assert steps[parts.validation].max() + 3 <= steps[parts.test].min()
        assert set(members[parts.test]) == {0, 1, 2}
        first = {k: steps[parts.test[parts.test_block == k]].min() for k in set(parts.test_block.tolist())}
        last = {k: steps[parts.test[parts.test_block == k]].max() for k in first}
        assert all(last[k] < first[k + 1] for k in range(len(first) - 1))


def test_no_window_crosses_from_one_series_into_the_next() -> None:
    """All its rows, read and predicted, are of one series and follow each other."""
    task = forecast(series(frame()))
    steps, members = task.rows.timeline.steps, task.rows.timeline.members
    parts = task.parts(0, "pair", 0)
    for ends in (parts.train, parts.validation, parts.test):
        rows = ends[:, None] + np.arange(-14, 3)
        assert (members[rows] == members[ends][:, None]).all()
        assert (np.diff(steps[rows], axis=1) == 1).all()


def test_each_series_has_a_scale_of_its_own() -> None:
    """Inputs and targets of a series are the same when it is measured in another unit."""
    table = frame()
    scaled = table.with_columns(pl.when(pl.col("shop") == "b").then(pl.col("y") * -50.0).otherwise(pl.col("y")))
    first, second = forecast(series(table)), forecast(series(scaled))
    parts = first.parts(0, "pair", 0)
    one, other = first.examples(parts), second.examples(parts)
    ends = parts.test[first.rows.timeline.members[parts.test] == 1]

    np.testing.assert_allclose(np.abs(one.inputs(ends)[0][..., 0]), np.abs(other.inputs(ends)[0][..., 0]), atol=1e-5)
    np.testing.assert_allclose(np.abs(one.targets(ends)), np.abs(other.targets(ends)), rtol=1e-4, atol=1e-5)
    guess = np.zeros((len(ends), 3), dtype=np.float32)
    np.testing.assert_allclose(one.scores(guess, ends), other.scores(guess, ends), rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"target": "y,u"}])
def test_outputs_and_forecasts_are_inverse(options: dict[str, str]) -> None:
    """Of several targets too."""
    task = forecast(series(frame(), **options))
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)

    future = examples.future(parts.test)
    assert future.shape == (len(parts.test), 3, len(task.section.targets))
    np.testing.assert_allclose(examples.forecasts(examples.outputs(future, parts.test), parts.test), future)
    np.testing.assert_allclose(examples.scores(examples.outputs(future, parts.test), parts.test), 0.0, atol=1e-20)


def test_changed_test_rows_change_nothing_that_was_fitted() -> None:
    """Scales, anchors, spreads, drifts, masks, seasons and rules come from rows before the border."""
    table = frame()
    data = series(table)
    task = forecast(data)
    parts = task.parts(0, "pair", 0)
    late = task.rows.timeline.steps >= task.setting.splits.borders[0]
    values = data.values.copy()
    values[late] = 1e3 + np.random.default_rng(3).normal(size=values[late].shape)
    other = forecast(replace(data, values=values))
    mine, theirs = task.examples(parts), other.examples(parts)

    for name in ("mean", "spread", "drift", "center", "scale"):
        np.testing.assert_array_equal(getattr(mine.learned, name), getattr(theirs.learned, name))
    assert mine.learned.level == theirs.learned.level
    np.testing.assert_array_equal(mine.learned.inputs.mean, theirs.learned.inputs.mean)
    np.testing.assert_array_equal(task._units, other._units)
    for name in applying(task):
        ours, changed = (fit(name, t, e, parts.train) for t, e in ((task, mine), (other, theirs)))
        for key, array in ours.arrays.items():
            np.testing.assert_array_equal(array, changed.arrays[key])


def test_a_season_is_a_season_across_a_gap() -> None:
    """A missing day is a row without values, so the rule of a week looks back a week."""
    table = frame({"a": 300}).filter(pl.col("day") != pl.date(2023, 10, 1))
    task = forecast(series(table.drop("shop", "u"), series=None))
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    rule = fit("seasonal-naive", task, examples, parts.train)
    stamps = to_series(table.drop("shop", "u"), Reading(target="y")).stamps
    known = dict(zip(table["day"].to_list(), table["y"].to_list(), strict=True))
    found = examples.forecasts(outputs(rule, examples, parts.test), parts.test)[:, 0, 0]
    for end, value in zip(parts.test, found, strict=True):
        week_ago = (stamps[end] - np.timedelta64(7, "D")).astype("datetime64[D]").item()
        if week_ago in known:
            assert value == pytest.approx(known[week_ago])


def test_what_is_known_ahead_reaches_the_last_step() -> None:
    """The last row of a window has the covariate of the last row that it predicts."""
    table = frame({"a": 300}).drop("shop")
    task = forecast(series(table, series=None, known="u"))
    parts = task.parts(0, "pair", 0)
    inputs, _ = task.examples(parts).inputs(parts.test)
    learned = task.examples(parts).learned.inputs
    expected = (task.rows.values[parts.test + 2, 1] - learned.mean[1]) / learned.scale[1]

    np.testing.assert_allclose(inputs[:, -1, 1], expected, rtol=1e-5)


def fresh(table: pl.DataFrame, new: pl.DataFrame, back: int = 0, **options: Any) -> Any:
    """What a task on ``table`` makes of ``new``, for a rule that looks ``back``."""
    task = forecast(series(table, **options))
    learned = task.examples(task.parts(0, "pair", 0)).learned
    setting = task.setting
    section = task.section.model_copy(update={"reading": {"target": "y", "series": "shop", **options}})
    return fresh_rows(setting.data, section, learned, new, back)


def test_the_steps_after_each_series() -> None:
    """In the table's dates, with the names; blank targets at the end are what is forecast."""
    table = frame()
    found = fresh(table, table)
    shown = found.table(np.zeros((3, 3)))
    assert shown.columns == ["shop", "day", "y"]
    assert shown["day"].unique().dt.to_string().sort().to_list() == ["2023-10-28", "2023-10-29", "2023-10-30"]
    blank = table.with_columns(pl.when(pl.col("day") > pl.date(2023, 10, 25)).then(None).otherwise("y").alias("y"))
    again = fresh(table, blank)
    assert again.table(np.zeros((3, 3)))["day"].min().isoformat() == "2023-10-26"
    assert again.notes == ("the last 2 rows have no y: they are the steps forecast",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.filter(pl.col("day") > pl.date(2023, 10, 20)), "series a: need at least the last 14 rows, got 7"),
        (lambda t: t.filter(pl.col("day").dt.weekday() == 1), "a step of 1 week; the model was trained on .* 1 day"),
        (lambda t: t.with_columns(pl.when(pl.col("day") > pl.date(2023, 10, 20)).then(None).otherwise("y").alias("y")),
         "series a: the last 7 rows have no y, and the model forecasts 3 steps ahead"),
        (lambda t: t.rename({"u": "v"}), "the table lacks u, expected as in training"),
        (lambda t: t.rename({"y": "Y"}), "the table lacks y, expected as in training; did you mean Y"),
        (lambda t: t.rename({"shop": "store"}), "the table lacks shop, expected as in training"),
        (lambda t: t.with_columns(pl.lit(None, pl.Float64).alias("y")), "no row has a value of y; bring the rows"),
        (lambda t: pl.concat([t, t.tail(1)]), "predict reads a table as the training table was read and takes no such"),
        (lambda t: t.with_columns(pl.col("day").cast(pl.Datetime("us")) + pl.duration(hours=7)),
         "such as .* 07:00, lie beside the steps of 1 day that the model was trained on"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit_the_model(change: Any, message: str) -> None:
    """Each message says what was got, what is expected and what to bring."""
    with pytest.raises(DataError, match=message):
        fresh(frame(), change(frame()))


def test_a_rule_that_looks_back_beyond_a_series_that_begins_late() -> None:
    """It stood so in training; where all series of the table begin too late, it may have been cut off."""
    table = frame({"a": 300, "b": 40})
    assert len(fresh(table, table, back=200).ids) == 2
    late = table.filter(pl.col("day") > table["day"].max() - timedelta(days=100))
    with pytest.raises(DataError, match="series a: need at least the last 200 rows, got 100"):
        fresh(table, late, back=200)


def test_a_series_that_is_too_short_is_left_out() -> None:
    """The others are forecast as without it, and it is named."""
    table = frame({"a": 300, "b": 9, "c": 40})
    found, without = fresh(frame(), table), fresh(frame(), table.filter(pl.col("shop") != "b"))
    assert any(note.startswith("not forecast") and note.endswith(": b") for note in found.notes)
    assert found.table(np.ones((2, 3))).equals(without.table(np.ones((2, 3))))
    for mine, theirs in zip(found.examples.inputs(found.ids), without.examples.inputs(without.ids), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_series_that_is_new() -> None:
    """It is scaled by its own rows, and said."""
    new = frame({"d": 60, "a": 300})
    found = fresh(frame(), new)

    assert found.notes == ("new to the model, scaled by their own rows: d",)
    values = found.table(np.zeros((2, 3))).filter(pl.col("shop") == "d")["y"]
    assert new.filter(pl.col("shop") == "d")["y"].min() <= values[0] <= new.filter(pl.col("shop") == "d")["y"].max()


def test_what_is_said_of_new_tables() -> None:
    """Rows put in order, gaps, series of different ends, and an end before that of the training table."""
    early = frame().filter(pl.col("day") < pl.date(2023, 9, 1))
    found = fresh(frame(), early.filter(pl.col("day") != pl.date(2023, 8, 20)).sort("day", descending=True))
    told = " | ".join(found.notes)
    assert "newest first" in told
    assert "missing steps filled in" in told
    assert "before the data the model was trained on (2023-10-27): it may have seen what it forecasts" in told
    uneven = frame().filter((pl.col("shop") != "a") | (pl.col("day") < pl.date(2023, 10, 20)))
    assert "the series end at different times, from 2023-10-19 to 2023-10-27" in fresh(frame(), uneven).notes
