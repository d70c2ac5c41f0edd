"""Warnings: what a reader should know."""

from __future__ import annotations

from gatewise.report.sections.section import Given, Section


def values(given: Given) -> dict[str, object] | None:
    """The warnings; nothing where there is none."""
    return {"warnings": given.verdict.warnings} if given.verdict.warnings else None


SECTION = Section("warnings.html", values)
