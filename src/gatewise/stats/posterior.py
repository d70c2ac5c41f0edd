"""How sure one may be of a choice: the posterior of a difference under a weak prior, and what more pairs are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.stats.variance import Mean

PRIOR_FREEDOM, PRIOR_MARGINS = 2.0, 2.0
"""Degrees of freedom of the prior, Student's t about 0, and its scale in margins: differences of a few margins are
common, large ones are not ruled out. A flat prior states the sign with too much confidence."""

SPREAD = np.sinh(np.linspace(-9.0, 9.0, 600))
"""Points of the grid, in scales of the prior about 0 and in standard errors about the estimate: dense in the middle,
and far out as wide as heavy tails are."""


@dataclass(frozen=True)
class Posterior:
    """A difference as it may be: points, ascending, and the probability of each."""

    points: NDArray[np.float64]
    weights: NDArray[np.float64]

    def above(self, bound: float) -> float:
        """Probability that the difference exceeds ``bound``; half where it is exactly that."""
        return float(self.weights @ np.heaviside(self.points - bound, 0.5))

    def losses(self) -> tuple[float, float]:
        """What is lost on average by taking the first arm, and by taking the second: E max(0, -d) and E max(0, d).

        Source: Raiffa and Schlaifer 1961, "Applied statistical decision theory", chapter 5.
        """
        first, second = np.maximum(0.0, -self.points), np.maximum(0.0, self.points)
        return float(self.weights @ first), float(self.weights @ second)


def posterior(mean: Mean, margin: float) -> Posterior:
    """The posterior of a difference: prior t about 0, likelihood t about the estimate.

    Args:
        mean: The difference.
        margin: Differences up to this size are practically nothing; above 0.
    """
    if mean.standard_error == 0.0:
        return Posterior(np.array([mean.estimate]), np.array([1.0]))
    scale = PRIOR_MARGINS * margin
    points = np.unique(np.concatenate([scale * SPREAD, mean.estimate + mean.standard_error * SPREAD]))
    log_density = _student(points / scale, PRIOR_FREEDOM)
    log_density += _student((points - mean.estimate) / mean.standard_error, mean.freedom)
    weights = np.exp(log_density - log_density.max()) * np.gradient(points)
    return Posterior(points, weights / weights.sum())


def _student(z: NDArray[np.float64], freedom: float) -> NDArray[np.float64]:
    """Logarithm of Student's t density but for its constant; normal where the degrees of freedom are infinite."""
    return -0.5 * z * z if np.isinf(freedom) else -0.5 * (freedom + 1.0) * np.log1p(z * z / freedom)


def worth_of_pairs(estimate: float, of_pairs: float) -> float:
    """The most that further pairs can be worth, in skill: they can only change which arm is taken.

    E max over what they may show, less what is taken now: s ψ(|D| / s) with ψ(z) = φ(z) - z (1 - Φ(z)).
    Source: Raiffa and Schlaifer 1961, section 5.4, for a normal prior and perfect information.

    Args:
        estimate: The difference.
        of_pairs: The part of its variance that more pairs shrink.
    """
    s = float(np.sqrt(of_pairs))
    if s == 0.0:
        return 0.0
    z = abs(estimate) / s
    return s * float(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi) - z * special.ndtr(-z))


def retrainings_won(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Share of retrainings that the first arm wins, ties counted half: every fit of one against every fit of the other.

    Source: Mann and Whitney 1947, "On a test of whether one of two random variables is stochastically larger", Annals
    of Mathematical Statistics 18.

    Args:
        first: Score of each of its fits, shape (n,).
        second: Likewise, shape (m,).
    """
    return float(np.heaviside(first[:, None] - second, 0.5).mean())
