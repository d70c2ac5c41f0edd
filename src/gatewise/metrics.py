"""How predictions are scored: a row for each metric, listed in `METRICS`. Help, checks, training and report read it.

A metric is a loss of each example, smaller is better; it has to add up, for scores are summed over test blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy  # its parts are loaded when they are used, so that --help is quick

from gatewise.errors import InputError
from gatewise.languages import mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

Loss = Callable[["NDArray[Any]", "NDArray[Any]", float], "NDArray[np.float64]"]
"""The loss of each example, shape (N,), of what was predicted, what is true, and the size of the network's unit.

Numbers are of shape (N, outputs), both in one unit: the user's, or the network's own, whose size is 1 then. Classes are
predicted as the network's outputs, shape (N, classes), and true as class numbers, shape (N,). Of symbols what is
predicted is the logarithm of the true one's probability, in nats, and whether it is the likeliest, shape (N, 2); of
frames the same of the true frame.
"""


Kind = Literal["numbers", "forecasts", "quantiles", "classes", "symbols", "frames"]

QUANTILES = (0.1, 0.5, 0.9)
"""The quantiles that are forecast where the metric is about quantiles and none are named."""


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: As it is typed.
        words: What it is called in a sentence; marked for translation where scores are skill, which name their loss.
        of: What is scored: numbers; numbers in a unit that only a forecast has, see `Forecast`; their quantiles;
            classes; symbols, of which there are as many classes as the alphabet has; or frames of channels that are on
            or off.
        loss: The loss of each test example; numbers are in the user's unit.
        trained: The training loss, one of `gatewise.model.losses.LOSSES`; it sees the network's unit.
        chooses: The loss of each validation example that chooses steps and configurations; numbers are in the network's
            unit, which may be below 0 where the user's is not.
        unit: What is shown: ``skill``, 1 - loss / the bar's loss; or an accuracy, 1 - loss, where a loss counts errors.
        balanced: Whether every class counts alike, however many examples it has; see `Balance`.
        root: What the root of the mean loss is called, which is in the user's unit; empty where it has no meaning. It
            is shown and never judged, for it does not add up over test blocks.
    """

    name: str
    words: str
    of: Kind
    loss: Loss
    trained: str
    chooses: Loss
    unit: Literal["skill", "accuracy", "balanced accuracy", "solved"] = "skill"
    balanced: bool = False
    root: str = ""

    def at(self, quantiles: tuple[float, ...]) -> Metric:
        """The metric of these quantiles; itself where it is not about quantiles."""
        if self.of != "quantiles":
            return self
        return replace(self, loss=Pinball(quantiles), chooses=Pinball(quantiles))


@dataclass(frozen=True)
class Balance:
    """What makes every class count alike.

    The mean recall of the classes does not add up over test blocks, for its denominators are the blocks' own. A mistake
    on an example of a class with n_k of the n tested ones that counts n / (K n_k), and not 1, does: its mean over all
    tested ones is 1 - the mean recall. To be right in that sense a network that was trained on the classes as often as
    they come has to say the class whose share grew most: the largest output less the logarithm of the class's share.
    Source of the shift: Menon et al. 2021, "Long-tail learning via logit adjustment", ICLR, section 4.

    Attributes:
        shares: Of each class among the examples that are learned from, shape (K,).
        weights: What a mistake on an example of each class counts, shape (K,).
    """

    shares: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, learned: NDArray[np.int64], tested: NDArray[np.int64], classes: int) -> Balance:
        """From the class numbers of the examples that are learned from, and of those that are tested."""
        known, counted = np.bincount(learned, minlength=classes), np.bincount(tested, minlength=classes)
        there = int((counted > 0).sum())
        # A class that is not tested is scored in validation alone, as one of the usual size.
        weights = np.where(counted > 0, len(tested) / (there * np.maximum(counted, 1)), 1.0)
        return cls(known / len(learned), weights)

    def outputs(self, predicted: NDArray[Any]) -> NDArray[np.float64]:
        """Outputs as of examples of which every class has as many, shape (N, K)."""
        found: NDArray[np.float64] = predicted.astype(np.float64) - np.log(np.maximum(self.shares, 1e-12))
        return found


