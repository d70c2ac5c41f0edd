"""Joining neighbouring test blocks until they can be treated as independent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 5
"""Blocks are never joined below this number: a variance from fewer is no better than a guess."""


def correlation_time(series: NDArray[np.float64]) -> float:
    """Integrated correlation time 1/2 + Σ ρₖ, in steps of ``series``; 1/2 for white noise.

    The sum runs while ρₖ exceeds two standard errors of a white series, 2 / sqrt(m).
    Source: Sokal 1997, "Monte Carlo methods in statistical mechanics", section 3.
    """
    m = len(series)
    centred = series - series.mean()
    power = float(centred @ centred)
    if m < 4 or power == 0.0:
        return 0.5
    time = 0.5
    for lag in range(1, m // 2):
        rho = float(centred[:-lag] @ centred[lag:]) / power
        if rho <= 2.0 / np.sqrt(m):
            break
        time += rho
    return time


def merging(series: NDArray[np.float64]) -> int:
    """How many neighbouring blocks to join so that a block spans twice the correlation time; 1 for none."""
    return max(1, min(int(np.ceil(2.0 * correlation_time(series))), len(series) // FEWEST))


def merge(table: NDArray[np.float64], group: int) -> NDArray[np.float64]:
    """Sum ``group`` neighbouring blocks along the last axis; what is left over joins the last group."""
    blocks = table.shape[-1] // group
    starts = np.arange(max(blocks, 1)) * group
    return np.add.reduceat(table, starts, axis=-1)
