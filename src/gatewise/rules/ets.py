"""Exponential smoothing: level, damped trend and season, each followed by a weight of its own."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from gatewise.rules.spans import filled_in, last_spans, lately, length, spans
from gatewise.rules.theta import ADDED, MULTIPLIED, best_season
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

TINY = 1e-3
"""A multiplied level and season stay above this share of what they began with."""


class Form(NamedTuple):
    """Which parts a model has.

    Attributes:
        trend: Whether there is a damped trend.
        season: Steps of the season; 1 for none.
        kind: Whether the season is added or multiplied.
    """

    trend: bool
    season: int
    kind: float


class Weights(NamedTuple):
    """How fast level, trend and season follow the newest value, and how slowly the trend fades."""

    level: NDArray[np.float64]
    trend: NDArray[np.float64]
    season: NDArray[np.float64]
    damping: NDArray[np.float64]


class State(NamedTuple):
    """Level, trend and the season's places, each of shape (..., ) and (season, ...)."""

    level: NDArray[np.float64]
    trend: NDArray[np.float64]
    season: NDArray[np.float64]


STRAYS, KEPT = 1.1, 0.05
"""A trend is left out that makes squared errors from elsewhere so many times as large, where weights follow so slowly
that more than this share of what the state began with is left at the end."""

USUAL = (0.3, 0.03, 0.1, 0.98)
"""The weights where the rows are too few to fit any."""


