"""NumPy's .npz files: the arrays of sequences by name; nothing in them is run."""

from __future__ import annotations

import zipfile
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.readers.arrays import WANTED, from_mapping
from gatewise.data.source import content, is_file
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import RawSequences

ARRAYS = ("X", "y", "lengths", "test")
"""What is read of an .npz file."""


class Npz:
    """As `numpy.savez` writes them."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = (".npz",)
    reads = ".npz"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> RawSequences:
        """Read the arrays that are known by name."""
        path = Path(source)
        content(path)  # for its messages on files that are empty or may not be read
        if not zipfile.is_zipfile(path):
            raise DataError(f"{named(path.name)} is not an .npz file; expected {WANTED}")
        try:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files if name in ARRAYS}
                there = list(archive.files)
                _refuse_misspelt(there, path)
        except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            if "Object arrays" in str(error):
                raise DataError(
                    f"{named(path.name)} holds Python objects, which may run code when read; save plain arrays: "
                    f"{WANTED}; pad sequences of unequal length and add lengths=..."
                ) from error
            raise DataError(f"{named(path.name)} cannot be read: {quoted(error, 80)}; expected {WANTED}") from error
        return from_mapping(arrays, named(path.name), there)


def _refuse_misspelt(there: Sequence[str], path: Path) -> None:
    """Refuse an array that is nearly named like one that is read: left out in silence it would be lost."""
    for name in set(there) - set(ARRAYS):
        meant = [known for known in get_close_matches(name, ARRAYS, 1, 0.8) if known not in there]
        if meant:
            raise DataError(f"{named(path.name)} holds {quoted(name)}, which is not read; did you mean {meant[0]!r}?")
