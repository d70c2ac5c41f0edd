"""Forecasting: windows of a series in, the next ``horizon`` values of the target out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from gatewise.data.prepare import Preparation, carry_forward, prepare
from gatewise.data.windows import Parts, known_targets, window_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.run.plan import DataPlan, SplitPlan


@dataclass(frozen=True)
class ForecastLearned:
    """What the training part taught.

    Attributes:
        inputs: Scale, imputation and masks of the input channels.
        anchor: What forecasts are measured from: the `last` value of the window, or the training `mean`, whichever
            was closer to the training targets.
        mean: Training mean of the target.
        spread: Root mean square of (target - anchor) over the training windows; the network's unit.
        drift: Mean change of the target per row over the training part.
    """

    inputs: Preparation
    anchor: Literal["last", "mean"]
    mean: float
    spread: float
    drift: float


class ForecastExamples:
    """The windows of a series, as one training part taught to see them.

    A window is named by the row e it forecasts from: rows e - window to e - 1 in, rows e to e + horizon - 1 out.

    Args:
        values: Shape (rows, features), the target first, NaN where missing.
        learned: What the training part taught.
        window: Input rows.
        horizon: Target rows.
        metric: ``mse`` or ``mae``.
    """

    def __init__(
        self, values: NDArray[np.float64], learned: ForecastLearned, window: int, horizon: int, metric: str
    ) -> None:
        self.learned, self.horizon, self._window, self._metric = learned, horizon, window, metric
        self._windows = torch.from_numpy(learned.inputs(values)).unfold(0, window, 1)  # (rows - window + 1, C, window)
        self._target = values[:, 0]
        self._filled = carry_forward(values[:, 0], learned.mean)

    def inputs(self, ends: NDArray[np.int64]) -> tuple[Tensor, None]:
        """Prepared windows, shape (N, window, channels); all of one length."""
        return self._windows[torch.from_numpy(ends - self._window)].transpose(1, 2).contiguous(), None

    def targets(self, ends: NDArray[np.int64]) -> Tensor:
        """(target - anchor) / spread, shape (N, horizon)."""
        scaled = (self.future(ends) - self.anchors(ends)[:, None]) / self.learned.spread
        return torch.from_numpy(scaled.astype(np.float32))

    def future(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target's own values, shape (N, horizon)."""
        values: NDArray[np.float64] = self._target[ends[:, None] + np.arange(self.horizon)]
        return values

    def past(self, ends: NDArray[np.int64], back: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target ``back`` rows before ``ends``, missing values carried forward, shape (N, len(back))."""
        values: NDArray[np.float64] = self._filled[ends[:, None] - back]
        return values

    def anchors(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the forecasts are measured from, shape (N,)."""
        return self._filled[ends - 1] if self.learned.anchor == "last" else np.full(len(ends), self.learned.mean)

    def forecasts(self, outputs: Tensor, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The target's forecast values in its own unit, shape (N, horizon), from network outputs."""
        return self.anchors(ends)[:, None] + self.learned.spread * outputs.double().numpy()

    def scores(self, outputs: Tensor, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each window in the target's own unit, shape (N,)."""
        return _loss(self.forecasts(outputs, ends) - self.future(ends), self._metric)


def _loss(error: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """Mean absolute or squared error over the horizon, shape (N,)."""
    mean: NDArray[np.float64] = (np.abs(error) if metric == "mae" else error**2).mean(axis=1)
    return mean


class Forecast:
    """The forecasting task on one series.

    Args:
        values: Shape (rows, features), the target first, NaN where missing.
        data: The plan's data section.
        splits: The plan's splits, of kind `origins`.
        metric: ``mse`` or ``mae``.
    """

    def __init__(self, values: NDArray[np.float64], data: DataPlan, splits: SplitPlan, metric: str) -> None:
        self.values, self.data, self.splits, self.metric = values, data, splits, metric
        self.outputs = data.horizon

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split; time order leaves nothing to draw."""
        border, end = self.splits.borders[split], self.splits.borders[split + 1]
        horizon = self.data.horizon
        usable = known_targets(self.values[:, 0], horizon)
        return window_parts(
            border, end, window=self.data.window, horizon=horizon, block=self.splits.block, usable=usable
        )

    def learn(self, parts: Parts) -> ForecastLearned:
        """Learn scales and anchor from the training windows' rows alone."""
        horizon, rows = self.data.horizon, self._training_rows(parts)
        inputs = prepare(rows, np.array(self.data.masked, dtype=np.int64))
        filled = carry_forward(rows[:, 0], inputs.mean[0])
        future = rows[parts.train[:, None] + np.arange(horizon), 0]
        square = {
            "last": float(np.mean((future - filled[parts.train - 1][:, None]) ** 2)),
            "mean": float(np.mean((future - inputs.mean[0]) ** 2)),
        }
        anchor: Literal["last", "mean"] = "last" if square["last"] < square["mean"] else "mean"
        drift = (filled[-1] - filled[0]) / max(1, len(filled) - 1)
        spread = float(np.sqrt(square[anchor])) or 1.0
        return ForecastLearned(inputs, anchor, float(inputs.mean[0]), spread, float(drift))

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Channels with missing values in the training rows."""
        return tuple(np.flatnonzero(np.isnan(self._training_rows(parts)).any(axis=0)).tolist())

    def _training_rows(self, parts: Parts) -> NDArray[np.float64]:
        """Rows that training windows read or predict, shape (rows, features)."""
        return self.values[: parts.train[-1] + self.data.horizon]

    def examples(self, parts: Parts) -> ForecastExamples:
        """All windows of the series, as the training windows of ``parts`` teach to see them."""
        return ForecastExamples(self.values, self.learn(parts), self.data.window, self.data.horizon, self.metric)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Training loss: the metric itself, in the network's unit."""
        error = outputs - targets
        return error.abs().mean() if self.metric == "mae" else error.square().mean()

    def selection(self, outputs: Tensor, targets: Tensor) -> NDArray[np.float64]:
        """Validation loss of each example, shape (N,): the metric, in the network's unit."""
        return _loss((outputs - targets).double().numpy(), self.metric)

    def trivial(self, targets: Tensor, training: Tensor) -> Tensor:
        """Outputs of the forecast that never leaves the anchor."""
        return torch.zeros_like(targets)
