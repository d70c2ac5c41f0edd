"""The terms of the calendar: which there are, and that they are functions of the time stamp alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tiny import task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.terms import fundamentals, term_names, term_values
from gatewise.errors import DataError, PredictionNote
from gatewise.model.model import Model, revived
from gatewise.rules.score import applying, fit, outputs
from gatewise.tasks import on


def table(rows: int, every: str, value: object = None) -> pl.DataFrame:
    """A series from 2020 on whose value is noise, or the one of each time."""
    start = pl.datetime(2020, 1, 1)
    times = pl.select(
        pl.datetime_range(
            start, start.dt.offset_by("60y") if every[-1] != "y" else start.dt.offset_by("210y"), every
        ).head(rows)
    ).to_series()
    noise = np.random.default_rng(3).normal(size=rows)
    return pl.DataFrame({"at": times, "y": noise if value is None else np.array([value(time) for time in times])})  # type: ignore[operator]


def cycles(rows: int, every: str) -> dict[str, int]:
    """Cycle -> how many harmonics it has among the terms of a series of noise."""
    names = task_of(look(table(rows, every), Reading(target="y"))).setting.section["terms"]
    return {cycle: sum(name.startswith(f"{cycle} sin") for name in names) for cycle in fundamentals(names)}


@pytest.mark.parametrize(
    ("rows", "every", "expected"),
    [
        (1000, "1h", {"day": 2, "week": 3}),
        (400, "1h", {"day": 2}),  # the steps before the first origin cover a week once
        (400, "1d", {"week": 3}),
        (1400, "1d", {"week": 3, "year": 2}),
        (300, "1w", {"year": 2}),
        (200, "1mo", {"year": 2}),
        (200, "1q", {"year": 2}),
        (200, "1y", {}),
        (5000, "10m", {"day": 2, "week": 3}),
    ],
)
def test_which_terms_there_are(rows: int, every: str, expected: dict[str, int]) -> None:
    """The calendar's own cycles that steps are short enough for, seen twice before the first origin."""
    assert cycles(rows, every) == expected


def test_no_terms_without_time() -> None:
    """Rows in file order have no phase that a new table would share; plain numbers have found seasons alone."""
    t = np.arange(400)
    wave = np.sin(2 * np.pi * t / 11) + 0.1 * np.random.default_rng(0).normal(size=400)
    assert task_of(look(pl.DataFrame({"y": wave}), Reading(target="y"))).setting.section["terms"] == []
    counted = look(pl.DataFrame({"time": 5.0 + 0.5 * t, "y": wave}), Reading(target="y", time="time"))
    assert list(fundamentals(task_of(counted).setting.section["terms"])) == ["steps 11"]
    assert term_names(None, np.array([0, 9]), (4,), 400) == ()


def test_terms_are_those_of_the_step_after_each_row() -> None:
    """Worked out by hand: Sunday evening is followed by the week's first hour, a December by the year's begin."""
    hours = look(table(1000, "1h"), Reading(target="y"))
    assert hours.stamps is not None
    found = term_values(["day sin 1", "day cos 1", "week sin 1", "week cos 1"], hours.calendar, hours.stamps)
    sunday = 4 * 24 + 23  # 2020-01-05 23:00
    assert found[sunday] == pytest.approx([0, 1, 0, 1])
    assert found[sunday + 6] == pytest.approx([1, 0, np.sin(2 * np.pi * 6 / 168), np.cos(2 * np.pi * 6 / 168)])
    months = look(table(120, "1mo"), Reading(target="y"))
    found = term_values(["year sin 1", "year cos 1", "year cos 2"], months.calendar, months.stamps)
    assert found[11] == pytest.approx([0, 1, 1])
    assert found[11 + 12] == pytest.approx([0, 1, 1])


