"""The data: what was understood of them, what reading changed, their columns, and where each part of a split lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import mark, say
from gatewise.report.charts import parts
from gatewise.report.drawing import markup
from gatewise.report.sections.section import Section
from gatewise.tasks import named

if TYPE_CHECKING:
    from gatewise.report.given import Given

ROLES = {
    "target": mark("to be forecast"),
    "known": mark("known ahead"),
    "past": mark("its past helps"),
    "input": mark("input"),
}


def values(given: Given) -> dict[str, object] | None:
    """What a run kept of its data; nothing for runs of an older gatewise, which kept nothing."""
    plan, found = given.plan, given.inputs
    words = named(plan.task).words(plan.setting)
    timed = found is not None and any(part.first is not None for part in found.parts)
    called = say("windows") if timed else say(words.examples)
    drawn = markup(parts.chart(given, called))
    if not plan.understood and not plan.notes and found is None:
        return None
    return {
        "understood": [plan.spoken(line) for line in plan.understood],
        "notes": [plan.spoken(note) for note in plan.notes],
        "columns": found.columns if found else (),
        "more": found.among if found and found.among > len(found.columns) else 0,
        "roles": ROLES,
        "parts": drawn,
        "info": parts.info(found, called),
        "splits": words.splits,
    }


SECTION = Section("reading.html", values)
