"""Rules that look at the target alone: last value, seasonal naive, drift; the majority, the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.tasks.classify import Classify
from gatewise.tasks.classify_steps import ClassifySteps
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.regress import Regress
from gatewise.tasks.regress_steps import RegressSteps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.classify import ClassifyExamples
    from gatewise.tasks.protocol import Examples, Task
    from gatewise.tasks.windows import ForecastExamples


class LastValue:
    """Every step ahead is as the last one was."""

    name: ClassVar[str] = "last-value"

    def applies(self, task: Task) -> bool:
        """To forecasts."""
        return isinstance(task, Forecast)

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """There is nothing to learn."""
        return {}

    def outputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, horizon · targets)."""
        return examples.outputs(self.values(arrays, examples, ids, np.arange(examples.horizon)), ids)

    def values(
        self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64], ahead: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Forecasts in the targets' own units, shape (N, horizon, targets)."""
        return examples.past(ids, np.ones_like(ahead))

    def back(self, arrays: Arrays) -> int:
        """The last value is inside of every window."""
        return 0


class SeasonalNaive(LastValue):
    """Every step ahead is as it was one season before.

    A season may be longer than the window: the rule looks back in the series, which begins before any scored row.
    """

    name = "seasonal-naive"
    place: ClassVar[int] = 0
    """Which of the seasons found, 0 for the most telling."""

    def applies(self, task: Task) -> bool:
        """To forecasts of a series with a season, which begins a season before any scored row."""
        if not isinstance(task, Forecast) or len(task.section.seasons) <= self.place:
            return False
        return task.section.seasons[self.place] <= int(task.trials(0)[0].validation[0])

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """The season is the plan's."""
        return {"season": np.array([float(task.section.seasons[self.place])])}

    def values(
        self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64], ahead: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Forecasts in the targets' own units, shape (N, horizon, targets)."""
        season = self.back(arrays)
        return examples.past(ids, season - ahead % season)

    def back(self, arrays: Arrays) -> int:
        """A whole season."""
        return int(arrays["season"][0])


class SecondSeasonalNaive(SeasonalNaive):
    """Every step ahead is as it was one season before, by the second season: the same hour a week ago."""

    name = "seasonal-naive-2"
    place = 1


class ThirdSeasonalNaive(SeasonalNaive):
    """Every step ahead is as it was one season before, by the third season."""

    name = "seasonal-naive-3"
    place = 2


class Drift(LastValue):
    """From the last value on, the target changes by as much a step as it did on average in training.

    Each series has a mean change of its own; a new series has none.
    """

    name = "drift"

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """The mean change a step of each series and target, shape (series, targets)."""
        return {"drift": examples.drifts(ids)}

    def values(
        self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64], ahead: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Forecasts in the targets' own units, shape (N, horizon, targets)."""
        if "drift" in arrays:
            drift = examples.own(arrays["drift"], np.zeros(arrays["drift"].shape[1]), ids)
        else:  # an older gatewise kept it with what the training part taught
            drift = examples.learned.drift[examples.members(ids)]
        return super().values(arrays, examples, ids, ahead) + drift[:, None] * (ahead + 1)[:, None]


class Majority:
    """Every sequence is of each class as often as in training."""

    name: ClassVar[str] = "majority"

    def applies(self, task: Task) -> bool:
        """To classes."""
        return isinstance(task, Classify | ClassifySteps)

    def fit(self, task: Task, examples: ClassifyExamples, ids: NDArray[np.int64]) -> Arrays:
        """The logarithm of each class's share; a class not seen counts as half an example."""
        targets = examples.targets(ids)
        counts = np.bincount(targets, minlength=task.setting.data.outputs)
        return {"prior": np.log(np.maximum(counts, 0.5) / len(targets))}

    def outputs(self, arrays: Arrays, examples: ClassifyExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, classes)."""
        return np.broadcast_to(arrays["prior"], (len(ids), len(arrays["prior"]))).copy()

    def back(self, arrays: Arrays) -> int:
        """Nothing is looked at."""
        return 0


class Mean:
    """Every example is as the training examples are on average."""

    name: ClassVar[str] = "mean"

    def applies(self, task: Task) -> bool:
        """To a number for each sequence or step."""
        return isinstance(task, Regress | RegressSteps)

    def fit(self, task: Task, examples: Examples, ids: NDArray[np.int64]) -> Arrays:
        """The mean of each output over the training examples, in the network's unit."""
        return {"mean": examples.targets(ids).astype(np.float64).mean(axis=0)}

    def outputs(self, arrays: Arrays, examples: Examples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, outputs)."""
        return np.broadcast_to(arrays["mean"], (len(ids), len(arrays["mean"]))).copy()

    def back(self, arrays: Arrays) -> int:
        """Nothing is looked at."""
        return 0
