"""One column of text, dates or numbers read as time stamps: by one form, whole or not at all."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.assemble import assembled
from gatewise.data.columns import is_text, known_text
from gatewise.data.forms import NUMBERED, Form, clock_forms, forms_of, iso_form
from gatewise.data.months import MONTHS
from gatewise.data.written import Writing, template_of
from gatewise.data.zones import Placed, in_zone, offset_of, with_offsets
from gatewise.languages import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

SAMPLE = 200
"""Values on which forms are tried before the whole column is read."""

TELLING = 24
"""Rows from which on it counts that they are in time order under one order of day, month and year alone."""

BY_MONTHS = 0.9
"""Share of the rows that go on by a month, where a year's number and a month are told from scores and ranges."""

ORDERS = {"dmy": Told("day/month/year"), "mdy": Told("month/day/year"), "ymd": Told("year/month/day")}

_ISO = re.compile(
    r"^(\d{4}([-/])\d{2}\2\d{2})(?:([T ])(\d{2}:\d{2})(:\d{2}(\.\d{1,6})?)?( ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?$"
)


class Stamps(NamedTuple):
    """A column read as stamps.

    Attributes:
        values: datetime64[us], shape (rows,), NaT where missing or not read.
        bad: First row with a value that is not of the column's form; None where there is no such row.
        share: Share of the known values that are of the form.
        writing: How to write stamps alike.
        orders: The orders of day, month and year in which all values can be read, where it matters; else empty.
        doubt: What else keeps the column from being read, a sentence; "" for nothing.
        notes: What was decided.
    """

    values: NDArray[np.datetime64]
    bad: int | None
    share: float
    writing: Writing = Writing()
    orders: tuple[str, ...] = ()
    doubt: str = ""
    notes: tuple[Told, ...] = ()

    @property
    def zone(self) -> str:
        """The zone the stamps are in."""
        return self.writing.zone


def read_stamps(column: pl.Series, *, bare: bool = False, order: str | None = None, zone: str = "") -> Stamps | None:
    """Read a column as dates and times; None where no value looks like one.

    Args:
        column: Text, dates, or whole numbers.
        bare: Whether digits alone, such as 20161231 or 201612, may be dates: in a column known to hold times.
        order: How to read dates of numbers: "dmy", "mdy" or "ymd"; None finds it out.
        zone: The zone of wall clocks without an offset; "" for none.

    Raises:
        OptionError: If there is no such zone.
        DataError: If a wall clock does not exist in the zone.
    """
    if column.dtype in (pl.Date, pl.Datetime):
        return _typed(column, zone)
    if not is_text(column):
        if not (bare and column.dtype.is_numeric()):
            return None
        column = column.cast(pl.Float64)
        if not (column.drop_nulls().is_finite() & (column.drop_nulls() == column.drop_nulls().floor())).all():
            return None
        column = column.cast(pl.Int64).cast(pl.String)
    return _iso(column, zone) or _by_form(column, bare=bare, order=order, zone=zone)


def _typed(column: pl.Series, zone: str) -> Stamps:
    """Dates of a typed file: instants where the type has a zone."""
    own = getattr(column.dtype, "time_zone", None)
    stamps = column.cast(pl.Datetime("us", own))
    if own:
        instants = stamps.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy().astype("datetime64[us]")
        placed = with_offsets(
            instants, np.zeros(len(instants), np.int64), zone or ("" if own == "UTC" else own), column.name
        )
    else:
        wall = stamps.to_numpy().astype("datetime64[us]")
        placed = in_zone(wall, zone, column.name) if zone else Placed(wall, "", "")
    return Stamps(placed.stamps, None, 1.0, Writing("", placed.zone, placed.shown), notes=placed.notes)


