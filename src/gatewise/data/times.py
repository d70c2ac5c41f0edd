"""The time column of a table: named or found, read, and the rows put in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.columns import Times, known_text, numbers, times
from gatewise.errors import DataError, OptionError
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl
    from numpy.typing import NDArray

TIME_NAMES = frozenset(
    "time t date datetime timestamp ds step period index idx row id no n "  # noqa: SIM905  # one word a name
    "year month week day hour minute second".split()
)
"""Names that let a column of increasing numbers be taken as the time."""


DATE_NAMES = frozenset({"date", "datetime", "timestamp", "time", "ds"})
"""Names of a column that can only be the time: one of them that does not read as times is a mistake to be shown."""


class TimeColumn(NamedTuple):
    """The time column found: its name, its stamps in file order, and what to say about it."""

    name: str | None
    stamps: NDArray[np.datetime64] | NDArray[np.float64] | None
    notes: tuple[str, ...] = ()


def named_time(column: pl.Series) -> TimeColumn:
    """Read the time column the user named, as dates or else as numbers.

    Raises:
        DataError: If a value is missing or is neither.
    """
    reading = times(column, compact=True)
    if reading is not None:
        return _dated(column, reading)
    stamps, bad = numbers(column)
    if bad is not None:
        raise _no_time(column, bad)
    _refuse_missing(column, np.isnan(stamps))
    if not np.isfinite(stamps).all():
        raise _no_time(column, int(np.argmin(np.isfinite(stamps))))
    return TimeColumn(column.name, stamps)


def found_time(frame: pl.DataFrame, taken: Collection[str]) -> TimeColumn:
    """Find the time column: the only one of dates without repeats, else numbers that increase under a time's name.

    Args:
        frame: The table.
        taken: Columns that are no time: the target, and the covariates where they are given.

    Raises:
        OptionError: If several columns may be it.
        DataError: If the only column of dates cannot be read as a whole.
    """
    readings = {
        column.name: reading
        for column in frame.iter_columns()
        if column.name not in taken and (reading := times(column, compact=_is_time_name(column.name))) is not None
        # A column with a few dates in it is text; one that is mostly dates has a slip to be shown.
        if reading.share > 0.5
    }
    unique = [name for name, reading in readings.items() if len(np.unique(reading.stamps)) == len(frame)]
    chosen = unique if len(unique) == 1 else list(readings)
    if len(chosen) > 1:
        raise OptionError(
            f"several columns hold times: {listed(chosen)}; say which one orders the rows, "
            f"for example --time {named(chosen[0])}"
        )
    if chosen:
        return _dated(frame[chosen[0]], readings[chosen[0]])
    for column in frame.iter_columns():
        stamps, bad = numbers(column)
        if column.name in taken or not _is_time_name(column.name) or bad is not None:
            continue
        if len(stamps) > 1 and np.isfinite(stamps).all() and (np.diff(stamps) > 0).all():
            return TimeColumn(column.name, stamps, (f"{named(column.name)}: increasing numbers, taken as the time",))
    for column in frame.iter_columns():
        known = column.is_not_null().arg_max()
        if column.name not in taken and column.name.strip().lower() in DATE_NAMES and known is not None:
            raise _no_time(column, known)  # taking the rows as they come would be a guess
    return TimeColumn(None, None, ("no time column found: the rows are taken as they come, evenly spaced",))


def _dated(column: pl.Series, reading: Times) -> TimeColumn:
    """The time column of a reading as dates, if it was read as a whole."""
    if reading.bad is not None:
        raise _no_time(column, reading.bad)
    _refuse_missing(column, np.isnat(reading.stamps))
    if reading.ambiguous:
        example = quoted(known_text(column)[0])
        raise DataError(
            f"the dates in column {named(column.name)} can be read month first or day first, such as {example}; "
            "write them as YYYY-MM-DD"
        )
    return TimeColumn(column.name, reading.stamps, (f"{named(column.name)}: times turned to UTC",) * reading.zoned)


def _refuse_missing(column: pl.Series, missing: NDArray[np.bool_]) -> None:
    if missing.any():
        raise DataError(
            f"the time column {named(column.name)} has {counted(int(missing.sum()), 'missing value')}, the first in "
            f"row {int(np.argmax(missing)) + 1:,}; fill in the time or take the row out"
        )


def _no_time(column: pl.Series, row: int) -> DataError:
    return DataError(
        f"column {named(column.name)} does not read as times: {quoted(column[row])} in row {row + 1:,}; expected one "
        "form throughout, such as 2016-12-31, 2016-12-31 23:30:00, 2016/12/31, 2016-12, 31.12.2016 or numbers; correct "
        "the value, or name another column with --time"
    )


def _is_time_name(name: str) -> bool:
    return name.lower() in TIME_NAMES or name.lower().startswith("unnamed")
