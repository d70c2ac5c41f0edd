"""The variance of a mean of blocks that hang together."""

import numpy as np
import pytest
from scipy.signal import lfilter

from gatewise.stats.longrun import FEWEST_COSINES, correlation_time, long_run


def tied(rho: float, m: int, rng: np.random.Generator) -> np.ndarray:
    """A first-order autoregression of variance 1."""
    fresh = rng.normal(size=m) * np.r_[1.0, np.full(m - 1, np.sqrt(1 - rho**2))]
    return np.asarray(lfilter([1.0], [1.0, -rho], fresh))


def test_independent_blocks_are_taken_as_they_are() -> None:
    """Ten of them are ten: nothing is joined, nothing refused, by luck or otherwise."""
    values = np.array([1.0, -1.0, 2.0, -2.0, 0.5, 3.0, -3.0, 0.0, 1.5, -1.0])

    assert correlation_time(values) == 0.5
    assert long_run(values) == (pytest.approx(values.var(ddof=1) / 10), 9.0)


@pytest.mark.parametrize("slow", [False, True])
def test_both_estimates_are_those_of_the_papers(slow: bool) -> None:
    """Written out: s²/m · 2τ · (m - 1)/(m - 2τ), and the mean square of cosine transforms, which sees slow waves.

    The larger one is taken.
    """
    wave = 0.7 * np.cos(np.arange(60) / 12) + np.random.default_rng(5).normal(size=60)
    values = wave if slow else tied(0.7, 60, np.random.default_rng(3))
    m, twice = 60, 2 * correlation_time(values)
    timed = values.var(ddof=1) / m * twice * (m - 1) / (m - twice)
    count = max(FEWEST_COSINES, int(0.41 * m ** (2 / 3)))
    waves = [
        np.sqrt(2 / m) * sum((values[t] - values.mean()) * np.cos(np.pi * j * (t + 0.5) / m) for t in range(m))
        for j in range(1, count + 1)
    ]
    cosines = float(np.mean(np.square(waves)) / m)

    found, freedom = long_run(values)

    assert twice > 1.0
    assert (cosines > timed) == slow
    assert found == pytest.approx(max(timed, cosines), rel=1e-12)
    assert freedom == pytest.approx(min(m / twice - 1, count) if cosines > timed else m / twice - 1)


@pytest.mark.parametrize(("rho", "m", "misses"), [(0.0, 10, 0.06), (0.3, 40, 0.08), (0.6, 40, 0.085), (0.6, 100, 0.07)])
def test_t_intervals_of_tied_blocks_cover(rho: float, m: int, misses: float) -> None:
    """Taken as independent, blocks tied by 0.6 would miss in 33 of 100."""
    from scipy import stats

    rng, missed = np.random.default_rng(1), 0
    for _ in range(400):
        values = tied(rho, m, rng)
        variance, freedom = long_run(values)
        missed += abs(values.mean()) > stats.t.ppf(0.975, freedom) * np.sqrt(variance)

    assert missed / 400 <= misses + 2 * np.sqrt(misses * (1 - misses) / 400)


def test_equal_blocks_have_no_variance() -> None:
    """Rounding must not pass for noise; one block says nothing."""
    assert long_run(np.full(12, 0.1)) == (0.0, 11.0)
    assert long_run(np.array([0.3])) == (0.0, 1.0)
