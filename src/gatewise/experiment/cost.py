"""What the cells cost on this machine: measured in turns in one worker, kept apart from the verdict."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import torch

from gatewise.experiment.environment import kernel
from gatewise.experiment.learner import Learner, Start
from gatewise.judge.tables import best_rule
from gatewise.run.verdict import CellCost, Costs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Configuration, Plan, Shape
    from gatewise.tasks.protocol import Task

ROUNDS = 5
"""Turns each cell takes; the median counts."""

TRAINING_STEPS, STREAMED_STEPS = 16, 100
"""Steps timed in one turn."""


class Contestant(NamedTuple):
    """What is measured of a cell: the network of the configuration it chose."""

    hidden_size: int
    shape: Shape
    configuration: Configuration
    rule: str  # that an anchor may be


def measure(
    workers: Workers, plan: Plan, choices: dict[str, Configuration], fits: Mapping[Key, Fit], rung: int
) -> Costs:
    """Time a training step and a streamed step of every cell, while the other workers rest; summarise stored fits."""
    rule = best_rule(fits, 0) if any(found.anchor == "rule" for found in choices.values()) else ""
    contest = {c: Contestant(plan.width(c, found), plan.shape_of(found), found, rule) for c, found in choices.items()}
    [(_, timed)] = workers.map(_turns, plan.setting, [contest])
    spent = {
        cell: [f.seconds for k, f in fits.items() if (k.phase, k.cell, k.rung) == ("pair", cell, rung)]
        for cell in plan.cells
    }
    if not all(spent.values()):
        spent = {cell: [f.seconds for k, f in fits.items() if k.cell == cell] for cell in plan.cells}
    return Costs(
        cells={
            cell: CellCost(
                seconds_per_fit=statistics.median(spent[cell]) if spent[cell] else 0.0,
                microseconds_per_step=1e6 * streamed,
                training_step_ms=1e3 * trained,
            )
            for cell, (trained, streamed) in timed.items()
        },
        training_seconds=sum(fit.seconds for key, fit in fits.items() if key.phase != "baseline"),
        rules=_of_rules(fits),
        kernel=kernel(),
    )


def _of_rules(fits: Mapping[Key, Fit]) -> dict[str, float]:
    """Core seconds that each simple rule took over all splits."""
    found: dict[str, float] = {}
    for key, fit in fits.items():
        if key.phase == "baseline" and key.cell != "examples":
            found[key.cell] = found.get(key.cell, 0.0) + fit.seconds
    return dict(sorted(found.items()))


def _turns(task: Task, contest: dict[str, Contestant]) -> dict[str, tuple[float, float]]:
    """Cell -> median seconds of a training step and of a streamed step, the cells taking turns."""
    runs = {cell: _Bench(task, cell, contestant) for cell, contestant in contest.items()}
    times: dict[str, list[tuple[float, float]]] = {cell: [] for cell in runs}
    for _ in range(ROUNDS + 1):
        for cell, bench in runs.items():
            times[cell].append((bench.train(), bench.stream()))
    # The first turn warms up.
    return {cell: (_median(found[1:], 0), _median(found[1:], 1)) for cell, found in times.items()}


def _median(found: list[tuple[float, float]], which: int) -> float:
    return statistics.median(pair[which] for pair in found)


class _Bench:
    """One cell, ready to be timed."""

    def __init__(self, task: Task, cell: str, ask: Contestant) -> None:
        parts = task.parts(0, "cost", 0)
        start = Start(cell, ask.hidden_size, ask.shape, ask.configuration, ask.rule, 0, 0)
        self.learner = Learner(task, task.examples(parts), parts.train, start)
        self.network = self.learner.network
        channels, generator = self.network.layer.input_size, torch.Generator().manual_seed(0)
        self.x_t = torch.randn(1, channels, generator=generator)
        self.x = torch.randn(1, STREAMED_STEPS, channels, generator=generator)

    def train(self) -> float:
        """Seconds of one optimiser step."""
        started = time.perf_counter()
        for _ in range(TRAINING_STEPS):
            self.learner.step()
        return (time.perf_counter() - started) / TRAINING_STEPS

    def stream(self) -> float:
        """Seconds of one time step of the layer, batch 1, the state carried from step to step.

        A layer that reads both ways waits for the whole sequence: its share of one step of that is told.
        """
        with torch.inference_mode():
            if self.network.shape.bidirectional:
                started = time.perf_counter()
                self.network.layer(self.x)
                return (time.perf_counter() - started) / STREAMED_STEPS
            _, state = self.network.layer.step(self.x_t)
            started = time.perf_counter()
            for _ in range(STREAMED_STEPS):
                _, state = self.network.layer.step(self.x_t, state)
            return (time.perf_counter() - started) / STREAMED_STEPS
