"""The posterior against numerical integration, and what pairs are worth against its integral."""

import numpy as np
import pytest
from scipy import integrate, stats

from gatewise.stats.posterior import posterior, retrainings_won, worth_of_pairs
from gatewise.stats.reach import UNBOUNDED
from gatewise.stats.variance import Mean

MARGIN = 0.01


def mean(estimate: float, error: float, freedom: float) -> Mean:
    """A difference."""
    return Mean(estimate, error, freedom, 0.0, 0.5, (0.0, 0.0), 12, 40, 40.0, UNBOUNDED)


@pytest.mark.parametrize(
    ("estimate", "error", "freedom"), [(0.004, 0.006, 7.3), (-0.08, 0.02, 3.0), (0.3, 0.001, 40.0)]
)
def test_it_is_prior_times_likelihood(estimate: float, error: float, freedom: float) -> None:
    """Student's t with two degrees of freedom and a scale of two margins, times that of the estimate."""
    d = np.linspace(-2.0, 2.0, 400_001)
    density = stats.t.pdf(d / 0.02, 2) * stats.t.pdf((estimate - d) / error, freedom)
    density /= density.sum()
    found = posterior(mean(estimate, error, freedom), MARGIN)

    for bound in (0.0, MARGIN, -MARGIN):
        assert found.above(bound) == pytest.approx(density @ (d > bound), abs=0.015)
    assert found.losses() == pytest.approx((density @ np.maximum(0.0, -d), density @ np.maximum(0.0, d)), abs=2e-5)


def test_the_prior_holds_back_the_sign() -> None:
    """Two standard errors of noise as large as the margin: a flat prior would say 97 %."""
    assert 0.85 < posterior(mean(0.02, 0.01, 20.0), MARGIN).above(0.0) < stats.t.cdf(2.0, 20.0)


def test_without_noise_it_is_the_estimate() -> None:
    """Half of it above itself: ties favour neither."""
    assert posterior(mean(0.0, 0.0, 1.0), MARGIN).above(0.0) == 0.5
    assert posterior(mean(0.03, 0.0, 1.0), MARGIN).losses() == (0.0, 0.03)


def test_pairs_are_worth_what_a_change_of_mind_gains() -> None:
    """E max(0, -d) for d about the estimate."""
    expected = integrate.quad(lambda d: max(0.0, -d) * stats.norm.pdf(d, 0.01, 0.02), -0.3, 0.3, points=[0.0])[0]

    assert worth_of_pairs(0.01, 0.02**2) == pytest.approx(expected, rel=1e-6)
    assert worth_of_pairs(-0.01, 0.02**2) == worth_of_pairs(0.01, 0.02**2)
    assert worth_of_pairs(0.01, 0.0) == 0.0


def test_retrainings_won_are_counted_over_all_fits() -> None:
    """By hand: 3 against 1 and 2 wins twice; 2 against 1 wins, against 2 ties."""
    assert retrainings_won(np.array([3.0, 2.0]), np.array([1.0, 2.0])) == pytest.approx(3.5 / 4)
