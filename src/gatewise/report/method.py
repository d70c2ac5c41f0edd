"""The plan in words: how the comparison was done, as terms and their descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.metrics import metric_named
from gatewise.report import summary, words
from gatewise.tasks import named
from gatewise.text import counted, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

LISTED = 12
"""Names of columns or classes that are listed before the rest are counted."""


def terms(plan: Plan, verdict: Verdict) -> list[tuple[str, str]]:
    """Each term of the plan with its description, in the order a reader would ask."""
    return [
        ("Question", f"{summary.subject(plan)}."),
        ("Data", _data(plan)),
        ("Metric", _metric(plan)),
        ("Margin", f"±{plan.margin:g} {words.unit(plan.metric)}: smaller differences are practically nothing."),
        ("Cells", _cells(plan)),
        ("Splits", named(plan.task).words(plan.setting).splits),
        ("Tuning", _tuning(plan)),
        ("Training", _training(plan) + _again(verdict)),
        ("Pairs", _pairs(plan, verdict)),
        ("Work", _work(plan)),
        ("Seed", f"{plan.seed}; with this plan it gives the same numbers again, but for what the clock measures."),
    ]


def names(found: Iterable[str]) -> str:
    """A list of names from the data, cut where it gets long."""
    shown = [shorten(name, 40) for name in found]
    rest = len(shown) - LISTED
    return ", ".join(shown[:LISTED]) + (f" and {rest} more" if rest > 0 else "")


def _data(plan: Plan) -> str:
    data, words_of = plan.data, named(plan.task).words(plan.setting)
    features = f"{counted(len(data.features), 'feature')} ({names(data.features)})"
    text = "; ".join(
        [
            f"{data.examples:,} {words_of.examples}",
            f"{features} in {counted(data.channels, 'channel')}",
            *words_of.details,
        ]
    )
    return f"{text}."


def _metric(plan: Plan) -> str:
    unit = words.unit(plan.metric)
    loss = "" if unit != "skill" else f"{metric_named(plan.metric).words}, scored as skill. "
    return f"{loss}{words.UNITS[unit]}"


def _cells(plan: Plan) -> str:
    sizes = "; ".join(
        f"{title(cell)} with {counted(plan.hidden_size[cell], 'hidden unit')} and {plan.parameters[cell]:,} parameters"
        for cell in plan.cells
    )
    return f"{sizes}; matched to {words.MATCHES[plan.match]}."


def _tuning(plan: Plan) -> str:
    count, folds = len(plan.configurations), plan.splits.tuning_folds
    scored = "one validation part" if folds == 1 else f"{folds} validation folds"
    wider = f", and up to {plan.wider} more where the best lies at the edge of the list" if plan.wider else ""
    tried = f"{counted(len(plan.settings), 'further setting')} that all cells might share"
    settings = f"Before, {tried}: left for the same reason, by the mean of all cells. " if plan.settings else ""
    return (
        f"{counted(count, 'configuration')}, the default and random ones, the same for all cells, scored on"
        f" {scored}{_race(plan)}{wider}. {settings}What pairs may choose is fit and scored twice where the budget"
        " allows. Each cell leaves the default for its own best, where that gains more than one standard error; tuning"
        " never sees a test row."
    )


def _race(plan: Plan) -> str:
    raced = plan.race and plan.splits.tuning_folds > 1
    return ", on the first alone where the default is better by more than one standard error" if raced else ""


def _training(plan: Plan) -> str:
    steps = ", ".join(f"{title(cell)} {count:,}" for cell, count in plan.steps.items())
    if not plan.splits.validated:
        return (
            f"Optimiser steps of a fit: {steps}, fixed beforehand. The learning rate falls along a cosine to a"
            " hundredth, and the last weights are kept. Pairs train on all examples that are not tested."
        )
    longer = f"; doubled up to {counted(plan.rungs - 1, 'time')} where fits end at the cap" if plan.rungs > 1 else ""
    falls = " The learning rate falls along a cosine over the last 30 % of them." if plan.falls else ""
    return (
        f"Optimiser steps of a fit: {steps}{longer}.{falls} Validated {counted(plan.evaluations, 'time')} in a fit,"
        f" which ends early after {counted(plan.patience, 'time')} without a new best."
    )


def _again(verdict: Verdict) -> str:
    """Whether pairs were trained again on all before their test part, and why; empty where that is never asked."""
    found = verdict.refit
    if found is None or found.asked == "never":
        return ""
    done = f" Pairs were {'then' if found.done else 'not'} trained again on all rows before their test part: "
    if found.saved is None:
        return f"{done}no earlier origin could be asked."
    change = f"{abs(found.saved):.1%} {'less' if found.saved > 0 else 'more'}".replace("%", " %")
    return f"{done}at an earlier origin, {counted(found.rehearsals, 'fit')} lost {change} with it."


def _pairs(plan: Plan, verdict: Verdict) -> str:
    looks = f"looks planned after {_listed(plan.looks)}" if plan.looks else "too few for a look"
    taken = f", taken after {_listed(verdict.looks)}" if verdict.looks else ", none taken"
    return (
        f"Up to {plan.pairs}, {verdict.pairs} trained; {looks}{taken}. Both cells of a pair share the splits and the"
        " order of the data."
    )


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _work(plan: Plan) -> str:
    unit = "fits" if plan.work.unit == "fits" else "predicted core seconds, turned into steps before any training"
    return f"{plan.work.total:,g} {unit}."
