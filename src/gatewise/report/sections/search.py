"""Tuning and learning: what the search brought, and how the loss of the pairs fell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.charts import learning, tuning
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """Both figures with what they show; nothing where there is neither."""
    tuned, learned = markup(tuning.chart(given)), markup(learning.chart(given))
    if tuned is None and learned is None:
        return None
    return {
        "tuning": tuned,
        "tuning_info": tuning.info(given.verdict, given.plan),
        "learning": learned,
        "validated": given.plan.splits.validated,
        "learning_info": learning.info(given.curves, given.plan),
    }


SECTION = Section("search.html", values)
