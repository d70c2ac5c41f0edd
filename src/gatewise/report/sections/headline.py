"""Headline: the question, the answer, the picture it rests on, and what it means and does not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.languages import mark, say
from gatewise.report import summary, taken, words
from gatewise.report.charts import difference
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.verdict import Verdict


def values(given: Given) -> dict[str, object]:
    """The lines at the top, the picture of the difference where there is one, and two sentences on the meaning."""
    verdict, plan = given.verdict, given.plan
    return {
        "subject": summary.subject(plan),
        "headline": summary.headline(verdict, plan),
        "difference": markup(difference.chart(given)),
        "info": difference.info(verdict),
        "outlook": outlook(verdict),
        "meaning": words.meaning(verdict.verdict, plan.cells, summary.named(verdict)),
    }


def outlook(verdict: Verdict) -> list[tuple[str, str, float]]:
    """The three things the difference may be: CSS name, text and probability, second cell's lead first.

    None is stated of so few trainings that the headline says they are too few.
    """
    if verdict.probabilities is None or verdict.difference is None or taken.few(verdict):
        return []
    first, second = verdict.difference.first, verdict.difference.second
    ahead = mark("{cell} better by more than the margin")
    return [
        ("cell-2", say(ahead, cell=title(second)), verdict.probabilities[second]),
        ("same", say("practically equal"), verdict.probabilities["equal"]),
        ("cell-1", say(ahead, cell=title(first)), verdict.probabilities[first]),
    ]


SECTION = Section("headline.html", values)
