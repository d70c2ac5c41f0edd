"""From stored fits to looks: aligned tables, merged blocks, the decision. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.arms import cheaper, kind
from gatewise.run.fits import Key
from gatewise.stats.blocks import joined, merge
from gatewise.stats.decide import FEWEST_BLOCKS, Decision, decide
from gatewise.stats.skill import pseudovalues
from gatewise.stats.variance import Crossed, choice_variance, crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gatewise.run.fits import Fit
    from gatewise.run.plan import Plan

Cause = Literal["pairs", "test data", "tuning", "baseline", "training", "ties"]
"""Why there is no verdict."""

FIRST_LOOK = 8
"""Pairs at the first look: fewer say too little of how training runs vary."""

TUNED = 30
"""Pairs from which on the noise of the tuning is believed to forbid a decision: it is known by what the few different
choices among them score, and of twelve pairs came out several times too large (a GRU of width 2, italypowerdemand)."""

CAPPED = 0.25
"""Share of fits still improving when their steps ended, above which only a winner is named that they cannot unseat."""


@dataclass(frozen=True)
class Tables:
    """Losses of one look, aligned: every pair scores every test block.

    Attributes:
        losses: Cell -> summed loss, shape (pairs, blocks).
        baselines: Rule -> summed loss, shape (blocks,).
        gate: Summed loss of the baseline that the cells have to beat, shape (blocks,).
        counts: Examples in each block, shape (blocks,).
        merged: Planned blocks joined into one, as many as leave `FEWEST_BLOCKS`.
        independent: Blocks that can be treated as independent; fewer than there are where more would have to be joined.
        choices: Cell -> variance of its skill between the configurations its pairs chose.
    """

    losses: dict[str, NDArray[np.float64]]
    baselines: dict[str, NDArray[np.float64]]
    gate: NDArray[np.float64]
    counts: NDArray[np.float64]
    merged: int
    independent: int
    choices: dict[str, float]

    def reference(self, metric: str) -> NDArray[np.float64]:
        """What skill is measured against, of each block."""
        return _reference(metric, self.gate, self.counts)


@dataclass(frozen=True)
class Look:
    """One look at the pairs so far.

    Attributes:
        pairs: How many there were.
        tables: Their losses.
        over: Skill of each cell minus the gate baseline's; empty where there is nothing to measure skill against.
        decision: What they say; None where the baseline makes no error at all, which no cell can better.
        capped: Share of fits of the judged cells still improving when their steps ended, the larger of the two.
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
        return unfinished or tuning or self.decision.cause == "test data"


@dataclass(frozen=True)
class Pairs:
    """The pairs so far as arrays, a row a pair: what looks are taken at.

    Attributes:
        losses: Cell -> summed loss of every planned test block, shape (pairs, blocks).
        chosen: Cell -> number of the configuration on each split, shape (pairs, splits).
        capped: Cell -> whether the fit still improved when its steps ended, shape (pairs, splits).
        splits: First block of each split.
        baselines: Rule -> summed loss, shape (blocks,).
        gate: Summed loss of the baseline to beat, shape (blocks,).
        counts: Examples in each block, shape (blocks,).
    """

    losses: dict[str, NDArray[np.float64]]
    chosen: dict[str, NDArray[np.int64]]
    capped: dict[str, NDArray[np.bool_]]
    splits: NDArray[np.int64]
    baselines: dict[str, NDArray[np.float64]]
    gate: NDArray[np.float64]
    counts: NDArray[np.float64]


def judge(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int, *, last: bool) -> Look:
    """Judge the first ``pairs`` pairs of a rung."""
    return look_at(plan, gather(plan, fits, rung, pairs), last=last)


def look_at(plan: Plan, pairs: Pairs, *, last: bool) -> Look:
    """Judge all of ``pairs``; ``last`` when no look follows."""
    tables = aligned(plan, pairs)
    first, second = plan.cells[:2]
    capped = max(float(pairs.capped[cell].mean()) for cell in (first, second))
    choices, known = tables.choices, tables.reference(plan.metric).sum() > 0.0
    over = {cell: _over_gate(plan, pairs, cell, choices[cell]) for cell in plan.cells} if known else {}
    if tables.gate.sum() == 0.0:
        return Look(len(pairs.losses[first]), tables, over, None, capped, settled=True)
    decision = _decide(plan, tables, over, last=last)
    settled = capped <= CAPPED or _settled(plan, pairs, decision, over, last=last)
    return Look(len(pairs.losses[first]), tables, over, decision, capped, settled)


