"""The windows of one or several series, as one training part taught to see them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from gatewise.data.prepare import Preparation, carry_forward, prepare
from gatewise.data.slices import mean_of, slices, spans
from gatewise.metrics import metric_named
from gatewise.tasks.protocol import Lines
from gatewise.tasks.quantiles import rising

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.terms import Terms
    from gatewise.data.timeline import Timeline

_F = TypeVar("_F", np.float32, np.float64)

FEWEST_OWN = 8
"""A series with fewer training windows takes over how far forecasts of the others are off, in spreads of its rows."""


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


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that windows lie in.

    Attributes:
        values: Shape (rows, features), the targets first, NaN where missing.
        timeline: The place of each row.
        targets: How many of the features are targets.
        known: Places of the features that are known ahead.
        places: Number of each series among those that were learned from, -1 for a new one, shape (series,); None where
            they are the same.
        terms: Calendar terms of the step after each row; None for none.
    """

    values: NDArray[np.float64]
    timeline: Timeline
    targets: int
    known: tuple[int, ...] = ()
    places: NDArray[np.int64] | None = None
    terms: Terms | None = None


def places(features: Sequence[str], named: Sequence[str]) -> tuple[int, ...]:
    """Where the ``named`` features stand among all."""
    return tuple(features.index(name) for name in named)


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
        self._window, self._prepared = window, _prepared(rows, learned, horizon)
        self._windows = spans(self._prepared, window)
        self._futures = spans(rows.values[:, : rows.targets], horizon)
        self._filled = filled(rows, learned.mean)

    def inputs(self, ends: NDArray[np.int64]) -> tuple[NDArray[np.float32], None]:
        """Prepared windows, shape (N, window, channels), the terms of the calendar last; all of one length."""
        return self._windows[ends - self._window], None

    def lines(self, ends: NDArray[np.int64]) -> Lines:
        """Where these windows lie."""
        return Lines(self._prepared, ends - self._window, None, self._window)

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
        return _drifts(self._filled, self.rows.timeline, training_rows(self.rows, ends, self.horizon))

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
    center, scale = _own_scales(rows, seen, window)
    inputs = prepare(only(standardised(rows, center, scale), seen), masked)
    mean = center if rows.timeline.count > 1 else inputs.mean[None, : rows.targets]
    carried = filled(rows, mean)
    members = rows.timeline.member_before(train)
    future = spans(rows.values[:, : rows.targets], horizon)
    bases, unit = {"last": carried[train - 1], "mean": mean[members]}, scale[members]
    squares = {name: _mean_square(future, train, base, unit) for name, base in bases.items()}
    level: Literal["last", "mean"] = "last" if squares["last"] < squares["mean"] else "mean"
    spread = _spreads(future, train, bases[level], members, scale * (np.sqrt(squares[level]) or 1.0))
    return ForecastLearned(inputs, level, mean, spread, _drifts(carried, rows.timeline, seen), center, scale)


def _prepared(rows: Rows, learned: ForecastLearned, horizon: int) -> NDArray[np.float32]:
    """The inputs at each row, the terms of the calendar last, shape (rows, channels)."""
    values = ahead(standardised(rows, learned.center, learned.scale), rows, horizon)
    own = learned.inputs.channels
    prepared = np.empty((len(values), own + len(rows.terms.names if rows.terms else ())), np.float32)
    for part in slices(prepared):
        prepared[part, :own] = learned.inputs(values[part])
        if rows.terms is not None:
            prepared[part, own:] = rows.terms.of(part)
    return prepared


