"""Bands around forecasts: half as wide as earlier forecasts were off, by horizon step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fewest(level: float) -> int:
    """Fewest forecasts from which a band of this level can be told: 4 for 80 %, 19 for 95 %."""
    return math.ceil(round(level / (1.0 - level), 9))


def half_widths(misses: NDArray[np.float64], level: float) -> NDArray[np.float64] | None:
    """Half the width of a band that holds a new value with probability ``level`` or more, shape (...).

    Of n earlier forecasts the band is as wide as the k-th smallest miss, k = ceil((n + 1) · level): a new miss of the
    same kind is as likely to be the largest of n + 1 as any other. That holds for each horizon step by itself, and
    where misses are exchangeable; of a series they are so in good part only, see docs/bands.md.
    Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, "Distribution-free predictive inference for
    regression", Journal of the American Statistical Association 113; by horizon step Stankevičiūtė, Alaa and van der
    Schaar 2021, "Conformal time-series forecasting", NeurIPS 34.

    Args:
        misses: How far forecasts were off, shape (fits, n, ...): those of several training runs are alike, and count
            as one n, of which each run is a share.
        level: Between 0 and 1.

    Returns:
        None where ``n`` is too small for the level.
    """
    runs, n = misses.shape[:2]
    if n < fewest(level):
        return None
    ordered = np.sort(np.abs(misses).reshape(runs * n, *misses.shape[2:]), axis=0)
    found: NDArray[np.float64] = ordered[math.ceil(round((n + 1) * level, 9)) * runs - 1]
    return found
