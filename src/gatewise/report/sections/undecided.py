"""Why the choice is no surer, and what would make it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import mark, say
from gatewise.report import taken, words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given

HEADINGS = {
    "likely": mark("Why the choice is likely and not shown"),
    "leaning": mark("Why the choice is no more than a leaning"),
    "either": mark("Why these data do not tell which is better"),
}
"""By how strongly something was recommended; an older document does not say it, and few trainings do not tell."""


def values(given: Given) -> dict[str, object] | None:
    """The cause in words; nothing where something is shown."""
    found = given.verdict.undecided
    if found is None:
        return None
    strength = "" if taken.few(given.verdict) else given.verdict.strength or ""
    heading = say(HEADINGS.get(strength, mark("Why nothing is shown")))
    return {"heading": heading, "undecided": found, "cause": say(words.CAUSES[found.cause])}


SECTION = Section("undecided.html", values)
