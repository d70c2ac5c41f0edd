"""Delimited text: a line of column names, then one row a line; found out, checked, and read block by block."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.encoding import Encoding, find_encoding
from gatewise.data.marks import is_number
from gatewise.data.readers.blocks import Shape, notes_on, rows_of, whole_rows
from gatewise.data.readers.dialect import BLANKS, find_mark, is_comment, said_mark, split
from gatewise.data.readers.gathered import Gathered
from gatewise.data.readers.header import Header, find_header
from gatewise.data.readers.kinds import find_kinds
from gatewise.data.readers.raw import Table
from gatewise.data.readers.written_text import beginning
from gatewise.data.source import OF_OTHERS, damaged, empty, has_ending, is_file, pieces, text_pieces
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import listed, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gatewise.data.readers.dialect import Row
    from gatewise.data.readers.kinds import Kinds
    from gatewise.data.readers.protocol import Holds

_LOOKED_AT = 2000
"""Lines by which separator, names and kinds of columns are found."""
_COMMENTED = 0.1
"""Share of lines that begin with # or %, up to which they are comments."""
_ROWS_SEEN, _FEWEST_ROWS, _ALIKE = 300, 5, 0.9
"""Lines by which a file of any name is told to be a table, how many it has at least, and the share of them that have
the usual number of cells."""


class Delimited:
    """Cells parted by commas, semicolons, tabs, bars or blanks; what may not be a plain number stays text.

    Args:
        any_name: Whether files of other endings are taken too, by what they hold, after all readers that know theirs.
    """

    holds: Holds = "table"
    endings: tuple[str, ...] = (".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
    reads = ".csv, .tsv, .txt and .data, also with .gz"

    def __init__(self, *, any_name: bool = False) -> None:
        self.any_name = any_name
        if any_name:
            self.endings, self.reads = (), ""

    def takes(self, source: object) -> bool:
        """A file of one of the endings, or that holds rows of numbers."""
        if not self.any_name:
            return is_file(source, self.endings)
        path = Path(str(source))
        return (
            is_file(source, ("",))
            and not has_ending(path, OF_OTHERS)
            and path.exists()
            and _holds_rows(beginning(path))
        )

    def read(self, source: str | Path) -> Table:
        """Read columns of plain numbers as numbers and all others as text, in blocks that take little memory."""
        path = Path(source)
        try:
            table = _read(path, find_encoding(pieces(path)))
            note = Told("{name} is read as a table, by what it holds", name=named(path.name))
            return table.having(table.frame, note) if self.any_name else table
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error) as error:
            raise damaged(path, error) from error


def _holds_rows(begun: str) -> bool:
    """Whether nearly all lines of a beginning have the same number of cells, many of them numbers: text has blanks."""
    lines = [line for line in begun.split("\n")[:_ROWS_SEEN] if line.strip() and not is_comment(line)]
    mark = find_mark(lines[:-1])
    rows = split(lines[:-1], mark) if len(lines) > _FEWEST_ROWS else []
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    if not widths or max(widths.values()) < _ALIKE * len(rows):
        return False
    cells = [cell for row in rows for cell in row.cells if cell]
    return sum(map(is_number, cells)) > (0.5 if mark == BLANKS else 0.3) * len(cells)


class _Layout(NamedTuple):
    """How the text is laid out: the mark, the names and where data begin."""

    mark: str
    width: int
    header: Header
    first: int
    shown: str
    comments: bool
    sample: list[Row]


def _read(path: Path, encoding: Encoding) -> Table:
    begun = next(whole_rows(text_pieces(path, encoding))).split("\n", _LOOKED_AT)
    layout = _layout(path, begun[:_LOOKED_AT])
    del begun
    names = _names(path, layout)
    kinds = find_kinds(layout.sample, layout.width, layout.mark)
    strict = False
    while True:
        shape = Shape(
            path.name,
            layout.mark,
            layout.shown,
            layout.width,
            layout.header.line,
            layout.comments,
            strict,
            layout.first,
        )
        blocks = _from_line(whole_rows(text_pieces(path, encoding)), layout.first)
        gathered, stumbled = _rows(blocks, shape, kinds, path.stat().st_size)
        if not stumbled:
            break
        wider = kinds.widened(stumbled)
        if wider == kinds and strict:
            raise damaged(path, ValueError("a parser stumbles over its cells"))
        strict, kinds = strict or wider == kinds, wider
    frame = gathered.frame()
    frame.columns = [name or f"unnamed: {place}" for place, name in enumerate(names)]
    nameless = [
        column.name
        for column, name in zip(frame.iter_columns(), names, strict=True)
        if not name and column.null_count() == len(column)
    ]
    notes = [*filter(None, [encoding.note]), *layout.header.notes, *notes_on(shape)]
    commas = [column.name for column in frame.iter_columns() if column.dtype == pl.Float64 and kinds.decimal == ","]
    notes += [Told("numbers are read with a decimal comma: {names}", names=listed(commas))] if commas else []
    skipped = np.array(sorted(shape.skipped), np.int64)
    return _without_empty_rows(
        Table(frame.drop(nameless), tuple(notes), layout.first, skipped, layout.mark, kinds.decimal)
    )


