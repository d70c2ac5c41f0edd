"""Texts and events: whether a source holds them, by what the user says and by what is in it."""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.data.cues import longer_tested, with_cue
from gatewise.data.eventlog import is_event_log, to_events
from gatewise.data.readers import reader_of
from gatewise.data.readers.prose import NONE, OF_TEXT, lines_of, may_be_text
from gatewise.data.readers.raw import RawSymbols, Table
from gatewise.data.readers.texttable import found_roles, may_hold_texts, to_texts
from gatewise.data.readers.written_text import read_text
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.data.source import has_ending
from gatewise.data.table import read_table
from gatewise.data.words import in_words
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import listed, named

if TYPE_CHECKING:
    from collections.abc import Sequence

OF_EVENTS = frozenset({"--case", "--activity", "--time", "--dates", "--zone", "--test", "--sheet", "--missing"})
"""Options that an event log may be read with."""


def raw_symbols(source: object, reading: Reading = NOTHING_SAID) -> RawSymbols | None:
    """The texts or events of a source, those to test on behind them; None where it holds neither.

    Args:
        source: What one of the `READERS` takes.
        reading: How it is to be read.

    Raises:
        DataError: It cannot be read.
        OptionError: An option does not go with texts or events, or names nothing.
    """
    found = source if isinstance(source, RawSymbols) else _raw(source, replace(reading, test=None))
    if found is None:
        return None
    _refuse_others(reading, found)
    if reading.test is not None:
        found = _with_test(found, reading)
    if reading.resplit:
        if found.test is None:
            raise OptionError("--resplit: got data without a split of their own, which are split anyway; leave it out")
        found = replace(found, test=None, notes=(*found.notes, Told("the data's own split is left aside (--resplit)")))
    _check(found)
    if found.labels is not None:
        return found
    if found.unit == "character" and reading.symbols == "words":
        found = in_words(found)
    found = found if reading.split is None else longer_tested(found, reading.split)
    return found if reading.cue is None else with_cue(found, reading.cue)


def raw_texts(source: object, reading: Reading) -> RawSymbols:
    """Texts to predict on, read as those were that a model learned from; classes are not needed.

    Args:
        source: A source of the same kind; or a file with a text in each line, a column of texts.
        reading: How the texts to learn from were read.

    Raises:
        DataError: It holds no texts.
    """
    reading = replace(reading, target=NONE)
    found = _single(source, reading.text) if reading.text is not None else None
    found = found or _raw(source, replace(reading, longest=None))
    if found is None or found.unit == "event":
        raise DataError(f"{_name(source)} holds no texts; expected texts as those that the model learned from")
    return found


def begun(source: object, unit: Literal["character", "word", "event"], reading: Reading) -> RawSymbols:
    """Texts or cases to go on from, read as those that a model learned from.

    Args:
        source: Texts in memory, a list of str; cases, each a list of its events; or a file.
        unit: What a symbol is.
        reading: How the texts to learn from were read.

    Raises:
        DataError: It cannot be read, or holds something else.
    """
    if isinstance(source, list | tuple):
        found: RawSymbols | None = _in_memory(source, unit)
    else:
        found = raw_symbols(source, reading)
    if found is not None and found.unit == "character" and unit == "word":
        found = in_words(found)
    if found is None or found.unit != unit:
        what = f"{found.unit}s" if found else "no texts or events"
        raise DataError(f"{_name(source)} holds {what}; expected {unit}s, as the model learned from")
    return found


def _in_memory(pieces: Sequence[object], unit: Literal["character", "word", "event"]) -> RawSymbols | None:
    if unit != "event" and all(isinstance(piece, str) for piece in pieces):
        texts = tuple(unicodedata.normalize("NFC", str(piece)) for piece in pieces)
        return RawSymbols(texts, "character", "text", "the texts")
    cases = tuple(tuple(map(str, piece)) for piece in pieces if isinstance(piece, list | tuple))
    if unit == "event" and len(cases) == len(pieces):
        return RawSymbols(cases, "event", "case", "the cases")
    return None


def _single(source: object, column: str) -> RawSymbols | None:
    """The texts of a source that has them alone: one a line, or a table of one column; None for another."""
    reader = reader_of(source, reading=Reading(text=column, target=NONE))
    if reader.holds != "table":
        return None
    if isinstance(source, str | Path) and Path(source).is_file():
        lines = lines_of(read_text(Path(source)).text)
        marked = any(sum(mark in line for line in lines) > len(lines) / 2 for mark in "\t;|")
        if not marked and column not in lines[0].split(","):
            return RawSymbols(lines, "character", "line", _name(source))
    table = read_table(source, Reading())
    if table.frame.width > 1 or column in table.frame.columns:
        return None
    return to_texts(table, Reading(text=table.frame.columns[0], target=NONE), _name(source))


