"""NumPy's .npy files: one array, read as a table of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.readers.raw import Table
from gatewise.data.source import content, is_file
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds

_SEQUENCES = "save sequences with their classes or numbers together: np.savez('data.npz', X=X, y=y)"


class Npy:
    """As `numpy.save` writes them; nothing in them is run."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".npy",)
    reads = ".npy"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> Table:
        """Read an array, one row a time step."""
        path = Path(source)
        content(path)  # for its messages on files that are empty or may not be read
        try:
            array = np.load(path, allow_pickle=False)
        except (ValueError, OSError, EOFError) as error:
            if "Object arrays" in str(error) or "pickle" in str(error):
                raise DataError(
                    f"{named(path.name)} holds Python objects, which may run code when read; save plain numbers"
                ) from error
            raise DataError(f"{named(path.name)} is no .npy file: {quoted(error, 80)}; save it by np.save") from error
        if not isinstance(array, np.ndarray):
            raise DataError(f"{named(path.name)} holds several arrays; give it the ending .npz")
        return from_array(array, named(path.name))


def from_array(array: NDArray[Any], what: str) -> Table:
    """The table of an array of one or two axes, one row a time step.

    Raises:
        DataError: If the array has other axes, or does not hold numbers or times.
    """
    if array.dtype.names:
        return Table(pl.DataFrame({name: np.ascontiguousarray(array[name]) for name in array.dtype.names}))
    if array.ndim == 3:
        raise DataError(
            f"{what} has shape {array.shape}, sequences without classes or numbers to be told from them; {_SEQUENCES}"
        )
    if array.ndim not in (1, 2) or array.dtype.kind not in "iufbM":
        raise DataError(
            f"{what} has shape {array.shape} of {array.dtype}; expected numbers of shape (time, columns), or "
            f"{_SEQUENCES}"
        )
    columns = array[:, None] if array.ndim == 1 else array
    frame = pl.DataFrame({f"column {place}": np.ascontiguousarray(column) for place, column in enumerate(columns.T, 1)})
    return Table(frame, (Told("an array has no column names: its columns are called column 1 and so on"),))


class ArrayTable:
    """An array in memory, one row a time step."""

    holds: Holds = "table"
    endings: tuple[str, ...] = ()
    reads = "an array of numbers of shape (time, columns)"

    def takes(self, source: object) -> bool:
        """One array of one axis or two; where sequences are wanted, `Arrays` takes it."""
        return isinstance(source, np.ndarray) and source.ndim < 3

    def read(self, source: NDArray[Any]) -> Table:
        """The columns by number."""
        return from_array(source, "the array")
