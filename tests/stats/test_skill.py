"""Skill as a ratio of sums and its linear form."""

import numpy as np
import pytest

from gatewise.stats.skill import linearised, skill
from gatewise.stats.variance import crossed


def test_equal_references_give_the_blocks_own_ratio() -> None:
    """Accuracy: each example's own hit or miss."""
    hits = np.random.default_rng(0).integers(0, 2, size=(3, 10)).astype(float)

    assert linearised(hits, np.ones(10)) == pytest.approx(hits)


def test_the_grand_mean_is_the_ratio_that_is_shown() -> None:
    """Of a few uneven blocks a jackknife may have the other sign: it is not what the table of scores says."""
    reference = np.array([1.0, 9.0])
    difference = np.array([[-0.5, 0.4], [-0.7, 0.6]])
    whole = difference.sum() / (2 * reference.sum())
    m, rest = 2, reference.sum() - reference
    without = (difference.sum(1, keepdims=True) - difference) / rest
    jackknife = (m * difference.sum(1, keepdims=True) / reference.sum() - (m - 1) * without).mean()

    assert linearised(difference, reference).mean() == pytest.approx(whole)
    assert whole < 0.0 < jackknife


def test_row_means_are_the_rows_own_ratios() -> None:
    """Each pair's skill is what is shown of it."""
    rng = np.random.default_rng(1)
    loss, reference = rng.gamma(2.0, size=(4, 6)), rng.gamma(2.0, size=6)

    assert linearised(reference - loss, reference).mean(axis=1) == pytest.approx(skill(loss, reference))


def test_its_variance_is_that_of_the_ratio() -> None:
    """Against 4,000 bootstrap draws of uneven blocks."""
    rng = np.random.default_rng(2)
    reference = rng.gamma(2.0, size=60)
    part = 0.2 * reference + 0.3 * rng.normal(size=60) * reference
    drawn = rng.integers(60, size=(4000, 60))
    bootstrap = (part[drawn].sum(1) / reference[drawn].sum(1)).std()

    found = np.sqrt(crossed(linearised(np.tile(part, (3, 1)), reference)).of_blocks)
    assert found == pytest.approx(bootstrap, rel=0.06)
