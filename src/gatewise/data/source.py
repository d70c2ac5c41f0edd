"""What the user named: found, opened, and quoted back in a message without breaking the terminal."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.encoding import find_encoding
from gatewise.errors import DataError, nearest
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gatewise.data.encoding import Encoding

PIECE = 1 << 22
"""Bytes that are read at a time: enough for speed, and little beside any table that is large."""

OF_OTHERS = (
    *(".ts", ".npz", ".npy", ".arff", ".mat", ".wav", ".flac", ".mp3", ".mid", ".midi", ".xes", ".gz", ".zip"),
    *(".md", ".html", ".pdf", ".docx", ".doc", ".exe", ".png", ".jpg", ".jpeg", ".gif", ".py", ".sh", ".toml"),
    *(".yaml", ".yml"),
)
"""Endings of what is no text, or is beside the texts of a folder."""

_LOOKED_AT = 1 << 20
"""Letters in which control characters are looked for; further on a zero alone tells that a file is no text."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def has_ending(path: Path, endings: tuple[str, ...]) -> bool:
    """Whether the file's name ends with one of ``endings``, in capitals or not."""
    return path.name.lower().endswith(endings)


def is_file(source: object, endings: tuple[str, ...]) -> bool:
    """Whether it is the path of a file, not of a folder, whose name ends with one of ``endings``."""
    return isinstance(source, str | Path) and has_ending(Path(source), endings) and not Path(source).is_dir()


def existing(source: str | Path) -> Path:
    """The path, if there is a file or folder; otherwise the names near it are offered.

    Raises:
        DataError: If nothing is there.
    """
    path = Path(source)
    try:
        path.stat()
    except PermissionError as error:
        raise unreadable(path) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        folder = path.parent
        try:
            names = sorted(named(p.name) for p in folder.iterdir() if not p.name.startswith("."))
        except OSError:
            raise DataError(f"there is no file {quoted(source, 120)}, and no folder {quoted(folder, 120)}") from error
        near = nearest(path.name, names) if names else "the folder is empty"
        raise DataError(f"there is no file {quoted(path.name)} in the folder {quoted(folder, 120)}; {near}") from error
    return path


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked where it is gzip.

    Raises:
        DataError: If the file cannot be read or is empty.
    """
    return b"".join(pieces(path))


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces of at most `PIECE`, unpacked where it is gzip.

    Raises:
        DataError: If the file cannot be read or is empty.
    """
    try:
        with path.open("rb") as opened:
            packed = opened.peek(2)[:2] == b"\x1f\x8b"
            with gzip.GzipFile(fileobj=opened) if packed else opened as plain:
                piece = plain.read(PIECE)
                if not piece:
                    raise empty(path)
                while piece:
                    yield piece
                    piece = plain.read(PIECE)
    except PermissionError as error:
        raise unreadable(path) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{named(path.name)} cannot be read: {quoted(error, 80)}; check that the file is whole"
        ) from error


def text(path: Path) -> str:
    """The text of a file.

    Raises:
        DataError: If the file is not text.
    """
    return "".join(text_pieces(path, find_encoding(pieces(path))))


def text_pieces(path: Path, encoding: Encoding, *, control: bool = False) -> Iterator[str]:
    """The text of a file in pieces.

    Args:
        path: The file.
        encoding: Of its text.
        control: Whether control characters may stand in it.

    Raises:
        DataError: If the file is not text.
    """
    decoder = codecs.getincrementaldecoder(encoding.codec)("replace" if encoding.note else "strict")
    blank = True
    for piece in pieces(path):
        try:
            decoded = decoder.decode(piece)
        except UnicodeDecodeError as error:
            raise damaged(path, error) from error
        if not control and (_CONTROL.search(decoded, 0, _LOOKED_AT if blank else 0) or "\0" in decoded):
            raise no_text(path, piece[:8])
        blank = blank and (not decoded or decoded.isspace())
        yield decoded
    if blank:
        raise empty(path)


def no_text(path: Path, first: bytes) -> DataError:
    """The error for a file that is no text, by its first bytes."""
    return DataError(
        f"{named(path.name)} is not text: it starts with the bytes {first.hex(' ')}; save it as text (UTF-8), or give "
        "the file the ending of its kind"
    )


def entries(folder: Path) -> list[Path]:
    """What a folder holds, in order of name.

    Raises:
        DataError: If the folder cannot be listed.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(folder) from error


def below(folder: Path, is_one: Callable[[Path], bool]) -> Iterator[Path]:
    """The files of a kind in a folder and in those below it, in order of name; hidden ones are left out."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        yield from (Path(at, name) for name in sorted(names) if not name.startswith(".") and is_one(Path(name)))


def damaged(path: Path, error: BaseException) -> DataError:
    """The error for a table that a library cannot read."""
    return DataError(f"{named(path.name)} cannot be read as a table: {quoted(error, 120)}; check the file")


def empty(path: Path) -> DataError:
    """The error for a file without anything to read."""
    return DataError(f"{named(path.name)} is empty; expected a file with data in it")


def unreadable(path: Path) -> DataError:
    """The error for a file or folder that the user may not read."""
    return DataError(f"{quoted(path, 120)} may not be read by you; check its permissions (ls -l)")
