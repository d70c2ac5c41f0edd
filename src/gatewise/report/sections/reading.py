"""How the data were read: what was understood, and what reading changed, left out or doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The lines that were printed before training; nothing for runs of an older gatewise, which did not keep them."""
    plan = given.plan
    return {"understood": plan.understood, "notes": plan.notes} if plan.understood or plan.notes else None


SECTION = Section("reading.html", values)
