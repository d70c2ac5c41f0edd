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
from gatewise.languages import mark, say
from gatewise.report import enough, leads, scores, summary, symbols, terms
from gatewise.report.trimmed import Trimmed
from gatewise.text import begun, columns, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from gatewise.run.folder import RunFolder
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

WIDTH, LINES = 80, 16
"""What fits a terminal of 80 by 24 together with the command that was typed and the next prompt."""

LABEL = 7
"""Width of the longest label and the space after it."""

NEXT = 2
"""Lines of `next_steps`."""

MOST_TERMS = 2
"""Rows of explained words at most; one stays however full the screen is."""

NAME = 18
"""Columns for the name of a cell or rule; a longer one ends in an ellipsis."""


GRAVE = ("second-tries", "second-try-handed-over", "copies-anchor")
"""Doubts that are told first: of the networks themselves, not of how long one looked for better ones."""


class Line(NamedTuple):
    """A labelled line.

    Attributes:
        label: What it is about.
        text: What it says, in sentences; those that do not fit are left out from the last on.
        most: Rows of the terminal that it may take at most.
        least: Rows that it is cut to where the screen is full; 0 where it may be left out.
        tail: Its end, which stays when the rest is cut.
    """

    label: str
    text: tuple[str, ...]
    most: int = 2
    least: int = 1
    tail: str = ""


def screen(verdict: Verdict, plan: Plan, budget: float | None = None) -> RenderableType:
    """What `next_steps` end, for a terminal of 80 columns; without colour it reads the same.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        budget: Seconds that were asked for; None where fits were, or it is not known.
    """
    head = _folded(summary.headline(verdict, plan), WIDTH, 3)
    shown = _table(verdict, plan) if verdict.cells or verdict.baselines else None
    sentences = list(terms.terms(verdict, plan)) if shown else []
    lines = [(line, _rows(line, line.most)) for line in lines_of(verdict, plan, budget)]
    room = LINES - NEXT - len(head) - (shown.row_count + 1 if shown else 0)
    told, lines = _fitted(sentences, lines, room)
    parts: list[RenderableType] = [Text("\n".join(head), style="bold")]
    if len(told) + sum(len(rows) for _, rows in lines) < room:
        parts.append(Text())
    if shown:
        parts += [shown, Text("\n".join(told), style="dim")]
    grid = _grid()
    for line, rows in lines:
        grid.add_row(_label(line.label), Text("\n".join(rows), style="yellow" if line.label == "doubt" else ""))
    return Trimmed(Group(*parts, grid))


def next_steps(folder: RunFolder, plan: Plan, *, python: bool = False) -> str:
    """What to type for a forecast or a text that goes on, and where the report is, each in one piece to be copied.

    Args:
        folder: The run.
        plan: Its plan.
        python: Whether its data were in memory, so that no file can be gone on from: then a line of Python.
    """
    more = " --generate 200" if symbols.told(plan) else ""
    typed = f"gatewise predict {shlex.quote(str(folder.path))}{more}"
    if python:
        does = "generate()" if more else "predict(DATA)"
        typed = f"gatewise.load({str(folder.path)!r}).{does}"
    return "\n".join(f"{_label(name)}{text}" for name, text in (("next", typed), ("report", folder.report_path)))


def printed(folder: RunFolder) -> str:
    """The first screen of a finished run and what to type next, as text for `print`."""
    header, drawn = folder.header(), StringIO()
    plan = header.plan
    plain = Console(file=drawn, width=WIDTH, force_terminal=False, force_jupyter=False, color_system=None)
    plain.print(screen(folder.verdict(), plan, header.request.options.budget))
    return "\n".join([*drawn.getvalue().splitlines(), next_steps(folder, plan, python=header.source is None)])


# --------------------------------------------------------------------------------------------------
# What fits


STAYS = "\ue000"
"""Stands for the space before a percent sign while rows are broken: none begins with the sign."""


def _folded(text: str, width: int, most: int) -> list[str]:
    """A text in rows, broken between words; what does not fit ends in an ellipsis."""
    whole = Text(visible(text).replace(" %", f"{STAYS}%"))
    rows = [row.plain.rstrip().replace(STAYS, " ") for row in whole.wrap(Console(width=width), width, overflow="fold")]
    return rows if len(rows) <= most else _cut(rows, most, width)


