"""What parts the cells of a text: comma, semicolon, tab, bar, or runs of blanks."""

from __future__ import annotations

import csv
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from gatewise.data.marks import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKS = ",;\t|"
"""Marks that part cells, the most common first."""

BLANKS = " "
"""Stands for runs of blanks and tabs, which part cells where no mark does."""

_SAID = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_RUN_TOGETHER = re.compile(r"[\d.,] +[-+\d]")
_CLOCK = re.compile(r"\d[:h]\d\d|[-/.]\d{1,4} \d{1,2}([ :]|$)")


class Row(NamedTuple):
    """A line of the text, taken apart: its number (from 1) and its cells, without outer blanks."""

    line: int
    cells: list[str]


def said_mark(first: str) -> str:
    """The mark that a spreadsheet's first line ``sep=;`` names; empty where it is no such line."""
    said = _SAID.fullmatch(first)
    return said[1] if said else ""


def split(lines: Sequence[str], mark: str, start: int = 1) -> list[Row]:
    """Take lines apart; ``start`` is the number of the first. A cell in quotes may go over several lines.

    Raises:
        csv.Error: If a cell is longer than any cell of a table is.
    """
    if mark == BLANKS and not any('"' in line for line in lines):
        return [Row(start + place, line.split()) for place, line in enumerate(lines)]
    reader = csv.reader(
        (line.strip().replace("\t", " ") if mark == BLANKS else line for line in lines),
        delimiter=mark,
        skipinitialspace=True,
    )
    rows, line = [], start
    for cells in reader:
        rows.append(Row(line, [cell.strip() for cell in cells]))
        line = start + reader.line_num
    return rows


def is_comment(line: str) -> bool:
    """Whether a line begins as comments do."""
    return line.lstrip().startswith(("#", "%"))


def find_mark(lines: Sequence[str], *, tabs_first: bool = False) -> str:
    """The mark that takes lines apart into the same number of tidy cells.

    Args:
        lines: Lines of the text, comments and blank lines left out.
        tabs_first: Whether the name of the file says that its cells are parted by tabs.
    """
    marks = "\t" + MARKS.replace("\t", "") if tabs_first else MARKS
    scores = {mark: _score(lines, mark) for mark in marks}
    best = max(marks, key=lambda mark: scores[mark])
    if lines and len(split(lines[:1], best)[0].cells) == 1:
        # A weekday may stand before a date as in "Mo, 03.01.2022": the mark of the names tells.
        of_names = [mark for mark in marks if len(split(lines[:1], mark)[0].cells) > 1 and scores[mark] > 0.0]
        best = next((mark for mark in of_names if _widths(lines, mark) == 1), best)
    if tabs_first and scores["\t"] > 0.5:
        return "\t"
    if scores[best] < 0.5 and _score(lines, BLANKS) > 0.6:
        return BLANKS
    return best if scores[best] > 0.0 else ","


def _widths(lines: Sequence[str], mark: str) -> int:
    return len({len(row.cells) for row in split(lines, mark)})


def _score(lines: Sequence[str], mark: str) -> float:
    """The share of lines that have the usual number of cells, at least 2, times the share of tidy cells in them."""
    rows = split(lines, mark)
    widths = Counter(len(row.cells) for row in rows)
    width = max((width for width in widths if width > 1), key=lambda width: widths[width], default=0)
    if not width:
        return 0.0
    usual = [row for row in rows if len(row.cells) == width]
    cells = [cell for row in usual[-200:] for cell in row.cells]
    return len(usual) / len(rows) * sum(_is_tidy(cell, mark) for cell in cells) / len(cells)


def _is_tidy(cell: str, mark: str) -> bool:
    """Whether a cell looks as if nothing more had to be taken apart."""
    if is_number(cell):
        return True
    others = any(other in cell for other in MARKS if other != mark)
    return not others and not (_RUN_TOGETHER.search(cell) and not _CLOCK.search(cell))
