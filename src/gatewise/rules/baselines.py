"""The simple rules that a recurrent net has to beat; each answers in the network's own units."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeCV

from gatewise.tasks.classify import Classify, ClassifyExamples
from gatewise.tasks.forecast import Forecast, ForecastExamples

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


MOST_LAGS = 1000
"""Ridge sees every channel at every step of the window up to this many inputs; beyond, the target's lags alone."""

MOST_WINDOWS = 20_000
"""Ridge is fitted on at most this many windows, evenly spaced."""

ALPHAS = tuple(10.0**k for k in range(-3, 6))


@dataclass(frozen=True)
class Baseline:
    """A fitted rule: its name and its numbers."""

    name: str
    arrays: dict[str, NDArray[np.float64]]


def names(task: Forecast | Classify) -> tuple[str, ...]:
    """The rules that apply to a task."""
    if isinstance(task, Classify):
        return "majority", "logistic"
    # A season may be longer than the window: the rule looks back in the series, which begins before any scored row.
    earliest = int(task.parts(0, "tune", 0).validation[0])
    seasonal = ("seasonal-naive",) if 1 < task.data.season <= earliest else ()
    return "last-value", *seasonal, "drift", "ridge"


# --------------------------------------------------------------------------------------------------
# Forecasting


def fit_forecast(name: str, examples: ForecastExamples, ends: NDArray[np.int64], season: int) -> Baseline:
    """Fit a rule on the windows ``ends``."""
    learned = examples.learned
    unit = {"mean": np.array([learned.mean]), "spread": np.array([learned.spread])}
    if name == "seasonal-naive":
        return Baseline(name, {**unit, "season": np.array([float(season)])})
    if name == "drift":
        return Baseline(name, {**unit, "drift": np.array([learned.drift])})
    if name == "ridge":
        chosen = ends[:: -(-len(ends) // MOST_WINDOWS)]
        inputs, targets = _lags(examples.inputs(chosen)[0]), examples.targets(chosen).numpy().astype(np.float64)
        model = RidgeCV(alphas=ALPHAS).fit(inputs, targets)
        return Baseline(name, _linear(model.coef_, model.intercept_, targets.shape[1]))
    return Baseline(name, unit)


def _lags(windows: Tensor) -> NDArray[np.float64]:
    """Inputs of the ridge: every channel at every step, or the target's lags where that would be too many."""
    few = windows if windows.shape[1] * windows.shape[2] <= MOST_LAGS else windows[:, :, :1]
    return few.reshape(len(windows), -1).numpy().astype(np.float64)


def _linear(weight: NDArray[np.float64], bias: NDArray[np.float64], outputs: int) -> dict[str, NDArray[np.float64]]:
    """Weights (outputs, inputs) and bias (outputs,) as arrays of one rank, whatever scikit-learn squeezed."""
    return {"weight": np.reshape(weight, (outputs, -1)), "bias": np.broadcast_to(bias, (outputs,)).copy()}


def forecast_outputs(baseline: Baseline, examples: ForecastExamples, ends: NDArray[np.int64]) -> Tensor:
    """Outputs of a rule for the windows ``ends``, shape (N, horizon), as a network would give them."""
    arrays = baseline.arrays
    if baseline.name == "ridge":
        return torch.from_numpy(_lags(examples.inputs(ends)[0]) @ arrays["weight"].T + arrays["bias"])
    ahead = np.arange(examples.horizon)
    if baseline.name == "seasonal-naive":
        season = int(arrays["season"][0])
        values = examples.past(ends, season - ahead % season)
    else:
        values = examples.past(ends, np.ones_like(ahead))
    if baseline.name == "drift":
        values = values + arrays["drift"] * (ahead + 1)
    return torch.from_numpy((values - examples.anchors(ends)[:, None]) / arrays["spread"])


# --------------------------------------------------------------------------------------------------
# Classification


def fit_classify(name: str, examples: ClassifyExamples, ids: NDArray[np.int64], classes: int) -> Baseline:
    """Fit a rule on the sequences ``ids``."""
    targets = examples.targets(ids).numpy()
    prior = np.log(np.maximum(np.bincount(targets, minlength=classes), 0.5) / len(targets))
    present = np.unique(targets)
    if name == "majority" or len(present) < 2:
        return Baseline("majority", {"prior": prior})
    inputs = summaries(examples, ids)
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale[scale < 1e-9] = 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 1,000 steps of L-BFGS are close enough for a rule
        model = LogisticRegression(max_iter=1000).fit((inputs - mean) / scale, targets)
    weight, bias = model.coef_, model.intercept_
    if len(present) == 2:  # scikit-learn keeps one row for two classes
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    full = np.zeros((classes, inputs.shape[1])), np.full(classes, -30.0)  # a class not seen in training: e⁻³⁰
    full[0][present], full[1][present] = weight, bias
    return Baseline(name, {"weight": full[0], "bias": full[1], "mean": mean, "scale": scale})


def summaries(examples: ClassifyExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a person would tabulate of each channel: mean, spread, least, most, first, last; and the length."""
    x, lengths = examples.inputs(ids)
    values = x.numpy().astype(np.float64)
    steps = np.full(len(values), values.shape[1]) if lengths is None else lengths.numpy()
    inside = (np.arange(values.shape[1]) < steps[:, None])[..., None]
    mean = np.where(inside, values, 0.0).sum(axis=1) / steps[:, None]
    spread = np.sqrt(np.where(inside, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / steps[:, None])
    least = np.where(inside, values, np.inf).min(axis=1)
    most = np.where(inside, values, -np.inf).max(axis=1)
    last = values[np.arange(len(values)), steps - 1]
    return np.concatenate([mean, spread, least, most, values[:, 0], last, steps[:, None]], axis=1)


def classify_outputs(baseline: Baseline, examples: ClassifyExamples, ids: NDArray[np.int64]) -> Tensor:
    """Outputs of a rule for the sequences ``ids``, shape (N, classes), as a network would give them."""
    arrays = baseline.arrays
    if baseline.name == "majority":
        return torch.from_numpy(np.broadcast_to(arrays["prior"], (len(ids), len(arrays["prior"]))).copy())
    inputs = (summaries(examples, ids) - arrays["mean"]) / arrays["scale"]
    return torch.from_numpy(inputs @ arrays["weight"].T + arrays["bias"])


# --------------------------------------------------------------------------------------------------
# Both tasks

Examples = ForecastExamples | ClassifyExamples


def fit(name: str, examples: Examples, ids: NDArray[np.int64], task: Forecast | Classify) -> Baseline:
    """Fit the rule ``name`` on the examples ``ids``."""
    if isinstance(examples, ForecastExamples):
        return fit_forecast(name, examples, ids, task.data.season)
    return fit_classify(name, examples, ids, task.outputs)


def outputs(rule: Baseline, examples: Examples, ids: NDArray[np.int64]) -> Tensor:
    """Outputs of a rule for the examples ``ids``, as a network would give them."""
    if isinstance(examples, ForecastExamples):
        return forecast_outputs(rule, examples, ids)
    return classify_outputs(rule, examples, ids)


@dataclass(frozen=True)
class Scored:
    """A rule on one split: the metric's loss on validation and on test, summed over each block."""

    name: str
    validation: tuple[float, ...]
    test: tuple[float, ...]


def score(task: Forecast | Classify, name: str, split: int) -> Scored:
    """Fit and score a rule on one split: for validation on the training part, for test on validation too."""
    parts = task.parts(split, "tune", 0)
    examples = task.examples(parts)
    chosen, final = fit(name, examples, parts.train, task), fit(name, examples, parts.all_training, task)
    validation = examples.scores(outputs(chosen, examples, parts.validation), parts.validation)
    test = examples.scores(outputs(final, examples, parts.test), parts.test)
    return Scored(name, block_sums(validation, parts.validation_block), block_sums(test, parts.test_block))


def block_sums(losses: NDArray[np.float64], block: NDArray[np.int64]) -> tuple[float, ...]:
    """Sum losses of examples, shape (N,), within their blocks."""
    return tuple(np.bincount(block, weights=losses).tolist())
