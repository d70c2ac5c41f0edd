"""Stored fits as aligned tables: each pair scores each test block, and correlated blocks are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.metrics import metric_named
from gatewise.run.fits import Key
from gatewise.stats.blocks import grouping, merge
from gatewise.stats.decide import FEWEST_BLOCKS
from gatewise.stats.skill import pseudovalues
from gatewise.stats.variance import Crossed, choice_variance, crossed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gatewise.run.fits import Fit
    from gatewise.run.plan import Plan

FAR = 2.0
"""A simple rule that loses more than so many times what the best one loses on validation data is far off."""


@dataclass(frozen=True)
class Pairs:
    """The pairs so far as arrays, a row for each pair.

    Attributes:
        losses: Arm -> summed loss of every planned test block, shape (pairs, blocks).
        chosen: Arm -> number of the configuration on each split, shape (pairs, splits).
        capped: Arm -> whether the fit still improved when its steps ended, shape (pairs, splits).
        splits: First block of each split, shape (splits,).
        baselines: Rule -> summed loss, shape (blocks,).
        bar: Summed loss of the bar, shape (blocks,).
        counts: Examples in each block, shape (blocks,).
    """

    losses: dict[str, NDArray[np.float64]]
    chosen: dict[str, NDArray[np.int64]]
    capped: dict[str, NDArray[np.bool_]]
    splits: NDArray[np.int64]
    baselines: dict[str, NDArray[np.float64]]
    bar: NDArray[np.float64]
    counts: NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """Losses of the pairs on merged test blocks.

    Attributes:
        losses: Arm -> summed loss, shape (pairs, blocks).
        baselines: Rule -> summed loss, shape (blocks,).
        bar: Summed loss of the bar, shape (blocks,).
        counts: Examples in each block, shape (blocks,).
        merged: How many planned blocks make one; at least `FEWEST_BLOCKS` blocks are left.
        independent: How many blocks can be treated as independent. It is less than the number of blocks where more
            merging would have left fewer than `FEWEST_BLOCKS`.
        choice_variance: Arm -> variance of its skill between the configurations its pairs chose.
    """

    losses: dict[str, NDArray[np.float64]]
    baselines: dict[str, NDArray[np.float64]]
    bar: NDArray[np.float64]
    counts: NDArray[np.float64]
    merged: int
    independent: int
    choice_variance: dict[str, float]

    def reference(self, metric: str) -> NDArray[np.float64]:
        """What skill is measured against, of each block."""
        return _reference(metric, self.bar, self.counts)


# --------------------------------------------------------------------------------------------------
# From fits to pairs


def gather(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int) -> Pairs:
    """The first ``pairs`` pairs of a rung as arrays."""
    found = _pair_fits(fits, rung)
    splits = range(plan.splits.count)
    rows = {arm: [[found[arm, split, pair] for split in splits] for pair in range(pairs)] for arm in plan.cells}
    rules = sorted({key.cell for key in fits if key.phase == "baseline"})
    simple = {rule: np.concatenate([_baseline(fits, rule, split).test for split in splits]) for rule in rules}
    sizes = [len(_baseline(fits, "examples", split).test) for split in splits]
    return Pairs(
        {arm: np.array([np.concatenate([fit.test for fit in row]) for row in rows[arm]]) for arm in rows},
        {arm: np.array([[fit.key.configuration for fit in row] for row in rows[arm]]) for arm in rows},
        {arm: np.array([[fit.capped for fit in row] for row in rows[arm]]) for arm in rows},
        np.cumsum([0, *sizes[:-1]]),
        {rule: table for rule, table in simple.items() if rule != "examples"},
        np.concatenate([_baseline(fits, name, split).test for split, name in enumerate(bars(plan, fits))]),
        simple["examples"],
    )


def bars(plan: Plan, fits: Mapping[Key, Fit]) -> tuple[str, ...]:
    """The bar on each split: the simple rule that is best on validation data that no split tests.

    One bar serves all splits of a series. It is the rule that was best before the first origin, because later
    validation parts hold rows that earlier origins test. Folds choose a bar each.
    """
    chosen = [best_rule(fits, split) for split in range(plan.splits.count)]
    return tuple(chosen if plan.splits.tuned_each else [chosen[0]] * len(chosen))


def best_rule(fits: Mapping[Key, Fit], split: int) -> str:
    """The simple rule that is best on the validation part of a split."""
    loss = _validated(fits, split)
    return min(loss, key=lambda rule: loss[rule])


def far_off(plan: Plan, fits: Mapping[Key, Fit]) -> frozenset[str]:
    """The simple rules that lose more than `FAR` times what the best one loses, on the data that choose the bar.

    They are shown and take no part in claims.
    """
    found = [_validated(fits, split) for split in range(plan.splits.count if plan.splits.tuned_each else 1)]
    total = {rule: sum(loss[rule] for loss in found) for rule in found[0]}
    return frozenset(rule for rule, loss in total.items() if loss > FAR * min(total.values()))


def _validated(fits: Mapping[Key, Fit], split: int) -> dict[str, float]:
    """Rule -> its loss on the validation part of a split, in the order of their names."""
    rules = sorted({key.cell for key in fits if key.phase == "baseline"} - {"examples"})
    return {rule: sum(_baseline(fits, rule, split).validation) for rule in rules}


def baseline_key(rule: str, split: int) -> Key:
    """The key of a simple rule's losses; the rule ``examples`` counts the examples of each block."""
    return Key("baseline", rule, 0, 0, split, 0, 0)


