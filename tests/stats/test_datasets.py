"""The Bayesian signed-rank test against baycomp, a closed form, and its edges."""

import numpy as np
import pytest
from baycomp import SignedRankTest

from gatewise.stats.datasets import bayesian_signed_rank
from gatewise.stats.reason import Reason

DRAWS = 20_000


@pytest.mark.parametrize(
    ("differences", "margin"),
    [
        ([0.012, -0.004, 0.03, 0.001, -0.02, 0.015, 0.008], 0.01),
        ([0.012, -0.004, 0.03, 0.001, -0.02, 0.015, 0.008], 0.0),
        ([-0.25, 0.25, -0.5, 0.0, -0.25, 0.125], 0.25),
        ([-0.25, 0.25, -0.5, 0.0, -0.25, 0.125], 0.0),
        ([0.02, -0.05, 0.01], 0.01),
    ],
)
def test_it_agrees_with_baycomp(differences: list[float], margin: float) -> None:
    """Within five standard errors of two simulations, sums that lie exactly on the margin included."""
    d = np.array(differences)
    second, equal, first = SignedRankTest(np.zeros(len(d)), d, margin, nsamples=DRAWS, random_state=1).probs()

    found = bayesian_signed_rank(d, margin, np.random.default_rng(2), draws=DRAWS)

    error = 5 * np.sqrt(2 * 0.25 / DRAWS)
    assert (found.second_better, found.equal, found.first_better) == pytest.approx((second, equal, first), abs=error)
    assert found.second_better + found.equal + found.first_better == pytest.approx(1.0)


def test_one_data_set_in_closed_form() -> None:
    """The prior's weight is Beta(1/2, 1), and the first cell leads while its square is below 1/2: 2^(-1/4)."""
    found = bayesian_signed_rank(np.array([1.0]), 0.1, np.random.default_rng(3), draws=100_000)

    assert found.first_better == pytest.approx(2**-0.25, abs=0.006)
    assert found.second_better == 0.0


def test_exchanging_the_cells_exchanges_the_answers() -> None:
    """The same draws, mirrored."""
    d = np.random.default_rng(4).normal(0.01, 0.02, size=9)
    one, other = (bayesian_signed_rank(side * d, 0.01, np.random.default_rng(5), draws=2000) for side in (1, -1))

    assert (one.first_better, one.equal, one.second_better) == (other.second_better, other.equal, other.first_better)
    assert one.first_better > one.second_better


def test_ties_everywhere() -> None:
    """Equal within any margin; without one, no cell is favoured."""
    within = bayesian_signed_rank(np.zeros(8), 0.01, np.random.default_rng(6), draws=100)
    without = bayesian_signed_rank(np.zeros(8), 0.0, np.random.default_rng(6), draws=100)

    assert within.equal == 1.0
    assert (without.second_better, without.equal, without.first_better) == (0.5, 0.0, 0.5)


def test_it_says_when_not_to_trust_it() -> None:
    """Five data sets are too few, six are not; none is a mistake."""
    five, six = (bayesian_signed_rank(np.ones(n), 0.1, np.random.default_rng(7), draws=100).trust for n in (5, 6))

    assert (five, six) == ((Reason("few-data-sets", {"sets": 5}),), ())
    with pytest.raises(ValueError, match="differences are empty"):
        bayesian_signed_rank(np.array([]), 0.1, np.random.default_rng(7))
