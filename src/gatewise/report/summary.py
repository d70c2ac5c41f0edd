"""What terminal and page both say of a verdict: headline, advice, risk, the baseline to beat; computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.metrics import metric_named
from gatewise.report import words
from gatewise.tasks import named as task_named
from gatewise.text import with_commas

if TYPE_CHECKING:
    from gatewise.run.card import ModelCard
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import AnchorResult, BaselineResult, Difference, Other, Undecided, Verdict


@dataclass(frozen=True)
class Bar:
    """The baseline to beat.

    Attributes:
        name: In words; where folds chose different rules, all of them.
        score: Its score on the test examples.
    """

    name: str
    score: float


def headline(verdict: Verdict, plan: Plan) -> str:
    """What to take and how strongly, in one sentence: Take the GRU: it does better than the LSTM. Shown, ...

    An older document, which has no strength, says what to take alone.
    """
    first, second = plan.cells[:2]
    cell = verdict.recommendation
    taken = f"the {title(cell)}" if cell != "baseline" else _the_rule(verdict)
    both = f"{title(first)} and {title(second)}"
    rivals = both if cell == "baseline" else f"the {title(second if cell == first else first)}"
    if verdict.strength is None:
        return f"Take {taken}."
    if verdict.strength == "shown":
        return f"Take {taken}: {_shown(verdict, plan, rivals)}. Shown for new data like these, as tuned here."
    if verdict.strength == "either":
        these = "these data do" if verdict.difference else "so short a run does"
        return f"Take {taken}, which costs less: {these} not tell whether {rivals} would do better."
    sure = verdict.at_most_margin_worse.get(cell, 0.0)
    unit = words.unit(verdict.metric)
    begins = f"Take {taken}: likely, with" if verdict.strength == "likely" else f"Lean to {taken}: with"
    behind = f"it is at most {verdict.margin:g} {unit} behind {rivals}"
    return f"{begins} {words.percent(sure)} {behind} on new data like these, as tuned here."


def _the_rule(verdict: Verdict) -> str:
    """The baseline as it is recommended."""
    found = bar(verdict)
    return f"the simple rule {found.name}" if found else "the simple rule"


def _shown(verdict: Verdict, plan: Plan, rivals: str) -> str:
    """What is shown of the choice."""
    unit, margin = words.unit(verdict.metric), f"{verdict.margin:g}"
    if verdict.recommendation == "baseline":
        return f"neither {' nor '.join(title(cell) for cell in plan.cells[:2])} does better by {margin} {unit}"
    if verdict.verdict == "equal":
        ends = ", and it costs less" if verdict.recommendation == verdict.cheaper else ""
        return f"it does as well as {rivals} within {margin} {unit}{ends}"
    if verdict.verdict == "not-worse":
        return f"it is at most {margin} {unit} behind {rivals}"
    return f"it does better than {rivals}"


def apart(found: Difference, metric: str, margin: float, also: str = "") -> str:
    """By how much one of the judged cells is ahead, as seen from that cell, in one short line.

    Args:
        found: The difference.
        metric: What scores are measured in.
        margin: The plan's.
        also: The same in another unit, behind the first; the margin is left out then.
    """
    low, high = found.interval
    ahead = found.first
    if found.estimate < 0.0:
        ahead, low, high = found.second, -high, -low
    return (
        f"{title(ahead)} ahead by {abs(found.estimate):.4f} {words.unit(metric)}{also},"
        f" 95 %: {words.span((low, high))}{'' if also else f', margin {margin:g}'}"
    )


def opened(found: Undecided) -> str:
    """Why nothing is shown, and what would help, or that no budget does."""
    reason, remedy = wording.words(found.reason), wording.words(found.remedy)
    begins = "" if found.budget_helps else "no budget will decide this with this file: "
    return f"{begins}{reason}; it takes {remedy}"


def unproven(verdict: Verdict) -> str | None:
    """Where a cell is recommended that is not shown to beat the simple rules: the best one, which needs no network."""
    cell, found = verdict.recommendation, bar(verdict)
    if cell not in verdict.cells or not verdict.difference or not found or _beats(verdict, cell):
        return None
    best = max(better_baselines(verdict), key=lambda rule: rule.score, default=None)
    if best and best.score > verdict.cells[cell].score:
        return f"{words.rule(best.name)} did better here: predict --model {best.name}"
    name = words.rule(best.name) if best else found.name
    return f"{name} may do as well: the {title(cell)} is not shown to be better"


OUTVOTED = 40.0
"""A cell that is ahead and won fewer of 100 retrainings owes its lead to a few of them."""


def outvoted(verdict: Verdict) -> str | None:
    """Where the other cell won most retrainings though this one is ahead on average: it won them by little."""
    won = verdict.retrainings_won.get(verdict.recommendation)
    found = verdict.difference
    if won is None or won >= OUTVOTED or found is None or verdict.recommendation not in (found.first, found.second):
        return None
    other = found.second if verdict.recommendation == found.first else found.first
    return f"the {title(other)} won {100.0 - won:.0f} of 100 retrainings, each by little"


def _beats(verdict: Verdict, cell: str) -> bool:
    """Whether a cell is shown to beat the rules; before the first look, which shows nothing, whether it seems to."""
    found = verdict.cells[cell]
    return found.above_baseline == "yes" or (not verdict.looks and found.over_baseline_interval[0] > 0)


def risk(verdict: Verdict) -> str | None:
    """What the choice gives away on average; None where nothing was compared.

    This expected regret counts the chance of being right as no loss, so it is what to weigh before choosing.
    """
    regret = (verdict.expected_regret or {}).get(verdict.recommendation)
    if regret is None:
        return None
    return f"on average {words.small(regret)} {words.unit(verdict.metric)} is given away against the better choice"


def named(verdict: Verdict) -> str:
    """The cell that the claim names; the recommendation where it names none."""
    return str(verdict.claim.values.get("named", verdict.recommendation))


def subject(plan: Plan) -> str:
    """What was asked of the data, in one line."""
    return task_named(plan.task).words(plan.setting).subject


def bar(verdict: Verdict) -> Bar | None:
    """The baseline to beat, or None where nothing was scored."""
    chosen = [baseline for baseline in verdict.baselines if baseline.bar]
    if not chosen:
        return None
    name = " / ".join(words.rule(baseline.name) for baseline in chosen)
    if len(chosen) == 1:
        return Bar(name, chosen[0].score)
    if words.unit(verdict.metric) == "skill" or not verdict.cells:
        return Bar(name, 0.0)  # skill is measured from the bar, whatever rules it is made of
    result = next(iter(verdict.cells.values()))
    return Bar(name, result.score - result.over_baseline)


def root(verdict: Verdict) -> str:
    """What the root of the loss is called where it is in the user's unit, ``RMSE``; else empty."""
    found = [result.rmse for result in verdict.cells.values()] + [rule.rmse for rule in verdict.baselines]
    return "" if all(rmse is None for rmse in found) else metric_named(verdict.metric).root


