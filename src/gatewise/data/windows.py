"""Forecast examples: which windows of a series train, validate and test, and in which test block they fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALIDATION_SHARE = 0.2
"""Share of the rows before an origin that choose configurations and the best step."""

VALIDATION_WINDOWS, TEST_WINDOWS = 512, 2048
"""Most windows of a part that are scored: beyond that neighbours are so alike that more of them tell little."""


@dataclass(frozen=True)
class Parts:
    """The examples of one split, by number.

    Attributes:
        train: Learned from.
        validation: Choose the best step of a fit, and a configuration.
        test: Scored once per pair; never seen before.
        validation_block: For each validation example its block, 0, 1, ...
        test_block: For each test example its block, 0, 1, ...
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    validation_block: NDArray[np.int64]
    test_block: NDArray[np.int64]

    @property
    def all_training(self) -> NDArray[np.int64]:
        """Training and validation examples together, in order: what a rule without steps to choose learns from."""
        return np.sort(np.concatenate([self.train, self.validation]))


def window_parts(border: int, end: int, *, window: int, horizon: int, block: int, usable: NDArray[np.bool_]) -> Parts:
    """Split the windows of a series at one origin.

    A window is named by the row e that it forecasts from: it reads rows e - window to e - 1 and predicts rows e to
    e + horizon - 1. Between the last target row of training and the first of validation, and again before the first
    of testing, lie at least ``horizon`` rows; windows whose targets straddle a border belong to no part. Test and
    validation windows are spaced evenly, without overlapping targets.

    Args:
        border: First test row.
        end: The row after the last test row.
        window: Input rows.
        horizon: Target rows.
        block: Rows in one block.
        usable: For each row e, whether the targets of the window at e are all known; shape (rows,).
    """
    known = border - horizon
    middle = known - max(horizon, round(VALIDATION_SHARE * known))
    train = np.arange(window, middle - 2 * horizon + 1)
    validation = _spaced(max(window, middle), known - horizon + 1, horizon, VALIDATION_WINDOWS)
    test = _spaced(max(window, border), end - horizon + 1, horizon, TEST_WINDOWS)
    train, validation, test = (ends[usable[ends]] for ends in (train, validation, test))
    return Parts(train, validation, test, _blocks(validation, block), _blocks(test, block))


def _spaced(first: int, stop: int, horizon: int, most: int) -> NDArray[np.int64]:
    """Every ``horizon``-th row from ``first``, or wider spaced where that would be more than ``most``."""
    return np.arange(first, stop, max(horizon, -(-(stop - first) // most)))


def _blocks(ends: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """Number the blocks of equal length that ``ends`` fall in, leaving out empty ones; a short last one joins."""
    if not len(ends):
        return ends
    number = (ends - ends[0]) // block
    whole = max(1, (ends[-1] + 1 - ends[0]) // block)
    return np.unique(np.minimum(number, whole - 1), return_inverse=True)[1].astype(np.int64)


def known_targets(target: NDArray[np.float64], horizon: int) -> NDArray[np.bool_]:
    """For each row e, whether rows e to e + horizon - 1 exist and are not missing; shape (rows,)."""
    missing = np.concatenate([[0], np.cumsum(np.isnan(target))])
    rows = len(target)
    known = np.zeros(rows, dtype=bool)
    starts = np.arange(max(0, rows - horizon + 1))
    known[starts] = missing[starts + horizon] == missing[starts]
    return known
