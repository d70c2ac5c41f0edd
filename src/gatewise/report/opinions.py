"""The second opinions in words: what each method finds, and what to make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.judge.cheaper import cheaper_arm
from gatewise.report import words

if TYPE_CHECKING:
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded, DieboldMarianoResult, Interval, SecondOpinions, Verdict


def terms(verdict: Verdict, plan: Plan) -> list[tuple[str, str]]:
    """Each method with what it says; empty where there are no second opinions."""
    found, difference = verdict.opinions, verdict.difference
    if found is None or difference is None:
        return []
    unit = words.unit(verdict.metric)
    texts = [("Bootstrap", _bootstrap(found, plan, unit, difference.level))]
    if found.resampled is not None:
        texts.append(("Other training parts", _resampled(found.resampled, found.resampled_trust, plan, unit)))
    if found.diebold_mariano is not None:
        texts.append(("Diebold-Mariano test", _diebold_mariano(found.diebold_mariano, plan)))
    return texts


def _bootstrap(found: SecondOpinions, plan: Plan, unit: str, level: float) -> str:
    agrees = "as the interval that decides does" if found.agrees else "unlike the interval that decides"
    return (
        f"Pairs and test blocks drawn anew from those there are, without an assumed distribution:"
        f" {words.coverage(level)} interval {words.span(found.bootstrap)} {unit}, which reads as"
        f" “{wording.reading(found.bootstrap_verdict, cheaper_arm(plan))}”, {agrees}."
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
