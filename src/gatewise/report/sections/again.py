"""How to repeat the comparison with one command, and how to load the model it recommends."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given

RUN = "RUN"
"""What a run folder is called where the page is not told."""

LINES = """\
import gatewise
model = gatewise.load({run!r}, {name!r})
table = model.predict({new!r})  # a file like the one that was learned from
print(table)
table.write_csv("predicted.csv")"""


def values(given: Given) -> dict[str, object]:
    """The commands and the lines of Python; no lines where no model was handed over."""
    run, source = given.path or RUN, given.source or "DATA"
    name = given.verdict.recommendation
    plan = f"{run}/plan.json"
    return {
        "repeat": f"gatewise compare {shlex.quote(source)} --plan {shlex.quote(plan)}",
        "loads": LINES.format(run=run, name=name, new="NEW_DATA") if given.card is not None else "",
        "predicts": f"gatewise predict {shlex.quote(run)} NEW_DATA",
    }


SECTION = Section("again.html", values)
