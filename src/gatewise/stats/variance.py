"""The mean of a table with two crossed sources of noise: training runs (rows) and test blocks (columns)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Crossed:
    """Mean of a (pairs, blocks) table and what is known about it.

    Attributes:
        estimate: The grand mean.
        standard_error: Of the mean, both sources counted.
        degrees_of_freedom: Satterthwaite's, at least 1.
        pairs_part: Standard error from the pairs alone; more pairs shrink it.
        blocks_part: Standard error that infinitely many pairs would leave; only more test data shrink it.
        trust: Why not to trust the interval, one sentence each; empty when nothing is known against it.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    pairs_part: float
    blocks_part: float
    trust: tuple[str, ...]

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided t interval with coverage ``level``; a point when the standard error is 0."""
        half = self.critical(level) * self.standard_error
        return self.estimate - half, self.estimate + half

    def critical(self, level: float) -> float:
        """The t quantile that a two-sided interval of coverage ``level`` extends, in standard errors."""
        return float(stats.t.ppf((1.0 + level) / 2.0, self.degrees_of_freedom))

    def probability_above(self, bound: float) -> float:
        """Posterior probability that the mean exceeds ``bound`` (t posterior, flat prior)."""
        if self.standard_error == 0.0:
            return float("nan")
        return float(stats.t.sf((bound - self.estimate) / self.standard_error, self.degrees_of_freedom))


def crossed(table: NDArray[np.float64]) -> Crossed:
    """Estimate the mean of ``table``, shape (pairs, blocks), and its standard error.

    Var = var(pair means) / pairs + var(block means) / blocks. It counts the interaction twice, so it is never too
    small in expectation and never negative; the degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2).
    One row or one column leaves its source unknown: that part is taken as 0 and ``trust`` says so.
    """
    n, m = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    parts = [_mean_variance(rows), _mean_variance(columns)]
    variance = sum(parts)
    shares = sum(p * p / (k - 1) for p, k in zip(parts, (n, m), strict=True) if k > 1)
    freedom = max(1.0, variance * variance / shares) if shares > 0 else 1.0
    interaction = _interaction(table)
    return Crossed(
        estimate=float(table.mean()),
        standard_error=float(np.sqrt(variance)),
        degrees_of_freedom=float(freedom),
        pairs_part=float(np.sqrt(max(0.0, parts[0] - interaction / (n * m)))),
        blocks_part=float(np.sqrt(max(0.0, parts[1] - interaction / (n * m)))),
        trust=_trust(n, m),
    )


def _mean_variance(values: NDArray[np.float64]) -> float:
    """Variance of the mean of independent values; 0 when there is only one."""
    spread = float(np.ptp(values))
    # Equal values must give exactly 0: rounding in the mean would otherwise pass for evidence.
    if len(values) < 2 or spread <= 1e-12 * float(np.abs(values).max()):
        return 0.0
    return float(values.var(ddof=1) / len(values))


def _interaction(table: NDArray[np.float64]) -> float:
    """Mean square of what neither rows nor columns explain."""
    n, m = table.shape
    if n < 2 or m < 2:
        return 0.0
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    return float((rest**2).sum() / ((n - 1) * (m - 1)))


def _trust(n: int, m: int) -> tuple[str, ...]:
    reasons = []
    if n < 2:
        reasons.append("one pair says nothing about how training runs vary")
    if m < 2:
        reasons.append("one test block says nothing about how test data vary")
    elif m < 20:
        reasons.append(f"only {m} test blocks: the interval is approximate")
    return tuple(reasons)
