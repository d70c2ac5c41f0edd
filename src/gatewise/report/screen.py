"""The first screen: what to take and how sure that is, the scores, the doubt, and what to type next; 16 lines."""

from __future__ import annotations

import shlex
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.report import summary, symbols, words
from gatewise.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from gatewise.run.folder import RunFolder
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import CellResult, Verdict

WIDTH, LINES = 80, 16
"""What fits a terminal of 80 by 24 together with the command that was typed and the next prompt."""

LABEL = 7
"""Width of the longest label and the space after it."""

PLACES = {"yes": "yes", "no": "no", "unclear": "not shown"}
"""How a cell stands to the simple rules."""


class Line(NamedTuple):
    """A labelled line.

    Attributes:
        label: What it is about.
        text: What it says.
        most: Rows of the terminal that it may take at most.
    """

    label: str
    text: str
    most: int = 1


def screen(verdict: Verdict, plan: Plan) -> RenderableType:
    """What `next_steps` end, for a terminal of 80 columns; without colour it reads the same."""
    parts: list[RenderableType] = [Text(shorten(summary.headline(verdict, plan), 2 * WIDTH), style="bold"), Text()]
    if verdict.cells or verdict.baselines:
        parts.append(_table(verdict, plan))
    rows = _grid()
    for line in _lines(verdict, plan):
        text = shorten(line.text, line.most * (WIDTH - LABEL) - 8 * (line.most - 1))  # words are not broken
        rows.add_row(line.label, Text(text, style="yellow" if line.label == "doubt" else ""))
    return Group(*parts, rows)


def next_steps(folder: RunFolder, plan: Plan) -> str:
    """What to type for a forecast or a text that goes on, and where the report is, each in one piece to be copied."""
    more = " --generate 200" if symbols.told(plan) else ""
    typed = f"gatewise predict {shlex.quote(str(folder.path))}{more}"
    return f"{'next':{LABEL}}{typed}\n{'report':{LABEL}}{folder.report_path}"


def printed(folder: RunFolder) -> str:
    """The first screen of a finished run and what to type next, as text for `print`."""
    plan, drawn = folder.header().plan, StringIO()
    plain = Console(file=drawn, width=WIDTH, force_terminal=False, force_jupyter=False, color_system=None)
    plain.print(screen(folder.verdict(), plan))
    lines = [line.rstrip() for line in drawn.getvalue().splitlines()]
    return "\n".join([*lines, next_steps(folder, plan)])


def _grid() -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True, style="dim", width=LABEL)
    grid.add_column(overflow="fold")
    return grid


def _table(verdict: Verdict, plan: Plan) -> Table:
    """A row for each judged cell, for the bar, and for the best rule where it did better than the bar."""
    rooted = bool(summary.root(verdict))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=18)
    own = symbols.heads(plan)
    timed = () if own else ("train s",)  # there is no room for both
    rooted_head = [summary.root(verdict)] if rooted else []
    heads = [*own, *rooted_head, words.unit(verdict.metric), "params", *timed, "wins/100"]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("beats rules", no_wrap=True)
    for label in (cell for cell in plan.cells[:2] if cell in verdict.cells):
        style = "bold" if label == verdict.recommendation else ""
        result = verdict.cells[label]
        first = symbols.numbers(result) if own else ()
        numbers = _numbers(verdict, label, result, rooted=rooted, timed=bool(timed))
        table.add_row(Text(title(label), style=style), *first, *numbers)
    bars = [rule for rule in verdict.baselines if rule.bar]
    best = max(summary.better_baselines(verdict), key=lambda rule: rule.score, default=None)
    for rule, place in [*((one, "bar to beat") for one in bars[:1]), *([(best, "above the bar")] if best else [])]:
        first = symbols.numbers(rule) if own else ()
        root = [words.amount(rule.rmse) if rule.rmse is not None else ""] if rooted else []
        rest = ["", *[""] * len(timed), "", place]
        table.add_row(Text(words.rule(rule.name)), *first, *root, words.score(rule.score) + NO_HALF, *rest)
    return table


NO_HALF = " " * len(" ± 0.000")
"""Keeps the scores of rules, which have no interval, in line with those of the cells."""


def _numbers(verdict: Verdict, label: str, result: CellResult, *, rooted: bool, timed: bool) -> Iterator[str]:
    if rooted:
        yield words.amount(result.rmse) if result.rmse is not None else ""
    yield f"{words.score(result.score)} ± {words.half(result.interval)}"
    yield f"{result.parameters:,}"
    cost = verdict.costs.cells.get(label)
    if timed:
        yield words.measured(cost.seconds_per_fit if cost else None)
    won = verdict.retrainings_won.get(label)
    yield "–" if won is None or verdict.difference is None else f"{won:.0f}"  # one pair wins all or nothing
    yield PLACES[result.above_baseline]


def _lines(verdict: Verdict, plan: Plan) -> Iterator[Line]:
    """How many symbols are told right, the one reason, the risk, and the doubt."""
    if right := symbols.right(verdict, plan):
        yield Line("right", right)
    if found := verdict.difference:
        bits = symbols.in_bits(found.estimate, verdict, plan)
        yield Line("apart", summary.apart(found, verdict.metric, verdict.margin, bits))
    if verdict.undecided:
        yield Line("open", summary.opened(verdict.undecided), 2)
    if verdict.net:
        reason = wording.words(verdict.net.reason)
        yield Line("net", f"if it has to be one, the {title(verdict.net.cell)}: {reason}")
    if unproven := summary.unproven(verdict):
        yield Line("rule", unproven)
    if risk := summary.risk(verdict):
        yield Line("risk", risk)
    outvoted = summary.outvoted(verdict)
    doubts = [*([outvoted] if outvoted else []), *map(wording.words, verdict.warnings), *verdict.notes]
    if doubts:
        more = f" ({len(doubts) - 1} more in the report)" if len(doubts) > 1 else ""
        label = "doubt" if outvoted or verdict.warnings else "note"
        yield Line(label, shorten(doubts[0], WIDTH - LABEL - len(more)) + more)
