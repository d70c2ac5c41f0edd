"""Long arrays gone through a slice at a time, so that what is worked out on the way stays small, and in the cache."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_F = TypeVar("_F", np.float32, np.float64)

NUMBERS = 1 << 16
"""Numbers of a slice."""


def slices(values: NDArray[Any]) -> Iterator[slice]:
    """The slices of the first axis, in order; none where it is empty."""
    step = max(1, NUMBERS // max(1, prod(values.shape[1:])))
    for first in range(0, len(values), step):
        yield slice(first, first + step)


def spans(values: NDArray[_F], length: int) -> NDArray[_F]:
    """All runs of ``length`` rows, by the row that each begins with, shape (runs, length, columns): views."""
    rows, columns = values.shape
    down, across = values.strides
    shape = (max(0, rows - length + 1), length, columns)
    return np.lib.stride_tricks.as_strided(values, shape, (down, down, across), writeable=False)


def column_sums(
    values: NDArray[np.float64], of: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The sum over all rows of what ``of`` makes of them, as if it made it of all at once, to the last bit.

    NumPy adds several columns row by row, but one column in pairs.

    Args:
        values: Shape (rows, columns).
        of: Makes rows of rows, of the same shape.
    """
    first, *others = slices(values) if values.shape[1] > 1 and len(values) else [slice(None)]
    total: NDArray[np.float64] = of(values[first]).sum(axis=0)
    for part in others:
        total = np.concatenate([total[None], of(values[part])]).sum(axis=0)
    return total


def mean_of(count: int, of: Callable[[int, int], NDArray[np.float64]]) -> float:
    """The mean of numbers that are made a slice at a time, as if all were made at once, to the last bit.

    NumPy halves a long array at a multiple of eight, again and again, and adds the sums of the halves.

    Args:
        count: How many numbers there are.
        of: Makes those from one place up to another.
    """

    def total(first: int, numbers: int) -> float:
        if numbers <= NUMBERS:
            return float(of(first, first + numbers).sum())
        half = numbers // 2
        half -= half % 8
        return total(first, half) + total(first + half, numbers - half)

    return total(0, count) / count
