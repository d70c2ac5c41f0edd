"""The data of a comparison: a table becomes a series, sequences are checked; which it is, its reader knows."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.columns import numbers
from gatewise.data.layout import label_of, labelled
from gatewise.data.longtable import said_of, to_sequences
from gatewise.data.orientation import LAYOUTS
from gatewise.data.readers import reader_of
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.data.sequences import comparable, read_sequences, refuse_infinite
from gatewise.data.table import read_table, to_series
from gatewise.errors import OptionError
from gatewise.text import listed, named

if TYPE_CHECKING:
    import polars as pl

    from gatewise.data.series import Series
    from gatewise.data.shapes import SequenceSet


SEQUENCES = frozenset({"layout", "sheet", "group", "resplit", "split"})
"""Options on reading that belong to arrays and files of whole sequences."""

TABLE_OF_SEQUENCES = frozenset(
    {"target", "sequence", "order", "group", "resplit", "split", "decimal", "missing", "dates", "zone"}
)
"""Those that belong to a table with many rows a sequence."""


def look(source: object, reading: Reading = NOTHING_SAID) -> Series | SequenceSet:
    """Read the user's data.

    Args:
        source: What one of the `READERS` takes.
        reading: How they are to be read.

    Raises:
        DataError: If the source cannot be read or compared on.
        OptionError: If an option is missing, does not belong to this kind of data, or names nothing.
    """
    if reader_of(source, reading=reading).holds == "sequences":
        sequences = read_sequences(source, reading)  # a source that cannot be read is the mistake to be told first
        _refuse_alien(reading, source)
        return comparable(sequences, reading)
    table = read_table(source, reading)
    if reading.sequence is not None:
        _refuse_others(reading, TABLE_OF_SEQUENCES, f"--sequence makes sequences of {_name(source, 'the table')}")
        raw = to_sequences(table.frame, said_of(reading), source=_name(source, "the table"))
        refuse_infinite(raw.sequences)
        return comparable(raw, reading)
    _refuse_sequence_options(reading, source)
    if reading.target is None and reading.layout in (None, "long"):
        raise _no_target(source, table.frame)
    series = to_series(table.frame, reading, source=_name(source, "the table"))
    return replace(series, notes=(*table.notes, *series.notes))


def _refuse_alien(reading: Reading, source: object) -> None:
    """Refuse options that belong to a table."""
    given = {flag.removeprefix("--"): value for flag, value in reading.given.items()}
    # An older plan says gaps="keep" of every kind of data.
    alien = [
        f"--{name}" for name, value in given.items() if name not in SEQUENCES and (name, value) != ("gaps", "keep")
    ]
    if alien:
        raise OptionError(
            f"{', '.join(alien)}: belongs to a table; got sequences from {_name(source, 'the arrays')}, "
            "whose classes or numbers are the target: leave it out"
        )


def _refuse_others(reading: Reading, allowed: frozenset[str], why: str) -> None:
    alien = [flag for flag in reading.given if flag.removeprefix("--") not in allowed]
    if alien:
        raise OptionError(f"{', '.join(alien)}: does not go with it, {why}; leave it out")


def _refuse_sequence_options(reading: Reading, source: object) -> None:
    """Refuse options that belong to whole sequences, for a table that is one series or several."""
    own = SEQUENCES - {"layout", "sheet"} | {"order"}
    alien = [flag for flag in reading.given if flag.removeprefix("--") in own]
    alien += [f"--layout {reading.layout}"] if reading.layout in LAYOUTS else []
    if alien:
        raise OptionError(
            f"{', '.join(alien)}: belongs to whole sequences; got the table {_name(source, 'in memory')} as a series "
            "to forecast. Name the column that says which sequence a row is of with --sequence, or leave it out"
        )


def _no_target(source: object, frame: pl.DataFrame) -> OptionError:
    label = label_of(frame)
    if label is not None:
        return OptionError(f"{labelled(frame, label)}. If a row is a step in time, type: --layout long --target COLUMN")
    usable = [column.name for column in frame.iter_columns() if numbers(column).bad is None]
    example = usable[-1] if usable else "COLUMN"
    shown = shlex.quote(str(source)) if isinstance(source, str | Path) else "DATA"
    return OptionError(
        f"which column is to be forecast? Name it with --target; columns of numbers in {_name(source, 'the table')}: "
        f"{listed(usable, 20) or 'none'}. For example: gatewise compare {shown} --target {shlex.quote(example)}"
    )


def _name(source: object, in_memory: str) -> str:
    return named(Path(source).name) if isinstance(source, str | Path) else in_memory
