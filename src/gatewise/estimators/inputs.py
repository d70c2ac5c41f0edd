"""What scikit-learn calls X: univariate sequences in rows, a block of them with channels, or a list of unequal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.ends import ended
from gatewise.data.readers.raw import channels
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def padded(X: Any) -> Any:
    """A list of unequal sequences as one array (n, T, channels), NaN behind their ends; anything else as it is.

    Args:
        X: A list, tuple or array of objects with an array of shape (steps,) or (steps, channels) for each sequence; or
            anything array-like.

    Raises:
        DataError: The sequences differ in their channels, or hold no numbers.
    """
    if not _is_list(X):
        return X
    sequences = [_sequence(entry, number) for number, entry in enumerate(X)]
    widths = {entry.shape[1] for entry in sequences}
    if len(widths) > 1:
        raise DataError(
            f"X has sequences of {min(widths)} and of {max(widths)} channels; expected an array of shape (steps,"
            " channels) for each, with the same channels"
        )
    block = np.full((len(sequences), max(len(entry) for entry in sequences), widths.pop()), np.nan)
    for number, entry in enumerate(sequences):
        block[number, : len(entry)] = entry
    return block


def axes(X: Any) -> int:
    """How many axes X has; 2 for what does not say, such as a frame."""
    return int(np.ndim(X)) if isinstance(X, list | tuple) else int(getattr(X, "ndim", 2))


def as_set(
    X: NDArray[Any],
    *,
    labels: NDArray[Any] | None = None,
    classes: tuple[str, ...] = (),
    numbers: NDArray[Any] | None = None,
) -> SequenceSet:
    """The sequences of an array (n, T) or (n, T, channels); missing values behind the last known one end a sequence.

    Args:
        X: Numbers, NaN where missing.
        labels: Class of each sequence as an index into ``classes``, shape (n,).
        classes: Names of the classes.
        numbers: The number of each sequence, shape (n,).
    """
    values = np.array(X if X.ndim == 3 else X[:, :, None], dtype=np.float64)
    within = ended(values)
    return SequenceSet(
        values=within.values,
        lengths=within.lengths,
        labels=labels,
        classes=classes,
        features=channels(values),
        test_start=None,
        source="X",
        notes=within.notes,
        numbers=numbers,
    )


def _is_list(X: Any) -> bool:
    """Whether it has an array for each sequence, not all of one length or with channels of their own."""
    if not isinstance(X, list | tuple) and not (isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1):
        return False
    if not len(X) or not all(hasattr(entry, "__len__") and not isinstance(entry, str | dict) for entry in X):
        return False
    return len({np.shape(entry[0]) if len(entry) else () for entry in X}) > 1 or len({len(entry) for entry in X}) > 1


def _sequence(entry: Any, number: int) -> NDArray[Any]:
    try:
        found = np.asarray(entry, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"X[{number}] is no sequence of numbers: {error}") from error
    if found.ndim not in (1, 2) or not found.size:
        raise DataError(f"X[{number}] has shape {found.shape}; expected (steps,) or (steps, channels), a step or more")
    return found if found.ndim == 2 else found[:, None]
