"""Frames read from a source: for a comparison, or to predict on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.frames import Frames, matched, to_frames
from gatewise.data.readers import reader_of
from gatewise.data.readers.raw import RawFrames
from gatewise.errors import OptionError

if TYPE_CHECKING:
    from gatewise.data.reading import Reading

OPTIONS = frozenset({"layout", "sheet", "resplit", "test", "every"})
"""Options on reading that belong to frames."""


def look_frames(source: object, reading: Reading) -> Frames:
    """Read pieces of channels that are on or off.

    Args:
        source: What a reader of frames takes.
        reading: How it is to be read.

    Raises:
        DataError: It cannot be read or compared on.
        OptionError: An option does not belong to such data.
    """
    raw = _read(source, reading)
    alien = [flag for flag in reading.given if flag.removeprefix("--").replace("-", "_") not in OPTIONS]
    if alien:
        raise OptionError(
            f"{', '.join(alien)}: does not go with channels that are on or off, as which {raw.source} is read: "
            "leave it out"
        )
    return to_frames(raw, reading, None if reading.test is None else _read(reading.test, replace(reading, test=None)))


def as_frames(source: object, reading: Reading, channels: tuple[str, ...]) -> Frames:
    """Pieces to predict on, with the channels that a model was trained on.

    Raises:
        DataError: They cannot be read, or have others.
    """
    raw = _read(source, reading)
    pieces = matched(raw, channels)
    lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
    return Frames(np.concatenate(pieces), lengths, channels, None, raw.source, raw.notes)


def _read(source: object, reading: Reading) -> RawFrames:
    found = reader_of(source, "frames", reading).read(source)
    assert isinstance(found, RawFrames)  # a reader of frames
    return found
