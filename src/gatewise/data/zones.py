"""Zones: what is written behind a clock, wall clocks and instants, and the hour that autumn repeats."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import available_timezones

import numpy as np
import polars as pl

from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFFSETS = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "eet": 120,
    "eest": 180, "msk": 180, "kst": 540, "jst": 540, "sgt": 480, "hkt": 480, "aest": 600, "aedt": 660, "nzst": 720,
    "nzdt": 780, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
"""Minutes ahead of UTC by the letters behind a clock; letters that mean several zones (CST, IST, BST) are not here."""

MINUTE, DAY = np.timedelta64(60_000_000, "us"), np.timedelta64(86_400_000_000, "us")
DISORDER = 0.1
"""Where more steps than this share go back, and as many forward, rows are in no order."""

NEARLY_ALL = 0.9
"""Rows that come day and night have at least this share of the times of day that their step leads to."""

FEW = 4
"""Fewer distances than these say nothing of day and night."""

_SIGNED = re.compile(r"^(?:utc|gmt)? ?([+-])(\d{1,2}):?(\d{2})?")


class Placed(NamedTuple):
    """Stamps and their zones.

    Attributes:
        stamps: Shape (rows,), datetime64[us].
        zone: The zone that the stamps are in: "" where none is written, "UTC", "+01:00" or "Europe/Berlin".
        shown: The zone that stamps are written back in.
        notes: What was done.
    """

    stamps: NDArray[np.datetime64]
    zone: str
    shown: str
    notes: tuple[Told, ...] = ()


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def zone_named(given: str) -> str:
    """The zone that the user or a stamp names, such as Europe/Berlin, UTC or +01:00.

    Raises:
        OptionError: If there is no such zone.
    """
    name = given.strip().strip("[]()").lower()
    if name in ("utc", "z", "gmt"):
        return "UTC"
    signed = _SIGNED.match(name)
    if signed and signed.end() == len(name):
        return offset_text(_minutes(signed))
    if name in _names():
        return _names()[name]
    known = sorted(name for name in _names().values() if "/" in name)
    raise OptionError(
        f"--zone {quoted(given)}: there is no such zone; expected a name such as Europe/Berlin, UTC, or an offset such "
        f"as +01:00; {nearest(given, known)}"
    )


def offset_text(minutes: int) -> str:
    """An offset as it is written: "+01:00"; UTC for none.

    >>> offset_text(-210)
    '-03:30'
    """
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}" if minutes else "UTC"


def offset_of(written: str) -> int | str | None:
    """Minutes ahead of UTC, or the name of a zone, by what stands behind a clock; None where it says neither."""
    text = written.strip().strip("[]()").strip().lower()
    signed = _SIGNED.match(text)
    if signed:
        return _minutes(signed) if abs(_minutes(signed)) <= 14 * 60 else None
    return OFFSETS.get(text, _names().get(text))


def with_offsets(wall: NDArray[np.datetime64], offsets: NDArray[np.int64], zone: str, what: str) -> Placed:
    """Stamps with an offset in minutes each: wall clock where the offset never changes or whole days go by.

    Args:
        wall: Wall clocks, shape (rows,).
        offsets: Minutes ahead of UTC, shape (rows,).
        zone: The zone the user named; "" where none was.
        what: Name of the column, for notes.
    """
    instants = wall - offsets * MINUTE
    if zone:
        return _instants(instants, zone, what)
    if len(offsets) and (offsets == offsets[0]).all():
        text = offset_text(int(offsets[0]))
        return Placed(wall, text, text)
    if _whole_days(wall) and len(np.unique(wall)) == len(np.unique(instants)):
        note = Told("{name}: the offset from UTC changes; days are counted by the wall clock", name=named(what))
        return Placed(wall, "", "", (note,))
    return Placed(instants, "UTC", "UTC", (Told("{name}: times turned to UTC", name=named(what)),))


def in_zone(wall: NDArray[np.datetime64], zone: str, what: str) -> Placed:
    """Wall clocks of a zone: the repeated hour of autumn is told apart by the order of the rows.

    Raises:
        DataError: If a wall clock is one that spring skips.
    """
    if zone == "UTC" or zone[0] in "+-":
        return Placed(wall, zone, zone)
    column = pl.Series(wall)
    early, late = (
        column.dt.replace_time_zone(zone, ambiguous=which, non_existent="null").dt.convert_time_zone("UTC")
        for which in ("earliest", "latest")
    )
    skipped = np.flatnonzero((early.is_null() & column.is_not_null()).to_numpy())
    if len(skipped):
        raise DataError(
            f"column {named(what)}: there is no {str(wall[skipped[0]])[:16].replace('T', ' ')} in {zone} (row "
            f"{skipped[0] + 1:,}): clocks were put forward; these are times of another zone, name it with --zone (UTC "
            "where clocks are never changed)"
        )
    first, second = (part.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]") for part in (early, late))
    repeated = np.flatnonzero((first != second) & ~np.isnat(first))
    instants, ordered = first.copy(), _in_order(wall)
    _, place, counts = np.unique(wall[repeated], return_inverse=True, return_counts=True)
    if (counts > 1).any() and not ordered:
        raise _either_hour(wall, repeated[counts[place] > 1][0], zone, what)
    again = _again(wall, repeated) if ordered else np.zeros(len(repeated), dtype=bool)
    instants[repeated[again]] = second[repeated[again]]
    alone = repeated[(counts[place] == 1) & ~again]
    later = alone[_fits_later(instants, second, alone)]
    instants[later] = second[later]
    placed = _instants(instants, zone, what)
    note = Told(
        "{name}: {rows} of the hour that autumn repeats told apart by their order",
        name=named(what),
        rows=counted(len(repeated), "row"),
    )
    return placed._replace(notes=(*placed.notes, *[note] * bool(len(repeated))))


def _in_order(wall: NDArray[np.datetime64]) -> bool:
    """Whether rows go on in time, or back in it, but for the starts of further series."""
    steps = np.diff(wall[~np.isnat(wall)])
    if not len(steps):
        return True
    return bool(min((steps < np.timedelta64(0)).mean(), (steps > np.timedelta64(0)).mean()) <= DISORDER)


def _either_hour(wall: NDArray[np.datetime64], row: int, zone: str, what: str) -> DataError:
    """Rows in no order do not tell the hour that autumn repeats apart."""
    return DataError(
        f"column {named(what)}: {str(wall[row])[:16].replace('T', ' ')} comes twice in {zone} (row {row + 1:,}), as"
        " clocks were put back, and the rows are in no order that tells which is meant; sort them by time, or write the"
        " times with their offset, such as +01:00"
    )


def _fits_later(
    first: NDArray[np.datetime64], second: NDArray[np.datetime64], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of the rows of a repeated hour, each a wall clock that comes once, go on from the others later only."""
    others = np.unique(np.delete(first, rows))
    if not len(rows) or len(others) < 3:
        return np.zeros(len(rows), dtype=bool)
    values, counts = np.unique(np.diff(others), return_counts=True)
    step = values[counts.argmax()]
    neighbours = [
        np.isin(at - step, others).astype(int) + np.isin(at + step, others) for at in (first[rows], second[rows])
    ]
    return neighbours[1] > neighbours[0]


