"""One series in many dresses: its values, seasons and forecast dates are those of the plain file, or it is refused."""

from __future__ import annotations

import codecs
import gzip
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewise.data.ahead import steps_ahead
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.zones import wall_clock
from gatewise.errors import InputError

EVEN = {
    "1 s": 1, "15 s": 15, "1 min": 60, "5 min": 300, "10 min": 600, "20 min": 1200, "30 min": 1800, "1 h": 3600,
    "3 h": 10800, "6 h": 21600, "12 h": 43200, "1 d": 86400, "2 d": 172800, "1 w": 604800, "4 w": 2419200,
}  # fmt: skip
UNEVEN = ("months", "month ends", "quarters", "quarter ends", "business days", "office hours")
LAST = datetime(2059, 12, 31)
"""Counts of seconds are read as times up to here."""
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _months(start: datetime, rows: int, step: int, *, end: bool) -> list[datetime]:
    """First or last days of months."""
    first = start.year * 12 + start.month - 1
    found = []
    for number in range(rows):
        year, month = divmod(first + number * step + end, 12)
        found.append(datetime(year, month + 1, 1) - timedelta(days=end))
    return found


def stamps_of(step: str, start: datetime, rows: int) -> list[datetime]:
    """``rows`` stamps of a calendar."""
    if step in EVEN:
        begin = start if EVEN[step] < 86400 else start.replace(hour=0)
        return [begin + timedelta(seconds=EVEN[step] * number) for number in range(rows)]
    if step in ("months", "month ends"):
        return _months(start, rows, 1, end=step == "month ends")
    if step in ("quarters", "quarter ends"):
        return _months(start.replace(month=1 if step == "quarters" else 3), rows, 3, end=step == "quarter ends")
    hours = range(9, 17) if step == "office hours" else range(1)
    found, day = [], start.replace(hour=0)
    while len(found) < rows:
        found += [day.replace(hour=hour) for hour in hours] if day.weekday() < 5 else []
        day += timedelta(days=1)
    return found[:rows]


FORMS = {
    "iso": lambda t: f"{t:%Y-%m-%d %H:%M:%S}",
    "iso with T": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}",
    "iso to microseconds": lambda t: f"{t:%Y-%m-%d %H:%M:%S}.000000",
    "slashes, year first": lambda t: f"{t:%Y/%m/%d %H:%M:%S}",
    "dots": lambda t: f"{t:%d.%m.%Y %H:%M:%S}",
    "day first": lambda t: f"{t:%d/%m/%Y %H:%M:%S}",
    "month first": lambda t: f"{t:%m/%d/%Y %I:%M:%S %p}",
    "two digits": lambda t: f"{t:%d/%m/%y %H:%M:%S}",
    "no zeros": lambda t: f"{t.month}/{t.day}/{t.year} {t.hour}:{t:%M:%S}",
    "month names": lambda t: f"{MONTHS[t.month - 1]} {t.day}, {t.year} {t:%H:%M:%S}",
    "names between": lambda t: f"{t.day:02}-{MONTHS[t.month - 1]}-{t.year} {t:%H:%M:%S}",
    "korean": lambda t: (
        f"{t.year}년 {t.month}월 {t.day}일 {'오전' if t.hour < 12 else '오후'} {(t.hour + 11) % 12 + 1}:{t:%M:%S}"
    ),
    "compact": lambda t: f"{t:%Y%m%d%H%M%S}",
    "seconds": lambda t: str(int(t.replace(tzinfo=UTC).timestamp())),
    "milliseconds": lambda t: str(int(t.replace(tzinfo=UTC).timestamp()) * 1000),
}
DAYS = {
    "iso": lambda t: f"{t:%Y-%m-%d}",
    "slashes, year first": lambda t: f"{t:%Y/%m/%d}",
    "dots": lambda t: f"{t:%d.%m.%Y}",
    "day first": lambda t: f"{t:%d/%m/%Y}",
    "month first": lambda t: f"{t:%m/%d/%Y}",
    "two digits": lambda t: f"{t:%d/%m/%y}",
    "no zeros": lambda t: f"{t.month}/{t.day}/{t.year}",
    "month names": lambda t: f"{MONTHS[t.month - 1]} {t.day}, {t.year}",
    "names between": lambda t: f"{t.day:02}-{MONTHS[t.month - 1]}-{t.year}",
    "korean": lambda t: f"{t.year}년 {t.month}월 {t.day}일",
    "compact": lambda t: f"{t:%Y%m%d}",
}
"""Forms of stamps at midnight, where the clock may be left out."""

