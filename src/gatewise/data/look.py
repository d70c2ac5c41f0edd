"""The data of a comparison: a table becomes a series, sequences are checked; which it is, its reader knows."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.alphabet import symbols_of
from gatewise.data.columns import numbers
from gatewise.data.covariates import SAVED_INDEX, found_covariates
from gatewise.data.eventlog import likely_log
from gatewise.data.framed import look_frames
from gatewise.data.holdout import appended, split_at
from gatewise.data.layout import label_of, labelled
from gatewise.data.longtable import said_of, to_sequences
from gatewise.data.orientation import LAYOUTS
from gatewise.data.readers import reader_of
from gatewise.data.readers.written_text import refuse_strange
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.data.recognised import raw_symbols
from gatewise.data.sequences import comparable, read_sequences, refuse_infinite
from gatewise.data.sounds import heard_as
from gatewise.data.table import chosen, read_table, series_of, to_series
from gatewise.data.texts import labelled_texts
from gatewise.data.timenames import TIMES, words_of
from gatewise.data.vocabulary import series_with_known
from gatewise.errors import DataError, OptionError
from gatewise.text import listed, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from gatewise.data.readers.raw import RawSequences
    from gatewise.data.series import Series
    from gatewise.data.shapes import Data, SequenceSet


SEQUENCES = frozenset({"layout", "sheet", "group", "resplit", "split", "test", "split_at"})
"""Options on reading that belong to arrays and files of whole sequences."""

SOUNDS = frozenset({"name_pattern", "rate", "hop"})
"""Those that belong to files of sound."""

STEPS = frozenset({"per_step", "remaining", "cap", "test_labels"})
"""Those that belong to targets of steps, in a table of sequences."""

TABLE_OF_SEQUENCES = STEPS | {
    *("target", "sequence", "order", "group", "resplit", "split", "test", "split_at"),
    *("decimal", "missing", "dates", "zone"),
}
"""Those that belong to a table with many rows a sequence."""


def look(source: object, reading: Reading = NOTHING_SAID) -> Data:
    """Read the user's data.

    Args:
        source: What one of the `READERS` takes.
        reading: How they are to be read.

    Raises:
        DataError: If the source cannot be read or compared on.
        OptionError: If an option is missing, does not belong to this kind of data, or names nothing.
    """
    if reading.test is not None and reading.split_at is not None:
        raise OptionError("--test and --split-at were both given, each says what is tested; leave one out")
    found = raw_symbols(source, reading)
    if found is not None:
        if found.labels is None:
            return symbols_of(found)
        return comparable(labelled_texts(found, reading), replace(reading, test=None, group=None, resplit=False))
    holds = reader_of(source, reading=reading).holds
    if holds == "frames":
        return look_frames(source, reading)
    if holds == "sequences":
        sequences = read_sequences(source, reading)  # a source that cannot be read is the mistake to be told first
        _refuse_alien(reading, source, SEQUENCES | SOUNDS if sequences.sequences.heard else SEQUENCES)
        return comparable(sequences, reading, _test_sequences(sequences, reading))
    table = read_table(source, reading)
    if reading.sequence is not None:
        _refuse_others(reading, TABLE_OF_SEQUENCES, f"--sequence makes sequences of {_name(source, 'the table')}")
        raw = to_sequences(table.frame, said_of(reading), source=_name(source, "the table"))
        raw = replace(raw, sequences=replace(raw.sequences, decimal=table.decimal))
        refuse_infinite(raw.sequences)
        return comparable(raw, reading, _test_table(raw, reading))
    _refuse_sequence_options(reading, source)
    if reading.target is None and reading.layout in (None, "long"):
        refuse_strange(table.notes, _name(source, "the table"))
        raise _no_target(source, table.frame)
    notes, decimal = table.notes, table.decimal
    columns = chosen(table.frame, reading, source=_name(source, "the table"))
    del table  # a long one would be in memory beside the series that are made of it
    series = series_of(columns, reading)
    series = replace(series, notes=(*notes, *series.notes), decimal=decimal)
    if reading.split_at is not None:
        return series_with_known(split_at(series, reading.split_at, reading.dates))
    tested = series if reading.test is None else appended(series, _test_rows(series, reading), reading.gaps)
    return series_with_known(tested)


def _test_rows(series: Series, reading: Reading) -> Series:
    """The rows to test on, read as rows to predict on are: by what the rows to learn from taught."""
    assert reading.test is not None
    time = reading.time if reading.layout == "rows" else reading.time or series.time or "none"
    name = _name(reading.test, "the test rows")
    if reader_of(reading.test, reading=reading).holds == "sequences":
        raise OptionError(f"--test {name}: got sequences, expected a table of rows as those to learn from")
    with _of_test(name):
        table = read_table(reading.test, _taught(reading, series), taught=reading.decimal is None)
        read = replace(reading, time=time)
        found = to_series(
            table.frame,
            read,
            features=series.features,
            categories=series.categories,
            source=name,
            calendar=series.calendar,
        )
    return replace(found, notes=(*table.notes, *found.notes))


def _taught(reading: Reading, known: Series | SequenceSet) -> Reading:
    """How a table to test on is read: with the decimal comma that the one to learn from was found to have."""
    return replace(reading, decimal=reading.decimal or ("," if known.decimal == "," else None))


@contextmanager
def _of_test(name: str) -> Iterator[None]:
    """Say which file it is that cannot be read."""
    try:
        yield
    except (DataError, OptionError) as error:
        raise type(error)(f"--test {name}: {error}") from error


def _test_sequences(known: RawSequences, reading: Reading) -> RawSequences | None:
    """Sequences to test on, of the same kind of source."""
    if reading.test is None:
        return None
    if reader_of(reading.test, reading=reading).holds != "sequences":
        raise OptionError(
            f"--test {_name(reading.test, '')}: got a table, expected sequences in a file of the same kind as those to"
            " learn from"
        )
    how = heard_as(reading, known.sequences)
    found = read_sequences(reading.test, how, known.sequences.features, known.sequences.categories)
    return replace(found, sequences=replace(found.sequences, source=_name(reading.test, "the test part")))


def _test_table(known: RawSequences, reading: Reading) -> RawSequences | None:
    """Sequences to test on, of a table with the same columns."""
    if reading.test is None:
        return None
    said, name = said_of(reading, reading.test_labels), _name(reading.test, "the test table")
    with _of_test(name):
        learned = known.sequences
        table = read_table(reading.test, _taught(reading, learned), taught=reading.decimal is None)
        found = to_sequences(table.frame, said, learned.features, name, categories=learned.categories)
        refuse_infinite(found.sequences)
    return found


def _refuse_alien(reading: Reading, source: object, own: frozenset[str]) -> None:
    """Refuse options that belong to a table, or to sounds where these are none."""
    # An older plan says gaps="keep" of every kind of data.
    given = {flag: value for flag, value in reading.given.items() if (flag, value) != ("--gaps", "keep")}
    _refuse_for_sounds([flag for flag in given if _name_of(flag) in SOUNDS - own], source)
    alien = [flag for flag in given if _name_of(flag) not in own]
    if alien:
        raise OptionError(
            f"{', '.join(alien)}: belongs to a table; got sequences from {_name(source, 'the arrays')}, "
            "whose classes or numbers are the target: leave it out"
        )


def _refuse_for_sounds(given: list[str], source: object) -> None:
    if given:
        raise OptionError(
            f"{', '.join(given)}: belongs to sounds, .wav or .flac; got {_name(source, 'other data')}: leave it out"
        )


def _refuse_others(reading: Reading, allowed: frozenset[str], why: str) -> None:
    alien = [flag for flag in reading.given if _name_of(flag) not in allowed]
    if alien:
        raise OptionError(f"{', '.join(alien)}: does not go with it, {why}; leave it out")


def _refuse_sequence_options(reading: Reading, source: object) -> None:
    """Refuse options that belong to whole sequences, for a table that is one series or several."""
    _refuse_for_sounds([flag for flag in reading.given if _name_of(flag) in SOUNDS], source)
    own = SEQUENCES - {"layout", "sheet", "test", "split_at"} | STEPS | {"order"}
    alien = [flag for flag in reading.given if _name_of(flag) in own]
    alien += [f"--layout {reading.layout}"] if reading.layout in LAYOUTS else []
    if alien:
        raise OptionError(
            f"{', '.join(alien)}: belongs to whole sequences; got the table {_name(source, 'in memory')} as a series "
            "to forecast. Name the column that says which sequence a row is of with --sequence, or leave it out"
        )


def _name_of(flag: str) -> str:
    """The option's name in the options table."""
    return flag.removeprefix("--").replace("-", "_")


