"""Headline: the question, the verdict, its claim, and what it means and does not mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report import summary, words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object]:
    """The three lines at the top, and the two sentences on their meaning."""
    verdict, plan = given.verdict, given.plan
    return {
        "subject": summary.subject(plan),
        "headline": summary.headline(verdict, plan),
        "meaning": words.meaning(verdict.verdict, plan.cells, summary.named(verdict)),
    }


SECTION = Section("headline.html", values)