def _iso(column: pl.Series, zone: str) -> Stamps | None:
    """The quick way for ISO stamps that all look like the first; None where one does not."""
    place = column.is_not_null().arg_max()
    example = column[place] if place is not None and column.dtype == pl.String else None
    shape = _ISO.match(example) if example else None
    if shape is None or shape[2] == "/" or example is None:
        return None
    suffix = shape[7] or ""
    body, offsets = (
        (column.str.head(-len(suffix)), column.str.tail(len(suffix)).unique().drop_nulls())
        if suffix
        else (column, None)
    )
    pattern = (
        "%Y-%m-%d"
        + (shape[3] + "%H:%M" if shape[3] else "")
        + (":%S" if shape[5] else "")
        + ("%.f" if shape[6] else "")
    )
    parsed = body.str.to_datetime(pattern, time_unit="us", strict=False)
    if parsed.null_count() != column.null_count() or not parsed.dt.year().is_between(1000, 9999).all():
        return None
    wall = parsed.to_numpy().astype("datetime64[us]")
    placed = Placed(wall, "", "") if not zone or suffix else in_zone(wall, zone, column.name)
    if offsets is not None:
        ahead = {text: offset_of(text) for text in offsets}
        if any(not isinstance(minutes, int) or len(text) != len(suffix) for text, minutes in ahead.items()):
            return None
        known = column.str.tail(len(suffix)).replace_strict(ahead, default=0, return_dtype=pl.Int64).fill_null(0)
        placed = with_offsets(wall, known.to_numpy(), zone, column.name)
    form = iso_form(example.lower())
    constant = offsets is None or (len(offsets) == 1 and not zone)
    return Stamps(placed.stamps, None, 1.0, _writing(column, form, "", placed, constant=constant), notes=placed.notes)


def _by_form(column: pl.Series, *, bare: bool, order: str | None, zone: str) -> Stamps | None:
    places = np.flatnonzero(column.is_not_null().to_numpy())
    if not len(places):
        return None
    some = known_text(column.gather(places[np.unique(np.linspace(0, len(places) - 1, SAMPLE).astype(np.int64))]))
    example = _small(some).drop_nulls().to_list()
    first = _commonest(example, lambda value: forms_of(value, bare=bare))
    if first is None or 2 * sum(first.match(value) is not None for value in example) < len(example):
        return None  # before the whole column is gone through: mostly something else
    shown = known_text(column)
    text = _small(shown)
    best: Stamps | None = None
    for _ in range(2):  # once more with the values that the first form did not read
        form = _commonest(example, lambda value: forms_of(value, bare=bare))
        if form is None:
            return best
        found = _read(column.name, shown, text, form, order=order, zone=zone)
        best = found if best is None or found.share > best.share else best
        if best.bad is None:
            return best
        unread = text.filter(pl.Series(np.isnat(found.values)) & text.is_not_null())
        example = example + unread.head(SAMPLE).to_list()
    return best


def _small(text: pl.Series) -> pl.Series:
    """Text in small letters, with single blanks."""
    return text.str.to_lowercase().str.replace_all(r"\s+", " ")


def _commonest(examples: list[str], forms: Callable[[str], list[Form]]) -> Form | None:
    """The form that most examples are of; of several the likelier one."""
    found: dict[Form, int] = {}
    shapes = Counter(re.sub(r"\d", "0", example) for example in examples)
    firsts: dict[str, str] = {}
    for example in examples:
        firsts.setdefault(re.sub(r"\d", "0", example), example)
    for shape, _ in shapes.most_common(8):
        for form in forms(firsts[shape]):
            found.setdefault(form, len(found))
    counts = {form: sum(form.match(example) is not None for example in examples) for form in found}
    return max(counts, key=lambda form: counts[form], default=None)


def extracted(text: pl.Series, form: Form) -> dict[str, pl.Series]:
    """The parts of each value, as text, null where a value is not of the form."""
    groups = text.str.extract_groups(form.pattern)
    return {name: groups.struct.field(name) for name in form.groups}


def numbers_of(parts: Mapping[str, pl.Series]) -> dict[str, NDArray[np.float64]]:
    """The parts as numbers, NaN where not written; ``mon`` becomes ``m``, and ``half`` becomes ``pm``."""
    found = {}
    for name, part in parts.items():
        if name == "mon":
            found["m"] = part.replace_strict(MONTHS, default=None, return_dtype=pl.Float64)
        elif name == "half":
            late = part.str.contains(r"^(?:p|오후|下午|午後)").cast(pl.Float64)
            found["pm"] = late
        elif name == "f":
            found["f"] = ("0." + part).cast(pl.Float64, strict=False)
        elif name == "h":
            found["h"] = part.replace({"상": "1", "하": "2"}).cast(pl.Float64, strict=False)
        elif name in ("y", "Y"):
            # 0001 is no year of a table, and not 2001 either
            found[name] = part.set((part.str.len_chars() == 4) & part.str.starts_with("0"), None).cast(pl.Float64)
        elif name not in ("zone", "day", "behind", "to", "till"):
            found[name] = part.cast(pl.Float64, strict=False)
    return {name: part.cast(pl.Float64).fill_null(float("nan")).to_numpy() for name, part in found.items()}


