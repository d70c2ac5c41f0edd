"""One file of sound, opened: its rate, whether it is whole, its samples."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.source import empty, has_ending, unreadable
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

READ = (".wav", ".flac")
"""Endings of the files that are read."""

OTHERS = (".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".wma", ".aif", ".aiff", ".au")
"""Endings of sounds that are not read, for a message."""

_TO_THE_END = (0, 0xFFFFFFFF)
"""Sizes that a program writes which does not know yet how long the sound will be."""


class Head(NamedTuple):
    """What the head of a file says."""

    rate: int
    samples: int
    channels: int


def is_sound(path: Path) -> bool:
    """Whether a file is a sound that is read, by its name."""
    return has_ending(path, READ)


def is_other(path: Path) -> bool:
    """Whether a file is a sound of a kind that is not read, by its name."""
    return has_ending(path, OTHERS)


def other_sound(path: Path) -> DataError:
    """The error for a sound of a kind that is not read."""
    return DataError(
        f"{named(path.name)}: got a sound that ends in {path.suffix.lower()}, expected {' or '.join(READ)}. Convert "
        f"it, for example: ffmpeg -i {named(path.name)} {named(path.stem)}.wav"
    )


def head(path: Path) -> Head:
    """The rate, length and channels of a sound.

    Raises:
        DataError: It cannot be read, is cut off, or holds nothing.
    """
    library = _library()
    try:
        size = path.stat().st_size
        if not size:
            raise empty(path)
        _refuse_cut(path, size)
        found = library.info(str(path))
    except PermissionError as error:
        raise unreadable(path) from error
    except (library.LibsndfileError, OSError) as error:
        raise _damaged(path, error) from error
    if not found.frames:
        raise DataError(f"{named(path.name)} holds no samples; expected a sound: leave the file out")
    return Head(int(found.samplerate), int(found.frames), int(found.channels))


def samples(path: Path, said: Head) -> NDArray[np.float32]:
    """The samples of a sound, from -1 to 1, the mean of its channels, shape (n,).

    Args:
        path: The file.
        said: What its head says.

    Raises:
        DataError: It cannot be read, or holds fewer samples than its head says, or infinity.
    """
    library = _library()
    try:
        read, _ = library.read(str(path), dtype="float32", always_2d=True)
    except (library.LibsndfileError, OSError) as error:
        raise _damaged(path, error) from error
    if len(read) < said.samples:
        raise _cut(path, f"{said.samples:,} samples", f"{len(read):,}")
    if not np.isfinite(read).all():
        raise DataError(
            f"{named(path.name)} holds infinity or NaN; expected samples from -1 to 1: write it again, or leave it out"
        )
    found: NDArray[np.float32] = read[:, 0] if read.shape[1] == 1 else read.mean(axis=1)
    return found


def _refuse_cut(path: Path, size: int) -> None:
    """Refuse a WAV file that ends before its samples do; the library would read the rest in silence."""
    with path.open("rb") as opened:
        kind = opened.read(12)
        if kind[:4] not in (b"RIFF", b"RIFX") or kind[8:] != b"WAVE":
            return
        order: Any = "little" if kind[:4] == b"RIFF" else "big"
        while len(chunk := opened.read(8)) == 8:
            length = int.from_bytes(chunk[4:], order)
            there = size - opened.tell()
            if chunk[:4] == b"data":
                if there < length and length not in _TO_THE_END:
                    raise _cut(path, f"{length:,} bytes of sound", f"{there:,}")
                return
            opened.seek(length + length % 2, 1)
    raise DataError(f"{named(path.name)} is cut off before its first sample; bring the whole file, or leave it out")


def _cut(path: Path, said: str, there: str) -> DataError:
    return DataError(
        f"{named(path.name)} is cut off: its head says {said}, and {there} are there; bring the whole file, or leave it"
        " out"
    )


def _damaged(path: Path, error: BaseException) -> DataError:
    return DataError(
        f"{named(path.name)} cannot be read as a sound: {quoted(str(error).rpartition(': ')[2], 80)}; check that the "
        "file is whole and is what its ending says, or write it again: ffmpeg -i OLD -c:a pcm_s16le NEW.wav"
    )


def _library() -> Any:
    """What reads sounds; it comes with an extra.

    Raises:
        DataError: It is not there; the message says what to type.
    """
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError) as error:  # OSError: without libsndfile, which it calls
        raise DataError(
            "sounds are read by soundfile, which is not there. Type: pip install 'gatewise[sound]'"
        ) from error
