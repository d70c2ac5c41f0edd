"""Merging neighbouring test blocks until they can be treated as independent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHITE = 0.1
"""A correlation of neighbouring blocks up to this counts as none."""

SPAN = 3.0
"""A merged block spans this many correlation times, so that little correlation with its neighbours is left."""

TOLD = 10
"""With fewer blocks than this, correlation that is left after merging cannot be told from noise."""


def correlation_time(series: NDArray[np.float64]) -> float:
    """Integrated correlation time 1/2 + Σ ρₖ, in steps of ``series``; 1/2 for white noise.

    The larger of two estimates: that of a first-order autoregression, (1 + ρ) / (2 (1 - ρ)), which sees a short memory
    in few values, with ρ corrected for its bias; and the sum over lags while ρₖ exceeds two standard errors of a white
    series, which sees a long one. A corrected ρ up to `WHITE` counts as none.
    Sources: Sokal 1997, "Monte Carlo methods in statistical mechanics", section 3; Kendall 1954, "Note on bias in the
    estimation of autocorrelation", Biometrika 41.
    """
    m = len(series)
    centred = series - series.mean()
    power = float(centred @ centred)
    if m < 4 or power == 0.0:
        return 0.5

    def rho(lag: int) -> float:
        return float(centred[:-lag] @ centred[lag:]) / power

    first = min(0.95, rho(1) + (1.0 + 3.0 * rho(1)) / m)
    # Lags are worked out as far as they count: all of them take the square of the blocks.
    summed = 0.5 + sum(itertools.takewhile(lambda r: r > 2.0 / np.sqrt(m), map(rho, range(1, m // 2))))
    return max(summed, (1.0 + first) / (2.0 * (1.0 - first))) if first > WHITE else summed


def merging(series: NDArray[np.float64]) -> int:
    """How many neighbouring blocks to merge into one until they can be treated as independent; 1 for none.

    A block has to span `SPAN` correlation times; merged blocks are checked again, and merged in twos while they are
    still correlated. That may leave too few blocks to judge by. It has to: correlated blocks that are taken for
    independent ones make wrong verdicts (`benchmarks/verdicts/calibration.py`, rows of correlated blocks).
    """
    group = _needed(series)
    while group > 1 and len(series) // group >= TOLD and _needed(_means(series, group)) > 1:
        group *= 2
    return min(group, len(series))


def grouping(series: NDArray[np.float64], fewest: int) -> tuple[int, int]:
    """How many neighbouring blocks to merge, leaving at least ``fewest``, and how many are independent by `merging`.

    Args:
        series: Difference of each block, averaged over pairs, shape (blocks,).
        fewest: Blocks that are left however correlated they are, so that there is an interval to show.
    """
    needed = merging(series)
    return max(1, min(needed, len(series) // fewest)), len(series) // needed


def _needed(series: NDArray[np.float64]) -> int:
    """Blocks that span the correlation time; 1 where no correlation is seen."""
    time = correlation_time(series)
    return 1 if time <= 0.5 else int(np.ceil(SPAN * time))


def _means(series: NDArray[np.float64], group: int) -> NDArray[np.float64]:
    return merge(series, group) / merge(np.ones_like(series), group)


def merge(table: NDArray[np.float64], group: int) -> NDArray[np.float64]:
    """Sum ``group`` neighbouring blocks along the last axis; what is left over joins the last group."""
    blocks = table.shape[-1] // group
    starts = np.arange(max(blocks, 1)) * group
    return np.add.reduceat(table, starts, axis=-1)
