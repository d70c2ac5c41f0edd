"""The plain words and number formats that the terminal, the report and the docs share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.languages import mark, say
from gatewise.metrics import metric_named

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = (mark("skill"), mark("accuracy"), mark("balanced accuracy"), mark("solved"))
"""What scores are measured in."""

UNITS = {
    "skill": mark("Skill is 1 minus the loss over the baseline's loss: 0 is as good as the baseline, 1 is perfect."),
    "accuracy": mark("Accuracy is the share of test examples put in their right class."),
    "solved": mark("Solved is the share of test sequences of which every symbol that can be told is told."),
    "balanced accuracy": mark(
        "Balanced accuracy is the share of test examples put in their right class, mean over classes."
    ),
}

MATCHES = {
    "params": mark("an equal number of parameters in the whole model"),
    "width": mark("equal hidden width"),
    "time": mark("equal training time"),
    "none": mark("the widths asked for"),
}

CAUSES = {
    "pairs": mark("too few pairs"),
    "test-data": mark("too few test data"),
    "tuning": mark("the choice of configurations is uncertain"),
    "baseline": mark("unclear against the baseline"),
    "training": mark("training was cut short"),
    "ties": mark("no difference at all"),
}


EXAMPLES = (mark("rows"), mark("sequences"), mark("steps"))
"""What tasks call their examples, besides the symbols of `gatewise.report.symbols`."""


def unit(metric: str) -> str:
    """What scores and differences are measured in: `skill`, `accuracy` or `balanced accuracy`."""
    return metric_named(metric).unit


def measure(metric: str) -> str:
    """What scores are measured in, as it is said."""
    return say(unit(metric))


RULES = {
    "channel-frequency": mark("channel frequency"),
    "drift": mark("drift"),
    "frequency": mark("frequency"),
    "last-value": mark("last value"),
    "logistic": mark("logistic"),
    "logistic-frames": mark("logistic frames"),
    "logistic-on-n-grams": mark("logistic on n-grams"),
    "majority": mark("majority"),
    "mean": mark("mean"),
    "repeat-last": mark("repeat last"),
    "ridge": mark("ridge"),
    "ridge-calendar": mark("ridge calendar"),
    "ridge-calendar-own": mark("ridge calendar own"),
    "ridge-on-convolutions": mark("ridge on convolutions"),
    "ridge-on-summaries": mark("ridge on summaries"),
    "ridge-own": mark("ridge own"),
    "seasonal-mean": mark("seasonal mean"),
    "seasonal-naive": mark("seasonal naive"),
    "seasonal-naive-2": mark("seasonal naive 2"),
    "seasonal-naive-3": mark("seasonal naive 3"),
}
"""How simple rules are written in a sentence, by their name; those that are missing are called so everywhere."""


def rule(name: str) -> str:
    """How a baseline is written in a sentence: ``last-value`` is last value, an n-gram keeps its hyphen."""
    return say(RULES[name]) if name in RULES else re.sub(r"(?<=[^-]{2})-", " ", name)


# --------------------------------------------------------------------------------------------------
# What the verdicts say


@dataclass(frozen=True)
class Meaning:
    """One sentence on what a verdict means, and one on what it does not mean."""

    means: str
    means_not: str


MEANINGS = {
    "better": Meaning(
        mark("{winner} is shown to score higher than {other} on new data like these, both as tuned here."),
        mark(
            "It does not mean that {winner} is the better cell in general, nor that its lead is large, nor that a"
            " simple"
            " rule would not do as well."
        ),
    ),
    "equal": Meaning(
        mark("The two cells are shown to differ by less than the margin on new data like these, both as tuned here."),
        mark("It does not mean that the two cells compute the same, nor that they are equal on other data."),
    ),
    "not-worse": Meaning(
        mark("{winner} is shown to lose less than the margin to {other} on new data like these, both as tuned here."),
        mark("It does not mean that the two are equal: {winner} may still be the better one by more than the margin."),
    ),
    "neither": Meaning(
        mark(
            "Both cells are shown not to exceed the simple rule to beat by the margin, so the choice between them is"
            " idle."
        ),
        mark(
            "It does not mean that these data hold nothing to learn: other inputs, a longer window or more examples may"
            " change it."
        ),
    ),
    "undecided": Meaning(
        mark("The evidence still fits more than one answer at this margin."),
        mark("It does not mean that the two cells are equal: nothing has been shown either way."),
    ),
}
"""By kind of verdict; a cell's name as verdict is of the kind `better`. See `meaning`."""


