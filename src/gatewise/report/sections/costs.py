"""What they cost: everything that the clock measured, beside the cost by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """What was measured; nothing where nothing was."""
    return {"costs": given.verdict.costs} if given.verdict.costs.cells else None


SECTION = Section("costs.html", values)
