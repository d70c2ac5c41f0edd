"""What a picture of forecasts shows: the last rows, what was said of them in the test, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.errors import DataError
from gatewise.experiment.bands import LEVELS
from gatewise.rules.score import fit, outputs
from gatewise.run.picture import FromWindow, Panel, Picture, Shown
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.quantiles import column, nearest_median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gatewise.data.series import Series
    from gatewise.experiment.bands import Said
    from gatewise.model.model import Model
    from gatewise.run.picture import Which
    from gatewise.tasks.protocol import Task
    from gatewise.tasks.windows import ForecastExamples

FEWEST, MOST, HORIZONS, SEASONS = 60, 400, 8, 2
"""Rows of history that are shown: so many horizons or seasons, within these bounds."""

LEAD = 12, 120
"""Rows that are shown before a test window: two horizons or a season, within these bounds."""

BANDS = 2
"""Bands between quantiles that are shown at most."""

PANELS = 4
"""Targets of series that are shown at most."""


class Ask(NamedTuple):
    """What to make a picture of."""

    said: Said  # of the last split; its only rule is the one to beat
    model: Model  # the one that is recommended


def picture(task: Task, ask: Ask) -> Picture | None:
    """What the picture of a forecast shows; None for other tasks."""
    if not isinstance(task, Forecast):
        return None
    parts, tested = task.parts(ask.said.split, "pair", 0), _tested(task, ask.said)
    ahead = _ahead(task, ask.model)
    wanted = list(product(range(task.rows.timeline.count), range(task.rows.targets)))[:PANELS]
    panels = tuple(_panel(task, member, target, parts.test, tested, ahead) for member, target in wanted)
    bands = ask.model.bands
    return Picture(
        cells=tuple(ask.said.networks),
        rule=ask.said.rules[0],
        model=ask.model.cell,
        windows=bands.windows if bands and bands.half else 0,
        panels=panels,
    )


def _tested(task: Forecast, said: Said) -> dict[str, NDArray[np.float64]]:
    """Cell, the mean of its pairs, or rule -> its forecasts of the test windows, shape (N, horizon, targets)."""
    parts = task.parts(said.split, "pair", 0)
    seen = task.examples(replace(parts, train=parts.before) if said.refit else parts)
    found = {cell: _points(task, seen, each.mean(axis=0), parts.test) for cell, each in said.networks.items()}
    examples, [rule] = task.examples(parts), said.rules
    fitted = fit(rule, task, examples, parts.before)
    return found | {rule: _points(task, examples, outputs(fitted, examples, parts.test), parts.test)}


def _points(
    task: Forecast, examples: ForecastExamples, said: NDArray[Any], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What outputs forecast, shape (N, horizon, targets): of quantiles the median, or what stands for it."""
    apart = examples.quantiles(said, ends)
    found: NDArray[np.float64] = (
        apart[..., nearest_median(task.quantiles)].mean(axis=-1) if task.quantiles else apart[..., 0]
    )
    return found


def _ahead(task: Forecast, model: Model) -> Any:
    """The model's forecasts of what comes after the data; None where it needs rows that are not there."""
    try:
        return model.predict(task.series)
    except DataError:
        return None


def _panel(
    task: Forecast,
    member: int,
    target: int,
    ends: NDArray[np.int64],
    tested: dict[str, NDArray[np.float64]],
    ahead: Any,
) -> Panel:
    series, horizon = task.series, task.horizon
    name = series.targets[target]
    first, last = list(pairwise(task.rows.timeline.starts))[member]
    values = task.rows.values[first:last, target]
    stop = int(first + np.flatnonzero(~np.isnan(values))[-1] + 1)
    start = max(int(first), stop - int(np.clip(max(HORIZONS * horizon, SEASONS * series.season), FEWEST, MOST)))
    shown = np.flatnonzero((ends >= start) & (ends + horizon <= stop))
    own = slice(member * horizon, (member + 1) * horizon)
    of = ", ".join((name, *series.names[member])) if series.keys else name
    return Panel(
        title=of,
        at=_at(series, np.arange(start, stop)),
        values=tuple(None if np.isnan(value) else float(value) for value in task.rows.values[start:stop, target]),
        tested={
            said: tuple(FromWindow(start=int(ends[k] - start), values=_floats(each[k, :, target])) for k in shown)
            for said, each in tested.items()
        },
        ahead_at=_ahead_at(series, stop, horizon),
        ahead=() if ahead is None else _floats(ahead[name].to_numpy()[own]),
        bands={} if ahead is None else _bands(ahead, _sides(name, task.quantiles), own),
        **_tests(task, member, target, ends, tested),
    )


