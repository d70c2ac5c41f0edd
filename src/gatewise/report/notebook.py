"""A comparison as a notebook shows it: what to take, one picture, the scores, the doubt. HTML that loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from gatewise.arms import title
from gatewise.display import page
from gatewise.judge import wording
from gatewise.languages import say, say_count
from gatewise.report import labels, onward, scores, screen, summary, terms
from gatewise.report.charts import difference
from gatewise.report.drawing import markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.report.given import Given


ELSEWHERE = ("doubt", "note", "use")
"""Lines of the first screen that stand in full in a block that unfolds, or are told in Python."""


def html(given: Given) -> str:
    """The fragment; text from the data is escaped."""
    verdict, plan = given.verdict, given.plan
    found = scores.table(verdict, plan)
    outvoted = summary.outvoted(verdict)
    warned, notes = map(wording.words, verdict.warnings), map(plan.spoken, verdict.notes)
    doubts = [*([outvoted] if outvoted else []), *warned, *notes]
    picture = markup(difference.chart(given))
    return page.block(
        page.headline(summary.headline(verdict, plan)),
        page.line("; ".join([summary.subject(plan), _made(given)])),
        *([Markup("<div>{}</div>").format(picture)] if picture else []),
        *([page.table(found.heads, found.rows, found.left, title(verdict.recommendation))] if found.rows else []),
        *([page.line(" ".join(terms.terms(verdict, plan)))] if found.rows else []),
        page.definitions(_lines(given)),
        *([page.folded(say("doubts and notes ({count})", count=len(doubts)), doubts)] if doubts else []),
    )


def _made(given: Given) -> str:
    """How much was trained."""
    pairs, fits = given.verdict.pairs, given.verdict.fits
    counts = say_count("{count} pair", "{count:,} pairs", pairs), say_count("{count} fit", "{count:,} fits", fits)
    return ", ".join(counts)


def _lines(given: Given) -> Iterator[tuple[str, object]]:
    """What the first screen says below its table, in the same words, and what to type next."""
    for line in screen.lines_of(given.verdict, given.plan):
        if line.label not in ELSEWHERE:
            yield say(labels.LABELS[line.label]), " ".join(line.text)
    further = [".predict()"] if onward.follows(given.plan) else [".predict(DATA)"]
    yield say("next"), Markup(", ").join(map(page.code, [*further, ".plot()", ".table()", ".model"]))
    yield say("report"), page.code(f"{given.path}/report.html")
