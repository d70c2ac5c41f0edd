"""The mean difference over redrawn splits, whose training parts overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from gatewise.stats.estimate import NO_NOISE, Estimate, constant
from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 5
"""From fewer differences than these the variance is little better than a guess, though the t quantile is right."""


def corrected_resampled(differences: NDArray[np.float64], test_share: float, level: float) -> Estimate:
    """Estimate the mean of ``differences`` over data like these, the training part redrawn each time.

    Var = s² (1/n + n_test / n_train), with n - 1 degrees of freedom: redrawn training parts overlap, so differences
    are correlated and s²/n is too small. The second term stays however many splits are drawn.

    Only for redrawn splits, cross-validation included. On one fixed split nothing is redrawn, and the term would stand
    for nothing: there `variance.crossed` is right.
    Sources: Nadeau and Bengio 2003, "Inference for the generalization error", Machine Learning 52;
    Benavoli, Corani, Demšar and Zaffalon 2017, "Time for a change", JMLR 18, for the t posterior.

    Args:
        differences: Score of the first cell minus that of the second on each split, shape (splits,).
        test_share: The test part's share of all examples, n_test / (n_test + n_train), above 0 and below 1.
        level: Coverage of the interval.
    """
    if not 0.0 < test_share < 1.0:
        raise ValueError(f"test_share is {test_share}; it must lie between 0 and 1: n_test / (n_test + n_train)")
    n, mean = len(differences), float(differences.mean())
    if constant(differences):
        return Estimate(mean, (mean, mean), level, _trust(n, True))
    scale = differences.std(ddof=1) * np.sqrt(1.0 / n + test_share / (1.0 - test_share))
    half = float(special.stdtrit(n - 1, (1.0 + level) / 2.0) * scale)
    return Estimate(mean, (mean - half, mean + half), level, _trust(n, False))


def _trust(n: int, equal: bool) -> tuple[Reason, ...]:
    reasons = []
    if n < 2:
        reasons.append(Reason("one-split"))
    elif n < FEW:
        reasons.append(Reason("few-splits", {"splits": n}))
    if equal and n > 1:
        reasons.append(NO_NOISE)
    return tuple(reasons)
