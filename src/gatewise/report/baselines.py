"""The simple rules as they are told: the one to beat, those that did better, those that were left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.languages import say
from gatewise.report import words
from gatewise.text import with_commas

if TYPE_CHECKING:
    from gatewise.run.verdict import BaselineResult, Verdict

LEVEL = 5e-4
"""Scores that are less apart read the same, so one is not shown as the better."""


@dataclass(frozen=True)
class Bar:
    """The baseline to beat.

    Attributes:
        name: In words; where folds chose different rules, all of them.
        score: Its score on the test examples.
    """

    name: str
    score: float


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


def better(verdict: Verdict) -> tuple[BaselineResult, ...]:
    """Simple rules that did better on the test examples than the one chosen on validation data."""
    found = bar(verdict)
    return tuple(b for b in verdict.baselines if found and not b.bar and b.score > found.score + LEVEL)


def left_out(verdict: Verdict) -> str | None:
    """Which simple rules the budget left out, and why; None for none."""
    if not verdict.left_out:
        return None
    each = [f"{words.rule(name)} ({words.measured(seconds)})" for name, seconds in verdict.left_out.items()]
    return say("too slow for the budget, by their predicted core seconds: {each}", each=with_commas(each))
