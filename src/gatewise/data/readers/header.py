"""Where the rows of a text begin, and what their columns are called."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from gatewise.data.columns import MISSING
from gatewise.data.marks import is_number
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, quoted, with_commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.data.readers.dialect import Row

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fév|avr|juin|juil|août|déc"
_DATE = re.compile(
    rf"[\d\s:./,+TZ'-]*\d[\d\s:./,+TZ'-]*([ap]\.?m\.?)?|.*(\d\s?[년月]|{_MONTHS})[a-zä]*\.?[ -]?'?\d.*"
    rf"|\d{{1,2}}[. -]*({_MONTHS}).*|(19|20)\d\d[- ]?[QWqw]\d+",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[\s\"'=(+\-−–.$€£¥₩₹<>~]*\d")
_UNIT = re.compile(
    r"[\[(].*[\])]|[%°‰µ#-].{0,8}|\W+|[a-zµ]{1,4}(/[a-z0-9]{1,3}|\^?-?\d)?|[mk]?wh?|hpa|u?g/m3|unit|units|einheit|"
    r"deg ?[cfk]|celsius|kelvin|percent|int\d*|float\d*|str|string|double|datetime\d*|date|time|bool|object",
    re.IGNORECASE,
)
_SAMPLED = 300
_SURE, _ABOUT = 3, 30
"""Columns of values in which a line of names has to have words, and lines among which it is looked for."""
_MOST_TITLES = 3
"""Lines above the names that may hold numbers or dates, as titles do: more of them are a table of another width."""


class Header(NamedTuple):
    """How the rows of a text begin.

    Attributes:
        names: Of the columns, empty where a column has none.
        start: The place of the first row of data in the rows looked at.
        line: The line that holds the names; 0 where there is none.
        notes: What was done with lines that are neither names nor data.
    """

    names: list[str]
    start: int
    line: int
    notes: list[Told]


def find_header(rows: Sequence[Row], width: int, comment: Row | None = None) -> Header:
    """Find the names of the columns and the first row of data.

    Args:
        rows: The first rows of the text, comments and blank lines left out.
        width: How many cells most rows have.
        comment: The last comment above the first row, which may hold the names.

    Raises:
        DataError: If the first row can be names and data, or there are titles but no names.
    """
    body = [row for row in rows[1:] or rows if len(row.cells) == width][:_SAMPLED]
    kinds = [_holds_values([row.cells[place] for row in body]) for place in range(width)]
    titles = next((place for place, row in enumerate(rows) if _full_width(row, width)), 0)
    start = next((place for place, row in enumerate(rows) if _is_data(row, kinds, body, titled=place > titles)), None)
    filled = [kind and _is_filled([row.cells[place] for row in body]) for place, kind in enumerate(kinds)]
    sure = _names_below(rows, filled, start)
    if sure is not None:
        return _named([row for row in rows[: sure + 1] if any(row.cells)], rows, sure + 1, rows[sure])
    if start is None:  # text alone, or no rows at all: nothing can be told from names but the place
        return _named([row for row in rows if len(row.cells) >= width][:1], rows, 0)
    above = [row for row in rows[:start] if any(row.cells)]
    if above:
        return _named(above, rows, start)
    if comment is not None and len(comment.cells) == width and not any(map(is_number, comment.cells)):
        return Header(comment.cells, start, comment.line, [])
    names = [f"column {place}" for place in range(1, width + 1)]
    shown = Told("{first} to {last}", first=names[0], last=names[-1]) if width > 1 else names[0]
    note = Told(
        "no line of column names: line {number} holds data; the columns are called {names}",
        number=rows[start].line,
        names=shown,
    )
    return Header(names, start, 0, [note])


def _names_below(rows: Sequence[Row], kinds: Sequence[bool], start: int | None) -> int | None:
    """The place of a line of names below what seems to be data, and is about them, as a place is; None without one."""
    if start is None or sum(kinds) < _SURE:
        return None
    if start and _names_all(rows[start - 1], kinds) and any(_has_values(row) for row in rows[: start - 1]):
        return start - 1
    below = range(start + 1, min(start + _ABOUT, len(rows) - 1))
    found = next((place for place in below if _names_all(rows[place], kinds)), None)
    again = found is not None and rows[found].cells in [row.cells for row in rows[:found]]
    return None if again else found


def _names_all(row: Row, kinds: Sequence[bool]) -> bool:
    """Whether a line has a different word for each column of values."""
    named = [cell for cell, kind in zip(row.cells, kinds, strict=False) if kind]
    return len(row.cells) == len(kinds) and len(set(named)) == sum(kinds) and not any(map(_is_no_name, named))


def _has_values(row: Row) -> bool:
    return sum(map(_is_value, row.cells)) >= _SURE


def _is_no_name(cell: str) -> bool:
    return cell.lower() in MISSING or _is_value(cell)


def _full_width(row: Row, width: int) -> bool:
    """Whether a row has a cell for each column, of which one at the end may be empty."""
    return len(row.cells) == width and all(row.cells[:-1])


def _holds_values(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers or dates, by its cells that are not missing."""
    known = [cell for cell in cells if cell.lower() not in MISSING]
    values = sum(bool(_VALUE.match(cell)) or _is_value(cell) for cell in known)
    return bool(known) and values >= 0.8 * len(known)