def _no_target(source: object, frame: pl.DataFrame) -> OptionError:
    label = label_of(frame)
    if label is not None:
        return OptionError(f"{labelled(frame, label)}. If a row is a step in time, type: --layout long --target COLUMN")
    plain = [column.name for column in frame.iter_columns() if numbers(column).bad is None]
    usable = [name for name in found_covariates(frame, plain).columns if not name.startswith(SAVED_INDEX)]
    shown = shlex.quote(str(source)) if isinstance(source, str | Path) else "DATA"
    log = likely_log(frame)
    if log is not None:
        case, activity = map(shlex.quote, log)
        return OptionError(
            f"is {_name(source, 'the table')} an event log, with an event in each row? Then type: gatewise compare "
            f"{shown} --case {case} --activity {activity}. Else name the column to be forecast with --target; columns "
            f"of numbers: {listed(usable, 20) or 'none'}"
        )
    if not usable:
        return OptionError(
            f"{_name(source, 'the table')} has no column of numbers to be forecast. Of texts, name their column and "
            "that of their class: --text COLUMN --target COLUMN, or --target none; of an event log, those of the case "
            f"and the activity: --case COLUMN --activity COLUMN. Columns: {listed(frame.columns, 20)}"
        )
    likely = next((name for name in reversed(usable) if not words_of(name) <= TIMES), usable[-1])
    return OptionError(
        f"which column is to be forecast? Name it with --target; columns of numbers in {_name(source, 'the table')}: "
        f"{listed(usable, 20)}. For example: gatewise compare {shown} --target {shlex.quote(likely)}"
    )


def _name(source: object, in_memory: str) -> str:
    return named(Path(source).name) if isinstance(source, str | Path) else in_memory
