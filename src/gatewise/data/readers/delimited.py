"""Delimited text: one line of column names, then one row a line."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.columns import known_text
from gatewise.data.source import damaged, has_ending, is_file
from gatewise.data.source import text as text_of
from gatewise.errors import DataError
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|\?", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
_DECIMAL_COMMA = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2},\d{3}$"


class Delimited:
    """Comma, semicolon or tab; cells stay text, for a column is read as numbers or times as a whole."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
    reads = ".csv, .tsv and .txt, also with .gz"

    def takes(self, source: object) -> bool:
        """A file of one of the endings."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> pl.DataFrame:
        """Read every cell as text."""
        path = Path(source)
        try:
            return _read_text(path)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error) as error:
            raise damaged(path, error) from error


def _read_text(path: Path) -> pl.DataFrame:
    """Read delimited text, every cell as text; the header is read by hand to see names that repeat."""
    text = text_of(path).lstrip("\r\n")
    first = text.partition("\n")[0].rstrip("\r")
    bare = re.sub('"[^"]*"', "", first)
    mark = "\t" if has_ending(path, (".tsv", ".tsv.gz")) and "\t" in bare else max(",;\t", key=bare.count)
    header = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=mark))]
    _check_header(path, first, header)
    try:
        frame = pl.read_csv(text.encode(), separator=mark, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _ragged(path, text, mark, len(header)) or error from error
    frame.columns = [name or f"unnamed: {place}" for place, name in enumerate(header)]
    frame = frame.filter(pl.int_range(pl.len()) <= pl.any_horizontal(pl.all().is_not_null()).arg_true().max())
    return frame if mark == "," else _decimal_points(frame)


def _ragged(path: Path, text: str, mark: str, wanted: int) -> DataError | None:
    """The error for the first row of more cells than the header has names; None where there is no such row."""
    rows = csv.reader(io.StringIO(text), delimiter=mark)
    for row in rows:
        if len(row) > wanted:
            return DataError(
                f"{named(path.name)}, line {rows.line_num:,}: got {counted(len(row), 'cell')}; expected {wanted} as in "
                f"the first line, cells separated by {quoted(mark)}; put a cell that holds {quoted(mark)} in quotes"
            )
    return None


def _check_header(path: Path, first: str, header: list[str]) -> None:
    cells = header if len(header) > 1 else first.split()
    if all(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell) for cell in cells if cell):
        places = range(1, len(cells) + 1)
        columns = (
            ",".join(f"column{place}" for place in places) if len(cells) < 10 else f"column1,...,column{len(cells)}"
        )
        raise DataError(
            f"the first line of {named(path.name)} holds data, {quoted(first)}; expected column names separated by "
            f"commas: add a first line such as {columns}"
        )
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise DataError(f"{named(path.name)} has several columns of one name: {listed(repeated)}; rename all but one")


def _decimal_points(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn decimal commas into points, where some number shows that a comma is not a thousands mark."""
    commas = []
    certain = False
    for column in frame.iter_columns():
        known = known_text(column).drop_nulls()
        numeric = known.cast(pl.Float64, strict=False).is_not_null() | known.str.contains(_DECIMAL_COMMA)
        if len(known) and numeric.all() and known.str.contains(",", literal=True).any():
            commas.append(column.name)
            certain |= not known.filter(known.str.contains(",")).str.contains(_THOUSANDS).all()
    return frame.with_columns(pl.col(commas).str.replace(",", ".", literal=True)) if certain else frame
