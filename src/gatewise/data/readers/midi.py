"""MIDI files: which keys are down at each step, a step a fixed part of a beat."""

from __future__ import annotations

import importlib
import math
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.readers.rolls import as_frames, part_of
from gatewise.data.source import below, empty, has_ending, unreadable
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import RawFrames
    from gatewise.data.reading import Reading

ENDINGS = (".mid", ".midi")

STEP = "1/4"
"""Beats a step: a sixteenth note where a beat is a quarter."""

_DRUMS = 9
"""The channel of percussion, counted from 0, whose numbers are instruments, not pitches."""

MOST_STEPS = 1_000_000
"""Steps of a file; more come of a damaged one."""


class Note(NamedTuple):
    """A key that is down, from and to which beat."""

    pitch: int
    begins: Fraction
    ends: Fraction


class Midi:
    """Files of notes, or a folder of them, a piece each, of format 2 a piece for each track; read through mido."""

    holds: Holds = "frames"
    endings: tuple[str, ...] = ENDINGS
    reads = ".mid"

    def __init__(self, every: str | None = None) -> None:
        self.every = every

    def told(self, reading: Reading) -> Midi:
        """The reader that knows the step."""
        return Midi(reading.every)

    def takes(self, source: object) -> bool:
        """A file, several, or a folder with such files in it."""
        if isinstance(source, tuple):
            return bool(source) and all(isinstance(path, Path) and _is_midi(path) for path in source)
        if not isinstance(source, str | Path):
            return False
        path = Path(source)
        return any(below(path, _is_midi)) if path.is_dir() else _is_midi(path)

    def read(self, source: object) -> RawFrames:
        """The pieces; folders that are called train, valid and test are the parts."""
        step = _step(self.every or STEP)
        files, root, name = _files(source)
        played = [(path, notes) for path in files for notes in _pieces(path)]
        paths, pieces = [path for path, _ in played], [notes for _, notes in played]
        pitches = [note.pitch for notes in pieces for note in notes]
        if not pitches:
            raise DataError(f"{name}: no key is down at any step; expected MIDI files with notes, drums left aside")
        low, high = min(pitches), max(pitches)
        rolls = [_roll(notes, step, low, high, path) for notes, path in zip(pieces, paths, strict=True)]
        parts = [next(filter(None, map(part_of, path.relative_to(root).parts[:-1])), "") for path in paths]
        if any(parts) and not all(parts):
            raise DataError(
                f"{name}: {named(paths[parts.index('')].name)} lies outside of the folders of the parts; expected "
                "every file in train, valid or test, or none"
            )
        notes = [
            Told("a step is {step} of a beat (--every); notes begin and end at the nearest one", step=f"{step}"),
            Told(
                "channels are the pitches from {low}, the lowest, to {high}, the highest, of all instruments but drums",
                low=low,
                high=high,
            ),
        ]
        channels = [str(pitch) for pitch in range(low, high + 1)]
        return as_frames(rolls, parts if any(parts) else None, name, notes, channels)


def _is_midi(path: Path) -> bool:
    return has_ending(path, ENDINGS)


def _files(source: object) -> tuple[list[Path], Path, str]:
    """The files, the folder that all lie in, and the name of the data."""
    if isinstance(source, tuple):
        root = Path(os.path.commonpath([path.parent for path in source]))
        return list(source), root, named(root.resolve().name)
    path = Path(str(source))
    if path.is_dir():
        return list(below(path, _is_midi)), path, named(path.resolve().name)
    return [path], path.parent, named(path.name)


def _step(said: str) -> Fraction:
    """Beats a step."""
    try:
        found = Fraction(said.strip())
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if not Fraction(1, 96) <= found <= 16:
        raise OptionError(
            f"--every {quoted(said)}: got no part of a beat, expected one of MIDI files, from 1/96 to 16. Type: "
            f"--every {STEP}"
        )
    return found


def _pieces(path: Path) -> list[list[Note]]:
    """The notes of each piece of a file, those of all instruments but drums."""
    library = _library()
    try:
        if not path.stat().st_size:
            raise empty(path)
        with path.open("rb") as opened:
            found = library.MidiFile(file=opened, clip=True)
            beat = found.ticks_per_beat
            if not 0 < beat < 1 << 15:
                raise DataError(
                    f"{named(path.name)} counts time in frames of film (SMPTE), not in beats; expected beats: write it "
                    "again from a score"
                )
            apart = found.type == 2  # tracks that are played one by one, not together
            together = found.tracks if apart else [library.merge_tracks(found.tracks)]
            return [list(_played(track, beat)) for track in together]
    except PermissionError as error:
        raise unreadable(path) from error
    except DataError:
        raise
    except (library.KeySignatureError, OSError, EOFError, ValueError, TypeError, LookupError) as error:
        raise DataError(
            f"{named(path.name)} cannot be read as MIDI: {quoted(str(error) or 'it ends too soon', 80)}; check that "
            "the file is whole"
        ) from error


def _played(messages: Any, beat: int) -> Iterator[Note]:
    """Each note that begins, to where it ends, or is struck again, or the piece is over."""
    now = 0
    down: dict[tuple[int, int], int] = {}
    for message in messages:
        now += message.time
        if message.type not in ("note_on", "note_off") or message.channel == _DRUMS:
            continue
        key = message.channel, message.note
        if key in down:
            yield Note(message.note, Fraction(down.pop(key), beat), Fraction(now, beat))
        if message.type == "note_on" and message.velocity > 0:
            down[key] = now
    yield from (Note(note, Fraction(begun, beat), Fraction(now, beat)) for (_, note), begun in down.items())


def _roll(notes: list[Note], step: Fraction, low: int, high: int, path: Path) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which keys are down at each step, from the first note to the last."""
    if not notes:
        return np.zeros((0, high - low + 1), dtype=bool)
    first = min(_nearest(note.begins / step) for note in notes)
    spans = [(note.pitch, _nearest(note.begins / step) - first, _nearest(note.ends / step) - first) for note in notes]
    steps = max(max(end, begin + 1) for _, begin, end in spans)
    if steps > MOST_STEPS:
        raise DataError(
            f"{named(path.name)} has {counted(steps, 'step')}, expected at most {MOST_STEPS:,}: it looks damaged; or "
            "type a longer step after --every"
        )
    roll = np.zeros((steps, high - low + 1), dtype=bool)
    for pitch, begin, end in spans:
        roll[begin : max(end, begin + 1), pitch - low] = True
    return roll


def _nearest(place: Fraction) -> int:
    """The nearest step, the later one of two."""
    return math.floor(place + Fraction(1, 2))


def _library() -> Any:
    """What reads MIDI; it comes with an extra.

    Raises:
        DataError: It is not there; the message says what to type.
    """
    try:
        return importlib.import_module("mido")
    except ImportError as error:
        raise DataError("MIDI is read by mido, which is not there. Type: pip install 'gatewise[midi]'") from error
