"""Forecast: the last rows of the data, what cells and rule said of them when they were tested, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.report import words
from gatewise.report.charts import forecast
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section
from gatewise.text import counted

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """A figure for each target of each series that is shown; nothing where nothing is forecast."""
    found = given.picture
    if found is None:
        return None
    cells = [cell for cell in given.plan.cells if cell in found.cells][:2]
    named = title(found.model) if found.model in given.plan.cells else words.rule(found.rule)
    return {
        "figures": [(panel.title, markup(forecast.chart(given, k))) for k, panel in enumerate(found.panels)],
        "legend": [(f"cell-{given.plan.cells.index(cell) + 1}", title(cell)) for cell in cells],
        "rule": words.rule(found.rule),
        "model": named,
        "levels": [level for level in (80, 95) if any(level in panel.bands for panel in found.panels)],
        "windows": counted(found.windows, "test window"),
        "steps": counted(len(found.panels[0].ahead), "step"),
        "ahead": any(panel.ahead for panel in found.panels),
    }


SECTION = Section("forecast.html", values)
