"""Runs what is not stored yet and stores it as it ends; keeps the purse."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from gatewise.experiment.refit import Refit, learn_all
from gatewise.experiment.train import Job, rehearse, train
from gatewise.judge.tables import baseline_key, best_rule
from gatewise.rules.score import score
from gatewise.run.fits import Fit, Kept, Key
from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gatewise.experiment.watch.protocol import Watcher
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.plan import Configuration, Plan, SplitPlan
    from gatewise.tasks.protocol import Task


_J = TypeVar("_J", Job, Refit)


class Store(Protocol):
    """Where fits are kept."""

    def read(self) -> dict[Key, Fit]:
        """All fits by key."""

    def add(self, fit: Fit, kept: Kept | None = None) -> None:
        """Keep one fit and what it left."""

    def kept(self, key: Key) -> Kept | None:
        """What a fit left besides its losses; None where nothing is kept of it."""


class Runner:
    """Runs jobs of one plan, those that are not stored yet, and stores each as it ends.

    Nothing here depends on the clock, on the number of workers or on the order in which they finish.
    """

    def __init__(self, plan: Plan, store: Store, workers: Workers, watcher: Watcher) -> None:
        self.plan, self.watcher = plan, watcher
        self._store, self._workers = store, workers
        self.fits = store.read()
        self._paid: set[Key] = set()
        self.left = plan.work.total - plan.work.reserved
        """What may still be spent, in the plan's unit."""
        self._made = self._granted = 0

    def run(self, text: str, jobs: Sequence[Job]) -> list[Fit]:
        """Fits of ``jobs``, in their order."""
        self._make(text, jobs, _fit)
        for job in jobs:
            self._pay(job)
        return [self.fits[job.key] for job in jobs]

    def refit(self, text: str, refits: Sequence[Refit]) -> list[Fit]:
        """Fits on all rows, in their order; the work reserved what they cost."""
        self._make(text, refits, learn_all)
        return [self.fits[refit.key] for refit in refits]

    def _make(self, text: str, jobs: Sequence[_J], work: Callable[[Task, _J], tuple[Fit, Kept | None]]) -> None:
        """Do the jobs whose fits are not stored, and store each as it ends."""
        missing = [job for job in jobs if job.key not in self.fits]
        if missing:
            self.watcher.stage(text, len(missing))
        for _, (fit, kept) in self._workers.map(work, self.plan.setting, missing):
            self._keep(fit, kept)
            self.watcher.advance()

    def baselines(self, rules: Sequence[str]) -> None:
        """Score the simple rules on every split, and count the examples of each test block."""
        wanted = [(rule, split) for split in range(self.plan.splits.count) for rule in ("examples", *rules)]
        missing = [(rule, split) for rule, split in wanted if baseline_key(rule, split) not in self.fits]
        if missing:
            self.watcher.stage("baselines", len(missing))
        for _, fit in self._workers.map(_baseline, self.plan.setting, missing):
            self._keep(fit)
            self.watcher.advance()

    def kept(self, key: Key) -> Kept | None:
        """What a stored fit left besides its losses."""
        return self._store.kept(key)

    def _keep(self, fit: Fit, kept: Kept | None = None) -> None:
        self._store.add(fit, kept)
        self.fits[fit.key] = fit

    def job(
        self,
        phase: str,
        cell: str,
        number: int,
        configuration: Configuration,
        rung: int,
        split: int,
        draw: int,
        *,
        refit: bool = False,
    ) -> Job:
        """The job of one fit, with its random streams and the simple rule that may be its anchor.

        The order of examples comes from a stream that all cells share; initial weights from one keyed by the cell's
        position, so that a cell set against itself differs in them alone.
        """
        plan = self.plan
        position = plan.cells.index(cell)
        # A redraw differs from its pair in the configuration alone.
        shared = "pair" if phase == "redraw" else phase
        names = (shared, split, draw) if shared == "pair" else (shared, split, draw, number)
        seed = stream(plan.seed, "weights", position, *names)
        return Job(
            key=Key(phase, cell, number, rung, split, draw, seed),
            order=stream(plan.seed, "order", shared, split, draw),
            hidden_size=plan.width(cell, configuration),
            shape=plan.shape_of(configuration),
            configuration=configuration,
            steps=plan.steps[cell] * 2**rung,
            evaluations=plan.evaluations,
            patience=plan.patience,
            margin=plan.margin,
            rule="" if configuration.anchor != "rule" else best_rule(self.fits, split),
            refit=refit,
        )

    # ----------------------------------------------------------------------------------------------
    # The purse

    def _pay(self, job: Job) -> None:
        """Take a fit's price from the purse when the comparison gets to it, stored long ago or just now.

        A fit that ended early pays only for the steps it made.
        """
        if job.key in self._paid:
            return
        self._paid.add(job.key)
        work = self.plan.work
        if work.unit == "fits":
            self.left -= 1
        else:
            self._made += self.fits[job.key].steps
            self._granted += job.steps
            price = work.prices[job.key.cell][job.configuration.priced]
            self.left -= price * self.fits[job.key].steps + work.overhead[job.key.cell]

    def cost(self, rung: int, fits_per_cell: int) -> float:
        """What ``fits_per_cell`` fits of every cell on one rung are expected to cost.

        Fits are expected to make the share of their steps that those before them made, and a little more.
        """
        work = self.plan.work
        if work.unit == "fits":
            return float(fits_per_cell * len(self.plan.cells))
        share = min(1.0, 1.15 * self._made / self._granted) if self._granted else 1.0
        steps = {cell: share * (self.plan.steps[cell] << rung) for cell in self.plan.cells}
        return fits_per_cell * sum(max(work.prices[c].values()) * steps[c] + work.overhead[c] for c in steps)

    def affords(self, wanted: int, rung: int) -> int:
        """How many of ``wanted`` pairs the purse pays for on a rung."""
        # The fits on all rows last as long as those of the pairs do.
        left = self.left - self.plan.work.reserved * (2**rung - 1)
        return min(wanted, int(max(0.0, left) / self.cost(rung, self.plan.splits.count) + 1e-9))


def _fit(task: Task, job: Job) -> tuple[Fit, Kept | None]:
    """Train one network; of a pair also what it leaves, with weights where they may be handed over."""
    if job.key.phase == "rehearse":
        return rehearse(task, job), None
    trained = train(task, job)
    if job.key.phase != "pair":
        return trained.fit, None
    weights = trained.network.to_bytes() if may_be_handed_over(task.setting.splits, job.key.split) else None
    return trained.fit, Kept(trained.curve, trained.tested.astype(np.float16), weights)


def may_be_handed_over(splits: SplitPlan, split: int) -> bool:
    """Whether a fit on this split may be handed over: any, but of a series only those that saw the most of it."""
    return not splits.last_saw_most or split == splits.count - 1


def _baseline(task: Task, item: tuple[str, int]) -> Fit:
    rule, split = item
    key = baseline_key(rule, split)
    if rule == "examples":
        parts = task.parts(split, "tune", 0)
        counts: Iterable[float] = np.bincount(parts.test_block).astype(float).tolist()
        return Fit(key, 0, 0, False, "done", (), tuple(counts), 0.0)
    started = time.perf_counter()
    scored = score(task, rule, split)
    return Fit(key, 0, 0, False, "done", scored.validation, scored.test, time.perf_counter() - started)
