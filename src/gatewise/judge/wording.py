"""The conclusion in words: the claim, why there is none, the reasons for a recommendation. Needs no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gatewise.arms import ALIKE, title
from gatewise.judge.looks import FIRST_LOOK, cost
from gatewise.run.verdict import Textbook, Undecided
from gatewise.stats.decide import FEWEST_BLOCKS, smallest_margin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.judge.looks import Cause, Look
    from gatewise.run.plan import Plan

LONG, MANY = 100, 10_000
"""The textbook's "long" sequences, in steps, and "much" data, in examples."""


def claim(plan: Plan, outcome: str, recommendation: str, gate: Sequence[str]) -> str:
    """The verdict in one plain sentence.

    Args:
        plan: The locked plan.
        outcome: The verdict's name.
        recommendation: What is recommended; for `not-worse` the cell that is named.
        gate: The baseline to beat on each split.
    """
    first, second = map(title, plan.cells[:2])
    margin = f"the margin of {plan.margin:g} {'accuracy' if plan.metric == 'accuracy' else 'skill'}"
    if outcome in plan.cells:
        return f"On these data the {title(outcome)} is better than the {other(plan, outcome)} by more than {margin}."
    if outcome == "equal":
        return f"On these data {first} and {second} are practically equal: they differ by less than {margin}."
    if outcome == "not-worse":
        named, rival = title(recommendation), other(plan, recommendation)
        return f"On these data the {named}, which costs less, is not worse than the {rival} by more than {margin}."
    if outcome == "neither":
        rule = " and ".join(dict.fromkeys(gate))
        return f"On these data neither {first} nor {second} beats the simple rule {rule!r} by {margin}."
    return f"These data and this budget do not decide between {first} and {second} at {margin}."


def other(plan: Plan, cell: str) -> str:
    """Title of the other judged cell."""
    return title(plan.cells[1] if cell == plan.cells[0] else plan.cells[0])


def cost_words(plan: Plan, cell: str) -> str:
    """What the cheaper cell costs, against the other."""
    rival = plan.cells[1] if cell == plan.cells[0] else plan.cells[0]
    (work, state), (rival_work, rival_state) = cost(plan, cell), cost(plan, rival)
    if (work, state) == (rival_work, rival_state):
        return "both cost the same, and it comes first"
    if abs(work - rival_work) <= ALIKE * max(work, rival_work):
        return f"{state} floats of state against {rival_state}, at practically the same multiply-adds a step ({work:,})"
    return f"{work:,} multiply-adds a step against {rival_work:,}"


def textbook(plan: Plan) -> Textbook:
    """The rule of thumb: LSTM for long sequences or much data, GRU where time and resources are short."""
    steps, examples = plan.data.window, plan.data.examples
    if steps >= LONG or examples >= MANY:
        why = f"{steps} steps" if steps >= LONG else f"{examples:,} examples"
        return Textbook(
            pick="lstm", reason=f"{why}: long or plentiful sequences are said to need the LSTM's cell state"
        )
    reason = f"{steps} steps and {examples:,} examples: short and few, where the smaller GRU is said to do"
    return Textbook(pick="gru", reason=reason)


def undecided(plan: Plan, look: Look | None, cause: Cause) -> Undecided:
    """Why there is no verdict, and what would bring one."""
    decision = look.decision if look else None
    known = look is not None and decision is not None and decision.difference.standard_error > 0.0
    known = known and look is not None and look.pairs >= FIRST_LOOK and look.tables.independent >= FEWEST_BLOCKS
    smallest = smallest_margin(decision) if decision and known else None
    text, remedy = _why(plan, look, cause, smallest)
    return Undecided(cause=cause, text=text, smallest_margin=smallest, remedy=remedy)


def _why(plan: Plan, look: Look | None, cause: Cause, smallest: float | None) -> tuple[str, str]:
    """One sentence on the cause, and what to do about it."""
    more = "a larger --budget, or --fits" if plan.work.unit == "seconds" else "more --fits"
    if look is None or look.decision is None or (cause == "pairs" and look.pairs < FIRST_LOOK):
        pairs = look.pairs if look else 0
        return (
            f"only {pairs} {'pair was' if pairs == 1 else 'pairs were'} paid for; the first look needs {FIRST_LOOK}",
            more,
        )
    if cause == "pairs":
        low, high = look.decision.difference.interval(look.decision.level)
        text = f"{look.pairs} pairs leave the difference open by ±{(high - low) / 2:.3g}"
        return text, more + _margin(max(abs(low), abs(high)), "at which these pairs would do")
    if cause == "test data":
        blocks = look.tables.counts.size
        if (independent := look.tables.independent) < FEWEST_BLOCKS:
            few = f"{independent} independent test {'block says' if independent == 1 else 'blocks say'}"
            return f"{few} too little of how test data vary; {FEWEST_BLOCKS} would be the fewest", "more test data"
        text = f"{blocks} test blocks leave the difference open by more than the margin, however many pairs are trained"
        return text, "more test data" + _margin(smallest, "which these test data can decide")
    if cause == "tuning":
        text = "which configuration suits a cell is so uncertain that the difference stays open by more than the margin"
        return text, "more data to tune on" + _margin(smallest, "which these data can decide")
    if cause == "baseline":
        return "the cell in question is not shown to beat the simple rule", f"{more}, or more data"
    if cause == "training":
        return (
            f"{look.capped:.0%} of the fits were still improving by more than the margin when their steps ended",
            more,
        )
    return "every pair and every test block gave both cells the same loss: no evidence either way", "more test data"


def _margin(value: float | None, what: str) -> str:
    """The margin that would do, as one would type it: two digits, rounded up; nothing where none below 1 would."""
    if value is None or not 0.0 < value < 0.99:
        return ""
    scale = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f", or --margin {math.ceil(value / scale) * scale:.2g}, {what}"
