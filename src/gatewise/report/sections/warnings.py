"""Warnings: what a reader should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


def values(given: Given) -> dict[str, object] | None:
    """The warnings; nothing where there is none."""
    return {"warnings": given.verdict.warnings} if given.verdict.warnings else None


SECTION = Section("warnings.html", values)
