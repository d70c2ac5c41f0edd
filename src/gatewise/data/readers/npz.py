"""NumPy's .npz files: the arrays of sequences by name; nothing in them is run."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import NamedArrays, RawFrames
from gatewise.data.readers.rolls import from_arrays, is_on_off
from gatewise.data.roles import WANTED, role
from gatewise.data.source import content, is_file
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.reading import Reading

LAYOUT = "frames"
"""What is typed to have arrays of 0 and 1 taken as what is on at each step."""


class Npz:
    """As `numpy.savez` writes them."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = (".npz",)
    reads = ".npz"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> NamedArrays:
        """Read the arrays; those that hold Python objects only where nothing depends on them."""
        path = Path(source)
        arrays, unread = _arrays(path)
        return NamedArrays(arrays, named(path.name), unread=unread)


class NpzFrames:
    """The same where no array has classes or numbers and all of them hold 0 and 1: what is on at each step."""

    holds: Holds = "frames"
    endings: tuple[str, ...] = (".npz",)
    reads = ".npz of 0 and 1"

    def __init__(self, layout: str | None = None) -> None:
        self.layout = layout

    def told(self, reading: Reading) -> NpzFrames:
        """The reader that knows whether the layout was named."""
        return NpzFrames(reading.layout)

    def takes(self, source: object) -> bool:
        """By the layout that was named; else by names and values, without any y to be told."""
        if not is_file(source, self.endings) or self.layout not in (None, LAYOUT):
            return False
        if self.layout == LAYOUT:
            return True
        try:
            with zipfile.ZipFile(Path(str(source))) as archive:
                names = [name.removesuffix(".npy") for name in archive.namelist()]
            if any(role(name).name == "y" for name in names):  # large arrays are not read to find that out
                return False
            arrays, _ = _arrays(Path(str(source)))
        except (DataError, OSError, zipfile.BadZipFile):
            return False  # the other reader says why it cannot be read
        return any(is_on_off(held) for held in arrays.values())

    def read(self, source: str | Path) -> RawFrames:
        """The pieces.

        Raises:
            OptionError: What else is there may be classes, and the layout was not named.
        """
        path = Path(source)
        arrays, unread = _arrays(path)
        if self.layout is None:
            self._refuse_two_readings(arrays, named(path.name))
        held = arrays if self.layout == LAYOUT else {name: a for name, a in arrays.items() if _wanted(name, a)}
        left = [*unread, *(name for name in arrays if name not in held)]
        found = from_arrays(held, named(path.name))
        return replace(found, notes=(*found.notes, Told("not read: {names}", names=listed(left)))) if left else found

    @staticmethod
    def _refuse_two_readings(arrays: dict[str, Any], source: str) -> None:
        """Refuse arrays beside those of 0 and 1 that may be their classes or numbers."""
        counts = {len(held) for held in arrays.values() if is_on_off(held) and held.ndim == 3}
        labels = [
            name for name, held in arrays.items() if held.shape in {(n,) for n in counts} and not _wanted(name, held)
        ]
        if labels:
            raise OptionError(
                f"{source} holds 0 and 1 of several channels, and {listed(labels)} for each piece. If what is on next "
                f"is to be told, type: --layout {LAYOUT}. If {named(labels[0])} is to be told of each piece, name it y"
            )


def _wanted(name: str, held: Any) -> bool:
    """Whether an array belongs to frames: of 0 and 1, or the steps of pieces."""
    return role(name).name == "lengths" or is_on_off(held)


def _arrays(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Arrays by name, and the names of those without a role that hold Python objects.

    Raises:
        DataError: The file cannot be read, or an array that something depends on holds Python objects.
    """
    content(path)  # for its messages on files that are empty or may not be read
    if not zipfile.is_zipfile(path):
        raise DataError(f"{named(path.name)} is not an .npz file; expected {WANTED}")
    arrays: dict[str, Any] = {}
    unread: list[str] = []
    try:
        with np.load(path, allow_pickle=False) as archive:
            for name in archive.files:
                try:
                    arrays[name] = archive[name]
                except ValueError as error:
                    if "Object arrays" not in str(error) or role(name).name:
                        raise
                    unread.append(name)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{named(path.name)} holds Python objects, which may run code when read; save plain arrays: "
                f"{WANTED}; pad sequences of unequal length and add lengths=..."
            ) from error
        raise DataError(f"{named(path.name)} cannot be read: {quoted(error, 80)}; expected {WANTED}") from error
    return arrays, tuple(unread)