def _tests(
    task: Forecast, member: int, target: int, ends: NDArray[np.int64], tested: dict[str, NDArray[np.float64]]
) -> dict[str, Any]:
    """What a panel says of the tests: the errors by step ahead, and three of the windows."""
    mine = np.flatnonzero(task.rows.timeline.member_before(ends) == member)
    if not len(mine) or len(tested) < 2:
        return {}
    steps = np.arange(task.horizon)
    truth = task.rows.values[ends[mine, None] + steps, target]
    off = {name: np.abs(each[mine, :, target] - truth) for name, each in tested.items()}
    cells = list(tested)[:-1]  # the rule comes last
    order = np.argsort(np.mean([off[cell].mean(axis=1) for cell in cells[:2]], axis=0), kind="stable")
    picked: dict[Which, Any] = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    shown = []
    for which, k in picked.items():
        end = int(ends[mine[k]])
        lead = int(np.clip(max(2 * task.horizon, task.series.season), *LEAD))
        first = max(int(task.rows.timeline.starts[member]), end - lead)
        rows = np.arange(first, end + task.horizon)
        values = task.rows.values[rows, target]
        shown.append(
            Shown(
                which=which,
                at=_at(task.series, rows),
                values=tuple(None if np.isnan(value) else float(value) for value in values),
                start=end - first,
                said={name: _floats(each[mine[k], :, target]) for name, each in tested.items()},
                errors={name: float(each[k].mean()) for name, each in off.items()},
            )
        )
    return {"shown": tuple(shown), "errors": {name: _floats(each.mean(axis=0)) for name, each in off.items()}}


def _sides(target: str, quantiles: Sequence[float]) -> dict[int, tuple[str, str]]:
    """Level in per cent -> the columns of a table of forecasts that a band lies between.

    Between a quantile and the one as far from the other end lies a band; the widest ones are shown.
    """
    if not quantiles:
        return {level: (f"{target}_lo{level}", f"{target}_hi{level}") for level in LEVELS}
    ends = [(low, high) for low, high in product(quantiles, quantiles) if low < high and np.isclose(low + high, 1.0)]
    whole = {
        round(100 * (high - low)): (low, high) for low, high in ends if np.isclose(100 * (high - low) % 1, (0, 1)).any()
    }
    widest = sorted(whole, reverse=True)[:BANDS]
    return {level: (column(target, whole[level][0]), column(target, whole[level][1])) for level in widest}


def _bands(
    ahead: Any, sides: Mapping[int, tuple[str, str]], own: slice
) -> dict[int, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Level -> lower and upper bounds of a target, of one series."""
    return {
        level: (_floats(ahead[lower].to_numpy()[own]), _floats(ahead[upper].to_numpy()[own]))
        for level, (lower, upper) in sides.items()
        if lower in ahead.columns
    }


def _floats(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(np.asarray(values, dtype=np.float64).tolist())


def _at(series: Series, rows: NDArray[np.int64]) -> tuple[str, ...] | tuple[float, ...]:
    """Where rows stand in time: their stamps, or their numbers from 1 on."""
    if series.stamps is None or series.calendar is None:
        return _floats(rows + 1.0)
    return _stamps(series.stamps[rows])


def _ahead_at(series: Series, stop: int, horizon: int) -> tuple[str, ...] | tuple[float, ...]:
    steps = np.arange(1, horizon + 1)
    if series.stamps is None or series.calendar is None:
        return _floats(stop + steps)
    numbers, _ = series.calendar.numbers(series.stamps[[stop - 1]])
    return _stamps(series.calendar.stamps(numbers[0] + steps))


def _stamps(stamps: NDArray[Any]) -> tuple[str, ...] | tuple[float, ...]:
    return tuple(np.datetime_as_string(stamps, unit="s").tolist()) if stamps.dtype.kind == "M" else _floats(stamps)
