"""Samples: what the trained models write by themselves, beside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.arms import title
from gatewise.report import words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan


def values(given: Given) -> dict[str, object] | None:
    """What each model wrote; nothing for other tasks than next symbols."""
    found = given.samples
    if found is None:
        return None
    written = [(_name(name, given.plan), _css(name, given.plan), texts) for name, texts in found.written.items()]
    return {"samples": found, "written": written}


def _name(model: str, plan: Plan) -> str:
    return title(model) if model in plan.cells else words.rule(model)


def _css(model: str, plan: Plan) -> str:
    return f"cell-{plan.cells.index(model) + 1}" if model in plan.cells else "rule"


SECTION = Section("samples.html", values)
