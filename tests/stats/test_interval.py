"""Bounds of a mean: a t quantile that is mended for skewness, and no wider than that needs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from gatewise.stats.interval import SKEWED, WIDEST, Followed, interval, spends
from gatewise.stats.reach import UNBOUNDED, reach
from gatewise.stats.variance import Mean, crossed

PLAIN = Mean(0.1, 0.02, 7.0, 0.0, 0.5, (0.0, 0.0), 80, 100, 100.0, UNBOUNDED)


def quantile(mean: Mean, tail: float) -> float:
    """Student's."""
    return float(stats.t.isf(tail * spends(mean), mean.freedom))


def test_without_skewness_it_is_student_s() -> None:
    """To both sides alike."""
    low, high = interval(PLAIN, 0.025, 0.025)
    half = quantile(PLAIN, 0.025) * 0.02

    assert (low, high) == pytest.approx((0.1 - half, 0.1 + half), rel=1e-12)


def test_a_skewed_side_is_hall_s() -> None:
    """Where Hall's transform of the studentised mean, x + a x²/3 + a² x³/27 + a/6, reaches the quantile."""
    mean = replace(PLAIN, skewness=-0.1, freedom=40.0)
    t, a = quantile(mean, 0.025), SKEWED * -0.1
    low, high = interval(mean, 0.025, 0.025)
    x = (0.1 - low) / 0.02

    assert x + a * x**2 / 3 + a**2 * x**3 / 27 + a / 6 == pytest.approx(t, rel=1e-9)
    assert (high - 0.1) / 0.02 == pytest.approx(t)


@pytest.mark.parametrize("skewness", [0.2, 0.38, 0.57, 1.0, 3.0])
def test_skewness_never_costs_more_than_a_share_of_the_quantile(skewness: float) -> None:
    """Beyond its range Hall's formula gives 8 to 17 standard errors, and the less the larger the skewness is."""
    mean = replace(PLAIN, skewness=skewness)
    t = quantile(mean, 0.0125)
    low, high = interval(mean, 0.0125, 0.0125)

    assert max(0.1 - low, high - 0.1) / 0.02 <= WIDEST * t * (1 + 1e-12)
    wider = interval(replace(mean, skewness=skewness * 1.2), 0.0125, 0.0125)
    assert wider[1] - wider[0] >= high - low - 1e-12


def test_322_examples_without_a_difference_are_equal_at_one_in_a_hundred() -> None:
    """The rule of three at the error that is claimed; fewer leave room for a kind that none of them is."""
    tied = replace(PLAIN, estimate=0.0, standard_error=0.0)
    found = {m: interval(replace(tied, reach=reach(np.ones(m))), 0.01, 0.04)[1] for m in (300, 322)}

    assert found[300] > 0.01 > found[322]
    assert found[322] == pytest.approx(1 - 0.04 ** (1 / 322))


def test_looks_widen_an_interval_that_more_pairs_would_shrink() -> None:
    """A first look of noise from the runs is far out; one of test noise is not."""
    runs, tests = replace(PLAIN, pairs=8, shrinks=1.0), replace(PLAIN, pairs=8, shrinks=0.0)
    widths = [np.ptp(Followed((mean,), 30, final).interval(0.025)) for mean in (runs, tests) for final in (False, True)]

    assert widths[0] > 3 * widths[1]
    assert widths[1] == pytest.approx(widths[2]) == pytest.approx(widths[3])


def test_p_values_are_where_the_interval_leaves_zero() -> None:
    """Of one final look without anything held back, those of the t test at `SPENT` of its error."""
    followed = Followed((replace(PLAIN, estimate=0.05),), 80, final=True)
    p = followed.p_value()

    assert p == pytest.approx(2 * stats.t.sf(2.5, 7) / spends(PLAIN), rel=1e-3)
    assert followed.interval(p / 2 * 0.98)[0] < 0.0 < followed.interval(p / 2 * 1.02)[0]
    assert Followed((replace(PLAIN, estimate=0.0),), 80, final=True).p_value() == 1.0


@pytest.mark.parametrize(
    ("pairs", "blocks", "rest"), [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.2, 1.0, 3.0)]
)
def test_intervals_of_95_in_100_are_those(pairs: float, blocks: float, rest: float) -> None:
    """They cover as often as they say, to the simulation's error, and are not always on the safe side of it."""
    rng, covered, draws = np.random.default_rng(2), 0, 600
    for _ in range(draws):
        table = pairs * rng.normal(size=(30, 1)) + blocks * rng.normal(size=(1, 25)) + rest * rng.normal(size=(30, 25))
        low, high = Followed((crossed(table).within("tuned"),), 30, final=True).interval(0.025)
        covered += low < 0.0 < high

    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / draws) <= covered / draws <= 0.99