def _decide(plan: Plan, tables: Tables, over: dict[str, Crossed], *, last: bool) -> Decision:
    first, second = plan.cells[:2]
    skills, choices = skill_tables(tables, plan.metric), tables.choices
    difference = crossed(
        skills[first] - skills[second],
        choices[first] + choices[second],
        reach=_reach(plan),
        independent=tables.independent,
    )
    return decide(
        difference,
        (over[first], over[second]),
        margin=plan.margin,
        looks=plan.looks,
        last=last,
        cheaper="first" if cheaper_cell(plan) == first else "second",
    )


def _settled(plan: Plan, pairs: Pairs, decision: Decision, over: dict[str, Crossed], *, last: bool) -> bool:
    """Whether a winner stays the winner if every fit of the other cell that had not finished were as good as its own.

    Nothing like it can be said of other verdicts: how far two cells that still improve would get, nobody knows.
    """
    if decision.outcome not in ("first", "second"):
        return False
    winner, other = plan.cells[:2] if decision.outcome == "first" else plan.cells[1::-1]
    ends = np.append(pairs.splits[1:], pairs.losses[other].shape[1])
    unfinished = np.repeat(pairs.capped[other], ends - pairs.splits, axis=1)
    losses = pairs.losses | {other: np.where(unfinished, pairs.losses[winner], pairs.losses[other])}
    given = aligned(plan, replace(pairs, losses=losses))
    return _decide(plan, given, over, last=last).outcome == decision.outcome


def outcome(plan: Plan, look: Look) -> tuple[str, Cause | None]:
    """The verdict's name, and why when it is `undecided`."""
    if look.decision is None:
        return "neither", None
    if not look.settled:
        return "undecided", "training"
    named = {"first": plan.cells[0], "second": plan.cells[1]}
    return named.get(look.decision.outcome, look.decision.outcome), look.decision.cause


def gather(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int) -> Pairs:
    """The first ``pairs`` pairs of a rung as arrays."""
    found = _pair_fits(fits, rung)
    splits = range(plan.splits.count)
    rows = {cell: [[found[cell, split, pair] for split in splits] for pair in range(pairs)] for cell in plan.cells}
    rules = sorted({key.cell for key in fits if key.phase == "baseline"})
    simple = {rule: np.concatenate([_baseline(fits, rule, split).test for split in splits]) for rule in rules}
    sizes = [len(_baseline(fits, "examples", split).test) for split in splits]
    return Pairs(
        {cell: np.array([np.concatenate([fit.test for fit in row]) for row in rows[cell]]) for cell in rows},
        {cell: np.array([[fit.key.configuration for fit in row] for row in rows[cell]]) for cell in rows},
        {cell: np.array([[fit.capped for fit in row] for row in rows[cell]]) for cell in rows},
        np.cumsum([0, *sizes[:-1]]),
        {rule: table for rule, table in simple.items() if rule != "examples"},
        np.concatenate([_baseline(fits, name, split).test for split, name in enumerate(gates(plan, fits))]),
        simple["examples"],
    )


def aligned(plan: Plan, pairs: Pairs) -> Tables:
    """Tables of ``pairs``; series blocks are joined while the cells' difference is correlated."""
    losses = pairs.losses
    group, independent = _joined(plan, pairs, losses[plan.cells[1]] - losses[plan.cells[0]])
    return Tables(
        {cell: merge(table, group) for cell, table in losses.items()},
        {rule: merge(table, group) for rule, table in pairs.baselines.items()},
        merge(pairs.gate, group),
        merge(pairs.counts, group),
        group,
        independent,
        {cell: _choices(plan, pairs, cell) for cell in plan.cells},
    )


def _joined(plan: Plan, pairs: Pairs, loss: NDArray[np.float64]) -> tuple[int, int]:
    """Planned blocks to join, and how many are independent, for a difference in loss, shape (pairs, blocks)."""
    if not plan.splits.serial:
        return 1, len(pairs.counts)
    return joined(loss.mean(axis=0) / pairs.counts, FEWEST_BLOCKS)


