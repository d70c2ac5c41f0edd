"""What is to be told of each sequence: classes, one-hot rows or numbers, as an array has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.plain import array_of
from gatewise.data.readers.raw import natural
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Labels(NamedTuple):
    """Classes or numbers, one of them, and what to say of how they were read."""

    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    numbers: NDArray[np.float64] | None
    notes: tuple[Told, ...] = ()


def labels_of(y: object, n: int, steps: int) -> Labels:
    """Read y.

    Args:
        y: One class or number for each sequence: whole numbers, text, booleans or floats of shape (n,), or (n, k) with
            a one in the column of the class.
        n: Sequences.
        steps: Steps of the longest, to tell labels of steps from those of sequences.

    Raises:
        DataError: It is neither, or not one for each sequence.
    """
    array, notes = _flat(array_of(y, "y"), n, steps)
    if array.dtype.kind == "f":
        finite = np.isfinite(array)
        if not (array[finite] == np.floor(array[finite])).all():
            _refuse_unknown(array, finite, "a number")
            return Labels(None, (), array.astype(np.float64), notes)
        _refuse_unknown(array, finite, "a class")
        array = array.astype(np.int64)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "latin-1")
    if array.dtype.kind not in "iubU":
        raise DataError(f"y holds {array.dtype}; expected classes as whole numbers, text or booleans")
    labels, classes, said = classes_of([str(label) for label in array.tolist()])
    return Labels(labels, classes, None, (*notes, *said))


def classes_of(names: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...], tuple[Told, ...]]:
    """Class numbers, names of the classes in natural order, and notes; names that differ by blanks are one class.

    Raises:
        DataError: A sequence has no class, or classes differ by capitals alone.
    """
    plain = {name: " ".join(name.split()) for name in set(names)}
    by_value: dict[str | float, str] = {}
    for name in sorted(set(plain.values()), key=lambda name: (len(name), name)):
        by_value.setdefault(_value(name), name)
    cleaned = {name: by_value[_value(short)] for name, short in plain.items()}
    if "" in cleaned.values():
        first = next(place for place, name in enumerate(names) if not cleaned[name])
        raise DataError(f"y[{first}] is empty; expected a class for each sequence: leave that sequence out")
    classes = natural(list(cleaned.values()))
    merged = [name for name in classes if sum(1 for other in cleaned.values() if other == name) > 1]
    notes = [
        Told(
            "classes that differ by blanks or digits alone are one: {name} ({names})",
            name=quoted(name),
            names=[quoted(other) for other in sorted(cleaned) if cleaned[other] == name],
        )
        for name in merged
    ]
    notes += _capitals(classes)
    index = {name: number for number, name in enumerate(classes)}
    return np.array([index[cleaned[name]] for name in names], dtype=np.int64), classes, tuple(notes)


def _value(name: str) -> str | float:
    """What a name counts as: 1 and 1.0 are one class."""
    try:
        return float(name) if name.replace(".", "", 1).lstrip("+-").isdecimal() and not name.startswith("0") else name
    except ValueError:
        return name


def _capitals(classes: tuple[str, ...]) -> list[Told]:
    """Refuse words that differ by capitals alone; of single letters, which may well be two classes, say it."""
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(name.casefold(), []).append(name)
    doubled = [names for names in alike.values() if len(names) > 1]
    words = [names for names in doubled if len(names[0]) > 1]
    if words:
        raise DataError(
            f"the classes {' and '.join(quoted(name) for name in words[0])} differ by capitals alone; expected one "
            "spelling of each class: write them alike, or give them names that differ"
        )
    if not doubled:
        return []
    return [
        Told("classes that differ by capitals alone are taken as different ones: {names}", names=listed(doubled[0]))
    ]


def _flat(array: NDArray[Any], n: int, steps: int) -> tuple[NDArray[Any], tuple[Told, ...]]:
    """Y with one entry a sequence: a column becomes flat, one-hot rows become class numbers."""
    if array.shape == (n, 1):
        array = array[:, 0]
    if array.shape == (n,):
        return array, ()
    if array.ndim == 2 and len(array) == n and array.dtype.kind in "biuf":
        one_hot = np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all()
        if one_hot:
            return array.argmax(axis=1), (
                Told("y is one-hot: {count} classes, numbered from 0 by column", count=array.shape[1]),
            )
    if array.ndim >= 2 and array.shape[:2] == (n, steps):
        raise DataError(
            f"y has shape {array.shape}, a label for each step; expected one for each sequence, shape ({n},): labels "
            "of steps cannot be learned yet. Bring one label a sequence, such as the one of its last step: y[:, -1]"
        )
    hint = f": bring one column of it, such as y[:, 0], shape ({n},)" if array.ndim == 2 and len(array) == n else ""
    raise DataError(
        f"y has shape {array.shape} for {counted(n, 'sequence')}; expected one class each, shape ({n},){hint}"
    )


def _refuse_unknown(array: NDArray[Any], finite: NDArray[np.bool_], what: str) -> None:
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(f"y[{first}] is {array[first]}; expected {what} for each sequence: leave that sequence out")
