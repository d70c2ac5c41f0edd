"""Whether a network is worth it, or a simple rule does as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.languages import mark, say
from gatewise.report import baselines, taken, words
from gatewise.text import begun

if TYPE_CHECKING:
    from gatewise.run.verdict import BaselineResult, Coded, Verdict


def network(verdict: Verdict) -> tuple[str, ...]:
    """Whether a network is worth it, or which one to take if it has to be one; nothing where nothing was scored."""
    if verdict.net:
        net = verdict.net
        return _if_a_network(verdict, title(net.cell), taken.as_trained(verdict, net.cell, net.reason))
    if verdict.recommendation not in verdict.cells or baselines.bar(verdict) is None:
        return ()
    if _unsolved(verdict):
        return say("No network and no simple rule solved any here."), say("Try --metric bits, which tells more.")
    if rule := rival(verdict):
        return (_doubted(verdict, rule),)
    return _few(verdict) if taken.few(verdict) else _worth(verdict)


def or_a_rule(verdict: Verdict) -> str:
    """The cell to take, and in brackets the simple rule that did better or may do as well."""
    cell = title(verdict.recommendation)
    rule = rival(verdict)
    if rule is None:
        return cell
    better = mark("{cell} (or the simple rule {rule}, which did better in the test)")
    behind = mark("{cell} (or the simple rule {rule}, which is less than {size} behind)")
    as_well = mark("{cell} (or the simple rule {rule}, which may do as well)")
    less = behind if verdict.cells[verdict.recommendation].above_baseline == "no" else as_well
    told = better if _did_better(verdict, rule) else less
    return say(told, cell=cell, rule=words.rule(rule.name), size=words.margin(verdict.margin, verdict.metric))


def rival(verdict: Verdict) -> BaselineResult | None:
    """The simple rule to weigh against the cell to take; None where the cell beats all, or nothing is known of that.

    That is the best rule in the test where it did better than the cell; else the best one that the cell is not shown to
    beat.
    """
    result = verdict.cells.get(verdict.recommendation)
    if result is None or not verdict.baselines or _unsolved(verdict):
        return None
    best = max(verdict.baselines, key=lambda rule: rule.score)
    if _did_better(verdict, best):
        return best
    if taken.few(verdict) or result.above_baseline == "yes":
        return None
    if result.above_baseline == "no":  # which is shown of the rule to beat
        return next(rule for rule in verdict.baselines if rule.bar)
    left = [rule for rule in verdict.baselines if rule.name not in result.beats]
    return max(left, key=lambda rule: rule.score)


# --------------------------------------------------------------------------------------------------


def _did_better(verdict: Verdict, rule: BaselineResult) -> bool:
    return rule.score > verdict.cells[verdict.recommendation].score + baselines.LEVEL


def _unsolved(verdict: Verdict) -> bool:
    """Whether whole pieces are counted, and none was solved by anything."""
    scores = [cell.score for cell in verdict.cells.values()] + [rule.score for rule in verdict.baselines]
    return words.unit(verdict.metric) == "solved" and not any(scores)


def _doubted(verdict: Verdict, rule: BaselineResult) -> str:
    """That a simple rule may be enough."""
    given = {"rule": words.rule(rule.name)}
    if _did_better(verdict, rule) and rule.bar:
        return say("A network may not be worth it: {rule} did better here.", **given)
    if _did_better(verdict, rule):
        return say("A network may not be worth it: {rule} did better in the test.", **given)
    found = baselines.bar(verdict)
    if found and verdict.cells[verdict.recommendation].above_baseline == "no":
        hardly = mark("A network is hardly worth it: {name} is shown to be less than {size} behind.")
        return say(hardly, name=found.name, size=words.margin(verdict.margin, verdict.metric))
    return say("Not known whether a network is worth it: {rule} is simpler.", **given)


def _few(verdict: Verdict) -> tuple[str, ...]:
    """What few trainings say of it."""
    cell, found = verdict.recommendation, baselines.bar(verdict)
    if verdict.left_out:
        return say("Whether a network is worth it is not known yet."), _untried(verdict)
    if verdict.cells[cell].over_baseline_interval[0] > verdict.margin:
        ahead = mark("A network seems worth it: the {name} is ahead of every simple rule so far.")
        return (say(ahead, name=title(cell)),)
    given = {"name": found.name if found else ""}
    return (say("Not known yet whether a network is better than {name}.", **given),)


def _worth(verdict: Verdict) -> tuple[str, ...]:
    """That the cell beats all simple rules, and by how much."""
    result = verdict.cells[verdict.recommendation]
    given = {"name": title(verdict.recommendation), "size": words.margin(verdict.margin, verdict.metric)}
    untried = (_untried(verdict),) if verdict.left_out else ()
    if result.over_baseline <= verdict.margin:
        little = mark("The {name} is shown to beat every simple rule, but by less than {size}.")
        return say(little, **given), *untried
    if untried:
        return say("The {name} is shown to beat every simple rule that was tried.", **given), *untried
    best = result.score - max(rule.score for rule in verdict.baselines)
    return (
        say("A network is worth it: the {name} is shown to beat every simple rule.", **given),
        say("The best one is {size} behind.", size=words.apart(best, verdict.metric)),
    )


def _untried(verdict: Verdict) -> str:
    """That a simple rule may do better which the budget left out."""
    out = len(verdict.left_out)
    return say(
        "{out} of {count} simple rules were left out for want of time.",
        out=out,
        count=out + len({rule.name for rule in verdict.baselines}),
    )


def _if_a_network(verdict: Verdict, cell: str, reason: Coded) -> tuple[str, ...]:
    """Where a simple rule is to be taken: the cell to take if it has to be one, and why."""
    if taken.few(verdict) and reason.code == "probably-no-worse":
        return (say("If it has to be a network, take the {cell}, which is ahead so far.", cell=cell),)
    if reason.code in ("better-shown", "better-by-the-margin"):
        return (say("If it has to be a network, take the {cell}, which is shown to be better.", cell=cell),)
    if reason.code == "not-worse-shown":
        return (say("If it has to be a network, take the {cell}, which is shown to be no worse.", cell=cell),)
    return say("If it has to be a network, take the {cell}.", cell=cell), f"{begun(wording.words(reason))}."
