"""What the words of the first screen's table mean, in short sentences below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import mark, say
from gatewise.report import baselines, summary, symbols, taken, words
from gatewise.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

RANGE, WINS = mark("95 % range"), mark("wins")
"""Heads of the columns that every screen has."""


def terms(verdict: Verdict, plan: Plan) -> Iterator[str]:
    """A sentence for each word that the table needs explained, the most needed first."""
    found = baselines.bar(verdict)
    unit, what = words.unit(verdict.metric), symbols.loss(verdict, plan)
    if unit == "skill":
        rule = shorten(found.name, 24) if found else say("the simple rule")
        if summary.root(verdict):  # beside a typical error, of which it is not the share
            yield say("Skill: 0 is as good as {rule}, 0.1 has 10 % less squared error.", rule=rule)
        elif what:
            yield say("Skill: 0 is as good as {rule}, 0.1 has 10 % fewer {what}.", rule=rule, what=what)
        else:
            yield say("Skill: 0 is as good as {rule}, 0.1 has 10 % less error.", rule=rule)
    elif unit == "solved":
        yield say("Solved: share of {pieces} without a mistake.", pieces=symbols.pieces(plan))
    elif unit == "balanced accuracy":
        yield say("Balanced accuracy: share that is right, mean over the classes.")
    else:
        yield say("Accuracy: share that is right.")
    if summary.root(verdict):
        target = shorten(verdict.target or say("the numbers"), 24)
        yield say("RMSE: typical error, in the unit of {target}.", target=target)
    yield from symbols.terms(verdict, plan)
    if not taken.few(verdict):
        yield say("wins: of 100 retrainings, over the other cell.")
    if taken.ranged(verdict):
        yield say("95 % range: of the score on new data.")
    if what and unit != "skill":
        yield say("{head}: less is better.", head=what)
