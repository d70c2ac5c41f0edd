"""Numbers told against true ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.charts import answers
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The figure; nothing where no numbers are told."""
    drawing = markup(answers.chart(given))
    return None if drawing is None else {"drawing": drawing, "description": answers.description(given)}


SECTION = Section("answers.html", values)
