"""The mean of the past seasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.rules.naive import LastValue
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

COUNTS = (2, 3, 4, 6, 8, 12, 20)
"""How many past seasons the mean may be of."""

MOST_TRIED = 1000
"""A season and a count are tried on at most this many windows."""


class SeasonalMean(LastValue):
    """Every step ahead is as it was on average at the same place of the past seasons.

    Which season, and how many of them, is what forecast the windows it is fitted on best, of those that begin before
    any scored row.
    """

    name: ClassVar[str] = "seasonal-mean"

    def applies(self, task: Task) -> bool:
        """To forecasts of a series of which two seasons lie before any scored row."""
        return isinstance(task, Forecast) and bool(_choices(task))

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """The season and how many of them."""
        choices = [np.array([float(season), float(count)]) for season, count in _choices(task)]
        tried = _with_past(examples, ids, int(max(season * count for season, count in choices)))
        ahead = np.arange(examples.horizon)
        spread = examples.learned.spread[examples.members(tried)][:, None]
        loss = [
            float(
                np.mean(((self.values({"seasons": c}, examples, tried, ahead) - examples.future(tried)) / spread) ** 2)
            )
            for c in choices
        ]
        return {"seasons": choices[int(np.argmin(loss))]}

    def values(
        self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64], ahead: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Forecasts in the targets' own units, shape (N, horizon, targets)."""
        season, count = arrays["seasons"].astype(int)
        back = np.concatenate([season * k - ahead % season for k in range(1, count + 1)])
        past = examples.past(ids, back)
        found: NDArray[np.float64] = past.reshape(len(ids), count, len(ahead), -1).mean(axis=1)
        return found

    def back(self, arrays: Arrays) -> int:
        """All of the seasons."""
        return int(np.prod(arrays["seasons"]))


def _choices(task: Forecast) -> list[tuple[int, int]]:
    """Seasons and counts of them that lie before any scored row."""
    first = int(task.trials(0)[0].validation[0])
    return [(season, count) for season in task.section.seasons for count in COUNTS if season * count <= first]


def _with_past(examples: ForecastExamples, ids: NDArray[np.int64], back: int) -> NDArray[np.int64]:
    """Windows that have so many rows before them, or the last fifth where fewer have; evenly spaced."""
    timeline = examples.rows.timeline
    past = ids - timeline.starts[examples.members(ids)] >= back
    some = ids[past] if past.sum() >= len(ids) // 5 else ids[-max(1, len(ids) // 5) :]
    return some[:: -(-len(some) // MOST_TRIED)]
