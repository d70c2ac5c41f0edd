"""Losses of fits, in eight bytes each; those of thousands of fits lie on the disk until they are looked at."""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, overload
from weakref import finalize

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

BYTES = 8


class Losses(Sequence[float]):
    """Losses of the blocks of a part; they compare as tuples do."""

    __slots__ = ("_held",)

    def __init__(self, numbers: Iterable[float] = ()) -> None:
        self._held: array[float] = array("d", numbers)

    def _numbers(self) -> array[float]:
        """All of them."""
        return self._held

    def __len__(self) -> int:
        return len(self._numbers())

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> Losses: ...
    def __getitem__(self, place: int | slice) -> float | Losses:
        numbers = self._numbers()
        return Losses(numbers[place]) if isinstance(place, slice) else numbers[place]

    def __iter__(self) -> Iterator[float]:
        return iter(self._numbers())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._numbers(), dtype or np.float64)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (Losses, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return Losses, (self._numbers(),)


NONE = Losses()


class _Shelved(Losses):
    """Losses that are read from a shelf each time they are looked at."""

    __slots__ = ("_count", "_first", "_shelf")

    def __init__(self, shelf: Shelf, first: int, count: int) -> None:
        self._shelf, self._first, self._count = shelf, first, count

    def __len__(self) -> int:
        return self._count

    def _numbers(self) -> array[float]:
        return self._shelf.numbers(self._first, self._count)


class Shelf:
    """A file without a name that losses are written to; it goes with the process.

    Where the disk has no room, losses stay in memory.
    """

    def __init__(self) -> None:
        with TemporaryFile(prefix="gatewise-") as file:
            self._file, self._end = os.dup(file.fileno()), 0
        finalize(self, os.close, self._file)

    def put(self, losses: Sequence[float]) -> Losses:
        """The same losses, on the shelf."""
        numbers = array("d", losses)
        if not numbers:
            return NONE
        try:
            if os.pwrite(self._file, numbers, self._end * BYTES) < len(numbers) * BYTES:
                return Losses(numbers)
        except OSError:
            return Losses(numbers)
        first, self._end = self._end, self._end + len(numbers)
        return _Shelved(self, first, len(numbers))

    def numbers(self, first: int, count: int) -> array[float]:
        """So many losses from a place on."""
        found = array("d")
        found.frombytes(os.pread(self._file, count * BYTES, first * BYTES))
        return found
