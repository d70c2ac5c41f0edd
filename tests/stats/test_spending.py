"""Boundaries of looks against published ones, a multivariate normal, and the promise over all looks."""

import itertools

import numpy as np
import pytest
from scipy import stats

from gatewise.stats.spending import LEAST, fractions, nominal, spendable

LOOKS = (8, 12, 20, 30)


def shares(looks: tuple[int, ...], last: float) -> tuple[float, ...]:
    """The pairs' share of the variance at each look, from that at the last one."""
    parts = [last * looks[-1] / n for n in looks]
    return tuple(part / (part + 1.0 - last) for part in parts)


def bounds(looks: tuple[int, ...], last: float, error: float) -> list[float]:
    """The boundary of each planned look, the last one final."""
    found = []
    for k in range(1, len(looks) + 1):
        tail = nominal(looks[:k], shares(looks, last)[:k], looks[-1], error, final=k == len(looks))
        found.append(float(stats.norm.isf(tail)))
    return found


def test_five_equal_looks_are_those_of_the_tables() -> None:
    """O'Brien and Fleming's kind, .025 on one side: as Lan and DeMets' program `ld98` prints them."""
    assert bounds((1, 2, 3, 4, 5), 1.0, 0.025) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7, 1.0])
def test_all_looks_together_keep_the_error(share: float) -> None:
    """The probability to stay below every boundary, by the distribution function of correlated looks."""
    found = bounds(LOOKS, share, 0.025)
    times = fractions(LOOKS, share, LOOKS[-1])
    covariance = [[np.sqrt(min(a, b) / max(a, b)) for a in times] for b in times]
    looks = stats.multivariate_normal(cov=np.array(covariance), seed=0, maxpts=100_000, abseps=1e-5)
    below = looks.cdf(np.array(found))

    assert 1.0 - below == pytest.approx(0.025, abs=1e-3)  # shares are rounded


def test_where_test_noise_is_all_there_is_looks_cost_nothing() -> None:
    """They say the same: the plain quantile at each."""
    assert bounds(LOOKS, 0.0, 0.025) == pytest.approx([stats.norm.isf(0.025)] * 4)


def test_a_stop_that_depends_on_the_estimate_spends_its_part_alone() -> None:
    """What is left is for the planned end or the budget's end."""
    early, final = (nominal((8, 12), (1.0, 1.0), 30, 0.025, final=last) for last in (False, True))

    assert spendable(12 / 30, 0.025) > early
    assert early < 0.001 < final
    assert final == pytest.approx(0.025, abs=1e-3)


def test_what_was_spent_stays_spent() -> None:
    """A first look that saw test noise alone spent nearly all; that runs make it after all gives nothing back."""
    spent, all_along = (nominal((8, 12), (first, 1.0), 30, 0.025, final=False) for first in (0.0, 1.0))

    assert LEAST < spent < 1e-5 < all_along


@pytest.mark.parametrize(("taken", "share"), list(itertools.product([(8,), (8, 11), (8, 12, 19)], [0.1, 0.9])))
def test_a_budget_that_ends_early_spends_all(taken: tuple[int, ...], share: float) -> None:
    """The last look taken has what earlier ones left, whatever was planned."""
    alike = (share,) * len(taken)
    open_ = nominal(taken, alike, 60, 0.04, final=False)

    assert open_ < nominal(taken, alike, 60, 0.04, final=True) <= 0.04 + 1e-6
