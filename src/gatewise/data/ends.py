"""Where each sequence ends: by lengths, by a mask, or by missing values behind its last step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.errors import DataError
from gatewise.languages import Told, mark
from gatewise.text import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUSPECTED, FEWEST = 0.05, 3
"""A padding value is suspected where it fills the ends of this share of the sequences, and of this many."""


ENDS = mark(
    "{sequences} of {count:,} end in {value} in every channel, for 2 to {most:,} steps: if this is padding, it is "
    "learned from as if it were data; add lengths, or put NaN behind the ends instead"
)
BEGINS = mark(
    "{sequences} of {count:,} begin with {value} in every channel, for 2 to {most:,} steps: if this is padding, it is "
    "learned from as if it were data; add lengths, or put NaN behind the ends instead"
)
"""What is said of many sequences that end in one value, or begin with it."""


class Ended(NamedTuple):
    """Values with NaN behind each sequence's end, the steps of each sequence, and what to say of them."""

    values: NDArray[np.float64]
    lengths: NDArray[np.int64]
    notes: tuple[Told, ...]


def ended(values: NDArray[np.float64], lengths: NDArray[np.int64] | None = None) -> Ended:
    """Find the sequences' ends; what lies behind them is never fed to a cell.

    Args:
        values: Shape (n, T, channels), NaN where missing.
        lengths: As the source has them; None to tell them from missing values behind the ends.
    """
    n, T, _ = values.shape
    notes: list[Told] = []
    if lengths is None:
        lengths, padded = _known_ends(values)
        if padded:
            least, most = int(lengths.min()), int(lengths.max())
            notes.append(
                Told(
                    "{sequences} of {count:,} padded with missing values behind their ends: lengths of {low:,} to "
                    "{high:,} steps are told from them",
                    sequences=counted(padded, "sequence"),
                    count=n,
                    low=least,
                    high=most,
                )
            )
        else:
            notes += _constant_ends(values)
    else:
        values = np.where((np.arange(T) < lengths[:, None])[..., None], values, np.nan)
    notes += _late_beginnings(values, lengths)
    empty = np.flatnonzero(np.isnan(values).all(axis=(1, 2)))
    if 0 < len(empty) < n:
        notes.append(
            Told(
                "{sequences} without a value, the first is number {number:,}",
                sequences=counted(len(empty), "sequence"),
                number=empty[0] + 1,
            )
        )
    longest = int(lengths.max())
    return Ended(values[:, :longest], lengths, tuple(notes))


def _known_ends(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """The step behind each sequence's last known value, and how many sequences end before the last step.

    A sequence without any value keeps all its steps: it is missing, not over.
    """
    over: NDArray[np.bool_] = np.all(np.isnan(values), axis=2)
    T = over.shape[1]
    ends = T - np.argmin(over[:, ::-1], axis=1)
    ends[over.all(axis=1)] = T
    return ends.astype(np.int64), int((ends < T).sum())


def _late_beginnings(values: NDArray[np.float64], lengths: NDArray[np.int64]) -> list[Told]:
    """Say so where sequences begin with steps that are missing."""
    missing: NDArray[np.bool_] = np.all(np.isnan(values), axis=2)
    late = missing[:, 0] & ~np.all(missing, axis=1)
    if not late.any():
        return []
    begins = np.argmin(missing, axis=1)[late]
    return [
        Told(
            "{sequences} of {count:,} begin with missing steps, up to {steps:,} of them, which are kept as "
            "missing: if this is padding before the start, move the values to the front and put NaN behind "
            "them",
            sequences=counted(int(late.sum()), "sequence"),
            count=len(values),
            steps=int(begins.max()),
        )
    ]


def _constant_ends(values: NDArray[np.float64]) -> list[Told]:
    """Say so where many sequences end in, or begin with, one and the same value in every channel."""
    return [*_run(values[:, ::-1], ENDS), *_run(values, BEGINS)]


def _run(values: NDArray[np.float64], form: str) -> list[Told]:
    """Suspect padding at the front of ``values``: steps of one value in every channel, of varied number."""
    n, T, _ = values.shape
    first = values[:, 0, 0]
    known, count = np.unique(first[~np.isnan(first)], return_counts=True)
    if not len(count) or T < 4:
        return []
    value = known[np.argmax(count)]
    same: NDArray[np.bool_] = np.all(values == value, axis=2)
    run = np.where(same.all(axis=1), T, np.argmin(same, axis=1))
    padded = (run >= 2) & (run < T)
    inside = np.arange(T) >= run[:, None]
    elsewhere = (same & inside).sum() / max(1, inside.sum())
    if padded.sum() < max(FEWEST, SUSPECTED * n) or len(np.unique(run[padded])) < 2 or elsewhere > 0.1 * padded.mean():
        return []
    sequences, longest = counted(int(padded.sum()), "sequence"), int(run[padded].max())
    return [Told(form, sequences=sequences, count=n, value=f"{value:g}", most=longest)]


def masked(
    values: NDArray[np.float64], mask: NDArray[Any], lengths: NDArray[np.int64] | None
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None, Told]:
    """Apply a mask: values with NaN where it hides them, the lengths where it marks the ends alone, and a note.

    Args:
        values: Shape (n, T, channels).
        mask: Shape (n, T), (n, T, 1) or (n, T, channels), of zeros and ones.
        lengths: As the source has them.

    Raises:
        DataError: It has another shape, or may mean either that values are there or that they are not.
    """
    n, T, channels = values.shape
    whole = mask[..., None] if mask.shape == (n, T) else mask
    if whole.shape not in {(n, T, 1), (n, T, channels)} or not np.isin(whole, (0, 1)).all():
        raise DataError(
            f"mask has shape {mask.shape} of {mask.dtype}; expected zeros and ones of shape ({n}, {T}): 1 where a step "
            "is there. Or leave it out, and put NaN into X where values are missing"
        )
    there = _polarity(values, whole.astype(bool))
    hidden = np.where(there, values, np.nan)
    steps: NDArray[np.bool_] = np.all(there, axis=2)
    if (steps[:, 1:] <= steps[:, :-1]).all() and steps[:, 0].all() and (np.any(there, axis=2) == steps).all():
        found = steps.sum(axis=1).astype(np.int64)
        if lengths is None or (found == lengths).all():
            return (
                hidden,
                found,
                Told("mask gives the lengths: {low:,} to {high:,} steps", low=found.min(), high=found.max()),
            )
    count = int((~np.broadcast_to(there, values.shape)).sum())
    return hidden, lengths, Told("mask marks {values} of X as missing", values=counted(count, "value"))


def _polarity(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask as True where values are there: ends, or what stands in X where it is 0 or 1, tell which way it is."""
    steps: NDArray[np.bool_] = np.all(mask, axis=2)
    if steps[:, 0].all() and (steps[:, 1:] <= steps[:, :-1]).all():
        return mask
    if not steps[:, 0].any() and (steps[:, 1:] >= steps[:, :-1]).all():
        return ~mask
    full = np.broadcast_to(mask, values.shape)
    empty = {kind: _empty(values[full == kind]) for kind in (False, True)}
    if empty[False] != empty[True]:
        return mask if empty[False] else ~mask
    raise DataError(
        "mask has gaps inside of sequences, and 1 may mean that a value is there or that it is missing; put NaN into X "
        "where values are missing, and leave mask out"
    )


def _empty(values: NDArray[np.float64]) -> bool:
    """Whether these are the values of what is not there: NaN or one constant."""
    known = values[~np.isnan(values)]
    return len(known) == 0 or bool((known == known[0]).all())
