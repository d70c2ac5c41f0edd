"""Sequences as arrays: X of shape (n, time, features) or (n, time), and perhaps y, lengths and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import RawSequences, channels, natural
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError
from gatewise.text import counted, listed, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds

WANTED = "numpy.savez(file, X=X, y=y) with X of shape (n, time, features) or (n, time) and one class each in y"


class Arrays:
    """X alone, (X, y), (X, y, lengths), or a mapping with X and perhaps y, lengths and test."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = ()
    reads = "arrays (X, y) or (X, y, lengths), a mapping with X and y, X of shape (n, time, features) or (n, time)"

    def takes(self, source: object) -> bool:
        """A table may have columns X and y too: they have one axis, an X of sequences has two or three."""
        if isinstance(source, Mapping):
            return "X" in source and _axes(source["X"]) > 1
        return isinstance(source, tuple | list | np.ndarray)

    def read(self, source: Any) -> RawSequences:
        """The arrays as one set; sequences are cut at their lengths."""
        return from_mapping(source, "the mapping") if isinstance(source, Mapping) else _from_tuple(source)


def from_mapping(arrays: Mapping[str, Any], source: str, there: Sequence[str] | None = None) -> RawSequences:
    """Sequences of named arrays.

    Args:
        arrays: X, and perhaps y, lengths and test; others are not looked at.
        source: Name of the data, for display.
        there: All names that the source holds, for a message; those of ``arrays`` where None.

    Raises:
        DataError: If X is missing or an array is not as it should be.
    """
    lacking = [name for name in ("X", "y") if arrays.get(name) is None]
    held = listed(str(name) for name in there or arrays) or "nothing"
    lacks = f"{source} has no {' and no '.join(lacking)}, it holds {held}; expected {WANTED}" if lacking else ""
    if "X" in lacking:
        raise DataError(lacks)
    sequences = _from_parts(arrays["X"], arrays.get("y"), arrays.get("lengths"), source)
    return RawSequences(sequences, lacks, arrays.get("test"))


def _from_tuple(source: Any) -> RawSequences:
    """From X alone, (X, y) or (X, y, lengths)."""
    parts = tuple(source) if isinstance(source, tuple | list) else (source,)
    message = f"got {counted(len(parts), 'array')}; expected (X, y) or (X, y, lengths) as arrays"
    if not 1 <= len(parts) <= 3:
        raise DataError(message)
    X, y, lengths = (*parts, None, None)[:3]
    lacks = message if len(parts) == 1 else "y is None; expected one class for each sequence of X, as (X, y)"
    return RawSequences(_from_parts(X, y, lengths, "arrays"), lacks if y is None else "")


def _axes(X: object) -> int:
    try:
        return np.ndim(X)  # type: ignore[arg-type]  # anything array-like, as the caller has it
    except ValueError:  # sequences of unequal length, which `array_of` has a message for
        return 3


def _from_parts(X: object, y: object, lengths: object, source: str) -> SequenceSet:
    values = _values(X)
    n, T, _ = values.shape
    steps = _lengths(lengths, n, T)
    values[np.arange(T) >= steps[:, None]] = np.nan
    numbers = None if y is None else _numbers(y, n)
    labels, classes = (None, ()) if y is None or numbers is not None else _labels(y, n)
    return SequenceSet(values, steps, labels, classes, channels(values), None, source, numbers=numbers)


def _values(X: object) -> NDArray[np.float64]:
    """X as a copy of shape (n, T, features)."""
    array = array_of(X, "X")
    if array.dtype.kind not in "iufb":
        raise DataError(f"X holds {array.dtype}; expected numbers of shape (n, time, features) or (n, time)")
    if array.ndim not in (2, 3):
        raise DataError(f"X has shape {array.shape}; expected (n, time, features), or (n, time) for one feature")
    if 0 in array.shape:
        raise DataError(f"X has shape {array.shape}, no values; expected at least one sequence of one step")
    return np.array(array if array.ndim == 3 else array[:, :, None], dtype=np.float64)


def _lengths(lengths: object, n: int, T: int) -> NDArray[np.int64]:
    if lengths is None:
        return np.full(n, T, dtype=np.int64)
    array = array_of(lengths, "lengths")
    if array.shape != (n,) or array.dtype.kind not in "iuf":
        raise DataError(f"lengths has shape {array.shape} of {array.dtype}; expected {n} whole numbers, one a sequence")
    wrong = ~((array >= 1) & (array <= T) & (array == np.floor(array)))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(f"lengths[{first}] is {array[first]}; expected whole numbers from 1 to {T}, the steps of X")
    return array.astype(np.int64)


def _numbers(y: object, n: int) -> NDArray[np.float64] | None:
    """The number of each sequence; None where y names classes: text, booleans, or nothing but whole numbers."""
    array = array_of(y, "y")
    if array.dtype.kind != "f" or array.shape != (n,):
        return None
    finite = np.isfinite(array)
    if (array[finite] == np.floor(array[finite])).all():
        return None
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(f"y[{first}] is {array[first]}, expected a number for each sequence: leave that sequence out")
    return array.astype(np.float64)


def _labels(y: object, n: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Class indices, and the names of the classes in natural order."""
    array = array_of(y, "y")
    if array.shape != (n,):
        raise DataError(
            f"y has shape {array.shape} for {counted(n, 'sequence')}; expected one class each, shape ({n},)"
        )
    if array.dtype.kind == "f":
        array = _whole(array)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "latin-1")
    if array.dtype.kind not in "iubU":
        raise DataError(f"y holds {array.dtype}; expected classes as whole numbers, text or booleans")
    names = [str(label) for label in array.tolist()]
    classes = natural(names)
    index = {name: number for number, name in enumerate(classes)}
    return np.array([index[name] for name in names], dtype=np.int64), classes


def _whole(array: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Classes that came as 1.0, 2.0, ... as whole numbers."""
    missing = ~np.isfinite(array)
    if missing.any():
        first = int(np.argmax(missing))
        raise DataError(f"y[{first}] is {array[first]}; expected a class for each sequence: leave that sequence out")
    return array.astype(np.int64)


def array_of(value: object, name: str) -> NDArray[Any]:
    """A plain array; one of Python strings becomes text, other objects are refused."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{name} is not one array: {quoted(error, 80)}; pad the sequences to one length and give their lengths too"
        ) from error
    if array.dtype == object:
        if array.size and all(isinstance(entry, str) for entry in array.flat):
            return array.astype(str)
        raise DataError(
            f"{name} holds Python objects; expected a plain array, padded to one length, and lengths beside it"
        )
    return array
