"""The codes of the conclusion: the claim, the textbook's pick, why there is no verdict. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.judge.cheaper import rival
from gatewise.judge.looks import FIRST_LOOK
from gatewise.metrics import metric_named
from gatewise.run.verdict import Coded, Textbook, Undecided, coded
from gatewise.stats.decide import FEWEST_BLOCKS, smallest_margin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.judge.looks import Look
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Cause

LONG, MANY = 100, 10_000
"""The textbook's "long" sequences, in steps, and "much" data, in examples."""


def claim(plan: Plan, outcome: str, recommendation: str, bar: Sequence[str]) -> Coded:
    """The verdict with the names and numbers of its one plain sentence.

    Args:
        plan: The locked plan.
        outcome: The verdict's name.
        recommendation: What is recommended; for `not-worse` the arm that is named.
        bar: The bar on each split.
    """
    first, second = plan.cells[:2]
    margin, unit = plan.margin, metric_named(plan.metric).unit
    if outcome in plan.cells:
        return coded("arm-better", named=outcome, other=rival(plan, outcome), margin=margin, unit=unit)
    if outcome == "equal":
        return coded("arms-equal", first=first, second=second, margin=margin, unit=unit)
    if outcome == "not-worse":
        other = rival(plan, recommendation)
        return coded("arm-not-worse", named=recommendation, other=other, margin=margin, unit=unit)
    if outcome == "neither":
        rules = tuple(dict.fromkeys(bar))
        return coded("bar-not-beaten", first=first, second=second, rules=rules, margin=margin, unit=unit)
    return coded("arms-open", first=first, second=second, margin=margin, unit=unit)


def textbook(plan: Plan) -> Textbook:
    """The rule of thumb: LSTM for long sequences or much data, GRU where time and resources are short."""
    steps, examples = plan.data.window, plan.data.examples
    if steps >= LONG:
        return Textbook(pick="lstm", reason=coded("many-steps", steps=steps))
    if examples >= MANY:
        return Textbook(pick="lstm", reason=coded("many-examples", examples=examples))
    return Textbook(pick="gru", reason=coded("short-and-few", steps=steps, examples=examples))


def undecided(plan: Plan, look: Look | None, cause: Cause) -> Undecided:
    """Why there is no verdict, and what would bring one."""
    decision = look.decision if look else None
    known = look is not None and decision is not None and decision.difference.standard_error > 0.0
    known = known and look is not None and look.pairs >= FIRST_LOOK and look.tables.independent >= FEWEST_BLOCKS
    smallest = smallest_margin(decision) if decision and known else None
    reason, remedy = _why(plan, look, cause, smallest)
    return Undecided(cause=cause, reason=reason, smallest_margin=smallest, remedy=remedy)


def _why(plan: Plan, look: Look | None, cause: Cause, smallest: float | None) -> tuple[Coded, Coded]:
    """The cause with its numbers, and what to do about it."""
    unit = plan.work.unit
    if look is None or look.decision is None or (cause == "pairs" and look.pairs < FIRST_LOOK):
        return coded("few-pairs", pairs=look.pairs if look else 0, needed=FIRST_LOOK), coded("more-pairs", unit=unit)
    if cause == "pairs":
        low, high = look.decision.difference.interval(look.decision.level)
        widest = _typed(max(abs(low), abs(high)))
        return coded("pairs-leave-open", pairs=look.pairs, half=(high - low) / 2), coded(
            "more-pairs", unit=unit, **widest
        )
    if cause == "test-data":
        if (independent := look.tables.independent) < FEWEST_BLOCKS:
            few = coded("few-independent-blocks", blocks=independent, needed=FEWEST_BLOCKS)
            return few, coded("more-test-data")
        blocks = coded("blocks-leave-open", blocks=look.tables.counts.size)
        return blocks, coded("more-test-data", **_typed(smallest))
    if cause == "tuning":
        return coded("choice-uncertain"), coded("more-tuning-data", **_typed(smallest))
    if cause == "baseline":
        return coded("bar-unclear"), coded("more-pairs-or-data", unit=unit)
    if cause == "training":
        return coded("fits-unfinished", share=look.capped), coded("more-pairs", unit=unit)
    return coded("losses-tied"), coded("more-test-data")


def _typed(margin: float | None) -> dict[str, float]:
    """The margin that would do; nothing where none below 1 would."""
    return {"margin": margin} if margin is not None and 0.0 < margin < 0.99 else {}
