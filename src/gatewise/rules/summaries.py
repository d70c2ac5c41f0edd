"""Linear rules on what a person would tabulate of each sequence."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gatewise.rules.lags import ALPHAS, MOST_WINDOWS
from gatewise.rules.naive import Majority
from gatewise.rules.protocol import linear, logistic_weights, numeric_inputs
from gatewise.tasks.classify import Classify
from gatewise.tasks.classify_steps import ClassifySteps
from gatewise.tasks.regress import Regress
from gatewise.tasks.regress_steps import RegressSteps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.classify import ClassifyExamples
    from gatewise.tasks.protocol import Task


AT_ONCE = 4096
"""So many examples are looked at at once, to spare memory."""


def summaries(examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean, spread, least, most, first and last of each channel, and the length; shape (N, 6 * channels + 1)."""
    return np.concatenate([_summaries(examples, ids[first : first + AT_ONCE]) for first in range(0, len(ids), AT_ONCE)])


def _summaries(examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    x, lengths = numeric_inputs(examples, ids)
    values = x.astype(np.float64)
    steps = np.full(len(values), values.shape[1]) if lengths is None else lengths
    inside = (np.arange(values.shape[1]) < steps[:, None])[..., None]
    mean = np.where(inside, values, 0.0).sum(axis=1) / steps[:, None]
    spread = np.sqrt(np.where(inside, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / steps[:, None])
    least = np.where(inside, values, np.inf).min(axis=1)
    most = np.where(inside, values, -np.inf).max(axis=1)
    last = values[np.arange(len(values)), steps - 1]
    return np.concatenate([mean, spread, least, most, values[:, 0], last, steps[:, None]], axis=1)


class _Standardised:
    """A linear rule on standardised summaries."""

    def standard(self, inputs: NDArray[np.float64]) -> tuple[NDArray[np.float64], Arrays]:
        """The inputs with mean 0 and spread 1, and both of what they were."""
        mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
        scale[scale < 1e-9] = 1.0
        return (inputs - mean) / scale, {"mean": mean, "scale": scale}

    def outputs(self, arrays: Arrays, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, outputs)."""
        inputs = (summaries(examples, ids) - arrays["mean"]) / arrays["scale"]
        found: NDArray[np.float64] = inputs @ arrays["weight"].T + arrays["bias"]
        return found

    def back(self, arrays: Arrays) -> int:
        """The sequence is enough."""
        return 0


class Logistic(_Standardised):
    """Logistic regression; the majority where training has a single class."""

    name: ClassVar[str] = "logistic"

    def applies(self, task: Task) -> bool:
        """To classes."""
        return isinstance(task, Classify | ClassifySteps)

    def fit(self, task: Task, examples: ClassifyExamples, ids: NDArray[np.int64]) -> Arrays:
        """Weights, shape (classes, summaries), and bias; a class not seen in training has e⁻³⁰ of the odds."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression  # slow to import, and needed in workers alone

        ids = ids[:: max(1, -(-len(ids) // MOST_WINDOWS))]
        targets, classes = examples.targets(ids), task.setting.data.outputs
        if len(np.unique(targets)) < 2:
            return Majority().fit(task, examples, ids)
        inputs, standard = self.standard(summaries(examples, ids))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # 1,000 steps of L-BFGS are close enough for a rule
            model = LogisticRegression(max_iter=1000).fit(inputs, targets)
        return linear(*logistic_weights(model, classes), classes) | standard

    def outputs(self, arrays: Arrays, examples: ClassifyExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, classes)."""
        if "prior" in arrays:
            return Majority().outputs(arrays, examples, ids)
        return super().outputs(arrays, examples, ids)


class SummaryRidge(_Standardised):
    """Ridge regression; the penalty is chosen by leave-one-out cross-validation."""

    name: ClassVar[str] = "ridge-on-summaries"

    def applies(self, task: Task) -> bool:
        """To a number for each sequence or step."""
        return isinstance(task, Regress | RegressSteps)

    def fit(self, task: Task, examples: Any, ids: NDArray[np.int64]) -> Arrays:
        """Weights, shape (outputs, summaries), and bias."""
        from sklearn.linear_model import RidgeCV  # slow to import, and needed in workers alone

        ids = ids[:: max(1, -(-len(ids) // MOST_WINDOWS))]
        inputs, standard = self.standard(summaries(examples, ids))
        targets = examples.targets(ids).astype(np.float64)
        model = RidgeCV(alphas=ALPHAS).fit(inputs, targets)
        return linear(model.coef_, model.intercept_, targets.shape[1]) | standard