def _is_filled(cells: Sequence[str]) -> bool:
    return 2 * sum(map(bool, cells)) > len(cells)


def _is_value(cell: str) -> bool:
    return is_number(cell) or bool(_DATE.fullmatch(cell))


def _is_data(row: Row, kinds: Sequence[bool], body: Sequence[Row], *, titled: bool) -> bool:
    """Whether a row is data, and not names: in columns of values it has values that are no names of columns.

    Values such as 1, 2, 3 may be names, unless a row above may hold these (``titled``).
    """
    if abs(len(row.cells) - len(kinds)) > 1:
        return False
    values = [cell for cell, kind in zip(row.cells, kinds, strict=False) if kind and _is_value(cell)]
    words = [cell for cell, kind in zip(row.cells, kinds, strict=False) if kind and not _is_value(cell) and len(cell)]
    words = [cell for cell in words if cell.lower() not in MISSING]
    if not values or len(words) > len(values):
        return False
    if titled or not _count_on(values) or _is_counted(row, body):
        return True
    if words or not all(kinds):
        return bool(body) and _went_on(row, kinds, body)
    if _went_on(row, kinds, body):
        return True
    below = [cell for other in body for cell in other.cells]
    if any("." in cell or "," in cell for cell in below):
        return False  # names 0, 1, 2 above decimals
    raise DataError(
        f"line {row.line} holds {quoted(', '.join(row.cells))}, which may be names of columns or data; expected names "
        "that are no numbers: add a line of names above it, or take the line out where it is one"
    )


def _count_on(cells: Sequence[str]) -> bool:
    """Whether values count on as names do that are years, or 0, 1, 2."""
    if not all(re.fullmatch(r"\d{1,4}", cell) for cell in cells):
        return bool(len(cells) > 2 and all(_DATE.fullmatch(cell) and not is_number(cell) for cell in cells))
    numbers = [int(cell) for cell in cells]
    steps = {after - before for before, after in pairwise(numbers)}
    if len(numbers) == 1:
        return 1900 <= numbers[0] <= 2100
    return len(steps) == 1 and min(steps) > 0 and ((numbers[0] in (0, 1) and steps == {1}) or numbers[0] >= 1900)


def _is_counted(row: Row, body: Sequence[Row]) -> bool:
    """Whether a column counts its rows, this one first."""
    for place, cell in enumerate(row.cells):
        below = [other.cells[place] for other in body if len(other.cells) > place]
        if len(below) > 2 and all(map(str.isdecimal, [cell, *below])):
            counted_on = [int(cell), *map(int, below)]
            if all(after == before + 1 for before, after in pairwise(counted_on)):
                return True
    return False


def _went_on(row: Row, kinds: Sequence[bool], body: Sequence[Row]) -> bool:
    """Whether the column of a row's only value goes on below as it begins, so that the value is one of many alike."""
    places = [place for place, kind in enumerate(kinds) if kind and place < len(row.cells)]
    if len(places) != 1 or not body:
        return False
    below = [other.cells[places[0]] for other in body]
    return all(len(cell) == len(row.cells[places[0]]) for cell in below)