def _rows(blocks: Iterable[str], shape: Shape, kinds: Kinds, size: int) -> tuple[Gathered, bytes]:
    """The rows of the blocks, up to those that a parser stumbles over; these rows, empty where there are none."""
    found = Gathered(shape.width, size)
    for block in blocks:
        rows = rows_of(block, shape)
        frame = kinds.parsed(rows) if rows else None
        if frame is not None:
            found.add(frame, len(rows))
        elif rows:
            return found, rows
    return found, b""


def _layout(path: Path, lines: list[str]) -> _Layout:
    """Find the mark, the names and the first row from the first lines."""
    begun = next((place for place, line in enumerate(lines) if line.strip()), None)
    if begun is None:
        raise empty(path)
    said = said_mark(lines[begun])
    begun += bool(said)
    # Comments may be many at the top, where a program writes what the columns are; further down most lines are rows.
    top = next(
        (place for place, line in enumerate(lines) if place >= begun and line.strip() and not is_comment(line)), 0
    )
    marked = sum(map(is_comment, lines[max(top, begun + 1) :]))
    comments = marked <= max(20, _COMMENTED * len(lines))
    kept = [
        (number, line)
        for number, line in enumerate(lines[begun:], begun + 1)
        if line.strip() and not (comments and is_comment(line))
    ]
    if not kept:
        raise DataError(f"{named(path.name)} holds comments alone; expected column names and rows")
    mark = said or find_mark([line for _, line in kept], tabs_first=has_ending(path, (".tsv", ".tsv.gz")))
    rows = split([line for _, line in kept], mark)
    rows = [row._replace(line=kept[row.line - 1][0]) for row in rows]
    widths = Counter(len(row.cells) for row in rows[1:] or rows)
    width = max(widths, key=lambda width: widths[width])
    header = find_header(rows, width, _last_comment(lines, begun, kept[0][0], mark) if comments else None)
    sample = [row for row in rows[header.start :] if len(row.cells) == width]
    names = header.names
    if len(names) == width + 1 and not names[-1]:
        names = names[:-1]
    elif len(names) != width and not (len(names) == width - 1 and not any(row.cells[-1] for row in sample)):
        width, sample = len(names), []
    elif len(names) == width - 1:
        names = [*names, ""]
    shown = lines[header.line - 1] if header.line else ""
    first = rows[header.start].line if header.start < len(rows) else kept[-1][0] + 1
    if width == 1 and header.line:
        first = header.line + 1  # a blank line may be a missing value here
    return _Layout(mark, width, header._replace(names=names), first, shown, comments, sample)


def _last_comment(lines: Sequence[str], begun: int, until: int, mark: str) -> Row | None:
    """The last comment above the first row, without a sign that stands apart: ``#time`` may be a name."""
    for number in range(until - 1, begun, -1):
        line = re.sub(r"^[#%]+(\s+|$)", "", lines[number - 1].strip())
        if line:
            return split([line], mark, number)[0]
    return None


def _names(path: Path, layout: _Layout) -> list[str]:
    """The names of the columns, all different."""
    names = layout.header.names
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise DataError(f"{named(path.name)} has several columns of one name: {listed(repeated)}; rename all but one")
    return names


def _from_line(blocks: Iterator[str], first: int) -> Iterator[str]:
    """The blocks from a line of the first one on."""
    head = next(blocks)
    at = 0
    for _ in range(first - 1):
        at = head.find("\n", at) + 1 or len(head)
    yield head[at:]
    yield from blocks


def _without_empty_rows(table: Table) -> Table:
    """Leave out rows in which every cell is empty: those at the end without a word, others with a note."""
    empty = table.frame.select(pl.all_horizontal(pl.all().is_null())).to_series() if table.frame.width else pl.Series()
    if not empty.any():
        return table
    rows = empty.arg_true().to_list()
    last = (~empty).arg_true().max()
    inner = [row for row in rows if last is not None and row < last]
    if not inner:
        return table.without(rows)
    count, place = len(inner), table.place(inner[0])
    note = Told("{count:,} rows of empty cells left out, the first is {place}", count=count, place=place)
    return table.without(rows, note)
