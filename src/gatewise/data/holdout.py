"""The rows of a series that the user wants tested: those of a file of their own, or those from a row or a time on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.gaps import placed
from gatewise.data.order import Ordered
from gatewise.data.seasons import seasons
from gatewise.data.series import moment
from gatewise.data.split import first_tested
from gatewise.data.stamps import read_stamps
from gatewise.data.timeline import Timeline
from gatewise.data.written import written
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.series import Series


def appended(series: Series, test: Series, gaps: str | None) -> Series:
    """The series with the rows of ``test`` after its own, which alone are tested.

    Args:
        series: What is learned from.
        test: Rows of the same series, read as those to predict on are.
        gaps: What to do with steps that are missing in between: fill, refuse or keep; None fills.

    Raises:
        DataError: A series is new, or ``test`` has rows that do not come after all rows of the table.
    """
    known = {name: member for member, name in enumerate(series.names)}
    new = [" ".join(name) for name in test.names if name not in known]
    if new:
        raise DataError(
            f"--test {test.source}: got {counted(len(new), 'series')} that {series.source} does not have, such as"
            f" {quoted(new[0])}; expected the next rows of its series. Leave them out of the file"
        )
    if (series.stamps is None) != (test.stamps is None):
        without = series.source if series.stamps is None else test.source
        raise DataError(
            f"--test {test.source}: {without} has no time column, the other one has; expected the same columns in both."
            " Name it with --time, or type --time none to take the rows as they come"
        )
    _refuse_overlap(series, test)
    members = np.array([known[name] for name in test.names])[test.timeline.members]
    whose = np.concatenate([series.timeline.members, members])
    order = np.argsort(whose, kind="stable")
    values = np.concatenate([series.values, test.values])[order]
    stamps = (
        None
        if series.stamps is None or test.stamps is None
        else np.concatenate([series.stamps, test.stamps.astype(series.stamps.dtype)])[order]
    )
    tested = (np.arange(len(whose)) >= len(series.values))[order]
    told = [
        Told("--test {name}: {note}", name=test.source, note=note) for note in test.notes if note not in series.notes
    ]
    if series.calendar is None or stamps is None or gaps == "keep":
        timeline, start = _side_by_side(whose[order], tested)
        return _joined(series, values, stamps, timeline, start, told)
    found = placed(Ordered(values, stamps, whose[order]), series.calendar, gaps or "fill")
    assert found.stamps is not None
    assert test.stamps is not None
    steps = found.timeline.steps
    start = int(steps[found.stamps >= test.stamps.min()].min() - steps.min())
    joined = _joined(series, found.values, found.stamps, found.timeline, start, [*told, *found.notes])
    return replace(joined, inserted=series.inserted + test.inserted + found.inserted)


def split_at(series: Series, typed: str, dates: str | None) -> Series:
    """The series, tested from a row or a time on.

    Args:
        series: What was read.
        typed: A time stamp in the table's form, or the number of a row, counted from 1.
        dates: The order of day, month and year, where the user says it.

    Raises:
        OptionError: It is neither, or may be both, or leaves nothing to learn from.
    """
    by_time, by_row = _as_stamp(series, typed, dates), _as_row(series, typed)
    if by_time is not None and by_row is not None and by_time != by_row:
        assert series.stamps is not None
        one, other = (_shown(series, step) for step in (by_row, by_time))
        raise OptionError(
            f"--split-at {typed} may be a row or a time; expected one of them. Type --split-at {quoted(other)} for the"
            f" time, or --split-at {quoted(one)} for the time of row {typed}"
        )
    start = by_time if by_time is not None else by_row
    if start is None:
        raise _not_there(series, typed)
    steps = series.timeline.steps - series.timeline.steps.min()
    found = replace(series, test_start=start)
    early, usual = steps < first_tested(steps, start), steps < first_tested(steps, None)
    if (early == usual).all():
        return found
    # The seasons were found in rows of which some are tested now.
    again = seasons(series.values[early, 0], steps[early], series.calendar, series.timeline.members[early])
    return replace(found, seasons=again)


def _joined(
    series: Series,
    values: NDArray[np.float64],
    stamps: NDArray[Any] | None,
    timeline: Timeline,
    start: int,
    told: list[Told],
) -> Series:
    notes = tuple(dict.fromkeys([*series.notes, *told]))
    return replace(series, values=values, stamps=stamps, timeline=timeline, test_start=start, notes=notes)


def _side_by_side(members: NDArray[np.int64], tested: NDArray[np.bool_]) -> tuple[Timeline, int]:
    """Rows without stamps: testing begins at the same step in every series; that step."""
    starts = np.searchsorted(members, np.arange(members[-1] + 2))
    learned = np.array([int((~tested[first:last]).sum()) for first, last in pairwise(starts)])
    most = int(learned.max())
    place = np.arange(len(members)) - starts[members]
    return Timeline(place + (most - learned)[members], members), most


def _refuse_overlap(series: Series, test: Series) -> None:
    """Refuse test rows that are not after all rows to learn from.

    Raises:
        DataError: The message has both times.
    """
    if series.stamps is None or test.stamps is None:
        return
    last, first = series.stamps.max(), test.stamps.min()
    if first > last:
        return
    late = int(np.argmax(series.stamps >= first))
    whose = f" (series {' '.join(series.names[series.timeline.members[late]])})" if series.keys else ""
    raise DataError(
        f"--test {test.source}: its first row is of {moment(first)}, and {series.source} has rows up to"
        f" {moment(last)}{whose}; expected rows after those to learn from. Take the rows from {moment(first)} on out of"
        f" {series.source}, or leave out --test and type: --split-at {quoted(_text(series, first))}"
    )


def _as_row(series: Series, typed: str) -> int | None:
    """The step of a row, counted from 1, of one series that stands in file order; None where it is no such row."""
    if not typed.isdecimal() or not 1 < int(typed) <= len(series.values):
        return None
    if series.keys or not series.as_filed:
        return None
    return int(series.timeline.steps[int(typed) - 1] - series.timeline.steps.min())


def _as_stamp(series: Series, typed: str, dates: str | None) -> int | None:
    """The first step at a time or after it; None where it is no time between the first row and the last."""
    if series.stamps is None:
        return None
    stamp = _read(series, typed, dates)
    if stamp is None or not series.stamps.min() < stamp <= series.stamps.max():
        return None
    steps = series.timeline.steps
    return int(steps[series.stamps >= stamp].min() - steps.min())


def _read(series: Series, typed: str, dates: str | None) -> Any:
    """A time as the table writes them; None where it does not read as one.

    Raises:
        OptionError: Day and month may be read in two ways.
    """
    assert series.stamps is not None
    if not np.issubdtype(series.stamps.dtype, np.datetime64):
        try:
            return float(typed)
        except ValueError:
            return None
    writing = series.writing
    read = read_stamps(pl.Series("--split-at", [typed]), bare=True, order=dates, zone=writing.shown)
    if read is None or read.bad is not None:
        return None
    if read.zone not in ("", writing.zone):
        return None  # a moment of a zone, and the table's times are of none
    if len(read.orders) < 2:
        return read.values[0]
    orders = [read_stamps(pl.Series("--split-at", [typed]), order=order, zone=writing.shown) for order in read.orders]
    alike = [found.values[0] for found in orders if found and _text(series, found.values[0]) == typed]
    if len(alike) != 1:
        raise OptionError(
            f"--split-at {quoted(typed)} can be read in several ways: {', '.join(read.orders)}. Type --dates"
            f" {read.orders[0]} too, or write the time as 2016-12-31"
        )
    return alike[0]


def _not_there(series: Series, typed: str) -> OptionError:
    """What to type where there is no such row or time."""
    rows = f"a row from 2 to {len(series.values):,}" if not series.keys and series.as_filed else ""
    times = ""
    if series.stamps is not None:
        first, last = (quoted(_text(series, stamp)) for stamp in (series.stamps.min(), series.stamps.max()))
        times = f"a time after {first}, up to {last}"
    if series.keys and series.stamps is None:
        return OptionError(
            f"--split-at {quoted(typed)}: got {counted(len(series.names), 'series')} by {listed(series.keys)} without a"
            " time column, which have no row in common; bring the rows to test on as --test FILE"
        )
    example = _shown(series, int(0.8 * (np.ptp(series.timeline.steps) + 1)))
    return OptionError(
        f"--split-at {quoted(typed)}: expected {' or '.join(filter(None, (times, rows)))}, the first one to test on."
        f" For example: --split-at {quoted(example)}"
    )


def _shown(series: Series, step: int) -> str:
    """What to type to test from a step on."""
    steps = series.timeline.steps - series.timeline.steps.min()
    row = int(np.argmax(steps >= step))
    return str(row + 1) if series.stamps is None else _text(series, series.stamps[row])


def _text(series: Series, stamp: Any) -> str:
    """A time as the table writes it; one that is a number with a point, which no row has."""
    if isinstance(stamp, np.datetime64):
        return str(written(np.array([stamp]), series.writing)[0])
    return str(float(stamp))
