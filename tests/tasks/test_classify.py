"""Losses of the classification task."""

import numpy as np
import pytest
import torch
from sklearn.metrics import brier_score_loss, log_loss
from tiny import sequences, task_of

from gatewise.tasks.classify import Classify


@pytest.fixture
def task() -> Classify:
    """Two classes with their own split."""
    found = task_of(sequences(test_start=40))
    assert isinstance(found, Classify)
    return found


OUTPUTS = torch.tensor([[2.0, -1.0], [0.3, 0.4], [-3.0, 3.0]])
TARGETS = torch.tensor([0, 0, 0])


def test_selection_is_the_brier_score_for_accuracy(task: Classify) -> None:
    """Against scikit-learn; the two classes add up to twice its one-sided score."""
    p = OUTPUTS.double().softmax(1)[:, 1].numpy()

    expected = 2 * brier_score_loss([0, 0, 0], p, pos_label=1)
    assert task.selection(OUTPUTS, TARGETS).mean() == pytest.approx(expected, rel=1e-12)
    assert task.selection(OUTPUTS, TARGETS).max() <= 2.0


def test_selection_is_the_metric_for_log_loss(task: Classify) -> None:
    """Against scikit-learn."""
    task.metric = "log-loss"
    p = OUTPUTS.double().softmax(1).numpy()

    assert task.selection(OUTPUTS, TARGETS).mean() == pytest.approx(log_loss([0, 0, 0], p, labels=[0, 1]), rel=1e-12)


def test_scores_count_errors(task: Classify) -> None:
    """One for every wrong class."""
    examples = task.examples(task.parts(0, "pair", 0))
    ids = np.array([0, 1, 2])
    right = torch.nn.functional.one_hot(examples.targets(ids), 2).float()

    assert examples.scores(right, ids).tolist() == [0.0, 0.0, 0.0]
    assert examples.scores(-right, ids).tolist() == [1.0, 1.0, 1.0]


def test_the_trivial_guess_is_the_training_frequency(task: Classify) -> None:
    """Its shares are those of the training part."""
    out = task.trivial(torch.zeros(4, dtype=torch.int64), torch.tensor([0, 0, 0, 1]))

    assert out.exp()[2].tolist() == pytest.approx([0.75, 0.25])


def test_padding_is_over_and_not_missing(task: Classify) -> None:
    """Beyond its end a sequence is zeros in every channel, and so is any mask channel."""
    task.values[0, 1, 0] = np.nan
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    x, lengths = examples.inputs(np.arange(20))
    assert lengths is not None
    past = torch.arange(x.shape[1]) >= lengths[:, None]

    assert examples.learned.inputs.channels in (1, 2)
    assert (x[past] == 0).all()