def _again(wall: NDArray[np.datetime64], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the rows with a wall clock that comes twice are the second time, by their order."""
    steps = np.diff(wall)
    forward = (steps >= np.timedelta64(0)).sum() * 2 >= len(steps)
    again = np.zeros(len(rows), dtype=bool)
    latest: dict[Any, Any] = {}
    second: set[Any] = set()
    places = range(len(rows)) if forward else range(len(rows) - 1, -1, -1)
    for place in places:
        now = wall[rows[place]]
        day = now.astype("datetime64[D]")
        if day in latest and now <= latest[day]:
            second.add(day)
        latest[day] = max(now, latest.get(day, now))
        again[place] = day in second
    return again


def _instants(instants: NDArray[np.datetime64], zone: str, what: str) -> Placed:
    """Instants of a zone: as wall clocks where these go on more evenly, as days do, otherwise in UTC.

    Where no clock was changed both are as even. Rows that go on day and night will do so when clocks are changed, so
    they are counted in UTC in a zone that changes them.
    """
    wall = wall_clock(instants, zone)
    if np.array_equal(wall, instants) or zone[0] in "+-" or not _changes_clocks(instants, zone):
        return Placed(wall, zone, zone)
    walls, hours = _evenness(wall), _evenness(instants)
    if walls > hours or (walls == hours and not _day_and_night(wall)):
        return Placed(wall, zone, zone)
    note = Told("{name}: times of {zone}, counted in UTC, since clocks are changed", name=named(what), zone=zone)
    return Placed(instants, "UTC", zone, (note,))


def _changes_clocks(instants: NDArray[np.datetime64], zone: str) -> bool:
    """Whether clocks of a zone are changed between a year before the first instant and a year after the last."""
    known = instants[~np.isnat(instants)]
    if not len(known):
        return False
    days = np.arange(known.min() - 366 * DAY, known.max() + 366 * DAY, 7 * DAY)
    return len(np.unique(utc_offsets(days, zone))) > 1


def _day_and_night(wall: NDArray[np.datetime64]) -> bool:
    """Whether rows come at every time of day that their step leads to."""
    distances = np.diff(np.unique(wall[~np.isnat(wall)]))
    if len(distances) < FEW:
        return False
    values, counts = np.unique(distances, return_counts=True)
    step = values[counts.argmax()]
    clocks = np.unique(wall - wall.astype("datetime64[D]"))
    return bool(step < DAY and len(clocks) >= NEARLY_ALL * min(DAY // step, len(distances)))


def wall_clock(instants: NDArray[np.datetime64], zone: str) -> NDArray[np.datetime64]:
    """What clocks of a zone show at instants of UTC."""
    if zone in ("", "UTC"):
        return instants
    signed = _SIGNED.match(zone)
    if signed:
        return instants + _minutes(signed) * MINUTE
    turned = pl.Series(instants).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return turned.dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")


def utc_offsets(instants: NDArray[np.datetime64], zone: str) -> NDArray[np.int64]:
    """Minutes that a zone is ahead of UTC at instants."""
    return ((wall_clock(instants, zone) - instants) / MINUTE).astype(np.int64)


def repeated_hour(stamps: NDArray[Any]) -> str | None:
    """A stamp of the hour that autumn repeats, where all stamps that come twice lie in such an hour.

    Such hours are those before 4 on a Sunday, where a wall clock goes on by less than a day.
    """
    values, counts = np.unique(stamps, return_counts=True)
    twice = values[counts > 1]
    if not np.issubdtype(stamps.dtype, np.datetime64) or not len(twice) or (counts > 2).any() or len(values) < 3:
        return None
    days = twice.astype("datetime64[D]")
    sundays = (days.astype(np.int64) + 4) % 7 == 0
    early = twice - days < np.timedelta64(4, "h")
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    autumn = np.isin(months, (1, 2, 3, 8, 9, 10))
    short = np.median(np.diff(values).astype(np.int64)) <= 3 * 3600 * 10**6
    if short and (sundays & early & autumn).all():
        return str(twice[0])[:16].replace("T", " ")
    return None


def _minutes(signed: re.Match[str]) -> int:
    minutes = 60 * int(signed[2]) + int(signed[3] or 0)
    return -minutes if signed[1] == "-" else minutes


def _whole_days(wall: NDArray[np.datetime64]) -> bool:
    clocks = wall - wall.astype("datetime64[D]")
    return bool(len(clocks)) and bool((clocks == clocks[0]).all())


def _evenness(stamps: NDArray[np.datetime64]) -> float:
    """Share of distances that are the most common one."""
    distances = np.diff(np.unique(stamps[~np.isnat(stamps)]))
    if not len(distances):
        return 1.0
    return float(np.unique(distances, return_counts=True)[1].max() / len(stamps))
