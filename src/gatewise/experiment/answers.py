"""The numbers that the networks of both cells told of the test examples, the mean over pairs, beside the true ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.run.answers import Answers
from gatewise.tasks import named
from gatewise.tasks.regress import Regress
from gatewise.tasks.regress_steps import RegressSteps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.experiment.runner import Runner
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.tasks.protocol import Task

MOST = 400
"""Examples that are kept."""


class Ask(NamedTuple):
    """What was said of the test examples of one split."""

    split: int
    outputs: dict[str, list[tuple[int, NDArray[np.float16]]]]  # cell -> number of each pair, and its outputs


def answers(runner: Runner, workers: Workers, rung: int) -> Answers | None:
    """What to show of numbers told; None for other tasks, and where no outputs are stored."""
    plan = runner.plan
    if not issubclass(named(plan.task), Regress | RegressSteps):
        return None
    asks = [_kept(runner, rung, split) for split in range(plan.splits.count)]
    if not all(ask.outputs[cell] for ask in asks for cell in plan.cells[:2]):
        return None
    found = dict(workers.map(_told, plan.setting, asks))
    truth, *told = np.concatenate([found[k] for k in range(len(asks))], axis=1)
    some = slice(None, None, max(1, -(-len(truth) // MOST)))
    return Answers(
        truth=tuple(truth[some].tolist()),
        told={cell: tuple(each[some].tolist()) for cell, each in zip(plan.cells[:2], told, strict=True)},
    )


def _kept(runner: Runner, rung: int, split: int) -> Ask:
    found: dict[str, list[tuple[int, NDArray[np.float16]]]] = {cell: [] for cell in runner.plan.cells[:2]}
    for key, outputs in runner.said(rung, split):
        if key.cell in found:
            found[key.cell].append((key.draw, outputs))
    return Ask(split, found)


def _told(task: Task, ask: Ask) -> NDArray[np.float64]:
    """True numbers, then those of each cell; shape (1 + cells, N)."""
    assert isinstance(task, Regress | RegressSteps)
    ids = task.parts(ask.split, "pair", 0).test
    rows = [(task.numbers if isinstance(task, Regress) else task.told)[ids]]
    for each in ask.outputs.values():
        seen = {draw: task.examples(task.parts(ask.split, "pair", draw)) for draw in _draws(task, each)}
        rows.append(np.mean([seen.get(draw, seen[each[0][0]]).predictions(outputs) for draw, outputs in each], axis=0))
    return np.stack(rows)


def _draws(task: Regress | RegressSteps, each: list[tuple[int, NDArray[np.float16]]]) -> list[int]:
    """Pairs whose training parts differ: all where each draws who validates, else the first stands for all."""
    return [draw for draw, _ in each] if task.setting.splits.validated else [each[0][0]]
