"""The models to take away: every cell and every simple rule, trained on all rows, or as a pair left them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gatewise.arms import title
from gatewise.experiment.bands import bands_of, said
from gatewise.experiment.learner import Learner, Start
from gatewise.experiment.picture import Ask, picture
from gatewise.experiment.refit import Refit, drawn_by
from gatewise.experiment.runner import may_be_handed_over
from gatewise.experiment.samples import Write, samples
from gatewise.experiment.train import restored, train
from gatewise.judge.tables import bars, best_rule
from gatewise.languages import say
from gatewise.model.model import Model, load
from gatewise.rules.score import fit
from gatewise.run.card import Trained
from gatewise.run.fits import Key, preference
from gatewise.seeds import stream
from gatewise.tasks import named
from gatewise.tasks.next_symbol import NextSymbol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gatewise.data.windows import Parts
    from gatewise.experiment.choice import Tuned
    from gatewise.experiment.refit import Drawn
    from gatewise.experiment.runner import Runner
    from gatewise.experiment.train import Job
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.model.network import Network
    from gatewise.run.fits import Fit
    from gatewise.run.picture import Picture
    from gatewise.run.samples import Samples
    from gatewise.tasks.protocol import Task

BASELINE = "baseline"
"""The model of the simple rule that the cells have to beat."""


class HandOver:
    """Makes the models of a comparison whose pairs are trained.

    Args:
        runner: Has the plan and the fits, and stores those on all rows.
        workers: Compute.
        tuned: The configurations.
        rung: The rung whose pairs count.
        plan_sha256: The plan's name.
    """

    def __init__(self, runner: Runner, workers: Workers, tuned: Tuned, rung: int, plan_sha256: str) -> None:
        self.runner, self.plan, self.workers, self.tuned, self.rung = runner, runner.plan, workers, tuned, rung
        self.name = plan_sha256

    def rules(self) -> dict[str, str]:
        """Model -> simple rule, of all that took part: the one to beat is called `BASELINE`."""
        bar = bars(self.plan, self.runner.fits)[-1]
        scored = sorted({key.cell for key in self.runner.fits if key.phase == "baseline"} - {"examples"})
        return {BASELINE if rule == bar else rule: rule for rule in scored}

    def picture(self, recommended: Path) -> Picture | None:
        """What a picture of the forecasts shows; None for a task that has none.

        Args:
            recommended: The folder of the recommended model, which is written.
        """
        bar, last = bars(self.plan, self.runner.fits)[-1], self.plan.splits.count - 1
        ask = Ask(said(self.runner, self.rung, last, (bar,), refit=self.tuned.refit), load(recommended))
        [(_, found)] = self.workers.map(picture, self.plan.setting, [ask])
        return found

    def samples(self, folder: Path) -> Samples | None:
        """What the judged cells and the bar write by themselves; None for a task without symbols.

        Args:
            folder: That of all models, which are written.
        """
        names = {cell: cell for cell in self.plan.cells[:2]} | {bars(self.plan, self.runner.fits)[-1]: BASELINE}
        if not issubclass(named(self.plan.task), NextSymbol):
            return None
        ask = Write({name: load(folder / model) for name, model in names.items()}, self.plan.seed)
        [(_, found)] = self.workers.map(samples, self.plan.setting, [ask])
        return found

    def write(self, folder: Path) -> None:
        """Write models/lstm, models/gru, ... and those of the simple rules."""
        refits = [] if self.plan.keep_test else [job for cell in self.plan.cells for job in self.refits(cell)]
        self.runner.refit(say("models to take away"), refits)
        watcher, rules, splits = self.runner.watcher, self.rules(), range(self.plan.splits.count)
        watcher.stage(say("writing the models"), len(self.plan.cells) + len(rules))
        told = [said(self.runner, self.rung, split, tuple(rules.values()), refit=self.tuned.refit) for split in splits]
        around = bands_of(self.runner, self.workers, told)
        for cell in self.plan.cells:
            replace(self.cell(cell), bands=around.get(cell)).save(folder / cell)
            watcher.advance()
        for name, rule in rules.items():
            replace(self.rule(name, rule), bands=around.get(rule)).save(folder / name)
            watcher.advance()

    # ----------------------------------------------------------------------------------------------
    # Networks

    def cell(self, cell: str) -> Model:
        """The model of a cell: trained on all rows, or where that is not wanted or failed, as a pair left it."""
        if not self.plan.keep_test:
            fits = self.runner.refit(say("models to take away"), self.refits(cell))
            if all(fit.status == "done" for fit in fits):
                return self._from_all(cell, fits)
            self.runner.watcher.note(
                say("{cell} diverged when it was trained on all rows: a pair's weights are taken", cell=title(cell))
            )
        return self._from_pair(cell)

    def refits(self, cell: str) -> list[Refit]:
        """The fits of a cell on all rows, one for each member of the ensemble."""
        number = self.tuned.choice(cell, self.plan.splits.count - 1 if self.plan.splits.tuned_each else 0)
        pairs = self._pairs(cell)
        drawn = drawn_by([f for f in pairs if f.key.configuration == number] or pairs, self.tuned.configurations)
        return [self._refit(cell, number, member, drawn) for member in range(self.plan.ensemble)]

    def _refit(self, cell: str, number: int, member: int, drawn: tuple[Drawn, ...]) -> Refit:
        plan, configuration = self.plan, self.tuned.configurations[number]
        seed, order = (stream(plan.seed, what, "model", member) for what in (f"weights of {cell}", "order"))
        rule = best_rule(self.runner.fits, plan.splits.count - 1) if configuration.anchor == "rule" else ""
        sizes = plan.width(cell, configuration), plan.shape_of(configuration)
        start = Start(cell, *sizes, configuration, rule, seed, order)
        last = plan.splits.count - 1 if plan.splits.tuned_each else 0
        limits = self.tuned.limits_of(cell, last, number)
        if limits is not None and plan.splits.validated:
            # As many steps as scored fits took to their best are often fewer than tuning's: only a fit that learned
            # nothing has failed.
            limits = limits._replace(training=1.0)
        return Refit(Key("model", cell, number, self.rung, 0, member, seed), start, drawn, limits, plan.falls)

    def _pairs(self, cell: str) -> list[Fit]:
        stored = self.runner.fits.items()
        return [fit for key, fit in stored if (key.phase, key.cell, key.rung) == ("pair", cell, self.rung)]

    def _from_all(self, cell: str, fits: list[Fit]) -> Model:
        kept = [self.runner.kept(fit.key) for fit in fits]
        weights = tuple(one.weights for one in kept if one is not None and one.weights is not None)
        ask = Weights(self.refits(cell)[0].start, weights, tuple(fit.steps for fit in fits), self.name)
        [(_, model)] = self.workers.map(from_all, self.plan.setting, [ask])
        return model

    def _from_pair(self, cell: str) -> Model:
        """The pair's fit that validation prefers; of a series, on the split that saw the most of it."""
        fits = [fit for fit in self._pairs(cell) if may_be_handed_over(self.plan.splits, fit.key.split)]
        fit = min(fits, key=preference)
        key, kept = fit.key, self.runner.kept(fit.key)
        configuration = self.tuned.configurations[key.configuration]
        names = (key.phase, key.cell, key.configuration, configuration, key.rung, key.split, key.draw)
        job = self.runner.job(*names, refit=self.tuned.refit)
        job = job.second if fit.second else job
        if kept is None or kept.weights is None:
            self.runner.watcher.note(
                say("no weights are stored for the {cell} to take away: its fit is trained again", cell=title(cell))
            )
        ask = Chosen(job, kept.weights if kept else None, fit.best_step, self.name)
        [(_, model)] = self.workers.map(_from_pair, self.plan.setting, [ask])
        return model

    def rule(self, name: str, rule: str) -> Model:
        """The model of a simple rule."""
        [(_, model)] = self.workers.map(_from_rule, self.plan.setting, [(name, rule, self.plan.keep_test, self.name)])
        return model


