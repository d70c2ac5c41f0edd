"""Why there is no verdict, and what would bring one."""

from __future__ import annotations

from gatewise.report import words
from gatewise.report.sections.section import Given, Section


def values(given: Given) -> dict[str, object] | None:
    """The cause in words; nothing where there is a verdict."""
    found = given.verdict.undecided
    return None if found is None else {"undecided": found, "cause": words.CAUSES[found.cause]}


SECTION = Section("undecided.html", values)
