"""Workbooks: a sheet is written out as delimited text, whose reader knows titles, headers and totals."""

from __future__ import annotations

import csv
import importlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from gatewise.data.readers.delimited import Delimited
from gatewise.data.source import content, is_file
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import Table
    from gatewise.data.reading import Reading


class Excel:
    """Workbooks of Excel and of OpenDocument; formulas have the values that were saved with them."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
    reads = ".xlsx, .xls, .xlsb or .ods"

    def __init__(self, sheet: str | None = None) -> None:
        self.sheet = sheet

    def told(self, reading: Reading) -> Excel:
        """The reader of the sheet that was named."""
        return Excel(reading.sheet)

    def takes(self, source: object) -> bool:
        """A file of one of the endings."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> Table:
        """Read one sheet: the one that was named, or the only one with cells."""
        path = Path(source)
        content(path)  # for its messages on files that are empty or may not be read
        library = importlib.import_module("fastexcel")  # slow to start, and seldom needed
        try:
            book = library.read_excel(path)
            sheet, notes = self._chosen(path, book)
            rows = _rows(book, sheet)
        except library.FastExcelError as error:
            cause = str(error).partition("\n")[0]
            raise DataError(
                f"{named(path.name)} cannot be read as a workbook: {quoted(cause, 100)}; open it, take its password "
                "off if it has one, and save it as .xlsx or .csv"
            ) from error
        return _as_text(path, rows, notes)

    def _chosen(self, path: Path, book: Any) -> tuple[str, tuple[Told, ...]]:
        """The name of the sheet to read, and a note where there are others."""
        names = list(book.sheet_names)
        if self.sheet is not None:
            if self.sheet not in names:
                raise OptionError(f"--sheet {quoted(self.sheet)}: {named(path.name)} has no such sheet; {_have(names)}")
            return self.sheet, ()
        filled = [name for name in names if book.load_sheet(name, header_row=None).total_height > 1]
        shown = [name for name in filled if book.load_sheet(name, header_row=None).visible == "visible"] or filled
        if not filled:
            raise DataError(f"{named(path.name)} has no sheet with a line of column names and rows; {_have(names)}")
        if len(shown) > 1:
            raise OptionError(
                f"which sheet of {named(path.name)} is to be read? Name it with --sheet, for example --sheet "
                f"{quoted(shown[0])}; {_have(shown)}"
            )
        others = [name for name in names if name != shown[0]]
        return shown[0], (
            (Told("sheet {name} is read, not {names}", name=named(shown[0]), names=listed(others)),) if others else ()
        )


def _have(names: list[str]) -> str:
    return f"there are: {listed(names, 20)}"


def _rows(book: Any, sheet: str) -> list[list[str]]:
    """Every cell as text: dates in the form of ISO, numbers with all their digits."""
    as_text: pl.DataFrame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    if not as_text.width:
        return []
    rows = [["" if cell is None else " ".join(str(cell).split()) for cell in row] for row in as_text.rows()]
    for place, column in enumerate(_numbers(book, sheet, as_text)):
        for at, number in column.items():
            rows[at][place] = number
    for place in range(as_text.width):
        stamps = [row[place] for row in rows if row[place][10:11] == " " and row[place][4:5] == row[place][7:8] == "-"]
        if stamps and all(stamp.endswith(" 00:00:00") for stamp in stamps):
            for row in rows:
                row[place] = row[place].removesuffix(" 00:00:00")
    return rows


def _numbers(book: Any, sheet: str, as_text: pl.DataFrame) -> list[dict[int, str]]:
    """For each column the numbers in it by row, with all their digits; the library's text keeps nine."""
    exact: pl.DataFrame = book.load_sheet(sheet, header_row=None, dtypes="float").to_polars()
    found = []
    for text, numbers in zip(as_text.iter_columns(), exact.iter_columns(), strict=True):
        written = text.cast(pl.Float64, strict=False)
        short = written.is_not_null() & numbers.is_not_null() & (written != numbers)
        found.append({row: repr(numbers[row]) for row in short.fill_null(value=False).arg_true().to_list()})
    return found


def _as_text(path: Path, rows: list[list[str]], notes: tuple[Told, ...]) -> Table:
    """Read the rows as the reader of text does; lines of its messages are rows of the sheet."""
    with tempfile.TemporaryDirectory(prefix="gatewise-") as folder:
        written = Path(folder) / path.name
        with written.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(rows)
        found = Delimited().read(written)
    return found.having(found.frame, *notes)
