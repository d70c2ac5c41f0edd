"""JSON of what is on at each step: lists of pieces, of steps, of channels, in parts or not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.rolls import as_frames, part_of
from gatewise.data.source import content, is_file
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import RawFrames

WANTED = 'the channels that are on at each step of each piece: {"train": [[[60, 64], [60], []], ...], "test": [...]}'

MOST = 10_000
"""Channels from the lowest to the highest."""

_BEGINS = re.compile(rb'\s*(\{\s*"[^"]*"\s*:\s*)?\[\s*\[\s*\[')
"""Three brackets: a table never begins so."""


class Chords:
    """Lists of numbers, a list a step; the numbers name channels, such as the keys of a piano."""

    holds: Holds = "frames"
    endings: tuple[str, ...] = (".json",)
    reads = ".json of the channels that are on at each step"

    def takes(self, source: object) -> bool:
        """A JSON file that begins with lists within lists within lists."""
        if not is_file(source, self.endings):
            return False
        try:
            with Path(str(source)).open("rb") as opened:
                return _BEGINS.match(opened.read(4096).removeprefix(b"\xef\xbb\xbf")) is not None
        except OSError:
            return False  # the reader of tables says why it cannot be read

    def read(self, source: str | Path) -> RawFrames:
        """All channels from the lowest number to the highest."""
        path = Path(source)
        try:
            found = json.loads(content(path))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{named(path.name)} is no JSON: {quoted(error, 80)}; expected {WANTED}") from error
        held = found if isinstance(found, dict) else {"": found}
        parts = {key: part_of(key) for key in held}
        divided = any(parts.values())
        kept = [key for key in held if parts[key] or not divided]
        left = [key for key in held if key not in kept]
        steps = {key: list(_checked(held[key], key, named(path.name))) for key in kept}
        pieces = [piece for key in kept for piece in steps[key]]
        of = [parts[key] for key in kept for _ in steps[key]]
        return _frames(
            pieces,
            of if divided else None,
            named(path.name),
            [Told("not read: {names}", names=listed(left))] if left else [],
        )


def _checked(pieces: Any, key: str, source: str) -> Iterator[list[list[int]]]:
    """The pieces of a part."""
    part = f", {key}" if key else ""
    if not isinstance(pieces, list):
        raise DataError(f"{source}{part}: got {quoted(pieces)}; expected {WANTED}")
    for place, piece in enumerate(pieces, 1):
        if not isinstance(piece, list):
            raise DataError(f"{source}{part}, piece {place:,}: got {quoted(piece)}; expected {WANTED}")
        for at, step in enumerate(piece, 1):
            wrong = [number for number in step if not _is_channel(number)] if isinstance(step, list) else [step]
            if wrong:
                raise DataError(
                    f"{source}{part}, piece {place:,}, step {at:,}: got {quoted(wrong[0])}; expected a list of the "
                    "channels that are on, whole numbers from 0 on, and an empty one where none is"
                )
        yield piece


def _is_channel(number: Any) -> bool:
    """Whether it is a whole number from 0 on; some programs write 60.0."""
    return not isinstance(number, bool) and isinstance(number, int | float) and number >= 0 and number == number // 1


def _frames(pieces: list[list[list[int]]], parts: list[str] | None, source: str, notes: list[Told]) -> RawFrames:
    """Pieces of numbers as frames of channels."""
    numbers = [int(number) for piece in pieces for step in piece for number in step]
    if not numbers:
        raise DataError(f"{source}: no channel is on at any step; expected {WANTED}")
    low, high = min(numbers), max(numbers)
    if high - low >= MOST:
        raise DataError(f"{source}: channels go from {low:,} to {high:,}; expected at most {MOST:,} of them")
    channels = [str(number) for number in range(low, high + 1)]
    rolls = []
    for piece in pieces:
        roll = np.zeros((len(piece), len(channels)), dtype=bool)
        for step, on in enumerate(piece):
            roll[step, np.array(on, dtype=np.int64) - low] = True
        rolls.append(roll)
    note = Told("channels are the numbers from {low:,}, the lowest, to {high:,}, the highest", low=low, high=high)
    return as_frames(rolls, parts, source, [*notes, note], channels)
