"""The Diebold-Mariano test against statsmodels, the t test, a simulation, and its edges."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from gatewise.stats.forecasts import diebold_mariano
from gatewise.stats.reason import Reason


def overlapping(n: int, horizon: int, seed: int) -> np.ndarray:
    """Sums of ``horizon`` shocks, as errors of forecasts that far ahead are."""
    return 0.5 + np.convolve(np.random.default_rng(seed).normal(size=n + horizon - 1), np.ones(horizon), "valid")


@pytest.mark.parametrize("horizon", [1, 2, 4, 7])
def test_long_run_variance_is_that_of_statsmodels(horizon: int) -> None:
    """A regression on a constant with uniform HAC weights, then the small-sample factor and t by hand."""
    n, h = 90, horizon
    d = overlapping(n, h, seed=1)
    fit = sm.OLS(d, np.ones(n)).fit(
        cov_type="HAC", cov_kwds={"maxlags": h - 1, "kernel": "uniform", "use_correction": False}
    )
    statistic = fit.tvalues[0] * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)

    found = diebold_mariano(d, h)

    assert found.estimate == pytest.approx(fit.params[0], rel=1e-12)
    assert found.statistic == pytest.approx(statistic, rel=1e-9)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(statistic), n - 1), rel=1e-9)
    assert found.trust == ()


def test_one_step_ahead_it_is_the_t_test() -> None:
    """Statistic, p value and interval of scipy's one-sample t test."""
    d = overlapping(25, 1, seed=2)
    expected = stats.ttest_1samp(d, 0.0)

    found = diebold_mariano(d, 1)

    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-9)
    assert found.interval_95 == pytest.approx(tuple(expected.confidence_interval(0.95)), rel=1e-9)


def test_interval_is_what_is_not_rejected() -> None:
    """At its ends the p value is 0.05."""
    d = overlapping(60, 3, seed=3)

    for end in diebold_mariano(d, 3).interval_95:
        assert diebold_mariano(d - end, 3).p_value == pytest.approx(0.05, rel=1e-9)


def test_small_sample_factor_undoes_the_bias() -> None:
    """On white noise the corrected variance of the mean is 1/n on average, where the plain one is a sixth less."""
    rng, n, horizon = np.random.default_rng(4), 40, 4
    found = [diebold_mariano(row, horizon) for row in rng.normal(size=(4000, n))]

    assert np.mean([(f.estimate / f.statistic) ** 2 for f in found]) * n == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("horizon", [2, 40, 41, 500])
def test_without_a_positive_variance_origins_count_as_independent(horizon: int) -> None:
    """As at a horizon of one, factor included; the sum of all autocovariances of any series is 0."""
    d = 0.1 + (-1.0) ** np.arange(40) + 0.1 * np.random.default_rng(5).normal(size=40)
    found, plain = diebold_mariano(d, horizon), diebold_mariano(d, 1)

    assert (found.statistic, found.p_value, found.interval_95) == (plain.statistic, plain.p_value, plain.interval_95)
    assert found.trust[-1] == Reason("negative-variance")


@pytest.mark.parametrize(
    ("differences", "horizon", "reason"),
    [
        (overlapping(19, 1, seed=6), 1, Reason("few-origins", {"origins": 19})),
        (overlapping(39, 4, seed=6), 4, Reason("few-origins-for-horizon", {"origins": 39, "horizon": 4})),
        (np.full(40, 0.1), 4, Reason("no-noise")),
    ],
)
def test_it_says_when_not_to_trust_it(differences: np.ndarray, horizon: int, reason: Reason) -> None:
    """One reason for each weakness."""
    found = diebold_mariano(differences, horizon)

    assert found.trust == (reason,)


@pytest.mark.parametrize("differences", [[0.1], [0.1] * 40, [0.0] * 40])
def test_equal_differences_are_no_evidence(differences: list[float]) -> None:
    """Nothing varies, so nothing is found: no division by nothing, no p value of 0."""
    found = diebold_mariano(np.array(differences), 3)

    assert (found.statistic, found.p_value) == (0.0, 1.0)
    assert found.interval_95 == (found.estimate, found.estimate)


def test_a_horizon_is_at_least_one() -> None:
    """The message says what came and what is wanted."""
    with pytest.raises(ValueError, match=r"horizon is 0; .* at least 1"):
        diebold_mariano(np.arange(30.0), 0)
