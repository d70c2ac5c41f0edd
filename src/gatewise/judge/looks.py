"""A look, the interim analysis: what the pairs so far say, and whether more of them are needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.judge.cheaper import cheaper_arm
from gatewise.judge.tables import Pairs, Tables, aligned, gather, over_bar, reach, skill_tables
from gatewise.stats.decide import Decision, decide
from gatewise.stats.variance import Crossed, crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Cause

FIRST_LOOK = 8
"""Pairs at the first look: fewer say too little of how training runs vary."""

TUNED = 30
"""Pairs from which on the noise of the tuning may end a comparison. That noise is estimated from the few different
configurations that pairs chose; of twelve pairs it came out several times too large (a GRU of width 2,
italypowerdemand)."""

CAPPED = 0.25
"""Where more of the fits still improved when their steps ended, only a winner that they cannot unseat is named."""


@dataclass(frozen=True)
class Look:
    """One look at the pairs so far.

    Attributes:
        pairs: How many there were.
        tables: Their losses.
        over: Arm -> its skill minus the bar's; empty where there is nothing to measure skill against.
        decision: What they say; None where the bar makes no error at all, which no arm can better.
        capped: Share of fits that still improved when their steps ended, of the judged arm with more of them.
        settled: Whether longer training could not take the verdict back, see `_settled`.
    """

    pairs: int
    tables: Tables
    over: dict[str, Crossed]
    decision: Decision | None
    capped: float
    settled: bool

    @property
    def clear(self) -> bool:
        """Whether there is a verdict, so that no more pairs are needed."""
        return self.settled and (self.decision is None or self.decision.outcome != "undecided")

    @property
    def hopeless(self) -> bool:
        """Whether more pairs cannot help: test blocks or tuning forbid a decision, or unfinished fits this one."""
        if self.decision is None:
            return False
        unfinished = not self.settled and self.decision.outcome in ("equal", "not-worse", "neither")
        tuning = self.decision.cause == "tuning" and self.pairs >= TUNED
        return unfinished or tuning or self.decision.cause == "test-data"


def judge(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int, *, last: bool) -> Look:
    """Judge the first ``pairs`` pairs of a rung."""
    return look_at(plan, gather(plan, fits, rung, pairs), last=last)


def look_at(plan: Plan, pairs: Pairs, *, last: bool) -> Look:
    """Judge all of ``pairs``; ``last`` when no look follows."""
    tables = aligned(plan, pairs)
    first, second = plan.cells[:2]
    capped = max(float(pairs.capped[arm].mean()) for arm in (first, second))
    choices, known = tables.choice_variance, tables.reference(plan.metric).sum() > 0.0
    over = {arm: over_bar(plan, pairs, arm, choices[arm]) for arm in plan.cells} if known else {}
    if tables.bar.sum() == 0.0:
        return Look(len(pairs.losses[first]), tables, over, None, capped, settled=True)
    decision = _decide(plan, tables, over, last=last)
    settled = capped <= CAPPED or _settled(plan, pairs, decision, over, last=last)
    return Look(len(pairs.losses[first]), tables, over, decision, capped, settled)


def outcome(plan: Plan, look: Look) -> tuple[str, Cause | None]:
    """The verdict's name, and why when it is `undecided`."""
    if look.decision is None:
        return "neither", None
    if not look.settled:
        return "undecided", "training"
    named = {"first": plan.cells[0], "second": plan.cells[1]}
    return named.get(look.decision.outcome, look.decision.outcome), look.decision.cause


def _decide(plan: Plan, tables: Tables, over: dict[str, Crossed], *, last: bool) -> Decision:
    """The decision on the two judged arms."""
    first, second = plan.cells[:2]
    skills, choices = skill_tables(tables, plan.metric), tables.choice_variance
    difference = crossed(
        skills[first] - skills[second],
        choices[first] + choices[second],
        reach=reach(plan, tables.counts),
        independent=tables.independent,
    )
    return decide(
        difference,
        (over[first], over[second]),
        margin=plan.margin,
        looks=plan.looks,
        last=last,
        cheaper="first" if cheaper_arm(plan) == first else "second",
    )


def _settled(plan: Plan, pairs: Pairs, decision: Decision, over: dict[str, Crossed], *, last: bool) -> bool:
    """Whether a winner would still win if every unfinished fit of the other arm were as good as the winner's.

    Nothing like it can be said of other verdicts: how far two arms that still improve would get, nobody knows.
    """
    if decision.outcome not in ("first", "second"):
        return False
    winner, other = plan.cells[:2] if decision.outcome == "first" else plan.cells[1::-1]
    ends = np.append(pairs.splits[1:], pairs.losses[other].shape[1])
    unfinished = np.repeat(pairs.capped[other], ends - pairs.splits, axis=1)
    losses = pairs.losses | {other: np.where(unfinished, pairs.losses[winner], pairs.losses[other])}
    given = aligned(plan, replace(pairs, losses=losses))
    return _decide(plan, given, over, last=last).outcome == decision.outcome
