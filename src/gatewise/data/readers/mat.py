"""MATLAB's .mat files up to version 7: cells or arrays of what is on at each step."""

from __future__ import annotations

import importlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.data.readers.rolls import WANTED, from_arrays
from gatewise.data.source import empty, is_file, unreadable
from gatewise.errors import DataError
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import RawFrames

_NEWER = (b"MATLAB 7.3", b"\x89HDF")
"""How most files of version 7.3 begin, which are HDF5; of others SciPy finds the version in their head."""


class Mat:
    """As ``save`` of MATLAB and `scipy.io.savemat` write them; nothing in them is run."""

    holds: Holds = "frames"
    endings: tuple[str, ...] = (".mat",)
    reads = ".mat"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> RawFrames:
        """The pieces of all variables."""
        path = Path(source)
        return from_arrays(_variables(path), named(path.name))


def _variables(path: Path) -> dict[str, Any]:
    library: Any = importlib.import_module("scipy.io")  # slow to start, and seldom needed
    damage: Any = importlib.import_module("scipy.io.matlab").MatReadError
    try:
        with path.open("rb") as opened:
            first = opened.read(16)
        if not first:
            raise empty(path)
        if first.startswith(_NEWER):
            raise _newer(path)
        held = library.loadmat(str(path))
    except PermissionError as error:
        raise unreadable(path) from error
    except DataError:
        raise
    except NotImplementedError as error:
        raise _newer(path) from error
    except (damage, zlib.error, OSError, EOFError, ValueError, TypeError, LookupError) as error:
        # What a damaged file makes SciPy raise, as cut and garbled files showed.
        raise DataError(
            f"{named(path.name)} cannot be read as a MATLAB file: {quoted(error, 80)}; check that the file is whole"
        ) from error
    return {name: value for name, value in held.items() if not name.startswith("__")}


def _newer(path: Path) -> DataError:
    """The error for a file of version 7.3, which is HDF5."""
    return DataError(
        f"{named(path.name)} is a MATLAB file of version 7.3, expected one up to version 7. Write it again in MATLAB: "
        f"save('{path.stem}.mat', 'traindata', 'testdata', '-v7'); or in Python, read by h5py, with numpy.savez: "
        f"{WANTED}"
    )