def capped_share(plan: Plan, fits: Mapping[Key, Fit], arm: str, rung: int, pairs: int) -> float:
    """Share of an arm's pair fits that still improved by more than the margin when their steps ended."""
    chosen = _pair_fits(fits, rung)
    flags = [chosen[arm, split, pair].capped for split in range(plan.splits.count) for pair in range(pairs)]
    return sum(flags) / len(flags) if flags else 0.0


def _pair_fits(fits: Mapping[Key, Fit], rung: int) -> dict[tuple[str, int, int], Fit]:
    """(arm, split, pair) -> fit on one rung."""
    return {(k.cell, k.split, k.draw): fit for k, fit in fits.items() if k.phase == "pair" and k.rung == rung}


def _baseline(fits: Mapping[Key, Fit], rule: str, split: int) -> Fit:
    return fits[baseline_key(rule, split)]


# --------------------------------------------------------------------------------------------------
# From pairs to tables


def aligned(plan: Plan, pairs: Pairs) -> Tables:
    """Tables of ``pairs``; blocks of a series are merged while the judged arms' difference is correlated."""
    losses = pairs.losses
    group, independent = _grouping(plan, pairs, losses[plan.cells[1]] - losses[plan.cells[0]])
    return Tables(
        {arm: merge(table, group) for arm, table in losses.items()},
        {rule: merge(table, group) for rule, table in pairs.baselines.items()},
        merge(pairs.bar, group),
        merge(pairs.counts, group),
        group,
        independent,
        {arm: _choice_variance(plan, pairs, arm) for arm in plan.cells},
    )


def skill_tables(tables: Tables, metric: str) -> dict[str, NDArray[np.float64]]:
    """Skill pseudo-values of each arm, shape (pairs, blocks)."""
    reference = tables.reference(metric)
    return {arm: pseudovalues(loss, reference) for arm, loss in tables.losses.items()}


def over_bar(plan: Plan, pairs: Pairs, arm: str, choices: float) -> Crossed:
    """Skill of an arm minus the bar's, on blocks that are merged while this very difference is correlated.

    A week that is hard for both arms cancels in their difference, but not in an arm's difference from the bar.

    Args:
        plan: The locked plan.
        pairs: The pairs so far.
        arm: The arm.
        choices: Variance of its skill between the configurations its pairs chose.
    """
    group, independent = _grouping(plan, pairs, pairs.losses[arm] - pairs.bar)
    bar = merge(pairs.bar, group)
    reference = _reference(plan.metric, bar, merge(pairs.counts, group))
    over = pseudovalues(merge(pairs.losses[arm], group), reference) - pseudovalues(bar[None], reference)
    return crossed(over, choices, reach=reach(plan, pairs.counts), independent=independent)


def reach(plan: Plan, counts: NDArray[np.float64]) -> float:
    """The largest difference in skill that one block can make, as a multiple of its share; 0 where skill has no bound.

    Args:
        plan: The locked plan.
        counts: Examples in each block, shape (blocks,): a block of one example makes a difference of 1 at most, or of
            what a mistake counts where classes are balanced.
    """
    if metric_named(plan.metric).unit == "skill":
        return 0.0
    mistake: float = max(plan.section.get("weights") or (1.0,))  # type: ignore[arg-type, type-var, assignment]
    return mistake * float(counts.max() / counts.mean())


def _grouping(plan: Plan, pairs: Pairs, loss: NDArray[np.float64]) -> tuple[int, int]:
    """Planned blocks to merge into one, and how many are independent, for a difference in loss (pairs, blocks)."""
    if not plan.splits.serial:
        return 1, len(pairs.counts)
    return grouping(loss.mean(axis=0) / pairs.counts, FEWEST_BLOCKS)


def _reference(metric: str, bar: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What skill is measured against: the number of examples for accuracy, else the bar's loss."""
    return bar if metric_named(metric).unit == "skill" else counts


def _choice_variance(plan: Plan, pairs: Pairs, arm: str) -> float:
    """Variance of an arm's skill between the configurations its pairs chose.

    Folds choose from a tuning table each, so their variances add up. Origins choose from one table, so their choices
    err together and their standard deviations add up.
    """
    whole = float(_reference(plan.metric, pairs.bar, pairs.counts).sum())
    if whole == 0.0:
        return 0.0
    values = np.add.reduceat(pairs.losses[arm], pairs.splits, axis=1) / whole
    parts = [choice_variance(values[:, k], pairs.chosen[arm][:, k]) for k in range(values.shape[1])]
    return sum(parts) if plan.splits.tuned_each else sum(np.sqrt(parts).tolist()) ** 2
