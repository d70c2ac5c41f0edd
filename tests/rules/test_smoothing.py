"""Theta and exponential smoothing against statsmodels; the seasonal mean against plain arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel
from tiny import task_of

from gatewise.data.series import Series
from gatewise.rules.ets import Form, Weights, begun, fitted, forecast
from gatewise.rules.score import applying, fit, outputs
from gatewise.rules.theta import ADDED, MULTIPLIED, seasonal_factors, theta
from gatewise.tasks import on

ROWS = 150


def wave(season: int, rows: int = ROWS, seed: int = 0) -> np.ndarray:
    """A rising level, a season that grows with it, and noise; positive."""
    t = np.arange(rows)
    shape = np.random.default_rng(1).normal(size=season)[t % season]
    return (30 + 0.3 * t) * (1 + 0.1 * shape) + np.random.default_rng(seed).normal(size=rows)


def series(values: np.ndarray, season: int) -> Series:
    """One series with a known season."""
    return Series(
        targets=("y",), time=None, features=("y",), values=values[:, None], stamps=None, duplicates=None, source="wave",
        seasons=(season,),
    )  # fmt: skip


@pytest.mark.parametrize(("season", "kind"), [(1, ADDED), (7, ADDED), (12, ADDED), (12, MULTIPLIED), (5, MULTIPLIED)])
def test_theta_is_that_of_statsmodels(season: int, kind: float) -> None:
    """The same forecast from the same rows, at the weight that it finds."""
    y = wave(max(season, 2))
    method = "multiplicative" if kind == MULTIPLIED else "additive"
    found = ThetaModel(y, period=season, deseasonalize=season > 1, use_test=False, method=method).fit()
    alpha = np.array([[found.params["alpha"]]])

    ours = theta(y[None, None], alpha, season, kind, 15)[0, 0]
    assert ours == pytest.approx(np.asarray(found.forecast(15)), rel=1e-9)


def test_the_factors_of_a_season_are_neutral_together() -> None:
    """They add up to nothing, or are 1 on average."""
    y = wave(6)[None]
    assert seasonal_factors(y, 6, ADDED).sum() == pytest.approx(0.0, abs=1e-9)
    assert seasonal_factors(y, 6, MULTIPLIED).mean() == pytest.approx(1.0)


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize(("season", "kind"), [(1, ADDED), (7, ADDED), (12, MULTIPLIED)])
def test_ets_is_that_of_statsmodels(season: int, kind: float, trend: bool) -> None:
    """The weights are its own, and so is the forecast from the same state."""
    y, form = wave(max(season, 2)), Form(trend, season, kind)
    _, weights = fitted(y, form)
    state, name = begun(y, form), "mul" if kind == MULTIPLIED else "add"
    model = ETSModel(
        y, error=name, trend="add" if trend else None, damped_trend=trend, seasonal=name if season > 1 else None,
        seasonal_periods=season if season > 1 else None, initialization_method="known",
        initial_level=float(state.level), initial_trend=float(state.trend) if trend else None,
        initial_seasonal=state.season if season > 1 else None,
    )  # fmt: skip
    theirs = model.fit(disp=False, maxiter=200)

    ours = forecast(y[None], Weights(*(np.array([weight]) for weight in weights)), form, 15)[0]
    assert ours == pytest.approx(np.asarray(theirs.forecast(15)), rel=1e-6)


@pytest.mark.parametrize("seed", [6, 8, 24, 36])
def test_noise_has_no_trend_from_elsewhere(seed: int) -> None:
    """Weights near 0 keep the state that it began with, and a trend of ten first rows of noise is none."""
    noise = np.random.default_rng(seed).normal(size=2000)
    task = task_of(series(noise, 1), count=1, horizon=5)
    examples = task.examples(task.parts(0, "tune", 0))
    test = task.parts(0, "pair", 0).test
    found = outputs(fit("ets", task, examples, task.parts(0, "tune", 0).train), examples, test)

    assert np.mean((found - examples.targets(test)) ** 2) < 1.3 * np.var(noise) / examples.learned.spread.item() ** 2


@pytest.mark.parametrize("name", ["theta", "ets"])
def test_the_rule_says_what_statsmodels_says_of_the_rows_before(name: str) -> None:
    """Fitted on all rows before an origin, and asked there."""
    y = wave(12)
    task = task_of(series(y, 12), count=1, horizon=12)
    examples = task.examples(task.parts(0, "tune", 0))
    before = task.parts(0, "tune", 0).before
    end = int(before.max()) + 12
    rule = fit(name, task, examples, before)
    ours = examples.forecasts(outputs(rule, examples, np.array([end])), np.array([end]))[0, :, 0]

    assert rule.arrays["span"][:2].tolist() == [end, 12]
    if name == "theta":
        method = "multiplicative" if rule.arrays["span"][2] == MULTIPLIED else "additive"
        theirs = ThetaModel(y[:end], period=12, use_test=False, method=method).fit().forecast(12)
        assert ours == pytest.approx(np.asarray(theirs), rel=1e-9)
    assert np.abs(ours - y[end : end + 12]).max() < 12


def test_a_season_that_multiplies_is_added_where_values_are_not_positive() -> None:
    """A later zero is no division by zero; windows beside it are as they were."""
    y = wave(12)
    past = np.stack([y, np.where(np.arange(ROWS) == 140, 0.0, y)])[:, None]
    weights = Weights(*(np.full((2, 1), value) for value in (0.3, 0.03, 0.1, 0.98)))
    for kind in (MULTIPLIED, ADDED):
        smooth = forecast(past, weights, Form(True, 12, kind), 5)
        half = theta(past, np.full((2, 1), 0.3), 12, kind, 5)
        assert np.isfinite(smooth).all()
        assert np.isfinite(half).all()
        alone = forecast(past[:1], Weights(*(each[:1] for each in weights)), Form(True, 12, kind), 5)
        assert smooth[0] == pytest.approx(alone[0])
    assert smooth[1] == pytest.approx(forecast(past, weights, Form(True, 12, MULTIPLIED), 5)[1])


def test_the_mean_of_past_seasons() -> None:
    """The same place of the last so many seasons; a season that only repeats takes many of them."""
    t = np.arange(400)
    y = np.sin(2 * np.pi * t / 8) + 0.3 * np.random.default_rng(0).normal(size=400)
    task = task_of(series(y, 8), count=1, horizon=10)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    rule = fit("seasonal-mean", task, examples, parts.train)
    season, count = rule.arrays["seasons"].astype(int)
    assert season == 8
    assert count >= 6

    ids = parts.test[:5]
    values = examples.forecasts(outputs(rule, examples, ids), ids)[:, :, 0]
    expected = [[np.mean([y[e - 8 * k + h % 8] for k in range(1, count + 1)]) for h in range(10)] for e in ids]
    assert values == pytest.approx(np.array(expected))


def test_no_rule_looks_ahead() -> None:
    """What comes from the row on that is forecast changes no forecast."""
    data = series(wave(12, 400), 12)
    task = task_of(data, count=2, horizon=5)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    end = int(parts.test[3])
    late = data.values.copy()
    late[end:] = 500.0
    other = on(replace(data, values=late), task.setting).examples(parts)
    for name in applying(task):
        rule = fit(name, task, examples, parts.before)
        mine, theirs = (outputs(rule, seen, parts.test[:4]) for seen in (examples, other))
        np.testing.assert_array_equal(mine, theirs)


def test_series_that_are_not_fitted_take_the_median() -> None:
    """With many series some are fitted; a new one is forecast by what is usual."""
    rows = np.concatenate([wave(12, 120, seed) * size for seed, size in enumerate(np.linspace(1, 9, 30))])
    from gatewise.data.timeline import Timeline

    timeline = Timeline(np.tile(np.arange(120), 30), np.repeat(np.arange(30), 120))
    names = tuple((str(place),) for place in range(30))
    data = replace(series(rows, 12), timeline=timeline, keys=("shop",), names=names)
    task = task_of(data, count=1, horizon=3)
    parts = task.parts(0, "tune", 0)
    examples = task.examples(parts)
    for name, key in (("theta", "alpha"), ("ets", "weights")):
        rule = fit(name, task, examples, parts.before)
        assert len(rule.arrays[key]) == 30
        assert len(np.unique(rule.arrays[key].reshape(30, -1), axis=0)) <= 13
        loss = examples.scores(outputs(rule, examples, parts.test), parts.test).mean()
        plain = examples.scores(
            outputs(fit("last-value", task, examples, parts.before), examples, parts.test), parts.test
        )
        assert loss < 0.5 * plain.mean()
