"""Text files as people have them: read as their well-formed twin, with a word on what was odd, or refused by line."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gatewise.data.columns import known_text, numbers
from gatewise.data.reading import Reading
from gatewise.data.table import read_table
from gatewise.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

DAYS = [f"2024-01-{day:02}" for day in range(1, 13)]
SOLD = [12, 15, 11, 1018, 9, 14, 1020, 17, 16, 10, 13, 18]
COST = [2.5, 2.75, 3, 2.25, 4.5, 3.5, 2.5, 2, 3.75, 4.25, 3.5, 2.75]


def table(mark: str = ",", *, head: str = "day,sold,cost", cost=str, sold=str, end: str = "") -> str:
    """The well-formed table with another mark and other ways of writing numbers."""
    rows = [[day, sold(one), cost(two)] for day, one, two in zip(DAYS, SOLD, COST, strict=True)]
    return "\n".join([head.replace(",", mark), *(mark.join(row) + end for row in rows)]) + "\n"


def comma(value: float) -> str:
    return str(value).replace(".", ",")


def dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def digits(value: int, zero: int) -> str:
    return "".join(chr(zero + int(digit)) for digit in str(value))


def between(text: str, line: int, *others: str) -> str:
    """The text with other lines before one of its lines, counted from 1."""
    lines = text.split("\n")
    return "\n".join([*lines[: line - 1], *others, *lines[line - 1 :]])


def quoted(text: str) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.split("\n")[:-1]) + "\n"


PLAIN = table()
KOREAN = table(head="날짜,판매량,가격")
ODD = {
    "semicolons": (table(";"), ""),
    "tabs": (table("\t"), ""),
    "bars": (table("|"), ""),
    "bars around": ("".join(f"| {line} |\n" for line in table(" | ").splitlines()), ""),
    "one blank": (table(" "), ""),
    "runs of blanks": (table("   ", end="  "), ""),
    "a tab file with commas in cells": (table("\t", cost=comma), "cost '2,5' is 2.5|decimal"),
    "sep=;": ("sep=;\n" + table(";"), ""),
    "sep=, in quotes": ('"sep=,"\n' + PLAIN, ""),
    "line ends of Windows": (PLAIN.replace("\n", "\r\n"), ""),
    "line ends of an old Mac": (PLAIN.replace("\n", "\r"), ""),
    "no end of the last line": (PLAIN[:-1], ""),
    "every cell in quotes": (quoted(PLAIN), ""),
    "marks at the end of every line": (table(end=",", head="day,sold,cost,"), ""),
    "marks at the end of every row": (table(end=","), ""),
    "a mark at the end of the header": (table(head="day,sold,cost,"), ""),
    "blanks behind the marks": (table(", "), ""),
    "a title": ("Sales of the north\n" + PLAIN, r"left out beside .* line 1 \('Sales of the north'\)"),
    "a title with marks": ("Sales of the north,,\n\n" + PLAIN, "line 1"),
    "words and values above": ("Station:,Berlin\nHeight:,48 m\n" + PLAIN, "line 2"),
    "comments above": ("# made by a logger\n# second line\n" + PLAIN, ""),
    "names in a comment": ("# day,sold,cost\n" + PLAIN.split("\n", 1)[1], ""),
    "comments inside": (between(PLAIN, 5, "# the pump stood still"), "1 comment line left out, the first is line 5"),
    "comments of MATLAB": ("% made by a logger\n" + PLAIN, ""),
    "units below": (between(PLAIN, 2, ",pcs,EUR"), r"line 2 \('pcs EUR'\)"),
    "units in brackets below": (between(PLAIN, 2, "[d],[1],[EUR/kg]"), "line 2"),
    "types below": (between(PLAIN, 2, "string,int64,float64"), "line 2"),
    "blank lines inside": (between(PLAIN, 6, "", ""), "2 blank lines left out, the first is line 6"),
    "rows of marks inside": (between(PLAIN, 6, ",,", ",,"), "left out, the first is line 6"),
    "names once more": (
        between(PLAIN, 8, "day,sold,cost"),
        "1 repeated header left out, the first is line 8",
    ),
    "blank lines at the end": (PLAIN + "\n\n\n", ""),
    "a total": (PLAIN + "Total,2173,37.25\n", "1 row of totals left out: 'Total' in line 14"),
    "a total in German": (PLAIN + "Summe:,2173,37.25\n", "'Summe:' in line 14"),
    "a total in Korean": (PLAIN + "합계,2173,37.25\n", "'합계' in line 14"),
    "mean and total": (PLAIN + "Mean,181,3\nGrand total,2173,37.25\n", "2 rows of totals left out"),
    "a total inside": (between(PLAIN, 8, "Total 2023,1065,15.5"), "'Total 2023' in line 8"),
    "decimal commas": (table(";", cost=comma), "cost '2,5' is 2.5|decimal comma"),
    "decimal commas, dots for thousands": (table(";", cost=comma, sold=dotted), "sold '1.018' is 1018"),
    "dots for thousands alone": (table(";", cost=lambda _: "7", sold=dotted), "sold '1.018' is 1018"),
    "commas for thousands": (
        quoted(PLAIN).replace('"1018"', '"1,018"').replace('"1020"', '"1,020"'),
        "'1,018' is 1018",
    ),
    "apostrophes for thousands": (table(sold=lambda value: f"{value:,}".replace(",", "'")), "is 1018"),
    "narrow blanks for thousands": (table(";", sold=lambda value: f"{value:,}".replace(",", "\u202f")), "is 1018"),
    "blanks for thousands": (table(";", sold=lambda value: f"{value:,}".replace(",", " ")), "'1 018' is 1018"),
    "a sign of money": (table(cost=lambda value: f"${value:.2f}"), r"cost '\$2.50' is 2.5"),
    "money behind": (table(";", cost=lambda value: f"{comma(value)} €"), "cost '2,5 €' is 2.5"),
    "per cent": (table(cost=lambda value: f"{value}%"), "cost '2.5%' is 2.5"),
    "a unit": (table(cost=lambda value: f"{value} km/h"), "cost '2.5 km/h' is 2.5"),
    "exponents of Fortran": (table(cost=lambda value: f"{value / 10}D+01"), r"is 2.5"),
    "wide digits": (table(sold=lambda value: str(value).translate({48 + k: 0xFF10 + k for k in range(10)})), "is 12"),
    "digits of Arabic": (
        table(sold=lambda value: str(value).translate({48 + k: 0x0660 + k for k in range(10)})),
        "is 12",
    ),
    "a mark of UTF-8": ("\ufeff" + PLAIN, ""),
    "UTF-16": (PLAIN.encode("utf-16"), ""),
    "UTF-16 without a mark": (PLAIN.encode("utf-16-le"), "read as UTF-16"),
    "packed": (gzip.compress(PLAIN.encode(), mtime=0), ""),
}


def read(folder: Path, text: str | bytes, name: str = "data.csv", **said):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, Reading(**{"target": "sold", **said}))


def cells(found) -> list[list[object]]:
    """The table's columns as numbers where they are, and as text."""
    read = [numbers(column) for column in found.frame.iter_columns()]
    pairs = zip(read, found.frame.iter_columns(), strict=True)
    return [one.values.tolist() if one.bad is None else known_text(column).to_list() for one, column in pairs]


