"""Which columns of a text hold plain numbers, found on its first rows, so that these are never kept as text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.columns import MISSING
from gatewise.data.marks import values
from gatewise.data.readers.dialect import BLANKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gatewise.data.readers.dialect import Row

_WHOLE = r"^[+-]?(0|[1-9]\d{0,17})$"
_POINTED = r"^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_DOUBTFUL = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_MONTH = r"^(1[89]|2[01])\d\d\.(0?[1-9]|1[0-2])$"


@dataclass(frozen=True)
class Kinds:
    """What each column holds.

    Attributes:
        mark: What parts the cells.
        types: Whole numbers, numbers, or text; text too where a mark may part thousands, or a number be a code.
        nulls: How missing values are written; a parser has to be told, and is slowed by each.
        decimal: The decimal mark of the numbers.
    """

    mark: str
    types: tuple[pl.DataType, ...]
    nulls: frozenset[str]
    decimal: str

    def parsed(self, rows: bytes) -> pl.DataFrame | None:
        """Whole rows as a frame; None where a column of numbers holds something else, or a row is out of form."""
        commas = [str(place) for place, kind in enumerate(self.types) if kind == pl.Float64() and self.decimal == ","]
        schema = {str(place): kind for place, kind in enumerate(self.types)} | dict.fromkeys(commas, pl.String())
        try:
            frame = _read(rows, self.mark, schema, self.nulls)
        except pl.exceptions.PolarsError:
            return None
        numbers = [values(column, ",") for column in frame.select(commas).iter_columns()]
        known = [column.cast(pl.Float64) for column in numbers if column is not None]
        return frame.with_columns(known) if len(known) == len(commas) else None

    def widened(self, rows: bytes) -> Kinds:
        """Kinds that take these rows too; the same where none do."""
        schema: dict[str, pl.DataType] = {str(place): pl.String() for place in range(len(self.types))}
        try:
            text = _read(rows, self.mark, schema, frozenset([""]))
        except pl.exceptions.PolarsError:
            return self
        types, nulls = [], self.nulls
        for column, kind in zip(text.iter_columns(), self.types, strict=True):
            points = _points(column, self.decimal)
            if kind != pl.String():
                nulls |= _nulls(column.filter(~points.str.contains(_POINTED)).unique())
            known = points.filter(~column.is_in(sorted(nulls)))
            if kind == pl.Int64() and not known.str.contains(_WHOLE).all():
                types.append(_kind(known))
            else:
                types.append(kind if known.str.contains(_POINTED).all() else pl.String())
        return replace(self, types=tuple(types), nulls=nulls)


def find_kinds(sample: Sequence[Row], width: int, mark: str) -> Kinds:
    """The kinds of the columns by the first rows.

    Numbers have decimal points where some number can be read in this way only, otherwise decimal commas where some can
    be read in that way only. A mark with three digits behind it may part thousands; it does not where another column,
    or a comma between the cells, says that it is decimal.
    """
    columns = [_known([row.cells[place] for row in sample]) for place in range(width)]
    for decimal in ".,":
        points = [_points(column, decimal) for column in columns]
        types = [_kind(column) for column in points]
        if pl.Float64() in types:
            break
    else:
        decimal, points = ".", columns
        types = [_kind(column) for column in points]
    for place, column in enumerate(points):
        sure = pl.Float64() in types or (mark == "," and not column.str.contains(_WHOLE).any())
        if sure and types[place] == pl.String() and len(column) and column.str.contains(_POINTED).all():
            types[place] = pl.String() if column.str.contains(_MONTH).all() else pl.Float64()
    return Kinds(mark, tuple(types), _nulls(cell for row in sample for cell in row.cells), decimal)


def _known(cells: Sequence[str]) -> pl.Series:
    return pl.Series([cell for cell in cells if cell.lower() not in MISSING], dtype=pl.String)


def _points(column: pl.Series, decimal: str) -> pl.Series:
    """The cells with points for decimal commas; a cell with points of its own is no number then."""
    return column if decimal == "." else column.str.replace_many([".", ","], ["\0", "."])


def _kind(column: pl.Series) -> pl.DataType:
    if not len(column):
        return pl.String()
    if column.str.contains(_WHOLE).all():
        return pl.Int64()
    certain = column.str.contains(r"[.eE]") & ~column.str.contains(_DOUBTFUL)
    plain = column.str.contains(_POINTED).all() and certain.any() and not column.str.contains(_MONTH).all()
    return pl.Float64() if plain else pl.String()


def _nulls(cells: Iterable[str]) -> frozenset[str]:
    return frozenset(["", *(cell for cell in set(cells) if cell.lower() in MISSING)])


def _read(rows: bytes, mark: str, schema: dict[str, pl.DataType], nulls: frozenset[str]) -> pl.DataFrame:
    separator = "\t" if mark == BLANKS else mark
    return pl.read_csv(rows, has_header=False, schema=schema, separator=separator, null_values=sorted(nulls))
