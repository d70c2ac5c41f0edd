"""Bounds of a mean that is looked at several times: a t quantile, mended for skewness, rare kinds and hidden noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gatewise.stats.spending import nominal

if TYPE_CHECKING:
    from gatewise.stats.variance import Mean

SPENT, KEPT = 0.90, 0.55
"""Share of the error that a quantile spends, and how much of it few runs or few correlated blocks keep back: for failed
runs that have not happened yet, and for correlation that cannot be seen."""

SKEWED = 1.5
"""The skewness of few values comes out too small, for the rare ones are missing, so it is multiplied by this."""

WIDEST = 1.6
"""Beyond so many times Student's t the mending of skewness adds length and no protection."""


@dataclass(frozen=True)
class Followed:
    """A mean at each look so far, the last one being today's.

    Attributes:
        means: At each look.
        end: Pairs at the planned end.
        final: Whether no look can follow, whatever the estimate is: the planned end, or the end of the budget.
    """

    means: tuple[Mean, ...]
    end: int
    final: bool

    @property
    def now(self) -> Mean:
        """Today's."""
        return self.means[-1]

    def interval(self, error: float) -> tuple[float, float]:
        """Bounds that the mean exceeds with probability ``error`` at most on either side, over all looks."""
        taken, shares = tuple(mean.pairs for mean in self.means), tuple(mean.shrinks for mean in self.means)
        return interval(self.now, nominal(taken, shares, self.end, error, final=self.final), error)

    def p_value(self) -> float:
        """The smallest two-sided error, over all looks, at which the interval leaves 0; 1 where none does."""
        low, high = 0.0, 0.5
        if not _leaves_zero(self.interval(high)):
            return 1.0
        for _ in range(30):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if _leaves_zero(self.interval(middle)) else (middle, high)
        return 2.0 * high


def interval(mean: Mean, tail: float, error: float) -> tuple[float, float]:
    """Bounds of ``mean``; a point where there is neither error nor reach.

    On each side the wider one of Student's t and Hall's for a skewed mean, which is `WIDEST` times t at most; and,
    where scores are bounded, what the kinds of block that so few may not show could add (`gatewise.stats.reach`).
    Source: Hall 1992, "On the removal of skewness by transformation", JRSS B 54, equation (2.3).

    Args:
        mean: What is bounded.
        tail: Error on each side at this look.
        error: Error on each side over all looks.
    """
    t = float(special.stdtrit(mean.freedom, 1.0 - tail * spends(mean)))
    below, above = max(t, _unskewed(mean, t)), max(t, -_unskewed(mean, -t))
    least = mean.reach.missed(error)
    return (
        mean.estimate - max(min(below, WIDEST * t) * mean.standard_error, least),
        mean.estimate + max(min(above, WIDEST * t) * mean.standard_error, least),
    )


def spends(mean: Mean) -> float:
    """Share of the allowed error that the quantile spends; see `SPENT`."""
    return SPENT - KEPT * sum(mean.hidden)


def _unskewed(mean: Mean, t: float) -> float:
    """The studentised mean whose transform, free of skewness, is ``t``; infinite beyond where the transform holds."""
    a = SKEWED * mean.skewness
    if abs(a) < 1e-6:
        return t
    root = 1.0 + a * (t - a / 6.0)
    return float(3.0 / a * (np.cbrt(root) - 1.0)) if root > 0.0 else float(np.copysign(np.inf, t))


def _leaves_zero(bounds: tuple[float, float]) -> bool:
    return bounds[0] > 0.0 or bounds[1] < 0.0
