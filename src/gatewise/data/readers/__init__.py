"""One file a format, listed in `READERS`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.readers.arrays import Arrays
from gatewise.data.readers.delimited import Delimited
from gatewise.data.readers.folder import Folder
from gatewise.data.readers.frames import Frames
from gatewise.data.readers.npz import Npz
from gatewise.data.readers.parquet import Parquet
from gatewise.data.readers.ts import Ts
from gatewise.data.source import existing
from gatewise.errors import DataError
from gatewise.text import named

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds, Reader

READERS: tuple[Reader, ...] = (Delimited(), Parquet(), Ts(), Npz(), Folder(), Arrays(), Frames())
"""All readers; the first that takes a source reads it."""

KINDS: dict[Holds | None, str] = {
    None: "of no kind that can be read",
    "table": "not a table that can be read",
    "sequences": "not a set of sequences that can be read",
}


def reader_of(source: object, holds: Holds | None = None) -> Reader:
    """The reader of a source.

    Args:
        source: A path, or data in memory.
        holds: What is wanted of it, a table or sequences; None for either.

    Raises:
        DataError: If there is no such file, or none of the readers takes it.
    """
    if isinstance(source, str | Path):
        existing(source)
    fitting = [reader for reader in READERS if holds in (None, reader.holds)]
    for reader in fitting:
        if reader.takes(source):
            return reader
    if isinstance(source, str | Path):
        raise DataError(f"{named(Path(source).name)} is {KINDS[holds]}; gatewise reads {readable()}")
    memory = [reader.reads for reader in fitting if not reader.endings]
    raise DataError(f"a {type(source).__name__} is {KINDS[holds]}; expected {', or '.join(['a path', *memory])}")


def readable() -> str:
    """What files gatewise reads, for a message."""
    tables, sequences = (
        _or([reader.reads for reader in READERS if reader.endings and reader.holds == holds])
        for holds in ("table", "sequences")
    )
    return f"tables ({tables}) and sequences with a class or a number each ({sequences})"


def _or(parts: list[str]) -> str:
    return ", ".join([*parts[:-1], f"or {parts[-1]}"])
