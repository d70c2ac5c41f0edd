"""Files packed by gzip, xz or bzip2, and archives (ZIP, tar): unpacked beside, never larger than a bound."""

from __future__ import annotations

import atexit
import bz2
import gzip
import lzma
import re
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

from gatewise.data.source import has_ending, unreadable
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_BYTES = 4 << 30
"""Bytes that a file may have unpacked, and all files of an archive together."""

MOST_TIMES = 200
"""How many times larger than packed a file may be once it is larger than `ANY_TIMES`: no real table packs so well."""

ANY_TIMES = 256 << 20

MOST_FILES = 20_000
"""Files of an archive."""

_PIECE = 1 << 20

_PACKED: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
}
_SHORT = {".tgz": ".tar.gz", ".txz": ".tar.xz", ".tbz2": ".tar.bz2", ".tbz": ".tar.bz2"}
_TARS = (".tar", *(f".tar{ending}" for ending in _PACKED), *_SHORT)
PACKED = tuple(_PACKED)
ENDINGS = (".zip", *_PACKED, *_TARS)

_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, NotImplementedError)


_ASIDE = re.compile(r"(readme|licen[cs]e)([\s_-][^.]*)?(\.(txt|md|rst|html?|pdf))?", re.IGNORECASE)
_Wanted: TypeAlias = "tuple[Callable[[str], bool], Callable[[str], bool]]"
"""Whether a file of an archive is of a kind that is read, and whether it may be one."""


class Unpacked(NamedTuple):
    """A file or folder that was in another file.

    Attributes:
        path: Where it is now, for as long as the program runs.
        names: The files of an archive, by their names in it; empty for a file that was packed alone.
        left: Files of it that stay packed, but for hidden ones and what is written about data.
    """

    path: Path
    names: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def is_container(source: object) -> bool:
    """Whether it is the path of a packed file or an archive, by its name."""
    return isinstance(source, str | Path) and has_ending(Path(source), ENDINGS) and not Path(source).is_dir()


def inner_name(name: str) -> str:
    """The name of a file without the ending that says how it is packed."""
    lowered = name.lower()
    ending = next((ending for ending in _PACKED if lowered.endswith(ending)), "")
    return name[: len(name) - len(ending)] if ending else name


def unpacked(path: Path, wanted: Callable[[str], bool], may_be: Callable[[str], bool], packed_as: str = "") -> Unpacked:
    """Unpack a file, or the files of an archive that are wanted, once for as long as the program runs.

    Args:
        path: A container.
        wanted: Whether a file of an archive is of a kind that is read, by its name.
        may_be: Whether it may be one: asked where less than half of the files are wanted, so that they are not it.
        packed_as: How a file is packed whose name does not say it, as ``.gz``.

    Raises:
        DataError: If it is damaged, protected by a password, or larger than the bounds.
    """
    stat = path.stat()
    return _unpacked(path, stat.st_mtime_ns, stat.st_size, (wanted, may_be), packed_as)


