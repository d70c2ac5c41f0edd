"""Seasons: shown by the data, or by the calendar alone; none where nothing repeats."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gatewise.data.calendar import Calendar
from gatewise.data.seasons import seasons
from gatewise.data.steps import DAY, HOUR, MINUTE, Equal, Months, Slots

Values = np.ndarray[Any, Any]
Noise = Callable[[np.random.Generator, int], Values]


def wave(rows: int, length: float, height: float = 1.0) -> Values:
    """A season of one sine, of a standard deviation of ``height``."""
    found: Values = height * np.sqrt(2) * np.sin(2 * np.pi * np.arange(rows) / length + 1)
    return found


def red(rng: np.random.Generator, rows: int, carried: float) -> Values:
    """An AR(1)."""
    values = rng.standard_normal(rows)
    for row in range(1, rows):
        values[row] += carried * values[row - 1]
    return values


NOTHING: dict[str, Noise] = {
    "white noise": lambda rng, rows: rng.standard_normal(rows),
    "a random walk": lambda rng, rows: np.cumsum(rng.standard_normal(rows)),
    "an AR(1)": lambda rng, rows: red(rng, rows, 0.7),
    "a slow AR(1)": lambda rng, rows: red(rng, rows, 0.95),
    "a trend": lambda rng, rows: 0.05 * np.arange(rows) + rng.standard_normal(rows),
    "growth": lambda rng, rows: np.exp(np.arange(rows) * 3 / rows) + 0.1 * rng.standard_normal(rows),
    "heavy tails": lambda rng, rows: rng.standard_t(2, rows),
    "a level that walks": lambda rng, rows: np.cumsum(np.cumsum(rng.standard_normal(rows))),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize(("calendar", "expected"), [(None, ()), (Equal(HOUR, 0), (24,)), (Equal(DAY, 0), (7,))])
def test_where_nothing_repeats_the_calendar_alone_speaks(
    name: str, calendar: Calendar | None, expected: tuple[int, ...]
) -> None:
    """Of 60 series of three lengths at most one has another season than the calendar's likeliest."""
    rng = np.random.default_rng(7)
    found = [
        seasons(NOTHING[name](rng, rows), np.arange(rows), calendar) for rows in (100, 400, 2000) for _ in range(20)
    ]

    assert sum(each != expected for each in found) <= 1


@pytest.mark.parametrize(
    ("calendar", "lengths", "expected"),
    [
        (Equal(30 * MINUTE, 0), (48, 336), (48, 336)),
        (Equal(HOUR, 0), (24, 168), (24, 168)),
        (Equal(5 * MINUTE, 0), (288,), (288,)),
        (Slots.at((np.arange(5)[:, None] * DAY + np.arange(8, 17) * HOUR).ravel()), (9, 45), (9, 45)),
        (Equal(DAY, 0), (7, 365), (7, 365)),
        (Equal(DAY, 0), (365,), (7, 365)),
        (Months(1, 0, (1,)), (12,), (12,)),
        (Months(1, 0, (1,)), (132,), (132, 12)),
        (Equal(HOUR, 0), (168,), (168, 24)),
        (None, (30,), (30,)),
        (None, (), ()),
    ],
)
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_seasons_in_the_data_are_found(
    calendar: Calendar | None, lengths: tuple[int, ...], expected: tuple[int, ...], missing: float
) -> None:
    """Day and week; a year of days after the week; one that no calendar names first; with values missing."""
    rng = np.random.default_rng(1)
    values = rng.standard_normal(3000) + sum((wave(3000, length) for length in lengths), np.zeros(3000))
    values[rng.random(3000) < missing] = np.nan

    assert seasons(values, np.arange(3000), calendar) == expected


def test_many_short_series_show_what_one_does_not() -> None:
    """Sixty series of six seasons each; numbers begin anew in each."""
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.standard_normal(60) + wave(60, 10, 0.7) for _ in range(60)])
    numbers, members = np.tile(np.arange(60), 60), np.repeat(np.arange(60), 60)

    assert seasons(values[:60], numbers[:60], None) == ()
    assert seasons(values, numbers, None, members) == (10,)


def test_missing_steps_do_not_shift_a_season() -> None:
    """Rows left out, not only values: the numbers say where they are."""
    rng = np.random.default_rng(4)
    kept = np.flatnonzero(rng.random(3000) > 0.2)
    values = rng.standard_normal(3000) + wave(3000, 30)

    assert seasons(values[kept], kept, None) == (30,)


@pytest.mark.parametrize("rows", [0, 1, 2, 7, 20])
def test_few_rows_leave_the_calendar_alone(rows: int) -> None:
    """Constant values too, and none."""
    for values in (np.zeros(rows), np.full(rows, np.nan), np.arange(rows) % 2.0):
        assert seasons(values, np.arange(rows), Equal(HOUR, 0)) == (24,)
        assert seasons(values[:7], np.arange(rows)[:7], None) == ()