@pytest.mark.parametrize("kind", ODD)
def test_odd_files_are_read_as_their_twins(tmp_path, kind):
    """Names and cells are those of the plain file; what was left out or understood is said."""
    text, note = ODD[kind]
    found, twin = read(tmp_path, text), read(tmp_path, PLAIN, "twin.csv")
    assert found.frame.columns == ["day", "sold", "cost"]
    expected = cells(twin)
    if "for thousands alone" in kind:
        expected[2] = [7.0] * len(DAYS)
    assert cells(found) == expected
    assert twin.notes == ()
    said = "\n".join(found.notes)
    if note:
        assert re.search(note, said), said
    else:
        assert said == ""


SHORT = between(PLAIN, 6, "2024-01-31,3")
REFUSED = {
    "a short row": (SHORT, "data.csv, line 6 is too short: got 2 cells; expected 3 as in line 1"),
    "a short row below blank lines": (between(SHORT, 3, "", ""), "line 8 is too short"),
    "a long row": (between(PLAIN, 6, "2024-01-31,3,4,5"), "line 6: got 4 cells; expected 3 as in line 1"),
    "one long, one short": (between(between(PLAIN, 9, "2024-01-31,3"), 6, "2024-01-30,3,4,5"), "line 6: got 4 cells"),
    "a short row in quotes": (between(quoted(PLAIN), 6, '"2024-01-31","3"'), "line 6 is too short"),
    "a short row of blanks": (between(table(" "), 6, "2024-01-31 3"), "line 6 is too short.*write NA"),
    "a name too few": (table(head="day,sold"), "line 2: got 3 cells; expected 2 as in line 1"),
    "a name too many": (table(head="day,shop,sold,cost"), "line 2 is too short: got 3 cells; expected 4"),
    "titles without names": ("Sales\n" + PLAIN.split("\n", 1)[1], "line 1 holds 'Sales' and line 2 3 cells of data"),
    "numbers as names": ("1,2,3\n4,5,6\n7,8,9\n", "line 1 holds '1, 2, 3', which may be names of columns or data"),
    "a quote without an end": (
        between(PLAIN, 6, '2024-01-31,"3,4'),
        "a quotation mark has no other one to close it, the first in the line 2024-01-31",
    ),
    "a hole in one column": ("sold\n1\n\n3\n", "line 3 is blank; .* missing value or nothing"),
    "comma and point in one column": (
        between(table(";", cost=comma), 6, "2024-01-31;3;4.5"),
        r"written in two ways: '4.5' with a decimal point \(cost, line 6\) and '2,5' .*--decimal",
    ),
    "comma and point in two columns": (table(";", cost=comma, sold=lambda value: f"{value}.5"), "written in two ways"),
    "a comma that parts or not": (table(";", sold=lambda value: f"{value},125"), "two ways"),
    "a point that parts or not": (
        "day;sold\n" + "".join(f"{day};{sold}\n" for day, sold in zip(DAYS, ["1.125", "998"] * 6, strict=True)),
        r"target sold can be read in two ways: '1.125' \(line 2\) may be 1.125 or 1125.*--decimal",
    ),
    "points that part or not beside semicolons": (
        "day;sold\n" + "".join(f"{day};1.{100 + k}\n" for k, day in enumerate(DAYS)),
        r"'1.100' \(line 2\) may be 1.1 or 1100",
    ),
    "a table of another width above": (
        "a,b\n" + "1,2\n" * 20 + "a,b,c,d\n" + "1,2.5,3,4\n" * 90,
        r"20 lines such as 2 \(2 cells\) have another number of cells than line 23 \(4\)",
    ),
    "several columns of one name": (table(head="day,sold,sold"), "several columns of one name: sold"),
    "comments alone": ("# nothing\n# here\n", "holds comments alone"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_doubtful_files_are_refused_by_line(tmp_path, kind):
    """The message names the line and what to type or do; the twin is read."""
    text, message = REFUSED[kind]
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)
    assert read(tmp_path, PLAIN, "twin.csv").frame.height == len(DAYS)


def test_a_missing_header_is_said(tmp_path):
    """Columns without names are called by their place."""
    found = read(tmp_path, PLAIN.split("\n", 1)[1], target="column 2")
    assert found.frame.columns == ["column 1", "column 2", "column 3"]
    assert found.notes == ("no line of column names: line 1 holds data; the columns are called column 1 to column 3",)
    assert found.frame.height == len(DAYS)


@pytest.mark.parametrize("head", ["country,1960,1961,1962", "day,0,1,2", ",2020,2021,2022"])
def test_numbers_may_be_names(tmp_path, head):
    """Years, and a count from 0, are names where a word or an index stands beside them."""
    rows = "".join(f"row {k},{k}.5,{k + 3}.25,{k + 1}.5\n" for k in range(5))
    assert read(tmp_path, f"{head}\n{rows}", target="2020").frame.shape == (5, 4)


def test_names_on_two_levels_are_joined(tmp_path):
    """An upper name holds until the next."""
    rows = "".join(f"{day},1.5,2,3.5,4\n" for day in DAYS)
    found = read(tmp_path, f",north,,south,\nday,sold,cost,sold,cost\n{rows}", target="north sold")
    assert found.frame.columns == ["day", "north sold", "north cost", "south sold", "south cost"]


@pytest.mark.parametrize(
    ("decimal", "expected"), [(".", [1.125, 998.0, 2.25]), (",", [1125.0, 998.0, np.nan])], ids=["point", "comma"]
)
def test_the_decimal_mark_is_said(tmp_path, decimal, expected):
    """With --decimal both readings of a point can be had; a number of the other form is none."""
    found = read(tmp_path, "k;sold\n1;1.125\n2;998\n" + ("3;2.25\n" if decimal == "." else "3;\n"), decimal=decimal)
    np.testing.assert_array_equal(numbers(found.frame["sold"]).values, expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12.5", "(3.5)", "1"], [12.5, -3.5, 1]),
        (["12.5", "3.5-", "1"], [12.5, -3.5, 1]),
        (["12.5", "\u22123.5", "1"], [12.5, -3.5, 1]),
        (["$1,234.50", "-$3", "$0.25"], [1234.5, -3, 0.25]),
        (["12,34,567.5", "1,00,000", "7"], [1234567.5, 100000, 7]),
        (["1.234.567", "12", "1.000"], [1234567, 12, 1000]),
        (["1.5K", "2M", "300"], [1500, 2e6, 300]),
        (["1.5e3", "2E-1", "3d0"], [1500, 0.2, 3]),
        (["CHF 1'234.50", "CHF 2", "CHF 3"], [1234.5, 2, 3]),
        (["#DIV/0!", "1.5", "#N/A"], [np.nan, 1.5, np.nan]),
        (["-", "1.5", "n.a."], [np.nan, 1.5, np.nan]),
    ],
)
def test_numbers_of_many_forms(tmp_path, cells, expected):
    """A column is read as a whole."""
    found = read(tmp_path, "k;sold\n" + "".join(f"{k};{cell}\n" for k, cell in enumerate(cells)))
    np.testing.assert_array_equal(numbers(found.frame["sold"]).values, expected)


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "012", "100"],
        ["5 min", "7 min", "9 min"],
        ["2024년", "2025년", "2026년"],
        ["2024.9", "2024.10", "2024.11"],
        ["09.2024", "10.2024", "11.2024"],
        ["09.30", "09.45", "10.00"],
    ],
)
def test_codes_and_times_stay_text(tmp_path, cells):
    """What may be a code or a time is not made a number."""
    found = read(tmp_path, "k,sold,other\n" + "".join(f"{k},{k}.5,{cell}\n" for k, cell in enumerate(cells)))
    assert found.frame["other"].to_list() == cells


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("cp949", "read as Korean"), ("utf-16-be", "read as UTF-16")],
)
def test_korean_files(tmp_path, encoding, note):
    """Every encoding that Korean files come in is read; one that was guessed is said."""
    found = read(tmp_path, KOREAN.encode(encoding), target="판매량")
    assert found.frame.columns == ["날짜", "판매량", "가격"]
    assert len(found.notes) == bool(note)
    assert all(note in said for said in found.notes)


