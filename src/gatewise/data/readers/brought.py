"""What the user named, brought to where a reader can take it: unpacked, piped in, matched by a pattern."""

from __future__ import annotations

import glob
import re
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from gatewise.data.containers import (
    ENDINGS,
    MOST_BYTES,
    PACKED,
    Unpacked,
    inner_name,
    is_container,
    own_folder,
    unpacked,
)
from gatewise.data.plain import array_of, is_tensor
from gatewise.data.readers.raw import Found, RawFrames, RawSymbols, Table, natural
from gatewise.data.signs import kind_of
from gatewise.data.source import existing, has_ending
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.data.readers.protocol import Holds, Reader
    from gatewise.data.reading import Reading
    from gatewise.data.signs import Kind

PIPED = "-"
"""Names standard input."""

_TEXTS = (".csv", ".tsv", ".txt", ".data")


@dataclass(frozen=True, eq=False)
class At:
    """Where the data are now.

    Attributes:
        source: What a reader takes: a path, several paths as a tuple, or data in memory.
        notes: What was done to bring them there.
    """

    source: Any
    notes: tuple[Told, ...] = ()


class Brought:
    """A reader of a source that was brought to another place."""

    def __init__(self, reader: Reader, at: At) -> None:
        self.reader, self.at = reader, at
        self.holds: Holds = reader.holds
        self.endings, self.reads = reader.endings, reader.reads

    def takes(self, source: object) -> bool:
        """It was asked for this source."""
        return True

    def read(self, source: object) -> pl.DataFrame | Table | Found | RawFrames | RawSymbols:
        """Read it where it is now."""
        found = self.reader.read(self.at.source)
        if isinstance(found, pl.DataFrame):
            found = Table(found)
        if isinstance(found, RawSymbols):
            return replace(found, notes=(*found.notes, *self.at.notes))
        return found.having(found.frame, *self.at.notes) if isinstance(found, Table) else found


def bring(source: object, reading: Reading, is_read: Callable[[str], bool], may_be_read: Callable[[str], bool]) -> At:
    """Find what the user named.

    Args:
        source: A path, a pattern, ``-``, or data in memory.
        reading: Says which file of an archive is wanted.
        is_read: Whether a file is of a format that is read, by its name.
        may_be_read: Whether it may be of one, by its name.

    Raises:
        DataError: If nothing is there, or it cannot be unpacked.
    """
    if is_tensor(source):
        return At(array_of(source, "the tensor"))
    if not isinstance(source, str | Path):
        return At(source)
    if str(source) == PIPED:
        return _inside(piped().path, reading, is_read, may_be_read)
    if re.search(r"[*?\[]", str(source)) and not Path(source).exists():
        return _matched(str(source))
    path = existing(source)
    if is_container(path):
        return _inside(path, reading, is_read, may_be_read)
    kind = _kind(path) if has_ending(path, _TEXTS) else None
    if kind is not None and kind.ending in PACKED:  # by its name a text
        return At(unpacked(path, is_read, may_be_read, kind.ending).path)
    return At(source)


def _inside(path: Path, reading: Reading, is_read: Callable[[str], bool], may_be_read: Callable[[str], bool]) -> At:
    """The file in a container, or the folder of its files."""
    notes: tuple[Told, ...] = ()
    for _ in range(2):  # data.csv.gz in an archive: not deeper
        if not is_container(path):
            break
        outer, found = path.name, unpacked(path, is_read, may_be_read)
        path = found.path
        if len(found.names) > 1 and reading.sheet is not None:
            path = _member(outer, found, reading.sheet)
        if found.names:
            left = (
                (Told("not read of {name}: {names}", name=named(outer), names=listed(found.left, 5)),)
                if found.left
                else ()
            )
            notes = (Told("read from {name}: {names}", name=named(outer), names=listed(found.names, 5)), *left)
    return At(path, notes)


def _member(outer: str, found: Unpacked, wanted: str) -> Path:
    """One file of an archive, by its name in it."""
    fitting = [path for path in found.path.rglob("*") if path.is_file() and str(path).endswith(f"/{wanted}")]
    if len(fitting) != 1:
        raise OptionError(
            f"--sheet {quoted(wanted)}: {named(outer)} has {'several files' if fitting else 'no file'} of that name; "
            f"there are: {listed(found.names, 20)}"
        )
    return fitting[0]


def _matched(pattern: str) -> At:
    """The files that a pattern matches."""
    names = natural([name for name in glob.glob(pattern, recursive=True) if Path(name).is_file()])  # noqa: PTH207 - a pattern may be absolute
    if not names:
        raise DataError(f"no file matches {quoted(pattern, 120)}; expected the path of a file, or a pattern in quotes")
    paths = tuple(Path(name) for name in names)
    return At(paths[0] if len(paths) == 1 else paths)


def is_there(source: str) -> bool:
    """Whether a path, or a pattern of paths, still finds something."""
    return Path(source).exists() or bool(glob.glob(source, recursive=True))  # noqa: PTH207 - as in `_matched`


@lru_cache(maxsize=1)
def piped() -> Unpacked:
    """Standard input in a file with the ending of its kind, for as long as the program runs."""
    path = own_folder() / "standard input"
    left = MOST_BYTES
    with path.open("wb") as opened:
        while piece := sys.stdin.buffer.read(1 << 20):
            left -= len(piece)
            if left < 0:
                raise DataError(f"standard input is longer than {MOST_BYTES:,} bytes; give it as a file")
            opened.write(piece)
    if not path.stat().st_size:
        raise DataError("standard input is empty; expected data piped in, such as gatewise compare - < data.csv")
    kind = kind_of(path)
    with path.open("rb") as opened:
        is_ts = re.search(rb"(?im)^@(problemname|data)\b", opened.read(1 << 16)) is not None
    ending = kind.ending if kind and kind.ending else ".ts" if is_ts else ".csv"
    return Unpacked(path.rename(path.with_name(f"{path.name}{ending}")))


def wanted_kind(source: object, reader: Reader | None) -> None:
    """Refuse a file that is of another kind than its name says.

    Raises:
        DataError: If its first bytes tell so; the message says what it is and what to do.
    """
    if not isinstance(source, str | Path) or not Path(source).is_file():
        return
    path = Path(source)
    kind = _kind(path)
    if kind is None or (kind.ending and has_ending(path, (kind.ending, *_ALIKE.get(kind.ending, ())))):
        return
    if reader is None and kind.text:
        return
    if reader is not None and kind.text and not has_ending(path, _TEXTS):
        return
    what = f"{named(path.name)} is {kind.name} by what it holds"
    if kind.ending:
        right = f"{path.name}{kind.ending}" if kind.ending in ENDINGS else f"{_bare(path.name)}{kind.ending}"
        raise DataError(f"{what}; name it {quoted(right)} if it is meant to be that, or save it as CSV")
    raise DataError(f"{what}, which gatewise does not read; save it as CSV or Parquet")


def _kind(path: Path) -> Kind | None:
    """What a file is; None where it cannot be looked at, for which the readers have a message."""
    try:
        return kind_of(path) if path.is_file() else None
    except OSError:
        return None


def _bare(name: str) -> str:
    return Path(inner_name(name)).stem


_ALIKE = {
    ".xlsx": (".xlsm",),
    ".arrow": (".feather", ".ipc"),
    ".json": (".jsonl", ".ndjson"),
    ".jsonl": (".ndjson", ".json"),
    ".npz": (".zip",),
    ".mid": (".midi",),
    ".gz": (".tgz",),
}
"""Other endings for files of a kind."""
