"""The models to take away: for each cell the pair that validation prefers, and the simple rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.experiment.runner import may_be_handed_over
from gatewise.experiment.train import Job, restored, train
from gatewise.judge.tables import bars
from gatewise.model.model import Model
from gatewise.rules.score import fit
from gatewise.run.fits import preference

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.experiment.choice import Tuned
    from gatewise.experiment.runner import Runner
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.model.network import Network
    from gatewise.rules.anchor import Anchor
    from gatewise.rules.protocol import Fitted
    from gatewise.run.fits import Fit
    from gatewise.run.folder import Header
    from gatewise.tasks.protocol import Learned, Task


class Chosen(NamedTuple):
    """A model to be built: the job of its fit, and the weights that were stored."""

    job: Job
    weights: bytes | None  # None: an older gatewise stored none, so the fit is trained again


def hand_over(header: Header, runner: Runner, workers: Workers, tuned: Tuned, rung: int, folder: Path) -> None:
    """Write models/lstm, models/gru, ... and models/baseline."""
    plan, name = header.plan, header.sha256
    asks = [_ask(runner, tuned, chosen) for cell in plan.cells if (chosen := _preferred(runner, cell, rung))]
    runner.watcher.stage("models to take away", len(asks) + 1)
    if any(ask.weights is None for ask in asks):
        runner.watcher.note("no weights are stored for the models to take away: their fits are trained again")
    about = (plan.task, plan.section, plan.data)
    for k, (learned, network, anchor) in workers.map(_model, plan.setting, asks):
        cell = asks[k].job.key.cell
        Model(cell, *about, learned, network, None, name, anchor).save(folder / cell)
        runner.watcher.advance()
    last = plan.splits.count - 1
    [(_, (learned, rule))] = workers.map(_rule, plan.setting, [(bars(plan, runner.fits)[last], last)])
    Model("baseline", *about, learned, None, rule, name).save(folder / "baseline")
    runner.watcher.advance()


def _preferred(runner: Runner, cell: str, rung: int) -> Fit | None:
    """The cell's pair fit with the least mean validation loss; of a series, on the split that saw the most of it."""
    found = [
        fit
        for key, fit in runner.fits.items()
        if (key.phase, key.cell, key.rung) == ("pair", cell, rung) and may_be_handed_over(runner.plan.splits, key.split)
    ]
    return min(found, key=preference) if found else None


def _ask(runner: Runner, tuned: Tuned, fit: Fit) -> Chosen:
    key = fit.key
    configuration = tuned.configurations[key.configuration]
    names = (key.phase, key.cell, key.configuration, configuration, key.rung, key.split, key.draw)
    job = runner.job(*names, refit=tuned.refit and key.phase == "pair")
    kept = runner.kept(key)
    return Chosen(job, kept.weights if kept else None)


def _model(task: Task, ask: Chosen) -> tuple[Learned, Network, Anchor | None]:
    """The network with its weights, what its training part taught, and its anchor."""
    learner = train(task, ask.job).learner if ask.weights is None else restored(task, ask.job, ask.weights)
    return learner.examples.learned, learner.network, learner.examples.anchor


def _rule(task: Task, item: tuple[str, int]) -> tuple[Learned, Fitted]:
    rule, split = item
    parts = task.parts(split, "tune", 0)
    examples = task.examples(parts)
    return examples.learned, fit(rule, task, examples, parts.before)
