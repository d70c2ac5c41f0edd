"""Which cell is better over several data sets: the Bayesian signed-rank test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRIOR_STRENGTH = 0.5
"""Weight of the one pseudo-observation at 0, in data sets."""

FEW = 6
"""Below six data sets not even a unanimous signed-rank test reaches 0.05: 2 / 2⁵ is 0.06."""


@dataclass(frozen=True)
class SignedRank:
    """Posterior probabilities, which add up to 1.

    Attributes:
        second_better: That the second cell is more often better, by more than the margin.
        equal: That they are more often within the margin.
        first_better: That the first cell is more often better, by more than the margin.
        trust: Why not to trust them; empty when nothing is known against them.
    """

    second_better: float
    equal: float
    first_better: float
    trust: tuple[Reason, ...]


def bayesian_signed_rank(
    differences: NDArray[np.float64], margin: float, rng: np.random.Generator, draws: int = 50_000
) -> SignedRank:
    """Compare two cells over data sets.

    The differences z have a Dirichlet process prior: z₀ = 0 with weight s, the data sets with weight 1 each. In every
    draw w of the weights, θ is how often the mean of two differences lies left of, inside and right of the margin,

        θ_right = Σᵢⱼ wᵢ wⱼ 1(zᵢ + zⱼ > 2 margin), half where equal,  and so on,

    and a probability is the share of draws in which that θ is the largest; ties share a draw.
    Sources: Benavoli, Mangili, Corani, Zaffalon and Ruggeri 2014, "A Bayesian Wilcoxon signed-rank test based on the
    Dirichlet process", ICML; Benavoli, Corani, Demšar and Zaffalon 2017, "Time for a change", JMLR 18.

    Args:
        differences: Score of the first cell minus that of the second on each data set, shape (data sets,).
        margin: Differences up to this size are practically nothing; not negative.
        rng: Source of the draws.
        draws: How many; at 50 000 the probabilities are right to 0.005.
    """
    if not len(differences):
        raise ValueError("differences are empty; with no data set the prior alone would answer")
    z = np.concatenate(([0.0], differences))
    weights = rng.dirichlet(np.concatenate(([PRIOR_STRENGTH], np.ones(len(differences)))), size=draws)
    sums = z[:, None] + z
    left, right = (((weights @ _above(side * sums, 2.0 * margin)) * weights).sum(axis=1) for side in (-1, 1))
    theta = np.stack([left, 1.0 - left - right, right])
    largest = theta == theta.max(axis=0)
    second, equal, first = (largest / largest.sum(axis=0)).mean(axis=1).tolist()
    return SignedRank(second, equal, first, _trust(len(differences)))


def _above(values: NDArray[np.float64], bound: float) -> NDArray[np.float64]:
    """1 above ``bound``, 1/2 at it, 0 below."""
    return np.heaviside(values - bound, 0.5)


def _trust(n: int) -> tuple[Reason, ...]:
    return (Reason("few-data-sets", {"sets": n}),) if n < FEW else ()
