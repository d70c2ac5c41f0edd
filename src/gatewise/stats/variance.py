"""The mean of a table with two crossed sources of noise: training runs (rows) and test blocks (columns)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

SKEW_SEEN = 2.0
"""The skewness of few values comes out too small, for the rare ones are missing: of 8 from an exponential
distribution, whose skewness is 2, it is 1.0 in the median. So it is multiplied by this."""

SPENT = 0.5
"""Share of the error allowed to an interval that its quantile spends. The rest is held back for what few values cannot
show: failed runs that have not happened yet, skewness that hides. `benchmarks/verdicts/calibration.py` measures what is
left."""

TABLES = 5
"""All pairs choose their configurations from one tuning table and share its luck, so they count as this many
independent tables, however many pairs there are. `benchmarks/verdicts/calibration.py` holds it against simulated
tables."""


@dataclass(frozen=True)
class Crossed:
    """Mean of a (pairs, blocks) table and what is known about it.

    Attributes:
        estimate: The grand mean.
        standard_error: Of the mean, all sources counted.
        degrees_of_freedom: Satterthwaite's, at least 1.
        skewness: Of the mean, as few values show it: its third central moment over the standard error cubed.
        pairs_part: Standard error from the pairs alone; more pairs shrink it.
        blocks_part: Standard error that infinitely many pairs would leave; only more test data shrink it.
        choices_part: Standard error from the one tuning table behind all choices; neither shrinks it.
        pairs: Pairs in the table.
        blocks: Blocks that can be treated as independent.
        reach: The largest size of a single value, where values are bounded; else 0.
        trust: Why not to trust the interval; empty when nothing is known against it.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    skewness: float
    pairs_part: float
    blocks_part: float
    choices_part: float
    pairs: int
    blocks: int
    reach: float
    trust: tuple[Reason, ...]

    def interval(self, level: float) -> tuple[float, float]:
        """Two-sided interval that covers with ``level`` or more; a point when there is neither error nor reach.

        On each side the widest of three: Student's t; Hall's for a skewed mean, for t falls short where a few runs or
        blocks lie far out on one side; and, where scores are bounded, what the kinds of block that so few may not show
        could add.
        Source: Hall 1992, "On the removal of skewness by transformation", JRSS B 54, equation (2.3).
        """
        t = self.critical(level)
        below, above = max(t, self._unskewed(t)), max(t, -self._unskewed(-t))
        least = self._unseen(level)
        return (
            self.estimate - max(below * self.standard_error, least),
            self.estimate + max(above * self.standard_error, least),
        )

    def without_pairs(self, level: float) -> tuple[float, float]:
        """The interval that infinitely many pairs would leave at today's estimate."""
        t = float(special.stdtrit(max(1, self.blocks - 1), 1.0 - tail(level)))
        half = max(t * math.hypot(self.blocks_part, self.choices_part), self._unseen(level))
        return self.estimate - half, self.estimate + half

    def _unseen(self, level: float) -> float:
        """What blocks of a kind that none of these is could add, at most: the rule of three.

        A kind that makes a share p of all blocks is missing among m of them with probability (1 - p)ᵐ.
        Source: Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?", JAMA 249.
        """
        return self.reach * (1.0 - float(tail(level) ** (1.0 / max(1, self.blocks))))

    def critical(self, level: float) -> float:
        """The t quantile that a two-sided interval of coverage ``level`` extends, in standard errors; see `SPENT`."""
        return float(special.stdtrit(self.degrees_of_freedom, 1.0 - tail(level)))

    def _unskewed(self, t: float) -> float:
        """The studentised mean whose transform, free of skewness, is ``t``."""
        a = SKEW_SEEN * self.skewness
        if abs(a) < 1e-6:
            return t
        return float(3.0 / a * (np.cbrt(1.0 + a * (t - a / 6.0)) - 1.0))

    def probability_above(self, bound: float) -> float:
        """Posterior probability that the mean exceeds ``bound`` (t posterior, flat prior)."""
        if self.standard_error == 0.0:
            return float("nan")
        t = (self.estimate - bound) / self.standard_error
        return float(special.stdtr(self.degrees_of_freedom, t))


