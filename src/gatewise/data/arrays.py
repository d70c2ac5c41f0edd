"""Named arrays made a set of sequences: roles by name, time axis, ends, labels; every array is read or told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.ends import ended, masked
from gatewise.data.labels import Labels, labels_of
from gatewise.data.orientation import oriented
from gatewise.data.plain import array_of
from gatewise.data.readers.raw import RawSequences, channels
from gatewise.data.roles import lacks, sort_out
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.raw import NamedArrays
    from gatewise.data.roles import Sorted


def from_arrays(
    found: NamedArrays, layout: str | None, group: str | None = None, channels_wanted: int | None = None
) -> RawSequences:
    """The sequences of named arrays, in their order.

    Args:
        found: As the reader has them.
        layout: ``ntc`` or ``nct`` as the user says; None to find out which axis is time.
        group: The array that the user names as the one with the groups.
        channels_wanted: Channels that a model was trained on; they tell which axis is time where one alone fits.

    Raises:
        DataError: X is missing, or an array is not as it should be.
    """
    sorted_out = sort_out(found)
    roles = sorted_out.roles
    raw = _values(roles["X"])
    n = len(raw)
    if n == 0:
        raise DataError("X has no sequences; expected at least one")
    lengths = None if roles.get("lengths") is None else _whole(roles["lengths"], n, max(raw.shape[1:]))
    y = roles.get("y")
    _refuse_turned(raw, y)
    flat = np.ndim(roles["X"]) == 2
    fitting = _fitting(raw, channels_wanted)
    turned = oriented(raw, "ntc" if flat and layout is None else fitting or layout, lengths, found.source)
    values, notes = turned.values, [*sorted_out.notes, *turned.notes]
    if lengths is not None:
        lengths = _lengths(lengths, n, values.shape[1])
    if roles.get("mask") is not None:
        values, lengths, note = masked(values, array_of(roles["mask"], "mask"), lengths)
        notes.append(note)
    within = ended(values, lengths)
    labels = Labels(None, (), None) if y is None else labels_of(y, n, values.shape[1])
    beside, unread = _beside(sorted_out, n)
    notes += [*within.notes, *labels.notes, *_unread([name for name in (*unread, *found.unread) if name != group])]
    sequences = SequenceSet(
        within.values, within.lengths, labels.labels, labels.classes, channels(within.values), None, found.source,
        tuple(notes), labels.numbers, layout=turned.layout,
    )  # fmt: skip
    return RawSequences(sequences, lacks(found, ["y"]) if y is None else "", _test(sorted_out, n), beside)


def _fitting(raw: NDArray[np.float64], channels_wanted: int | None) -> str | None:
    """The layout by which X has the channels wanted, where one alone does."""
    fits = [layout for layout, axis in (("ntc", 2), ("nct", 1)) if raw.shape[axis] == channels_wanted]
    return fits[0] if len(fits) == 1 else None


def _test(sorted_out: Sorted, n: int) -> object:
    """Which sequences the source tests on; None where it does not say."""
    learned = sum(count for part, count in sorted_out.parts.items() if part != "test")
    if "test" in sorted_out.parts:
        return np.arange(n) >= learned
    return sorted_out.roles.get("test")


def _beside(sorted_out: Sorted, n: int) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Arrays with an entry for each sequence, which may name groups, and the names of those without a use."""
    beside: dict[str, NDArray[Any]] = {}
    unread: list[str] = []
    for name, value in {**sorted_out.groups, **sorted_out.rest}.items():
        is_group = name in sorted_out.groups
        array = array_of(value, name) if is_group else np.asarray(value)
        flat = array[:, 0] if array.shape == (n, 1) else array
        if flat.shape == (n,) and flat.dtype.kind in "biufUS":
            beside[name] = np.char.decode(flat, "latin-1") if flat.dtype.kind == "S" else flat
        elif is_group:
            raise DataError(
                f"{named(name)} has shape {array.shape} of {array.dtype}; expected whose each sequence is, shape "
                f"({n},): sequences of one are kept on one side of every split"
            )
        if name not in sorted_out.groups:
            unread.append(name)
    return beside, unread


def _unread(names: list[str]) -> list[Told]:
    """Say which arrays are not read."""
    weights = [name for name in names if "weight" in name.lower()]
    shown = [quoted(name) for name in names]
    if weights:
        return [
            Told(
                "not read: {names} (every sequence counts alike, whatever {weights} says); if one says whose each "
                "sequence is, type --group with its name",
                names=shown,
                weights=weights[0],
            )
        ]
    group = Told("not read: {names}; if one says whose each sequence is, type --group with its name", names=shown)
    return [group] if names else []


def _values(X: object) -> NDArray[np.float64]:
    """X as a copy of shape (n, a, b); which axis is time is still open."""
    array = array_of(X, "X")
    if array.dtype.kind not in "iufb":
        raise DataError(f"X holds {array.dtype}; expected numbers of shape (n, time, features) or (n, time)")
    if array.ndim not in (2, 3):
        raise DataError(f"X has shape {array.shape}; expected (n, time, features), or (n, time) for one feature")
    if 0 in array.shape:
        raise DataError(f"X has shape {array.shape}, no values; expected at least one sequence of one step")
    return np.array(array if array.ndim == 3 else array[:, :, None], dtype=np.float64)


def _refuse_turned(raw: NDArray[np.float64], y: object) -> None:
    """Refuse an X whose sequences are not on its first axis, as y says."""
    labels = None if y is None else array_of(y, "y")
    if labels is None or not labels.ndim or len(labels) == len(raw):
        return
    axes = [axis for axis in (1, 2) if raw.shape[axis] == len(labels) > 1]
    if axes:
        order = (axes[0], *(axis for axis in range(3) if axis != axes[0]))
        flat = raw.shape[2] == 1
        turn = "X.T" if flat else f"X.transpose{order}"
        shape = raw.shape[:2] if flat else raw.shape
        raise DataError(
            f"X has shape {shape} and y has {len(labels):,} entries; expected one each: sequences look to be "
            f"on axis {axes[0] + 1} of X, not on the first. Bring {turn}"
        )


def _whole(lengths: object, n: int, most: int) -> NDArray[np.int64]:
    array = array_of(lengths, "lengths")
    if array.shape == (n, 1):
        array = array[:, 0]
    if array.shape != (n,) or array.dtype.kind not in "iuf":
        raise DataError(f"lengths has shape {array.shape} of {array.dtype}; expected {n} whole numbers, one a sequence")
    return _checked(array, most).astype(np.int64)


def _lengths(array: NDArray[np.int64], n: int, T: int) -> NDArray[np.int64]:
    return _checked(array, T)


def _checked(array: NDArray[Any], most: int) -> NDArray[Any]:
    wrong = ~((array >= 1) & (array <= most) & (array == np.floor(array)))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(f"lengths[{first}] is {array[first]}; expected whole numbers from 1 to {most}, the steps of X")
    return array
