"""The first screen: what to take and how sure that is, the scores, the doubt, and what to type next; 16 lines."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.languages import say, say_count
from gatewise.report import enough, labels, leads, onward, scores, summary, symbols, terms, worth
from gatewise.report.rows import Line, fitted, folded
from gatewise.report.trimmed import Trimmed
from gatewise.text import begun, columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from gatewise.run.folder import RunFolder
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

WIDTH, LINES = 80, 16
"""What fits a terminal of 80 by 24 together with the command that was typed and the next prompt."""

GRAVE = ("second-tries", "second-try-handed-over", "copies-anchor")
"""Doubts that are told first: of the networks themselves, not of how long one looked for better ones."""


def screen(verdict: Verdict, plan: Plan, budget: float | None = None, *, python: bool = False) -> RenderableType:
    """What `gatewise.report.onward` ends, for a terminal of 80 columns; without colour it reads the same.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        budget: Seconds that were asked for; None where fits were, or it is not known.
        python: Whether to tell what to type in Python, not in a shell.
    """
    head = folded(summary.headline(verdict, plan), WIDTH, 3)
    shown = _table(verdict, plan) if verdict.cells or verdict.baselines else None
    sentences = list(terms.terms(verdict, plan)) if shown else []
    room = LINES - onward.LINES - len(head) - (shown.row_count + 1 if shown else 0)
    lines = list(lines_of(verdict, plan, budget, python=python))
    told, kept = fitted(sentences, lines, WIDTH, labels.WIDTH, room)
    parts: list[RenderableType] = [Text("\n".join(head), style="bold")]
    if len(told) + sum(len(rows) for _, rows in kept) < room:
        parts.append(Text())
    if shown:
        parts += [shown, Text("\n".join(told), style="dim")]
    grid = _grid()
    for line, rows in kept:
        grid.add_row(labels.label(line.label), Text("\n".join(rows), style="yellow" if line.label == "doubt" else ""))
    return Trimmed(Group(*parts, grid))


def printed(folder: RunFolder) -> str:
    """The first screen of a finished run and what to type next, as text for `print`."""
    header, drawn = folder.header(), StringIO()
    plan, python = header.plan, header.source is None
    plain = Console(file=drawn, width=WIDTH, force_terminal=False, force_jupyter=False, color_system=None)
    plain.print(screen(folder.verdict(), plan, header.request.options.budget, python=python))
    return "\n".join([*drawn.getvalue().splitlines(), *onward.steps(folder, plan, python=python)])


def _grid() -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True, style="dim", width=labels.WIDTH)
    grid.add_column(overflow="fold")
    return grid


def _table(verdict: Verdict, plan: Plan) -> Table:
    """The table of scores, the recommended cell in bold; names have the columns that numbers leave."""
    found = scores.table(verdict, plan, timed=len(symbols.columns(verdict, plan)) < 3)  # there is no room for all
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    numbers = [max(map(columns, column)) + 1 for column in zip(found.heads, *found.rows, strict=True)][1:]
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=WIDTH - sum(numbers))
    for place, head in enumerate(found.heads[1:], 1):
        table.add_column(head, justify="left" if place in found.left else "right", no_wrap=True)
    for name, *cells in found.rows:
        style = "bold" if name == title(verdict.recommendation) else ""
        table.add_row(Text(name, style=style), *cells)
    return table


# --------------------------------------------------------------------------------------------------
# The lines


def _counted(notes: int) -> str:
    """How many notes there are, where the first would be cut."""
    return say_count("{count} note on the data in the report.", "{count} notes on the data in the report.", notes)


def lines_of(verdict: Verdict, plan: Plan, budget: float | None = None, *, python: bool = False) -> Iterator[Line]:
    """By how much, whether a network is worth it, the risk, why nothing is shown, the doubt, which model comes next."""
    if told := leads.lead(verdict, plan):
        yield Line("lead", (told,))
    if needed := worth.network(verdict):
        yield Line("net", needed, repeats=worth.rival(verdict) is not None)  # the first sentence names that rule
    if risk := summary.risk(verdict):
        yield Line("risk", risk)
    if verdict.undecided:
        more = enough.enough(verdict, plan, budget)
        yield Line("open", summary.opened(verdict.undecided, more), 3, 2)
    contrary = filter(None, (symbols.outdone(verdict, plan), summary.outvoted(verdict)))
    grave = sorted(verdict.warnings, key=lambda found: found.code not in GRAVE)
    doubts = [*contrary, *map(wording.words, grave)]
    label = "doubt" if doubts else "note"
    doubts = doubts or [plan.spoken(note) for note in verdict.notes]
    if doubts:
        more = say("(+{count} in the report)", count=len(doubts) - 1) if len(doubts) > 1 else ""
        text = f"{begun(doubts[0])}."
        yield Line(
            label, (text,), 2, int(label == "doubt"), more, short="" if label == "doubt" else _counted(len(doubts))
        )
    if verdict.baselines or verdict.cells:
        yield Line("use", (onward.used(verdict, plan, python=python),), 1, 0)
