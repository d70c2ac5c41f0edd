"""The calendar of a table: which steps its time stamps keep, with gaps, with jitter, and by what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.steps import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    SECOND,
    WEEK,
    Calendar,
    Counted,
    Equal,
    Months,
    Slots,
    as_times,
    common_step,
    day_of_month,
    length_text,
    microseconds,
)
from gatewise.languages import Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Calendar", "Found", "find_calendar"]

FEWEST_SINGLE = 1 / 3
"""Gaps of whole steps count as explained only where at least this share of the distances is a single step: any log that
is written in whole seconds would keep a step of a second otherwise."""

LEAST_EXPLAINED = 0.5
"""No calendar explains fewer distances."""

MOST_JITTER = 0.2
"""How far from the steps all stamps may lie, in steps; with fewer than `FEW` stamps half of it."""

FEW = 6

NICE = tuple(
    sorted(
        [n * SECOND for n in (1, 2, 5, 10, 15, 20, 30)]
        + [n * MINUTE for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)]
        + [n * HOUR for n in (1, 2, 3, 4, 6, 8, 12)]
        + [n * DAY for n in (1, 2, 7, 14, 28)]
    )
)
"""Steps that clocks and people keep, in microseconds; stamps that jitter are put at one of these."""

MOST_SLOTS = 20160
"""Moments of a week that are told apart: every 30 seconds."""

SELDOM = 0.05
"""A moment of the day, or a weekday, that has rows on no larger share of its days is none of the steps."""

BY_CHANCE = 1e-6
"""Gaps that are left out by chance with a smaller probability are no steps."""

MOST_LOOKED_AT = 1 << 17
"""Stamps in which a pattern is looked for; what is found is measured on all."""


class Found(NamedTuple):
    """The calendar of some stamps, and how sure it is.

    Attributes:
        calendar: None where no step explains half of the distances.
        explained: Share of the distances that are a step, or a gap of whole steps.
        certain: Whether the distances are enough to tell the calendar from others: three rows are no proof.
        step_text: The step, or the distances, for messages.
        notes: What the reader of the table should be told, such as the jitter that was taken out.
    """

    calendar: Calendar | None
    explained: float
    certain: bool
    step_text: str
    notes: tuple[Told, ...] = ()


class _Fit(NamedTuple):
    """How well a calendar fits: shares of the distances."""

    calendar: Calendar
    explained: float
    single: float


def find_calendar(stamps: NDArray[Any]) -> Found:
    """Find the steps that time stamps keep.

    Equal steps are tried first, then the slots of a week; where they are 28 days or so, months before both. A calendar
    takes the place of one before it only where it explains gaps that cannot be by chance: business days take the place
    of days because every fifth distance is three days, and a few missing weekends leave days as they are.

    Args:
        stamps: Times, ascending and unique, shape (rows,): datetime64, or plain numbers. Stamps of several series are
            given as one.

    Returns:
        The calendar, or none; two stamps keep any step.
    """
    if len(stamps) < 2:
        return Found(None, 0.0, False, "no time step")
    fits = _of_numbers(stamps) if stamps.dtype.kind != "M" else _of_times(stamps)
    best = fits[0]
    for fit in fits[1:]:
        if _closer(fit, best) or best.explained < LEAST_EXPLAINED < fit.explained:
            best = fit
    calendar, distances = best.calendar, len(stamps) - 1
    if best.explained < LEAST_EXPLAINED:
        return Found(None, best.explained, distances >= FEW, "no regular step")
    certain = distances >= 3 and (best.explained >= 0.9 or distances >= 10)
    return Found(calendar, best.explained, certain, calendar.text, _notes(best, stamps))


def _closer(fit: _Fit, other: _Fit) -> bool:
    """Whether a calendar leaves less than half of the gaps that another leaves."""
    return 1 - fit.single < (1 - other.single) / 2 and fit.explained > other.explained - 0.02


def _notes(fit: _Fit, stamps: NDArray[Any]) -> tuple[Told, ...]:
    """What to say: jitter, and stamps that are too few."""
    tolerance = getattr(fit.calendar, "tolerance", 0)
    notes = []
    if stamps.dtype.kind == "M" and tolerance:
        notes.append(
            Told(
                "the time stamps lie up to {length} beside steps of {step}; each is put at the nearest step",
                length=_about(tolerance),
                step=fit.calendar.text,
            )
        )
    if len(stamps) < 4:
        notes.append(
            Told(
                "a step of {step} is a guess: there are only {times} different times",
                step=fit.calendar.text,
                times=len(stamps),
            )
        )
    return tuple(notes)


def _about(length: int) -> Told:
    """A length of time, rounded up to a whole unit."""
    unit = next((unit for unit in (DAY, HOUR, MINUTE, SECOND, 1000) if length >= 2 * unit), 1)
    return length_text(-(-length // unit) * unit)


def _fit(calendar: Calendar, stamps: NDArray[Any]) -> _Fit:
    """Measure a calendar: a distance is explained where both ends are at steps, and these are not the same."""
    numbers, on_grid = calendar.numbers(stamps)
    ahead = np.diff(numbers)
    good = on_grid[1:] & on_grid[:-1] & (ahead > 0)
    single = float((good & (ahead == 1)).mean())
    return _Fit(calendar, float(good.mean()) if single >= FEWEST_SINGLE else single, single)


def _of_numbers(stamps: NDArray[Any]) -> list[_Fit]:
    """Equal steps of plain numbers: the usual distance, refined over the whole where it was rounded."""
    numbers = np.asarray(stamps, dtype=np.float64)
    distances = np.diff(numbers)
    usual = _usual(distances)
    steps = int(np.rint(distances / usual).sum())
    mean = float(f"{(numbers[-1] - numbers[0]) / max(steps, 1):.9g}")
    exact = float(f"{usual:.9g}")
    rounding = 4 * float(np.spacing(np.abs(numbers).max()))
    fits = [
        _fit(Counted(step, float(numbers[0]), max(share * step, rounding)), numbers)
        for step, share in ((exact, 1e-6), (mean, 1e-6), (mean, MOST_JITTER / (1 if len(numbers) >= FEW else 2)))
    ]
    best = max(fits[:2], key=lambda fit: fit.explained)
    return [best if best.explained >= 0.9 else max(best, fits[2], key=lambda fit: fit.explained)]


def _of_times(stamps: NDArray[Any]) -> list[_Fit]:
    """The calendars that may fit, likeliest first."""
    moments = microseconds(stamps)
    distances = np.diff(moments)
    usual = int(_usual(distances))
    step = Equal(usual, int(moments[0]))
    if distances.min() == distances.max() and not _month_like(distances):
        return [_Fit(step, 1.0, 1.0)]
    exact = _fit(step, stamps)
    months = [fit for fit in _months(moments) if fit.explained >= 0.9] if usual >= 8 * DAY else []
    if months:
        return [max(months, key=lambda fit: fit.single), exact]
    fits = _slots(moments, step) or [exact]
    near = _jittered(moments) if fits[0].explained < 0.9 else None
    return fits if near is None else _slots(moments, near) or [_fit(near, stamps)]


def _usual(distances: NDArray[Any]) -> Any:
    """The commonest distance where there is one, otherwise the lower of the middle two."""
    distances = distances[:: len(distances) // MOST_LOOKED_AT + 1]
    values, counts = np.unique(distances, return_counts=True)
    common = counts.max() * 4 >= len(distances)
    return values[counts.argmax()] if common else values[np.searchsorted(counts.cumsum(), len(distances) / 2)]


def _month_like(distances: NDArray[np.int64]) -> bool:
    """Whether equal distances could be months: one or two of them may be by chance."""
    return bool(distances[0] >= 28 * DAY) and len(distances) < FEW


def _jittered(moments: NDArray[np.int64]) -> Equal | None:
    """Equal steps that all stamps lie near, each at one of its own."""
    distances = np.diff(moments)
    middle = float(np.median(distances[:: len(distances) // MOST_LOOKED_AT + 1]))
    mean = float(moments[-1] - moments[0]) / max(float(np.rint(distances / middle).sum()), 1.0)
    whole = not (np.diff(moments % DAY)).any()  # dates have no jitter but whole days
    near = [step for step in NICE if abs(step / middle - 1) < 0.25 and not (whole and step % DAY)]
    part = moments[:: len(moments) // MOST_LOOKED_AT + 1]
    own = [max(round(mean), 1)] if len(moments) >= 4 * FEW and not whole else []
    for step in (*sorted(near, key=lambda step: abs(step - mean)), *own):
        phase = np.angle(np.exp(2j * np.pi * ((part % step) / step)).mean()) / (2 * np.pi)
        start = _rounded(int(moments[0]) // step * step + round(phase * step), step)
        since = moments - start + step // 2
        numbers = since // step
        most = int(np.abs(since - numbers * step - step // 2).max())
        if most <= MOST_JITTER * step / (1 if len(moments) >= FEW else 2) and (np.diff(numbers) > 0).all():
            return Equal(step, start, most)
    return None


def _rounded(start: int, step: int) -> int:
    """A start at a whole unit of the clock, where that is within a tenth of a step."""
    for unit in (DAY, HOUR, MINUTE, SECOND):
        whole = (start + unit // 2) // unit * unit
        if unit <= step and abs(whole - start) <= step / 10:
            return whole
    return start


def _months(moments: NDArray[np.int64]) -> list[_Fit]:
    """Steps of months: at a day, at the end, at the first or last business day; or a few days of every month."""
    stamps = as_times(moments)
    clock = int(np.bincount((moments % DAY) // SECOND).argmax()) * SECOND
    day_numbers = moments // DAY
    months = stamps.astype("datetime64[M]").astype(np.int64)
    days = day_numbers - day_of_month(months, np.ones(1, dtype=np.int64)) + 1
    length = day_of_month(months, np.full(1, 31)) - day_of_month(months, np.ones(1, dtype=np.int64)) + 1
    apart = np.diff(months)
    if (apart == 0).any():
        usual_days = np.where(days == length, 31, days)
        values, counts = np.unique(usual_days, return_counts=True)
        kept = values[counts > 0.1 * len(days)]
        return (
            [_fit(Months(1, int(months[0]), tuple(map(int, kept)), clock=clock), stamps)] if 0 < len(kept) < 5 else []
        )
    step = _usual(apart)
    step = int(step) if (apart % step == 0).all() else common_step(apart)
    anchors = [((31,), 0)] if (days == length).mean() >= 0.9 else []
    anchors += [((int(np.quantile(days, 0.98, method="higher")),), 0), ((1,), 1), ((31,), -1)]
    fits = [_fit(Months(step, int(months[0]), day, roll, clock), stamps) for day, roll in anchors]
    weekday = int((day_numbers[0] + 3) % 7)
    if ((day_numbers + 3) % 7 == weekday).all():
        tried = {int((days[0] - 1) // 7 + 1), -1} - {5}
        on = [_fit(Months(step, int(months[0]), (1,), 0, clock, 0, nth, weekday), stamps) for nth in sorted(tried)]
        fits += [fit for fit in on if fit.explained >= 0.9]
    if max(fit.explained for fit in fits) < 1.0 and len(moments) >= FEW:
        fits += [_near_days(Months(step, int(months[0]), day, roll, clock), stamps) for day, roll in anchors]
    return fits


def _near_days(calendar: Months, stamps: NDArray[Any]) -> _Fit:
    """Months whose stamps lie up to three days beside, as where a business day is a holiday."""
    numbers, _ = calendar.numbers(stamps)
    most = int(np.abs(microseconds(calendar.stamps(numbers)) - microseconds(stamps)).max())
    return _fit(Months(**{**calendar.__dict__, "tolerance": most if most <= 3 * DAY else 0}), stamps)


def _slots(moments: NDArray[np.int64], even: Equal) -> list[_Fit]:
    """The slots of a week that stamps keep to, where the steps left out cannot be missing by chance."""
    part = moments[-MOST_LOOKED_AT:]
    calendar = _slots_of(part, even)
    if calendar is None:
        return []
    fit, other = _fit(calendar, as_times(part)), _fit(even, as_times(part))
    better = fit.single > other.single and fit.explained > other.explained - 0.02
    return [_fit(calendar, as_times(moments))] if better else []


def _slots_of(moments: NDArray[np.int64], even: Equal) -> Slots | None:
    """Weekdays, hours of the day, hours by weekday: the moments of a week that are seldom left out."""
    numbers, _ = even.numbers(as_times(moments))
    placed = even.start + numbers * even.step if even.tolerance else moments
    lengths = np.unique(np.diff(placed))
    tick = common_step(lengths)
    if tick == 0 or DAY % tick or WEEK // tick > MOST_SLOTS or lengths[0] > 4 * DAY:
        return None
    first = int(placed[0] % tick)
    since = (placed - first - MONDAY) // tick
    per_day = DAY // tick
    slots = _open_slots(since, per_day, _open_weekdays(np.unique(since // per_day)))
    if not len(slots) or len(slots) == 7 * per_day:
        return None
    return Slots.at(slots * tick + first, even.tolerance)


def _by_chance(closed: NDArray[Any], of: int, left_out: float, times: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether so many moments may have no rows by chance: the Chernoff bound of a Poisson count.

    Args:
        closed: How many moments have no rows.
        of: How many there are.
        left_out: Share of the rows that are missing at the others.
        times: How often each moment passed.
    """
    expected = np.maximum(of * left_out ** np.asarray(times, dtype=np.float64), 1e-300)
    count = np.maximum(closed, 1e-300)
    tail = np.where(closed > expected, closed - expected - closed * np.log(count / expected), 0.0)
    found: NDArray[np.bool_] = tail > np.log(BY_CHANCE)
    return found


