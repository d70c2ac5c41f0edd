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
from gatewise.languages import say
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

STEPS, ENOUGH = 32, 0.5
"""Steps timed for one price, after one that warms up; fewer where they take so many seconds."""


class Price(NamedTuple):
    """One price to be measured."""

    cell: str
    hidden_size: int
    shape: Shape
    configuration: Configuration


CLOSING = 2.5
"""Seconds that a core needs for what comes after the fits: writing models, costs, verdict, picture and report."""


class Prices(NamedTuple):
    """What the work costs on this machine, as it is now.

    Attributes:
        step: Cell -> `Configuration.priced` -> core seconds per optimiser step.
        overhead: Cell -> core seconds per fit spent preparing and scoring.
        shared: Seconds that a second of a core takes: more than 1 where other programs want the cores too.
    """

    step: dict[str, dict[str, float]]
    overhead: dict[str, float]
    shared: float = 1.0


def purse(workers: Workers, drafted: Draft, asked: Options, spent: float, watcher: Watcher) -> Purse:
    """What may be spent: the fits asked for, or the core seconds the budget leaves after the ``spent`` ones.

    Prices are measured where they are needed. Of the core seconds the simple rules take theirs; a budget leaves out
    those that are too dear for it.
    """
    if asked.fits is not None and asked.match != "time":
        return Purse("fits", asked.fits)
    started = time.monotonic()
    watcher.stage(say("measuring speed"), 1)
    step, overhead, shared = prices(workers, drafted)
    watcher.advance()
    if asked.fits is not None:
        return Purse("fits", asked.fits, step, overhead)
    assert asked.budget is not None
    ends = asked.budget - float(f"{CLOSING * shared:.3g}")
    left = max(1.0, ends - spent - (time.monotonic() - started))
    work = left * workers.count * EFFICIENCY
    [(_, costs)] = workers.map(_rules, drafted.setting, [()])
    out = left_out(costs, work)
    work -= sum(seconds for name, seconds in costs.items() if name not in out)
    return Purse("seconds", float(f"{max(1.0, work):.4g}"), step, overhead, out, ends)


def _rules(task: Task, _: tuple[()]) -> dict[str, float]:
    """Core seconds that each simple rule is predicted to take."""
    return predicted(task)


def prices(workers: Workers, drafted: Draft) -> Prices:
    """What steps and fits of each cell cost, measured while all workers work."""
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
    shared = []
    for k, (*measured, took) in workers.map(_measure, drafted.setting, asks):
        found[asks[k]].append((measured[0], measured[1]))
        shared.append(took)
    step: dict[str, dict[str, float]] = {cell: {} for cell in cells}
    overhead: dict[str, float] = dict.fromkeys(cells, 0.0)
    for ask, measured_all in found.items():
        each, scoring = (statistics.fmean(values) for values in zip(*measured_all, strict=True))
        step[ask.cell][ask.configuration.priced] = _rounded(each)
        overhead[ask.cell] = max(overhead[ask.cell], _rounded(scoring))
    return Prices(step, overhead, max(1.0, statistics.median(shared)))


def _rounded(seconds: float) -> float:
    return float(f"{max(1e-6, seconds):.3g}")


def _measure(task: Task, ask: Price) -> tuple[float, float, float]:
    """Seconds per step, and per fit for preparing, validating and testing; and seconds that one of the core took."""
    started, busy = time.perf_counter(), time.process_time()
    parts = task.parts(0, "price", 0)
    start = Start(ask.cell, ask.hidden_size, ask.shape, ask.configuration, applying(task)[-1], 0, 0)
    learner = Learner(task, task.examples(parts), parts.train, start)
    prepared = time.perf_counter() - started
    course = Course(task, learner, parts)
    learner.step()
    each = _time(learner.step, STEPS)
    validating = _time(lambda: course.validate(0), 2)
    some = parts.test[: len(parts.validation) or None]  # they are many
    testing = _time(lambda: learner.outputs(some), 1) * len(parts.test) / max(1, len(some))
    scored = EVALUATIONS + 2 if task.setting.splits.validated else 1
    took = (time.perf_counter() - started) / max(1e-9, time.process_time() - busy)
    return each, prepared + scored * validating + testing, took


def _time(work: Callable[[], object], times: int) -> float:
    """Seconds of a call, the mean of ``times`` calls, or of fewer that took `ENOUGH`."""
    started, took, made = time.perf_counter(), 0.0, 0
    while made < times and took < ENOUGH:
        work()
        made += 1
        took = time.perf_counter() - started
    return took / made