def squared(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """Mean squared error over the outputs."""
    mean: NDArray[np.float64] = (_errors(predicted, true) ** 2).mean(axis=1)
    return mean


def absolute(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """Mean absolute error over the outputs."""
    mean: NDArray[np.float64] = np.abs(_errors(predicted, true)).mean(axis=1)
    return mean


@dataclass(frozen=True)
class Pinball:
    """The pinball loss of quantiles, mean over the outputs and the quantiles.

    For the quantile q it is q · |error| where the truth lies above and (1 - q) · |error| where it lies below, as in
    scikit-learn's ``mean_pinball_loss`` and NeuralForecast's ``MQLoss``; some write twice as much. That of the median
    is half the absolute error.
    Source: Koenker and Bassett 1978, "Regression quantiles", Econometrica 46.

    Attributes:
        quantiles: What is predicted of each output, the quantiles of one output beside each other.
    """

    quantiles: tuple[float, ...]

    def __call__(self, predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
        """The loss of each example, from predictions of shape (N, outputs · quantiles)."""
        above = _errors(true[:, :, None], predicted.reshape(*true.shape, len(self.quantiles)))
        levels = np.array(self.quantiles)
        mean: NDArray[np.float64] = np.maximum(levels * above, (levels - 1.0) * above).mean(axis=(1, 2))
        return mean


def _errors(predicted: NDArray[Any], true: NDArray[Any]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = (predicted - true).astype(np.float64)
    return found


def wrong(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """1 where another class has the largest output, else 0."""
    found: NDArray[np.bool_] = predicted.argmax(axis=1) != true
    return found.astype(np.float64)


def cross_entropy(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """Cross-entropy in nats."""
    logs: NDArray[np.float64] = scipy.special.log_softmax(predicted.astype(np.float64), axis=1)
    of_true: NDArray[np.float64] = -logs[np.arange(len(true)), true]
    return of_true


def brier(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """The Brier score, Σ (p - y)² over classes.

    It says more than a count of errors, and unlike cross-entropy it is bounded, so that one confident mistake in a
    small validation part cannot decide.
    Source: Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
    """
    shares: NDArray[np.float64] = scipy.special.softmax(predicted.astype(np.float64), axis=1)
    shares[np.arange(len(true)), true] -= 1.0
    summed: NDArray[np.float64] = (shares**2).sum(axis=1)
    return summed


def bits(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """Bits that an ideal code takes to write the true symbol.

    Source: Shannon 1951, "Prediction and entropy of printed English", Bell System Technical Journal 30.
    """
    found: NDArray[np.float64] = -predicted[:, 0].astype(np.float64) / np.log(2.0)
    return found


def nats(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """What the true frame's probability lacks of 1, in nats, summed over its channels.

    Source: Boulanger-Lewandowski, Bengio and Vincent 2012, Modeling temporal dependencies in high-dimensional
    sequences, arXiv:1206.6392, section 4: the log-likelihood of a step.
    """
    found: NDArray[np.float64] = -predicted[:, 0].astype(np.float64)
    return found


def missed(predicted: NDArray[Any], true: NDArray[Any], unit: float) -> NDArray[np.float64]:
    """1 where another symbol is the likeliest, else 0."""
    found: NDArray[np.float64] = 1.0 - predicted[:, 1].astype(np.float64)
    return found


METRICS = (
    Metric("mse", mark("mean squared error"), "numbers", squared, trained="squared", chooses=squared, root="RMSE"),
    Metric("mae", mark("mean absolute error"), "numbers", absolute, trained="absolute", chooses=absolute),
    # Hyndman and Koehler 2006, "Another look at measures of forecast accuracy", Int. Journal of Forecasting 22.
    Metric("mase", mark("mean absolute scaled error"), "forecasts", absolute, trained="absolute", chooses=absolute),
    Metric(
        "pinball", mark("pinball loss"), "quantiles", Pinball(QUANTILES), trained="pinball", chooses=Pinball(QUANTILES)
    ),
    # Accuracy has no gradient to train on, and too few values to choose by.
    Metric("accuracy", "accuracy", "classes", wrong, trained="cross-entropy", chooses=brier, unit="accuracy"),
    Metric(
        "balanced-accuracy",
        "balanced accuracy",
        "classes",
        wrong,
        trained="cross-entropy",
        chooses=brier,
        unit="balanced accuracy",
        balanced=True,
    ),
    Metric("log-loss", mark("log loss"), "classes", cross_entropy, trained="cross-entropy", chooses=cross_entropy),
    Metric("bits", mark("bits per symbol"), "symbols", bits, trained="cross-entropy", chooses=bits),
    Metric(
        "symbol-accuracy",
        "accuracy of the next symbol",
        "symbols",
        missed,
        trained="cross-entropy",
        chooses=bits,
        unit="accuracy",
    ),
    # A sequence counts as one, however long it is; the task turns missed symbols into missed sequences.
    Metric("solved", "sequences solved", "symbols", missed, trained="cross-entropy", chooses=bits, unit="solved"),
    Metric("nats", mark("nats per step"), "frames", nats, trained="binary", chooses=nats),
)
"""All metrics. A task takes those of its kind of target; which of them it takes unless asked is the task's choice."""


def metric_named(name: str) -> Metric:
    """The metric of that name.

    Raises:
        InputError: A newer gatewise has it.
    """
    for found in METRICS:
        if found.name == name:
            return found
    raise InputError(f"this gatewise knows no metric {name!r}. Type: pip install --upgrade gatewise")


def metrics_of(kind: Kind, first: str = "") -> tuple[str, ...]:
    """Names of the metrics of a kind of target, ``first`` before the others."""
    names = [found.name for found in METRICS if found.of == kind]
    return tuple(sorted(names, key=lambda name: name != first))
