"""The time column of a table: named or found, read, and the rows put in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.candidates import best_of, dated, numbering
from gatewise.data.columns import is_text, known_text, numbers
from gatewise.data.counts import one_way, packed, restarts, rises_within, run_of, shuffled_count, text_index
from gatewise.data.joined import Joined, clock_of, found_parts, is_part, joined_with, named_clock, of_parts, with_clock
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.stamps import ORDERS, Stamps
from gatewise.data.timenames import DOWNWARD, TIMES, may_be_time, part_of, words_of
from gatewise.data.written import Writing
from gatewise.data.zones import in_zone, repeated_hour, with_offsets, zone_named
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.reading import Reading

FILE_ORDER = "none"
"""What ``--time`` says where the rows are to be taken as they come."""

DATE_NAMES = frozenset({"date", "datetime", "timestamp", "time", "ds"})
"""Names of a column that can only be the time: one of them that does not read as times is a mistake to be shown."""

NOTHING_FOUND = Told("no time column found: the rows are taken as they come, evenly spaced")
"""What is said of a table without times."""


class TimeColumn(NamedTuple):
    """The time of the rows.

    Attributes:
        name: As the user knows it; "Date + Time" where columns were joined; None where there is none.
        stamps: In file order, shape (rows,): datetime64[us], or float64 where time is a number. Repeats are left in.
        notes: What to say about it.
        zone: The zone of the stamps: "" where none is written, "UTC", "+01:00" or "Europe/Berlin".
        columns: All columns the stamps were made of.
        idle: Columns that are the same time once more, or only number the rows: no covariates.
        writing: How to write stamps alike.
    """

    name: str | None
    stamps: NDArray[np.datetime64] | NDArray[np.float64] | None
    notes: tuple[Told, ...] = ()
    zone: str = ""
    columns: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    writing: Writing = Writing()


def time_of(frame: pl.DataFrame, taken: Collection[str], reading: Reading) -> TimeColumn:
    """The time of a table's rows: as the user named it, otherwise found.

    Args:
        frame: The table.
        taken: Columns that are no time: the target, and the covariates where they are given.
        reading: What the user said.

    Raises:
        OptionError: If several columns may be it, or one looks like time and cannot be used.
        DataError: If the column cannot be read as a whole.
    """
    if reading.time is None:
        found = found_time(frame, taken, reading)
    elif reading.time == FILE_ORDER and FILE_ORDER not in frame.columns:
        return TimeColumn(None, None, (Told("the rows are taken as they come, evenly spaced: --time none"),))
    else:
        columns = _columns_named(frame, reading.time)
        found = named_time(frame[columns[0]], frame, reading) if len(columns) == 1 else _joined(frame, columns, reading)
    if found.stamps is None:
        return found
    said = reading.duplicates or reading.zone or found.zone or reading.series
    hour = None if said else repeated_hour(found.stamps)
    if hour is not None:
        raise DataError(
            f"column {named(found.name or '')} has {hour} twice, in the night in which clocks are put back; name the "
            "zone of these times, for example --zone Europe/Berlin. If it is not that, say which row counts with "
            "--duplicates first|last|mean"
        )
    others = [column for column in frame.iter_columns() if column.name not in (*found.columns, *taken)]
    return found._replace(idle=tuple(dict.fromkeys([*found.idle, *numbering(others, found.stamps)])))


def named_time(column: pl.Series, frame: pl.DataFrame | None = None, reading: Reading = NOTHING_SAID) -> TimeColumn:
    """Read the time column the user named, as dates or else as numbers.

    Raises:
        DataError: If a value is missing or is neither.
    """
    zone = zone_named(reading.zone) if reading.zone else ""
    stamps = dated(column, known=True, order=reading.dates, zone=zone)
    if stamps is not None:
        if frame is not None and not reading.duplicates and stamps.bad is None:
            others = [other for other in frame.iter_columns() if other.name not in (column.name, reading.target)]
            for joined in with_clock(column.name, stamps.values, others)[:1]:
                raise OptionError(
                    f"the days of {named(column.name)} repeat, and {listed(joined.columns[1:])} has the time of the "
                    f"day; type --time {quoted(','.join(joined.columns))}"
                )
        return _dated(column, stamps)
    return _counted(column, named_by_user=True)


def found_time(frame: pl.DataFrame, taken: Collection[str], reading: Reading = NOTHING_SAID) -> TimeColumn:
    """Find the time of the rows: the column of dates, columns that make one stamp, else numbers that count the rows.

    Raises:
        OptionError: If several columns may be it, or one looks like time and cannot be used.
        DataError: If the only column of dates cannot be read as a whole.
    """
    columns = [column for column in frame.iter_columns() if column.name not in taken]
    zone = zone_named(reading.zone) if reading.zone else ""
    read = {column.name: dated(column, known=False, order=reading.dates, zone=zone) for column in columns}
    # A column with a few dates in it is text; one that is mostly dates has a slip to be shown.
    dates = {name: stamps for name, stamps in read.items() if stamps is not None and stamps.share > 0.5}
    parts = found_parts([c for c in columns if c.name not in dates or part_of(c.name) == "y"])
    if parts is not None and not set(dates) - set(parts.columns):
        rest = [column for column in columns if column.name not in parts.columns]
        clocks = with_clock(parts.columns[-1], parts.stamps, rest)
        if len(clocks) == 1:
            parts = clocks[0]._replace(columns=(*parts.columns, *clocks[0].columns[1:]))
        return _of_joined(parts, zone, columns)
    if dates:
        chosen, again = best_of(dates)
        if len(chosen) > 1:
            raise OptionError(
                f"several columns hold times: {listed(chosen)}; say which one orders the rows, "
                f"for example --time {named(chosen[0])}"
            )
        stamps = dates[chosen[0]]
        ways = with_clock(chosen[0], stamps.values, columns) if not stamps.orders and stamps.bad is None else []
        if len(ways) > 1:
            ways = [way for way in ways if part_of(way.columns[1]) != "H"] or ways
        if len(ways) > 1:
            shown = " or ".join(f"--time {quoted(','.join(way.columns))}" for way in ways)
            raise OptionError(
                f"the days of {named(chosen[0])} repeat, and several columns have a time of day; type {shown}"
            )
        if ways:
            joined = _of_joined(ways[0], zone, columns)
            return joined._replace(notes=(*stamps.notes, *joined.notes))
        return _dated(frame[chosen[0]], stamps)._replace(idle=tuple(again))
    keys = [column for column in frame.iter_columns() if column.name in _split(reading.series)]
    for column in columns if keys else ():
        if may_be_time(column.name) and rises_within(column, keys):
            return _counted(column, named_by_user=False)
    return _found_count(columns)


def _split(names: str | None) -> set[str]:
    return {names or "", *(name.strip() for name in (names or "").split(","))}


def _found_count(columns: Sequence[pl.Series]) -> TimeColumn:
    """The column that counts the rows; none where nothing looks like time."""
    hinted = sorted(columns, key=lambda column: not may_be_time(column.name))
    for column in hinted:
        index = text_index(column)
        if index is not None and not index.timely:
            continue  # names of series end in numbers too
        values, bad = (index.values, None) if index else numbers(column)
        if bad is not None or len(values) < 2 or not np.isfinite(values).all() or is_part(column):
            continue
        hint, run = may_be_time(column.name) or index is not None, run_of(values)
        rising = bool((np.diff(values) > 0).all())
        counts = run.step == 1.0 and len(values) >= 10 and (hint or not run.restarts or values[0] in (0.0, 1.0))
        if may_be_time(column.name) and len(restarts(values)):
            return _counted(column, named_by_user=False)
        if run.step >= 0.0 and (counts or (hint and (rising or run.step > 0.0 or shuffled_count(values)))):
            return _counted(column, named_by_user=False)
        if run.step < 0.0 and (hint or (run.step == -1.0 and len(values) >= 10)):
            raise _runs_down(column, values)
    _refuse_unread(columns)
    _refuse_one_way(columns)
    return TimeColumn(None, None, (NOTHING_FOUND,))


def _runs_down(column: pl.Series, values: NDArray[np.float64]) -> OptionError:
    """A counter that runs down: the newest row may stand first, or the column says what is left."""
    name = named(column.name)
    shown = f"the numbers of {name}, from {values[0]:g} to {values[-1]:g},"
    if words_of(column.name) & DOWNWARD:
        return OptionError(
            f"{shown} count what is left by its name, so that the smallest is the last row; type --time {FILE_ORDER} "
            "to take the rows as they come, or rename the column"
        )
    return OptionError(
        f"{shown} run down: the newest row may stand first, or the column counts what is left. Type --time "
        f"{quoted(column.name)} to put the smallest first, or --time {FILE_ORDER} to take the rows as they come"
    )


def _refuse_unread(columns: Sequence[pl.Series]) -> None:
    """Refuse a table with a column that looks like time and was not read: the order of its rows would be a guess."""
    for column in columns:
        known = column.is_not_null().arg_max()
        if known is None or column.null_count() == len(column):
            continue
        if column.name.strip().lower() in DATE_NAMES:
            clock = clock_of(column)
            if clock is not None and is_text(column):
                raise OptionError(
                    f"column {named(column.name)} has clocks without a date, such as {quoted(column[known])}, and no "
                    "column of dates was found; name the columns that make the stamp, as in "
                    f"--time date,{column.name}, or type --time {FILE_ORDER} to take the rows as they come"
                )
            raise _no_time(column, known) if numbers(column).bad is not None else _falls(column)
        if is_text(column) and words_of(column.name) & TIMES and column.n_unique() > len(column) / 2:
            raise _no_time(column, known)
        if text_index(column) is not None:
            raise OptionError(
                f"column {named(column.name)} counts from {quoted(column[0])} to {quoted(column[-1])}: if these are "
                f"steps of time, type --time {quoted(column.name)}; if each names a series of its own, the rows are no "
                f"steps of time. --time {FILE_ORDER} takes the rows as they come"
            )
        if is_part(column):
            raise OptionError(
                f"column {named(column.name)} is a part of a time by its name, and no column says the rest, such as "
                f"the year; name the columns that make the stamp, as in --time year,{column.name}, or type "
                f"--time {FILE_ORDER} to take the rows as they come"
            )


def _falls(column: pl.Series) -> OptionError:
    """Numbers under a name of time that rise and fall."""
    values = numbers(column).values
    row = int(np.argmax(np.diff(values) <= 0))
    return OptionError(
        f"the numbers of column {named(column.name)} do not rise from row to row, such as {values[row]:g} and"
        f" {values[row + 1]:g} in rows {row + 1:,} and {row + 2:,}: if the rows are of several series, type: --series"
        f" COLUMN with the column that names them; --time {quoted(column.name)} puts the rows in the order of the"
        f" numbers, --time {FILE_ORDER} takes them as they come"
    )


def _refuse_one_way(columns: Sequence[pl.Series]) -> None:
    """Refuse a table of which a column rises or falls from row to row throughout: it may be the time."""
    for column in columns:
        way = one_way(column)
        if way:
            raise OptionError(
                f"no column holds times, and column {named(column.name)} {'rises' if way > 0 else 'falls'} from row to "
                f"row, from {quoted(column[0], 20)} to {quoted(column[-1], 20)}"
                f"{'' if way > 0 else ': the newest row may stand first'}. Type --time {FILE_ORDER} to take the rows"
                " as they come, the oldest first; if it is the time, "
                + ("write dates in it" if is_text(column) else f"type --time {quoted(column.name)}")
            )


def _counted(column: pl.Series, *, named_by_user: bool) -> TimeColumn:
    """A column of numbers, or of text such as t1, t2, as the time."""
    index = text_index(column, known=True)
    stamps, bad = (index.values, None) if index else numbers(column)
    if bad is not None:
        raise _no_time(column, bad)
    _refuse_missing(column, np.isnan(stamps))
    if not np.isfinite(stamps).all():
        raise _no_time(column, int(np.argmin(np.isfinite(stamps))))
    leap = None if named_by_user or index else packed(stamps)
    if leap is not None:
        raise OptionError(
            f"the numbers of {named(column.name)} go on by one and leap from {leap[0]:.12g} to {leap[1]:.12g}: they"
            " may be a year and a week, day or period in one number. Expected dates, such as 2024-03-29: write them, or"
            f" type --time {FILE_ORDER} to take the rows as they come; --time {quoted(column.name)} takes the numbers "
            "as they are"
        )
    if named_by_user and words_of(column.name) & DOWNWARD:
        raise _runs_down(column, stamps)
    notes = (
        () if named_by_user else (Told("{name}: {how}, taken as the time", name=named(column.name), how=_how(stamps)),)
    )
    return TimeColumn(
        column.name, stamps, notes, columns=(column.name,), writing=Writing(index.template if index else "")
    )


def _how(stamps: NDArray[np.float64]) -> Told:
    run = run_of(stamps)
    if run.restarts:
        return Told("numbers that begin anew {times}", times=counted(run.restarts, "time"))
    return Told("increasing numbers") if (np.diff(stamps) > 0).all() else Told("numbers that go on by one step")


def _columns_named(frame: pl.DataFrame, given: str) -> list[str]:
    """The columns that ``--time`` names: one, or several between commas or as ``Date + Time``."""
    if given in frame.columns:
        return [given]
    for mark in (",", " + "):
        parts = [part.strip() for part in given.split(mark)]
        if len(parts) > 1 and all(part in frame.columns for part in parts):
            return parts
    names = [named(name) for name in frame.columns]
    lacking = next((part.strip() for part in given.split(",") if part.strip() not in frame.columns), given)
    raise OptionError(f"--time {named(lacking)}: there is no such column; {nearest(lacking, names)}")


def _joined(frame: pl.DataFrame, names: Sequence[str], reading: Reading) -> TimeColumn:
    """The stamps that several named columns make."""
    zone = zone_named(reading.zone) if reading.zone else ""
    columns = [frame[name] for name in names]
    parts = of_parts(columns)
    clock = named_clock(columns[-1]) if parts is None else None
    if clock is not None and len(names) == 2:
        stamps = dated(columns[0], known=True, order=reading.dates, zone="")
        if stamps is not None and stamps.bad is None:
            _refuse_doubts(columns[0], stamps)
            parts = joined_with((names[0], names[1]), stamps.values + clock, columns[1])
    days = of_parts(columns[:-1]) if clock is not None and len(names) > 2 else None
    if days is not None and clock is not None:
        parts = joined_with(tuple(names), days.stamps + clock, columns[-1])
    if parts is None:
        raise OptionError(
            f"--time {','.join(names)}: these columns make no stamp; expected a column of dates and one of clocks, or "
            "columns named year, month, day, hour and so on"
        )
    if np.isnat(parts.stamps).any():
        row = int(np.argmax(np.isnat(parts.stamps)))
        values = ", ".join(f"{name} {quoted(frame[name][row])}" for name in names)
        raise DataError(f"{values} in row {row + 1:,} make no stamp; correct the row or take it out")
    return _of_joined(parts, zone, columns, found=False)


def _of_joined(joined: Joined, zone: str, columns: Sequence[pl.Series], *, found: bool = True) -> TimeColumn:
    name = " + ".join(joined.columns)
    placed = in_zone(joined.stamps, zone, name) if zone else None
    if joined.offsets is not None:
        placed = with_offsets(joined.stamps, joined.offsets, zone, name)
    notes = (Told("{names}: joined to one stamp", names=listed(joined.columns)),) * found + (
        placed.notes if placed else ()
    )
    idle = tuple(column.name for column in columns if column.name not in joined.columns and part_of(column.name) == "y")
    writing = Writing("", placed.zone, placed.shown) if placed else Writing()
    return TimeColumn(
        name, placed.stamps if placed else joined.stamps, notes, writing.zone, joined.columns, idle, writing
    )


def _dated(column: pl.Series, read: Stamps) -> TimeColumn:
    """The time column of a reading as dates, if it was read as a whole."""
    if read.bad is not None:
        raise _no_time(column, read.bad)
    _refuse_missing(column, np.isnat(read.values))
    _refuse_doubts(column, read)
    newest = len(read.values) > 2 and bool((np.diff(read.values) < np.timedelta64(0)).all())
    notes = (*read.notes, *[Told("{name}: the newest row stands first", name=named(column.name))] * newest)
    return TimeColumn(column.name, read.values, notes, read.zone, (column.name,), (), read.writing)


def _refuse_doubts(column: pl.Series, read: Stamps) -> None:
    """Refuse dates that can be read in two ways."""
    if not read.orders and not read.doubt:
        return
    example = quoted(known_text(column).drop_nulls()[0])
    if read.orders:
        ways = ", ".join(f"{ORDERS[order]} (--dates {order})" for order in read.orders)
        raise DataError(
            f"the dates in column {named(column.name)}, such as {example}, can be read as {ways}: say which with "
            f"--dates {'|'.join(read.orders)}, or write them as YYYY-MM-DD"
        )
    if "zone" in read.doubt:
        raise DataError(
            f"column {named(column.name)} {read.doubt}: {example}; name the zone, for example --zone America/Chicago"
        )
    raise DataError(f"column {named(column.name)} {read.doubt}: {example}; write the dates as YYYY-MM-DD or YYYY-MM")


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
        f"the value, or name another column with --time; --time {FILE_ORDER} takes the rows as they come"
    )
