"""Holm's correction."""

import pytest

from gatewise.stats.multiple import holm


def test_against_the_published_steps() -> None:
    """Ordered p values times 4, 3, 2, 1, made monotone; R: p.adjust(c(.01, .04, .03, .005), "holm")."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_never_above_one_and_empty_is_empty() -> None:
    """Adjusted values stay probabilities."""
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