def test_western_files(tmp_path):
    """Latin-1 is not taken for Korean, and the sign of the euro is read."""
    found = read(tmp_path, table(head="Tag,Größe °C,Preis €").encode("cp1252"), target="Größe °C")
    assert found.frame.columns == ["Tag", "Größe °C", "Preis €"]
    assert "read as Western European" in found.notes[0]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    """A row is named by its line, with blank lines, comments and cells of several lines before it."""
    text = between(PLAIN, 5, "", "# a comment").replace("2024-01-06,14,3.5", '"2024-01-06\n",14,3.5')
    found = read(tmp_path, text)
    assert [found.line(row) for row in range(12)] == [2, 3, 4, 7, 8, 9, *range(11, 17)]


def test_a_later_cell_changes_the_kind_of_its_column(tmp_path):
    """What the first rows do not show is read no less: decimals, a word, a missing mark, a number of other form."""
    rows = [f"{k},{k},{k},{k % 7}.5" for k in range(3000)]
    rows[2900:2903] = ["2900,2900.25,off,?", "2901,n.a.,7,3.5", "2902,2902,8,1e3"]
    frame = read(tmp_path, "k,sold,state,x\n" + "\n".join(rows)).frame
    assert frame["sold"][2899:2903].to_list() == [2899.0, 2900.25, None, 2902.0]
    assert frame["state"][2899:2901].to_list() == ["2899", "off"]
    assert frame["x"][2899:2903].to_list() == [1.5, None, 3.5, 1000.0]


