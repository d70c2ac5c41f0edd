"""What they cost: everything that the clock measured, beside the cost by formula and the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.charts import pareto
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """What was measured, and cost against score; nothing where nothing was."""
    if not given.verdict.costs.cells:
        return None
    drawn, info = markup(pareto.chart(given)), pareto.info(given.verdict, given.plan)
    return {"costs": given.verdict.costs, "pareto": drawn, "info": info}


SECTION = Section("costs.html", values)
