"""Frames read from a source: for a comparison, or to predict on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.frames import Frames
from gatewise.data.readers import reader_of
from gatewise.data.readers.raw import RawFrames
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.reading import Reading

FEWEST_STEPS = 2
"""A piece of one step has nothing that is told from what came before it."""

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
    pieces = _matched(raw, channels)
    lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
    return Frames(np.concatenate(pieces), lengths, channels, None, raw.source, raw.notes)


def _read(source: object, reading: Reading) -> RawFrames:
    found = reader_of(source, "frames", reading).read(source)
    assert isinstance(found, RawFrames)  # a reader of frames
    return found


def to_frames(raw: RawFrames, reading: Reading, test: RawFrames | None = None) -> Frames:
    """What a comparison can be made on.

    Args:
        raw: As a reader has them.
        reading: Whether the data's own split is left aside.
        test: Pieces of another source to test on.

    Raises:
        DataError: Nothing is left to tell.
        OptionError: An option on splits does not fit.
    """
    parts = _parts(raw, reading, test)
    pieces = [*raw.pieces, *(_matched(test, raw.channels) if test is not None else ())]
    notes = list(raw.notes)
    if raw.part is not None and test is None and "validation" in parts:
        notes.append(Told("the validation part is learned from: gatewise draws validation parts itself"))
    long = [len(piece) >= FEWEST_STEPS for piece in pieces]
    if not all(long):
        notes.append(Told("{pieces} of a single step left out", pieces=counted(len(long) - sum(long), "piece")))
    order = [
        place for of in (False, True) for place, part in enumerate(parts) if long[place] and (part == "test") is of
    ]
    if not order:
        raise DataError(f"{raw.source}: no piece has two steps or more; expected steps that follow each other")
    tested = sum(parts[place] == "test" for place in order)
    if tested == len(order):
        raise DataError(f"{raw.source}: every piece is of the test part; expected some to learn from")
    found = Frames(
        np.concatenate([pieces[place] for place in order]),
        np.array([len(pieces[place]) for place in order], dtype=np.int64),
        raw.channels,
        len(order) - tested if tested else None,
        raw.source,
        tuple(notes),
    )
    return _checked(found)


def _parts(raw: RawFrames, reading: Reading, test: RawFrames | None) -> list[str]:
    """Which part each piece is of, those of another source behind."""
    if reading.resplit and raw.part is None:
        raise OptionError("--resplit: got data without a split of their own, which are split anyway; leave it out")
    parts = ["train"] * len(raw.pieces) if raw.part is None or reading.resplit else list(raw.part)
    if test is None:
        return parts
    if "test" in parts:
        raise OptionError("--test: got data with a split of their own; type --resplit too, to leave it aside")
    return parts + ["test"] * len(test.pieces)


def _matched(found: RawFrames, channels: tuple[str, ...]) -> list[NDArray[np.bool_]]:
    """Pieces with the channels of others, by name; what is on in none of them is an error, silence is not."""
    if found.channels == channels:
        return list(found.pieces)
    place = {name: number for number, name in enumerate(channels)}
    known = [number for number, name in enumerate(found.channels) if name in place]
    new = [name for name in found.channels if name not in place]
    on = [name for name in new if any(piece[:, found.channels.index(name)].any() for piece in found.pieces)]
    if on or not known:
        raise DataError(
            f"{found.source}: got the {'channel' if len(on) == 1 else 'channels'} {listed(on or found.channels, 5)}, "
            f"expected those learned from: {counted(len(channels), 'channel')} from {named(channels[0])} to "
            f"{named(channels[-1])}"
        )
    pieces = []
    for piece in found.pieces:
        values = np.zeros((len(piece), len(channels)), dtype=bool)
        values[:, [place[found.channels[number]] for number in known]] = piece[:, known]
        pieces.append(values)
    return pieces


def _checked(found: Frames) -> Frames:
    """Refuse channels of which none is ever on, or a single one; say which never are."""
    if len(found.channels) == 1:
        raise DataError(
            f"{found.source}: got one channel that is on or off, expected several. What comes next of one is told as "
            "text: write a letter for each step"
        )
    on = np.asarray(found.on[: found.learned].any(axis=0))
    if not on.any():
        raise DataError(f"{found.source}: no channel is on in what is learned from; expected steps with some on")
    never = [named(name) for name, ever in zip(found.channels, on, strict=True) if not ever]
    if not never:
        return found
    unseen = found.on[found.learned :].any(axis=0) & ~on
    channels, shown = counted(len(never), "channel"), with_commas(never, 5)
    note = Told("never on in what is learned from: {channels} ({names})", channels=channels, names=shown)
    if unseen.any():
        note = Told("{note}; {count:,} of them in the test part", note=note, count=int(unseen.sum()))
    return replace(found, notes=(*found.notes, note))
