"""Skill as a ratio of sums and its jackknife."""

import numpy as np
import pytest

from gatewise.stats.skill import pseudovalues, skill


def test_equal_references_give_the_blocks_own_skill() -> None:
    """Accuracy: each example's pseudo-value is its own hit or miss."""
    errors = np.random.default_rng(0).integers(0, 2, size=(3, 10)).astype(float)

    assert pseudovalues(errors, np.ones(10)) == pytest.approx(1.0 - errors)


def test_pseudovalues_are_the_jackknife_written_out() -> None:
    """M θ - (m - 1) θ without block b, for unequal blocks."""
    rng = np.random.default_rng(1)
    loss, reference = rng.gamma(2.0, size=(2, 6)), rng.gamma(2.0, size=6)
    found = pseudovalues(loss, reference)
    for b in range(6):
        keep = np.arange(6) != b
        left_out = 1 - loss[:, keep].sum(1) / reference[keep].sum()
        assert found[:, b] == pytest.approx(6 * skill(loss, reference) - 5 * left_out)


def test_a_block_that_holds_all_of_the_reference() -> None:
    """Leaving it out would divide by nothing; the linear limit keeps the mean at the skill."""
    loss, reference = np.array([[1.0, 2.0, 3.0]]), np.array([0.0, 8.0, 0.0])

    assert pseudovalues(loss, reference).mean(axis=1) == pytest.approx(skill(loss, reference))
    assert pseudovalues(loss, reference)[0] == pytest.approx(0.25 + 3 * np.array([-1.0, 6.0 - 2.0, -3.0]) / 8.0)


def test_one_block() -> None:
    """A single block is its own skill."""
    assert pseudovalues(np.array([[2.0]]), np.array([4.0])) == pytest.approx(0.5)
