"""Words of the conclusion as codes: what is shown, the textbook's pick, why there is no verdict. Needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.judge.cheaper import rival
from gatewise.judge.looks import FIRST_LOOK, MOST_PAIRS, SCOPES
from gatewise.judge.tables import far_off
from gatewise.metrics import metric_named
from gatewise.run.verdict import Claim, Coded, Textbook, Undecided, coded
from gatewise.stats.decide import FEWEST_BLOCKS, SAFE, WINNER, at_most, beats, smallest_margin
from gatewise.stats.posterior import posterior

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.judge.looks import Look
    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Cause, Scope
    from gatewise.stats import decide
    from gatewise.stats.interval import Followed

LONG, MANY = 100, 10_000
"""The textbook's "long" sequences, in steps, and "much" data, in examples."""

LARGEST = 0.1
"""No larger margin is suggested: differences of that size are not practically nothing."""


# --------------------------------------------------------------------------------------------------
# What is shown


def shown(plan: Plan, fits: Mapping[Key, Fit], look: Look | None) -> tuple[Claim, ...]:
    """All claims, scope by scope, those between the two judged arms before those on the simple rules."""
    if look is None or look.pairs < FIRST_LOOK or not look.seen.pairs.bar.sum():
        return ()
    found = []
    for scope in SCOPES:
        found += [_between(plan, look, scope, claim) for claim in look.claims[scope]]
        for arm in plan.cells if scope != "anew" or look.seen.redrawn >= FIRST_LOOK else ():
            over = over_rules(plan, fits, look, arm, scope)
            if over and all(map(beats, over.values())):
                closest = min(over.values(), key=lambda one: one.interval(WINNER)[0])
                chance = 1.0 - sum(1.0 - posterior(one.now, plan.margin).above(0.0) for one in over.values())
                found.append(_claim(scope, "beats-rules", arm, closest.interval(WINNER), WINNER, chance))
    return tuple(found)


def over_rules(
    plan: Plan, fits: Mapping[Key, Fit], look: Look, arm: str, scope: Scope = "tuned"
) -> dict[str, Followed]:
    """Simple rule -> an arm's skill minus that of the rule, of all rules that are not far off."""
    far = far_off(plan, fits)
    return {
        rule: look.seen.over(arm, loss, scope) for rule, loss in look.seen.pairs.baselines.items() if rule not in far
    }


def above_bar(plan: Plan, look: Look, arm: str, over: dict[str, Followed]) -> Literal["yes", "no", "unclear"]:
    """`yes`: above every simple rule; `no`: shown not to exceed the bar by the margin; else `unclear`."""
    if look.pairs >= FIRST_LOOK and over and all(map(beats, over.values())):
        return "yes"
    no = look.pairs >= FIRST_LOOK and at_most(look.seen.over(arm, look.seen.pairs.bar), plan.margin)
    return "no" if no else "unclear"


def _between(plan: Plan, look: Look, scope: Scope, claim: decide.Claim) -> Claim:
    """A claim on the two judged arms, its interval that of the arm it names."""
    first, second = plan.cells[:2]
    if claim.kind == "neither":
        over = [look.seen.over(arm, look.seen.pairs.bar, scope) for arm in (first, second)]
        closest = max(over, key=lambda one: one.interval(WINNER)[1])
        chance = sum(1.0 - posterior(one.now, plan.margin).above(plan.margin) for one in over) - 1.0
        return _claim(scope, "neither", None, closest.interval(WINNER), WINNER, chance)
    named, other = (second, first) if claim.arm == "second" else (first, second)
    difference = look.seen.between(named, other, scope)
    may, margin = posterior(difference.now, plan.margin), plan.margin
    error = WINNER if claim.kind == "better" else SAFE
    chance = {
        "better": may.above(margin if claim.beyond else 0.0),
        "equal": may.above(-margin) - may.above(margin),
        "not-worse": may.above(-margin),
    }[claim.kind]
    cell = None if claim.kind == "equal" else named
    return _claim(scope, claim.kind, cell, difference.interval(error), error, chance, beyond=claim.beyond)


