"""Workbooks written by hand, for tests: no library that writes them is needed."""

from __future__ import annotations

import datetime
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pathlib import Path

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
FIRST_DAY = datetime.datetime(1899, 12, 30)
"""Day 0 of Excel."""

Cells = list[list[object]]


def write_xlsx(path: Path, sheets: dict[str, Cells], merged: tuple[str, ...] = ()) -> Path:
    """A workbook; merged cells are of its first sheet."""
    with zipfile.ZipFile(path, "w") as book:
        numbers = range(1, len(sheets) + 1)
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATED}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        parts = "".join(
            f'<sheet name="{escape(n)}" sheetId="{i}" r:id="r{i}"/>' for i, n in zip(numbers, sheets, strict=True)
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{SHEET}" xmlns:r="{RELATED}"><sheets>{parts}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{RELATED}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in numbers
        )
        styles = f'<Relationship Id="s" Type="{RELATED}/styles" Target="styles.xml"/>'
        book.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{links}{styles}</Relationships>')
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{SHEET}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="14"/>'
            "</cellXfs></styleSheet>",
        )
        for number, cells in zip(numbers, sheets.values(), strict=True):
            rows = "".join(f'<row r="{r}">{_row(r, row)}</row>' for r, row in enumerate(cells, 1))
            merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged if number == 1)
            merges = f"<mergeCells>{merges}</mergeCells>" if merges else ""
            book.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>{merges}</worksheet>',
            )
    return path


def _row(number: int, row: list[object]) -> str:
    return "".join(_cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row) if value is not None)


def _cell(place: str, value: object) -> str:
    if isinstance(value, datetime.datetime):
        return f'<c r="{place}" s="1"><v>{(value - FIRST_DAY).total_seconds() / 86400!r}</v></c>'
    if isinstance(value, datetime.date):
        return f'<c r="{place}" s="2"><v>{(value - FIRST_DAY.date()).days}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def write_ods(path: Path, sheets: dict[str, Cells]) -> Path:
    """An OpenDocument spreadsheet."""
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    tables = ""
    for name, cells in sheets.items():
        rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in cells)
        tables += f'<table:table table:name="{escape(name)}">{rows}</table:table>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" '
            f'xmlns:text="{office}text:1.0"><office:body><office:spreadsheet>{tables}'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, datetime.date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value + 0!r}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'
