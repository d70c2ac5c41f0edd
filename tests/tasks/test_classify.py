"""Losses of the classification task."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss
from synthetic import plan
from tiny import sequences, task_of

from gatewise.judge.seen import reach_of
from gatewise.stats.reach import UNBOUNDED
from gatewise.tasks.classify import NOISE, Classify
from gatewise.tasks.protocol import Described


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


def unbalanced(test_start: int | None = None) -> Classify:
    """Three sequences in four fall."""
    data = replace(sequences(80, test_start=test_start), labels=(np.arange(80) % 4 == 0).astype(np.int64))
    task = task_of(data, metric="balanced-accuracy")
    assert isinstance(task, Classify)
    task.setting = task.setting._replace(metric="balanced-accuracy")
    return task


@pytest.mark.parametrize("test_start", [None, 50])
def test_balanced_accuracy_adds_up(test_start: int | None) -> None:
    """The mean loss over all that is tested is 1 - scikit-learn's mean recall, however the tested ones are parted."""
    task = unbalanced(test_start)
    outputs = np.random.default_rng(0).normal(size=(80, 2)).astype(np.float32)
    assert task.balance is not None
    said, losses, tested = task.balance.outputs(outputs).argmax(axis=1), [], []
    for split in range(task.setting.splits.count):
        parts = task.parts(split, "pair", 0)
        losses.append(task.examples(parts).scores(outputs[parts.test], parts.test))
        tested.append(parts.test)
    ids = np.concatenate(tested)

    expected = 1.0 - balanced_accuracy_score(task.labels[ids], said[ids])
    assert np.concatenate(losses).mean() == pytest.approx(expected, rel=1e-12)


def test_who_always_says_one_class_has_half_of_balanced_accuracy() -> None:
    """Whichever it says; for plain accuracy nothing is kept in the plan."""
    task = unbalanced(50)
    parts = task.parts(0, "pair", 0)
    for said in ([9.0, -9.0], [-9.0, 9.0]):
        losses = task.examples(parts).scores(np.tile(np.array(said, dtype=np.float32), (30, 1)), parts.test)
        assert losses.mean() == pytest.approx(0.5, rel=1e-12)
    plain = task_of(sequences(80))
    assert isinstance(plain, Classify)
    assert (plain.balance, plain.setting.section["weights"]) == (None, [])


def test_the_largest_difference_of_one_example_is_what_its_mistake_counts() -> None:
    """For accuracy 1; a large group makes a larger part of the mean."""
    section, counts = unbalanced(50).setting.section, np.ones(30)

    assert reach_of(plan(metric="accuracy"), counts) == ((30,), (1.0,))
    assert reach_of(plan(metric="accuracy"), np.array([1.0, 1.0, 4.0])) == ((1, 3), (4 / 6, 1.0))
    balanced = plan().model_copy(update={"metric": "balanced-accuracy", "section": section})
    assert reach_of(balanced, counts).share == pytest.approx((max(cast("list[float]", section["weights"])),))
    assert reach_of(plan(metric="log-loss"), counts) == UNBOUNDED


def test_noise_is_added_to_what_was_measured(task: Classify) -> None:
    """Neither masks nor numbers of a category's values nor terms have it; it is part of the recipe, and may be left."""
    data = task.setting.data.model_copy(
        update={"features": ("event", "a", "b"), "masked": (1,), "terms": 1, "categories": {"event": ("x", "y")}}
    )
    assert (data.channels, data.measured) == (5, (1, 2))

    recipe = Classify.recipe(Described(data, {}))
    assert recipe.usual["noise"] == NOISE
    assert [each.get("noise") for each in recipe.settings] == [None, 0.0]
    symbols = data.model_copy(update={"features": ("event",), "masked": (), "terms": 0})
    assert "noise" not in Classify.recipe(Described(symbols, {})).usual