def test_marks_inside_of_cells_do_no_harm(tmp_path):
    """A quotation mark in the middle of a cell is a letter; one without another is refused with its line."""
    rows = "".join(f'{day},a 5" pipe,{sold}\n' for day, sold in zip(DAYS, SOLD, strict=True))
    found = read(tmp_path, f"day,size,sold\n{rows}")
    assert found.frame["size"].to_list() == ['a 5" pipe'] * 12
    assert found.frame["sold"].to_list() == SOLD
    with pytest.raises(DataError, match='no other one to close it, the first in the line 2024-01-01,a 5" pipe,12'):
        read(tmp_path, f"day,size,sold\n{rows[:24]}{PLAIN}")


@pytest.mark.parametrize(("decimal", "cost"), [(",", str), (".", comma)], ids=["comma", "point"])
def test_a_decimal_mark_that_the_file_contradicts(tmp_path, decimal, cost):
    """The target is refused with the line; another column is left out with a note."""
    text = table(";", cost=cost)
    with pytest.raises(DataError, match=r"--decimal .: the target cost holds '2.5' \(line 2\).*type --decimal"):
        read(tmp_path, text, target="cost", decimal=decimal)
    found = read(tmp_path, text, decimal=decimal)
    assert found.frame.columns == ["day", "sold"]
    assert "left out, numbers with a decimal" in found.notes[-1]


def test_a_total_without_a_label_is_told(tmp_path):
    """The last row is the sum of all others; the twin's is not."""
    text = "sold,cost\n" + "".join(f"{sold},{cost}\n" for sold, cost in zip(SOLD, COST, strict=True))
    found = read(tmp_path, f"{text}{sum(SOLD)},{sum(COST)}\n")
    assert found.notes == ("line 14, the last row, holds the sum of all rows above in sold, cost",)
    assert read(tmp_path, text, "twin.csv").notes == ()


def test_text_in_memory_is_read_by_one_decimal_mark_too():
    """A column of text with points is thousands beside decimal commas; plain numbers as text stay as they are."""
    german = read_table({"sold": ["1.002", "998", "1.011"], "cost": ["2,5", "3", "2,25"]}, Reading(target="sold"))
    assert german.frame.to_dict(as_series=False) == {"sold": [1002, 998, 1011], "cost": [2.5, 3.0, 2.25]}
    named = read_table({"shop": ["1", "2", "3"], "sold": [1.5, 2.5, 3.0]}, Reading(target="sold"))
    assert named.frame["shop"].to_list() == ["1", "2", "3"]
