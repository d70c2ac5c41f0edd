"""Losses of the classification task."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import brier_score_loss, log_loss
from tiny import sequences, task_of

from gatewise.tasks.classify import Classify


@pytest.fixture
def task() -> Classify:
    """Two classes with their own split."""
    found = task_of(sequences(test_start=40))
    assert isinstance(found, Classify)
    return found


OUTPUTS = np.array([[2.0, -1.0], [0.3, 0.4], [-3.0, 3.0]], dtype=np.float32)
TARGETS = np.zeros(3, dtype=np.int64)


def test_selection_is_the_brier_score_for_accuracy(task: Classify) -> None:
    """Against scikit-learn; the two classes add up to twice its one-sided score."""
    p = softmax(OUTPUTS.astype(np.float64), axis=1)[:, 1]

    expected = 2 * brier_score_loss([0, 0, 0], p, pos_label=1)
    assert task.selection(OUTPUTS, TARGETS).mean() == pytest.approx(expected, rel=1e-12)
    assert task.selection(OUTPUTS, TARGETS).max() <= 2.0


def test_selection_is_the_metric_for_log_loss(task: Classify) -> None:
    """Against scikit-learn."""
    task.setting = task.setting._replace(metric="log-loss")
    p = softmax(OUTPUTS.astype(np.float64), axis=1)

    assert task.selection(OUTPUTS, TARGETS).mean() == pytest.approx(log_loss([0, 0, 0], p, labels=[0, 1]), rel=1e-12)


def test_scores_count_errors(task: Classify) -> None:
    """One for every wrong class."""
    examples = task.examples(task.parts(0, "pair", 0))
    ids = np.array([0, 1, 2])
    right = np.eye(2, dtype=np.float32)[examples.targets(ids)]

    assert examples.scores(right, ids).tolist() == [0.0, 0.0, 0.0]
    assert examples.scores(-right, ids).tolist() == [1.0, 1.0, 1.0]


def test_the_trivial_guess_is_the_training_frequency(task: Classify) -> None:
    """Its shares are those of the training part."""
    out = task.trivial(np.zeros(4, dtype=np.int64), np.array([0, 0, 0, 1]))

    assert np.exp(out)[2].tolist() == pytest.approx([0.75, 0.25])


def test_padding_is_over_and_not_missing(task: Classify) -> None:
    """Beyond its end a sequence is zeros in every channel, and so is any mask channel."""
    task.values[0, 1, 0] = np.nan
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    x, lengths = examples.inputs(np.arange(20))
    assert lengths is not None
    past = np.arange(x.shape[1]) >= lengths[:, None]

    assert examples.learned.inputs.channels in (1, 2)
    assert (x[past] == 0).all()
