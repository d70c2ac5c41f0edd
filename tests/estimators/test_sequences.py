"""The estimators of whole sequences."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gatewise
from gatewise import SequenceClassifier, SequenceRegressor
from gatewise.estimators.fitting import chosen
from gatewise.experiment.tune import configurations
from gatewise.model.model import load

QUICK: dict[str, Any] = {"cell": "gru", "fits": 1, "params": 300}


def ramps(n: int = 60, T: int = 8, channels: int | None = None, seed: int = 0) -> tuple[Any, Any]:
    """Noisy ramps that rise or fall, shape (n, T) or (n, T, channels), and which they do."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    shape = (n, T) if channels is None else (n, T, channels)
    slope = np.where(labels, 0.6, -0.6).reshape(n, *[1] * (len(shape) - 1))
    time = np.arange(T).reshape(1, T, *[1] * (len(shape) - 2))
    return rng.normal(size=shape) + slope * time, np.array(["down", "up"])[labels]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ramps are soon told apart."""
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (150, 150))


@pytest.mark.parametrize("channels", [None, 1, 3])
def test_classes_are_told_of_rows_and_of_blocks(channels: int | None) -> None:
    """2-D X is univariate, 3-D X has channels last."""
    X, y = ramps(channels=channels)
    fitted = SequenceClassifier(**QUICK).fit(X, y)
    new, true = ramps(channels=channels, seed=1)

    assert fitted.score(new, true) > 0.9
    assert fitted.classes_.tolist() == ["down", "up"]
    assert fitted.n_features_in_ == (channels or X.shape[1])
    assert np.allclose(fitted.predict_proba(new).sum(axis=1), 1.0)


def test_numbers_are_told() -> None:
    """R² is near 1 where the number is the last value."""
    X, _ = ramps(120)
    fitted = SequenceRegressor(**QUICK).fit(X, X[:, -1])

    assert fitted.score(X, X[:, -1]) > 0.9


@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
def test_a_comparison_trains_what_it_recommends(kind: Any) -> None:
    """`auto` leaves the verdict beside the model."""
    X, labels = ramps()
    y = labels if kind is SequenceClassifier else X[:, -1] * X[:, 0]
    fitted = kind(cell="auto", fits=4, params=300).fit(X, y)

    verdict = json.loads(fitted.comparison_)
    assert fitted.cell_ == verdict["recommendation"]
    assert fitted.verdict_ == verdict["verdict"]
    assert verdict["fits"] == 4


def test_a_comparison_that_recommends_the_simple_rule_predicts_by_it() -> None:
    """On noise no network is needed."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    fitted = SequenceRegressor(fits=20, params=300).fit(X, y)

    assert fitted.cell_ == "baseline"
    assert np.ptp(fitted.predict(X)) < np.ptp(y)


@pytest.mark.parametrize(
    ("recommendation", "strength", "trained"),
    [("baseline", "either", "gru"), ("baseline", "leaning", "baseline"), ("lstm", "either", "lstm")],
)
def test_a_simple_rule_is_not_taken_for_its_price(recommendation: str, strength: str, trained: str) -> None:
    """Where nothing is told apart `compare` recommends the cheaper rule, and an estimator trains what risks least."""
    regrets = {"lstm": 0.3, "gru": 0.1, "baseline": 0.2}
    verdict: Any = SimpleNamespace(recommendation=recommendation, strength=strength, expected_regret=regrets)

    assert chosen(verdict) == trained


@pytest.mark.long
def test_the_comparison_is_the_one_that_compare_makes(tmp_path: Path) -> None:
    """Same fits, same verdict; only the clock differs."""
    X, y = ramps()
    fitted = SequenceClassifier(fits=8, params=300, seed=3).fit(X, y)
    found = gatewise.compare((X[:, :, None], y), fits=8, params=300, seed=3, out=tmp_path / "run", workers=1)

    mine, theirs = json.loads(fitted.comparison_), json.loads(found.document.model_dump_json())
    alike = ("verdict", "recommendation", "difference", "cells", "baselines", "pairs", "fits", "plan_sha256")
    assert {name: mine[name] for name in alike} == {name: theirs[name] for name in alike}