def _over_gate(plan: Plan, pairs: Pairs, cell: str, choices: float) -> Crossed:
    """Skill of a cell minus the gate baseline's, on blocks joined while this very difference is correlated.

    A week that is hard for both cells cancels in their difference, but not here.
    """
    group, independent = _joined(plan, pairs, pairs.losses[cell] - pairs.gate)
    gate = merge(pairs.gate, group)
    reference = _reference(plan.metric, gate, merge(pairs.counts, group))
    over = pseudovalues(merge(pairs.losses[cell], group), reference) - pseudovalues(gate[None], reference)
    return crossed(over, choices, reach=_reach(plan), independent=independent)


def _reference(metric: str, gate: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What skill is measured against: the number of examples for accuracy, else the gate's loss."""
    return counts if metric == "accuracy" else gate


def _reach(plan: Plan) -> float:
    """The largest difference that one example can make; 0 where scores have no bound."""
    return 1.0 if plan.metric == "accuracy" else 0.0


def _choices(plan: Plan, pairs: Pairs, cell: str) -> float:
    """Variance of a cell's skill between the configurations its pairs chose.

    Folds choose from a table each, so their variances add up; origins choose from the same one, so their standard
    deviations do.
    """
    whole = float(_reference(plan.metric, pairs.gate, pairs.counts).sum())
    if whole == 0.0:
        return 0.0
    values = np.add.reduceat(pairs.losses[cell], pairs.splits, axis=1) / whole
    parts = [choice_variance(values[:, k], pairs.chosen[cell][:, k]) for k in range(values.shape[1])]
    return sum(parts) if plan.splits.tuned_each else sum(np.sqrt(parts).tolist()) ** 2


def _pair_fits(fits: Mapping[Key, Fit], rung: int) -> dict[tuple[str, int, int], Fit]:
    """(cell, split, pair) -> fit on one rung."""
    return {(k.cell, k.split, k.draw): fit for k, fit in fits.items() if k.phase == "pair" and k.rung == rung}


def _baseline(fits: Mapping[Key, Fit], rule: str, split: int) -> Fit:
    return fits[baseline_key(rule, split)]


def baseline_key(rule: str, split: int) -> Key:
    """Where the losses of a simple rule are stored; the rule ``examples`` counts the examples of each block."""
    return Key("baseline", rule, 0, 0, split, 0, 0)


def gates(plan: Plan, fits: Mapping[Key, Fit]) -> tuple[str, ...]:
    """For each split the baseline to beat: the best on validation data that no split tests before.

    A series is judged by the rule that was best before its first origin, for later validation parts hold rows that
    earlier origins test. Sets with folds choose anew in each.
    """
    rules = sorted({key.cell for key in fits if key.phase == "baseline"} - {"examples"})
    chosen = []
    for split in range(plan.splits.count):
        loss = {rule: sum(_baseline(fits, rule, split).validation) for rule in rules}
        chosen.append(min(rules, key=lambda rule: loss[rule]))
    return tuple(chosen if plan.splits.tuned_each else [chosen[0]] * len(chosen))


def skill_tables(tables: Tables, metric: str) -> dict[str, NDArray[np.float64]]:
    """Skill pseudo-values of each cell, shape (pairs, blocks)."""
    reference = tables.reference(metric)
    return {cell: pseudovalues(loss, reference) for cell, loss in tables.losses.items()}


def capped_share(plan: Plan, fits: Mapping[Key, Fit], cell: str, rung: int, pairs: int) -> float:
    """Share of a cell's pair fits still improving by more than the margin when their steps ended."""
    chosen = _pair_fits(fits, rung)
    flags = [chosen[cell, split, pair].capped for split in range(plan.splits.count) for pair in range(pairs)]
    return sum(flags) / len(flags) if flags else 0.0


def cheaper_cell(plan: Plan) -> str:
    """The one of the two judged cells that costs less by formula."""
    first, second = plan.cells[:2]
    return (first, second)[cheaper(cost(plan, first), cost(plan, second))]


def cost(plan: Plan, cell: str) -> tuple[int, int]:
    """(multiply-adds per step, floats of state per sequence) of a cell's layer at its width."""
    chosen, hidden = kind(cell), plan.hidden_size[cell]
    return chosen.multiply_adds(plan.data.channels, hidden), chosen.state_floats(hidden)