def tail(level: float) -> float:
    """Nominal error on each side of a two-sided interval of coverage ``level``; see `SPENT`."""
    return SPENT * (1.0 - level) / 2.0


def crossed(
    table: NDArray[np.float64], choices: float = 0.0, *, reach: float = 0.0, independent: int | None = None
) -> Crossed:
    """Estimate the mean of ``table``, shape (pairs, blocks), and its standard error.

    Var = var(pair means) / pairs + var(block means) / blocks + choices / `TABLES`. It counts the interaction twice,
    so it is never too small in expectation and never negative; the degrees of freedom are Satterthwaite's (1946,
    Biometrics Bulletin 2). One row or one column leaves its source unknown: that part is taken as 0 and ``trust``
    says so.

    Args:
        table: Shape (pairs, blocks).
        choices: Variance between the configurations that pairs chose (`choice_variance`).
        reach: The largest size of a single value, where that is known: 1 for differences in accuracy; else 0.
        independent: Blocks that can be treated as independent, where these are not all.
    """
    n, m = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    parts = (_mean_variance(rows), n), (_mean_variance(columns), m), (choices / TABLES, n)
    variance = sum(part for part, _ in parts)
    shares = sum(part * part / (k - 1) for part, k in parts if k > 1)
    interaction = _interaction(table) / (n * m)
    return Crossed(
        estimate=float(table.mean()),
        standard_error=float(np.sqrt(variance)),
        degrees_of_freedom=float(max(1.0, variance * variance / shares)) if shares > 0 else 1.0,
        skewness=(_mean_skew(rows) + _mean_skew(columns)) / variance**1.5 if variance > 0 else 0.0,
        pairs_part=float(np.sqrt(max(0.0, parts[0][0] - interaction))),
        blocks_part=float(np.sqrt(max(0.0, parts[1][0] - interaction))),
        choices_part=float(np.sqrt(choices / TABLES)),
        pairs=n,
        blocks=m if independent is None else independent,
        reach=reach,
        trust=_trust(n, m),
    )


def choice_variance(values: NDArray[np.float64], chosen: NDArray[np.int64]) -> float:
    """Variance of ``values`` that comes from which configuration was chosen, not from noise within one.

    Between-group sum of squares less what noise within the groups adds to it, over the degrees of freedom; with every
    choice made once the two cannot be told apart and all counts as the choices'.

    Args:
        values: A score of each pair, shape (pairs,).
        chosen: The number of the configuration each pair chose, shape (pairs,).
    """
    _, group, count = np.unique(chosen, return_inverse=True, return_counts=True)
    n, groups = len(values), len(count)
    if groups < 2:
        return 0.0
    means = np.bincount(group, values) / count
    within = float(((values - means[group]) ** 2).sum())
    noise = within / (n - groups) if n > groups else 0.0
    between = float((count * (means - values.mean()) ** 2).sum())
    return max(0.0, (between - (groups - 1) * noise) / (n - 1))


def _mean_variance(values: NDArray[np.float64]) -> float:
    """Variance of the mean of independent values; 0 when there is only one."""
    spread = float(np.ptp(values))
    # Equal values must give exactly 0: rounding in the mean would otherwise pass for evidence.
    if len(values) < 2 or spread <= 1e-12 * float(np.abs(values).max()):
        return 0.0
    return float(values.var(ddof=1) / len(values))


def _mean_skew(values: NDArray[np.float64]) -> float:
    """Third central moment of the mean of independent values, unbiased; 0 where there are too few to see it."""
    n = len(values)
    if n < 3:
        return 0.0
    third = float(((values - values.mean()) ** 3).sum()) * n / ((n - 1) * (n - 2))
    return third / n**2


def _interaction(table: NDArray[np.float64]) -> float:
    """Mean square of what neither rows nor columns explain."""
    n, m = table.shape
    if n < 2 or m < 2:
        return 0.0
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    return float((rest**2).sum() / ((n - 1) * (m - 1)))


def _trust(n: int, m: int) -> tuple[Reason, ...]:
    reasons = []
    if n < 2:
        reasons.append(Reason("one-pair"))
    if m < 2:
        reasons.append(Reason("one-test-block"))
    elif m < 20:
        reasons.append(Reason("few-test-blocks", {"blocks": m}))
    return tuple(reasons)
