"""A text and its class in each line of a file, also where quotation marks are letters of the text."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.readers.dialect import MARKS
from gatewise.data.readers.prose import NONE, OF_TEXT
from gatewise.data.readers.raw import RawSymbols, Table
from gatewise.data.readers.textsigns import SEEN
from gatewise.data.readers.texttable import Roles, found_roles, to_texts
from gatewise.data.readers.written_text import beginning, read_text
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.source import is_file
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, named

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.reading import Reading

_ENDINGS = (".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
_ALIKE = 0.99
_LONGEST_CELL = 1 << 30


class _Rows(NamedTuple):
    """Rows of cells.

    Attributes:
        rows: Without blank lines.
        mark: What parts the cells.
        literal: Whether quotation marks are letters.
        lines: Line of each row, from 1 on.
    """

    rows: list[list[str]]
    mark: str
    literal: bool
    lines: list[int]


class TextRows:
    """Told by a column of texts beside one of classes; other tables are left to their readers."""

    holds: Holds = "texts"
    endings: tuple[str, ...] = (".csv", ".tsv")
    reads = ".csv or .tsv with a text and its class in each row"

    def __init__(self, reading: Reading = NOTHING_SAID) -> None:
        self.reading = reading

    def told(self, reading: Reading) -> TextRows:
        """The reader that knows what was said."""
        return TextRows(reading)

    def takes(self, source: object) -> bool:
        """A file with such columns, or one whose column of texts the user names."""
        if not is_file(source, _ENDINGS) or not set(self.reading.given) <= OF_TEXT or self.reading.pieces is not None:
            return False
        rows = _taken_apart(beginning(Path(str(source))), cut=True)
        if rows is None:
            return False
        table, _ = _table(rows, self.reading.text)
        if self.reading.text is not None:
            return self.reading.text in table.frame.columns and not self._of_one_text(rows)
        return _roles(table, self.reading) is not None

    def _of_one_text(self, rows: _Rows) -> bool:
        """Whether commas part sentences, not cells: where columns have no names, some other cell has several words."""
        if rows.mark != "," or self.reading.text in rows.rows[0]:
            return False
        others = [row[:place] + row[place + 1 :] for row in rows.rows for place in [self._place()]]
        return any(len(cell.split()) > 1 for row in others for cell in row)

    def _place(self) -> int:
        """Of a column that is named by its number."""
        return int(str(self.reading.text).rpartition(" ")[2]) - 1

    def read(self, source: str | Path) -> RawSymbols:
        """Read the texts and their classes."""
        path = Path(source)
        written = read_text(path)
        rows = _taken_apart(written.text, cut=False)
        if rows is None:
            raise DataError(
                f"{named(path.name)}: the lines have different numbers of cells; expected a text and its class in each:"
                " put cells that hold the separator in quotes"
            )
        table, notes = _table(rows, self.reading.text)
        table = table.having(table.frame, *written.notes, *notes)
        roles = None if self.reading.text is not None else _roles(table, self.reading)
        return to_texts(table, self.reading, named(path.name), roles)


def _roles(table: Table, reading: Reading) -> Roles | None:
    """The columns of texts and classes; None for another table, or where the user names another class."""
    target = None if reading.target == NONE else reading.target
    if target is not None and target not in table.frame.columns:
        return None
    return found_roles(table.frame, target)


def _taken_apart(text: str, *, cut: bool) -> _Rows | None:
    """The rows by the first mark that takes all lines apart alike; None where none does.

    Args:
        text: The text, or its beginning.
        cut: Whether it is the beginning alone, whose last row may not be whole.
    """
    kept = text if not cut or len(text) < SEEN else text[: text.rfind("\n", 0, SEEN) + 1]
    cut = cut and len(kept) < len(text)
    lines = [(number, line) for number, line in enumerate(kept.split("\n"), 1) if line.strip()]
    if not lines:
        return None
    for mark in sorted(MARKS, key=lambda mark: "\t;|,".index(mark)):
        if sum(mark in line for _, line in lines) < len(lines) / 2:
            continue
        literal = [line.split(mark) for _, line in lines]
        quoted = _quoted(kept, mark, cut=cut)
        fewer = quoted is None or len(quoted.rows) + cut < len(literal)
        if _alike(literal) and (fewer or (not _protects(quoted, literal) and _quotes_are_letters(literal))):
            return _Rows(literal, mark, literal=True, lines=[number for number, _ in lines])
        if quoted is not None and _alike(quoted.rows):
            return quoted
    return None


def _protects(quoted: _Rows | None, literal: list[list[str]]) -> bool:
    """Whether quotation marks keep the separator within cells: then they are no letters ("Mar 28, 2024",660)."""
    return quoted is not None and _alike(quoted.rows) and sum(map(len, quoted.rows)) < sum(map(len, literal))


def _quoted(text: str, mark: str, *, cut: bool) -> _Rows | None:
    """The rows where quotation marks keep cells together."""
    rows, lines = [], []
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, skipinitialspace=True)
        line = 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(cells)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(before)
    if cut:
        rows, lines = rows[:-1], lines[:-1]
    return _Rows(rows, mark, literal=False, lines=lines) if rows else None


def _alike(rows: list[list[str]]) -> bool:
    """Whether nearly all rows have one number of cells, two or more."""
    widths = Counter(map(len, rows))
    width, count = widths.most_common(1)[0]
    return width > 1 and count >= _ALIKE * len(rows)


def _quotes_are_letters(rows: list[list[str]]) -> bool:
    """Whether some cell begins with a quotation mark that nothing closes at its end, or holds an odd number of them."""
    for row in rows:
        for cell in row:
            bare = cell.strip()
            if bare.startswith('"') and (len(bare) == 1 or not bare.endswith('"') or bare.count('"') % 2):
                return True
    return False


def _table(found: _Rows, text: str | None) -> tuple[Table, list[Told]]:
    """The rows as a table of text, and notes: on names, on quotation marks.

    The first row holds names where one of them is ``text``; where that is not said, where no cell stands in its column
    again.
    """
    width = Counter(map(len, found.rows)).most_common(1)[0][0]
    odd = [line for line, row in zip(found.lines, found.rows, strict=True) if len(row) != width]
    rows = [row[:width] + [""] * (width - len(row)) for row in found.rows]
    cells = [[cell.strip() for cell in row] for row in rows]
    nameless = [f"column {place}" for place in range(1, width + 1)]
    is_named = text in cells[0] or (text not in nameless and _is_header(cells))
    names = _names(cells[0]) if is_named else nameless
    body, lines = (cells[1:], found.lines[1:]) if is_named else (cells, found.lines)
    columns = {name: [row[place] for row in body] for place, name in enumerate(names)}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    notes = (
        []
        if is_named
        else [Told("no line of column names: the columns are called {first} to {last}", first=names[0], last=names[-1])]
    )
    notes += [Told("quotation marks are read as letters of the texts")] if found.literal else []
    if odd:
        notes.append(
            Told(
                "{lines} with another number of cells, such as line {number:,}",
                lines=counted(len(odd), "line"),
                number=odd[0],
            )
        )
    first = lines[0] if lines else 0
    every = np.arange(first, (lines[-1] if lines else 0) + 1)
    return Table(frame, first=first, skipped=np.setdiff1d(every, lines), mark=found.mark), notes


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row has names: a name for some column of classes, which is none of its classes."""
    first, body = rows[0], rows[1:2001]
    again = 0
    for place, cell in enumerate(first):
        values = Counter(row[place] for row in body)
        if cell and cell in values:
            return False
        again += bool(cell) and len(values) <= max(2, len(body) / 4)
    return again > 0


def _names(cells: list[str]) -> list[str]:
    """Names of columns, all different, one for each."""
    found: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = cell or f"unnamed: {place}"
        found.append(name if name not in found else f"{name} {place}")
    return found
