"""Scales of the targets of each series, learned from rows or windows to learn from."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.prepare import prepare
from gatewise.data.slices import mean_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.timeline import Timeline
    from gatewise.tasks.rows import Rows

FEWEST_OWN = 8
"""A series with fewer training windows takes over how far forecasts of the others are off, in spreads of its rows."""


def season_changes(rows: Rows, seen: NDArray[np.bool_], season: int) -> NDArray[np.float64]:
    """Mean absolute change of the targets over a season in the rows ``seen``, shape (series, targets).

    A series that does not change, or has no row among them, takes over the mean of the others.
    """
    timeline = rows.timeline
    found = np.full((timeline.count, rows.targets), np.nan)
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = rows.values[first:last, : rows.targets][seen[first:last]]
        change = np.abs(own[season:] - own[:-season])
        known = ~np.isnan(change)
        found[member] = np.where(known, change, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    found[~(found > 0.0)] = np.nan
    usual = np.array([np.nanmean(column) if np.isfinite(column).any() else 1.0 for column in found.T])
    return np.where(np.isnan(found), usual, found)


TINY = 1e-6
"""A forecast of positive values below this share of their training mean counts as so large, to be divided by."""

GROWN = 1.5
"""Targets whose level rises to this many times what it was count as growing."""


def growing(rows: Rows, seen: NDArray[np.bool_]) -> bool:
    """Whether every target of every series is positive and grows: `GROWN` times from the first fifth to the last.

    Args:
        rows: The rows.
        seen: Which of them are asked, shape (rows,).
    """
    for first, last in pairwise(rows.timeline.starts):
        own = rows.values[first:last, : rows.targets][seen[first:last]]
        own = own[~np.isnan(own).any(axis=1)]
        fifth = len(own) // 5
        if not fifth or not (own > 0.0).all():
            return False
        if not (own[-fifth:].mean(axis=0) >= GROWN * own[:fifth].mean(axis=0)).all():
            return False
    return True


def own_scales(rows: Rows, seen: NDArray[np.bool_], window: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the targets of each series; 0 and 1 where there is one series only.

    A series that begins too late to have training rows is scaled by its first window, which lies in the past of all
    of its forecasts.
    """
    timeline = rows.timeline
    shape = (timeline.count, rows.targets)
    center, scale = np.zeros(shape), np.ones(shape)
    if timeline.count == 1:
        return center, scale
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = seen[first:last].copy()
        own[:window] = True
        found = prepare(rows.values[first:last, : rows.targets][own])
        center[member], scale[member] = found.mean, found.scale
    return center, scale


def mean_square(
    future: NDArray[np.float64], ends: NDArray[np.int64], base: NDArray[np.float64], unit: NDArray[np.float64]
) -> float:
    """The mean square of how far the windows' targets are off, worked out for some windows at a time.

    Args:
        future: The targets from each row on, shape (rows, horizon, targets).
        ends: The windows, by the row they forecast from, shape (N,).
        base: What forecasts are measured from, shape (N, targets).
        unit: What errors are divided by, shape (N, targets).
    """
    width = future.shape[1] * future.shape[2]

    def squares(first: int, last: int) -> NDArray[np.float64]:
        part = slice(first // width, -(-last // width))
        error = (future[ends[part]] - base[part][:, None]) / unit[part][:, None]
        found: NDArray[np.float64] = error.reshape(-1)[first - part.start * width :][: last - first] ** 2
        return found

    return mean_of(len(ends) * width, squares)


def spreads(
    future: NDArray[np.float64],
    train: NDArray[np.int64],
    base: NDArray[np.float64],
    members: NDArray[np.int64],
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Root mean square of the errors of each series and target, shape (series, targets).

    Args:
        future: The targets from each row on, shape (rows, horizon, targets).
        train: The windows, by the row they forecast from.
        base: What forecasts are measured from, shape (windows, targets).
        members: The series of each window.
        usual: What a series of too few windows takes over.
    """
    spread, several = usual.copy(), len(usual) > 1
    for member in range(len(usual)):
        own = np.flatnonzero(members == member) if several else slice(None)
        ends, level = train[own], base[own]
        if several and len(ends) < FEWEST_OWN:
            continue
        for target in range(usual.shape[1]):
            only_it = slice(target, target + 1)
            off = mean_square(future[:, :, only_it], ends, level[:, only_it], np.ones((len(ends), 1)))
            spread[member, target] = float(np.sqrt(off)) or 1.0
    return spread


def drifts(carried: NDArray[np.float64], timeline: Timeline, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean change a row of each series and target over the rows that were seen."""
    drift = np.zeros((timeline.count, carried.shape[1]))
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = carried[first:last][seen[first:last]]
        if len(own):
            drift[member] = (own[-1] - own[0]) / max(1, len(own) - 1)
    return drift
