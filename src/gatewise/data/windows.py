"""Forecast examples: which windows of the series train, validate and test, and in which test block they fall."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALIDATION_SHARE = 0.2
"""Share of the rows before an origin that choose configurations and the best step."""

VALIDATION_WINDOWS, TEST_WINDOWS = 512, 2048
"""Most windows of a part that are scored: beyond that neighbours are so alike that more of them tell little."""

TRAINING_WINDOWS = 1 << 18
"""Most windows that a network learns from: more than a fit of usual length visits, and few enough for any memory."""

TRIALS = 3
"""Earlier origins by which simple rules are chosen."""

FEWEST_STEPS = 32
"""Steps of a part that are scored at least, however many series there are: series share shocks, steps do less."""


@dataclass(frozen=True)
class Parts:
    """The examples of one split, by number.

    Attributes:
        train: Learned from.
        validation: Choose the best step of a fit, and a configuration.
        test: Scored once per pair; never seen before.
        validation_block: For each validation example its block, 0, 1, ...
        test_block: For each test example its block, 0, 1, ...
        before: All that testing leaves to learn from, in order: of a series every window whose targets lie before the
            first test step, else the training and validation examples. A rule learns from them what its test scores
            are made with; nothing that is chosen is chosen with them.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    validation_block: NDArray[np.int64]
    test_block: NDArray[np.int64]
    before: NDArray[np.int64]


def window_parts(
    border: int,
    end: int,
    *,
    window: int,
    horizon: int,
    block: int,
    usable: NDArray[np.bool_],
    timeline: Timeline | None = None,
    seasons: tuple[int, ...] = (),
) -> Parts:
    """Split the windows of one series, or of several, at one origin.

    A window is named by the row e that it forecasts from: it reads the ``window`` rows before e and predicts the
    ``horizon`` rows from e on. Borders are steps of the calendar, the same for all series, so that a block is a stretch
    of the calendar over all of them: series share their shocks. Between the last target step of training and the first
    of validation lie at least ``horizon`` steps: windows that follow each other err alike, and those that train must
    not be like those that choose the step. Validation goes up to the origin, before which every target is known.
    Windows whose targets straddle a border belong to no part. Every validation window is scored, at most
    `VALIDATION_WINDOWS` of them, evenly spaced where there are more. Test windows are spaced evenly, without
    overlapping targets, each a block, and so that they begin at every place of a season: spaced by whole seasons all of
    them would ask the same. Windows whose targets lie before the first test step are `Parts.before`, in the gap too.

    Args:
        border: First test step, counted from the first step of all.
        end: The step after the last test step.
        window: Input rows.
        horizon: Target rows.
        block: Steps in one block of the validation part.
        usable: For each row e, whether there is a window at e whose targets are all known; shape (rows,).
        timeline: The place of each row; None for one series without a missing step.
        seasons: Steps in each season.
    """
    timeline = timeline or Timeline.plain(len(usable))
    steps = timeline.steps - timeline.steps.min()
    middle = validation_start(border, horizon)
    ends = np.flatnonzero(usable)
    at = steps[ends]
    validation = _spaced(max(window, middle), border - horizon + 1, 1, VALIDATION_WINDOWS, timeline.count)
    test = _spaced(max(window, border), end - horizon + 1, horizon, TEST_WINDOWS, timeline.count, seasons)
    train, validation, test, before = (
        ends[(at >= window) & (at <= middle - 2 * horizon)],
        ends[np.isin(at, validation)],
        ends[np.isin(at, test)],
        ends[(at >= window) & (at <= border - horizon)],
    )
    return Parts(train, validation, test, _blocks(steps[validation], block), _blocks(steps[test], 1), before)


