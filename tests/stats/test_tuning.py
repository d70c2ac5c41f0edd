"""Expected best score against all searches written out, a closed form, and its edges."""

import itertools

import numpy as np
import pytest

from gatewise.stats.reason import Reason
from gatewise.stats.tuning import expected_best


@pytest.mark.parametrize("level", [0.8, 0.6])  # with five scores, 0.6 cuts exactly at steps of F
@pytest.mark.parametrize("scores", [[0.3, 0.9, -0.2, 0.5, 0.7], [0.4, 0.8, 0.4, 0.8, 0.1], [0.1] * 4])
def test_it_is_the_mean_over_all_searches(scores: list[float], level: float) -> None:
    """Every k-tuple of configurations with replacement: mean and quantiles of its best, ties included."""
    found = expected_best(np.array(scores), level=level)

    assert found.budgets == tuple(range(1, len(scores) + 1))
    for k, estimate, low, high in zip(found.budgets, found.estimate, found.low, found.high, strict=True):
        best = [max(search) for search in itertools.product(scores, repeat=k)]
        assert estimate == pytest.approx(np.mean(best), rel=1e-12)
        assert [low, high] == np.quantile(best, [0.5 - level / 2, 0.5 + level / 2], method="inverted_cdf").tolist()


def test_large_searches_of_even_scores() -> None:
    """The best of k uniform values is k / (k + 1) on average; the default range holds 95 searches in 100."""
    found = expected_best((np.arange(2000) + 0.5) / 2000)
    k = np.array([1, 2, 5, 20])

    assert np.array(found.estimate)[k - 1] == pytest.approx(k / (k + 1), abs=0.001)
    assert np.array(found.low)[k - 1] == pytest.approx(0.025 ** (1 / k), abs=0.001)
    assert np.array(found.high)[k - 1] == pytest.approx(0.975 ** (1 / k), abs=0.001)


def test_order_does_not_matter_and_more_is_better() -> None:
    """A list of independent configurations has no order; no budget exceeds the best score there is."""
    scores = np.random.default_rng(0).normal(size=40)
    found = expected_best(scores)

    assert found == expected_best(scores[::-1])
    assert found.estimate[0] == pytest.approx(scores.mean())
    assert (np.diff(found.estimate) > 0).all()
    assert found.estimate[-1] < found.high[-1] == scores.max()


def test_it_says_when_not_to_trust_it() -> None:
    """Beyond half the list, and for lists that were not drawn at random."""
    trust = expected_best(np.arange(9.0)).trust

    assert trust == (Reason("random-search-only"), Reason("large-budgets-too-low", {"half": 4, "configurations": 9}))
    assert expected_best(np.array([0.5])).trust == (Reason("one-configuration"),)


@pytest.mark.parametrize("scores", [[], [0.1, float("nan")], [0.1, -float("inf")]])
def test_scores_are_numbers(scores: list[float]) -> None:
    """A failed run has no score; the message says what to do."""
    with pytest.raises(ValueError, match="must be finite and at least one: leave out runs that failed"):
        expected_best(np.array(scores))