def _claim(
    scope: Scope,
    kind: str,
    cell: str | None,
    bounds: tuple[float, float],
    error: float,
    chance: float,
    *,
    beyond: bool = False,
) -> Claim:
    probability = float(np.clip(chance, 0.0, 1.0))
    return Claim.model_validate(
        {"scope": scope, "kind": kind, "cell": cell, "beyond": beyond, "interval": bounds, "error": error,
         "probability": probability}
    )  # fmt: skip


def sentence(plan: Plan, outcome: str, look: Look | None, bar: Sequence[str]) -> Coded:
    """The verdict with the names and numbers of its one plain sentence.

    Args:
        plan: The locked plan.
        outcome: The verdict's name.
        look: The look that decides.
        bar: The bar on each split.
    """
    first, second = plan.cells[:2]
    margin, unit = plan.margin, metric_named(plan.metric).unit
    found = look.claims["tuned"] if look is not None else ()
    if outcome in plan.cells:
        if found and found[0].beyond:
            return coded("arm-better", named=outcome, other=rival(plan, outcome), margin=margin, unit=unit)
        return coded("arm-ahead", named=outcome, other=rival(plan, outcome), unit=unit)
    if outcome == "equal":
        ahead = [{"first": first, "second": second}[one.arm or "first"] for one in found if one.kind == "better"]
        return coded("arms-equal", first=first, second=second, margin=margin, unit=unit, ahead="".join(ahead))
    if outcome == "not-worse":
        named = first if found and found[0].arm == "first" else second
        return coded("arm-not-worse", named=named, other=rival(plan, named), margin=margin, unit=unit)
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


# --------------------------------------------------------------------------------------------------
# Why there is no verdict


def undecided(plan: Plan, look: Look | None, cause: Cause) -> Undecided:
    """Why there is no verdict, and what would bring one."""
    smallest = None
    if look is not None and cause not in ("ties", "training") and look.pairs >= FIRST_LOOK:
        smallest = smallest_margin(look.seen.judged_parts("tuned"), "tuned")
        smallest = smallest if 0.0 < smallest <= LARGEST else None
    reason, remedy = _why(plan, look, cause, smallest)
    helps = cause != "test-data" and (look is None or look.pairs < MOST_PAIRS)
    return Undecided(cause=cause, reason=reason, smallest_margin=smallest, budget_helps=helps, remedy=remedy)


def _why(plan: Plan, look: Look | None, cause: Cause, smallest: float | None) -> tuple[Coded, Coded]:
    """The cause with its numbers, and what to do about it."""
    unit = plan.work.unit
    if look is None or look.pairs < FIRST_LOOK:
        return coded("few-pairs", pairs=look.pairs if look else 0, needed=FIRST_LOOK), coded("more-pairs", unit=unit)
    difference = look.seen.judged("tuned")
    low, high = difference.interval(WINNER)
    if cause == "pairs":
        return coded("pairs-leave-open", pairs=look.pairs, half=(high - low) / 2), coded("more-pairs", unit=unit)
    if cause == "test-data":
        if difference.now.independent < FEWEST_BLOCKS:
            blocks = int(difference.now.independent)
            few = coded("few-independent-blocks", blocks=blocks, needed=FEWEST_BLOCKS)
            return few, coded("more-test-data")
        if look.may_decide:  # by more pairs than are ever trained
            reason = coded("pairs-leave-open", pairs=look.pairs, half=(high - low) / 2)
        else:
            reason = coded("blocks-leave-open", blocks=difference.now.blocks)
        return reason, coded("more-test-data", **_typed(smallest))
    if cause == "training":
        return coded("fits-unfinished", share=look.capped), coded("more-pairs", unit=unit)
    return coded("losses-tied"), coded("more-test-data")


def _typed(margin: float | None) -> dict[str, float]:
    """The margin that would do; nothing where none is small enough to be suggested."""
    return {} if margin is None else {"margin": margin}
