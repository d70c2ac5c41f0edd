"""Confirmation: fresh pairs of all cells, judged at the plan's looks, until the decision is clear or paid out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gatewise.judge.looks import CAPPED, FIRST_LOOK, Look, judge
from gatewise.languages import say

if TYPE_CHECKING:
    from gatewise.experiment.choice import Tuned
    from gatewise.experiment.runner import Runner
    from gatewise.experiment.train import Job
    from gatewise.run.plan import Plan


@dataclass(frozen=True)
class Confirmed:
    """The pairs that were trained and what the looks said.

    Attributes:
        rung: The rung that counts.
        pairs: Pairs trained on it.
        looks: Every look taken, the last one deciding; empty when there were too few pairs.
    """

    rung: int
    pairs: int
    looks: tuple[Look, ...]


def confirm(plan: Plan, tuned: Tuned, runner: Runner) -> Confirmed:
    """Train pairs and judge them; where pairs end at the cap of their steps, begin anew with twice the steps."""
    rung = tuned.rung
    while True:
        confirmed = _on_rung(plan, tuned, runner, rung)
        if not confirmed.looks or not _climbs(plan, runner, rung, confirmed.looks[-1]):
            return _tuned_anew(plan, tuned, runner, confirmed)
        rung += 1
        runner.watcher.note(
            say("fits still improve when their steps end: beginning the pairs anew with twice the steps")
        )


def _on_rung(plan: Plan, tuned: Tuned, runner: Runner, rung: int) -> Confirmed:
    looks: list[Look] = []
    pairs = 0
    for wanted in plan.looks or (plan.pairs,):
        pairs = _train_to(plan, tuned, runner, rung, pairs, wanted)
        if pairs < FIRST_LOOK:
            break
        # All of the error may be spent where the end has nothing to do with the estimate, and there alone.
        final = wanted == plan.pairs or runner.affords(1, rung) == 0
        look = judge(plan, runner.fits, rung, pairs, final=final, before=tuple(look.pairs for look in looks))
        if not look.clear and not look.may_decide and (not looks or looks[-1].may_decide):
            runner.watcher.note(
                say("no budget will decide this with this file: its test part is too small or too varied")
            )
        looks.append(look)
        if final or _climbs(plan, runner, rung, look) or look.clear or look.hopeless:
            break
    return Confirmed(rung, pairs, tuple(looks))


def _climbs(plan: Plan, runner: Runner, rung: int, look: Look) -> bool:
    """Whether pairs begin anew with twice the steps: too many fits had not finished, and the purse allows it.

    The verdict has no part in this, a winner neither: training as long as it happened to suit one would be a second
    chance to find it.
    """
    further = look.capped > CAPPED and rung + 1 < plan.rungs
    return further and runner.affords(FIRST_LOOK, rung + 1) >= FIRST_LOOK


def _train_to(plan: Plan, tuned: Tuned, runner: Runner, rung: int, pairs: int, wanted: int) -> int:
    """Train pairs until there are ``wanted`` or the purse is empty; returns how many there are."""
    while pairs < wanted:
        # Asked again after each batch: what fits that ended early saved may pay for more pairs.
        # The first pair is always trained: a decision is owed, and a model with it.
        ready = max(runner.affords(wanted - pairs, rung), int(pairs == 0))
        if not ready:
            break
        jobs = [job for pair in range(pairs, pairs + ready) for job in pair_jobs(plan, tuned, runner, rung, pair)]
        told = say("pairs {first} to {last} of at most {most}", first=pairs + 1, last=pairs + ready, most=plan.pairs)
        runner.run(told, jobs)
        pairs += ready
    return pairs


def _tuned_anew(plan: Plan, tuned: Tuned, runner: Runner, confirmed: Confirmed) -> Confirmed:
    """Where a claim on the cells as tuned ended the run, see with what is left whether it holds for cells tuned anew.

    Each pair redraws the tuning; where it chooses another configuration than the one handed over, it trains that one as
    well. Pairs come in their order, as many as the purse pays for; fewer than a first look needs are left.
    """
    if not confirmed.looks or not confirmed.looks[-1].clear:
        return confirmed
    left = runner.affords(confirmed.pairs, confirmed.rung) * len(plan.cells) * plan.splits.count
    jobs: list[Job] = []
    redrawn = 0
    for pair in range(confirmed.pairs):
        more = redraw_jobs(plan, tuned, runner, confirmed.rung, pair)
        if len(jobs) + len(more) > left:
            break
        jobs, redrawn = jobs + more, pair + 1
    if redrawn < FIRST_LOOK:
        return confirmed
    runner.run(say("the same pairs, tuned anew"), jobs)
    before, last = tuple(look.pairs for look in confirmed.looks[:-1]), confirmed.looks[-1]
    final = last.seen.final
    look = judge(plan, runner.fits, confirmed.rung, last.pairs, final=final, before=before, redrawn=redrawn)
    return replace(confirmed, looks=(*confirmed.looks[:-1], look))


def pair_jobs(plan: Plan, tuned: Tuned, runner: Runner, rung: int, pair: int) -> list[Job]:
    """One pass of all cells over all splits, by the configuration that is handed over: claims are about that one."""
    return [
        runner.pair_job("pair", tuned, cell, number, rung, split, pair)
        for split in range(plan.splits.count)
        for cell in plan.cells
        for number in (tuned.choice(cell, split),)
    ]


def redraw_jobs(plan: Plan, tuned: Tuned, runner: Runner, rung: int, pair: int) -> list[Job]:
    """What a pair's redraw of the tuning chooses, where that is another configuration."""
    return [
        runner.pair_job("redraw", tuned, cell, number, rung, split, pair)
        for split in range(plan.splits.count)
        for cell in plan.cells
        for number in (tuned.redraw(cell, split, pair, plan.seed),)
        if number != tuned.choice(cell, split)
    ]