def only(values: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The rows that are ``seen``: a view where they are the first ones."""
    count = int(np.count_nonzero(seen))
    return values[:count] if seen[:count].all() else values[seen]


def training_rows(rows: Rows, train: NDArray[np.int64], horizon: int) -> NDArray[np.bool_]:
    """Rows up to the last one that a training window reads or predicts, in every series; shape (rows,)."""
    steps = rows.timeline.steps
    seen: NDArray[np.bool_] = steps < steps[train].max() + horizon
    return seen


def standardised(rows: Rows, center: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values, with each series' targets on a scale of their own, shape (rows, features)."""
    if rows.timeline.count == 1:
        return rows.values
    values, members = rows.values.copy(), rows.timeline.members
    values[:, : rows.targets] = (values[:, : rows.targets] - center[members]) / scale[members]
    return values


def ahead(values: NDArray[np.float64], rows: Rows, horizon: int) -> NDArray[np.float64]:
    """The values, features known ahead shifted so that each row has those of ``horizon`` rows later.

    The last row of a window then holds what is known of the last row that it predicts. Beyond the end of a stretch
    they are missing.
    """
    if not rows.known:
        return values
    later = np.minimum(np.arange(len(values)) + horizon, len(values) - 1)
    there = rows.timeline.room > horizon
    shifted, columns = values.copy(), list(rows.known)
    shifted[:, columns] = np.where(there[:, None], values[later][:, columns], np.nan)
    return shifted


def filled(rows: Rows, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """The targets, the last seen value in the place of missing ones, ``start`` of a series before its first."""
    starts = rows.timeline.starts
    parts = [
        carry_forward(rows.values[first:last, : rows.targets], start[member])
        for member, (first, last) in enumerate(pairwise(starts))
    ]
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def season_changes(rows: Rows, seen: NDArray[np.bool_], season: int) -> NDArray[np.float64]:
    """Mean absolute change of the targets over a season in the rows ``seen``, shape (series, targets).

    A series that does not change, or has no row among them, takes over the mean of the others.
    """
    timeline = rows.timeline
    found = np.full((timeline.count, rows.targets), np.nan)
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = rows.values[first:last, : rows.targets][seen[first:last]]
        change = np.abs(own[season:] - own[:-season])
        known = ~np.isnan(change)
        found[member] = np.where(known, change, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    found[~(found > 0.0)] = np.nan
    usual = np.array([np.nanmean(column) if np.isfinite(column).any() else 1.0 for column in found.T])
    return np.where(np.isnan(found), usual, found)


def _own_scales(rows: Rows, seen: NDArray[np.bool_], window: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of the targets of each series; 0 and 1 where there is one series only.

    A series that begins too late to have training rows is scaled by its first window, which lies in the past of all
    of its forecasts.
    """
    timeline = rows.timeline
    shape = (timeline.count, rows.targets)
    center, scale = np.zeros(shape), np.ones(shape)
    if timeline.count == 1:
        return center, scale
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = seen[first:last].copy()
        own[:window] = True
        found = prepare(rows.values[first:last, : rows.targets][own])
        center[member], scale[member] = found.mean, found.scale
    return center, scale


def _mean_square(
    future: NDArray[np.float64], ends: NDArray[np.int64], base: NDArray[np.float64], unit: NDArray[np.float64]
) -> float:
    """The mean square of how far the windows' targets are off, worked out for some windows at a time.

    Args:
        future: The targets from each row on, shape (rows, horizon, targets).
        ends: The windows, by the row they forecast from, shape (N,).
        base: What forecasts are measured from, shape (N, targets).
        unit: What errors are divided by, shape (N, targets).
    """
    width = future.shape[1] * future.shape[2]

    def squares(first: int, last: int) -> NDArray[np.float64]:
        part = slice(first // width, -(-last // width))
        error = (future[ends[part]] - base[part][:, None]) / unit[part][:, None]
        found: NDArray[np.float64] = error.reshape(-1)[first - part.start * width :][: last - first] ** 2
        return found

    return mean_of(len(ends) * width, squares)


def _spreads(
    future: NDArray[np.float64],
    train: NDArray[np.int64],
    base: NDArray[np.float64],
    members: NDArray[np.int64],
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Root mean square of the errors of each series and target, shape (series, targets).

    Args:
        future: The targets from each row on, shape (rows, horizon, targets).
        train: The windows, by the row they forecast from.
        base: What forecasts are measured from, shape (windows, targets).
        members: The series of each window.
        usual: What a series of too few windows takes over.
    """
    spread, several = usual.copy(), len(usual) > 1
    for member in range(len(usual)):
        own = np.flatnonzero(members == member) if several else slice(None)
        ends, level = train[own], base[own]
        if several and len(ends) < FEWEST_OWN:
            continue
        for target in range(usual.shape[1]):
            only_it = slice(target, target + 1)
            off = _mean_square(future[:, :, only_it], ends, level[:, only_it], np.ones((len(ends), 1)))
            spread[member, target] = float(np.sqrt(off)) or 1.0
    return spread


def _drifts(carried: NDArray[np.float64], timeline: Timeline, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean change a row of each series and target over the rows that were seen."""
    drift = np.zeros((timeline.count, carried.shape[1]))
    for member, (first, last) in enumerate(pairwise(timeline.starts)):
        own = carried[first:last][seen[first:last]]
        if len(own):
            drift[member] = (own[-1] - own[0]) / max(1, len(own) - 1)
    return drift
