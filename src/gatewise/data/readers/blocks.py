"""The lines of a large text in blocks of whole rows, each checked to have the cells that its columns have names."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.readers.dialect import BLANKS, is_comment, split
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from gatewise.data.readers.dialect import Row

_QUOTE, _END = ord('"'), ord("\n")


@dataclass
class Shape:
    """What every row has to look like, and what was met on the way.

    Attributes:
        name: Of the file, for messages.
        mark: What parts the cells.
        header: The line of names as it is written; a line like it further on is none of the rows.
        width: Cells that a row has.
        head: Line of the names, for messages; 0 where there is none.
        comments: Whether lines that begin with # or % are comments.
        strict: Whether every line is taken apart, which takes longer: a parser stumbled over one of them.
        line: Number of the next line.
        skipped: Lines that hold no row.
        left: How many lines were left out, by what they are.
    """

    name: str
    mark: str
    header: str
    width: int
    head: int
    comments: bool
    strict: bool
    line: int
    skipped: list[int] = field(default_factory=list)
    left: dict[str, list[int]] = field(default_factory=dict)

    def leave(self, line: int, what: str) -> None:
        """Leave a line out."""
        self.skipped.append(line)
        self.left.setdefault(what, []).append(line)

    def odd(self, row: Row) -> DataError:
        """The error for a row of other cells than there are names."""
        there = f"as in line {self.head}" if self.head else "as in the other lines"
        got, mark = len(row.cells), "blanks" if self.mark == BLANKS else quoted(self.mark)
        if got > self.width:
            kind = f"line {row.line:,}"
            hint = f"put a cell that holds {mark} in quotes, give every column a name"
        else:
            kind = f"line {row.line:,} is too short"
            hint = "write NA for a missing value" if self.mark == BLANKS else f"keep the {mark} of a cell that is empty"
        text = AS_TEXT if self.name.lower().endswith((".txt", ".text")) else ""
        return DataError(
            f"{named(self.name)}, {kind}: got {counted(got, 'cell')}; expected {self.width} {there}, cells separated "
            f"by {mark}: {quoted(self.mark.join(row.cells), 30)}; {hint}, or take the line out{text}"
        )


AS_TEXT = ". If it is a text, type --pieces text; or --pieces lines, if each line stands alone"
"""What a message on a table says where the file may be no table."""


def whole_rows(pieces: Iterable[str]) -> Iterator[str]:
    """The text in pieces that end where a line ends, outside of quotes; all line ends become line feeds."""
    rest = ""
    for piece in pieces:
        text = rest + piece
        if "\r" in text:
            held = "\r" if text.endswith("\r") else ""
            text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n") + held
        cut = _last_end(text)
        if cut:
            yield text[:cut]
        rest = text[cut:]
    if rest.count('"') % 2:
        odd = next(line for line in rest.split("\n") if line.count('"') % 2)
        raise csv.Error(f"a quotation mark has no other one to close it, the first in the line {odd[:60]}")
    if rest:
        yield rest.replace("\r", "\n")


def _last_end(text: str) -> int:
    """Behind the last line end outside of quotes; 0 where there is none."""
    cut = text.rfind("\n") + 1
    if '"' not in text:
        return cut
    inside = text.count('"', 0, cut) % 2
    while cut and inside:
        before = text.rfind("\n", 0, cut - 1) + 1
        inside ^= text.count('"', before, cut) % 2
        cut = before
    return cut


def rows_of(block: str, shape: Shape) -> bytes:
    """A block without the lines that hold no row, as UTF-8 for a fast parser.

    Raises:
        DataError: If a row has more or fewer cells than there are columns.
    """
    if not shape.strict:
        data = block.encode()
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _END)
        if not _has_odd_lines(data, ends, shape):
            plain = data if shape.mark != BLANKS else _with_tabs(block).encode()
            if plain and _fits(plain, ends, shape):
                return plain
    return _taken_apart(block, shape)


def _with_tabs(block: str) -> str:
    """The block with one tab for each run of blanks; empty where quotes may hold blanks that part nothing."""
    return "" if '"' in block else "\n".join(["\t".join(line.split()) for line in block.split("\n")])


def _has_odd_lines(data: bytes, ends: NDArray[np.int64], shape: Shape) -> bool:
    """Whether some line may be blank, a comment, or the names once more.

    Args:
        data: The lines.
        ends: Places of the line feeds.
        shape: What is expected of them.
    """
    signs = [sign for sign in b"#%" if shape.comments and sign in data]
    starts = np.frombuffer(data, np.uint8)[np.concatenate([[0], ends[ends < len(data) - 1] + 1])] if data else ends
    if any((starts == sign).any() for sign in (_END, *signs)):
        return True
    names = shape.header.encode()
    return bool(names) and (data.startswith(names) or b"\n" + names in data)


def _fits(data: bytes, ends: NDArray[np.int64], shape: Shape) -> bool:
    """Whether the block has as many marks as its rows need; a longer row beside a shorter one the parser finds."""
    lines = len(ends) + (not data.endswith(b"\n"))
    mark = b"\t" if shape.mark == BLANKS else shape.mark.encode()
    if len(mark) != 1:
        return False
    marks = np.frombuffer(data, np.uint8) == mark[0]
    broken = ends[:0]
    if b'"' in data:
        letters = np.frombuffer(data, np.uint8)
        inside = (np.cumsum(letters == _QUOTE, dtype=np.uint8) & 1).astype(bool)
        broken = np.flatnonzero(inside[ends])
        marks &= ~inside
    if int(np.count_nonzero(marks)) != (lines - len(broken)) * (shape.width - 1):
        return False
    shape.skipped.extend((shape.line + 1 + broken).tolist())
    shape.line += lines
    return True


def _taken_apart(block: str, shape: Shape) -> bytes:
    """The block row by row: what holds no row is left out, the rest is written again."""
    lines = block.split("\n")
    if not lines[-1]:
        lines.pop()
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t" if shape.mark == BLANKS else shape.mark, lineterminator="\n")
    begun = shape.line
    rows = split(lines, shape.mark, begun)
    last_row = max((row.line for row in rows if any(row.cells)), default=0)
    shape.line += len(lines)
    for place, row in enumerate(rows):
        last = rows[place + 1].line if place + 1 < len(rows) else shape.line
        first_line = lines[row.line - begun]
        if not any(row.cells):
            if shape.width == 1 and row.line < last_row:
                raise DataError(
                    f"{named(shape.name)}, line {row.line:,} is blank; in a file of one column this may be a missing "
                    "value or nothing: write NA there, or take the line out"
                )
            shape.leave(row.line, "blank line")
        elif shape.comments and is_comment(first_line):
            shape.leave(row.line, "comment line")
        elif shape.header and first_line == shape.header:
            shape.leave(row.line, "repeated header")
        elif len(row.cells) != shape.width:
            raise shape.odd(row)
        else:
            writer.writerow(row.cells)
            shape.skipped.extend(range(row.line + 1, last))
    return out.getvalue().encode()


def notes_on(shape: Shape) -> list[Told]:
    """A note on each kind of line that was left out; blank lines at the end are no news."""
    skipped, end = set(shape.skipped), shape.line - 1
    while end in skipped:
        end -= 1
    notes = []
    for what, lines in shape.left.items():
        inner = [line for line in lines if what != "blank line" or line < end]
        if inner:
            notes.append(
                Told("{lines} left out, the first is line {number:,}", lines=counted(len(inner), what), number=inner[0])
            )
    return notes