@pytest.mark.parametrize("every", ["1h", "7h", "1d", "1mo"])
def test_terms_that_are_looked_up_are_those_that_are_held(every: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch has the same bits where the terms of all rows are too many, in two series and across leap years."""
    one = table(1500, every, lambda time: time.day + time.month)
    frame = pl.concat([one.with_columns(shop=pl.lit("a")), one[400:1300].with_columns(shop=pl.lit("b"))])
    task = task_of(look(frame, Reading(target="y", series="shop")), season=11)
    parts = task.parts(0, "pair", 0)
    held = task.examples(parts).inputs(parts.train)[0]
    monkeypatch.setattr("gatewise.tasks.windows.MOST_HELD", 0)
    looked_up = task.examples(parts)

    assert {"steps 11", "year"} & set(fundamentals(task.setting.section["terms"]))
    np.testing.assert_array_equal(looked_up.inputs(parts.train)[0], held)
    assert looked_up._tables is not None
    assert all(len(one) <= 1500 for one in looked_up._tables._tables)


def test_the_option_leaves_them_out() -> None:
    """With --no-calendar there are no terms, no channels for them and no rule on them."""
    data = look(table(1000, "1h"), Reading(target="y"))
    with_terms, without = task_of(data), task_of(data, calendar=False)
    assert with_terms.setting.data.channels == 1 + 10
    assert without.setting.data.channels == 1
    assert "ridge-calendar" in applying(with_terms)
    assert "ridge-calendar" not in applying(without)


def test_ridge_learns_a_week_that_its_window_does_not_show() -> None:
    """The last day of a week is told by the calendar alone where the window is a day of hours."""
    data = look(table(2000, "1h", lambda time: 10.0 * (time.weekday() == 6)), Reading(target="y"))
    task = task_of(data, count=1, horizon=24, window=6)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    loss = {
        name: examples.scores(outputs(fit(name, task, examples, parts.before), examples, parts.test), parts.test).mean()
        for name in ("ridge", "ridge-calendar")
    }
    assert loss["ridge-calendar"] < 0.1 * loss["ridge"]


@pytest.mark.parametrize("name", ["ridge", "ridge-calendar", "last-value", "drift", "seasonal-mean", "theta", "ets"])
def test_a_new_table_has_the_same_phase(name: str) -> None:
    """A model that was stored forecasts from a part of the table what it forecasts from there in the whole."""
    whole = table(1500, "1h")
    task = task_of(look(whole, Reading(target="y")), horizon=3, target="y")
    parts = task.parts(1, "tune", 0)
    examples = task.examples(parts)
    rule = fit(name, task, examples, parts.before)
    setting = task.setting
    about = ("baseline", setting.task, setting.section, setting.data, examples.learned, (), rule, "")
    model = revived(*Model(*about).stored())
    for end in (1333, 1400):
        with_notes = pytest.warns(PredictionNote, match="may have seen what it forecasts")
        mine = examples.forecasts(outputs(rule, examples, np.array([end])), np.array([end]))[0, :, 0]
        with with_notes:
            assert model.predict(whole[700:end])["y"].to_numpy() == pytest.approx(mine, rel=1e-6)


def test_a_table_without_times_is_refused() -> None:
    """The message says what to bring, or what to train."""
    task = task_of(look(table(1500, "1h"), Reading(target="y")))
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    rule = fit("ridge-calendar", task, examples, parts.before)
    section = task.setting.section | {"reading": {"target": "y"}}
    model = Model("baseline", task.setting.task, section, task.setting.data, examples.learned, (), rule, "")
    with pytest.raises(DataError, match=r"no time stamps, .* 10 terms of the calendar.*--no-calendar"):
        model.predict(pl.DataFrame({"y": np.arange(200.0)}))


def test_terms_are_inputs_of_the_network() -> None:
    """They stand after features and masks, alike in every series that shares the step."""
    data = look(table(1000, "1h"), Reading(target="y"))
    task = task_of(data)
    examples = on(data, task.setting).examples(task.parts(0, "tune", 0))
    windows, _ = examples.inputs(np.array([500]))
    assert windows.shape[2] == task.setting.data.channels
    expected = term_values(task.setting.section["terms"], data.calendar, data.stamps)  # type: ignore[arg-type]
    assert windows[0, -1, 1:] == pytest.approx(expected[499], abs=1e-6)
    assert examples.terms(np.array([500]))[0] == pytest.approx(expected[499])
