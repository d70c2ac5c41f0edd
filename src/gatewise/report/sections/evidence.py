"""Evidence: the score of every pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.charts import pairs
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The figure with what it shows; nothing where no pair was scored."""
    drawn = markup(pairs.chart(given))
    return None if drawn is None else {"pairs": drawn, "info": pairs.info(given.verdict, given.plan)}


SECTION = Section("evidence.html", values)