ORDER_SAID = {"day first": "dmy", "two digits": "dmy", "month first": "mdy", "no zeros": "mdy"}
ZONED = ("iso", "iso with T")


@dataclass(frozen=True)
class Dress:
    """How a series is written down.

    Attributes:
        form: Form of the stamps.
        said: Whether the order of day and month is said.
        zone: What stands behind each stamp, where the form takes a zone.
        order: Order of the rows: 1 oldest first, -1 newest first, otherwise a seed of a shuffle.
        separator: Between cells.
        comma: Whether numbers have a decimal comma.
        thousands: Mark of thousands; none where empty.
        head: Lines above the names.
        units: Whether a line of units stands below the names.
        encoding: Of the text.
        ends: Of lines.
        quoted: Whether all cells are quoted.
        time_last: Whether the time is the last column.
        split: Whether day and clock stand in two columns.
        name: Of the column of times.
        row_number: Whether an index without a name stands in front.
        packed: Whether the file is packed.
        blank: Whether blank lines stand at the end.
    """

    form: str = "iso"
    name: str = "when"
    said: bool = True
    zone: str = ""
    order: int = 1
    separator: str = ","
    comma: bool = False
    thousands: str = ""
    head: tuple[str, ...] = ()
    units: bool = False
    encoding: str = "utf-8"
    ends: str = "\n"
    quoted: bool = False
    time_last: bool = False
    split: bool = False
    row_number: bool = False
    packed: bool = False
    blank: bool = False


PLAIN = Dress()


@dataclass(frozen=True)
class Calendar:
    """A series to be dressed.

    Attributes:
        step: Name of the calendar.
        start: Its first day and hour.
        rows: Rows before gaps.
        gaps: Numbers of rows left out.
        seed: Of the values.
    """

    step: str
    start: datetime
    rows: int
    gaps: tuple[int, ...] = ()
    seed: int = 0
    scale: float = 30.0

    def table(self) -> tuple[list[datetime], np.ndarray]:
        """Stamps and two columns of values."""
        stamps = [t for t in stamps_of(self.step, self.start, self.rows) if t < LAST]
        rng = np.random.default_rng(self.seed)
        t = np.arange(len(stamps))
        target = self.scale * (3 + np.sin(2 * np.pi * t / 24) + 0.2 * rng.normal(size=len(t)))
        values = np.round(np.stack([target, 20 + 5 * rng.normal(size=len(t))], 1), 3)
        kept = np.setdiff1d(t, np.array(self.gaps, dtype=int))
        return [stamps[row] for row in kept], values[kept]


def _number(value: float, dress: Dress) -> str:
    text = f"{value:,.3f}" if dress.thousands else f"{value:.3f}"
    mark = "," if dress.comma else "."
    return text.replace(",", "\0").replace(".", mark).replace("\0", dress.thousands)


def cells_of(stamps: list[datetime], values: np.ndarray, dress: Dress) -> list[list[str]]:
    """The table as text cells, names first."""
    midnight = all(t.time() == datetime.min.time() for t in stamps)
    form = (DAYS if midnight and not dress.zone else FORMS).get(dress.form, FORMS[dress.form])
    order = np.arange(len(stamps))
    if dress.order == -1:
        order = order[::-1]
    elif dress.order != 1:
        order = np.random.default_rng(dress.order).permutation(order)
    names, rows = [dress.name], [[form(stamps[row]) + (dress.zone if dress.form in ZONED else "")] for row in order]
    if dress.split and dress.form in ("iso", "dots", "day first") and not midnight:
        names, rows = ["date", "clock"], [cells[0].split(" ") for cells in rows]
    units = [""] * len(names)
    numbers = [[_number(value, dress) for value in values[row]] for row in order]
    if dress.time_last:
        names, units = ["load", "temp", *names], ["kW", "°C", *units]
        rows = [[*right, *left] for left, right in zip(rows, numbers, strict=True)]
    else:
        names, units = [*names, "load", "temp"], [*units, "kW", "°C"]
        rows = [[*left, *right] for left, right in zip(rows, numbers, strict=True)]
    table = [names, *([units] if dress.units else []), *rows]
    if dress.row_number:
        skip = 2 if dress.units else 1
        table = [["" if i < skip else str(i - skip), *cells] for i, cells in enumerate(table)]
    return table


