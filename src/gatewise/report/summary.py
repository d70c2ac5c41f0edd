"""What terminal and page both say of a verdict: headline, advice, risk, the baseline to beat; computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.judge.cheaper import rival
from gatewise.languages import mark, say
from gatewise.metrics import metric_named
from gatewise.report import baselines, taken, words, worth
from gatewise.tasks import named as task_named
from gatewise.text import begun, sure

if TYPE_CHECKING:
    from gatewise.run.card import ModelCard
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import (
        AnchorResult,
        CellResult,
        Difference,
        Other,
        Undecided,
        Verdict,
    )


def headline(verdict: Verdict, plan: Plan) -> str:
    """What to take and how strongly, in one sentence: Take the GRU: it is shown to be better than the LSTM ...

    An older document, which has no strength, says what to take alone.
    """
    arm = verdict.recommendation
    given: dict[str, object] = {
        "size": words.margin(verdict.margin, verdict.metric),
        "pairs": verdict.pairs,
        "chance": sure(verdict.at_most_margin_worse.get(arm, 0.0)),
    }
    if arm == "baseline":
        found, (first, second) = baselines.bar(verdict), map(title, plan.cells[:2])
        rule = found.name if found else say("the simple rule")
        return say(taken.a_rule(verdict), rule=rule, first=first, second=second, **given)
    less, cell = taken.saves(verdict), worth.or_a_rule(verdict)
    return say(taken.a_cell(verdict), cell=cell, other=title(rival(plan, arm)), less=less, **given)


def opened(found: Undecided, enough: str | None = None) -> tuple[str, ...]:
    """Why nothing is shown, and what would help, or that no budget does.

    Args:
        found: Why there is no verdict.
        enough: How much more would do; None where that is not known.
    """
    takes = say("It takes {remedy}.", remedy=wording.words(found.remedy))
    if found.budget_helps:
        return f"{begun(wording.words(found.reason))}.", enough or takes
    few = found.reason.code == "blocks-leave-open"  # so the sentence says already for what
    reason = say("{blocks} tests are too few", **found.reason.values) if few else wording.words(found.reason)
    return say("No budget will decide this with this file: {reason}.", reason=reason), takes


OUTVOTED = 40.0
"""A cell that is ahead and won fewer of 100 retrainings owes its lead to a few of them."""


def outvoted(verdict: Verdict) -> str | None:
    """Where the other cell won most retrainings though this one is ahead on average: it won them by little."""
    won = verdict.retrainings_won.get(verdict.recommendation)
    found = verdict.difference
    if won is None or won >= OUTVOTED or found is None or verdict.recommendation not in (found.first, found.second):
        return None
    if verdict.verdict == "equal":  # which says already that it won them by too little to matter
        return None
    other = found.second if verdict.recommendation == found.first else found.first
    return say("the {other} won {won:.0f} of 100 retrainings, each by little", other=title(other), won=100.0 - won)


def risk(verdict: Verdict) -> tuple[str, ...]:
    """How likely the choice is the better cell, and what it costs on average; nothing where nothing was compared.

    The expected regret counts the chance of being right as no cost, so it is what to weigh before choosing. What is
    shown needs no more than how often that is wrong.
    """
    arm = verdict.recommendation
    regret = (verdict.expected_regret or {}).get(arm)
    if regret is None:
        return ()
    wrong = (
        (say("What is shown is wrong in at most 5 of 100 such comparisons."),) if verdict.strength == "shown" else ()
    )
    if wrong and verdict.verdict in (arm, "neither"):
        return wrong
    cost = words.cost(regret, verdict.metric)
    others = {cell: chance for cell, chance in verdict.better.items() if cell != arm}
    if arm == "baseline" or taken.few(verdict) or len(others) != 1:
        return *wrong, say("On average the risk of being wrong costs {cost}.", cost=cost)
    [(other, chance)] = others.items()
    if verdict.verdict == "equal":
        little = mark("With a chance of {chance} the {other} is ahead, but by too little to matter.")
        return *wrong, say(little, other=title(other), chance=sure(chance))
    given = {"cell": title(arm), "chance": sure(1.0 - chance)}
    costs = say("Loss to be expected: {cost}.", cost=cost)
    if wrong:  # so another chance beside it is told apart
        return *wrong, say("Chance that the {cell} is better at all: {chance}.", **given), costs
    return say("Chance that the {cell} is better: {chance}.", **given), costs


def named(verdict: Verdict) -> str:
    """The cell that the claim names; the recommendation where it names none."""
    return str(verdict.claim.values.get("named", verdict.recommendation))


def subject(plan: Plan) -> str:
    """What was asked of the data, in one line."""
    return task_named(plan.task).words(plan.setting).subject


def root(verdict: Verdict) -> str:
    """What the root of the loss is called where it is in the user's unit, ``RMSE``; else empty."""
    found = [result.rmse for result in verdict.cells.values()] + [rule.rmse for rule in verdict.baselines]
    return "" if all(rmse is None for rmse in found) else metric_named(verdict.metric).root


