"""How time goes on: equal steps, months, or the slots of a week. Every step has a number, and every number a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.weekdays import days_text, hours_text
from gatewise.languages import Told
from gatewise.text import counted, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND, MINUTE, HOUR, DAY, WEEK = 10**6, 60 * 10**6, 3600 * 10**6, 86400 * 10**6, 7 * 86400 * 10**6
"""Microseconds."""

MONDAY = 4 * DAY
"""The first Monday after the epoch."""

DAYS_A_YEAR = 365.25

NTH, LAST = {1: Told("first"), 2: Told("second"), 3: Told("third"), 4: Told("fourth")}, Told("last")


@dataclass(frozen=True)
class Calendar(ABC):
    """How time goes on: the steps of a table. It is stored as JSON with a plan and with a model."""

    @abstractmethod
    def numbers(self, stamps: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The number of the nearest step, and whether the stamp is at that step.

        Steps that follow each other have numbers that follow each other; number 0 may be anywhere.

        Args:
            stamps: Times in any order, shape (rows,): datetime64, or plain numbers.
        """

    @abstractmethod
    def stamps(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """The time of each step: datetime64[us], or float64 for plain numbers. Any step has one, also ahead."""

    @property
    @abstractmethod
    def text(self) -> Told:
        """The step in words, such as ``5 minutes`` or ``1 month, at its end``."""

    @property
    @abstractmethod
    def cycles(self) -> tuple[tuple[str, int], ...]:
        """What may repeat: names and steps, such as ``("day", 288), ("week", 2016)``, the likeliest first."""

    def stored(self) -> dict[str, Any]:
        """Plain values for JSON, which `of` reads."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {"kind": type(self).__name__.lower(), **plain}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Calendar:
        """The calendar that was `stored`.

        Raises:
            ValueError: No such kind of calendar is known.
        """
        kept = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
        name = kept.pop("kind", None)
        kinds: dict[str, Any] = {kind.__name__.lower(): kind for kind in (Equal, Counted, Months, Slots)}
        kind = kinds.get(str(name))
        if kind is None:
            raise ValueError(f"got a calendar of the kind {name!r}; expected counted, equal, months or slots")
        made: Calendar = kind(**kept)
        return made


def microseconds(stamps: NDArray[Any]) -> NDArray[np.int64]:
    """Times as microseconds since the epoch."""
    found: NDArray[np.int64] = stamps.astype("datetime64[us]").astype(np.int64)
    return found


def as_times(moments: NDArray[np.int64]) -> NDArray[Any]:
    """Microseconds since the epoch as times."""
    return moments.astype("datetime64[us]")


@dataclass(frozen=True)
class Counted(Calendar):
    """Equal steps of a plain number, such as a row number or seconds since the start.

    Attributes:
        step: From one step to the next.
        start: A number that is at a step.
        tolerance: How far from a step a number may lie.
    """

    step: float
    start: float
    tolerance: float

    def numbers(self, stamps: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Calendar.numbers`."""
        steps = (np.asarray(stamps, dtype=np.float64) - self.start) / self.step
        found = np.rint(steps)
        return found.astype(np.int64), np.abs(steps - found) * self.step <= self.tolerance

    def stamps(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """As `Calendar.stamps`."""
        found = self.start + np.asarray(numbers) * self.step
        digits = 12 - int(np.ceil(np.log10(max(abs(self.start), abs(self.step), np.abs(found).max(initial=0)))))
        return np.round(found, max(digits, 0))  # 0.3, not 0.30000000000000004

    @property
    def text(self) -> Told:
        """As `Calendar.text`."""
        return Told("{names}", names=[f"{self.step:g}"])

    @property
    def cycles(self) -> tuple[tuple[str, int], ...]:
        """As `Calendar.cycles`."""
        return ()


@dataclass(frozen=True)
class Equal(Calendar):
    """Equal steps of time.

    Attributes:
        step: Microseconds from one step to the next.
        start: A time that is at a step, in microseconds since the epoch.
        tolerance: How far from a step a stamp may lie, in microseconds.
    """

    step: int
    start: int
    tolerance: int = 0

    def numbers(self, stamps: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Calendar.numbers`."""
        since = microseconds(stamps) - self.start + self.step // 2
        found = since // self.step
        beside = np.abs(since - found * self.step - self.step // 2)
        return found, beside <= self.tolerance

    def stamps(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """As `Calendar.stamps`."""
        return as_times(self.start + np.asarray(numbers, dtype=np.int64) * self.step)

    @property
    def text(self) -> Told:
        """As `Calendar.text`."""
        return length_text(self.step)

    @property
    def cycles(self) -> tuple[tuple[str, int], ...]:
        """As `Calendar.cycles`."""
        whole = (("day", DAY, 2), ("week", WEEK, 2), ("hour", HOUR, 12), ("minute", MINUTE, 10))
        found = [
            (name, size // self.step)
            for name, size, least in whole
            if size % self.step == 0 and size >= least * self.step
        ]
        if self.step < MINUTE:  # what repeats in seconds is seldom a day
            found.sort(key=lambda cycle: cycle[1])
        year = round(DAYS_A_YEAR * DAY / self.step)
        return (*found, ("year", year)) if self.step >= DAY and year > 1 else tuple(found)


def length_text(length: int) -> Told:
    """A length of time in words, given in microseconds.

    >>> length_text(90 * MINUTE)
    '90 minutes'
    """
    units = ((WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))
    for size, unit in (*units, (1000, "millisecond")):
        if length % size == 0:
            return counted(length // size, unit)
    return counted(length, "microsecond")


@dataclass(frozen=True)
class Months(Calendar):
    """Steps of months, which are no fixed number of days.

    Attributes:
        step: Months from one step to the next where there is one day; a month has several steps otherwise.
        start: A month that has a step, in months since 1970.
        days: Days of the month; a month that is shorter has the step at its end, so 31 is the end of every month.
        roll: A Saturday or Sunday is moved to the next (1) or the last (-1) business day; 0 leaves it.
        clock: Time of day in microseconds.
        tolerance: How far from a step a stamp may lie, in microseconds.
        nth: Which of its weekdays the step is at: 3 for the third of the month, -1 for the last; 0 for a day of the
            month.
        weekday: That weekday, 0 for Monday.
    """

    step: int
    start: int
    days: tuple[int, ...]
    roll: int = 0
    clock: int = 0
    tolerance: int = 0
    nth: int = 0
    weekday: int = 0

    def numbers(self, stamps: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Calendar.numbers`."""
        moments = microseconds(stamps)
        months = as_times(moments).astype("datetime64[M]").astype(np.int64)
        near = (months - self.start) // self.step * len(self.days)
        found, least = near, np.full(len(moments), np.iinfo(np.int64).max)
        for ahead in range(-1, len(self.days) + 1):
            beside = np.abs(microseconds(self.stamps(near + ahead)) - moments)
            found = np.where(beside < least, near + ahead, found)
            least = np.minimum(beside, least)
        return found, least <= self.tolerance

    def stamps(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """As `Calendar.stamps`."""
        turn, place = np.divmod(np.asarray(numbers, dtype=np.int64), len(self.days))
        months = self.start + turn * self.step
        if self.nth:
            edge = day_of_month(months, np.full(len(months), 1 if self.nth > 0 else 31))
            on = (edge + 3) % 7  # the first day of 1970 was a Thursday
            days = (
                edge + (self.weekday - on) % 7 + 7 * (self.nth - 1) if self.nth > 0 else edge - (on - self.weekday) % 7
            )
        else:
            days = day_of_month(months, np.asarray(self.days)[place], self.roll)
        return as_times(days * DAY + self.clock)

    @property
    def text(self) -> Told:
        """As `Calendar.text`."""
        first = self.days[0]
        step = counted(self.step // 12, "year") if self.step % 12 == 0 else counted(self.step, "month")
        if len(self.days) > 1:
            days = [Told("31 (its end)") if day == 31 else str(day) for day in self.days]
            return Told("days {days} of a month", days=with_commas(days))
        whose = Told("its") if self.step == 1 else Told("a month's")
        if self.nth:
            which = NTH.get(self.nth, LAST)
            return Told(
                "{step}, at {whose} {which} {day}", step=step, whose=whose, which=which, day=days_text([self.weekday])
            )
        if self.roll:
            which = NTH[1] if first == 1 else LAST
            return Told("{step}, at {whose} {which} business day", step=step, whose=whose, which=which)
        if first == 31:
            return Told("{step}, at {whose} end", step=step, whose=whose)
        return step if first == 1 else Told("{step}, on day {number}", step=step, number=first)

    @property
    def cycles(self) -> tuple[tuple[str, int], ...]:
        """As `Calendar.cycles`."""
        year = 12 * len(self.days) // self.step if 12 % self.step == 0 else 0
        month = (("month", len(self.days)),) if len(self.days) > 1 else ()
        return ((("year", year),) if year > 1 else ()) + month


def day_of_month(months: NDArray[np.int64], days: NDArray[np.int64], roll: int = 0) -> NDArray[np.int64]:
    """Days since the epoch: a day of each month, or its last day where the month is shorter.

    Args:
        months: Months since 1970.
        days: Day of the month, from 1 to 31.
        roll: 1 moves a Saturday or Sunday to the next business day, -1 to the last.
    """
    first: NDArray[np.int64] = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    after: NDArray[np.int64] = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    found: NDArray[np.int64] = np.minimum(first + days - 1, after - 1)
    beyond: NDArray[np.int64] = (found + 3) % 7 - 4  # 1970-01-01 was a Thursday: Saturday 1, Sunday 2
    if roll:
        found += np.where(beyond > 0, 3 * (roll > 0) - beyond, 0)
    return found


@dataclass(frozen=True)
class Slots(Calendar):
    """Some moments of every week, such as business days, or the hours of an office. The others are no steps.

    Attributes:
        runs: The moments as runs of equal steps: the first, in microseconds since Monday 00:00, the step, how many;
            three numbers a run, one run behind the other.
        tolerance: How far from a moment a stamp may lie, in microseconds.
    """

    runs: tuple[int, ...]
    tolerance: int = 0

    @classmethod
    def at(cls, slots: NDArray[np.int64], tolerance: int = 0) -> Slots:
        """The calendar of these moments, ascending, in microseconds since Monday 00:00."""
        runs: list[int] = []
        for day in np.unique(slots // DAY):
            for part in _even(slots[slots // DAY == day]):
                runs += [int(part[0]), int(part[1] - part[0]) if len(part) > 1 else 0, len(part)]
        return cls(tuple(runs), tolerance)

    @property
    def moments(self) -> NDArray[np.int64]:
        """The moments of a week, in microseconds since Monday 00:00."""
        triples = zip(self.runs[::3], self.runs[1::3], self.runs[2::3], strict=True)
        return np.concatenate([first + step * np.arange(count, dtype=np.int64) for first, step, count in triples])

    def numbers(self, stamps: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """As `Calendar.numbers`."""
        since = microseconds(stamps) - MONDAY
        week = since // WEEK
        within = since - week * WEEK
        slots = self.moments
        around = np.concatenate([slots[-1:] - WEEK, slots, slots[:1] + WEEK])
        right = np.searchsorted(slots, within) + 1
        nearer = within - around[right - 1] < around[right] - within
        place = right - nearer
        beside = np.abs(around[place] - within)
        return week * len(slots) + place - 1, beside <= self.tolerance

    def stamps(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """As `Calendar.stamps`."""
        slots = self.moments
        week, place = np.divmod(np.asarray(numbers, dtype=np.int64), len(slots))
        return as_times(MONDAY + week * WEEK + slots[place])

    @property
    def text(self) -> Told:
        """As `Calendar.text`."""
        slots = self.moments
        days = [tuple(slots[slots // DAY == day] % DAY) for day in range(7)]
        open_days = [day for day in range(7) if days[day]]
        distinct = list(dict.fromkeys(days[day] for day in open_days))
        if len(distinct) == 1 and len(distinct[0]) == 1:
            if open_days == [0, 1, 2, 3, 4]:
                return Told("1 business day")
            return Told("1 day, {days}", days=days_text(open_days))
        step = int(np.bincount(np.diff(slots) // SECOND).argmax()) * SECOND
        hours = [(hours, [day for day in open_days if days[day] == hours]) for hours in distinct]
        if len(hours) > 2:
            which = days_text(open_days)
            return Told("{step}, {count} steps a week, {days}", step=length_text(step), count=len(slots), days=which)
        parts = [Told("{names}", names=[hours_text(clock), days_text(which)]) for clock, which in hours]
        if len(parts) == 1:
            return Told("{names}", names=[length_text(step), *parts])
        return Told("{step}, {first}; {second}", step=length_text(step), first=parts[0], second=parts[1])

    @property
    def cycles(self) -> tuple[tuple[str, int], ...]:
        """As `Calendar.cycles`."""
        slots = self.moments
        sizes = np.bincount(slots // DAY, minlength=7)
        sizes = sizes[sizes > 0]
        alike = bool((sizes == sizes[0]).all()) and sizes[0] > 1
        week = (("week", len(slots)),) if len(slots) > 1 else ()
        year = (("year", round(len(slots) * DAYS_A_YEAR / 7)),) if sizes.max() == 1 else ()
        return ((("day", int(sizes[0])),) if alike else ()) + week + year


def _even(slots: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Parts of equal steps."""
    change = np.flatnonzero(np.diff(slots, 2))
    if not len(change):
        return [slots]
    cut = int(change[0]) + 2
    return [slots[:cut], *_even(slots[cut:])]


def common_step(lengths: NDArray[np.int64]) -> int:
    """The greatest length that all ``lengths`` are whole multiples of."""
    found = 0
    for length in lengths:
        found = gcd(found, int(length))
        if found == 1:
            break
    return found