def own_folder() -> Path:
    """A folder that is removed when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="gatewise-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=8)
def _unpacked(path: Path, _changed: int, size: int, wanted: _Wanted, packed_as: str) -> Unpacked:
    """The unpacked path, kept by path, time of change and size."""
    folder = own_folder()
    bound = _Bound(path, size)
    try:
        if has_ending(path, (".zip",)):
            return _from_zip(path, folder, bound, wanted)
        if has_ending(path, _TARS):
            return _from_tar(path, folder, bound, wanted)
        target = folder / inner_name(path.name)
        ending = next((ending for ending in _PACKED if has_ending(path, (ending,))), packed_as)
        with _PACKED[ending](path) as packed:
            bound.copy(packed, target)
        return Unpacked(target)
    except DataError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except PermissionError as error:
        raise unreadable(path) from error
    except _ERRORS as error:
        raise DataError(
            f"{named(path.name)} cannot be unpacked: {quoted(error, 80)}; check that the file is whole"
        ) from error
    except RuntimeError as error:  # zipfile's word on passwords
        raise _locked(path) from error


class _Bound:
    """Counts the bytes that come out of a file, and stops when they are too many."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.most = MOST_BYTES if size * MOST_TIMES > MOST_BYTES else max(ANY_TIMES, size * MOST_TIMES)
        self.left = self.most

    def declared(self, size: int, files: int) -> None:
        """Check what an archive says of itself before anything is unpacked."""
        if size > self.most:
            raise self.too_large(f"{size:,} bytes")
        if files > MOST_FILES:
            raise DataError(
                f"{named(self.path.name)} holds {files:,} files; at most {MOST_FILES:,} are read: stack them"
            )

    def read(self, stream: IO[bytes]) -> bytes:
        """The next piece."""
        piece = stream.read(_PIECE)
        self.left -= len(piece)
        if self.left < 0:
            raise self.too_large("more bytes")
        return piece

    def copy(self, stream: IO[bytes], target: Path) -> None:
        """Write all of a stream into a file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as opened:
            while piece := self.read(stream):
                opened.write(piece)

    def too_large(self, got: str) -> DataError:
        """The error for a file that unpacks to too much."""
        return DataError(
            f"{named(self.path.name)} has {got} unpacked; at most {self.most:,} bytes are read, {MOST_TIMES} "
            "times its size: unpack it yourself if you trust it, and give the file in it"
        )


def _chosen(there: list[str], wanted: _Wanted) -> set[str]:
    """The files of an archive that are unpacked: those wanted, and where they are the fewer all that may be."""
    shown = [name for name in there if _is_shown(name) and not is_aside(name)]
    sure = {name for name in shown if wanted[0](name)}
    return sure if 2 * len(sure) >= len(shown) else sure | {name for name in shown if wanted[1](name)}


def _from_zip(path: Path, folder: Path, bound: _Bound, wanted: _Wanted) -> Unpacked:
    with zipfile.ZipFile(path) as archive:
        there = [info for info in archive.infolist() if not info.is_dir()]
        names = _chosen([info.filename for info in there], wanted)
        inside = [info for info in there if info.filename in names]
        bound.declared(sum(info.file_size for info in inside), len(there))
        for info in inside:
            if info.flag_bits & 1:
                raise _locked(path)
            with archive.open(info) as stream:
                bound.copy(stream, folder / _safe(info.filename))
        return _laid_out(path, folder, [info.filename for info in inside], [info.filename for info in there])


def _from_tar(path: Path, folder: Path, bound: _Bound, wanted: _Wanted) -> Unpacked:
    there: list[str] = []
    inside: list[str] = []
    with _plain(path, bound) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
        for member in archive:
            if member.isfile():
                there.append(member.name)
                bound.declared(member.size, len(there))
    names = _chosen(there, wanted)
    bound = _Bound(path, path.stat().st_size)
    with _plain(path, bound) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() and member.name in names else None
            if stream is not None:
                target = folder / _safe(member.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as opened:
                    while piece := stream.read(_PIECE):
                        opened.write(piece)
                inside.append(member.name)
    return _laid_out(path, folder, inside, there)


class _Counted:
    """A stream whose bytes count towards a bound."""

    def __init__(self, stream: IO[bytes], bound: _Bound) -> None:
        self.stream, self.bound = stream, bound

    def read(self, size: int) -> bytes:
        """As a file's."""
        piece = self.stream.read(size)
        self.bound.left -= len(piece)
        if self.bound.left < 0:
            raise self.bound.too_large("more bytes")
        return piece


@contextmanager
def _plain(path: Path, bound: _Bound) -> Iterator[Any]:
    """The bytes of a tar archive, unpacked and counted."""
    name = path.name.lower()
    name = next((name.removesuffix(short) + long for short, long in _SHORT.items() if name.endswith(short)), name)
    opener: Any = next((opener for ending, opener in _PACKED.items() if name.endswith(ending)), Path.open)
    with opener(path, "rb") as stream:
        yield _Counted(stream, bound)


def _laid_out(path: Path, folder: Path, inside: list[str], there: list[str]) -> Unpacked:
    """The one file, or the deepest folder that holds all of them."""
    if not inside:
        shown = ", ".join(named(name) for name in there[:5]) or "nothing"
        raise DataError(f"{named(path.name)} holds no file that gatewise reads; it holds {shown}")
    taken = set(inside)
    left = tuple(name for name in there if name not in taken and _is_shown(name) and not is_aside(name))
    if len(inside) == 1:
        return Unpacked(folder / _safe(inside[0]), tuple(inside), left)
    while len(below := list(folder.iterdir())) == 1 and below[0].is_dir():
        folder = below[0]
    return Unpacked(folder, tuple(inside), left)


def is_aside(name: str) -> bool:
    """Whether a file is about data, and no data, by its name: README.md, but not license-plates.csv."""
    return _ASIDE.fullmatch(PurePosixPath(name.replace("\\", "/")).name) is not None


def _is_shown(name: str) -> bool:
    """Whether a file of an archive is meant to be seen: not one of a system's own."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _safe(name: str) -> Path:
    """The name of a file of an archive, below the folder whatever it says."""
    parts = [re.sub(r"[\x00:]", "_", part) for part in PurePosixPath(name.replace("\\", "/")).parts]
    return Path(*[part for part in parts if part not in ("/", ".", "..")])


def _locked(path: Path) -> DataError:
    return DataError(f"{named(path.name)} is protected by a password; unpack it yourself and give the file in it")
