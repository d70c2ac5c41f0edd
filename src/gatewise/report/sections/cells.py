"""The cells: score, loss, size, standing against the baseline and configuration of each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.languages import mark, say
from gatewise.report import leads, summary, symbols, taken, words
from gatewise.report.sections.section import Section

if TYPE_CHECKING:
    from gatewise.report.given import Given


PLACES = {"yes": mark("yes"), "no": mark("no"), "unclear": mark("unclear")}
"""How a cell stands to the rules."""


def values(given: Given) -> dict[str, object] | None:
    """What scores are measured in, a sentence for each anchor and further arm; nothing where none was scored."""
    verdict = given.verdict
    if not verdict.cells:
        return None
    return {
        "scale": say(words.UNITS[words.unit(verdict.metric)]),
        "places": {place: say(told) for place, told in PLACES.items()},
        "root": summary.root(verdict),
        "ranged": taken.ranged(verdict),
        "scored": summary.scored,
        "heads": symbols.heads(given.plan),
        "numbers": symbols.numbers,
        "twice": symbols.tells_loss(given.plan),
        "right": symbols.right(verdict, given.plan),
        "order": _order(given),
        "anchors": [summary.anchor(name, cell.anchor) for name, cell in verdict.cells.items() if cell.anchor],
        "others": [summary.other(other, verdict.metric) for other in verdict.others],
    }


def _order(given: Given) -> str | None:
    """That more symbols are told right by the cell that the score puts behind."""
    judged = words.unit(given.verdict.metric)
    if not symbols.told(given.plan) or judged == "accuracy":
        return None
    known = {cell: one.beside["accuracy"] for cell, one in given.verdict.cells.items() if "accuracy" in one.beside}
    told = say("share told right")
    return leads.contradicted(given.verdict, {cell: 1.0 - round(share, 2) for cell, share in known.items()}, told)


SECTION = Section("cells.html", values)
