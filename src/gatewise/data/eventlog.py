"""Event logs: a table with an event in each row becomes the events of each case, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.columns import is_text, known_text
from gatewise.data.readers.raw import RawSymbols
from gatewise.data.readers.xes import ACTIVITY, CASE, TIME
from gatewise.data.stamps import read_stamps
from gatewise.data.times import named_time
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.raw import Table
    from gatewise.data.reading import Reading

FILE_ORDER = "none"

_CASES = frozenset(
    "case caseid casename caseconceptname trace traceid processinstance session sessionid sessionuuid visit visitid "
    "visitorid ticketid orderid journeyid".split()
)
_ACTIVITIES = frozenset(
    "activity activityid activityname event eventname eventtype conceptname task taskname action actionname "
    "actiontype".split()
)
"""Names of columns, in small letters and nothing but letters, that other programs write in place of the standard's."""

_CYCLES = frozenset(
    "schedule assign withdraw reassign start started suspend suspended resume resumed pi_abort ate_abort complete "
    "completed end finish finished autoskip manualskip unknown scheduled assigned withdrawn".split()
)
"""What an event does in the life of its activity, in the words of the standard (IEEE 1849) and near ones."""


def is_event_log(frame: pl.DataFrame, reading: Reading) -> bool:
    """Whether the user says that it is one, or its columns have the standard's names."""
    if reading.case is not None or reading.activity is not None:
        return True
    return reading.target is None and reading.sequence is None and {CASE, ACTIVITY} <= set(frame.columns)


def likely_log(frame: pl.DataFrame) -> tuple[str, str] | None:
    """The columns that are the case and the activity by their names, for a message; None where no names say so."""
    bare = {name: "".join(sign for sign in name.lower() if sign.isalpha()) for name in frame.columns}
    case, activity = (next((name for name in bare if bare[name] in known), None) for known in (_CASES, _ACTIVITIES))
    return None if case is None or activity is None else (case, activity)


def to_events(table: Table, reading: Reading, source: str) -> RawSymbols:
    """The events of each case.

    Args:
        table: An event in each row.
        reading: Names the columns.
        source: Name of the data, for display.

    Raises:
        OptionError: A column is not named, or is not there.
        DataError: A row has no case, no activity or no time; each case has one event, or all events are alike.
    """
    frame = table.frame
    case = _column(frame, "case", reading.case, CASE)
    activity = _column(frame, "activity", reading.activity, ACTIVITY)
    if case == activity:
        raise OptionError(f"--case and --activity both name {named(case)}; expected two columns")
    time, notes = _time(frame, {case, activity}, reading)
    cases, activities = (_whole(table, name) for name in (case, activity))
    stamps = None if time is None else named_time(frame[time], None, reading).stamps
    notes += _cycles(frame, activity, {case, activity, time or ""})
    return _events(cases, activities, stamps, source, (*table.notes, *notes, _said(case, activity, reading)))


def _events(
    cases: pl.Series, activities: pl.Series, stamps: NDArray[Any] | None, source: str, notes: tuple[Told, ...]
) -> RawSymbols:
    """The events of each case by time; those of one time, and all without times, as the rows come."""
    numbers = _numbered(cases)
    if stamps is not None:
        firsts = np.full(int(numbers.max()) + 1, stamps.max())
        np.minimum.at(firsts, numbers, stamps)
        ranks = np.argsort(np.argsort(firsts, kind="stable"), kind="stable")
        numbers = ranks[numbers]
        order = np.lexsort((stamps, numbers))
    else:
        order = np.argsort(numbers, kind="stable")
    names = activities.to_numpy()[order]
    lengths = np.bincount(numbers)
    borders = np.cumsum(lengths)[:-1]
    pieces = tuple(tuple(piece.tolist()) for piece in np.split(names, borders))
    _check(pieces, source)
    single = int((lengths == 1).sum())
    more = (
        [
            Told(
                "{cases} of {count:,} with one event, after which nothing comes",
                cases=counted(single, "case"),
                count=len(pieces),
            )
        ]
        if single
        else []
    )
    return RawSymbols(pieces, "event", "case", source, in_time=stamps is not None, notes=(*notes, *more))