def errors(verdict: Verdict) -> str:
    """The root of the loss of each cell and of the baseline to beat, where `root` has a name for it."""
    found = [(title(cell), result.rmse) for cell, result in verdict.cells.items()]
    found += [(words.rule(rule.name), rule.rmse) for rule in verdict.baselines if rule.bar]
    shown = ", ".join(f"{name} {words.amount(rmse)}" for name, rmse in found if rmse is not None)
    return f"{shown}, in the unit of {verdict.target or 'the numbers'}"


def better_baselines(verdict: Verdict) -> tuple[BaselineResult, ...]:
    """Simple rules that did better on the test examples than the one chosen on validation data."""
    found = bar(verdict)
    return tuple(b for b in verdict.baselines if found and not b.bar and b.score > found.score)


def left_out(verdict: Verdict) -> str | None:
    """Which simple rules the budget left out, and why; None for none."""
    if not verdict.left_out:
        return None
    each = [f"{words.rule(name)} ({words.measured(seconds)})" for name, seconds in verdict.left_out.items()]
    return f"too slow for the budget, by their predicted core seconds: {with_commas(each)}"


def choice(verdict: Verdict) -> str:
    """The recommendation's name: a cell, or the baseline and which one."""
    if verdict.recommendation != "baseline":
        return title(verdict.recommendation)
    found = bar(verdict)
    return f"baseline ({found.name})" if found else "baseline"


def advice(verdict: Verdict) -> str:
    """What to take, and why."""
    return f"Take the {choice(verdict)}, because {wording.words(verdict.recommendation_reason)}."


def trained(card: ModelCard | None) -> str | None:
    """What a model has learned from, as model.json says; None where that does not."""
    return None if card is None or card.trained is None else card.trained.sentence


def difference(found: Difference, metric: str, margin: float) -> str:
    """The difference of the judged cells, its deciding interval and the margin."""
    return (
        f"{title(found.first)} minus {title(found.second)}: {words.signed(found.estimate)} {words.unit(metric)},"
        f" 95 % interval {words.span(found.interval)}, margin ±{margin:g}"
    )


def other(found: Other, metric: str) -> str:
    """A further cell against the recommended one."""
    return (
        f"{title(found.cell)} minus {title(found.against)}: {words.signed(found.estimate)} {words.unit(metric)},"
        f" 95 % interval {words.span(found.interval_95)}, {words.p_value(found.p_value)} after Holm's correction"
    )


def anchor(arm: str, found: AnchorResult) -> str:
    """What a cell's networks started from, how often they stayed there, and what they gained on it."""
    starts = {"rule": f"the rule {words.rule(found.rule or '')}", "last": "the last value", "mean": "the training mean"}
    bar = {1.0: ", which is the rule to beat", 0.0: "", None: ""}.get(
        found.at_bar, f", in {words.percent(found.at_bar or 0.0)} of its fits the rule to beat"
    )
    told = [f"{title(arm)} starts from {starts.get(found.kind, 'nothing')}{bar}"]
    if found.kind != "none":
        told.append(f"{words.percent(found.stayed) if found.stayed else 'none'} of its fits stayed there")
    if found.gain is not None:
        told.append(f"against that, its skill on the test part is {words.signed(found.gain)}")
    if found.alone is not None:
        told.append(f"without a start its validation loss is {found.alone:.3g} times as large")
    return "; ".join(told)


def textbook(verdict: Verdict) -> str:
    """What the rule of thumb would have picked without looking, and why."""
    return f"{title(verdict.textbook.pick)}, without looking: {wording.words(verdict.textbook.reason)}."
