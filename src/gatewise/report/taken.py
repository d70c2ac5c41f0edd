"""The first sentence: what to take, by what is shown of it and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import alike
from gatewise.judge.looks import FIRST_LOOK
from gatewise.languages import mark, say

if TYPE_CHECKING:
    from gatewise.run.verdict import Coded, Verdict


def few(verdict: Verdict) -> bool:
    """Whether the cells were trained less often than it takes for the first look: too little for a probability."""
    return verdict.pairs < FIRST_LOOK


def ranged(verdict: Verdict) -> bool:
    """Whether scores have a range: from one training of each cell it would leave out the luck of training."""
    return verdict.pairs > 1


def faultless(verdict: Verdict) -> bool:
    """Whether the rule to beat made no error in any test."""
    bars = [rule for rule in verdict.baselines if rule.bar]
    return bool(bars) and all(rule.loss == 0.0 for rule in bars)


def a_cell(verdict: Verdict) -> str:
    """The sentence that takes one of the cells, its places open: cell, other, size, pairs, chance, less."""
    if verdict.strength is None:
        return mark("Take the {cell}. (This older run does not say how sure that is.)")
    if verdict.strength == "either":
        return _either(verdict)
    if verdict.strength == "shown":
        return _shown(verdict)
    if few(verdict) and verdict.difference and verdict.difference.estimate == 0.0:
        return mark(
            "Take the {cell} for now, because it is cheaper to run: both scored the same, but each was trained only"
            " {pairs} times."
        )
    if few(verdict):
        return mark(
            "Take the {cell} for now: it looks as good as the {other}, or better, but each was trained only {pairs}"
            " times, which is too few to say how sure that is."
        )
    if verdict.strength == "likely":
        return mark(
            "Take the {cell}: it is likely ({chance}) as good as the {other} on new data within {size}, or better."
        )
    return mark(
        "Take the {cell}, but that is only a leaning: the chance is {chance} that it is as good as the {other} on"
        " new data within {size}, or better."
    )


def saves(verdict: Verdict) -> str:
    """What makes a cell cheaper to run, in brackets; empty where its cost is not the reason."""
    reason = as_trained(verdict, verdict.recommendation, verdict.recommendation_reason)
    cost = {name: value for name, value in reason.values.items() if isinstance(value, int)}
    if not cost.get("rival_state"):
        return ""
    if not alike(cost["work"], cost["rival_work"]):
        return say(" ({work:,} multiplications a step, not {rival_work:,})", **cost)
    if cost["state"] == cost["rival_state"]:
        return ""
    return say(" (it keeps {state} numbers from step to step, not {rival_state})", **cost)


def as_trained(verdict: Verdict, cell: str, reason: Coded) -> Coded:
    """A reason whose costs are those of the networks that were trained, as the table of cells has them.

    Which cell is cheaper is told beforehand, of networks that read one way; the setting may be another one.
    """
    rivals = [other for other in list(verdict.cells)[:2] if other != cell]
    if "rival_work" not in reason.values or cell not in verdict.cells or len(rivals) != 1:
        return reason
    own, other = verdict.cells[cell], verdict.cells[rivals[0]]
    if not (own.configuration.bidirectional or other.configuration.bidirectional):
        return reason
    trained = {
        "work": own.multiply_adds,
        "state": own.state_floats,
        "rival_work": other.multiply_adds,
        "rival_state": other.state_floats,
    }
    return reason.model_copy(update={"values": {**reason.values, **trained}})


def _shown(verdict: Verdict) -> str:
    """A cell, of which something is shown."""
    if verdict.verdict == "equal" and verdict.recommendation == verdict.cheaper:
        return mark(
            "Take the {cell}: it is shown to be as good as the {other} on new data like these (less than {size}"
            " apart), and it is cheaper to run{less}."
        )
    if verdict.verdict == "equal":
        return mark(
            "Take the {cell}: it is shown to be as good as the {other} on new data like these (less than {size} apart)."
        )
    if verdict.verdict == "not-worse":
        return mark(
            "Take the {cell}: it is shown to be as good as the {other} on new data like these, or better (no more than"
            " {size} worse)."
        )
    return mark(
        "Take the {cell}: it is shown to be better than the {other} on new data like these, with the best"
        " settings found for each."
    )


def _either(verdict: Verdict) -> str:
    """The cheaper of two cells that cannot be told apart."""
    cost = as_trained(verdict, verdict.recommendation, verdict.recommendation_reason).values
    if cost and (cost.get("work"), cost.get("state")) == (cost.get("rival_work"), cost.get("rival_state")):
        return mark("Take the {cell}, or the other one: they cost the same, and it is not known which is better.")
    if verdict.recommendation_reason.code == "one-pair-ahead":
        return mark(
            "Take the {cell} for now: it scored higher in the one training of each cell, which is too few to say that"
            " it is better."
        )
    if verdict.difference is None:
        return mark(
            "Take the {cell} for now, because it is cheaper to run{less}: so short a run does not tell which cell is"
            " better."
        )
    return mark("Take the {cell}, because it is cheaper to run{less}: these data do not tell which cell is better.")


def all_worse(verdict: Verdict) -> bool:
    """Whether the whole range of each cell to judge lies below the rule to beat."""
    judged = list(verdict.cells.values())[:2]
    ranges = [result.over_baseline_interval for result in judged]
    return bool(ranges) and all(one[1] < 0.0 for one in ranges)


def a_rule(verdict: Verdict) -> str:
    """The sentence that takes a simple rule, which needs no network; its places also rule, first and second."""
    if verdict.strength is None:
        return mark("Take the simple rule {rule}, no network. (This older run does not say how sure that is.)")
    if verdict.strength == "shown" and faultless(verdict):
        return mark(
            "Take the simple rule {rule}, no network: it made no error in any test, so no network can do better."
        )
    if verdict.strength == "shown" and all_worse(verdict):
        return mark(
            "Take the simple rule {rule}, no network: {first} and {second} both do worse, which is shown for new data"
            " like these."
        )
    if verdict.strength == "shown":
        return mark(
            "Take the simple rule {rule}, no network: neither {first} nor {second} beats it by {size} or more,"
            " which is shown for new data like these."
        )
    if verdict.strength == "either" and all_worse(verdict):
        return mark("Take the simple rule {rule}, no network: {first} and {second} both did worse in the test.")
    if verdict.strength == "either":
        return mark("Take the simple rule {rule}, no network: nothing tells that a network would do better.")
    if few(verdict):
        return mark(
            "Take the simple rule {rule} for now, no network: it looks as good as {first} and {second}, or better, but"
            " each was trained only {pairs} times, which is too few to say how sure that is."
        )
    if verdict.strength == "likely":
        return mark(
            "Take the simple rule {rule}, no network: it is likely ({chance}) as good as {first} and {second} on new"
            " data within {size}, or better."
        )
    return mark(
        "Take the simple rule {rule}, no network, but that is only a leaning: the chance is {chance} that it is as good"
        " as {first} and {second} on new data within {size}, or better."
    )