def _read(name: str, shown: pl.Series, text: pl.Series, form: Form, *, order: str | None, zone: str) -> Stamps:
    """Read a whole column by one form."""
    parts = extracted(text, form)
    numbers = numbers_of(parts)
    spoiled = _spoiled(parts, text)
    if form.name == NUMBERED and not _goes_by_months(numbers["y"], numbers["m"]):
        return Stamps(np.full(len(text), np.datetime64("NaT"), "datetime64[us]"), 0, 0.0)
    readings = {}
    for which in _orders(form, order):
        meant = dict(zip("abc" if "c" in numbers else "abY", which, strict=False)) if which else {}
        stamps = assembled({meant.get(part, part): values for part, values in numbers.items()})
        stamps[spoiled] = np.datetime64("NaT")
        readings[which] = stamps
        if form.name.startswith(r"abY\.") and not np.isnat(stamps[text.is_not_null().to_numpy()]).any():
            break  # dots mean day first
    known = text.is_not_null().to_numpy()
    which, orders, notes = _decided(name, readings, known)
    wall = readings[which]
    bad = known & np.isnat(wall)
    share = 1.0 - bad.sum() / max(1, known.sum())
    first = int(np.argmax(bad)) if bad.any() else None
    doubt = _doubted(numbers, parts, form)
    if first is not None:
        return Stamps(wall, first, share, orders=orders, doubt=doubt)
    placed, constant, unknown = _placed(name, wall, parts.get("zone"), zone)
    writing = _writing(shown, form, which, placed, constant=constant)
    if form.name == NUMBERED:
        first_known = int(np.argmax(known))
        when = str(wall[first_known].astype("datetime64[M]"))
        notes = (
            *notes,
            Told(
                "{name}: {value} is read as a year's number and its month, and shown as {when}",
                name=name,
                value=shown[first_known],
                when=when,
            ),
        )
    if "till" in form.groups:
        notes = (*notes, Told("{name}: of each span of time its beginning is read", name=name))
    return Stamps(placed.stamps, None, share, writing, orders, doubt or unknown, (*notes, *placed.notes))


def _goes_by_months(years: NDArray[np.float64], months: NDArray[np.float64]) -> bool:
    """Whether rows go on by a month, or back by one, from the twelfth to the first of the next number."""
    known = np.isfinite(years) & np.isfinite(months)
    if not known.any() or len(np.unique(years[known])) < 2 or set(months[known]) != set(range(1, 13)):
        return False
    steps = np.diff(12 * years[known] + months[known])
    steps = steps[steps != 0]
    return max(float((steps == 1).mean()), float((steps == -1).mean())) >= BY_MONTHS


def _spoiled(parts: Mapping[str, pl.Series], text: pl.Series) -> NDArray[np.bool_]:
    """Rows that lack the half of the day, or the zone, that other rows have."""
    spoiled = np.zeros(len(text), dtype=bool)
    for part, beside in (("half", parts.get("H")), ("zone", text)):
        if part in parts and beside is not None and parts[part].is_not_null().any():
            spoiled |= (parts[part].is_null() & beside.is_not_null()).to_numpy()
    return spoiled


def _orders(form: Form, order: str | None) -> tuple[str, ...]:
    """The orders of day, month and year to try."""
    if "a" not in form.groups:
        return ("",)
    if order is not None:
        return (order if "c" in form.groups or order != "ymd" else "dmy",)
    dots = "\\." in form.name
    if "c" in form.groups:
        return ("dmy", "ymd") if dots else ("dmy", "mdy", "ymd")
    return ("dmy", "mdy")


def _decided(
    name: str, readings: Mapping[str, NDArray[np.datetime64]], known: NDArray[np.bool_]
) -> tuple[str, tuple[str, ...], tuple[Told, ...]]:
    """The order to read by, those that are left open, and a note where the order of the rows decided."""
    whole = [which for which, stamps in readings.items() if not np.isnat(stamps[known]).any()]
    if not whole:
        return max(readings, key=lambda which: int((~np.isnat(readings[which])).sum())), (), ()
    differing = [which for which in whole if not np.array_equal(readings[which], readings[whole[0]], equal_nan=True)]
    if not differing:
        return whole[0], (), ()
    for holds, why in (
        (_in_order, Told("the rows are in order")),
        (_on_one_day, Told("they are months apart, on one day of it")),
    ):
        only = [which for which in whole if holds(readings[which][known])]
        telling = len(np.unique(readings[whole[0]][known])) if holds is _on_one_day else known.sum()
        if len(only) == 1 and telling >= TELLING:
            note = Told(
                "{name}: read as {order}, for only so {why}; --dates says otherwise",
                name=name,
                order=ORDERS[only[0]],
                why=why,
            )
            return only[0], (), (note,)
    return whole[0], (whole[0], *differing), ()


