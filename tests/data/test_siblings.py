"""Tables of kinds that were once misread: each is read as it was meant, or asked about, and said to be so."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gatewise.data.ahead import steps_ahead
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MONDAY = datetime(2023, 1, 2)


def wave(row: int, season: int = 7) -> str:
    """The value of a row: a season and something of its own."""
    return f"{50 + 10 * math.sin(2 * math.pi * row / season) + (row * 7919 % 101) / 50:.2f}"


def days(count: int, form: str) -> list[str]:
    return [f"{(MONDAY + timedelta(days=row)).strftime(form)},{wave(row)}" for row in range(count)]


def weeks(count: int) -> list[str]:
    dates = [(MONDAY + timedelta(weeks=row)).isocalendar() for row in range(count)]
    return [f"{date[0]}{date[1]:02},{wave(row, 52)}" for row, date in enumerate(dates)]


def last_friday(month: int) -> str:
    """The last Friday of a month, counted from January 2010."""
    day = datetime(2010 + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return f"{day - timedelta(days=(day.weekday() - 4) % 7):%Y-%m-%d}"


READ: dict[str, tuple[list[str], str, str]] = {
    "an index t1, t2": (["t,y", *(f"t{row},{wave(row)}" for row in range(1, 160))], "step 1", "t160"),
    "weeks 202352": (["week,y", *weeks(200)], "step 1 week", "202645"),
    "days 2023365": (["date,y", *days(500, "%Y%j")], "step 1 day", "2024137"),
    "days 231231": (["date,y", *days(500, "%y%m%d")], "step 1 day", "240516"),
    "a weekday before a date": (
        ["Datum;y", *(line.replace(",", ";").replace("|", ", ") for line in days(90, "%a|%d.%m.%Y"))],
        "step 1 day",
        "Sun, 02.04.2023",
    ),
    "hours that end": (
        [
            "OPR_DATE,HE,y",
            *(f"{MONDAY + timedelta(days=k // 24):%m/%d/%Y},{k % 24 + 1:02},{wave(k, 24)}" for k in range(720)),
        ],
        "step 1 hour",
        "2023-02-01 01:00:00",
    ),
    "settlement periods": (
        [
            "day,SettlementPeriod,y",
            *(f"{MONDAY + timedelta(days=k // 48):%Y-%m-%d},{k % 48 + 1},{wave(k, 48)}" for k in range(960)),
        ],
        "step 30 minutes",
        "2023-01-22 00:00:00",
    ),
    "a.m. and p.m.": (
        [
            "date,y",
            *(
                f"{MONDAY + timedelta(hours=k):%d/%m/%Y %I:%M} {'a' if k % 24 < 12 else 'p'}.m.,{wave(k, 24)}"
                for k in range(492)
            ),
        ],
        "step 1 hour",
        "22/01/2023 12:00 p.m.",
    ),
    "the last Friday of a month": (
        ["date,y", *(f"{last_friday(row)},{wave(row, 12)}" for row in range(120))],
        "step 1 month, at its last Friday",
        "2020-01-31",
    ),
    "an identifier beside dates": (
        ["id,date,y", *(f"{9000 + 3 * row + row % 2},{line}" for row, line in enumerate(days(200, "%Y-%m-%d")))],
        "note: left out, an identifier that rises in every row: id",
        "2023-07-21",
    ),
}


@pytest.mark.parametrize("kind", READ)
def test_is_read_as_meant(tmp_path: Path, kind: str) -> None:
    """The step, or what was left out, is said, and the next stamp is written as those of the file."""
    lines, said, after = READ[kind]
    found = read(tmp_path, lines, target="y")
    assert isinstance(found, Series)
    assert said in "\n".join([*found.describe(), *(f"note: {note}" for note in found.notes)])
    assert str(steps_ahead(found, found.timeline.starts[1:], 1)[0][0]) == after


CELLS = 6
SENSORS = [
    f"{MONDAY + timedelta(minutes=10 * step, seconds=2 * sensor)},S{sensor},{wave(step)}"
    for step in range(40)
    for sensor in range(5)
]
ACROSS = ",".join(f"t{step}" for step in range(60))
SEQUENCES = [",".join(wave(step + row) for step in range(60)) for row in range(90)]
ASKED: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "cells without a name": (
        ["voltage,heat,y", *(f"{4 - k / 150:.4f},{20 + k / 20},{wave(k)}" for _ in range(CELLS) for k in range(120))],
        {"target": "y"},
        r"voltage goes one way and begins anew in row 121, 5 times.*like 6 series.*--series COLUMN",
    ),
    "a clock of seconds that begins anew": (
        ["Time,y", *(f"{10 * k + 0.37 * (k % 3):.2f},{wave(k)}" for _ in range(CELLS) for k in range(100))],
        {"target": "y"},
        r"Time begins anew in row 101.*like 6 series",
    ),
    "periods of four weeks": (
        ["period,y", *(f"{2000 + k // 13}{k % 13 + 1:02},{wave(k, 13)}" for k in range(150))],
        {"target": "y"},
        r"leap from 200013 to 200101: they may be a year and",
    ),
    "months of 4, 4 and 5 weeks": (
        [
            "date,y",
            *(f"{MONDAY + timedelta(weeks=13 * (k // 3) + 4 * (k % 3)):%Y-%m-%d},{wave(k, 12)}" for k in range(100)),
        ],
        {"target": "y"},
        r"keep no step in time.*--every STEP.*--gaps keep",
    ),
    "sensors in turn": (["time,sensor,y", *SENSORS], {"target": "y"}, r"S0, S1.*take turns.*--series sensor --every"),
    "a column that rises": (
        ["odometer,y", *(f"{30 * k + k % 7},{wave(k)}" for k in range(99))],
        {"target": "y"},
        r"odometer rises from row to row.*--time none",
    ),
    "a column that falls": (
        ["stock,y", *(f"{9000 - 30 * k - k % 7},{wave(k)}" for k in range(99))],
        {"target": "y"},
        r"stock falls.*the newest row may stand first.*--time none",
    ),
    "text that rises": (
        ["season,y", *(f"{1900 + k}/{(k + 1) % 100:02},{wave(k)}" for k in range(99))],
        {"target": "y"},
        r"season rises from row to row.*write dates in it",
    ),
    "a numbered series a row": (
        [f"series,{ACROSS}", *(f"{row},{line}" for row, line in enumerate(SEQUENCES))],
        {"target": "t59"},
        r"numbered through, t0 to t59.*--layout rows",
    ),
    "a year a row": (
        ["Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"]
        + [f"{1880 + k}," + ",".join(wave(12 * k + month, 12) for month in range(12)) for k in range(99)],
        {"target": "Jan"},
        r"columns are months, Jan to Dec.*Make a row of each month",
    ),
    "labelled sequences with names": (
        [f"label,{ACROSS}", *(f"{row % 3},{line}" for row, line in enumerate(SEQUENCES))],
        {},
        r"label has 3 values in 90 rows: each row looks like a labelled sequence.*--layout ucr",
    ),
    "a label as the target": (
        [f"{ACROSS},class", *(f"{line},{row % 2}" for row, line in enumerate(SEQUENCES))],
        {"target": "class"},
        r"each row looks like a labelled sequence",
    ),
}


@pytest.mark.parametrize("kind", ASKED)
def test_is_asked_about(tmp_path: Path, kind: str) -> None:
    """Where two readings are possible the message names the cause and what to type."""
    lines, options, message = ASKED[kind]
    with pytest.raises(InputError, match=message):
        read(tmp_path, lines, **options)


def test_labelled_sequences_with_names_are_read_when_said(tmp_path: Path) -> None:
    """With --layout ucr a line of names is none of the sequences."""
    lines = [f"label,{ACROSS}", *(f"{row % 3},{line}" for row, line in enumerate(SEQUENCES))]
    found = read(tmp_path, lines, layout="ucr")
    assert not isinstance(found, Series)
    assert (found.values.shape, found.classes) == ((90, 60, 1), ("0", "1", "2"))


def read(folder: Path, lines: list[str], **options: Any) -> Any:
    """The table of these lines, read."""
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return look(path, Reading(**options))
