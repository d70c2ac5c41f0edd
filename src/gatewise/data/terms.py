"""Calendar terms: sines and cosines of the day, the week, the year and the seasons found, known of any step ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.steps import DAY, DAYS_A_YEAR, HOUR, MINUTE, MONDAY, WEEK, microseconds

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


def term_values(names: Sequence[str], calendar: Calendar, stamps: NDArray[Any]) -> NDArray[np.float64]:
    """The terms of the step after each row, shape (rows, terms): of a window's last row those of the first step ahead.

    Args:
        names: As `term_names` gave them, one at least.
        calendar: How time goes on.
        stamps: Time of each row, shape (rows,).
    """
    numbers, _ = calendar.numbers(stamps)
    after = numbers + 1
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
