"""The simple rules, against plain arithmetic and scikit-learn."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from tiny import sequences, series, task_of

from gatewise.data.prepare import Preparation
from gatewise.data.shapes import SequenceSet
from gatewise.data.timeline import Timeline
from gatewise.rules import RULES, lags
from gatewise.rules.score import applying, back, fit, outputs
from gatewise.rules.summaries import summaries
from gatewise.tasks.classify import Classify
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.rows import Rows
from gatewise.tasks.windows import ForecastExamples, ForecastLearned


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    """The tent map, three steps ahead."""
    task = task_of(series(), horizon=3)
    assert isinstance(task, Forecast)
    return task


@pytest.fixture(scope="module")
def classify() -> Classify:
    """Ramps of unequal length with their own split."""
    task = task_of(sequences(test_start=40))
    assert isinstance(task, Classify)
    return task


def numbers() -> SequenceSet:
    """The ramps, each with a number."""
    found = sequences()
    return replace(found, labels=None, classes=(), numbers=found.values[:, 0, 0])


def with_season(task: Forecast, season: int) -> Forecast:
    """The same task with another season."""
    found = copy.copy(task)
    found.section = task.section.model_copy(update={"seasons": (season,) if season > 1 else ()})
    return found


def predicted(task: Forecast, name: str, season: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forecasts of a rule in the target's unit, the test rows they start from, and the target filled forward."""
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    rule = fit(name, with_season(task, season), examples, parts.train)
    values = examples.forecasts(outputs(rule, examples, parts.test), parts.test)[:, :, 0]
    assert back(rule) == (season if name == "seasonal-naive" else 0)
    return values, parts.test, task.rows.values[:, 0]


def test_last_value(forecast: Forecast) -> None:
    """Every step ahead is the last value of the window."""
    values, ends, y = predicted(forecast, "last-value")

    assert values == pytest.approx(np.repeat(y[ends - 1][:, None], 3, axis=1))


@pytest.mark.parametrize("season", [2, 5])
def test_seasonal_naive(forecast: Forecast, season: int) -> None:
    """Each step ahead repeats the same step of the last season, going round when the horizon is longer."""
    values, ends, y = predicted(forecast, "seasonal-naive", season)

    expected = np.stack([y[ends - season + h % season] for h in range(3)], axis=1)
    assert values == pytest.approx(expected)


def test_drift(forecast: Forecast) -> None:
    """The last value goes on along the line through the training part's ends."""
    values, ends, y = predicted(forecast, "drift")
    last = forecast.parts(0, "pair", 0).train[-1] + 3
    slope = (y[last - 1] - y[0]) / (last - 1)

    assert values == pytest.approx(y[ends - 1][:, None] + slope * np.arange(1, 4))


def test_ridge(forecast: Forecast) -> None:
    """Close to scikit-learn's ridge on the same lags at the best of the penalties."""
    parts = forecast.parts(0, "pair", 0)
    examples = forecast.examples(parts)
    rule = fit("ridge", forecast, examples, parts.train)
    lags = examples.inputs(parts.train)[0].reshape(len(parts.train), -1).astype(np.float64)
    target = examples.targets(parts.train).astype(np.float64)
    found = [Ridge(alpha=10.0**k).fit(lags, target).coef_ for k in range(-3, 6)]

    assert min(np.abs(rule.arrays["weight"] - coef).max() for coef in found) < 1e-6


def test_rules_that_apply(forecast: Forecast, classify: Classify) -> None:
    """The seasonal rule needs a season that fits the window."""
    assert applying(forecast) == ("last-value", "drift", "theta", "ets", "ridge", "ridge-own")
    seasonal = ("last-value", "seasonal-naive", "seasonal-mean", *applying(forecast)[1:])
    assert applying(with_season(forecast, 5)) == seasonal
    assert applying(with_season(forecast, 399)) == applying(forecast)
    assert applying(classify) == ("majority", "logistic", "ridge-on-convolutions")


