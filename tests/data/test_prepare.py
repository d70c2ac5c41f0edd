"""Scaling, imputation and masks learned from the training part."""

import numpy as np
import pytest

from gatewise.data.prepare import carry_forward, prepare

NAN = np.nan


def test_training_part_becomes_standard() -> None:
    """Mean 0 and standard deviation 1 in every channel of the training part."""
    rows = np.random.default_rng(0).normal(5.0, 3.0, size=(200, 2))
    ready = prepare(rows)(rows)

    assert ready.dtype == np.float32
    assert ready.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert ready.std(axis=0) == pytest.approx([1, 1], rel=1e-6)


def test_missing_values_become_the_training_mean_and_are_marked() -> None:
    """Only channels with gaps in training get a mask channel; mean and scale are those of what is there."""
    learned = prepare(np.array([[1.0, 4.0], [NAN, 6.0], [3.0, 8.0]]))
    ready = learned(np.array([[NAN, NAN], [2.0, 6.0], [4.0, 6.0]]))

    assert learned.channels == 3
    assert ready == pytest.approx(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]))


def test_constant_and_empty_channels_stay_finite() -> None:
    """A channel that never moves, or is never seen, in training is not blown up."""
    ready = prepare(np.array([[0.1, NAN], [0.1, NAN], [0.1, NAN]]))(np.array([[0.2, 5.0]]))

    assert np.isfinite(ready).all()
    assert ready[0, 0] == pytest.approx(0.1)


def test_carry_forward_uses_the_past_alone() -> None:
    """A later value never reaches an earlier row."""
    values = np.array([NAN, 1.0, NAN, NAN, 4.0, NAN])

    assert carry_forward(values, 9.0).tolist() == [9.0, 1.0, 1.0, 1.0, 4.0, 4.0]
    assert carry_forward(np.array([[NAN, 1.0], [2.0, NAN]]), np.array([7.0, 8.0])).tolist() == [[7.0, 1.0], [2.0, 1.0]]
