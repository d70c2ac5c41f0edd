"""The rows of one or several series that windows lie in, and their values as windows read them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from gatewise.data.prepare import carry_forward

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.terms import Terms
    from gatewise.data.timeline import Timeline

_F = TypeVar("_F", np.float32, np.float64)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that windows lie in.

    Attributes:
        values: Shape (rows, features), the targets first, NaN where missing.
        timeline: The place of each row.
        targets: How many of the features are targets.
        known: Places of the features that are known ahead.
        places: Number of each series among those that were learned from, -1 for a new one, shape (series,); None where
            they are the same.
        terms: Calendar terms of the step after each row; None for none.
        coded: Places of the features that are whole numbers of a category's values.
    """

    values: NDArray[np.float64]
    timeline: Timeline
    targets: int
    known: tuple[int, ...] = ()
    places: NDArray[np.int64] | None = None
    terms: Terms | None = None
    coded: tuple[int, ...] = ()


def places(features: Sequence[str], named: Sequence[str]) -> tuple[int, ...]:
    """Where the ``named`` features stand among all."""
    return tuple(features.index(name) for name in named)


def only(values: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The rows that are ``seen``: a view where they are the first ones."""
    count = int(np.count_nonzero(seen))
    return values[:count] if seen[:count].all() else values[seen]


def training_rows(rows: Rows, train: NDArray[np.int64], horizon: int) -> NDArray[np.bool_]:
    """Rows up to the last one that a training window reads or predicts, in every series; shape (rows,)."""
    steps = rows.timeline.steps
    seen: NDArray[np.bool_] = steps < steps[train].max() + horizon
    return seen


def standardised(rows: Rows, center: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values, with each series' targets on a scale of their own, shape (rows, features)."""
    if rows.timeline.count == 1:
        return rows.values
    values, members = rows.values.copy(), rows.timeline.members
    values[:, : rows.targets] = (values[:, : rows.targets] - center[members]) / scale[members]
    return values


def ahead(values: NDArray[np.float64], rows: Rows, horizon: int) -> NDArray[np.float64]:
    """The values, features known ahead shifted so that each row has those of ``horizon`` rows later.

    The last row of a window then holds what is known of the last row that it predicts. Beyond the end of a stretch
    they are missing.
    """
    if not rows.known:
        return values
    later = np.minimum(np.arange(len(values)) + horizon, len(values) - 1)
    there = rows.timeline.room > horizon
    shifted, columns = values.copy(), list(rows.known)
    shifted[:, columns] = np.where(there[:, None], values[later][:, columns], np.nan)
    return shifted


def filled(rows: Rows, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """The targets, the last seen value in the place of missing ones, ``start`` of a series before its first."""
    starts = rows.timeline.starts
    parts = [
        carry_forward(rows.values[first:last, : rows.targets], start[member])
        for member, (first, last) in enumerate(pairwise(starts))
    ]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]
