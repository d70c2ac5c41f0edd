"""The Theta method: half of a trend, on exponential smoothing of what is left without the season."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.rules.spans import filled_in, last_spans, lately, length, seasons_seen, spans
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

USUAL = 0.3
"""Weight of the newest value while seasons are tried."""

ADDED, MULTIPLIED = 0.0, 1.0


class Theta:
    """The method of Assimakopoulos and Nikolopoulos (2000) as statsmodels has it, on the last rows before each origin.

    The season is taken out by classical decomposition and put back. statsmodels fits the weight of the newest value; it
    stays as it is from then on, and everything else is of the rows before the origin. "The theta model: a decomposition
    approach to forecasting", International Journal of Forecasting 16; Hyndman and Billah 2003, in volume 19.
    """

    name: ClassVar[str] = "theta"

    def applies(self, task: Task) -> bool:
        """To forecasts."""
        return isinstance(task, Forecast)

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """The weight of each series and target, the season, how it is taken out, and the rows looked at."""
        season, kind = best_season(task, examples, ids)
        rows = length(examples, ids, season)
        alphas = {
            member: np.array([_fitted(values, season, kind) for values in found])
            for member, found in last_spans(examples, ids, rows)
        }
        alpha, usual = filled_in(alphas, examples)
        return {"alpha": alpha, "usual": usual, "span": np.array([float(rows), float(season), kind])}

    def outputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, horizon · targets)."""
        rows, season, kind = arrays["span"]
        parts = [
            theta(past, examples.own(arrays["alpha"], arrays["usual"], some), int(season), kind, examples.horizon)
            for some, past in spans(examples, ids, int(rows))
        ]
        return examples.outputs(np.concatenate(parts).transpose(0, 2, 1), ids)

    def back(self, arrays: Arrays) -> int:
        """The rows it is fitted on."""
        return int(arrays["span"][0])


def best_season(task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> tuple[int, float]:
    """The season, 1 for none, and how it is taken out, that forecast the last of the windows ``ids`` best."""
    late = lately(ids)
    future = examples.future(late).transpose(0, 2, 1)
    unit = examples.learned.spread[examples.members(late)][:, :, None]
    alpha = np.full((len(late), examples.rows.targets), USUAL)
    best = (np.inf, 1, ADDED)
    for season in seasons_seen(task, examples, ids):
        [(_, past)] = spans(examples, late, length(examples, ids, season))
        kinds = (ADDED, MULTIPLIED) if season > 1 and past.min() > 0.0 else (ADDED,)
        for kind in kinds:
            found = theta(past, alpha, season, kind, examples.horizon)
            best = min(best, (float(np.mean(((found - future) / unit) ** 2)), season, kind))
    return best[1:]


def theta(
    past: NDArray[np.float64], alpha: NDArray[np.float64], season: int, kind: float, horizon: int
) -> NDArray[np.float64]:
    """Forecasts, shape (N, targets, horizon), from the rows before, shape (N, targets, rows).

    Args:
        past: The rows.
        alpha: Weight of the newest value, shape (N, targets).
        season: Steps of the season; 1 for none.
        kind: Whether the season is added or multiplied.
        horizon: Steps ahead.
    """
    rows, low = past.shape[2], past.min(axis=2, keepdims=True) <= 0.0
    if kind == MULTIPLIED and low.any():  # what multiplies needs positive values; where there are others it is added
        added = theta(past, alpha, season, ADDED, horizon)
        return np.where(low, added, theta(np.where(low, 1.0, past), alpha, season, kind, horizon))
    factors = seasonal_factors(past, season, kind)
    ahead, place = np.arange(horizon), np.arange(rows) % season
    plain = past / factors[..., place] if kind == MULTIPLIED else past - factors[..., place]
    centred = np.arange(rows) - (rows - 1) / 2
    slope = plain @ centred / (centred @ centred)
    weight, kept = np.maximum(alpha, 1e-12)[..., None], (1.0 - alpha)[..., None]
    old = kept ** np.arange(rows - 1, -1, -1)
    level = (weight * old * plain).sum(axis=2) + (1.0 - alpha) ** rows * plain[..., 0]
    risen = ahead + (1.0 - kept**rows) / weight
    values: NDArray[np.float64] = level[..., None] + 0.5 * slope[..., None] * risen
    again = factors[..., (rows + ahead) % season]
    return values * again if kind == MULTIPLIED else values + again


def seasonal_factors(past: NDArray[np.float64], season: int, kind: float) -> NDArray[np.float64]:
    """What each place of the season adds, or multiplies by, shape (..., season): classical decomposition."""
    neutral = 1.0 if kind == MULTIPLIED else 0.0
    if season == 1:
        return np.full((*past.shape[:-1], 1), neutral)
    half = season // 2
    weights = np.ones(2 * half + 1)
    weights[[0, -1]] = 0.5 if season % 2 == 0 else 1.0
    sums = np.concatenate([np.zeros((*past.shape[:-1], 1)), np.cumsum(past, axis=-1)], axis=-1)
    inner = past[..., half : past.shape[-1] - half]
    trend = sums[..., 2 * half + 1 :] - sums[..., : -2 * half - 1]
    if season % 2 == 0:
        trend = trend - 0.5 * (past[..., : -2 * half] + past[..., 2 * half :])
    trend = trend / season
    left = inner / trend if kind == MULTIPLIED else inner - trend
    place = (np.arange(inner.shape[-1]) + half) % season
    found = np.stack([left[..., place == k].mean(axis=-1) for k in range(season)], axis=-1)
    middle = found.mean(axis=-1, keepdims=True)
    result: NDArray[np.float64] = found / middle if kind == MULTIPLIED else found - middle
    return result


def _fitted(values: NDArray[np.float64], season: int, kind: float) -> float:
    """The weight of the newest value that statsmodels finds; `USUAL` where the rows do not allow any."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    few = len(values) < max(10, 2 * season + 1) or not np.ptp(values)
    if few or (kind == MULTIPLIED and values.min() <= 0.0):
        return USUAL
    method = "multiplicative" if kind == MULTIPLIED else "additive"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ThetaModel(values, period=season, deseasonalize=season > 1, use_test=False, method=method)
        return float(np.clip(model.fit().params["alpha"], 0.0, 1.0))