def test_the_default_configuration_is_tried_first_and_more_fits_try_more() -> None:
    """A longer list begins with the shorter one, so that more fits never validate worse."""
    one, four, six = (configurations(fits, (16, 32), 0) for fits in (1, 4, 6))

    assert [len(listed) for listed in (one, four, six)] == [1, 4, 6]
    assert six[:4] == four
    assert four[:1] == one


def test_unequal_sequences_come_as_a_list_or_padded() -> None:
    """NaN behind the last known value ends a sequence, so both ways give the same."""
    X, y = ramps(channels=2)
    lengths = np.random.default_rng(2).integers(4, 9, size=len(X))
    padded = X.copy()
    padded[np.arange(8) >= lengths[:, None]] = np.nan
    ragged = [row[:length] for row, length in zip(X, lengths, strict=True)]
    fitted = SequenceClassifier(**QUICK).fit(padded, y)

    assert np.array_equal(
        SequenceClassifier(**QUICK).fit(ragged, y).predict_proba(ragged), fitted.predict_proba(padded)
    )
    assert fitted.score(ragged, y) > 0.9
    assert "padded with missing values" in fitted.notes_[0]


def test_flat_sequences_of_unequal_length_come_as_a_list() -> None:
    """One channel needs no axis of its own."""
    X, y = ramps()
    ragged = [row[: 5 + number % 4] for number, row in enumerate(X)]

    assert SequenceClassifier(**QUICK).fit(ragged, y).score(ragged, y) > 0.9


def test_missing_values_within_a_sequence_are_imputed() -> None:
    """Missing values neither fail nor spread."""
    X, y = ramps()
    X[np.random.default_rng(3).random(X.shape) < 0.1] = np.nan

    assert SequenceClassifier(**QUICK).fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_lend_the_names_of_their_columns(frame: Any) -> None:
    """A frame in another order of columns is refused, as everywhere in scikit-learn."""
    X, y = ramps()
    names = [f"t{number}" for number in range(8)]
    given = frame(dict(zip(names, X.T, strict=True)))
    fitted = SequenceClassifier(**QUICK).fit(given, y)

    assert fitted.feature_names_in_.tolist() == names
    assert np.array_equal(fitted.predict(given), SequenceClassifier(**QUICK).fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(given[names[::-1]])


def test_a_fit_is_forgotten_by_the_next() -> None:
    """Fitting twice is fitting once, other shapes included."""
    X, y = ramps()
    block, y3 = ramps(channels=2)
    used = SequenceClassifier(**QUICK).fit(pd.DataFrame(X, columns=list("abcdefgh")), y).fit(block, y3)

    assert not hasattr(used, "feature_names_in_")
    assert np.array_equal(used.predict_proba(block), SequenceClassifier(**QUICK).fit(block, y3).predict_proba(block))


def test_a_clone_gives_the_same_bits_and_another_seed_others() -> None:
    """Everything random comes from the seed."""
    X, y = ramps()
    first = SequenceClassifier(**QUICK).fit(X, y)
    again, other = clone(first).fit(X, y), clone(first).set_params(seed=1).fit(X, y)

    assert np.array_equal(first.predict_proba(X), again.predict_proba(X))
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))


@pytest.mark.long
def test_workers_do_not_change_the_result() -> None:
    """Two processes, as one."""
    X, y = ramps(30)
    one, two = (SequenceClassifier(cell="gru", fits=3, params=300, workers=w).fit(X, y) for w in (1, 2))

    assert one.model_weights_ == two.model_weights_


def test_fitted_estimators_are_text_and_bytes(tmp_path: Path) -> None:
    """Pickle and joblib hold no class of gatewise but the estimator, and what comes back predicts the same."""
    X, y = ramps()
    fitted = SequenceClassifier(**QUICK).fit(X, y)
    plain = str | bytes | int | bool | tuple | np.ndarray | None
    joblib.dump(fitted, tmp_path / "fitted.joblib")

    assert [name for name, value in vars(fitted).items() if not isinstance(value, plain)] == []
    for back in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "fitted.joblib")):
        assert np.array_equal(back.predict_proba(X), fitted.predict_proba(X))


