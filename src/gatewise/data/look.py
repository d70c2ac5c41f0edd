"""Step 1 of the comparison, Look: decide from the source's kind what the task is, and read it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.columns import numbers
from gatewise.data.readers.sequences import folder_pair, read_sequences
from gatewise.data.source import READABLE, SEQUENCE_ENDINGS, TABLE_ENDINGS, existing, has_ending
from gatewise.data.table import read_frame, to_series
from gatewise.errors import DataError, OptionError
from gatewise.text import listed, named

if TYPE_CHECKING:
    import polars as pl

    from gatewise.data.shapes import SequenceSet, Series


def look(
    source: object, *, target: str | None = None, time: str | None = None, duplicates: str | None = None
) -> Series | SequenceSet:
    """Read the user's data and decide the task: a table is forecast, labelled sequences are classified.

    Args:
        source: What `read_frame` or `read_sequences` reads.
        target: Column to forecast; a table needs it.
        time: Column that orders the rows of a table; found where None.
        duplicates: What to do with rows of one time stamp in a table: first, last or mean.

    Raises:
        DataError: If the source cannot be read or compared on.
        OptionError: If an option is missing, does not belong to this kind of data, or names nothing.
    """
    if _holds_sequences(source):
        given = {"--target": target, "--time": time, "--duplicates": duplicates}
        alien = [option for option, value in given.items() if value is not None]
        if alien and isinstance(source, str | Path) and Path(source).is_dir():
            folder_pair(Path(source))  # a folder without a data set is the mistake to be told first
        if alien:
            raise OptionError(
                f"{', '.join(alien)}: belongs to a table; {_name(source)} holds labelled sequences, whose classes are "
                "the target: leave it out"
            )
        return read_sequences(source)
    frame = read_frame(source)
    if target is None:
        raise _no_target(source, frame)
    return to_series(frame, target=target, time=time, duplicates=duplicates, source=_name(source))


def _holds_sequences(source: object) -> bool:
    """Whether the source is of a kind that holds labelled sequences; otherwise it is to be a table."""
    if isinstance(source, str | Path):
        path = existing(source)
        if path.is_dir() or has_ending(path, SEQUENCE_ENDINGS):
            return True
        if not has_ending(path, TABLE_ENDINGS):
            raise DataError(f"{named(path.name)} is of no kind that can be read; gatewise reads {READABLE}")
        return False
    if isinstance(source, Mapping):
        # A table may have columns X and y too: its columns have one axis, an X of sequences has two or three.
        return "X" in source and set(source) <= {"X", "y", "lengths", "test"} and _axes(source["X"]) > 1
    return isinstance(source, tuple | list | np.ndarray)


def _axes(X: object) -> int:
    try:
        return np.ndim(X)  # type: ignore[arg-type]  # anything array-like, as the caller has it
    except ValueError:  # sequences of unequal length, which `read_sequences` has a message for
        return 3


def _no_target(source: object, frame: pl.DataFrame) -> OptionError:
    usable = [column.name for column in frame.iter_columns() if numbers(column).bad is None]
    example = usable[-1] if usable else "COLUMN"
    shown = shlex.quote(str(source)) if isinstance(source, str | Path) else "DATA"
    return OptionError(
        f"which column is to be forecast? Name it with --target; columns of numbers in {_name(source)}: "
        f"{listed(usable, 20) or 'none'}. For example: gatewise compare {shown} --target {shlex.quote(example)}"
    )


def _name(source: object) -> str:
    if isinstance(source, str | Path):
        return named(Path(source).name)
    return "the arrays" if isinstance(source, tuple | list | np.ndarray) else "the table"
