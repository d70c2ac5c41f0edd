"""Arrays of what is on at each step made pieces: which part each is of, which axis is time, whether all is 0 or 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import RawFrames
from gatewise.data.roles import role
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

WANTED = "arrays of 0 and 1, shape (steps, channels), one a piece"

_PARTS = {
    "train": ("train", "training"),
    "validation": ("valid", "validation", "val", "dev", "development"),
    "test": ("test", "testing"),
}

_REST = frozenset(["", "data", "set", "part", "split", "roll", "rolls", "piece", "pieces", "sequences", "x"])
"""What may stand beside the word for a part in a name."""


def part_of(name: str) -> str:
    """The part that a name speaks of, such as ``traindata`` or ``test_3``: train, validation or test; else empty."""
    flat = re.sub(r"[^a-z]", "", name.lower())
    for part, words in _PARTS.items():
        for word in words:
            if flat.startswith(word) and flat.removeprefix(word) in _REST:
                return part
            if flat.endswith(word) and flat.removesuffix(word) in _REST:
                return part
    return ""


def from_arrays(arrays: Mapping[str, Any], source: str) -> RawFrames:
    """The pieces of named arrays.

    Args:
        arrays: By name: one piece of shape (steps, channels), several of shape (n, steps, channels), or a cell of
            pieces; beside arrays of shape (n, steps, channels) the steps of each, such as ``lengths_train``.
        source: Name of the data, for display.

    Raises:
        DataError: Nothing there is such an array, or a piece holds other values.
    """
    pieces = {name: _pieces(name, value, arrays, source) for name, value in arrays.items() if _may_hold(value, name)}
    if not pieces:
        raise DataError(f"{source} holds {listed(arrays) or 'nothing'}; expected {WANTED}, or cells of them")
    parts = {name: part_of(name) for name in pieces}
    divided = any(parts.values())
    kept = [name for name in pieces if parts[name] or not divided]
    left = [name for name in arrays if name not in kept and not _is_lengths(name)]
    notes = [Told("not read: {names}", names=listed(left))] if left else []
    flat = [piece for name in kept for piece in pieces[name]]
    said = [parts[name] for name in kept for _ in pieces[name]]
    return as_frames(_turned(flat, notes), said if divided else None, source, notes)


def as_frames(
    pieces: Sequence[NDArray[np.bool_]],
    parts: Sequence[str] | None,
    source: str,
    notes: Sequence[Told],
    channels: Sequence[str] | None = None,
) -> RawFrames:
    """Pieces that are checked to have the same channels, those without a step left out.

    Raises:
        DataError: They have not, or none is left to learn from.
    """
    kept = [place for place, piece in enumerate(pieces) if len(piece)]
    if not kept:
        raise DataError(f"{source} holds no piece with a step in it; expected {WANTED}")
    widths: dict[int, int] = {}
    for place in kept:
        widths.setdefault(pieces[place].shape[1], place)
    if len(widths) > 1:
        (one, first), (other, second), *_ = widths.items()
        raise DataError(
            f"{source}: piece {first + 1:,} has {counted(one, 'channel')} and piece {second + 1:,} has {other:,}; "
            "expected the same channels in all pieces"
        )
    if parts is not None and "train" not in {parts[place] for place in kept}:
        raise DataError(f"{source} has a {listed(sorted(set(parts)))} part and none to learn from; expected train")
    empty = len(pieces) - len(kept)
    more = [Told("{pieces} without a step left out", pieces=counted(empty, "piece"))] if empty else []
    names = channels or [f"channel {number}" for number in range(1, pieces[kept[0]].shape[1] + 1)]
    of = None if parts is None else tuple(parts[place] for place in kept)
    return RawFrames(tuple(pieces[place] for place in kept), tuple(names), source, of, (*notes, *more))


def is_on_off(value: object) -> bool:
    """Whether an array has two or three axes, two or more channels, and 0 and 1 in it and nothing else."""
    array = np.asarray(value)
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or array.shape[-1] < 2 or not array.size:
        return False
    return bool(array.any() and ((array == 0) | (array == 1)).all())


def _may_hold(value: Any, name: str) -> bool:
    """Whether an array may be of pieces, by its type and axes."""
    if _is_lengths(name):
        return False
    return value.dtype == object or (value.ndim in (2, 3) and value.dtype.kind in "biuf")


def _is_lengths(name: str) -> bool:
    return role(name).name == "lengths"


def _pieces(name: str, value: Any, arrays: Mapping[str, Any], source: str) -> list[NDArray[np.bool_]]:
    """The pieces that an array or a cell holds."""
    if value.dtype == object:
        return [_on_off(each, f"{source}, {name}, piece {place:,}") for place, each in enumerate(value.ravel(), 1)]
    if value.ndim == 2:
        return [_on_off(value, f"{source}, {name}")]
    lengths = _lengths(name, value, arrays, source)
    return [_on_off(each[:steps], f"{source}, {name}") for each, steps in zip(value, lengths, strict=True)]


def _lengths(name: str, value: Any, arrays: Mapping[str, Any], source: str) -> NDArray[np.int64]:
    """The steps of each piece of an array of shape (n, steps, channels): all, where no other array says them."""
    n, steps = value.shape[:2]
    part = part_of(name)
    said = [other for other in arrays if _is_lengths(other) and role(other).part == part]
    if not said:
        return np.full(n, steps)
    found = np.asarray(arrays[said[0]]).ravel()
    if found.shape != (n,) or not np.isin(found, np.arange(steps + 1)).all():
        raise DataError(
            f"{source}: {quoted(said[0])} has shape {np.shape(arrays[said[0]])}; expected {counted(n, 'whole number')} "
            f"up to {steps:,}, the steps of each piece of {quoted(name)}{f' ({part})' if part else ''}"
        )
    return found.astype(np.int64)


def _on_off(value: Any, what: str) -> NDArray[np.bool_]:
    """One piece, checked."""
    array = np.asarray(value.toarray() if hasattr(value, "toarray") else value)
    if array.size == 0:
        return np.zeros((0, array.shape[1] if array.ndim == 2 else 0), dtype=bool)
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise DataError(f"{what}: got shape {array.shape} of {array.dtype}; expected {WANTED}")
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        step, channel = (int(places[0]) for places in np.nonzero(wrong))
        raise DataError(
            f"{what}: step {step + 1:,} has {array[step, channel]:g} in channel {channel + 1:,}; expected 0 and 1: for "
            "loudness or velocities write roll > 0, whether each is on"
        )
    return array.astype(bool)


def _turned(pieces: list[NDArray[np.bool_]], notes: list[Told]) -> list[NDArray[np.bool_]]:
    """Pieces of shape (steps, channels); where all agree in rows and not in columns, the rows are the channels."""
    full = [piece for piece in pieces if len(piece)]
    rows, columns = ({piece.shape[axis] for piece in full} for axis in (0, 1))
    if len(columns) == 1 or len(rows) > 1:
        return pieces
    notes.append(
        Told("read as (channels, steps): every piece has {count:,} rows, and their columns differ", count=rows.pop())
    )
    return [piece.T if len(piece) else piece for piece in pieces]
