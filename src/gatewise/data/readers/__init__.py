"""One file a format, listed in `READERS`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.containers import is_aside
from gatewise.data.readers.arff import Arff
from gatewise.data.readers.arrays import Arrays
from gatewise.data.readers.arrow import Arrow
from gatewise.data.readers.brought import Brought, bring, wanted_kind
from gatewise.data.readers.chords import Chords
from gatewise.data.readers.delimited import Delimited
from gatewise.data.readers.documents import Documents, may_hold_text
from gatewise.data.readers.excel import Excel
from gatewise.data.readers.folder import Folder
from gatewise.data.readers.frames import Frames
from gatewise.data.readers.jsons import Json
from gatewise.data.readers.mat import Mat
from gatewise.data.readers.midi import Midi
from gatewise.data.readers.npy import ArrayTable, Npy
from gatewise.data.readers.npz import Npz, NpzFrames
from gatewise.data.readers.parquet import Parquet
from gatewise.data.readers.prose import Prose, may_be_text
from gatewise.data.readers.sounds import Sounds
from gatewise.data.readers.stacked import Stacked
from gatewise.data.readers.textrows import TextRows
from gatewise.data.readers.ts import Ts
from gatewise.data.readers.ucr import Ucr, UcrPair
from gatewise.data.readers.written_text import beginning
from gatewise.data.readers.xes import Xes
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.source import OF_OTHERS, has_ending
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds, Reader
    from gatewise.data.reading import Reading

READERS: tuple[Reader, ...] = (
    Ucr(),
    TextRows(),
    Prose(),
    Delimited(),
    Parquet(),
    Excel(),
    Arrow(),
    Chords(),
    Json(),
    Npy(),
    Arff(),
    Ts(),
    NpzFrames(),
    Npz(),
    Mat(),
    Xes(),
    UcrPair(),
    Sounds(),
    Midi(),
    Documents(),
    Stacked(),
    Folder(),
    ArrayTable(),
    Arrays(),
    Frames(),
    Prose(any_name=True),
    Delimited(any_name=True),
)
"""All readers; the first that takes a source reads it."""

KINDS: dict[Holds | None, str] = {
    None: "of no kind that can be read",
    "table": "not a table that can be read",
    "sequences": "not a set of sequences that can be read",
    "frames": "not of frames of channels that are on or off",
    "texts": "not a text that can be read",
}


def reader_of(source: object, holds: Holds | None = None, reading: Reading = NOTHING_SAID) -> Reader:
    """The reader of a source.

    Args:
        source: A path, a pattern of paths, ``-`` for standard input, or data in memory.
        holds: What is wanted of it; None for any kind.
        reading: What the user says of the format.

    Raises:
        DataError: If there is no such file, it is not what its name says, or none of the readers takes it.
    """
    at = bring(source, reading, _is_read, _may_be_read)
    fitting = [reader for reader in READERS if holds in (None, reader.holds)]
    for reader in fitting:
        told = getattr(reader, "told", None)
        ready: Reader = reader if told is None or not reading.given else told(reading)
        if ready.takes(at.source):
            wanted_kind(at.source, ready)
            return ready if at.source is source else Brought(ready, at)
    files = at.source if isinstance(at.source, tuple) else (at.source,)
    if files and isinstance(files[0], str | Path):
        path = Path(files[0])
        wanted_kind(path, None)
        more = " and others" if len(files) > 1 else ""
        if holds in (None, "texts") and may_be_text(reading) and not has_ending(path, OF_OTHERS) and beginning(path):
            raise DataError(
                f"{named(path.name)}{more} holds text, and neither its ending nor what it holds says of what kind. "
                "Type --pieces lines if each of its lines stands alone, --pieces text if all of it is one text; or "
                f"name it {quoted(f'{path.stem}.csv')} if it is a table"
            )
        raise DataError(f"{named(path.name)}{more} is {KINDS[holds]}; gatewise reads {readable()}")
    memory = [reader.reads for reader in fitting if not reader.endings and reader.reads]
    raise DataError(f"a {type(source).__name__} is {KINDS[holds]}; expected {', or '.join(['a path', *memory])}")


def _is_read(name: str) -> bool:
    """Whether a file of this name, which may be inside of another, is of a format that is read."""
    endings = tuple(ending for reader in READERS for ending in reader.endings)
    return name.lower().endswith(endings) and not is_aside(name)


def _may_be_read(name: str) -> bool:
    """Whether a file of this name may be of a format that is read: a text of any ending."""
    return _is_read(name) or (may_hold_text(Path(name)) and not is_aside(name))


def readable() -> str:
    """What files gatewise reads, for a message."""
    tables, sequences, texts, frames = (
        _or([reader.reads for reader in READERS if reader.endings and reader.holds == holds])
        for holds in ("table", "sequences", "texts", "frames")
    )
    packed = "packed by gzip, xz, bzip2, ZIP or tar or not"
    return (
        f"tables ({tables}), sequences with a class or a number each ({sequences}), texts ({texts}) and channels that "
        f"are on or off ({frames}), {packed}"
    )


def _or(parts: list[str]) -> str:
    return ", ".join([*parts[:-1], f"or {parts[-1]}"])
