"""The crossed bootstrap against its closed-form variance, a loop that resamples tables, and its edges."""

import numpy as np
import pytest
from scipy import stats

from gatewise.stats.bootstrap import crossed_bootstrap, resampled_means
from gatewise.stats.reason import Reason


def table(n: int, m: int, *, pairs: float = 1.0, blocks: float = 1.0, rest: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.3 + pairs * rng.normal(size=(n, 1)) + blocks * rng.normal(size=(1, m)) + rest * rng.normal(size=(n, m))


def loop(values: np.ndarray, draws: int) -> np.ndarray:
    """One index at a time: n - 1 rows and m - 1 columns drawn with replacement, the mean of the table they make."""
    rng, (n, m) = np.random.default_rng(1), values.shape
    return np.array(
        [values[np.ix_(rng.integers(n, size=n - 1), rng.integers(m, size=m - 1))].mean() for _ in range(draws)]
    )


@pytest.mark.parametrize(("n", "m"), [(2, 7), (4, 3), (6, 9)])
def test_variance_is_the_closed_form(n: int, m: int) -> None:
    """Sums of squares of rows, columns and rest, by hand; the simulation is right to a percent."""
    values = table(n, m)
    a, b = values.mean(1) - values.mean(), values.mean(0) - values.mean()
    e = values - values.mean() - a[:, None] - b
    expected = (a**2).sum() / (n * (n - 1)) + (b**2).sum() / (m * (m - 1)) + (e**2).sum() / (n * (n - 1) * m * (m - 1))

    found = resampled_means(values, np.random.default_rng(2), 200_000)

    assert found.var() == pytest.approx(expected, rel=0.02)
    assert found.mean() == pytest.approx(values.mean(), abs=5 * np.sqrt(expected / 200_000))


def test_it_is_the_distribution_of_resampled_tables() -> None:
    """Counts give what building every table gives."""
    values = np.exp(table(7, 11, seed=3))

    found = resampled_means(values, np.random.default_rng(4), 4000)

    assert stats.ks_2samp(found, loop(values, 4000)).pvalue > 0.01


def test_interval_cuts_the_same_share_on_both_sides() -> None:
    """The interval lies at the quantiles of the resampled means."""
    values = np.exp(table(12, 30, seed=5))
    drawn = loop(values, 20_000)

    found = crossed_bootstrap(values, 0.9, np.random.default_rng(6), draws=20_000)

    assert (found.estimate, found.level, found.trust) == (pytest.approx(values.mean()), 0.9, ())
    assert np.mean(drawn < found.interval[0]) == pytest.approx(0.05, abs=0.01)
    assert np.mean(drawn > found.interval[1]) == pytest.approx(0.05, abs=0.01)


def test_expected_variance_is_that_of_the_mean() -> None:
    """Averaged over tables, right for rows and columns; drawing n of n rows would give 3/4 of it at four rows."""
    rng, found = np.random.default_rng(7), []
    for seed in range(400):
        found.append(resampled_means(table(4, 6, rest=0.0, seed=seed), rng, 500).var())

    assert np.mean(found) == pytest.approx(1 / 4 + 1 / 6, rel=0.15)


@pytest.mark.parametrize(("n", "expected"), [(5, 0.88), (20, 0.935)])
def test_few_rows_make_it_too_short(n: int, expected: float) -> None:
    """What ``trust`` warns of: a normal quantile where t with n - 1 degrees of freedom would be right."""
    rng, covered = np.random.default_rng(8), 0
    for seed in range(600):
        values = table(n, 2, blocks=0.0, rest=0.0, seed=seed)
        low, high = crossed_bootstrap(values, 0.95, rng, draws=400).interval
        covered += low < 0.3 < high

    assert covered / 600 == pytest.approx(expected, abs=0.04)
    assert 2 * stats.t.cdf(stats.norm.ppf(0.975), n - 1) - 1 == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("values", "level", "reason"),
    [
        (table(1, 30), 0.95, Reason("one-pair")),
        (table(12, 1), 0.95, Reason("one-test-block")),
        (table(7, 30), 0.95, Reason("percentile-of-few-pairs", {"pairs": 7})),
        (table(12, 7), 0.95, Reason("percentile-of-few-test-blocks", {"blocks": 7})),
        (table(20, 40, pairs=0.0, blocks=0.0), 0.95, Reason("unexplained-noise")),
        (table(12, 30), 0.995, Reason("few-draws")),
        (np.full((8, 11), 0.1), 0.95, Reason("no-noise")),
    ],
)
def test_it_says_when_not_to_trust_it(values: np.ndarray, level: float, reason: Reason) -> None:
    """One reason for each weakness, and a finite interval around the mean all the same."""
    found = crossed_bootstrap(values, level, np.random.default_rng(9))

    assert found.trust == (reason,)
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_equal_values_are_a_point() -> None:
    """No rounding passes for noise."""
    found = crossed_bootstrap(np.full((8, 11), 0.1), 0.95, np.random.default_rng(10))

    assert found.interval == (found.estimate, found.estimate)
