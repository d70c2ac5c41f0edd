"""XES: event logs in XML (IEEE 1849), a table with an event in each row."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

import polars as pl

from gatewise.data.readers.raw import Table
from gatewise.data.source import is_file, pieces
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds

CASE, ACTIVITY, TIME = "case:concept:name", "concept:name", "time:timestamp"
"""What the columns of an event log are called, as process-mining programs write them."""

_NAME, _TIME, _CYCLE = "concept:name", "time:timestamp", "lifecycle:transition"


class Xes:
    """Names and times of events are read, other attributes are not; a document type is refused, for XES has none."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".xes", ".xes.gz")
    reads = ".xes"

    def takes(self, source: object) -> bool:
        """A file of one of the endings."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> Table:
        """Read the case, name and time of each event, in the order of the file."""
        path = Path(source)
        log = _Log()
        try:
            for piece in pieces(path):
                log.parser.Parse(piece, False)
            log.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DataError(f"{named(path.name)} cannot be read as XES: {quoted(error, 80)}; check the file") from error
        except _ForeignError as error:
            raise DataError(f"{named(path.name)} {error}; expected the XML of an event log") from error
        if not log.events:
            raise DataError(f"{named(path.name)} holds no event in a trace; expected an XES log with traces and events")
        nameless = sum(name is None for _, name, _, _ in log.events)
        if nameless:
            raise DataError(
                f"{named(path.name)}: {counted(nameless, 'event')} of {len(log.events):,} without {_NAME}; expected a "
                "name for each event"
            )
        return Table(*log.table())


class _ForeignError(Exception):
    """The XML is of another kind."""


class _Log:
    """What is read as the parser goes through a file."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str | None, datetime | None, str | None]] = []
        self._path: list[str] = []
        self._case: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._begun = 0
        self._traces = 0
        self._outside = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._document_type

    def _document_type(self, *_: object) -> None:
        """Nothing is expanded: entities are declared in a document type alone."""
        raise _ForeignError("declares a document type, which an event log has none of")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if not self._path and tag != "log":
            raise _ForeignError(f"is XML of another kind: it begins with <{tag}>, not with <log>")
        above = self._path[-1] if self._path else ""
        self._path.append(tag)
        if tag == "trace":
            self._case, self._begun = {}, len(self.events)
            self._traces += 1
        elif tag == "event":
            self._event = {}
        elif above == "event":
            self._event[attributes.get("key", "")] = attributes.get("value", "")
        elif above == "trace":
            self._case[attributes.get("key", "")] = attributes.get("value", "")

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(" ")[2]
        self._path.pop()
        if tag == "event" and self._path[-1:] == ["trace"]:
            found = self._event
            self.events.append(("", found.get(_NAME), _stamp(found.get(_TIME)), found.get(_CYCLE)))
        elif tag == "event":
            self._outside += 1
        elif tag == "trace":
            # A log may give two traces one name: they are two cases.
            name = f"{self._case.get(_NAME, 'case')} {self._traces}"
            self.events[self._begun :] = [(name, *event[1:]) for event in self.events[self._begun :]]

    def table(self) -> tuple[pl.DataFrame, tuple[Told, ...]]:
        """The events, an event a row, and what is to be said of them."""
        cases, names, stamps, cycles = zip(*self.events, strict=True)
        columns = {CASE: list(cases), ACTIVITY: list(names)}
        frame = pl.DataFrame(columns, schema={CASE: pl.String, ACTIVITY: pl.String})
        timed = sum(stamp is not None for stamp in stamps)
        notes = []
        if timed == len(stamps):
            frame = frame.with_columns(pl.Series(TIME, stamps, dtype=pl.Datetime("us")))
        elif timed:
            notes.append(
                Told(
                    "{untimed:,} of {count:,} events have no time: taken in the file's order",
                    untimed=len(stamps) - timed,
                    count=len(stamps),
                )
            )
        kinds = sorted({cycle for cycle in cycles if cycle})
        if len(kinds) > 1:
            notes.append(
                Told(
                    "events are told by {name} alone; their {cycle} is not read: {names}",
                    name=_NAME,
                    cycle=_CYCLE,
                    names=", ".join(kinds[:6]),
                )
            )
        if self._outside:
            notes.append(
                Told(
                    "{events} outside of the traces, which are of no case: not read",
                    events=counted(self._outside, "event"),
                )
            )
        return frame, tuple(notes)


def _stamp(text: str | None) -> datetime | None:
    """A time as XML writes it, in UTC; one without a zone as it is."""
    if text is None:
        return None
    with suppress(ValueError):
        found = datetime.fromisoformat(text.strip())
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    return None
