"""The windows of one or several series, as one training part taught to see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from gatewise.data.prepare import Preparation, prepare
from gatewise.data.slices import slices, spans
from gatewise.data.terms import TermTables
from gatewise.metrics import metric_named
from gatewise.tasks.protocol import Lines
from gatewise.tasks.quantiles import rising
from gatewise.tasks.rows import Rows, ahead, filled, only, standardised, training_rows
from gatewise.tasks.scales import drifts, mean_square, own_scales, spreads

if TYPE_CHECKING:
    from numpy.typing import NDArray

_F = TypeVar("_F", np.float32, np.float64)

MOST_HELD = 1 << 22
"""Terms of the calendar, of all rows together, that are held in memory; more are looked up as a batch is gathered."""


@dataclass(frozen=True)
class ForecastLearned:
    """What the training part taught. Each series has numbers of its own, in an array of shape (series, targets).

    Attributes:
        inputs: Scale, imputation and masks of the input channels, learned after `center` and `scale`.
        level: What targets are measured from: the `last` value of the window, or the training `mean`, whichever was
            closer to the training targets.
        mean: Training mean of each target.
        spread: Root mean square of (target - level) over the training windows; the network's unit.
        drift: Mean change of each target per row over the training part.
        center: What is taken off the targets before they become inputs: 0 for one series, else the mean.
        scale: What they are then divided by: 1 for one series, else the standard deviation.
    """

    inputs: Preparation
    level: Literal["last", "mean"]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    drift: NDArray[np.float64]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> ForecastLearned:
        """What was stored of one as JSON; before there were several series, its numbers were single ones."""
        numbers = {name: np.atleast_2d(np.array(stored[name], float)) for name in ("mean", "spread", "drift")}
        blank = {"center": np.zeros_like(numbers["mean"]), "scale": np.ones_like(numbers["mean"])}
        blank |= {name: np.array(stored[name], float) for name in blank if name in stored}
        return cls(Preparation.of(stored["inputs"]), stored["level"], **numbers, **blank)


class ForecastExamples:
    """The windows of series. A window is named by the row e it forecasts from.

    It reads rows e - window to e - 1, of features that are known ahead those a horizon later, and predicts rows e to
    e + horizon - 1 of the targets. Outputs of a network, and what it is trained on, have shape (N, horizon · targets),
    the targets of a step beside each other.

    Args:
        rows: The rows.
        learned: What the training part taught.
        window: Input rows.
        horizon: Target rows.
        metric: Name of the metric to score by.
        units: What the errors of each series and target are divided by before they are scored, shape (series,
            targets).
        quantiles: What outputs of a network are of, those of one target beside each other; empty for points.
    """

    def __init__(
        self,
        rows: Rows,
        learned: ForecastLearned,
        window: int,
        horizon: int,
        metric: str,
        units: NDArray[np.float64],
        quantiles: tuple[float, ...] = (),
    ) -> None:
        self.rows, self.learned, self.horizon, self._units, self._quantiles = rows, learned, horizon, units, quantiles
        self._metric = metric_named(metric).at(quantiles)
        self._tables = None if rows.terms is None or _few(rows) else TermTables(rows.terms)
        self._prepared = _prepared(rows, learned, horizon, with_terms=self._tables is None)
        self._window, self._windows = window, spans(self._prepared, window)
        self._futures = spans(rows.values[:, : rows.targets], horizon)
        self._filled = filled(rows, learned.mean)

    def inputs(self, ends: NDArray[np.int64]) -> tuple[NDArray[np.float32], None]:
        """Prepared windows, shape (N, window, channels), the terms of the calendar last; all of one length."""
        first = ends - self._window
        if self._tables is None:
            return self._windows[first], None
        terms = self._tables.of(first[:, None] + np.arange(self._window))
        return np.concatenate([self._windows[first], terms], axis=2), None

    def lines(self, ends: NDArray[np.int64]) -> Lines:
        """Where these windows lie: behind each other where their terms are looked up."""
        if self._tables is None:
            return Lines(self._prepared, ends - self._window, None, self._window)
        gathered, _ = self.inputs(ends)
        starts = np.arange(len(ends)) * self._window
        return Lines(gathered.reshape(-1, gathered.shape[2]), starts, None, self._window)

    def terms(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Calendar terms of the first step ahead, shape (N, terms)."""
        return np.empty((len(ends), 0)) if self.rows.terms is None else self.rows.terms.of(ends - 1)

    def targets(self, ends: NDArray[np.int64]) -> NDArray[np.float32]:
        """(target - level) / spread, shape (N, horizon · targets)."""
        return self.outputs(self.future(ends), ends).astype(np.float32)

    def future(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The targets' own values, shape (N, horizon, targets)."""
        values: NDArray[np.float64] = self._futures[ends]
        return values

    def past(self, ends: NDArray[np.int64], back: NDArray[np.int64]) -> NDArray[np.float64]:
        """The targets ``back`` steps before ``ends``, missing values carried forward, shape (N, len(back), targets)."""
        values: NDArray[np.float64] = self._filled[self.rows.timeline.past(ends, back)]
        return values

    def members(self, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """The series of each window, shape (N,)."""
        return self.rows.timeline.member_before(ends)

    def own(
        self, numbers: NDArray[np.float64], usual: NDArray[np.float64], ends: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Each window's share, shape (N, ...), of ``numbers`` learned for each series, shape (series, ...).

        A series that is new has the ``usual`` ones, shape (...).
        """
        members = self.members(ends)
        place = members if self.rows.places is None else self.rows.places[members]
        found: NDArray[np.float64] = np.concatenate([numbers, usual[None]])[place]
        return found

    def drifts(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean change a row up to the last row that ``ends`` read or predict, shape (series, targets)."""
        return drifts(self._filled, self.rows.timeline, training_rows(self.rows, ends, self.horizon))

    def levels(self, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """What targets are measured from, shape (N, targets)."""
        found: NDArray[np.float64] = (
            self._filled[ends - 1] if self.learned.level == "last" else self.learned.mean[self.members(ends)]
        )
        return found

    def resting(self, ends: NDArray[np.int64], at: Literal["last", "mean"]) -> NDArray[np.float64]:
        """Outputs that mean the last value, or the training mean, for every step ahead; shape (N, outputs)."""
        values = self._filled[ends - 1] if at == "last" else self.learned.mean[self.members(ends)]
        return self.outputs(np.repeat(values[:, None], self.horizon, axis=1), ends)

    def forecasts(self, outputs: NDArray[_F], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The targets' forecast values in their own units, shape (N, horizon, targets), from network outputs."""
        spread = self.learned.spread[self.members(ends)][:, None]
        shaped = outputs.reshape(len(ends), self.horizon, self.rows.targets).astype(np.float64)
        values: NDArray[np.float64] = self.levels(ends)[:, None] + spread * shaped
        return values

    def quantiles(self, outputs: NDArray[_F], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Forecast quantiles in the targets' own units, in rising order, shape (N, horizon, targets, quantiles).

        Of a point forecast there is one.
        """
        apart = rising(outputs, len(self._quantiles) or 1)
        return np.stack([self.forecasts(apart[:, :, place], ends) for place in range(apart.shape[2])], axis=-1)

    def outputs(self, values: NDArray[np.float64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The outputs that mean ``values``, shape (N, horizon, targets): the inverse of `forecasts`."""
        spread = self.learned.spread[self.members(ends)][:, None]
        scaled: NDArray[np.float64] = (values - self.levels(ends)[:, None]) / spread
        return scaled.reshape(len(ends), -1)

    def converted(self, outputs: NDArray[_F], theirs: ForecastExamples, ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs in the unit of other examples of the same rows, in the unit of these, shape (N, outputs)."""
        values, spread = theirs.quantiles(outputs, ends), self.learned.spread[self.members(ends)][:, None, :, None]
        scaled: NDArray[np.float64] = (values - self.levels(ends)[:, None, :, None]) / spread
        return scaled.reshape(len(ends), -1)

    def scores(self, outputs: NDArray[_F], ends: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each window, in the unit of its series, shape (N,)."""
        units = self._units[self.members(ends)][:, None]
        forecasts = (self.quantiles(outputs, ends) / units[..., None]).reshape(len(ends), -1)
        future = (self.future(ends) / units).reshape(len(ends), -1)
        return self._metric.loss(forecasts, future, float(np.median(self.learned.spread / self._units)))


def learn(
    rows: Rows, train: NDArray[np.int64], window: int, horizon: int, masked: NDArray[np.int64]
) -> ForecastLearned:
    """What training windows teach, from the rows that they read or predict alone.

    Args:
        rows: The rows.
        train: The windows that train, by the row they forecast from, shape (N,).
        window: Input rows.
        horizon: Target rows.
        masked: Features that get a mask channel.
    """
    seen = training_rows(rows, train, horizon)
    center, scale = own_scales(rows, seen, window)
    inputs = prepare(only(standardised(rows, center, scale), seen), masked, rows.coded)
    mean = center if rows.timeline.count > 1 else inputs.mean[None, : rows.targets]
    carried = filled(rows, mean)
    members = rows.timeline.member_before(train)
    future = spans(rows.values[:, : rows.targets], horizon)
    bases, unit = {"last": carried[train - 1], "mean": mean[members]}, scale[members]
    squares = {name: mean_square(future, train, base, unit) for name, base in bases.items()}
    level: Literal["last", "mean"] = "last" if squares["last"] < squares["mean"] else "mean"
    spread = spreads(future, train, bases[level], members, scale * (np.sqrt(squares[level]) or 1.0))
    return ForecastLearned(inputs, level, mean, spread, drifts(carried, rows.timeline, seen), center, scale)


def _few(rows: Rows) -> bool:
    """Whether the terms of all rows are held beside the channels."""
    return rows.terms is None or len(rows.values) * len(rows.terms.names) <= MOST_HELD


def _prepared(rows: Rows, learned: ForecastLearned, horizon: int, *, with_terms: bool) -> NDArray[np.float32]:
    """The inputs at each row, the terms of the calendar last where they are wanted, shape (rows, channels)."""
    values = ahead(standardised(rows, learned.center, learned.scale), rows, horizon)
    terms = rows.terms if with_terms else None
    own = learned.inputs.channels
    prepared = np.empty((len(values), own + len(terms.names if terms else ())), np.float32)
    for part in slices(prepared):
        prepared[part, :own] = learned.inputs(values[part])
        if terms is not None:
            prepared[part, own:] = terms.of(part)
    return prepared
