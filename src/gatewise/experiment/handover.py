"""The models to take away: for each judged cell the pair that validation prefers, and the simple rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.errors import RunError
from gatewise.experiment.train import Job, Trained, train
from gatewise.judge.looks import gates
from gatewise.model.model import Model
from gatewise.rules.score import fit

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.experiment.runner import Runner
    from gatewise.experiment.tune import Tuned
    from gatewise.experiment.workers.local import Pool
    from gatewise.rules.protocol import Fitted
    from gatewise.run.fits import Fit
    from gatewise.run.plan import Plan
    from gatewise.tasks.protocol import Learned, Task


def hand_over(plan: Plan, runner: Runner, pool: Pool, tuned: Tuned, rung: int, folder: Path, name: str) -> None:
    """Write models/lstm, models/gru, ... and models/baseline.

    A fit's weights are not stored; training it again gives the same bits, which is checked against its losses.
    ``name`` is the plan's, by which a model says where it comes from.
    """
    jobs = [_job(runner, tuned, kept) for cell in plan.cells if (kept := _preferred(plan, runner, cell, rung))]
    runner.progress.stage("models to take away", len(jobs) + 1)
    for k, trained in pool.map(train, jobs):
        _check(trained, runner.fits[jobs[k].key])
        cell = jobs[k].key.cell
        Model(cell, plan.task, plan.section, plan.data, trained.learned, trained.network, None, name).save(
            folder / cell
        )
        runner.progress.advance()
    last = plan.splits.count - 1
    [(_, (learned, rule))] = pool.map(_rule, [(gates(plan, runner.fits)[last], last)])
    Model("baseline", plan.task, plan.section, plan.data, learned, None, rule, name).save(folder / "baseline")
    runner.progress.advance()


def _preferred(plan: Plan, runner: Runner, cell: str, rung: int) -> Fit | None:
    """The cell's pair fit with the least mean validation loss; of a series, on the split that saw the most of it."""
    last = plan.splits.count - 1
    found = [
        fit
        for key, fit in sorted(runner.fits.items())
        if (key.phase, key.cell, key.rung) == ("pair", cell, rung)
        and (not plan.splits.last_saw_most or key.split == last)
    ]
    return min(found, key=lambda fit: sum(fit.validation) / len(fit.validation)) if found else None


def _job(runner: Runner, tuned: Tuned, fit: Fit) -> Job:
    key = fit.key
    configuration = tuned.configurations[key.configuration]
    return runner.job(key.phase, key.cell, key.configuration, configuration, key.rung, key.split, key.draw)


def _check(trained: Trained, stored: Fit) -> None:
    if trained.fit.test != stored.test:
        raise RunError(
            f"training {stored.key.cell} again gave other losses than were stored: the run was begun on another machine"
            " or with other versions. Start a new one on this machine"
        )


def _rule(task: Task, item: tuple[str, int]) -> tuple[Learned, Fitted]:
    rule, split = item
    parts = task.parts(split, "tune", 0)
    examples = task.examples(parts)
    return examples.learned, fit(rule, task, examples, parts.all_training)