def trial_parts(
    border: int, *, window: int, horizon: int, block: int, usable: NDArray[np.bool_], timeline: Timeline, fewest: int
) -> tuple[Parts, ...]:
    """Parts by which simple rules are chosen before an origin: `TRIALS` earlier origins in the second half of the rows.

    A rule has no step to be stopped at, so it learns from every window whose targets lie before an earlier origin, and
    is validated on all from there to the next one; `VALIDATION_WINDOWS` at most together. Nothing is tested.

    Args:
        border: First test step.
        window: Input rows.
        horizon: Target rows.
        block: Steps in one block.
        usable: As for `window_parts`.
        timeline: The place of each row.
        fewest: Windows to learn from at least; less rows have no trials.
    """
    steps = timeline.steps - timeline.steps.min()
    ends = np.flatnonzero(usable)
    at, last = steps[ends], border - horizon + 1
    first = max(border // 2, window + horizon + fewest - 1)
    found = []
    for start, stop in pairwise(np.linspace(first, last, TRIALS + 1).astype(np.int64) if first < last else ()):
        train = ends[(at >= window) & (at <= start - horizon)]
        validation = ends[np.isin(at, _spaced(int(start), int(stop), 1, VALIDATION_WINDOWS // TRIALS, timeline.count))]
        if len(train) >= fewest and len(validation):
            nothing = np.empty(0, dtype=np.int64)
            found.append(Parts(train, validation, nothing, _blocks(steps[validation], block), nothing, train))
    return tuple(found)


def thinned(ids: NDArray[np.int64], most: int | None) -> NDArray[np.int64]:
    """The examples to learn from where there are too many: one from each of ``most`` equal stretches.

    The place within its stretch goes on by the golden ratio, so that no season of the data is met at one phase alone.

    Args:
        ids: The examples, in order of time, shape (N,).
        most: How many stay at most; None for all.

    Returns:
        ``ids`` itself where there are no more, else shape (most,), in order.
    """
    if most is None or len(ids) <= most:
        return ids
    first = np.arange(most + 1) * len(ids) // most
    within = np.arange(most) * ((np.sqrt(5.0) - 1.0) / 2.0) % 1.0
    found: NDArray[np.int64] = ids[first[:-1] + (within * np.diff(first)).astype(np.int64)]
    return found


def validation_start(border: int, horizon: int) -> int:
    """The first validation step before an origin at ``border``."""
    return border - max(horizon, round(VALIDATION_SHARE * border))


def _spaced(
    first: int, stop: int, apart: int, most: int, series: int, seasons: tuple[int, ...] = ()
) -> NDArray[np.int64]:
    """Every ``apart``-th step from ``first``; wider spaced where all series together had more than ``most``.

    Steps that have a divisor in common with a season are widened until they have none, as far as that leaves half of
    them.
    """
    most = max(FEWEST_STEPS, most // series)
    least = max(apart, -(-(stop - first) // most))
    wider = (step for step in range(least, 2 * least) if all(math.gcd(step, season) == 1 for season in seasons))
    return np.arange(first, stop, next(wider, least))


def _blocks(steps: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """Number the blocks of equal length that ``steps`` fall in, leaving out empty ones; a short last one joins."""
    if not len(steps):
        return steps
    number = (steps - steps.min()) // block
    whole = max(1, (steps.max() + 1 - steps.min()) // block)
    return np.unique(np.minimum(number, whole - 1), return_inverse=True)[1].astype(np.int64)


def usable_windows(timeline: Timeline, targets: NDArray[np.float64], window: int, horizon: int) -> NDArray[np.bool_]:
    """For each row e, whether there is a window at e, in one stretch, with targets that are all known; shape (rows,).

    Args:
        timeline: The place of each row.
        targets: Shape (rows, targets), NaN where missing.
        window: Rows before e that the window reads.
        horizon: Rows from e on that it predicts.
    """
    return (timeline.before >= window) & (timeline.room >= horizon) & known_targets(targets, horizon)


def known_targets(targets: NDArray[np.float64], horizon: int) -> NDArray[np.bool_]:
    """For each row e, whether rows e to e + horizon - 1 exist and are not missing; shape (rows,).

    Args:
        targets: Shape (rows, targets), NaN where missing.
        horizon: Rows from e on.
    """
    gone = np.isnan(targets).any(axis=1)
    known = np.zeros(len(targets), dtype=bool)
    starts = known[: max(0, len(targets) - horizon + 1)]
    if gone.any():
        missing = np.concatenate([[0], np.cumsum(gone)])
        starts[:] = missing[horizon:] == missing[: len(starts)]
    else:
        starts[:] = True
    return known