class Ets:
    """Exponential smoothing of the last rows before each origin, with weights that statsmodels fits by likelihood.

    One form serves all series: with or without a damped trend, the season that forecasts best added or multiplied, by
    the least AIC. The state begins with the first two seasons of the rows, whatever the season's length, and the
    weights stay as they are from the fit on. Where they hardly follow, the state stays what it began as, and a trend of
    a few first rows that are noise leads far astray from any other origin; such a trend is left out.
    Hyndman, Koehler, Ord and Snyder 2008, "Forecasting with Exponential Smoothing".
    """

    name: ClassVar[str] = "ets"

    def applies(self, task: Task) -> bool:
        """To forecasts."""
        return isinstance(task, Forecast)

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """The weights of each series and target, the form, and the rows looked at."""
        season, _ = best_season(task, examples, ids)
        rows = length(examples, ids, season)
        found = last_spans(examples, ids, rows)
        positive = all(values.min() > 0.0 for _, values in found)
        kinds = (ADDED, MULTIPLIED) if season > 1 and positive else (ADDED,)
        tried = {}
        for form in [Form(trend, season, kind) for kind in kinds for trend in (False, True)]:
            fits = {member: [fitted(own, form) for own in values] for member, values in found}
            tried[form] = (sum(aic for own in fits.values() for aic, _ in own), fits)
        kept = {form: _kept(form, rows, fits, examples) for form, (_, fits) in tried.items()}
        best, *others = sorted(kept, key=lambda form: tried[form][0])
        if best.trend and _keeps_its_start(kept[best]):
            level = next(form for form in others if not form.trend)
            with_trend, without = (self._error(kept[form], examples, lately(ids)) for form in (best, level))
            best = level if with_trend > STRAYS * without else best
        return kept[best]

    def _error(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> float:
        """Mean squared error of windows, in the unit of the network."""
        return float(np.mean((self.outputs(arrays, examples, ids) - examples.targets(ids)) ** 2))

    def outputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, horizon · targets)."""
        rows, season, kind, trend = arrays["span"]
        form = Form(bool(trend), int(season), kind)
        parts = []
        for some, past in spans(examples, ids, int(rows)):
            weights = examples.own(arrays["weights"], arrays["usual"], some)
            parts.append(forecast(past, Weights(*np.moveaxis(weights, -1, 0)), form, examples.horizon))
        return examples.outputs(np.concatenate(parts).transpose(0, 2, 1), ids)

    def back(self, arrays: Arrays) -> int:
        """The rows it is fitted on."""
        return int(arrays["span"][0])


def _kept(
    form: Form,
    rows: int,
    fits: dict[int, list[tuple[float, tuple[float, float, float, float]]]],
    examples: ForecastExamples,
) -> Arrays:
    """What is kept of a form: the weights of each series, and of those that were not fitted, and the form."""
    weights, usual = filled_in({k: np.array([own for _, own in fit]) for k, fit in fits.items()}, examples)
    return {
        "weights": weights,
        "usual": usual,
        "span": np.array([float(rows), float(form.season), form.kind, float(form.trend)]),
    }


def _keeps_its_start(arrays: Arrays) -> bool:
    """Whether the level that the rows begin with is not forgotten at their end, by the usual weights."""
    level = arrays["usual"][..., 0]
    return bool(((1.0 - level) ** arrays["span"][0] > KEPT).any())


def begun(past: NDArray[np.float64], form: Form) -> State:
    """The state before the first row, from the first two seasons, or the first ten rows.

    Args:
        past: The rows, shape (..., rows).
        form: Which parts there are.
    """
    half = form.season if form.season > 1 else min(5, past.shape[-1] // 2)
    first, second = past[..., :half].mean(axis=-1), past[..., half : 2 * half].mean(axis=-1)
    trend = (second - first) / half if form.trend else np.zeros_like(first)
    middle = (first + second) / 2
    level = first - trend * (half + 1) / 2 if form.trend else middle
    line = level[..., None] + trend[..., None] * np.arange(1, 2 * half + 1)
    neutral = 1.0 if form.kind == MULTIPLIED else 0.0
    if form.season == 1:
        return State(level, trend, np.full((1, *level.shape), neutral))
    two = past[..., : 2 * half]
    left = two / line if form.kind == MULTIPLIED else two - line
    season = np.moveaxis(left.reshape(*level.shape, 2, half).mean(axis=-2), -1, 0)
    return State(level, trend, season)


def forecast(past: NDArray[np.float64], weights: Weights, form: Form, horizon: int) -> NDArray[np.float64]:
    """Forecasts, shape (..., horizon), from the rows before, shape (..., rows), and weights of shape (...)."""
    low = past.min(axis=-1) <= 0.0
    if (
        form.kind == MULTIPLIED and low.any()
    ):  # what multiplies needs positive values; where there are others it is added
        added = forecast(past, weights, form._replace(kind=ADDED), horizon)
        positive = np.where(low[..., None], 1.0, past)
        return np.where(low[..., None], added, forecast(positive, weights, form, horizon))
    level, trend, season = begun(past, form)
    season = season.copy()
    floor, low = TINY * np.abs(level), TINY
    # A multiplied season follows what the new level leaves, as statsmodels has it.
    share = np.minimum(weights.season / np.maximum(1.0 - weights.level, 1e-12), 1.0)
    for row in range(past.shape[-1]):
        place = row % form.season
        base = level + weights.damping * trend
        own = season[place]
        if form.kind == MULTIPLIED:
            base, own = np.maximum(base, floor), np.maximum(own, low)
            error = past[..., row] - base * own
            level = np.maximum(base + weights.level * error / own, floor)
            season[place] = own + share * (past[..., row] / level - own)
            trend = weights.damping * trend + weights.trend * error / own
        else:
            error = past[..., row] - base - own
            level, season[place] = base + weights.level * error, own + weights.season * error
            trend = weights.damping * trend + weights.trend * error
    faded = np.cumsum(weights.damping[..., None] ** np.arange(1, horizon + 1), axis=-1)
    values = level[..., None] + faded * trend[..., None]
    again = np.moveaxis(season[(past.shape[-1] + np.arange(horizon)) % form.season], 0, -1)
    found: NDArray[np.float64] = values * again if form.kind == MULTIPLIED else values + again
    return found


def fitted(values: NDArray[np.float64], form: Form) -> tuple[float, tuple[float, float, float, float]]:
    """AIC and weights of one series, shape (rows,); the usual weights where the rows are too few."""
    seasonal = form.season > 1
    if len(values) < max(12, 2 * form.season + 4) or not np.ptp(values):
        return 0.0, (USUAL[0], USUAL[1] * form.trend, USUAL[2] * seasonal, USUAL[3])
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    state = begun(values, form)
    kind = "mul" if form.kind == MULTIPLIED else "add"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = ETSModel(
            values,
            error=kind,
            trend="add" if form.trend else None,
            damped_trend=form.trend,
            seasonal=kind if seasonal else None,
            seasonal_periods=form.season if seasonal else None,
            initialization_method="known",
            initial_level=float(state.level),
            initial_trend=float(state.trend) if form.trend else None,
            initial_seasonal=state.season if seasonal else None,
        ).fit(disp=False, maxiter=200)
    if not np.isfinite(found.aic):
        return np.inf, USUAL
    return float(found.aic), (
        float(found.smoothing_level),
        float(found.smoothing_trend) if form.trend else 0.0,
        float(found.smoothing_seasonal) if seasonal else 0.0,
        float(found.damping_trend) if form.trend else 1.0,
    )
