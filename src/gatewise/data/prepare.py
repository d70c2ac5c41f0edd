"""What is learned from the training part before any cell sees it: scale, imputation, mask channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.slices import column_sums, slices

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Preparation:
    """Standardises channels, fills missing values with the training mean and says where it did.

    Attributes:
        mean: Of each channel in the training part, shape (F,).
        scale: Standard deviation of each channel in the training part, 1 where it is 0, shape (F,).
        masked: Channels with missing values in the training part; each gets a mask channel, 1 where missing.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    masked: NDArray[np.int64]

    @classmethod
    def of(cls, stored: dict[str, list[float]]) -> Preparation:
        """What was stored of one as JSON."""
        mean, scale = (np.array(stored[name], dtype=np.float64) for name in ("mean", "scale"))
        return cls(mean, scale, np.array(stored["masked"], dtype=np.int64))

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
            np.concatenate([scaled, missing[..., self.masked]], axis=-1, out=prepared[part], casting="same_kind")
        return prepared


def prepare(training: NDArray[np.float64], masked: NDArray[np.int64] | None = None) -> Preparation:
    """Learn a `Preparation` from the training rows, shape (rows, F), NaN where missing.

    Args:
        training: The training rows.
        masked: Channels that get a mask channel; None for those with missing values in ``training``.
    """
    known = sum(
        ((~np.isnan(training[part])).sum(axis=0) for part in slices(training)), np.zeros(training.shape[1], int)
    )
    count = np.maximum(known, 1)  # a channel missing in all of the training part has mean 0
    mean = column_sums(training, lambda rows: np.where(np.isnan(rows), 0.0, rows)) / count
    spread = np.sqrt(column_sums(training, lambda rows: np.where(np.isnan(rows), 0.0, (rows - mean) ** 2)) / count)
    # A channel that hardly moves in training must not be blown up: rounding noise is no signal.
    scale = np.where(spread > 1e-9 * np.maximum(np.abs(mean), 1e-300), spread, 1.0)
    return Preparation(mean, scale, np.flatnonzero(known < len(training)) if masked is None else masked)


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
