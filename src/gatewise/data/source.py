"""What the user named: found, opened, and quoted back in a message without breaking the terminal."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from gatewise.errors import DataError, nearest
from gatewise.text import named, quoted

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
        raise _unreadable(path) from error
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
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
    except PermissionError as error:
        raise _unreadable(path) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{named(path.name)} cannot be read: {quoted(error, 80)}; check that the file is whole"
        ) from error
    if not data:
        raise _empty(path)
    return data


def text(path: Path) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, otherwise Latin-1.

    Raises:
        DataError: If the file is not text.
    """
    data = content(path)
    codec = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        decoded = data.decode(codec)
    except UnicodeDecodeError:
        decoded = data.decode("latin-1")
    if _CONTROL.search(decoded):
        raise DataError(
            f"{named(path.name)} is not text: it starts with the bytes {data[:8].hex(' ')}; save it as text (UTF-8), "
            "or give the file the ending of its kind"
        )
    if not decoded.strip():
        raise _empty(path)
    return decoded


def entries(folder: Path) -> list[Path]:
    """What a folder holds, in order of name.

    Raises:
        DataError: If the folder cannot be listed.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder) from error


def damaged(path: Path, error: BaseException) -> DataError:
    """The error for a table that a library cannot read."""
    return DataError(f"{named(path.name)} cannot be read as a table: {quoted(error, 120)}; check the file")


def _empty(path: Path) -> DataError:
    return DataError(f"{named(path.name)} is empty; expected a file with data in it")


def _unreadable(path: Path) -> DataError:
    return DataError(f"{quoted(path, 120)} may not be read by you; check its permissions (ls -l)")
