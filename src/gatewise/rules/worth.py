"""What each simple rule is predicted to cost in core seconds, and which ones a short budget leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.data.windows import TRIALS
from gatewise.rules.convolved import Convolved
from gatewise.rules.ets import Ets
from gatewise.rules.frames import MOST_STEPS, LogisticFrames
from gatewise.rules.grams import PASSES, Grams
from gatewise.rules.lags import MOST_LAGS, MOST_WINDOWS, Ridge, RidgeCalendar, RidgeCalendarOwn, RidgeOwn
from gatewise.rules.ngram import MOST, NGram
from gatewise.rules.score import applying
from gatewise.rules.spans import CYCLES, LONGEST, MOST_FITTED, ROWS
from gatewise.rules.summaries import Logistic
from gatewise.rules.theta import Theta
from gatewise.tasks.classify import Classify
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.next_frame import NextFrame
from gatewise.tasks.next_symbol import NextSymbol
from gatewise.tasks.regress import Regress

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.tasks.protocol import Task

SHARE = 0.2
"""Share of the core seconds of a budget that the simple rules may take together."""

LEAST = 2.0
"""Core seconds that they may take however short the budget is: no network is worth it that a rule of a second beats."""

FITS = 1 + TRIALS
"""A rule is fitted so often on each split at most: for its test scores, and for its validation scores."""

SPEED = 1e10
"""Floating-point operations a second of linear algebra on one core, measured on 15,000 windows of 336 inputs."""

IMPORT = 2.0
"""Seconds that a process needs to import statsmodels, the first time."""

LITTLE = 0.01
"""Seconds of every other rule."""

WAVES = 70
"""Inputs that the calendar adds to ridge at most, about."""


class Sizes(NamedTuple):
    """How large the work of a rule is on the last split of a forecast.

    Attributes:
        windows: That it is fitted on.
        scored: Windows that are validated and tested.
        channels: Of the inputs, calendar terms not counted.
        targets: Columns to forecast.
        series: How many there are.
        window: Input steps.
        outputs: Numbers of a forecast.
        span: Rows that smoothing looks at.
    """

    windows: int
    scored: int
    channels: int
    targets: int
    series: int
    window: int
    outputs: int
    span: int


def left_out(costs: dict[str, float], work: float) -> dict[str, float]:
    """Rules that a budget leaves out, and the core seconds that each is predicted to take.

    The cheapest come first; a rule takes part while it and those before it fit into `SHARE` of the work, or into
    `LEAST`. The cheapest always does.

    Args:
        costs: Rule -> predicted core seconds.
        work: Core seconds of the whole comparison.
    """
    found, total = {}, 0.0
    for place, name in enumerate(sorted(costs, key=lambda name: costs[name])):
        total += costs[name]
        if place and total > max(LEAST, SHARE * work):
            found[name] = float(f"{costs[name]:.3g}")
    return found


def predicted(task: Task) -> dict[str, float]:
    """Rule -> core seconds over all splits, of each rule that applies; and of the model that is handed over."""
    splits = task.setting.splits.count
    # Rules of sequences and texts are fit once on each split for their validation score, not `TRIALS` times.
    share = (2 * splits + 1) / (FITS * splits + 1)
    if isinstance(task, Forecast):
        sizes = _sizes(task)
        found = {name: SMOOTH_OR_LINEAR.get(name, _little)(sizes) for name in applying(task)}
    elif isinstance(task, Classify | Regress):
        steps, count = int(task.lengths.sum()), len(task.lengths)
        whole = {
            Logistic.name: share * _logistic(steps, count),
            Grams.name: share * _grams(steps, count, task.setting.data.outputs),
            Convolved.name: share * _convolved(steps, count),
        }
        found = {name: whole.get(name, LITTLE) for name in applying(task)}
    elif isinstance(task, NextFrame):
        whole = {LogisticFrames.name: _logistic_frames(task.setting.data.examples, task.setting.data.outputs)}
        found = {name: whole.get(name, LITTLE) for name in applying(task)}
    else:
        found = dict.fromkeys(applying(task), LITTLE)
        if isinstance(task, NextSymbol):
            found[NGram.name] = LITTLE + 3.5e-6 * share * min(task.setting.data.examples, MOST)
    once = {Theta.name: IMPORT, Ets.name: IMPORT}
    return {name: once.get(name, 0.0) + (FITS * splits + 1) * seconds for name, seconds in found.items()}


def _sizes(task: Forecast) -> Sizes:
    parts, rows = task.parts(task.setting.splits.count - 1, "tune", 0), task.rows
    longest = max((season for season in task.section.seasons if season <= LONGEST), default=1)
    return Sizes(
        windows=min(len(parts.before), MOST_WINDOWS),
        scored=len(parts.validation) + len(parts.test),
        channels=task.setting.data.numeric,
        targets=rows.targets,
        series=rows.timeline.count,
        window=task.window,
        outputs=task.horizon * rows.targets,
        span=min(int(rows.timeline.before.max()) + 1, max(ROWS, CYCLES * longest)),
    )


def _ridge(sizes: Sizes, *, own: bool, waves: int) -> float:
    """Of the singular values, and of the errors of those left out at nine penalties."""
    every = sizes.channels * sizes.window
    inputs = waves + (sizes.targets * sizes.window if own or every > MOST_LAGS else every)
    return LITTLE + sizes.windows * inputs * (10 * inputs + 20 * sizes.outputs) / SPEED


def _theta(sizes: Sizes) -> float:
    fitted = min(MOST_FITTED, sizes.series * sizes.targets)
    return LITTLE * fitted + 6e-8 * sizes.span * (sizes.scored + 400) * sizes.targets


def _ets(sizes: Sizes) -> float:
    fitted = min(MOST_FITTED, sizes.series * sizes.targets)
    return 0.15 * fitted + 6e-8 * sizes.span * (sizes.scored + 400) * sizes.targets


def _little(sizes: Sizes) -> float:
    return LITTLE + 1e-7 * sizes.scored * sizes.outputs


def _logistic(steps: int, count: int) -> float:
    return LITTLE + 2e-7 * steps + 1e-4 * count


def _logistic_frames(steps: int, channels: int) -> float:
    """Of chorales: 2.6 s for 18,000 steps of 51 channels."""
    return LITTLE + 3e-6 * min(steps, MOST_STEPS) * channels


def _grams(steps: int, count: int, classes: int) -> float:
    """Of the counting, and of four fits, which see each n-gram of each text for every class."""
    return LITTLE + 2e-6 * steps + 4 * PASSES * (2e-9 * steps + 7e-8 * count) * classes


def _convolved(steps: int, count: int) -> float:
    """Of the convolutions, ten seconds for three million steps, and of the penalty."""
    return LITTLE + 3.4e-6 * steps + 20 * min(count, 2000) ** 3 / SPEED


SMOOTH_OR_LINEAR: dict[str, Callable[[Sizes], float]] = {
    Theta.name: _theta,
    Ets.name: _ets,
    Ridge.name: lambda sizes: _ridge(sizes, own=False, waves=0),
    RidgeOwn.name: lambda sizes: _ridge(sizes, own=True, waves=0),
    RidgeCalendar.name: lambda sizes: _ridge(sizes, own=False, waves=WAVES),
    RidgeCalendarOwn.name: lambda sizes: _ridge(sizes, own=True, waves=WAVES),
}
"""Forecasting rules that take their time; the others take little."""