def _in_order(stamps: NDArray[np.datetime64]) -> bool:
    steps = np.diff(stamps).astype(np.int64)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _on_one_day(stamps: NDArray[np.datetime64]) -> bool:
    """Whether the stamps lie on one day of the month at one time of day, and the months go on by one step."""
    if len(np.unique(stamps - stamps.astype("datetime64[D]"))) > 1:
        return False  # hours of the first days of a month
    months = np.unique(stamps.astype("datetime64[M]"))
    days = np.unique(stamps.astype("datetime64[D]") - stamps.astype("datetime64[M]").astype("datetime64[D]"))
    return len(days) == 1 and len(months) > 2 and len(np.unique(np.diff(months))) == 1


def _doubted(numbers: Mapping[str, NDArray[np.float64]], parts: Mapping[str, pl.Series], form: Form) -> str:
    """What else a month and a year may be: 'Mar-24' a day of March, '1991-4' a quarter; "" for nothing."""
    if not {"y", "m"} <= set(numbers) or "d" in numbers:
        return ""
    known = np.isfinite(numbers["y"]) & np.isfinite(numbers["m"])
    years, months = numbers["y"][known], numbers["m"][known]
    if len(years) < 3:
        return ""
    if form.name == "mon y" and years.min() >= 1 and years.max() <= 31:
        # The numbers are years where rows go on by some months, and days where the months stand still.
        far = float(np.median(np.abs(np.diff(12 * years + months)))) > 6
        return "can be a month and its year, or a month and its day without a year" if far else ""
    if "mon" not in parts and months.max() <= 4 and len(np.unique(years)) > 1 and parts["m"].str.len_chars().max() == 1:
        return "can be a year and its month, or its quarter or half"
    return ""


def _placed(name: str, wall: NDArray[np.datetime64], written: pl.Series | None, zone: str) -> tuple[Placed, bool, str]:
    """The stamps in their zone, whether the zone is written alike throughout, and what is not known about it."""
    if written is None or written.null_count() == len(written):
        return (in_zone(wall, zone, name) if zone else Placed(wall, "", "")), True, ""
    texts = written.drop_nulls().unique().to_list()
    meaning = {text: offset_of(text) for text in texts}
    if {"cst", "cdt"} <= set(texts):
        meaning["cst"] = -360
    unknown = [text for text, means in meaning.items() if means is None]
    names = {means for means in meaning.values() if isinstance(means, str)}
    if unknown or len(names) > 1 or (names and len(names) < len(texts)):
        if zone and unknown:
            return in_zone(wall, zone, name), True, ""
        return (
            Placed(wall, "", ""),
            True,
            f"names the zone {(unknown or texts)[0].upper()!r}, which does not say its offset",
        )
    if names:
        placed = in_zone(wall, names.pop(), name)
        return placed, True, ""
    ahead = written.replace_strict(meaning, default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()
    return with_offsets(wall, ahead, zone, name), len(texts) == 1 and not zone, ""


def _writing(shown: pl.Series, form: Form, which: str, placed: Placed, *, constant: bool) -> Writing:
    examples = shown.drop_nulls()
    some = examples.gather(np.unique(np.linspace(0, len(examples) - 1, SAMPLE).astype(np.int64))).to_list()
    some = [" ".join(text.split()) for text in some]
    zone = None if constant else "offset" if placed.shown else ""
    return Writing(template_of(some, form, which, zone), placed.zone, placed.shown)


def read_clock(column: pl.Series) -> NDArray[np.timedelta64] | None:
    """Read a column of clocks alone, such as 18.00.00, as time since midnight; None where a value is no clock."""
    if column.dtype == pl.Time:
        return column.cast(pl.Int64).to_numpy().astype("timedelta64[ns]").astype("timedelta64[us]")
    if not is_text(column):
        return None
    form = _commonest(_small(known_text(column.head(SAMPLE))).drop_nulls().to_list(), clock_forms)
    text = _small(known_text(column)) if form is not None else column
    if form is None or text.null_count():
        return None
    parts = extracted(text, form)
    if "half" in parts and 0 < parts["half"].null_count() < len(text):
        return None
    stamps = assembled({"y": np.full(len(text), 2000.0), **numbers_of(parts)})
    return None if np.isnat(stamps).any() else stamps - np.datetime64("2000-01-01", "us")
