"""A comparison as a notebook shows it: what to take, one picture, the scores, the doubt. HTML that loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from gatewise.arms import title
from gatewise.display import page
from gatewise.judge import wording
from gatewise.report import scores, summary, symbols
from gatewise.report.charts import difference
from gatewise.report.drawing import markup
from gatewise.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gatewise.report.given import Given


def html(given: Given) -> str:
    """The fragment; text from the data is escaped."""
    verdict, plan = given.verdict, given.plan
    found = scores.table(verdict, plan)
    doubts = [*map(wording.words, verdict.warnings), *verdict.notes]
    picture = markup(difference.chart(given))
    return page.block(
        page.headline(summary.headline(verdict, plan)),
        page.line(f"{summary.subject(plan)}; {counted(verdict.pairs, 'pair')}, {counted(verdict.fits, 'fit')}"),
        *([Markup("<div>{}</div>").format(picture)] if picture else []),
        *([page.table(found.heads, found.rows, title(verdict.recommendation))] if found.rows else []),
        page.definitions(_lines(given)),
        *([page.folded(f"doubts and notes ({len(doubts)})", doubts)] if doubts else []),
    )


def _lines(given: Given) -> Iterator[tuple[str, object]]:
    verdict, plan = given.verdict, given.plan
    if right := symbols.right(verdict, plan):
        yield "right", right
    if found := verdict.difference:
        bits = symbols.in_bits(found.estimate, verdict, plan)
        yield "apart", summary.apart(found, verdict.metric, verdict.margin, bits)
    if verdict.undecided:
        yield "open", summary.opened(verdict.undecided)
    if verdict.net:
        reason = wording.words(verdict.net.reason)
        yield "net", f"if it has to be one, the {title(verdict.net.cell)}: {reason}"
    if unproven := summary.unproven(verdict):
        yield "rule", unproven
    if risk := summary.risk(verdict):
        yield "risk", risk
    if outvoted := summary.outvoted(verdict):
        yield "doubt", outvoted
    further = [".predict()"] if "horizon" in plan.section else [".predict(DATA)"]
    yield "next", Markup(", ").join(map(page.code, [*further, ".plot()", ".table()", ".model"]))
    yield "report", page.code(f"{given.path}/report.html")
