"""Further scores of the same tests, shown beside the one that is judged, from what was kept of pairs and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.judge.tables import baseline_key
from gatewise.tasks import named
from gatewise.tasks.pieces import PieceTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.experiment.runner import Runner
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.tasks.protocol import Task


class Kept(NamedTuple):
    """What was said of the test steps of one split."""

    split: int
    outputs: dict[str, list[NDArray[np.float16]]]  # arm, of each pair; or simple rule


def beside(runner: Runner, workers: Workers, rung: int) -> dict[str, dict[str, float]]:
    """Arm or simple rule -> its further scores, the mean over pairs and splits; empty for a task without any."""
    plan = runner.plan
    if not issubclass(named(plan.task), PieceTask):
        return {}
    asks = [_kept(runner, rung, split) for split in range(plan.splits.count)]
    found = [each for _, each in workers.map(_scores, plan.setting, asks)]
    return {
        name: {what: float(np.mean([one[name][what] for one in found])) for what in scores}
        for name, scores in found[0].items()
    }


def _kept(runner: Runner, rung: int, split: int) -> Kept:
    found: dict[str, list[NDArray[np.float16]]] = {}
    for key in sorted(runner.fits):
        if key == baseline_key(key.cell, split) and (kept := runner.kept(key)) is not None:
            found[key.cell] = [kept.outputs]
    for key, outputs in runner.said(rung, split):
        found.setdefault(key.cell, []).append(outputs)
    return Kept(split, found)


def _scores(task: Task, ask: Kept) -> dict[str, dict[str, float]]:
    assert isinstance(task, PieceTask)
    test = task.parts(ask.split, "tune", 0).test
    found = {}
    for name, each in ask.outputs.items():
        scored = [task.beside(outputs.astype(np.float64), test) for outputs in each]
        found[name] = {what: float(np.mean([one[what] for one in scored])) for what in scored[0]}
    return found