def _check(pieces: tuple[tuple[str, ...], ...], source: str) -> None:
    """Refuse a log in which nothing is to be learned."""
    if len(pieces) < 2:
        raise DataError(
            f"{source}: all events are of one case; expected several. Bring more of them, or name another column with "
            "--case"
        )
    if all(len(piece) == 1 for piece in pieces):
        raise DataError(
            f"{source}: each of the {len(pieces):,} cases has one event, after which nothing comes; expected several "
            "events a case. Name the column that events of a case share with --case"
        )
    if len({event for piece in pieces for event in piece}) < 2:
        raise DataError(
            f"{source}: all events are {named(pieces[0][0])}; expected two kinds or more. Does --activity name the "
            "right column?"
        )


def _numbered(cases: pl.Series) -> NDArray[np.int64]:
    """The cases as numbers, in the order in which they come first."""
    frame = pl.DataFrame({"case": cases})
    first = frame.unique("case", keep="first", maintain_order=True).with_row_index("number")
    return frame.join(first, on="case", how="left", maintain_order="left")["number"].to_numpy().astype(np.int64)


def _column(frame: pl.DataFrame, option: str, said: str | None, usual: str) -> str:
    if said is None and usual in frame.columns:
        return usual
    if said is None:
        raise OptionError(
            f"--{option} is needed too: an event log has a column for the case and one for the activity; expected one "
            f"of {listed(frame.columns)}"
        )
    if said not in frame.columns:
        raise OptionError(f"--{option} {named(said)}: there is no such column; {nearest(said, frame.columns)}")
    return said


def _time(frame: pl.DataFrame, taken: set[str], reading: Reading) -> tuple[str | None, list[Told]]:
    """The column that orders the events, and what is to be said of it."""
    if reading.time == FILE_ORDER and FILE_ORDER not in frame.columns:
        return None, [Told("events are taken as the rows come: --time none")]
    if reading.time is not None:
        return _column(frame, "time", reading.time, TIME), []
    if TIME in frame.columns:
        return TIME, [Told("events are in the order of {time}", time=TIME)]
    dated = []
    for column in frame.iter_columns():
        read = None if column.name in taken else read_stamps(column, order=reading.dates)
        if read is not None and read.share > 0.5:
            dated.append(column.name)
    if len(dated) > 1:
        raise OptionError(f"several columns hold times: {listed(dated)}; say which orders the events with --time")
    if dated:
        return dated[0], [Told("events are in the order of {time}", time=named(dated[0]))]
    return None, [
        Told("no column holds times: events are taken as the rows come; --time names a column that orders them")
    ]


def _cycles(frame: pl.DataFrame, activity: str, taken: set[str]) -> list[Told]:
    """A note on a column that says whether an event was begun or done, of which each activity has several."""
    for column in frame.iter_columns():
        if column.name in taken or not is_text(column):
            continue
        kinds = sorted(set(known_text(column).unique().drop_nulls().to_list()))
        if len(kinds) > 1 and all(kind.strip().lower() in _CYCLES for kind in kinds):
            return [
                Told(
                    "events are told by {activity} alone; their {column} is not read: {names}",
                    activity=named(activity),
                    column=named(column.name),
                    names=", ".join(kinds[:6]),
                )
            ]
    return []


def _whole(table: Table, name: str) -> pl.Series:
    """A column as text, without a missing value."""
    text = known_text(table.frame[name])
    if text.null_count():
        row = int(text.is_null().arg_max() or 0)
        raise DataError(
            f"{named(name)} is missing in {table.place(row)}, {counted(text.null_count(), 'row')} in all; expected a "
            "value for each event: fill it in, or take the row out"
        )
    return text


def _said(case: str, activity: str, reading: Reading) -> Told:
    """A note on names that were recognised."""
    found = [name for name, said in ((case, reading.case), (activity, reading.activity)) if said is None]
    if not found:
        return Told("read as an event log: what comes next in a case is learned")
    return Told("read as an event log by the names {names}: what comes next in a case is learned", names=listed(found))
