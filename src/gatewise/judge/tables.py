"""Stored fits as tables: each pair scores each test block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.run.fits import Key

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
        losses: Arm -> summed loss of every test block, trained as handed over, shape (pairs, blocks).
        anew: The same, trained as each pair's own redraw of the tuning chose, of the first pairs, or of none.
        chosen: Arm -> number of the configuration that the redraw chose on each split, shape (such pairs, splits).
        capped: Arm -> whether the fit still improved when its steps ended, shape (pairs, splits).
        splits: First block of each split, shape (splits,).
        baselines: Rule -> summed loss, shape (blocks,).
        bar: Summed loss of the bar, shape (blocks,).
        counts: Examples in each block, shape (blocks,).
    """

    losses: dict[str, NDArray[np.float64]]
    anew: dict[str, NDArray[np.float64]]
    chosen: dict[str, NDArray[np.int64]]
    capped: dict[str, NDArray[np.bool_]]
    splits: NDArray[np.int64]
    baselines: dict[str, NDArray[np.float64]]
    bar: NDArray[np.float64]
    counts: NDArray[np.float64]


# --------------------------------------------------------------------------------------------------
# From fits to pairs


def gather(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int, redrawn: int = 0) -> Pairs:
    """The first ``pairs`` pairs of a rung as arrays, of which the first ``redrawn`` were tuned anew as well."""
    splits = range(plan.splits.count)
    found = _pair_fits(fits, rung, "pair")
    other = found | _pair_fits(fits, rung, "redraw")
    rows, anew = (
        {arm: [[of[arm, split, pair] for split in splits] for pair in range(count)] for arm in plan.cells}
        for of, count in ((found, pairs), (other, redrawn))
    )
    rules = sorted({key.cell for key in fits if key.phase == "baseline"})
    simple = {rule: np.concatenate([_baseline(fits, rule, split).test for split in splits]) for rule in rules}
    sizes = [len(_baseline(fits, "examples", split).test) for split in splits]
    return Pairs(
        {arm: np.array([np.concatenate([fit.test for fit in row]) for row in rows[arm]]) for arm in rows},
        {arm: np.array([np.concatenate([fit.test for fit in row]) for row in anew[arm]]) for arm in anew},
        {arm: np.array([[fit.key.configuration for fit in row] for row in anew[arm]], dtype=np.int64) for arm in anew},
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
    chosen = _pair_fits(fits, rung, "pair")
    flags = [chosen[arm, split, pair].capped for split in range(plan.splits.count) for pair in range(pairs)]
    return sum(flags) / len(flags) if flags else 0.0


def second_tries(plan: Plan, fits: Mapping[Key, Fit], rung: int, pairs: int) -> dict[str, int]:
    """Arm -> how many fits of its pairs are second tries, the first having failed."""
    chosen = _pair_fits(fits, rung, "pair")
    places = [(split, pair) for split in range(plan.splits.count) for pair in range(pairs)]
    return {arm: sum(chosen[arm, *place].second for place in places) for arm in plan.cells}


def _pair_fits(fits: Mapping[Key, Fit], rung: int, phase: str) -> dict[tuple[str, int, int], Fit]:
    """(arm, split, pair) -> fit of a phase on one rung."""
    return {(k.cell, k.split, k.draw): fit for k, fit in fits.items() if (k.phase, k.rung) == (phase, rung)}


def _baseline(fits: Mapping[Key, Fit], rule: str, split: int) -> Fit:
    return fits[baseline_key(rule, split)]
