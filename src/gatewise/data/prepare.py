"""What is learned from the training part before any cell sees it: scale, imputation, mask channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.categories import UNKNOWN
from gatewise.data.embedded import MOST_COLUMNS
from gatewise.data.slices import column_sums, slices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COMMONEST = MOST_COLUMNS
"""Values of a category that linear rules tell apart."""


@dataclass(frozen=True)
class Preparation:
    """Standardises channels, fills missing values with the training mean and says where it did.

    Attributes:
        mean: Of each channel in the training part, shape (F,).
        scale: Standard deviation of each channel in the training part, 1 where it is 0, shape (F,).
        masked: Channels with missing values in the training part; each gets a mask channel, 1 where missing.
        known: Of each channel that is whole numbers of a category's values those in the training part, the commonest
            first. Its other values, and missing ones, become 0.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    masked: NDArray[np.int64]
    known: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Preparation:
        """What was stored of one as JSON."""
        mean, scale = (np.array(stored[name], dtype=np.float64) for name in ("mean", "scale"))
        known = {int(place): np.array(codes, dtype=np.int64) for place, codes in stored.get("known", {}).items()}
        return cls(mean, scale, np.array(stored["masked"], dtype=np.int64), known)

    @property
    def channels(self) -> int:
        """Input channels after preparation, mask channels included."""
        return len(self.mean) + len(self.masked)

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Prepare ``values``, shape (..., F), to (..., channels); NaN becomes 0, the training mean."""
        prepared = np.empty((*values.shape[:-1], self.channels), np.float32)
        for part in slices(values):
            missing = np.isnan(values[part])
            scaled = np.where(missing, 0.0, (values[part] - self.mean) / self.scale)
            for place, codes in self.known.items():
                scaled[..., place] *= np.isin(scaled[..., place], codes)
            np.concatenate([scaled, missing[..., self.masked]], axis=-1, out=prepared[part], casting="same_kind")
        return prepared

    def numeric(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Prepared inputs, shape (..., C), for linear rules, to which the number of a value says nothing.

        In the place of each channel of such numbers there are channels of 0 and 1, behind all others, for the
        `COMMONEST` values. C may be less than `channels`: the first ones.
        """
        coded = [place for place in self.known if place < x.shape[-1]]
        if not coded:
            return x
        kept = [place for place in range(x.shape[-1]) if place not in coded]
        told = [x[..., [place]] == self.known[place][:COMMONEST] for place in coded]
        return np.concatenate([x[..., kept], *told], axis=-1, dtype=np.float32)


def prepare(
    training: NDArray[np.float64], masked: NDArray[np.int64] | None = None, coded: Sequence[int] = ()
) -> Preparation:
    """Learn a `Preparation` from the training rows, shape (rows, F), NaN where missing.

    Args:
        training: The training rows.
        masked: Channels that get a mask channel; None for those with missing values in ``training``.
        coded: Channels that are whole numbers of a category's values.
    """
    known = sum(
        ((~np.isnan(training[part])).sum(axis=0) for part in slices(training)), np.zeros(training.shape[1], int)
    )
    count = np.maximum(known, 1)  # a channel missing in all of the training part has mean 0
    mean = column_sums(training, lambda rows: np.where(np.isnan(rows), 0.0, rows)) / count
    spread = np.sqrt(column_sums(training, lambda rows: np.where(np.isnan(rows), 0.0, (rows - mean) ** 2)) / count)
    # A channel that hardly moves in training must not be blown up: rounding noise is no signal.
    scale = np.where(spread > 1e-9 * np.maximum(np.abs(mean), 1e-300), spread, 1.0)
    mean[list(coded)], scale[list(coded)] = 0.0, 1.0
    commonest = {place: _commonest_first(training[:, place]) for place in coded}
    return Preparation(mean, scale, np.flatnonzero(known < len(training)) if masked is None else masked, commonest)


def _commonest_first(codes: NDArray[np.float64]) -> NDArray[np.int64]:
    """The numbers of values that occur, the commonest first."""
    found, times = np.unique(codes[codes > UNKNOWN].astype(np.int64), return_counts=True)
    return found[np.argsort(-times, kind="stable")]


def carry_forward(values: NDArray[np.float64], start: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Fill missing values along the first axis with the last seen one, and with ``start`` before the first.

    Only the past is used, so no value of a later row can reach an earlier one.
    """
    seen = ~np.isnan(values)
    if seen.all():
        return values
    row = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
    last = np.maximum.accumulate(np.where(seen, row, -1), axis=0)
    filled = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.where(last < 0, start, filled)