def _cut(rows: Sequence[str], most: int, width: int) -> list[str]:
    last = Text(" ".join(rows[most - 1 :]))
    last.truncate(width, overflow="ellipsis")
    return [*rows[: most - 1], last.plain]


def _fitted(
    sentences: Sequence[str], lines: list[tuple[Line, list[str]]], room: int
) -> tuple[list[str], list[tuple[Line, list[str]]]]:
    """Explained words and lines that fit so many rows: notes go first, then words, then lines lose their last rows."""
    kept, told = list(lines), _whole(sentences, WIDTH, MOST_TERMS)

    def over() -> int:
        return len(told) + sum(len(rows) for _, rows in kept) - room

    kept = [(line, rows) for line, rows in kept if line.least or over() <= 0]
    if over() > 0:
        told = _whole(sentences, WIDTH, max(1, len(told) - over()))
    for place in reversed(range(len(kept))):
        line, rows = kept[place]
        if over() > 0 and len(rows) > line.least:
            kept[place] = (line, _rows(line, max(line.least, len(rows) - over())))
    return told, kept


def _rows(line: Line, most: int) -> list[str]:
    """A line in so many rows at most, without its label."""
    width = WIDTH - LABEL
    rows = _whole(line.text, width, most)
    if not line.tail:
        return rows
    with_tail = _folded(f"{' '.join(line.text)} {line.tail}", width, most + 1)
    if len(with_tail) <= most:
        return with_tail
    return [*rows[:-1], f"{shorten(rows[-1], width - columns(line.tail) - 1)} {line.tail}"]


def _whole(sentences: Sequence[str], width: int, most: int) -> list[str]:
    """As many of the sentences as fit so many rows, in rows; the first may end in an ellipsis."""
    kept = list(sentences[:1])
    for sentence in sentences[1:]:
        if len(_folded(" ".join([*kept, sentence]), width, most + 1)) <= most:
            kept.append(sentence)
    return _folded(" ".join(kept), width, most) if kept else []


# --------------------------------------------------------------------------------------------------
# The table


LABELS = {
    "lead": mark("lead"),
    "net": mark("net"),
    "risk": mark("risk"),
    "open": mark("open"),
    "doubt": mark("doubt"),
    "note": mark("note"),
    "next": mark("next"),
    "report": mark("report"),
}
"""What lines are about, as it is said."""


def _label(name: str) -> str:
    """A label, and the space after it."""
    said = say(LABELS[name])
    return said + " " * (LABEL - columns(said))


def _grid() -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True, style="dim", width=LABEL)
    grid.add_column(overflow="fold")
    return grid


def _table(verdict: Verdict, plan: Plan) -> Table:
    """The table of scores, the recommended cell in bold."""
    found = scores.table(verdict, plan, timed=len(symbols.columns(verdict, plan)) < 3)  # there is no room for all
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", overflow="ellipsis", no_wrap=True, max_width=NAME)
    for place, head in enumerate(found.heads[1:], 1):
        table.add_column(head, justify="left" if place in found.left else "right", no_wrap=True)
    for name, *cells in found.rows:
        style = "bold" if name == title(verdict.recommendation) else ""
        table.add_row(Text(name, style=style), *cells)
    return table


# --------------------------------------------------------------------------------------------------
# The lines


def lines_of(verdict: Verdict, plan: Plan, budget: float | None = None) -> Iterator[Line]:
    """By how much, whether a network is worth it, what is given away, why nothing is shown, and the doubt."""
    if told := leads.lead(verdict, plan):
        yield Line("lead", (told,))
    if worth := summary.network(verdict):
        yield Line("net", worth)
    if risk := summary.risk(verdict):
        yield Line("risk", risk)
    if verdict.undecided:
        more = enough.enough(verdict, plan, budget)
        yield Line("open", summary.opened(verdict.undecided, more), 3, 2)
    outvoted = summary.outvoted(verdict)
    grave = sorted(verdict.warnings, key=lambda found: found.code not in GRAVE)
    doubts = [*([outvoted] if outvoted else []), *map(wording.words, grave)]
    label = "doubt" if doubts else "note"
    doubts = doubts or [plan.spoken(note) for note in verdict.notes]
    if doubts:
        more = say("(+{count} in the report)", count=len(doubts) - 1) if len(doubts) > 1 else ""
        text = f"{begun(doubts[0])}."
        yield Line(label, (text,), 2, int(label == "doubt"), more)
