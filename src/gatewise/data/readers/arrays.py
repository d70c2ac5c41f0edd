"""Sequences as arrays: X of shape (n, time, features) or (n, time), and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import NamedArrays
from gatewise.data.roles import role
from gatewise.errors import DataError
from gatewise.text import counted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds


class Arrays:
    """X alone, (X, y), (X, y, lengths), or a mapping of arrays with X and perhaps y, lengths, test and groups."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = ()
    reads = "arrays (X, y) or (X, y, lengths), a mapping with X and y, X of shape (n, time, features) or (n, time)"

    def takes(self, source: object) -> bool:
        """A table may have columns X and y too: they have one axis, an X of sequences has two or three."""
        if isinstance(source, Mapping):
            return any(role(str(name)).name == "X" and _axes(array) > 1 for name, array in source.items())
        return isinstance(source, tuple | list | np.ndarray)

    def read(self, source: Any) -> NamedArrays:
        """The arrays by name."""
        if isinstance(source, Mapping):
            return NamedArrays({str(name): array for name, array in source.items()}, "the mapping")
        parts = tuple(source) if isinstance(source, tuple | list) else (source,)
        message = f"got {counted(len(parts), 'array')}; expected (X, y) or (X, y, lengths) as arrays"
        if not 1 <= len(parts) <= 3:
            raise DataError(message)
        arrays = {name: part for name, part in zip(("X", "y", "lengths"), parts, strict=False) if part is not None}
        lacks = message if len(parts) == 1 else "y is None; expected one class for each sequence of X, as (X, y)"
        return NamedArrays(arrays, "arrays", lacks)


def _axes(X: object) -> int:
    try:
        return np.ndim(X)  # type: ignore[arg-type]  # anything array-like, as the caller has it
    except ValueError:  # sequences of unequal length, which there is a message for where they are read
        return 3
