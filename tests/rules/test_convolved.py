"""Ridge on convolutions of sequences: against plain sums, scikit-learn's ridge, and sequences told by shape alone."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from tiny import sequences, task_of

from gatewise.data.shapes import SequenceSet
from gatewise.rules.convolved import TRIPLES, convolutions, dilations, ridge, shares, sharpness, transform
from gatewise.rules.score import applying, fit, outputs, score
from gatewise.tasks.protocol import Task


def bumps(n: int = 90, seed: int = 0) -> SequenceSet:
    """A bump before a dip, or after it, somewhere in noise of unequal length, beside a channel of noise alone."""
    rng = np.random.default_rng(seed)
    lengths, labels = rng.integers(40, 60, size=n), np.arange(n) % 2
    values = 0.3 * rng.normal(size=(n, 60, 2))
    for row, label in enumerate(labels):
        start = rng.integers(2, 24)
        half = np.repeat([1.0, -1.0], 6) * (1 if label else -1)
        values[row, start : start + 12, 0] += half
    values[np.arange(60) >= lengths[:, None]] = np.nan
    return SequenceSet(
        values=values, lengths=lengths, labels=labels, classes=("down", "up"), features=("shape", "noise"),
        test_start=None, source="bumps", notes=(),
    )  # fmt: skip


@pytest.fixture
def task() -> Task:
    """The class of each sequence."""
    return task_of(bumps(), count=3)


def test_convolutions_are_plain_sums() -> None:
    """Of nine steps, a dilation apart, with weights 2 and -1, zeros beyond both ends."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 11, 3)).astype(np.float32)
    arrays = {"dilations": np.array([1.0, 2.0]), "mixes": rng.normal(size=(2, 2, 3))}
    found = list(convolutions(x, arrays))

    assert len(found) == 2 * 84
    for number, dilation, half in ((0, 1, 0), (83, 1, 1), (84, 2, 0), (120, 2, 0)):
        weights = np.full(9, -1.0)
        weights[TRIPLES[number % 84]] = 2.0
        mixed = x.astype(np.float64) @ arrays["mixes"][number // 84, half]
        for t in (0, 5, 10):
            places = t + (np.arange(9) - 4) * dilation
            inside = (places >= 0) & (places < 11)
            expected = mixed[:, places[inside]] @ weights[inside]
            assert found[number][:, t] == pytest.approx(expected, abs=1e-4)


def test_dilations_reach_from_neighbours_to_the_whole() -> None:
    """A kernel of nine spans eight dilations."""
    assert dilations(5).tolist() == [1]
    assert dilations(150)[0] == 1
    assert 8 * dilations(150)[-1] <= 149


def test_shares_stop_at_the_end_of_a_sequence(task: Task) -> None:
    """Alone or beside a longer one a sequence has the same features."""
    examples = task.examples(task.parts(0, "pair", 0))
    ids = np.arange(90)
    arrays = transform(*examples.inputs(ids))
    whole = shares(*examples.inputs(ids), arrays)

    for k in (0, 7, 41):
        assert shares(*examples.inputs(ids[k : k + 1]), arrays)[0] == pytest.approx(whole[k], abs=1e-12)


def test_ridge_and_what_is_told_of_an_example_by_the_others() -> None:
    """scikit-learn's ridge at one of the penalties, and its predictions of each example left out."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(40, 60))
    inputs -= inputs.mean(axis=0)
    targets = inputs[:, :2] + 0.1 * rng.normal(size=(40, 2))
    arrays, left_out = ridge(inputs, targets)
    models = [Ridge(alpha=10.0**k).fit(inputs, targets) for k in range(-3, 6)]
    near = min(range(9), key=lambda k: np.abs(models[k].coef_ - arrays["weight"]).max())

    assert models[near].coef_ == pytest.approx(arrays["weight"], abs=1e-8)
    centred = targets - targets.mean(axis=0)
    by_others = cross_val_predict(
        Ridge(alpha=10.0 ** (near - 3), fit_intercept=False), inputs, centred, cv=LeaveOneOut()
    )
    assert left_out - targets.mean(axis=0) == pytest.approx(by_others, abs=1e-8)


def test_odds_are_as_sharp_as_the_answers_are_right() -> None:
    """Answers that are always right are sharpened, those that are no better than chance are blunted."""
    right = 2.0 * np.eye(2)[np.arange(50) % 2] - 1.0

    assert sharpness(right, np.arange(50) % 2) > 10 * sharpness(right, np.arange(50) // 2 % 2)


def test_it_tells_shapes_that_summaries_do_not(task: Task) -> None:
    """A bump before a dip or after it: mean, spread, least and most are alike."""
    logistic, convolved = (sum(score(task, rule, 0).test) / 30 for rule in ("logistic", "ridge-on-convolutions"))

    assert convolved < 0.1 < 0.3 < logistic


def test_what_is_not_learned_from_changes_nothing(task: Task) -> None:
    """The same numbers whatever the tested sequences are; the same answers from the stored numbers."""
    parts = task.parts(0, "pair", 0)
    data = bumps()
    values = data.values.copy()
    values[parts.test] = 3.0 - values[parts.test]
    other = task_of(replace(data, values=values), count=3)
    ours, theirs = (fit("ridge-on-convolutions", t, t.examples(parts), parts.train) for t in (task, other))

    assert ours.arrays.keys() == theirs.arrays.keys()
    assert all(np.array_equal(value, theirs.arrays[name]) for name, value in ours.arrays.items())
    examples = task.examples(parts)
    whole = outputs(ours, examples, parts.test)
    assert outputs(ours, examples, parts.test[3:4])[0] == pytest.approx(whole[3], abs=1e-9)


def test_large_sets_go_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions are bounded in time."""
    task = task_of(sequences())
    monkeypatch.setattr("gatewise.rules.convolved.MOST_STEPS", int(task.lengths.sum()) - 1)  # type: ignore[attr-defined]

    assert applying(task) == ("majority", "logistic")