def errors(verdict: Verdict) -> str:
    """The root of the loss of each cell and of the baseline to beat, where `root` has a name for it."""
    found = [(title(cell), result.rmse) for cell, result in verdict.cells.items()]
    found += [(words.rule(rule.name), rule.rmse) for rule in verdict.baselines if rule.bar]
    shown = ", ".join(f"{name} {words.amount(rmse)}" for name, rmse in found if rmse is not None)
    return say("{shown}, in the unit of {target}", shown=shown, target=verdict.target or say("the numbers"))


def scored(verdict: Verdict, result: CellResult) -> str:
    """The score of a cell, with half its 95 % range where it has one."""
    score = words.score(result.score)
    return f"{score} ± {words.half(result.interval)}" if taken.ranged(verdict) else score


def choice(verdict: Verdict) -> str:
    """The recommendation's name: a cell, or the baseline and which one."""
    if verdict.recommendation != "baseline":
        return title(verdict.recommendation)
    found = baselines.bar(verdict)
    return say("baseline ({name})", name=found.name) if found else say("baseline")


def advice(verdict: Verdict) -> str:
    """What to take, and why."""
    if taken.few(verdict) and verdict.recommendation_reason.code in ("probably-no-worse", "bar-ahead"):
        return say("Take the {choice} for now, because it is ahead so far.", choice=choice(verdict))
    return say(
        "Take the {choice}, because {reason}.",
        choice=choice(verdict),
        reason=wording.words(taken.as_trained(verdict, verdict.recommendation, verdict.recommendation_reason)),
    )


def trained(card: ModelCard | None) -> str | None:
    """What a model has learned from, as model.json says; None where that does not."""
    return None if card is None or card.trained is None else card.trained.sentence


def difference(found: Difference, metric: str, margin: float) -> str:
    """The difference of the judged cells, its deciding interval and the margin."""
    return say(
        "{first} minus {second}: {estimate} {unit}, 95 % interval {interval}, margin ±{margin:g}",
        first=title(found.first),
        second=title(found.second),
        estimate=words.signed(found.estimate),
        unit=words.measure(metric),
        interval=words.span(found.interval),
        margin=margin,
    )


def other(found: Other, metric: str) -> str:
    """A further cell against the recommended one."""
    return say(
        "{cell} minus {against}: {estimate} {unit}, 95 % interval {interval}, {p_value} after Holm's correction",
        cell=title(found.cell),
        against=title(found.against),
        estimate=words.signed(found.estimate),
        unit=words.measure(metric),
        interval=words.span(found.interval_95),
        p_value=words.p_value(found.p_value),
    )


def anchor(arm: str, found: AnchorResult) -> str:
    """What a cell's networks started from, how often they stayed there, and what they gained on it."""
    told = [_start(arm, found) + _as_bar(found)]
    if found.kind != "none":
        told.append(
            say("{share} of its fits stayed there", share=words.percent(found.stayed))
            if found.stayed
            else say("none of its fits stayed there")
        )
    if found.gain is not None:
        told.append(say("against that, its skill on the test part is {gain}", gain=words.signed(found.gain)))
    if found.alone is not None:
        told.append(say("without a start its validation loss is {alone:.3g} times as large", alone=found.alone))
    return "; ".join(told)


def _start(arm: str, found: AnchorResult) -> str:
    cell = title(arm)
    if found.kind == "rule":
        return say("{cell} starts from the rule {rule}", cell=cell, rule=words.rule(found.rule or ""))
    if found.kind == "last":
        return say("{cell} starts from the last value", cell=cell)
    if found.kind == "mean":
        return say("{cell} starts from the training mean", cell=cell)
    return say("{cell} starts from nothing", cell=cell)


def _as_bar(found: AnchorResult) -> str:
    """How often the start is the rule to beat; empty for never."""
    if not found.at_bar:
        return ""
    if found.at_bar == 1.0:
        return say(", which is the rule to beat")
    return say(", in {share} of its fits the rule to beat", share=words.percent(found.at_bar))


def textbook(verdict: Verdict) -> str:
    """What the rule of thumb would have picked without looking, and why."""
    return say(
        "{pick}, without looking: {reason}.",
        pick=title(verdict.textbook.pick),
        reason=wording.words(verdict.textbook.reason),
    )
