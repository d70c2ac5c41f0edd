"""Pieces of channels that are on or off, such as music on the keys of a piano, for a comparison on what is on next."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.series import digest
from gatewise.errors import DataError, OptionError
from gatewise.text import counted, listed, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.raw import RawFrames
    from gatewise.data.reading import Reading

FEWEST_STEPS = 2
"""A piece of one step has nothing that is told from what came before it."""


@dataclass(frozen=True, eq=False)
class Frames:
    """Pieces of which each step has some of several channels on, those to test on behind the others.

    Attributes:
        on: The steps of all pieces, one piece after the other, shape (steps, channels).
        lengths: How many steps each piece has, shape (pieces,).
        channels: Names of the channels.
        test_start: First piece of the data's own test part; None where it brings no split.
        source: Name of the data, for display.
        notes: What reading changed, left out or doubts, one sentence each.
    """

    on: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    channels: tuple[str, ...]
    test_start: int | None
    source: str
    notes: tuple[str, ...] = ()

    @property
    def learned(self) -> int:
        """Steps of the pieces that are not of the data's own test part."""
        return int(self.lengths[: self.test_start].sum())

    def sha256(self) -> str:
        """Hash of what decides the answer: what is on, lengths, names and own split."""
        return digest(json.dumps({"channels": self.channels, "test_start": self.test_start}), self.on, self.lengths)

    def describe(self) -> list[str]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        least, most, n = int(self.lengths.min()), int(self.lengths.max()), len(self.lengths)
        each = counted(most, "step") if least == most else f"{least:,} to {most:,} steps"
        lines = [
            f"{counted(n, 'piece')} of {each}, {len(self.on):,} steps in all, {counted(len(self.channels), 'channel')} "
            "on or off",
            f"on at a step: {self.on.sum(axis=1).mean():.3g} channels on average; to be told: which are on next",
        ]
        if self.test_start is not None:
            lines.append(f"own split: {self.test_start:,} pieces to learn from, {n - self.test_start:,} to test on")
        return lines


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
    pieces = [*raw.pieces, *(matched(test, raw.channels) if test is not None else ())]
    notes = list(raw.notes)
    if raw.part is not None and test is None and "validation" in parts:
        notes.append("the validation part is learned from: gatewise draws validation parts itself")
    long = [len(piece) >= FEWEST_STEPS for piece in pieces]
    if not all(long):
        notes.append(f"{counted(len(long) - sum(long), 'piece')} of a single step left out")
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


def matched(found: RawFrames, channels: tuple[str, ...]) -> list[NDArray[np.bool_]]:
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
    more = f"; {counted(int(unseen.sum()), 'of them')} in the test part" if unseen.any() else ""
    note = f"never on in what is learned from: {counted(len(never), 'channel')} ({with_commas(never, 5)}){more}"
    return replace(found, notes=(*found.notes, note))
