"""Sequence examples: stratified folds, validation draws, and the origins of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.windows import Parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SHARE = 0.4
"""The later part of a series that origins roll through."""

VALIDATION_SHARE = 0.2
"""Share of the training sequences drawn for validation in each pass."""


def origins(steps: NDArray[np.int64], count: int) -> tuple[int, ...]:
    """First test step of each of ``count`` expanding splits through the later part, then the end.

    Args:
        steps: The calendar step of each row, of one series or of several, shape (rows,). The borders are counted from
            the first of them; the first one leaves `TEST_SHARE` of all rows to test on.
        count: How many splits.
    """
    rows = len(steps)
    ordered = np.sort(steps) - steps.min()
    first = round((1.0 - TEST_SHARE) * rows)
    places = np.linspace(first, rows, count + 1).round().astype(np.int64)
    return (*(int(ordered[place]) for place in places[:-1]), int(ordered[-1]) + 1)


def deal(labels: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal examples to ``folds`` stratified folds; returns each example's fold, shape (n,).

    Each class is shuffled and dealt round, going on where the class before it stopped, so that folds differ by at
    most one example, in all and within each class.
    """
    fold = np.empty(len(labels), dtype=np.int64)
    shuffled = rng.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    fold[order] = np.arange(len(labels)) % folds
    return fold


def validation_draw(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a stratified validation part; True for its examples. A class of one example stays in training."""
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        # Rounding at random keeps small classes in the draw as often as their size says.
        wanted = int(VALIDATION_SHARE * len(members) + rng.random())
        chosen[members[: min(wanted, len(members) - 1)]] = True
    if not chosen.any():  # tiny sets: something has to choose the best step
        chosen[rng.choice(np.flatnonzero(labels == np.bincount(labels).argmax()))] = True
    return chosen


def sequence_parts(training: NDArray[np.int64], test: NDArray[np.int64], validates: NDArray[np.bool_]) -> Parts:
    """Parts of a split of sequences: each example is a block of its own.

    Args:
        training: Examples not tested, by number.
        test: Examples tested.
        validates: For each of ``training``, whether it validates.
    """
    validation = training[validates]
    return Parts(training[~validates], validation, test, np.arange(len(validation)), np.arange(len(test)))
