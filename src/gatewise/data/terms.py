"""Calendar terms: sines and cosines of the day, the week, the year and the seasons found, known of any step ahead."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.slices import slices
from gatewise.data.steps import DAY, DAYS_A_YEAR, HOUR, MINUTE, MONDAY, WEEK, Equal, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar

LENGTHS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK, "year": round(DAYS_A_YEAR * DAY)}
"""Microseconds of each cycle of the clock and the calendar."""

HARMONICS = {"minute": 2, "hour": 2, "day": 2, "week": 3, "year": 2}
"""Sines and cosines of each cycle: those of the week tell all seven days apart."""

STEPS = "steps"
"""Begins the names of the terms of a season that no calendar names: its length in steps follows."""

HARMONICS_OF_STEPS = 2

FOUR_YEARS = 1461 * DAY

FEWEST_CYCLES = 2
"""A cycle has terms only where the steps before the first tested one cover it so often: less is no pattern."""


def term_names(
    calendar: Calendar | None, numbers: NDArray[np.int64], seasons: Sequence[int], before: int
) -> tuple[str, ...]:
    """The terms that a series can have: ``day sin 1``, ``day cos 1``, ..., ``steps 11 cos 2``.

    The day and the week where steps are at most half as long, the year where they are at most a quarter of it, the hour
    and the minute where they are seasons that were found; and other seasons, by the number of the step.

    Args:
        calendar: How time goes on; None has no terms, for the phase of a new table would not be known.
        numbers: The calendar's number of the first and the last step.
        seasons: Steps of each season found.
        before: Steps before the first one that is tested.
    """
    if calendar is None:
        return ()
    steps_of, step = dict(calendar.cycles), _step(calendar, numbers)
    clocked = [name for name, steps in steps_of.items() if name in ("minute", "hour") and steps in seasons]
    terms: list[str] = []
    for name in (*clocked, "day", "week", "year"):
        per_cycle = LENGTHS[name] / step if step else 0.0
        if per_cycle > (3.9 if name == "year" else 1.99) and before >= FEWEST_CYCLES * per_cycle:
            terms += _names(name, min(HARMONICS[name], int(per_cycle / 2 + 0.01)))
    named = {steps for name, steps in steps_of.items() if name in LENGTHS}
    for season in (season for season in seasons if season not in named):
        if before >= FEWEST_CYCLES * season:
            terms += _names(f"{STEPS} {season}", min(HARMONICS_OF_STEPS, season // 2))
    return tuple(terms)


class Terms(NamedTuple):
    """Calendar terms of the step after each row, made for the rows that are asked for: a long table has many.

    Attributes:
        names: As `term_names` gave them, one at least.
        calendar: How time goes on.
        stamps: Time of each row, shape (rows,).
    """

    names: Sequence[str]
    calendar: Calendar
    stamps: NDArray[Any]

    def of(self, rows: slice | NDArray[np.int64]) -> NDArray[np.float64]:
        """The terms of some rows, shape (rows, terms)."""
        return term_values(self.names, self.calendar, self.stamps[rows])


class TermTables:
    """The terms of any rows as float32, out of a table for each cycle: those of all rows of a long table are too many.

    A cycle's table has the steps until the cycle begins anew at the same time of a step, or all steps where it never
    does. A batch gets the bits that `Terms.of` gives, rounded.

    Args:
        terms: The terms.
    """

    def __init__(self, terms: Terms) -> None:
        self._calendar, self._stamps = terms.calendar, terms.stamps
        ends, _ = terms.calendar.numbers(np.array([terms.stamps.min(), terms.stamps.max()]))
        self._first, steps = int(ends[0]), int(ends[1] - ends[0]) + 1
        cycles = dict.fromkeys(name.rsplit(" ", 2)[0] for name in terms.names)
        self._tables = [
            _table(
                [name for name in terms.names if name.rsplit(" ", 2)[0] == cycle], terms.calendar, self._first, steps
            )
            for cycle in cycles
        ]

    def of(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The terms of some rows, shape (*rows.shape, terms)."""
        numbers, _ = self._calendar.numbers(self._stamps[rows.reshape(-1)])
        place = numbers - self._first
        found = np.concatenate([table[place % len(table)] for table in self._tables], axis=1)
        return found.reshape(*rows.shape, -1)


