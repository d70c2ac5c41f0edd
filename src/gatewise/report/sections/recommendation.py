"""Recommendation: what to take, what it costs if it is wrong, and what the textbook would have picked."""

from __future__ import annotations

from gatewise.report import summary
from gatewise.report.sections.section import Given, Section


def values(given: Given) -> dict[str, object]:
    """Three sentences; the price is None where nothing was compared."""
    verdict = given.verdict
    return {
        "advice": summary.advice(verdict),
        "price": summary.price(verdict),
        "textbook": summary.textbook(verdict),
    }


SECTION = Section("recommendation.html", values)
