"""Stamps made of their parts: year, month, day, hour and so on, a number each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

PIVOT = 69
"""Years of two digits from here on are of the last century: 69 is 1969, 68 is 2068."""


def assembled(parts: Mapping[str, NDArray[np.float64]]) -> NDArray[np.datetime64]:
    """Stamps of parts named as in `forms`: ``y`` with ``m d``, ``q``, ``h``, ``w u`` or ``j``, and ``H M S f pm``.

    Args:
        parts: Shape (rows,) each, NaN where the part is not written. What is not there is the first: of a year
            alone the first of January. ``f`` is a share of a second; ``pm`` is 1 in the second half of the day, 0 in
            the first.

    Returns:
        Shape (rows,), datetime64[us]; NaT where the parts are no stamp, such as 30 February.
    """
    year = parts["y"]
    rows = len(year)
    good = np.isfinite(year) & (year == np.floor(year))
    whole = {name: np.where(np.isfinite(part), part, _first(name)) for name, part in parts.items()}
    years = np.where(good, year, 1970)
    years = years + np.where(years < 100, np.where(years < PIVOT, 2000, 1900), 0)
    good &= (years >= 1000) & (years <= 9999)

    def part(name: str) -> NDArray[np.float64]:
        return whole.get(name, np.full(rows, _first(name)))

    month = part("m")
    month = np.where(month == 0, -1, month)
    if "q" in parts:
        good &= _within(part("q"), 1, 4)
        month = 3 * part("q") - 2
    if "h" in parts:
        good &= _within(part("h"), 1, 2)
        month = 6 * part("h") - 5
    good &= _within(month, 1, 12)
    months = ((np.clip(years, 1000, 9999) - 1970) * 12 + np.clip(month, 1, 12) - 1).astype(np.int64)
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    length = ((months + 1).astype("datetime64[M]").astype("datetime64[D]") - first).astype(np.int64)
    day = part("j") if "j" in parts else part("d")
    good &= _within(day, 1, 366 if "j" in parts else length)
    days = first + np.where(good, day - 1, 0).astype(np.int64)
    good &= days.astype("datetime64[Y]").astype(np.int64) + 1970 == years
    if "w" in parts:
        good &= _within(part("w"), 1, 53)
        days = _week(first, part("w"), part("u"))
    clock: Any = _clock(part, parts, good)
    stamps: NDArray[np.datetime64] = days.astype("datetime64[us]") + clock
    stamps[~good] = np.datetime64("NaT")
    return stamps


def _clock(
    part: Callable[[str], NDArray[np.float64]], parts: Mapping[str, NDArray[np.float64]], good: NDArray[np.bool_]
) -> NDArray[np.timedelta64]:
    """Time since midnight; ``good`` is cleared where a clock cannot show it."""
    hour, minute, second = part("H"), part("M"), part("S")
    if "pm" in parts:
        half = np.isfinite(parts["pm"])
        good &= ~half | _within(hour, 0, 12)
        hour = np.where(half, hour % 12 + 12 * (part("pm") > 0), hour)
    midnight = (hour == 24) & (minute == 0) & (second == 0)
    good &= (_within(hour, 0, 23) | midnight) & _within(minute, 0, 59) & _within(second, 0, 59)
    seconds = np.where(good, hour * 3600 + minute * 60 + second, 0).astype(np.int64)
    fraction = np.floor(part("f") * 1e6 + 1e-4).astype(np.int64)  # finer than a microsecond is cut off
    return (seconds * 1_000_000 + fraction).astype("timedelta64[us]")


def _week(first: NDArray[np.datetime64], week: NDArray[np.float64], weekday: NDArray[np.float64]) -> NDArray[Any]:
    """The day of an ISO week of the year that ``first`` lies in: week 1 has the fourth of January."""
    fourth = first.astype("datetime64[Y]").astype("datetime64[D]") + 3
    monday = fourth - (fourth.astype(np.int64) + 3) % 7
    return monday + (7 * (week - 1) + weekday - 1).astype(np.int64)


def _within(values: NDArray[np.float64], least: float, most: Any) -> NDArray[np.bool_]:
    within: NDArray[np.bool_] = (values >= least) & (values <= most) & (values == np.floor(values))
    return within


def _first(name: str) -> float:
    return 1.0 if name in "mdqhwuj" else 0.0
