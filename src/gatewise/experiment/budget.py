"""What may be spent, and what the work costs on this machine: a step of each cell and batch size, a fit's scoring."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from gatewise.experiment.clock import EFFICIENCY
from gatewise.experiment.learner import Learner, Start
from gatewise.experiment.plan import EVALUATIONS, Purse
from gatewise.experiment.train import Course
from gatewise.experiment.tune import configurations
from gatewise.rules.score import applying
from gatewise.rules.worth import left_out, predicted

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatewise.experiment.plan import Draft
    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.options import Options
    from gatewise.run.plan import Configuration, Shape
    from gatewise.tasks.protocol import Task

STEPS = 8
"""Steps timed for one price, after one that warms up."""


class Price(NamedTuple):
    """One price to be measured."""

    cell: str
    hidden_size: int
    shape: Shape
    configuration: Configuration


RESERVE = 8.0
"""Seconds of a budget kept for what comes after the pairs: models, costs, report."""


def purse(workers: Workers, drafted: Draft, asked: Options, spent: float, watcher: Watcher) -> Purse:
    """What may be spent: the fits asked for, or the core seconds the budget leaves after the ``spent`` ones.

    Prices are measured where they are needed. Of the core seconds the simple rules take theirs; a budget leaves out
    those that are too dear for it.
    """
    if asked.fits is not None and asked.match != "time":
        return Purse("fits", asked.fits)
    started = time.monotonic()
    watcher.stage("measuring speed", 1)
    step, overhead = prices(workers, drafted)
    watcher.advance()
    if asked.fits is not None:
        return Purse("fits", asked.fits, step, overhead)
    assert asked.budget is not None
    left = max(1.0, asked.budget - RESERVE - spent - (time.monotonic() - started))
    work = left * workers.count * EFFICIENCY
    [(_, costs)] = workers.map(_rules, drafted.setting, [()])
    out = left_out(costs, work)
    work -= sum(seconds for name, seconds in costs.items() if name not in out)
    return Purse("seconds", float(f"{max(1.0, work):.4g}"), step, overhead, out)


def _rules(task: Task, _: tuple[()]) -> dict[str, float]:
    """Core seconds that each simple rule is predicted to take."""
    return predicted(task)


def prices(workers: Workers, drafted: Draft) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Core seconds per step (cell -> batch size) and per fit (cell), measured while all workers work."""
    cells = tuple(drafted.hidden_size)
    tried = [configurations(1, (size,), 0, drafted.recipe.usual)[0] for size in drafted.batch_sizes]
    both = [one.model_copy(update={"bidirectional": True}) for one in tried]
    asked = [
        Price(cell, hidden[cell], drafted.recipe.shape.within(one), one)
        for hidden, listed in ((drafted.hidden_size, tried), (drafted.both_ways, both))
        for cell in hidden
        for one in listed
    ]
    asks = [ask for ask in asked for _ in range(workers.count)]
    found: dict[Price, list[tuple[float, float]]] = {ask: [] for ask in asked}
    for k, measured in workers.map(_measure, drafted.setting, asks):
        found[asks[k]].append(measured)
    step: dict[str, dict[str, float]] = {cell: {} for cell in cells}
    overhead: dict[str, float] = dict.fromkeys(cells, 0.0)
    for ask, measured_all in found.items():
        each, scoring = (statistics.fmean(values) for values in zip(*measured_all, strict=True))
        step[ask.cell][ask.configuration.priced] = _rounded(each)
        overhead[ask.cell] = max(overhead[ask.cell], _rounded(scoring))
    return step, overhead


def _rounded(seconds: float) -> float:
    return float(f"{max(1e-6, seconds):.3g}")


def _measure(task: Task, ask: Price) -> tuple[float, float]:
    """Seconds per step, and per fit for preparing, validating and testing."""
    started = time.perf_counter()
    parts = task.parts(0, "price", 0)
    start = Start(ask.cell, ask.hidden_size, ask.shape, ask.configuration, applying(task)[-1], 0, 0)
    learner = Learner(task, task.examples(parts), parts.train, start)
    prepared = time.perf_counter() - started
    course = Course(task, learner, parts)
    learner.step()
    each = _time(learner.step, STEPS)
    validating = _time(lambda: course.validate(0), 2)
    testing = _time(lambda: learner.outputs(parts.test), 1)
    scored = EVALUATIONS + 2 if task.setting.splits.validated else 1
    return each, prepared + scored * validating + testing


def _time(work: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times
