"""The plan in words: how the comparison was done, as terms and their descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.languages import mark, say, say_count
from gatewise.metrics import metric_named
from gatewise.report import summary, words
from gatewise.tasks import named
from gatewise.text import enumerated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gatewise.run.plan import Configuration, Plan
    from gatewise.run.verdict import RefitResult, Verdict


def terms(plan: Plan, verdict: Verdict) -> list[tuple[str, str]]:
    """Each term of the plan with its description, in the order a reader would ask."""
    return [
        (say("Question"), f"{summary.subject(plan)}."),
        (say("Data"), _data(plan)),
        (say("Metric"), _metric(plan)),
        (say("Margin"), _margin(plan)),
        (say("Cells"), _cells(plan, verdict)),
        (say("Splits"), named(plan.task).words(plan.setting).splits),
        (say("Tuning"), _tuning(plan)),
        (say("Training"), _training(plan) + _again(plan, verdict)),
        (say("Pairs"), _pairs(plan, verdict)),
        (say("Work"), _work(plan)),
        (say("Seed"), _seed(plan)),
    ]


def _margin(plan: Plan) -> str:
    told = mark("±{margin:g} {unit}: smaller differences are practically nothing.")
    return say(told, margin=plan.margin, unit=words.measure(plan.metric))


def _seed(plan: Plan) -> str:
    told = mark("{seed}; with this plan it gives the same numbers again, but for what the clock measures.")
    return say(told, seed=plan.seed)


def _data(plan: Plan) -> str:
    data, words_of = plan.data, named(plan.task).words(plan.setting)
    features = say(
        "{features} ({names}) in {channels}",
        features=say_count("{count} feature", "{count:,} features", len(data.features)),
        names=enumerated(data.features),
        channels=say_count("{count} channel", "{count:,} channels", data.channels),
    )
    examples = say("{count:,} {purpose}", count=data.examples, purpose=say(words_of.examples))
    return f"{'; '.join([examples, features, *words_of.details])}."


def _metric(plan: Plan) -> str:
    unit = words.unit(plan.metric)
    loss = "" if unit != "skill" else say("{loss}, scored as skill.", loss=say(metric_named(plan.metric).words)) + " "
    return loss + say(words.UNITS[unit])


def _cells(plan: Plan, verdict: Verdict) -> str:
    """The sizes of what was trained; where networks of the other reading were tried in tuning, theirs after them."""
    first = plan.configurations[0]
    chosen = {cell: verdict.cells[cell].configuration if cell in verdict.cells else first for cell in plan.cells}
    told = say("{sizes}; matched to {match}.", sizes=_sizes(plan, chosen), match=say(words.MATCHES[plan.match]))
    both = {found.bidirectional for found in chosen.values()}
    if len({each.bidirectional for each in (*plan.configurations, *plan.settings)}) == 1:
        return f"{told} {say('These read both ways, with so many units each way.')}" if True in both else told
    other = {
        cell: found.model_copy(update={"bidirectional": not found.bidirectional}) for cell, found in chosen.items()
    }
    if both == {True}:
        these = mark("These read both ways, with so many units each way.")
        tried = mark("Tried, reading one way: {sizes}.")
    elif both == {False}:
        these = mark("These read one way.")
        tried = mark("Tried, reading both ways, with so many units each way: {sizes}.")
    else:
        these = mark("Some read one way, some both ways.")
        tried = mark("Tried, reading the other way: {sizes}.")
    return " ".join([told, say(these), say(tried, sizes=_sizes(plan, other))])


def _sizes(plan: Plan, chosen: Mapping[str, Configuration]) -> str:
    """Hidden units and parameters of each cell in a configuration."""
    sizes = [
        say(
            "{cell} with {units} and {parameters:,} parameters",
            cell=title(cell),
            units=say_count("{count} hidden unit", "{count:,} hidden units", plan.width(cell, found)),
            parameters=plan.size(cell, found) if found.bidirectional else plan.parameters[cell],
        )
        for cell, found in chosen.items()
    ]
    return "; ".join(sizes)


def _tuning(plan: Plan) -> str:
    if len(plan.configurations) == 1 and not plan.settings:
        return say(
            "None: all cells were trained with the same settings, the default. There was too little work to try more."
        )
    folds = plan.splits.tuning_folds
    told = say(
        "{configurations}, the default and random ones, the same for all cells, scored on {folds}{race}{wider}.",
        configurations=say_count("{count} configuration", "{count:,} configurations", len(plan.configurations)),
        folds=say_count("one validation part", "{count} validation folds", folds),
        race=_race(plan),
        wider=say(", and up to {count} more where the best lies at the edge of the list", count=plan.wider)
        if plan.wider
        else "",
    )
    if plan.settings:
        told += " " + say_count(
            "Before, {count} further setting that all cells might share: left for the same reason, by the mean of all"
            " cells.",
            "Before, {count} further settings that all cells might share: left for the same reason, by the mean of all"
            " cells.",
            len(plan.settings),
        )
    chosen = say(
        "What pairs may choose is fit and scored twice where the budget allows. Each cell leaves the default for its"
        " own best, where that gains more than one standard error; tuning never sees a test row."
    )
    return f"{told} {chosen}"


def _race(plan: Plan) -> str:
    raced = plan.race and plan.splits.tuning_folds > 1
    return say(", on the first alone where the default is better by more than one standard error") if raced else ""


def _training(plan: Plan) -> str:
    steps = ", ".join(f"{title(cell)} {count:,}" for cell, count in plan.steps.items())
    if not plan.splits.validated:
        return say(
            "Optimiser steps of a fit: {steps}, fixed beforehand. The learning rate falls along a cosine to a"
            " hundredth, and the last weights are kept. Pairs train on all examples that are not tested.",
            steps=steps,
        )
    longer = ""
    if plan.rungs > 1:
        longer = say("; doubled up to {times} where fits end at the cap", times=_times(plan.rungs - 1))
    falls = say(" The learning rate falls along a cosine over the last 30 % of them.") if plan.falls else ""
    return say(
        "Optimiser steps of a fit: {steps}{longer}.{falls} Validated {times} in a fit, which ends early after"
        " {patience} without a new best.",
        steps=steps,
        longer=longer,
        falls=falls,
        times=_times(plan.evaluations),
        patience=_times(plan.patience),
    )


def _times(count: int) -> str:
    return say_count("{count} time", "{count:,} times", count)


def _again(plan: Plan, verdict: Verdict) -> str:
    """Whether pairs were trained again on all before their test part, and why; empty where that is never asked."""
    found = verdict.refit
    if found is None or found.asked == "never":
        return ""
    then = mark("Pairs were then trained again on all rows before their test part: {reason}.")
    never = mark("Pairs were not trained again on all rows before their test part: {reason}.")
    if plan.falls:
        then = mark("Pairs were then trained again on all text or events before their test part: {reason}.")
        never = mark("Pairs were not trained again on all text or events before their test part: {reason}.")
    return " " + say(then if found.done else never, reason=_rehearsed(found, texts=plan.falls))


def _rehearsed(found: RefitResult, *, texts: bool) -> str:
    """What training again brought before an earlier origin, or of texts before an earlier test part."""
    if found.saved is None:
        return say("nothing earlier was tested to tell") if texts else say("no earlier origin could be asked")
    given: dict[str, object] = {
        "fits": say_count("{count} fit", "{count:,} fits", found.rehearsals),
        "change": f"{abs(found.saved):.1%}".replace("%", " %"),
    }
    less, more = (
        mark("at an earlier origin, {fits} lost {change} less with it"),
        mark("at an earlier origin, {fits} lost {change} more with it"),
    )
    if texts:
        less, more = (
            mark("tested on what came before that, {fits} lost {change} less with it"),
            mark("tested on what came before that, {fits} lost {change} more with it"),
        )
    return say(less if found.saved > 0 else more, **given)


def _pairs(plan: Plan, verdict: Verdict) -> str:
    looks = say("looks planned after {looks}", looks=_listed(plan.looks)) if plan.looks else say("too few for a look")
    taken = say(", taken after {looks}", looks=_listed(verdict.looks)) if verdict.looks else say(", none taken")
    return say(
        "Up to {most}, {trained} trained; {looks}{taken}. Both cells of a pair share the splits and the order of the"
        " data.",
        most=plan.pairs,
        trained=verdict.pairs,
        looks=looks,
        taken=taken,
    )


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _work(plan: Plan) -> str:
    if plan.work.unit == "fits":
        return say("{count:,g} fits.", count=plan.work.total)
    return say("{count:,g} predicted core seconds, turned into steps before any training.", count=plan.work.total)
