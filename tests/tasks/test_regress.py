"""Regression: a number for each sequence."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from tiny import task_of

import gatewise
from gatewise.data.sequences import comparable, read_sequences
from gatewise.data.shapes import SequenceSet
from gatewise.errors import OptionError
from gatewise.experiment.train import Job, train
from gatewise.experiment.workers.inline import Inline
from gatewise.rules.lags import ALPHAS
from gatewise.rules.score import applying, fit, outputs, score
from gatewise.rules.summaries import summaries
from gatewise.run.fits import Key
from gatewise.run.options import options
from gatewise.run.plan import Configuration
from gatewise.tasks import meant
from gatewise.tasks.regress import Regress, numbers_of


def data(n: int = 90, seed: int = 3, *, own_split: bool = True) -> SequenceSet:
    """Noise of unequal length; the number is ten times the last value plus 100, which ridge on summaries can learn."""
    rng = np.random.default_rng(seed)
    x, lengths = rng.normal(size=(n, 9, 2)), rng.integers(4, 10, size=n)
    numbers = 100.0 + 10.0 * x[np.arange(n), lengths - 1, 1] + 0.1 * rng.normal(size=n)
    test = {"test": np.arange(n) >= 60} if own_split else {}
    return comparable(read_sequences({"X": x, "y": numbers, "lengths": lengths, **test}))


@pytest.fixture(scope="module")
def task() -> Regress:
    """With the set's own split."""
    found = task_of(data())
    assert isinstance(found, Regress)
    return found


def test_scores_are_in_the_numbers_own_unit(task: Regress) -> None:
    """Mean absolute and squared error, by hand; what the network is trained on has mean 0 and spread 1."""
    parts = task.parts(0, "pair", 0)
    examples, ids = task.examples(parts), parts.test[:4]
    guess = np.zeros((4, 1), dtype=np.float32)
    mean = task.numbers[parts.train].mean()

    assert examples.scores(guess, ids) == pytest.approx(np.abs(task.numbers[ids] - mean))
    squared = type(task)(data(), task.setting._replace(metric="mse")).examples(parts)
    assert squared.scores(guess, ids) == pytest.approx((task.numbers[ids] - mean) ** 2)
    targets = examples.targets(parts.train)
    assert (targets.mean(), targets.std()) == (pytest.approx(0.0, abs=1e-6), pytest.approx(1.0, abs=1e-6))
    assert examples.predictions(targets) == pytest.approx(task.numbers[parts.train], rel=1e-6)


def test_rules(task: Regress) -> None:
    """The mean, and scikit-learn's ridge on standardised summaries; the second learns what the data hold."""
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    found = outputs(fit("ridge-on-summaries", task, examples, parts.train), examples, parts.test)
    inputs = summaries(examples, parts.train)
    shown = (inputs - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-9)
    model = RidgeCV(alphas=ALPHAS).fit(shown, examples.targets(parts.train).astype(np.float64))
    tested = (summaries(examples, parts.test) - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-9)

    assert applying(task) == ("mean", "ridge-on-summaries", "ridge-on-convolutions")
    assert found[:, 0] == pytest.approx(np.ravel(model.predict(tested)), abs=1e-6)
    losses = {rule: sum(score(task, rule, 0).test) for rule in applying(task)}
    assert losses["ridge-on-summaries"] < 0.1 * losses["mean"]


def test_every_fold_has_its_share_of_the_range() -> None:
    """Folds are dealt by fifths of the numbers, so their means are alike."""
    task = task_of(data(200, own_split=False), count=5)
    assert isinstance(task, Regress)
    tested = [task.parts(split, "pair", 0).test for split in range(5)]

    assert sorted(np.concatenate(tested).tolist()) == list(range(200))
    fifth = np.quantile(task.numbers, 0.2)
    assert all((task.numbers[ids] <= fifth).sum() == 8 for ids in tested)


def test_tested_numbers_reach_nothing_that_is_fitted(task: Regress) -> None:
    """Other numbers in the test part: the same training examples, the same scale, the same rules."""
    other = data()
    assert other.numbers is not None
    other.numbers[60:] = other.numbers[60:][::-1] * 3.0
    changed = type(task)(other, task.setting)
    ours, theirs = task.parts(0, "pair", 1), changed.parts(0, "pair", 1)

    assert ours.train.tolist() == theirs.train.tolist()
    assert task.examples(ours).learned.mean == changed.examples(theirs).learned.mean
    for rule in applying(task):
        fitted = [fit(rule, t, t.examples(p), p.train).arrays for t, p in ((task, ours), (changed, theirs))]
        assert all((fitted[0][name] == fitted[1][name]).all() for name in fitted[0])


def test_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared, reported, and predicted from: the numbers come back in their own unit."""
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (100, 100))
    found = gatewise.compare(
        {"X": data().values, "y": data().numbers, "lengths": data().lengths}, fits=24, workers=2, out=tmp_path / "run"
    )
    predicted = gatewise.load(tmp_path / "run").predict((data().values, None, data().lengths))

    assert found.document.metric == "mae"
    assert [rule.name for rule in found.document.baselines] == ["mean", "ridge-on-convolutions", "ridge-on-summaries"]
    assert found.document.baselines[2].loss < 2.0
    numbers = data().numbers
    assert numbers is not None
    assert np.corrcoef(predicted["predicted"].to_numpy(), numbers)[0, 1] > 0.9
    assert "a number for each" in found.report().read_text("utf-8")


def test_whole_numbers_are_regressed_on_request() -> None:
    """They name classes, unless the task is asked for; a task that does not fit the data is refused."""
    whole = comparable(read_sequences((np.ones((6, 3, 1)), [3, 12, 3, 12, 7, 7])))
    asked = meant(whole, options(task="regress"))

    assert meant(whole, options()).name == "classify"
    assert asked is Regress
    assert numbers_of(whole) == pytest.approx([3, 12, 3, 12, 7, 7])
    with pytest.raises(OptionError, match=r"--task regress does not fit these data, expected one of: classify\. Type"):
        meant(comparable(read_sequences((np.ones((4, 3, 1)), ["a", "b", "a", "b"]))), options(task="regress"))
    with pytest.raises(OptionError, match=r"--task classify does not fit .* expected one of: regress"):
        meant(data(), options(task="classify"))


def test_a_cell_learns_the_last_value(task: Regress) -> None:
    """Its error falls well below the mean's."""
    configuration = Configuration(learning_rate=0.02, batch_size=16, dropout=0.0)
    job = Job(Key("pair", "gru", 0, 0, 0, 0, 1), 3, 12, configuration, 300, 10, 9, 0.01)
    trained = train(task, job)
    assert sum(trained.fit.test) < 0.5 * sum(score(task, "mean", 0).test)
