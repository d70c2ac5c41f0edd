"""Second opinions: what other methods find, and what to make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.judge.looks import FIRST_LOOK
from gatewise.languages import say
from gatewise.report import words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded, DieboldMarianoResult, Difference, Interval, SecondOpinions, Verdict


def values(given: Given) -> dict[str, object] | None:
    """The methods as terms; nothing where there is none."""
    found = terms(given.verdict, given.plan)
    return {"opinions": found} if found else None


SECTION = Section("opinions.html", values)


def terms(verdict: Verdict, plan: Plan) -> list[tuple[str, str]]:
    """Each method with what it says; empty where there are no second opinions."""
    found = verdict.opinions
    if found is None or verdict.difference is None:
        return []
    unit = words.measure(verdict.metric)
    texts = [(say("Bootstrap"), _bootstrap(found, verdict.pairs, unit))]
    if found.resampled is not None:
        texts.append((say("Other training parts"), _resampled(found.resampled, found.resampled_trust, plan, unit)))
    if found.diebold_mariano is not None:
        texts.append((say("Diebold-Mariano test"), _diebold_mariano(found.diebold_mariano, plan, verdict.difference)))
    return texts


def _bootstrap(found: SecondOpinions, pairs: int, unit: str) -> str:
    given = {
        "interval": words.span(found.bootstrap),
        "unit": unit,
        "reading": wording.reading(found.bootstrap_verdict),
    }
    if found.agrees:
        told = say(
            "Pairs and test blocks drawn anew from those there are, without an assumed distribution: 95 % interval"
            " {interval} {unit}, which reads as “{reading}”, as the interval that decides does.",
            **given,
        )
    else:
        told = say(
            "Pairs and test blocks drawn anew from those there are, without an assumed distribution: 95 % interval"
            " {interval} {unit}, which reads as “{reading}”, unlike the interval that decides.",
            **given,
        )
    if pairs < FIRST_LOOK:
        told = say(
            "Pairs and test blocks drawn anew from those there are, without an assumed distribution: 95 % interval"
            " {interval} {unit}. Of less than {needed} pairs nothing is read from it.",
            needed=FIRST_LOOK,
            **given,
        )
        return f"{told}{_caution(found.trust)}"
    close = say("Where the two read differently, the case is close or the examples are few.")
    return f"{told} {close}{_caution(found.trust)}"


def _resampled(interval: Interval, trust: tuple[Coded, ...], plan: Plan, unit: str) -> str:
    told = say(
        "The {count} folds as draws of training parts that overlap, after Nadeau and Bengio: 95 % interval {interval}"
        " {unit}. The verdict holds for these training parts; how far it carries to others of the same kind, this"
        " interval says.",
        count=plan.splits.count,
        interval=words.span(interval),
        unit=unit,
    )
    return told + _caution(trust)


def _diebold_mariano(found: DieboldMarianoResult, plan: Plan, difference: Difference) -> str:
    smaller = title(plan.cells[1] if found.statistic > 0.0 else plan.cells[0])
    p = words.p_value(found.p_value)
    told = say("The usual test of two forecasts, on the test blocks: {p}.", p=p)
    if found.statistic != 0.0:
        told = say(
            "The usual test of two forecasts, on the test blocks: {p}, with the smaller loss on the {cell}’s side.",
            p=p,
            cell=smaller,
        )
    means = say(
        "A small p says that the losses differ at all, not that the difference matters: neither the margin nor the luck"
        " of training is in it."
    )
    if found.statistic * difference.estimate > 0.0:  # scores are the better the higher, losses the lower
        uneven = say("A long block counts as much as a short one there, so that the score may say otherwise.")
        means = f"{uneven} {means}"
    return f"{told} {means}{_caution(found.trust)}"


def _caution(reasons: tuple[Coded, ...]) -> str:
    return " " + say("Caution: {reasons}.", reasons=wording.listed(reasons)) if reasons else ""
