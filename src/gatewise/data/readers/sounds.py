"""Files of sound with what says their classes: folders, a table of labels, or their names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.namepattern import LABEL, NamePattern
from gatewise.data.readers.files import PARTS, Arranged, File, arranged
from gatewise.data.readers.raw import RawSounds
from gatewise.data.readers.waves import READ, is_other, is_sound, other_sound
from gatewise.data.source import below
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import both, counted, listed, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.reading import Reading

WANTED = (
    "a folder for each class (yes/001.wav), a table labels.csv with the columns file and label, or names that say it: "
    "--name-pattern '{label}_{group}_{index}.wav'"
)

_SPLIT = ("split", "part")
"""Fields of a pattern that say what is tested."""


class Sounds:
    """Files that end in .wav or .flac, or a folder of them; what they hold is read later."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = READ
    reads = "sounds (.wav, .flac)"

    def __init__(self, pattern: str | None = None) -> None:
        self.pattern = pattern

    def told(self, reading: Reading) -> Sounds:
        """The reader that knows what the names of the files say."""
        return Sounds(reading.name_pattern)

    def takes(self, source: object) -> bool:
        """A sound, several, or a folder with sounds in it."""
        if isinstance(source, tuple):
            return bool(source) and all(isinstance(path, Path) and _any_sound(path) for path in source)
        if not isinstance(source, str | Path):
            return False
        path = Path(source)
        return any(below(path, _any_sound)) if path.is_dir() else _any_sound(path)

    def read(self, source: object) -> RawSounds:
        """The files, and what is said of each."""
        brought = _brought(source)
        if not brought.sounds:
            raise other_sound(brought.others[0])
        found = _found(brought) if self.pattern is None else _with_fields(brought, NamePattern.of(self.pattern))
        files, notes = found.files, list(found.notes)
        if brought.others:
            notes.append(
                Told(
                    "not read, for {kinds} are: {names}",
                    kinds=both(READ),
                    names=listed(path.name for path in brought.others),
                )
            )
        outside = len(brought.sounds) - len(files)
        if outside and not any("not read" in note for note in found.notes):
            notes.append(
                Told("{sounds} outside of the folders of the classes: not read", sounds=counted(outside, "sound"))
            )
        return RawSounds(
            tuple(file.path for file in files),
            tuple(file.path.relative_to(brought.root).as_posix() for file in files),
            brought.source,
            _labels(found),
            _tested(files),
            {name: np.array([file.more[name] for file in files]) for name in files[0].more},
            found.lacks,
            tuple(notes),
        )


class _Brought(NamedTuple):
    """What the user named: sounds that are read and others, the folder they lie in, and its name for display."""

    sounds: list[Path]
    others: list[Path]
    root: Path
    source: str
    is_folder: bool


def _brought(source: object) -> _Brought:
    if isinstance(source, tuple):
        root = Path(os.path.commonpath([path.parent for path in source]))
        paths, name, is_folder = list(source), root.resolve().name, False
    else:
        path = Path(str(source))
        is_folder = path.is_dir()
        root = path if is_folder else path.parent
        paths, name = list(below(path, _any_sound)) if is_folder else [path], path.resolve().name
    sounds, others = ([path for path in paths if test(path)] for test in (is_sound, is_other))
    return _Brought(sounds, others, root, named(name), is_folder)


def _any_sound(path: Path) -> bool:
    return is_sound(path) or is_other(path)


def _with_fields(brought: _Brought, pattern: NamePattern) -> Arranged:
    """All sounds, with what the pattern reads from their names."""
    paths = brought.sounds
    said = pattern.read([path.relative_to(brought.root).as_posix() for path in paths])
    words = next((said.pop(field) for field in _SPLIT if field in said), None)
    parts = [None] * len(paths) if words is None else [_part(word, pattern) for word in words]
    read = (
        Told(
            "the names of the files say {names}, by {pattern}",
            names=listed(pattern.fields),
            pattern=quoted(pattern.text),
        ),
    )
    labels = said.pop(LABEL)
    more = [{field: values[row] for field, values in said.items()} for row in range(len(paths))]
    files = [File(*each) for each in zip(paths, labels, parts, more, strict=True)]
    return Arranged(files, read)


def _part(word: str, pattern: NamePattern) -> str:
    part = PARTS.get(word.lower())
    if part is None:
        raise OptionError(
            f"--name-pattern {quoted(pattern.text)}: got {quoted(word)} as the part of a file, expected one of "
            f"{', '.join(PARTS)}; name the field otherwise"
        )
    return part


def _found(brought: _Brought) -> Arranged:
    """The sounds with the classes that folders or a table say; those that nothing is said of in their order."""
    found = arranged(brought.root, is_sound) if brought.is_folder else None
    if found is not None and found.files:
        return found
    above = {path.parent.name for path in brought.sounds}
    if not brought.is_folder and len(above) > 1:
        return Arranged([File(path, path.parent.name, None, {}) for path in brought.sounds])
    first = listed([path.name for path in brought.sounds], 3)
    lacks = f"{brought.source}: nothing says the class of each sound, such as {first}; expected {WANTED}"
    return Arranged([File(path, None, None, {}) for path in brought.sounds], (), lacks)


def _labels(found: Arranged) -> tuple[str, ...] | None:
    """The label of each sound."""
    if found.lacks:
        return None
    missing = next((file.path.name for file in found.files if file.label is None), None)
    if missing is not None:
        raise DataError(f"the class of {named(missing)} is missing; expected one for each sound: fill it in")
    return tuple(str(file.label) for file in found.files)


def _tested(files: list[File]) -> NDArray[np.bool_] | None:
    """Which sounds are tested, as folders or names say; None where they do not."""
    tested = np.array([file.part == "test" for file in files])
    return tested if tested.any() and not tested.all() else None