def _raw(source: object, reading: Reading) -> RawSymbols | None:
    reader = reader_of(source, reading=reading)
    if reader.holds == "texts":
        found = reader.read(source)
        assert isinstance(found, RawSymbols)  # a reader of texts
        return found
    if reader.holds != "table":
        return None
    of_events = reading.case is not None or reading.activity is not None
    usual = not set(reading.given) - OF_EVENTS
    of_texts = reading.text is not None or may_be_text(reading)
    if not (of_events or usual or of_texts):
        return None
    table = read_table(source, reading)
    if is_event_log(table.frame, reading):
        return to_events(table, reading, _name(source))
    if reading.text is not None:
        return to_texts(table, reading, _name(source))
    return _found_texts(table, reading, source) if of_texts else None


def _found_texts(table: Table, reading: Reading, source: object) -> RawSymbols | None:
    """The texts of a table that is recognised as one; None for another table."""
    roles = found_roles(table.frame)
    if roles is not None:
        return to_texts(table, reading, _name(source), roles)
    text = may_hold_texts(table.frame)
    if text is not None:
        raise OptionError(
            f"{_name(source)} may hold texts in column {named(text)}: type --text {shlex.quote(text)} --target COLUMN "
            "with the column of their class (--target none without one); or name a column of numbers with --target to "
            f"forecast it; columns: {listed(table.frame.columns, 20)}{_or_lines(source)}"
        )
    if reading.symbols or reading.pieces or reading.longest:
        raise OptionError(
            f"--symbols, --pieces and --longest belong to texts; got the table {_name(source)} without a column of "
            "texts: name it with --text, or leave them out"
        )
    return None


def _or_lines(source: object) -> str:
    """What to type besides where the lines of a text may be no rows."""
    is_txt = isinstance(source, str | Path) and has_ending(Path(source), (".txt", ".text"))
    return ". If its lines are no rows of a table, type --pieces lines, or --pieces text" if is_txt else ""


def _refuse_others(reading: Reading, found: RawSymbols) -> None:
    """Refuse options that do not go with what was read."""
    allowed = OF_EVENTS if found.unit == "event" else OF_TEXT
    alien = [flag for flag in reading.given if flag not in allowed]
    if alien:
        what = "an event log" if found.unit == "event" else "texts"
        raise OptionError(f"{', '.join(alien)}: does not go with {what}, as which {found.source} is read; leave it out")
    if found.labels is None and reading.longest is not None:
        raise OptionError("--longest belongs to texts with classes; these have none, and are read as a whole")
    if found.labels is not None and reading.cue is not None:
        raise OptionError("--cue belongs to texts of which the next symbol is told; these have classes. Leave it out")


def _with_test(known: RawSymbols, reading: Reading) -> RawSymbols:
    """The pieces, and those of another file to test on."""
    name = _name(reading.test)
    alike = replace(reading, test=None)
    if known.column:
        alike = replace(alike, text=known.column, target=known.label or NONE)
    elif known.unit == "character":
        alike = replace(alike, pieces="lines" if known.called == "line" else "text")
    try:
        more = _raw(reading.test, alike)
    except (DataError, OptionError) as error:
        raise type(error)(f"--test {name}: {error}") from error
    if more is None or more.unit != known.unit or (more.labels is None) != (known.labels is None):
        raise OptionError(f"--test {name}: expected the same kind of file as {known.source}")
    tested = np.concatenate([np.zeros(len(known.pieces), bool), np.ones(len(more.pieces), bool)])
    labels = None if known.labels is None or more.labels is None else known.labels + more.labels
    groups = None if known.groups is None or more.groups is None else known.groups + more.groups
    return replace(
        known,
        pieces=(*known.pieces, *more.pieces),
        labels=labels,
        groups=groups,
        test=tested,
        notes=(*known.notes, Told("tested on {name} (--test)", name=name)),
    )


def _check(found: RawSymbols) -> None:
    """Refuse texts in which nothing is to be learned."""
    if found.unit == "event":
        return
    signs: set[str] = set()
    for piece in found.pieces:
        signs |= set(piece)
        if len(signs) > 1:
            return
    only = f" but {named(next(iter(signs)))}" if signs else ""
    raise DataError(f"{found.source} holds no letter{only}; expected a text of several different ones")


def _name(source: object) -> str:
    return named(Path(source).name) if isinstance(source, str | Path) else "the table"
