"""The data of a comparison: a table becomes a series, sequences are checked; which it is, its reader knows."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.columns import numbers
from gatewise.data.readers import reader_of
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.data.sequences import comparable, read_sequences
from gatewise.data.table import read_table, to_series
from gatewise.errors import OptionError
from gatewise.text import listed, named

if TYPE_CHECKING:
    import polars as pl

    from gatewise.data.series import Series
    from gatewise.data.shapes import SequenceSet


def look(source: object, reading: Reading = NOTHING_SAID) -> Series | SequenceSet:
    """Read the user's data.

    Args:
        source: What one of the `READERS` takes.
        reading: How they are to be read.

    Raises:
        DataError: If the source cannot be read or compared on.
        OptionError: If an option is missing, does not belong to this kind of data, or names nothing.
    """
    if reader_of(source).holds == "sequences":
        sequences = read_sequences(source)  # a source that cannot be read is the mistake to be told first
        if reading.given:
            raise OptionError(
                f"{', '.join(reading.given)}: belongs to a table; got sequences from {_name(source, 'the arrays')}, "
                "whose classes or numbers are the target: leave it out"
            )
        return comparable(sequences)
    table = read_table(source, reading)
    if reading.target is None and reading.layout in (None, "long"):
        raise _no_target(source, table.frame)
    series = to_series(table.frame, reading, source=_name(source, "the table"))
    return replace(series, notes=(*table.notes, *series.notes))


def _no_target(source: object, frame: pl.DataFrame) -> OptionError:
    usable = [column.name for column in frame.iter_columns() if numbers(column).bad is None]
    example = usable[-1] if usable else "COLUMN"
    shown = shlex.quote(str(source)) if isinstance(source, str | Path) else "DATA"
    return OptionError(
        f"which column is to be forecast? Name it with --target; columns of numbers in {_name(source, 'the table')}: "
        f"{listed(usable, 20) or 'none'}. For example: gatewise compare {shown} --target {shlex.quote(example)}"
    )


def _name(source: object, in_memory: str) -> str:
    return named(Path(source).name) if isinstance(source, str | Path) else in_memory
