"""Recommendation: what to take, what is given away on average, and what the textbook would have picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report import summary
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object]:
    """Sentences; the risk is None where nothing was compared, what the model learned from where nothing says so."""
    verdict = given.verdict
    return {
        "advice": summary.advice(verdict),
        "risk": " ".join(summary.risk(verdict)),
        "choice": summary.choice(verdict),
        "trained": summary.trained(given.card),
        "textbook": summary.textbook(verdict),
    }


SECTION = Section("recommendation.html", values)
