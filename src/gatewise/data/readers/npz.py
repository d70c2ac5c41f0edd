"""NumPy's .npz files: the arrays of sequences by name; nothing in them is run."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import NamedArrays
from gatewise.data.roles import WANTED, role
from gatewise.data.source import content, is_file
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds


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
        return NamedArrays(arrays, named(path.name), unread=tuple(unread))
