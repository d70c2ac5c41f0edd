"""Second opinions: what other methods find, and what to make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.report import words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded, DieboldMarianoResult, Interval, SecondOpinions, Verdict


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
    unit = words.unit(verdict.metric)
    texts = [("Bootstrap", _bootstrap(found, unit))]
    if found.resampled is not None:
        texts.append(("Other training parts", _resampled(found.resampled, found.resampled_trust, plan, unit)))
    if found.diebold_mariano is not None:
        texts.append(("Diebold-Mariano test", _diebold_mariano(found.diebold_mariano, plan)))
    return texts


def _bootstrap(found: SecondOpinions, unit: str) -> str:
    agrees = "as the interval that decides does" if found.agrees else "unlike the interval that decides"
    return (
        f"Pairs and test blocks drawn anew from those there are, without an assumed distribution:"
        f" 95 % interval {words.span(found.bootstrap)} {unit}, which reads as"
        f" “{wording.reading(found.bootstrap_verdict)}”, {agrees}."
        " Where the two read differently, the case is close or the examples are few."
        f"{_caution(found.trust)}"
    )


def _resampled(interval: Interval, trust: tuple[Coded, ...], plan: Plan, unit: str) -> str:
    return (
        f"The {plan.splits.count} folds as draws of training parts that overlap, after Nadeau and Bengio:"
        f" 95 % interval {words.span(interval)} {unit}. The verdict holds for these training parts; how far it carries"
        f" to others of the same kind, this interval says.{_caution(trust)}"
    )


def _diebold_mariano(found: DieboldMarianoResult, plan: Plan) -> str:
    smaller = title(plan.cells[1] if found.statistic > 0.0 else plan.cells[0])
    side = f", with the smaller loss on the {smaller}’s side" if found.statistic != 0.0 else ""
    return (
        f"The usual test of two forecasts, on the test blocks: {words.p_value(found.p_value)}{side}. A small p says"
        f" that the losses differ at all, not that the difference matters: neither the margin nor the luck of training"
        f" is in it.{_caution(found.trust)}"
    )


def _caution(reasons: tuple[Coded, ...]) -> str:
    return f" Caution: {wording.listed(reasons)}." if reasons else ""