# --------------------------------------------------------------------------------------------------
# In a worker


class Weights(NamedTuple):
    """A model to be built of networks that were trained on all rows."""

    start: Start  # what they began with, but for their seeds
    weights: tuple[bytes, ...]  # of each network, as safetensors
    steps: tuple[int, ...]
    plan_sha256: str


class Chosen(NamedTuple):
    """A pair's model to be built: the job of its fit, and the weights that were stored."""

    job: Job
    weights: bytes | None  # None: an older gatewise stored none, so the fit is trained again
    best_step: int
    plan_sha256: str


def from_all(task: Task, ask: Weights) -> Model:
    """The model with these weights, which knows what all rows teach."""
    parts = task.whole()
    learner = Learner(task, task.examples(parts), parts.train, ask.start)
    networks = [deepcopy(learner.network) for _ in ask.weights]
    for network, weights in zip(networks, ask.weights, strict=True):
        network.load_bytes(weights)
    trained = _trained(task, parts, kept_test=False, steps=ask.steps)
    return _built(task, ask.start.cell, learner, networks, ask.plan_sha256, trained)


def _from_pair(task: Task, ask: Chosen) -> Model:
    """The model with a pair's weights, which knows what its training part taught."""
    key = ask.job.key
    learner = train(task, ask.job).learner if ask.weights is None else restored(task, ask.job, ask.weights)
    parts = task.parts(key.split, key.phase, key.draw)
    seen = replace(parts, train=parts.before) if ask.job.refit else parts
    trained = _trained(task, seen, kept_test=True, steps=(ask.best_step,))
    return _built(task, key.cell, learner, [learner.network], ask.plan_sha256, trained)


def _built(
    task: Task, cell: str, learner: Learner, networks: Sequence[Network], plan_sha256: str, trained: Trained
) -> Model:
    about, seen = (task.name, task.setting.section, task.setting.data), learner.examples
    return Model(cell, *about, seen.learned, tuple(networks), None, plan_sha256, seen.anchor, trained, task.decimals())


def _from_rule(task: Task, ask: tuple[str, str, bool, str]) -> Model:
    """A rule fitted on all rows, or as it was scored on the last split: on all that comes before its test part."""
    name, rule, keep_test, plan_sha256 = ask
    parts = task.parts(task.setting.splits.count - 1, "tune", 0) if keep_test else task.whole()
    # Scored rules see the scales of the training part, and learn from the windows after it too.
    examples = task.examples(parts)
    fitted = fit(rule, task, examples, parts.before)
    trained = _trained(task, replace(parts, train=parts.before), kept_test=keep_test)
    about = (task.name, task.setting.section, task.setting.data)
    return Model(name, *about, examples.learned, (), fitted, plan_sha256, None, trained, task.decimals())


def _trained(task: Task, parts: Parts, *, kept_test: bool, steps: tuple[int, ...] = ()) -> Trained:
    """What the training part of ``parts`` is, as a model tells it."""
    called = task.words(task.setting).examples
    return Trained(called=called, **task.extent(parts)._asdict(), kept_test=kept_test, steps=steps)
