"""Ridge regression on the window, and on the calendar: the linear forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.data.terms import fundamentals
from gatewise.rules.protocol import linear
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

MOST_LAGS = 1000
"""Ridge sees every channel at every step of the window up to this many inputs; beyond, the targets' lags alone."""

MOST_WINDOWS = 20_000
"""Ridge is fitted on at most this many windows, evenly spaced."""

MOST_AT_ONCE = 1 << 15
"""It answers at most this many at once: in pieces of about one size, whose inputs do not fill the memory."""

ALPHAS = tuple(10.0**k for k in range(-3, 6))

HARMONICS = {"day": 4, "week": 3, "year": 2}
"""Sines and cosines of each cycle in ridge; 4 of others. Where steps are shorter than a day the week has 28, which is
how a day goes on each of seven days."""

HARMONICS_OF_OTHERS, HARMONICS_OF_WEEK = 4, 28


class Ridge:
    """Each step ahead is a weighted sum of the window; the penalty is chosen by leave-one-out cross-validation."""

    name: ClassVar[str] = "ridge"
    own: ClassVar[bool] = False
    """Whether the targets' own lags are all it sees of the window."""

    def applies(self, task: Task) -> bool:
        """To forecasts; the own lags alone are a rule where there are other channels that would be used."""
        if not isinstance(task, Forecast):
            return False
        every = task.setting.data.numeric
        return not self.own or (len(task.section.targets) < every and every * task.window <= MOST_LAGS)

    def fit(self, task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> Arrays:
        """Weights, shape (horizon · targets, inputs), bias, and what the inputs are."""
        from sklearn.linear_model import RidgeCV  # slow to import, and needed in workers alone

        every, own = examples.learned.inputs.channels, examples.rows.targets
        channels = own if self.own or task.setting.data.numeric * task.window > MOST_LAGS else every
        arrays = {"channels": np.array([float(channels)])} | self._calendar(task)
        chosen = ids[:: -(-len(ids) // MOST_WINDOWS)]
        inputs, targets = self._inputs(arrays, examples, chosen), examples.targets(chosen).astype(np.float64)
        model = RidgeCV(alphas=ALPHAS).fit(inputs, targets)
        return arrays | linear(model.coef_, model.intercept_, targets.shape[1])

    def outputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, horizon · targets); of very many examples in pieces."""
        found = [
            self._inputs(arrays, examples, some) @ arrays["weight"].T + arrays["bias"]
            for some in np.array_split(ids, max(1, -(-len(ids) // MOST_AT_ONCE)))
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)

    def back(self, arrays: Arrays) -> int:
        """The window is enough."""
        return 0

    def _calendar(self, task: Forecast) -> Arrays:
        """What of the calendar is among the inputs: nothing."""
        return {}

    def _inputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The lags of the channels that are used, shape (N, inputs)."""
        windows = examples.inputs(ids)[0]
        if "channels" in arrays:
            windows = examples.learned.inputs.numeric(windows[:, :, : int(arrays["channels"][0])])
        elif windows.shape[1] * windows.shape[2] > MOST_LAGS:  # as an older gatewise did it
            windows = windows[:, :, :1]
        return windows.reshape(len(windows), -1).astype(np.float64)


class RidgeOwn(Ridge):
    """Ridge on the targets' own lags: other channels may cost more than they tell."""

    name = "ridge-own"
    own = True


class RidgeCalendar(Ridge):
    """Ridge on the window and on the time of day, the day of the week and the time of the year of the first step ahead.

    Each step ahead has weights of its own, so the phase of one of them is enough.
    """

    name = "ridge-calendar"

    def applies(self, task: Task) -> bool:
        """To forecasts with terms of the calendar."""
        return super().applies(task) and task.setting.data.terms > 0

    def _calendar(self, task: Forecast) -> Arrays:
        """Of each cycle where its first sine stands among the terms, and how many harmonics there are."""
        found = fundamentals(task.section.terms)
        harmonics = {cycle: HARMONICS.get(cycle, HARMONICS_OF_OTHERS) for cycle in found}
        if "day" in found and "week" in found:
            harmonics["week"] = HARMONICS_OF_WEEK
            del harmonics["day"]  # every seventh harmonic of the week is one of the day
        return {"cycles": np.array([[float(found[cycle]), float(count)] for cycle, count in harmonics.items()])}

    def _inputs(self, arrays: Arrays, examples: ForecastExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The lags, then sines and cosines of each cycle, shape (N, inputs)."""
        terms, waves = examples.terms(ids), [super()._inputs(arrays, examples, ids)]
        for place, count in arrays["cycles"].astype(int):
            angle = np.arctan2(terms[:, place], terms[:, place + 1])[:, None] * np.arange(1, count + 1)
            waves += [np.sin(angle), np.cos(angle)]
        return np.concatenate(waves, axis=1)


class RidgeCalendarOwn(RidgeCalendar):
    """Ridge on the targets' own lags and on the calendar."""

    name = "ridge-calendar-own"
    own = True
