"""Lines of the first screen in rows of a terminal, and what is left out where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.text import Text

from gatewise.text import columns, shorten, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TERMS = 2
"""Rows of explained words at most; one stays however full the screen is."""

SPARE, NEEDED = ("net", "note"), ("risk", "use", "open", "doubt", "lead")
"""Labels of lines in the order in which they lose rows on a full screen, before the explained words do and after."""

STAYS = "\ue000"
"""Stands for the space before a percent sign while rows are broken: none begins with the sign."""


class Line(NamedTuple):
    """A labelled line.

    Attributes:
        label: What it is about.
        text: What it says, in sentences; those that do not fit are left out from the last on.
        most: Rows of the terminal that it may take at most.
        least: Rows that it is cut to where the screen is full; 0 where it may be left out.
        tail: Its end, which stays when the rest is cut.
        repeats: Whether another line says the same in fewer words.
        short: What is said in one row where the rest would be cut within a sentence; empty for its beginning.
    """

    label: str
    text: tuple[str, ...]
    most: int = 2
    least: int = 1
    tail: str = ""
    repeats: bool = False
    short: str = ""


def fitted(
    sentences: Sequence[str], lines: Sequence[Line], width: int, label: int, room: int
) -> tuple[list[str], list[tuple[Line, list[str]]]]:
    """Explained words and lines that fit so many rows.

    First the `SPARE` lines lose their last rows, then words go, then lines that repeat others, then the `NEEDED` ones.

    Args:
        sentences: The words, a sentence each.
        lines: The lines.
        width: Columns of the terminal.
        label: Columns that a label takes.
        room: Rows that there are.
    """
    told = whole(sentences, width, MOST_TERMS)
    kept = {line: _rows(line, line.most, width - label) for line in lines}

    def over() -> int:
        return len(told) + sum(map(len, kept.values())) - room

    def shrink(labels: Sequence[str]) -> None:
        for line in (line for name in labels for line in lines if line.label == name):
            if over() > 0 and len(kept[line]) > line.least:
                kept[line] = _rows(line, max(line.least, len(kept[line]) - over()), width - label)

    shrink(SPARE)
    if over() > 0:
        told = whole(sentences, width, max(1, len(told) - over()))
    for line in kept:
        if over() > 0 and line.repeats:
            kept[line] = []
    shrink(NEEDED)
    return told, [(line, rows) for line, rows in kept.items() if rows]


def folded(text: str, width: int, most: int) -> list[str]:
    """A text in rows, broken between words; what does not fit ends in an ellipsis."""
    shown = Text(visible(text).replace(" %", f"{STAYS}%"))
    rows = [row.plain.rstrip().replace(STAYS, " ") for row in shown.wrap(Console(width=width), width, overflow="fold")]
    return rows if len(rows) <= most else _cut(rows, most, width)


def whole(sentences: Sequence[str], width: int, most: int) -> list[str]:
    """As many of the sentences as fit so many rows, in rows; the first may end in an ellipsis."""
    kept = list(sentences[:1])
    for sentence in sentences[1:]:
        if len(folded(" ".join([*kept, sentence]), width, most + 1)) <= most:
            kept.append(sentence)
    return folded(" ".join(kept), width, most) if kept else []


def _rows(line: Line, most: int, width: int) -> list[str]:
    """A line in so many rows at most, without its label."""
    rows = whole(line.text, width, most) if most else []
    if not rows or not (line.tail or line.short):
        return rows
    with_tail = folded(f"{' '.join(line.text)} {line.tail}".rstrip(), width, most + 1)
    if len(with_tail) <= most:
        return with_tail
    if line.short:
        return [line.short]
    return [*rows[:-1], f"{shorten(rows[-1], width - columns(line.tail) - 1)} {line.tail}"]


def _cut(rows: Sequence[str], most: int, width: int) -> list[str]:
    last = Text(" ".join(rows[most - 1 :]))
    last.truncate(width, overflow="ellipsis")
    return [*rows[: most - 1], last.plain]
