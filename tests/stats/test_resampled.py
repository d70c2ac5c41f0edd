"""The corrected resampled interval against baycomp, a simulation of correlated splits, and its edges."""

import numpy as np
import pytest
from baycomp import CorrelatedTTest

from gatewise.stats.reason import Reason
from gatewise.stats.resampled import corrected_resampled


@pytest.mark.parametrize(("runs", "folds", "level"), [(3, 5, 0.95), (1, 10, 0.9), (4, 2, 0.99)])
def test_baycomp_puts_the_same_probability_beyond_either_end(runs: int, folds: int, level: float) -> None:
    """Posterior of repeated cross-validation, moved so that the end of the interval is at 0."""
    differences = 0.02 + 0.05 * np.random.default_rng(folds).normal(size=runs * folds)

    found = corrected_resampled(differences, 1 / folds, level)
    below, above = (CorrelatedTTest.probs(np.full(runs * folds, end), differences, runs=runs) for end in found.interval)

    assert found.estimate == pytest.approx(differences.mean(), rel=1e-12)
    assert below[0] == pytest.approx((1 - level) / 2, rel=1e-9)
    assert above[1] == pytest.approx((1 - level) / 2, rel=1e-9)
    assert (found.level, found.trust) == (level, ())


def test_intervals_cover_with_correlated_splits() -> None:
    """With the correlation that the correction assumes, the test share, coverage is exact."""
    rng, covered, share = np.random.default_rng(0), 0, 0.2
    for _ in range(2000):
        d = np.sqrt(share) * rng.normal() + np.sqrt(1 - share) * rng.normal(size=15)
        low, high = corrected_resampled(d, share, 0.9).interval
        covered += low < 0 < high

    assert covered / 2000 == pytest.approx(0.9, abs=3 * np.sqrt(0.9 * 0.1 / 2000))


@pytest.mark.parametrize("share", [-0.1, 0.0, 1.0, 5.0, float("nan")])
def test_a_share_is_between_nothing_and_all(share: float) -> None:
    """The message says what came, what is wanted, and how to compute it."""
    with pytest.raises(ValueError, match=rf"test_share is {share}; .* n_test / \(n_test \+ n_train\)"):
        corrected_resampled(np.arange(10.0), share, 0.95)


@pytest.mark.parametrize(
    ("differences", "reason"),
    [
        (np.array([0.1]), Reason("one-split")),
        (np.array([0.1, 0.2, 0.3, 0.1]), Reason("few-splits", {"splits": 4})),
        (np.full(10, 0.1), Reason("no-noise")),
    ],
)
def test_it_says_when_not_to_trust_it(differences: np.ndarray, reason: Reason) -> None:
    """One reason for each weakness; without a spread the interval is a point."""
    found = corrected_resampled(differences, 0.2, 0.95)

    assert found.trust == (reason,)
    assert (found.interval[0] == found.interval[1]) == (np.ptp(differences) == 0)
    assert np.isfinite(found.interval).all()