def written(calendar: Calendar, dress: Dress, path) -> None:
    """Write a series down."""
    stamps, values = calendar.table()
    quote = lambda cell: f'"{cell}"' if dress.quoted or dress.separator in cell else cell  # noqa: E731
    lines = [dress.separator.join(map(quote, cells)) for cells in cells_of(stamps, values, dress)]
    text = dress.ends.join([*dress.head, *lines, *([""] * (3 if dress.blank else 1))])
    raw = (codecs.BOM_UTF8 if dress.encoding == "utf-8-sig" else b"") + text.encode(
        "utf-8" if dress.encoding == "utf-8-sig" else dress.encoding
    )
    path.write_bytes(gzip.compress(raw) if dress.packed else raw)


starts = st.datetimes(datetime(1991, 1, 1), datetime(2028, 1, 1)).map(
    lambda t: t.replace(minute=0, second=0, microsecond=0)
)


@st.composite
def calendars(draw) -> Calendar:
    """Calendars with and without gaps."""
    step = draw(st.sampled_from([*EVEN, *UNEVEN]))
    rows = draw(st.integers(40, 300))
    kind = draw(st.sampled_from(["none", "none", "few", "outage", "long"]))
    at = draw(st.integers(5, rows - 6))
    gaps = {
        "none": [],
        "few": draw(st.lists(st.integers(1, rows - 2), max_size=rows // 25)),
        "outage": list(range(at, min(at + rows // 20, rows - 2))),
        "long": list(range(at, min(at + rows // 3, rows - 5))),
    }[kind]
    scale = draw(st.sampled_from([0.5, 30.0, 800.0]))
    return Calendar(step, draw(starts), rows, tuple(sorted(set(gaps))), draw(st.integers(0, 99)), scale)


@st.composite
def dresses(draw) -> Dress:
    """Dresses that a table may come in."""
    comma = draw(st.booleans())
    separator = draw(st.sampled_from(";\t|" if comma else ",;\t|"))
    return Dress(
        form=draw(st.sampled_from(sorted(FORMS))),
        name=draw(st.sampled_from(["when", "Date", "timestamp", "ds", "Zeit", "Month end"])),
        said=draw(st.booleans()),
        zone=draw(st.sampled_from(["", "", "Z", "+01:00", "-0330", " UTC", "+00:00"])),
        order=draw(st.sampled_from([1, 1, -1, 7])),
        separator=separator,
        comma=comma,
        thousands=draw(st.sampled_from(["", "", "." if comma else ",", " "])),
        head=draw(st.sampled_from([(), (), ("# exported by hand",), ("Report of the plant",), (f"sep={separator}",)])),
        units=draw(st.booleans()),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"])),
        ends=draw(st.sampled_from(["\n", "\r\n"])),
        quoted=draw(st.booleans()),
        time_last=draw(st.booleans()),
        split=draw(st.booleans()),
        row_number=draw(st.sampled_from([False, False, True])),
        packed=draw(st.booleans()),
        blank=draw(st.booleans()),
    )  # fmt: skip


def ahead(series) -> np.ndarray:
    """The five steps after the last."""
    number, _ = series.calendar.numbers(series.stamps[-1:])
    return series.calendar.stamps(number + np.arange(1, 6))


def check(calendar: Calendar, dress: Dress, folder) -> str:
    """Read both, compare; what became of it."""
    plain, dressed = folder / "plain.csv", folder / ("dressed.csv.gz" if dress.packed else "dressed.csv")
    written(calendar, PLAIN, plain)
    written(calendar, dress, dressed)
    try:
        expected = look(plain, Reading(target="load"))
    except InputError as error:
        return f"plain refused: {error}"
    said = ORDER_SAID.get(dress.form) if dress.said else None
    try:
        got = look(dressed, Reading(target="load", dates=said))
    except InputError as error:
        return f"refused: {error}"
    at = [got.features.index(name) for name in expected.features]
    assert set(got.features) == set(expected.features), (got.features, got.notes)
    assert got.stamps is not None
    np.testing.assert_array_equal(got.stamps, expected.stamps, str(got.notes))
    np.testing.assert_array_equal(got.values[:, at], expected.values)
    np.testing.assert_array_equal(got.timeline.steps, expected.timeline.steps)
    assert got.seasons == expected.seasons
    np.testing.assert_array_equal(ahead(got), ahead(expected))
    _check_written(calendar, dress, got, expected)
    return "read"


def _check_written(calendar: Calendar, dress: Dress, got, expected) -> None:
    """The forecast dates, written in the table's own form, are read as these very dates."""
    column = steps_ahead(got, np.array([len(got.values)]), 5)[-1]
    if column.dtype.is_temporal():
        np.testing.assert_array_equal(column.to_numpy().astype("datetime64[us]"), ahead(expected))
        return
    stamps = [datetime.fromisoformat(str(t)[:19]) for t in ahead(expected)]
    iso = [str(FORMS["iso"](t)) for t in stamps]
    midnight = all(t.time() == datetime.min.time() for t in [*calendar.table()[0]])
    form = (DAYS if midnight and not dress.zone else FORMS).get(dress.form, FORMS[dress.form])
    own = [form(t) + (dress.zone if dress.form in ZONED else "") for t in stamps]
    shown = [str(cell) for cell in column]
    plain = [text.replace("T", " ") for text in shown]
    assert shown == own or plain == iso or plain == [text[:10] for text in iso], (shown, own)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calendar=calendars(), dress=dresses())
def test_a_series_is_the_same_in_any_dress(calendar, dress, tmp_path):
    """What is read is what the plain file says; what could be read in two ways may be refused."""
    check(calendar, dress, tmp_path)


# --------------------------------------------------------------------------------------------------
# Zones: a series of instants, its stamps what a clock on the wall shows

PLACES = ("Europe/Berlin", "America/New_York", "Asia/Seoul", "+05:30")
CHANGES = {
    "Europe/Berlin": (datetime(2024, 3, 31, 1), datetime(2024, 10, 27, 1), datetime(2021, 3, 28, 1)),
    "America/New_York": (datetime(2024, 3, 10, 7), datetime(2024, 11, 3, 6), datetime(2022, 11, 6, 6)),
    "Asia/Seoul": (datetime(2024, 3, 31, 1),),
    "+05:30": (datetime(2024, 10, 27, 1),),
}
"""Instants at which the hour is missing or comes twice; where clocks are never changed, any instant."""

WAYS = {
    "said": lambda _, wall: "",
    "offset": lambda place, wall: _offset(place, wall),
    "offset and name": lambda place, wall: _offset(place, wall) + (f"[{place}]" if "/" in place else ""),
    "name": lambda place, wall: f" {place}",
    "letters": lambda place, wall: f" {wall:%Z}" if "/" in place else _offset(place, wall),
}
"""What stands behind a clock, by the way a zone is told; ``said`` is ``--zone``."""


def _offset(place: str, wall: datetime) -> str:
    return f"{wall:%z}"[:3] + ":" + f"{wall:%z}"[3:]


def _at(place: str, instant: datetime) -> datetime:
    """An instant in a place, with its zone."""
    there = timedelta(hours=5, minutes=30)
    zone = ZoneInfo(place) if "/" in place else timezone(there)
    return instant.replace(tzinfo=UTC).astimezone(zone)


@st.composite
def nights(draw) -> tuple[Calendar, str]:
    """A calendar past an hour that is missing or comes twice, or ending shortly before it, and its place."""
    place = draw(st.sampled_from(PLACES))
    step = draw(st.sampled_from(["5 min", "10 min", "20 min", "30 min", "1 h", "3 h", "6 h", "12 h"]))
    rows = draw(st.integers(40, 300))
    behind = draw(st.sampled_from([3, rows // 2, rows - 2, rows + 1, rows + 3]))
    change = draw(st.sampled_from(CHANGES[place]))
    start = change - behind * timedelta(seconds=EVEN[step])
    hour = 3600 // EVEN[step]
    apart = [row for row in range(1, rows - 1) if abs(row - behind) > 2 * hour + 1]
    gaps = draw(st.lists(st.sampled_from(apart), max_size=rows // 30)) if apart else []
    return Calendar(step, start, rows, tuple(sorted(set(gaps))), draw(st.integers(0, 99))), place


def check_zone(calendar: Calendar, place: str, way: str, dress: Dress, folder) -> str:
    """Read the instants in UTC and the clocks of a place, compare; what became of it."""
    plain, dressed = folder / "plain.csv", folder / "dressed.csv"
    written(calendar, replace(PLAIN, zone="Z"), plain)
    stamps, values = calendar.table()
    form = FORMS[dress.form]
    walls = [_at(place, stamp) for stamp in stamps]
    cells = [[form(wall) + WAYS[way](place, wall), *map(str, row)] for wall, row in zip(walls, values, strict=True)]
    order = np.arange(len(cells))[:: dress.order] if abs(dress.order) == 1 else _shuffled(len(cells), dress.order)
    dressed.write_text("\n".join(";".join(row) for row in [["when", "load", "temp"], *(cells[at] for at in order)]))
    expected = look(plain, Reading(target="load"))
    reading = Reading(target="load", zone=place if way == "said" else None, dates=ORDER_SAID.get(dress.form))
    try:
        got = look(dressed, reading)
    except InputError as error:
        return f"refused: {error}"
    assert got.stamps is not None
    np.testing.assert_array_equal(_instants(got.stamps, got.writing.zone, place), expected.stamps, str(got.notes))
    np.testing.assert_array_equal(got.values, expected.values)
    np.testing.assert_array_equal(got.timeline.steps, expected.timeline.steps)
    assert got.seasons == expected.seasons
    np.testing.assert_array_equal(_instants(ahead(got), got.writing.zone, place), ahead(expected))
    shown = [str(cell) for cell in steps_ahead(got, np.array([len(got.values)]), 5)[-1]]
    instants = [datetime.fromisoformat(str(stamp)[:19]) for stamp in ahead(expected)]
    own = [form(wall) + WAYS[way](place, wall) for wall in (_at(place, instant) for instant in instants)]
    same = way not in ("said", "name") and [_read(text, dress) for text in shown] == instants
    assert same or [text.replace("T", " ") for text in shown] == [text.replace("T", " ") for text in own], (shown, own)
    return "read"


def _read(text: str, dress: Dress) -> datetime:
    """The instant of a stamp that has an offset, or is written with letters that say one."""
    clock, behind = text[:19].replace("T", " "), text[19:].partition("[")[0].strip()
    letters = {"CET": "+01:00", "CEST": "+02:00", "EST": "-05:00", "EDT": "-04:00", "KST": "+09:00"}
    form = {"iso": "%Y-%m-%d", "iso with T": "%Y-%m-%d", "dots": "%d.%m.%Y", "day first": "%d/%m/%Y"}[dress.form]
    found = datetime.strptime(f"{clock} {letters.get(behind, behind)}", f"{form} %H:%M:%S %z")
    return found.astimezone(UTC).replace(tzinfo=None)


def _shuffled(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(rows)


def _instants(stamps: np.ndarray, zone: str, place: str) -> np.ndarray:
    """Stamps of a series in UTC; each wall clock is the one instant that shows it."""
    if zone == "UTC":
        return stamps
    assert zone == place or zone[:1] in "+-", zone
    hours = np.arange(-15, 16) * np.timedelta64(1, "h")
    near = [stamps - by - np.timedelta64(half, "m") for by in hours for half in (0, 30)]
    right = [np.where(wall_clock(guess, zone) == stamps, guess, np.datetime64("NaT")) for guess in near]
    found = np.stack(right)
    alone = (~np.isnat(found)).sum(axis=0)
    assert (alone == 1).all(), (zone, stamps[alone != 1])
    return np.nanmax(found.astype("datetime64[us]").astype("float64"), axis=0).astype("datetime64[us]")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    night=nights(),
    way=st.sampled_from(sorted(WAYS)),
    form=st.sampled_from(["iso", "iso with T", "dots", "day first"]),
    order=st.sampled_from([1, 1, -1, 7]),
)
def test_a_series_is_the_same_in_any_zone(night, way, form, order, tmp_path):
    """Clocks of a place are the instants that they show, through an hour that is missing or comes twice."""
    calendar, place = night
    check_zone(calendar, place, way, Dress(form=form, order=order), tmp_path)