def test_a_linear_series_is_forecast_exactly(forecast: Forecast) -> None:
    """Drift on a straight line: no error at all, whatever the anchor."""
    values = np.arange(300.0)[:, None]
    as_it_is = Preparation(np.zeros(1), np.ones(1), np.array([], dtype=np.int64))
    one, nothing = np.ones((1, 1)), np.zeros((1, 1))
    learned = ForecastLearned(as_it_is, "last", mean=nothing, spread=one, drift=one, center=nothing, scale=one)
    examples = ForecastExamples(Rows(values, Timeline.plain(300), 1), learned, 4, 2, "mse", one)
    ends = np.array([100, 200])
    rule = fit("drift", forecast, examples, ends)

    assert examples.scores(outputs(rule, examples, ends), ends) == pytest.approx([0.0, 0.0])


def test_majority_is_the_training_frequency(classify: Classify) -> None:
    """Outputs are log frequencies; a class not seen stays finite."""
    examples = classify.examples(classify.parts(0, "pair", 0))
    three = copy.copy(classify)
    three.setting = classify.setting._replace(data=classify.setting.data.model_copy(update={"outputs": 3}))
    rule = fit("majority", three, examples, np.array([0, 1, 2, 4]))

    assert np.exp(rule.arrays["prior"]) == pytest.approx([0.75, 0.25, 0.125])
    assert outputs(rule, examples, np.array([5, 6])).shape == (2, 3)


def test_logistic_is_scikit_learns(classify: Classify) -> None:
    """The same probabilities as a pipeline of scaler and logistic regression on the same summaries."""
    parts = classify.parts(0, "pair", 0)
    examples = classify.examples(parts)
    rule = fit("logistic", classify, examples, parts.train)
    scaler = StandardScaler().fit(summaries(examples, parts.train))
    model = LogisticRegression(max_iter=1000).fit(
        scaler.transform(summaries(examples, parts.train)), classify.labels[parts.train]
    )
    expected = model.predict_proba(scaler.transform(summaries(examples, parts.test)))

    assert softmax(outputs(rule, examples, parts.test), axis=1) == pytest.approx(expected, abs=1e-6)


def test_summaries_stop_at_the_end_of_a_sequence(classify: Classify) -> None:
    """Mean, spread, least, most, first, last and length of the steps that are there."""
    examples = classify.examples(classify.parts(0, "pair", 0))
    k = int(np.flatnonzero(classify.lengths < 11)[0])
    x, _ = examples.inputs(np.array([k]))
    steps = x[0, : classify.lengths[k], 0].astype(np.float64)

    expected = [steps.mean(), steps.std(), steps.min(), steps.max(), steps[0], steps[-1], len(steps)]
    assert summaries(examples, np.array([k, k + 1]))[0] == pytest.approx(expected, rel=1e-6)


def test_every_rule_has_a_name_of_its_own_and_every_task_has_rules_to_beat() -> None:
    """A name taken twice would give the first rule in silence; a task without rules would have nothing to beat."""
    known = [rule.name for rule in RULES]

    assert len(set(known)) == len(known)
    assert all(applying(task_of(data)) for data in (series(), sequences(), numbers()))


def test_ridge_answers_in_pieces_as_at_once(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Very many windows do not fill the memory; pieces are of about one size, and none is left over."""
    parts = forecast.parts(0, "tune", 0)
    examples, seen = forecast.examples(parts), []
    found = fit("ridge", forecast, examples, parts.train)
    at_once = outputs(found, examples, parts.train)
    inputs = ForecastExamples.inputs
    monkeypatch.setattr(ForecastExamples, "inputs", lambda self, ids: (seen.append(len(ids)), inputs(self, ids))[1])
    monkeypatch.setattr(lags, "MOST_AT_ONCE", 100)
    in_pieces = outputs(found, examples, parts.train)

    assert sum(seen) == len(parts.train) > 100 >= max(seen) > min(seen) - 1 >= 50
    np.testing.assert_allclose(in_pieces, at_once, rtol=1e-12, atol=1e-12)
