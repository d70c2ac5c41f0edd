"""Runs what is not stored yet and stores it as it ends; keeps the purse."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from gatewise.experiment.refit import Refit, learn_all
from gatewise.experiment.train import Job, rehearse, train
from gatewise.judge.tables import baseline_key, best_rule
from gatewise.languages import say
from gatewise.rules.score import score
from gatewise.run.fits import Fit, Kept, Key
from gatewise.run.losses import Shelf
from gatewise.seeds import stream
from gatewise.tasks.pieces import PieceTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from gatewise.experiment.choice import Tuned
    from gatewise.experiment.clock import Clock
    from gatewise.experiment.second import Limits
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

    Nothing here depends on the number of workers, on the order in which they finish, or on the clock but where that
    ends a budget: then what it decided is stored too.

    Args:
        plan: The plan.
        store: Where fits are kept.
        workers: Compute.
        watcher: Who is told how far it is.
    """

    def __init__(self, plan: Plan, store: Store, workers: Workers, watcher: Watcher) -> None:
        self.plan, self.watcher = plan, watcher
        self.clock: Clock | None = None
        """Watches a budget; None where the plan alone decides."""
        self._store, self._workers = store, workers
        self._shelf = Shelf()
        self.fits = {key: self._shelved(fit) for key, fit in store.read().items()}
        self._paid: set[Key] = set()
        self._stored = sum(key.phase not in ("baseline", "model") for key in self.fits)  # paid for by earlier calls
        self._left = plan.work.total - plan.work.reserved
        self._made = self._best = self._granted = 0
        self._again_too = plan.refit != "never"  # until pairs show it

    def run(self, text: str, jobs: Sequence[Job]) -> list[Fit]:
        """Fits of ``jobs``, in their order."""
        made = {job.key for job in jobs} - self.fits.keys() if self.clock else set()
        self._make(text, jobs, _fit)
        for job in jobs:
            price = self._pay(job)
            if self.clock and job.key in made:
                self.clock.made(self.fits[job.key].seconds, price)
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
            self.watcher.stage(say("simple rules"), len(missing))
        for _, (fit, kept) in self._workers.map(_baseline, self.plan.setting, missing):
            self._keep(fit, kept)
            self.watcher.advance()

    def kept(self, key: Key) -> Kept | None:
        """What a stored fit left besides its losses."""
        return self._store.kept(key)

    def said(self, rung: int, split: int) -> Iterator[tuple[Key, NDArray[Any]]]:
        """What each network of the pairs said of the test examples of one split, where it was stored."""
        for key in sorted(self.fits):
            if (key.phase, key.rung, key.split) == ("pair", rung, split) and (kept := self.kept(key)) is not None:
                yield key, kept.outputs

    def _keep(self, fit: Fit, kept: Kept | None = None) -> None:
        self._store.add(fit, kept)
        self.fits[fit.key] = self._shelved(fit)

    def _shelved(self, fit: Fit) -> Fit:
        """The same fit, its losses on the disk: a run holds those of thousands of fits."""
        return replace(fit, validation=self._shelf.put(fit.validation), test=self._shelf.put(fit.test))

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
        limits: Limits | None = None,
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
            limits=limits,
            falls=plan.falls,
        )

    def pair_job(self, phase: str, tuned: Tuned, cell: str, number: int, rung: int, split: int, draw: int) -> Job:
        """The job of a fit of a pair, or of its redraw: trained again as tuning says, and once more where it failed."""
        limits, configuration = tuned.limits_of(cell, split, number), tuned.configurations[number]
        return self.job(phase, cell, number, configuration, rung, split, draw, refit=tuned.refit, limits=limits)

    # ----------------------------------------------------------------------------------------------
    # The purse

    def _pay(self, job: Job) -> float:
        """Take a fit's price from the purse when the comparison gets to it, stored long ago or just now; returns it.

        A fit that ended early pays only for the steps it made, one that was trained again for those too, and one that
        had failed for both tries. Where work is counted in fits, a second try counts as none.
        """
        if job.key in self._paid:
            return 0.0
        self._paid.add(job.key)
        work, price = self.plan.work, 1.0
        if work.unit == "seconds":
            fit = self.fits[job.key]
            tried, times = sum(one.steps for one in fit.tries) or fit.steps, max(1, len(fit.tries))
            self._made += tried
            self._best += fit.best_step
            self._granted += job.steps
            rehearsed = job.key.phase == "rehearse" and job.falls
            steps = tried + (fit.best_step if job.refit or rehearsed else 0)
            if job.key.phase == "pair":
                self._again_too = job.refit
            price = work.prices[job.key.cell][job.configuration.priced] * steps + times * work.overhead[job.key.cell]
        self._left -= price
        return price

    def pays(self, fits_per_cell: int, rung: int, then: int, pairs: int) -> bool:
        """Whether purse and clock pay for ``fits_per_cell`` fits of every cell, and for ``pairs`` on rung ``then``."""
        wanted = self._cost(rung, fits_per_cell) + self._cost_of_pairs(then, pairs)
        return self._remaining(wanted) >= wanted

    def affords(self, wanted: int, rung: int) -> int:
        """How many of ``wanted`` pairs purse and clock pay for on a rung."""
        each = self._cost_of_pairs(rung, 1)
        # The fits on all rows last as long as those of the pairs do.
        kept = self.plan.work.reserved * (2**rung - 1)
        left = self._remaining(wanted * each + kept) - kept
        return min(wanted, int(max(0.0, left) / each + 1e-9))

    def _cost_of_pairs(self, rung: int, pairs: int) -> float:
        return self._cost(rung, pairs * self.plan.splits.count, again=self._again_too)

    def _cost(self, rung: int, fits_per_cell: int, *, again: bool = False) -> float:
        """What ``fits_per_cell`` fits of every cell on one rung are expected to cost.

        Fits are expected to make the share of their steps that those before them made, and a little more.

        Args:
            rung: How often their steps are doubled.
            fits_per_cell: How many there are.
            again: Whether they are trained again for as many steps as were best.
        """
        work = self.plan.work
        if work.unit == "fits":
            return float(fits_per_cell * len(self.plan.cells))
        made = self._made + (self._best if again else 0)
        share = min(1.0 + again, 1.15 * made / self._granted) if self._granted else 1.0 + again
        steps = {cell: share * (self.plan.steps[cell] << rung) for cell in self.plan.cells}
        return fits_per_cell * sum(max(work.prices[c].values()) * steps[c] + work.overhead[c] for c in steps)

    def _remaining(self, wanted: float) -> float:
        """What may still be spent, in the plan's unit, when ``wanted`` is to be spent next."""
        after = len(self._paid)
        if self.clock is None:
            return self._left
        decided = self.clock.cut(after)
        if decided is not None:
            self._left = decided
        elif after >= self._stored:  # what is stored already takes no time
            reserved, workers = self.plan.work.reserved, self._workers.count
            self._left = self.clock.within(self._left, wanted, after, reserved=reserved, workers=workers)
        return self._left


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


def _baseline(task: Task, item: tuple[str, int]) -> tuple[Fit, Kept | None]:
    """Score a simple rule, or count the examples; what a rule said of steps is kept, for further scores."""
    rule, split = item
    key = baseline_key(rule, split)
    if rule == "examples":
        parts = task.parts(split, "tune", 0)
        counts: Iterable[float] = np.bincount(parts.test_block).astype(float).tolist()
        return Fit(key, 0, 0, False, "done", (), tuple(counts), 0.0), None
    started = time.perf_counter()
    scored = score(task, rule, split)
    kept = Kept((), scored.tested.astype(np.float16), None) if isinstance(task, PieceTask) else None
    return Fit(key, 0, 0, False, "done", scored.validation, scored.test, time.perf_counter() - started), kept