def _named(above: Sequence[Row], rows: Sequence[Row], start: int, sure: Row | None = None) -> Header:
    """The names among the lines above the data, which may also be titles, units, or names on two levels."""
    wanted = len(rows[start].cells) if start else len(above[0].cells)
    full = [row for row in above if _is_full(row, wanted)]
    for better in (lambda row: len(row.cells) >= wanted, lambda row: all(row.cells[:wanted])):
        full = list(filter(better, full)) or full
    best = [row for row in full if not _is_units(row)] or full[:1]
    if sure is not None:
        names, lines = sure.cells, [sure]
    elif best:
        # Of two columns, lines above the names are often a word and its value: "Station, Berlin".
        chosen = best[0] if wanted > 2 else best[-1]
        names, lines = chosen.cells, [chosen]
    else:
        lines = [row for row in above if abs(len(row.cells) - wanted) <= 1 and sum(map(bool, row.cells)) > 1]
        lines = lines or ([above[-1]] if wanted == 1 or len(above[-1].cells) > 1 else [])
        if not lines:
            raise DataError(
                f"line {above[-1].line} holds {quoted(' '.join(above[-1].cells))} and line {rows[start].line} "
                f"{counted(wanted, 'cell')} of data; expected a line of {wanted} names between them"
            )
        names = _joined(lines)
    notes = (
        [Told("lines {first} to {last} hold the column names, joined", first=lines[0].line, last=lines[-1].line)]
        if len(lines) > 1
        else []
    )
    others = [row for row in above if row not in lines]
    data = [row for row in others if _holds_data(row) and not _is_pair(row, wanted)]
    if len(data) > _MOST_TITLES:
        raise DataError(
            f"{len(data):,} lines such as {data[0].line} ({counted(len(data[0].cells), 'cell')}) have another number "
            f"of cells than line {rows[start].line} ({wanted}) and those below; expected one table: split the file"
        )
    if others:
        shown = [
            Told("line {number} ({text})", number=row.line, text=quoted(" ".join(filter(None, row.cells)), 30))
            for row in others
        ]
        notes.append(
            Told(
                "left out beside the column names in line {number}: {names}",
                number=lines[-1].line,
                names=with_commas(shown, 4),
            )
        )
    first = start or rows.index(above[0]) + 1
    return Header(list(names), first, lines[-1].line, notes)


def _holds_data(row: Row) -> bool:
    known = [cell for cell in row.cells if cell]
    return len(known) > 1 and 2 * sum(map(_is_value, known)) >= len(known)


def _is_pair(row: Row, wanted: int) -> bool:
    """Whether a line above a wide table is a word and its value: ``Latitude, 39.7``."""
    known = [cell for cell in row.cells if cell]
    return wanted > _SURE and len(known) == 2 and not _is_value(known[0])


def _is_full(row: Row, wanted: int) -> bool:
    """Whether a row has a different name for each column; the first, that of an index, and a trailing one may lack."""
    cells = row.cells[:wanted]
    known = [cell for cell in cells if cell]
    return len(cells) >= wanted - 1 and len(set(known)) == len(known) and len(known) >= len(cells) - 1 and bool(known)


def _is_units(row: Row) -> bool:
    """Whether most cells are units or types of values, none of them a longer word."""
    known = [cell for cell in row.cells if cell]
    return sum(bool(_UNIT.fullmatch(cell)) for cell in known) > 0.7 * len(known)


def _joined(lines: Sequence[Row]) -> list[str]:
    """One name a column of names on several levels; an upper name holds until the next."""
    width = max(len(row.cells) for row in lines)
    levels = []
    for row in lines[:-1]:
        level, last = [], ""
        for cell in row.cells + [""] * (width - len(row.cells)):
            last = cell or last
            level.append(last)
        levels.append(level)
    levels.append(lines[-1].cells + [""] * (width - len(lines[-1].cells)))
    return [" ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*levels, strict=True)]