def test_the_model_can_be_saved_without_pickle(tmp_path: Path) -> None:
    """`model_` is what `gatewise.load` gives of a run."""
    X, y = ramps()
    fitted = SequenceClassifier(**QUICK).fit(X, y)
    fitted.model_.save(tmp_path / "model")
    table = load(tmp_path / "model").predict(X[:, :, None])

    assert np.allclose(table[:, 2:].to_numpy(), fitted.predict_proba(X), atol=1e-7)


def test_pipelines_searches_and_cross_validation_take_them() -> None:
    """The three that scikit-learn's users reach for."""
    X, y = ramps()
    scores = cross_val_score(make_pipeline(StandardScaler(), SequenceClassifier(**QUICK)), X, y, cv=2)
    search = GridSearchCV(SequenceClassifier(fits=1, params=300), {"cell": ["lstm", "gru"]}, cv=2).fit(X, y)
    blocks = cross_val_score(SequenceClassifier(**QUICK), *ramps(channels=2), cv=2)

    assert min(*scores, *blocks, search.best_score_) > 0.8
    assert search.best_estimator_.cell_ == search.best_params_["cell"]


@pytest.mark.long
def test_a_search_may_bring_processes_of_its_own() -> None:
    """Estimators go to loky's workers and back."""
    X, y = ramps(30)
    search = GridSearchCV(SequenceClassifier(**QUICK), {"params": [200, 300]}, cv=2, n_jobs=2).fit(X, y)

    assert search.best_score_ > 0.7


X2, Y2 = ramps()
X3, _ = ramps(channels=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: SequenceClassifier(cell="rnn").fit(X2, Y2),
            "cell='rnn' is not known; expected one of: auto, lstm, gru",
        ),
        (lambda: SequenceClassifier(fits=3).fit(X2, Y2), "fits=3 is out of range; expected a whole number from 4 on"),
        (lambda: SequenceClassifier(cell="gru", fits=0).fit(X2, Y2), "from 1 on with cell='gru'"),
        (lambda: SequenceClassifier(metric="mse").fit(X2, Y2), "--metric mse does not fit these data"),
        (lambda: SequenceClassifier(params=0).fit(X2, Y2), "params"),
        (lambda: SequenceClassifier().fit(X2, ["up"] * 60), "all sequences are of one class"),
        (lambda: SequenceClassifier().fit(X2, ["up", *["down"] * 59]), "a single sequence is of class up"),
        (lambda: SequenceRegressor().fit(X2, np.ones(60)), "got the same number for every sequence"),
        (lambda: SequenceClassifier().fit(np.where(X2 > 3, np.inf, X2), Y2), "infinity"),
        (lambda: SequenceClassifier().fit(np.full((60, 8), np.nan), Y2), "every value is missing"),
        (lambda: SequenceClassifier().fit(X3[..., None], Y2), "expected \\(n, steps\\) or \\(n, steps, channels\\)"),
        (lambda: SequenceClassifier().fit([X3[0], X2[0]], Y2[:2]), "X has sequences of 1 and of 2 channels"),
        (
            lambda: SequenceClassifier(**QUICK).fit(X3, Y2).predict(X3.transpose(0, 2, 1)),
            "bring X.transpose\\(0, 2, 1\\)",
        ),
        (
            lambda: SequenceClassifier(**QUICK).fit(X3, Y2).predict(X2),
            "was fitted on 2; expected shape \\(n, steps, 2\\)",
        ),
        (lambda: SequenceClassifier(**QUICK).fit(X2, Y2).predict(X2[:, :5]), "X has 5 features, but"),
        (lambda: SequenceClassifier(**QUICK).fit(X3, Y2).predict(np.full((1, 8, 2), np.nan)), "every value is missing"),
    ],
)
def test_mistakes_are_told_in_plain_words(call: Callable[[], object], message: str) -> None:
    """All of them are a ValueError, as scikit-learn expects."""
    with pytest.raises(ValueError, match=message):
        call()


def test_nothing_is_predicted_before_a_fit() -> None:
    """As scikit-learn says it."""
    with pytest.raises(NotFittedError):
        SequenceClassifier().predict(X2)


def test_importing_gatewise_stays_light() -> None:
    """scikit-learn and torch are imported with the estimators, not before."""
    code = "import sys, gatewise; print(sorted({'sklearn', 'torch', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