def _table(names: Sequence[str], calendar: Calendar, first: int, steps: int) -> NDArray[np.float32]:
    """The terms of one cycle, of the steps after ``first`` and on, until they repeat; shape (steps, terms)."""
    count = min(steps, _period(names[0].rsplit(" ", 2)[0], calendar, first, steps) or steps)
    table = np.empty((count, len(names)), np.float32)
    for part in slices(table):
        table[part] = _values(names, calendar, np.arange(part.start, min(part.stop, count)) + first + 1)
    return table


def _period(cycle: str, calendar: Calendar, first: int, steps: int) -> int | None:
    """After how many steps the terms of a cycle are the same again, to the last bit; None where that is not known."""
    if cycle.startswith(STEPS):
        return int(cycle.removeprefix(STEPS))
    if not isinstance(calendar, Equal):
        return None
    length = LENGTHS[cycle]
    if cycle == "year":
        years = calendar.stamps(np.array([first, first + steps])).astype("datetime64[Y]").astype(np.int64) + 1970
        if years[0] <= 1900 or years[1] >= 2100:
            return None  # every fourth year has a leap day in between, and only there
        length = FOUR_YEARS
    return length // gcd(length, calendar.step)


def term_values(names: Sequence[str], calendar: Calendar, stamps: NDArray[Any]) -> NDArray[np.float64]:
    """The terms of the step after each row, shape (rows, terms): of a window's last row those of the first step ahead.

    Args:
        names: As `term_names` gave them, one at least.
        calendar: How time goes on.
        stamps: Time of each row, shape (rows,).
    """
    numbers, _ = calendar.numbers(stamps)
    return _values(names, calendar, numbers + 1)


def _values(names: Sequence[str], calendar: Calendar, after: NDArray[np.int64]) -> NDArray[np.float64]:
    """The terms of the steps ``after`` by their numbers, shape (steps, terms)."""
    times = calendar.stamps(after)
    phases: dict[str, NDArray[np.float64]] = {}
    columns = []
    for name in names:
        cycle, wave, harmonic = name.rsplit(" ", 2)
        if cycle not in phases:
            phases[cycle] = _phase(cycle, after, times)
        angle = 2 * np.pi * int(harmonic) * phases[cycle]
        columns.append(np.sin(angle) if wave == "sin" else np.cos(angle))
    return np.stack(columns, axis=1)


def fundamentals(names: Sequence[str]) -> dict[str, int]:
    """Cycle -> column of its first sine, which its first cosine follows."""
    return {name.removesuffix(" sin 1"): place for place, name in enumerate(names) if name.endswith(" sin 1")}


def _names(cycle: str, harmonics: int) -> list[str]:
    return [f"{cycle} {wave} {k}" for k in range(1, harmonics + 1) for wave in ("sin", "cos")]


def _step(calendar: Calendar, numbers: NDArray[np.int64]) -> float | None:
    """The mean step in microseconds; None where time is a plain number."""
    some = np.linspace(numbers[0], numbers[-1], min(int(numbers[-1] - numbers[0]) + 1, 2000)).astype(np.int64)
    here, after = calendar.stamps(some), calendar.stamps(some + 1)
    if here.dtype.kind != "M":
        return None
    return float(np.mean(microseconds(after) - microseconds(here)))


def _phase(cycle: str, numbers: NDArray[np.int64], times: NDArray[Any]) -> NDArray[np.float64]:
    """How far into the cycle each step is, from 0 to 1."""
    if cycle.startswith(STEPS):
        season = int(cycle.removeprefix(STEPS))
        return (numbers % season) / season
    moments = microseconds(times)
    if cycle == "year":
        year = times.astype("datetime64[Y]")
        first, last = (microseconds(when) for when in (year, year + 1))
        return (moments - first) / (last - first)
    length = LENGTHS[cycle]
    return ((moments - (MONDAY if cycle == "week" else 0)) % length) / length
