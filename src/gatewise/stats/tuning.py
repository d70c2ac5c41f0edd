"""How good the best of k random configurations is, from the scores of n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ExpectedBest:
    """Best score against the number of configurations tried.

    Attributes:
        budgets: Numbers of configurations, 1 ... n.
        estimate: Expected best score at each budget.
        low: Lower end of the range within which one search ends; a property of searching, no error of ``estimate``.
        high: Upper end of that range.
        trust: Why not to trust it.
    """

    budgets: tuple[int, ...]
    estimate: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    trust: tuple[Reason, ...]


def expected_best(scores: NDArray[np.float64], level: float = 0.95) -> ExpectedBest:
    """Expected best of k = 1 ... n configurations drawn independently at random from those with ``scores``.

    E max = Σ v (F(v)ᵏ - F(v⁻)ᵏ) over the distribution F of the n scores. ``low`` and ``high`` are quantiles of the
    same exact distribution Fᵏ, so that one search in ``level`` many ends between them; the standard deviation, which
    the paper draws, would reach beyond the best score there is. F knows no score better than the best of n, so
    large budgets come out too low, as Tang et al. 2020 show (arXiv:2004.13705).
    Source: Dodge, Gururangan, Card, Schwartz and Smith 2019, "Show your work", arXiv:1909.03004, section 3.

    Args:
        scores: Validation score of each configuration, higher is better, all finite, shape (configurations,).
        level: Probability that one search ends between ``low`` and ``high``.
    """
    if not len(scores) or not np.isfinite(scores).all():
        raise ValueError(f"scores are {scores}; they must be finite and at least one: leave out runs that failed")
    n, ordered = len(scores), np.sort(scores)
    budgets = np.arange(1, n + 1)
    below = (np.arange(n + 1) / n) ** budgets[:, None]  # Fᵏ before the first score and at each, shape (budgets, n + 1)
    low, high = (_quantile(below[:, 1:], ordered, (1.0 + side * level) / 2.0) for side in (-1, 1))
    return ExpectedBest(
        budgets=tuple(budgets.tolist()),
        estimate=tuple((np.diff(below, axis=1) @ ordered).tolist()),
        low=low,
        high=high,
        trust=_trust(n),
    )


def _quantile(cumulated: NDArray[np.float64], ordered: NDArray[np.float64], q: float) -> tuple[float, ...]:
    """The smallest score whose cumulated probability reaches ``q``, but for rounding, at each budget."""
    return tuple(ordered[(cumulated < q - 1e-12).sum(axis=1)].tolist())


def _trust(n: int) -> tuple[Reason, ...]:
    if n < 2:
        return (Reason("one-configuration"),)
    return Reason("random-search-only"), Reason("large-budgets-too-low", {"half": n // 2, "configurations": n})
