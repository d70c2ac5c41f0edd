"""Ridge regression on the window: the linear forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from sklearn.linear_model import RidgeCV

from gatewise.rules.protocol import linear
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

MOST_LAGS = 1000
"""Ridge sees every channel at every step of the window up to this many inputs; beyond, the target's lags alone."""

MOST_WINDOWS = 20_000
"""Ridge is fitted on at most this many windows, evenly spaced."""

ALPHAS = tuple(10.0**k for k in range(-3, 6))


class Ridge:
    """Each step ahead is a weighted sum of the window; the penalty is chosen by leave-one-out cross-validation."""

    name: ClassVar[str] = "ridge"

    def applies(self, task: Task) -> bool:
        """To forecasts."""
        return isinstance(task, Forecast)

    def fit(self, task: Task, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """Weights, shape (horizon, inputs), and bias."""
        chosen = ids[:: -(-len(ids) // MOST_WINDOWS)]
        inputs, targets = _lags(examples.inputs(chosen)[0]), examples.targets(chosen).astype(np.float64)
        model = RidgeCV(alphas=ALPHAS).fit(inputs, targets)
        return linear(model.coef_, model.intercept_, targets.shape[1])

    def outputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, horizon)."""
        found: NDArray[np.float64] = _lags(examples.inputs(ids)[0]) @ arrays["weight"].T + arrays["bias"]
        return found

    def back(self, arrays: Arrays) -> int:
        """The window is enough."""
        return 0


def _lags(windows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Every channel at every step, or the target's lags where that would be too many."""
    few = windows if windows.shape[1] * windows.shape[2] <= MOST_LAGS else windows[:, :, :1]
    return few.reshape(len(windows), -1).astype(np.float64)
