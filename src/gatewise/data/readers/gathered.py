"""The blocks of a text below each other: numbers go into arrays that grow, so that they are never held twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROOM, _MORE = 1.02, 1.125
"""Room for more rows than the first block foretells, and what an array grows by where that is not enough."""


class Gathered:
    """Columns that grow block by block.

    Args:
        width: How many columns there are.
        size: Bytes of the whole text, as far as they are known.
    """

    def __init__(self, width: int, size: int) -> None:
        self._columns: list[_Numbers | _Others] = []
        self._width, self._size = width, size

    def add(self, block: pl.DataFrame, size: int) -> None:
        """Put the rows of a block, of ``size`` bytes, below those that are there; the types stay the same."""
        columns = list(block.iter_columns())
        if not self._columns:
            # Room that is not written to takes no memory; growing array by array would leave holes in it.
            room = max(len(block), int(len(block) * self._size / size * _ROOM))
            self._columns = [_Numbers(c, room) if c.dtype in (pl.Float64, pl.Int64) else _Others() for c in columns]
        for column, more in zip(self._columns, columns, strict=True):
            column.add(more)

    def frame(self) -> pl.DataFrame:
        """All rows, each column of numbers in one piece; the columns are used up."""
        if not self._columns:
            return pl.DataFrame(schema=dict.fromkeys(map(str, range(self._width))))
        columns, self._columns = self._columns[::-1], []
        return pl.DataFrame([columns.pop().series() for _ in range(len(columns))])


class _Numbers:
    """A column of numbers, in memory of its own: what a frame sets free is kept by it for a while."""

    def __init__(self, first: pl.Series, room: int) -> None:
        self._name, self._rows = first.name, 0
        self._values: NDArray[Any] = np.empty(room, np.int64 if first.dtype == pl.Int64 else np.float64)
        self._missing: list[NDArray[np.int64]] = []

    def add(self, more: pl.Series) -> None:
        rows = self._rows + len(more)
        if rows > len(self._values):
            self._values.resize(max(rows, int(len(self._values) * _MORE)), refcheck=False)
        if more.null_count():
            self._missing.append(np.flatnonzero(more.is_null().to_numpy()) + self._rows)
            more = more.fill_null(0)
        self._values[self._rows : rows] = more.to_numpy()
        self._rows = rows

    def series(self) -> pl.Series:
        """The column, a view of the array where no value is missing."""
        self._values.resize(self._rows, refcheck=False)
        found = pl.Series(self._name, self._values, nan_to_null=False)
        return found.scatter(np.concatenate(self._missing), None) if self._missing else found


class _Others:
    """A column of text."""

    def __init__(self) -> None:
        self._parts: list[pl.Series] = []

    def add(self, more: pl.Series) -> None:
        self._parts.append(more)

    def series(self) -> pl.Series:
        """The column."""
        return pl.concat(self._parts, rechunk=False)
