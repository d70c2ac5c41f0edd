"""Numbers told against true ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import say
from gatewise.report import leads
from gatewise.report.charts import answers
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The figure; nothing where no numbers are told."""
    drawing = markup(answers.chart(given))
    if drawing is None:
        return None
    order = leads.contradicted(given.verdict, answers.errors(given), say("mean absolute error"))
    return {"drawing": drawing, "description": answers.description(given), "order": order}


SECTION = Section("answers.html", values)