def meaning(outcome: str, cells: Sequence[str], named: str) -> Meaning:
    """The two sentences for a verdict.

    Args:
        outcome: `Verdict.verdict`.
        cells: Labels of the compared cells; the first two were judged.
        named: The cell that the claim names; any other word where it names none.
    """
    judged = list(cells[:2])
    winner = outcome if outcome in judged else named if named in judged else judged[0]
    other = judged[1] if winner == judged[0] else judged[0]
    found = MEANINGS["better" if outcome in judged else outcome]
    names = {"winner": title(winner), "other": title(other)}
    return Meaning(say(found.means, **names), say(found.means_not, **names))


# --------------------------------------------------------------------------------------------------
# Numbers


def score(value: float) -> str:
    """A score, to three digits: 0.412; without them where they tell nothing: -72,346."""
    return f"{value:z.3f}" if abs(value) < 100.0 else f"{value:,.0f}"


def half(interval: tuple[float, float]) -> str:
    """Half the width of an interval, as written after ±."""
    return score((interval[1] - interval[0]) / 2.0)


def within(interval: tuple[float, float], metric: str) -> str:
    """The interval of a score: 0.912 to 0.987; a share ends at 0 and 1, and skill at 1, which no truth is beyond."""
    low, high = interval
    if shares(metric):
        low = max(low, 0.0)
    return say("{low} to {high}", low=score(low), high=score(min(high, 1.0)))


def signed(value: float) -> str:
    """A difference of scores, with its sign: +0.0123; a large one without decimals: -670,351."""
    return f"{value:+z.4f}" if abs(value) < 100.0 else f"{value:+,.0f}"


def span(interval: tuple[float, float]) -> str:
    """An interval of a difference: -0.0031 to +0.0102."""
    return say("{low} to {high}", low=signed(interval[0]), high=signed(interval[1]))


def small(value: float) -> str:
    """An amount that is never negative, with two significant digits where it is small."""
    if value < 1e-4:
        return say("less than 0.0001")
    return f"{value:.3f}" if value >= 0.1 else f"{value:.2g}"


def amount(value: float) -> str:
    """An amount in the user's unit, with four significant digits: 2.310, 18,450."""
    return f"{value:,.0f}" if value >= 1000.0 else f"{value:#.4g}".rstrip(".")


def percent(share: float) -> str:
    """A probability or share; never rounded up to certainty."""
    if share >= 0.9995:
        return say("over 99.9 %")
    if share < 0.0005:
        return say("under 0.1 %")
    return f"{share:.0%}".replace("%", " %") if 0.01 <= share < 0.99 else f"{share:.1%}".replace("%", " %")


def size(value: float) -> str:
    """The size of a difference, without its sign, with two significant digits below 1: 0.013."""
    if 0.0 < abs(value) < 1e-4:
        return say("under 0.0001")
    return f"{abs(value):.2g}" if abs(value) < 1.0 else score(abs(value))


def shares(metric: str) -> bool:
    """Whether scores are shares, whose differences are percentage points."""
    return unit(metric) != "skill"


def apart(value: float, metric: str) -> str:
    """How far two scores lie apart: shares in percentage points."""
    if shares(metric):
        return say("{size} percentage points", size=f"{abs(100.0 * value):.1f}")
    return say("{size} {unit}", size=size(value), unit=measure(metric))


def margin(value: float, metric: str) -> str:
    """A margin as it was typed, or of shares in percentage points."""
    if not shares(metric):
        return say("{size} {unit}", size=f"{value:g}", unit=measure(metric))
    points = f"{100.0 * value:g}"
    one = mark("{size} percentage point") if points == "1" else mark("{size} percentage points")
    return say(one, size=points)


def cost(value: float, metric: str) -> str:
    """What a choice costs on average, which is never negative."""
    if not shares(metric):
        return say("{size} {unit}", size=small(value), unit=measure(metric))
    return say("{size} percentage points", size=f"{100.0 * value:.2g}" if value >= 1e-5 else say("under 0.001"))


def p_value(value: float) -> str:
    """A p value as it is written: p = 0.034, or p < 0.001."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def measured(value: float | None) -> str:
    """Something read from the clock, with about three digits; a dash where it was not measured."""
    if value is None:
        return "–"
    return f"{value:,.2f}" if value < 10.0 else f"{value:,.1f}" if value < 100.0 else f"{value:,.0f}"