def _open_weekdays(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Weekdays that have rows; one without is closed only where it cannot be missing by chance.

    A Friday, Saturday or Sunday is closed by less: it passed twice, or a whole weekend did, and fewer than half as many
    of the other days are missing.

    Args:
        days: Days that have rows, counted from a Monday.
    """
    seen = np.bincount(days % 7, minlength=7)
    passed = np.bincount(np.arange(days[0], days[-1] + 1) % 7, minlength=7)
    weekend = passed[5] > 0 and passed[6] > 0 and seen[5] == seen[6] == 0
    closed = (seen < SELDOM * seen.max()) & (passed >= 2)
    closed[5:] |= weekend
    missing = (passed - seen)[~closed].sum()
    usual = not closed[:4].any() and missing / passed[~closed].sum() < (passed - seen).sum() / passed.sum() / 2
    share = float((missing + 1) / (passed[~closed].sum() + 2))
    if not usual and _by_chance(closed.sum(), 7, share, passed[closed].min(initial=passed.max())).any():
        closed[:] = False
    found: NDArray[np.bool_] = ~closed
    return found


def _open_slots(since: NDArray[np.int64], per_day: int, open_days: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Ticks since Monday 00:00 that are steps: the hours that days have, without those that a weekday never has."""
    day, clock = np.divmod(since, per_day)
    seen = np.bincount(day % 7 * per_day + clock, minlength=7 * per_day).reshape(7, per_day)
    days = np.bincount(np.unique(day) % 7, minlength=7)
    usual = seen.sum(axis=0) >= max(SELDOM * days.sum(), 1)
    if _by_chance((~usual).sum(), per_day, _left_out(seen, days, usual), (days.sum() - 2).clip(0)).any():
        usual[:] = True
    left_out = _left_out(seen, days, usual)
    never = usual & (seen <= SELDOM * days[:, None])
    whole = days - np.bincount([day[0] % 7, day[-1] % 7], minlength=7)  # the first and the last day may be a part
    closed = ~_by_chance(never.sum(axis=1), int(usual.sum()), left_out, whole.clip(0))
    return np.flatnonzero(usual & ~(never & closed[:, None]) & open_days[:, None])


def _left_out(seen: NDArray[np.int64], days: NDArray[np.int64], usual: NDArray[np.bool_]) -> float:
    """Share of the rows of the usual hours that are missing; a little more, for few days prove little."""
    possible = float(days.sum() * usual.sum())
    return (possible - float(seen[:, usual].sum()) + 1) / (possible + 2)
