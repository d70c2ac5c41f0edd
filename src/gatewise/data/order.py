"""Rows put in order: by series, then by time; rows of one series and one time made one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.series import moment
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


MERGED = {"first": Told("first"), "last": Told("last"), "mean": Told("mean"), "sum": Told("sum")}
"""How several rows are made one."""


@dataclass(frozen=True, eq=False)
class Ordered:
    """Rows of series in order.

    Attributes:
        values: Shape (rows, features).
        stamps: Time of each row, increasing within a series; None for file order.
        members: Series of each row; the rows of a series lie together.
        notes: What was changed.
    """

    values: NDArray[np.float64]
    stamps: NDArray[Any] | None
    members: NDArray[np.int64]
    notes: tuple[Told, ...] = ()


def in_order(
    values: NDArray[np.float64],
    stamps: NDArray[Any] | None,
    members: NDArray[np.int64],
    duplicates: str | None,
    time: str,
    *,
    repeats: bool = False,
    codes: Sequence[int] = (),
) -> Ordered:
    """Sort the rows by series and time, and merge rows of one time as ``duplicates`` says.

    Args:
        values: Shape (rows, features), in file order.
        stamps: Time of each row; None for file order.
        members: Series of each row.
        duplicates: first, last or mean; None refuses rows of one time.
        time: Name of the time column, for messages.
        repeats: Whether rows of one time are left as they are.
        codes: Features that are numbers of categories, which have no mean: the last one stands for it.

    Raises:
        DataError: If time stamps of a series repeat and ``duplicates`` is None.
    """
    if _already(stamps, members):
        return Ordered(values, stamps, members)
    if stamps is not None and _already(moved := _ends_of_days(stamps, members), members):
        return Ordered(
            values,
            moved,
            members,
            (Told("00:00 behind the last hour of a day in {name} is its end", name=named(time)),),
        )
    order = np.argsort(members, kind="stable") if stamps is None else np.lexsort((stamps, members))
    plain = bool((order == np.arange(len(order))).all())
    if not plain:
        values, members = values[order], members[order]
        stamps = None if stamps is None else stamps[order]
    if stamps is None:
        return Ordered(values, None, members)
    notes = _turned(order, members, time) if not plain else ()
    new = np.ones(len(stamps), dtype=bool)
    new[1:] = (stamps[1:] != stamps[:-1]) | (members[1:] != members[:-1])
    found = Ordered(values, stamps, members, notes)
    return found if new.all() or repeats else _once(found, np.flatnonzero(new), duplicates, time, codes)


def _already(stamps: NDArray[Any] | None, members: NDArray[np.int64]) -> bool:
    """Whether the rows of each series lie together, each later than the one before."""
    after, same = members[1:] > members[:-1], members[1:] == members[:-1]
    return bool((after | (same if stamps is None else same & (stamps[1:] > stamps[:-1]))).all())


def _ends_of_days(stamps: NDArray[Any], members: NDArray[np.int64]) -> NDArray[Any]:
    """The stamps, where 00:00 that stands behind later hours of its own day is the end of that day.

    So it is written where hours are counted from 1 to 24 and 24 became 0. It is read so where no row goes back in time
    but to such a midnight, no midnight stands elsewhere, and there are two of them at least.
    """
    if stamps.dtype.kind != "M":
        return stamps
    back = 1 + np.flatnonzero((stamps[1:] < stamps[:-1]) & (members[1:] == members[:-1]))
    days = stamps.astype("datetime64[D]")
    midnights = stamps == days
    if len(back) < 2 or midnights.sum() != len(back) or not (midnights[back] & (days[back] == days[back - 1])).all():
        return stamps
    found = stamps.copy()
    found[back] += np.timedelta64(1, "D")
    return found


def _turned(order: NDArray[np.int64], members: NDArray[np.int64], time: str) -> tuple[Told, ...]:
    """What to say of rows that were not in order."""
    within = np.diff(order)[np.diff(members) == 0]
    if (within > 0).all():
        return ()  # series in turn, each in order
    if (within < 0).all():
        return (Told("the rows were newest first and are sorted by {name}", name=named(time)),)
    return (Told("the rows were not in order and are sorted by {name}", name=named(time)),)


def _once(
    found: Ordered, starts: NDArray[np.int64], duplicates: str | None, time: str, codes: Sequence[int]
) -> Ordered:
    """Each time once in each series: its rows, which begin at ``starts``, are merged."""
    assert found.stamps is not None
    extra = len(found.values) - len(starts)
    if duplicates is None:
        repeated = np.setdiff1d(np.arange(len(found.values)), starts)
        raise DataError(
            f"{counted(extra, 'row')} of column {named(time)} repeat a time stamp, such as "
            f"{moment(found.stamps[repeated[0]])}. If the rows are of several series, type: --series COLUMN with the "
            "column that names them. If they are several rows of one series, say which one counts: --duplicates "
            "first|last|mean"
        )
    how = MERGED[duplicates]
    note = Told("{rows} of a repeated time stamp merged: {how}", rows=counted(extra, "row"), how=how)
    return replace(
        found,
        values=_merged(found.values, starts, duplicates, codes),
        stamps=found.stamps[starts],
        members=found.members[starts],
        notes=(*found.notes, note),
    )


def _merged(
    values: NDArray[np.float64], starts: NDArray[np.int64], duplicates: str, codes: Sequence[int]
) -> NDArray[np.float64]:
    """One row for each group of rows that begins at ``starts``; the mean is over the known values."""
    if duplicates == "first":
        return values[starts]
    if duplicates == "last":
        ends: NDArray[np.int64] = np.append(starts[1:], len(values))
        return values[ends - 1]
    return with_last(means(values, starts), values, starts, codes)


def with_last(
    merged: NDArray[np.float64], values: NDArray[np.float64], starts: NDArray[np.int64], codes: Sequence[int]
) -> NDArray[np.float64]:
    """What groups of rows were merged to, with the last known value of each in the columns ``codes``."""
    if len(codes):
        merged[:, list(codes)] = lasts(values[:, list(codes)], starts)
    return merged


def lasts(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The last known value of each group of rows that begins at ``starts``; NaN where none is known."""
    row = np.where(~np.isnan(values), np.arange(len(values))[:, None], -1)
    last = np.maximum.reduceat(row, starts, axis=0)
    return np.where(last < 0, np.nan, np.take_along_axis(values, np.maximum(last, 0), axis=0))


def means(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of the known values of each group of rows that begins at ``starts``; NaN where none is known."""
    known = ~np.isnan(values)
    count: NDArray[np.int64] = np.add.reduceat(known.astype(np.int64), starts, axis=0)
    total: NDArray[np.float64] = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
    return np.where(count, total / np.maximum(count, 1), np.nan)
