"""One column of a table read as numbers or as times, whole or not at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = (
    *("", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "nil", "none", "?"),
    *("-", "--", "\u2013", "\u2014", ".", "..", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "1.#ind", "1.#qnan"),
)
"""What stands for a missing value in text, in capitals or not; errors of a spreadsheet's formulas too."""

_DAY = r"\d{4}-\d{1,2}-\d{1,2}"
_DATES = (
    (_DAY, ("%Y-%m-%d",)),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",)),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y", "%d-%m-%Y")),
)
_CLOCK = (
    r"(?P<gap>[T ])\d{1,2}:\d{2}(?P<seconds>:\d{2}(\.\d+)?)?(?P<half> ?[AaPp][Mm])?(?P<zone> ?(Z|[+-]\d{2}(:?\d{2})?))?"
)
_MONTH = r"^(\d{4})[-/](\d{1,2})$"
_COMPACT = r"^(1[89]|2[01])\d{6}$"


class Numbers(NamedTuple):
    """A column read as numbers.

    Attributes:
        values: Float64, NaN where missing or not a number.
        bad: First row with a value that is not a number; None where there is no such row.
    """

    values: NDArray[np.float64]
    bad: int | None


class Times(NamedTuple):
    """A column read as dates and times.

    Attributes:
        stamps: datetime64[us], NaT where missing or not a date.
        bad: First row with a value that is not a date of the column's form; None where there is no such row.
        share: Share of the known values that are dates.
        ambiguous: Whether all values are dates both with the month first and with the day first.
        zoned: Whether the times had a zone and were turned into UTC.
    """

    stamps: NDArray[np.datetime64]
    bad: int | None
    share: float
    ambiguous: bool = False
    zoned: bool = False


def is_text(column: pl.Series) -> bool:
    """Whether the column holds text, categories included."""
    return column.dtype == pl.String or isinstance(column.dtype, pl.Categorical | pl.Enum)


def known_text(column: pl.Series) -> pl.Series:
    """The column as text without outer blanks, null where a value is missing."""
    if column.dtype in (pl.Object, pl.Binary) or column.dtype.is_nested():
        return pl.Series(column.name, [None if value is None else str(value) for value in column], dtype=pl.String)
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text.str.to_lowercase().is_in(MISSING), None)


def numbers(column: pl.Series) -> Numbers:
    """Read a column as numbers; booleans, and text that says true or false, become 1 and 0."""
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        return Numbers(_floats(column.cast(pl.Float64)), None)
    text = known_text(column)
    if not is_text(column):
        return Numbers(np.full(len(text), np.nan), _first(text.is_not_null()))
    parsed = text.cast(pl.Float64, strict=False)
    bad = _first(text.is_not_null() & parsed.is_null())
    if bad is not None and text.str.to_lowercase().drop_nulls().is_in(("true", "false")).all():
        return Numbers(_floats((text.str.to_lowercase() == "true").cast(pl.Float64)), None)
    return Numbers(_floats(parsed), bad)


def times(column: pl.Series, *, compact: bool = False) -> Times | None:
    """Read a column as dates; None where no value looks like one.

    The form that most values have is the form of the whole column. ``compact`` also takes whole numbers such as
    20161231 as dates, which only a column known to hold times should.
    """
    if column.dtype in (pl.Date, pl.Datetime):
        stamps = column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None)))
        return Times(_stamps(stamps), None, 1.0, zoned=bool(getattr(column.dtype, "time_zone", None)))
    if not is_text(column) and not (compact and column.dtype.is_integer()):
        return None
    text, forms = _formed(known_text(column), compact=compact)
    if not forms:
        return None
    readings = [_parse(text, form) for form in forms]
    whole = [reading for reading in readings if reading.bad is None]
    if len(whole) == 2 and not np.array_equal(whole[0].stamps, whole[1].stamps, equal_nan=True):
        return whole[0]._replace(ambiguous=True)
    return whole[0] if whole else max(readings, key=lambda reading: reading.share)


def _formed(text: pl.Series, *, compact: bool) -> tuple[pl.Series, tuple[str, ...]]:
    """The column in one form, and that form for strptime; two forms where month and day may be swapped.

    Months get a first day. Beside fuller clocks a date alone means midnight, and a clock may lack its seconds.
    """
    known = text.drop_nulls()
    if compact and known.str.contains(_COMPACT).all():
        return text, ("%Y%m%d",)
    if 2 * int(known.str.contains(_MONTH).sum()) > len(known):
        return text.str.replace(_MONTH, "${1}-${2}-01"), ("%Y-%m-%d",)
    fitting = {date: known.filter(known.str.contains(f"^{date}({_CLOCK})?$")) for date, _ in _DATES}
    date, forms = max(_DATES, key=lambda entry: len(fitting[entry[0]]))
    fullest = max(fitting[date], key=len, default="")
    found = re.match(f"^{date}({_CLOCK})?$", fullest)
    if not found:
        return text, ()
    parts = found.groupdict()
    if parts["gap"] and not parts["half"] and not parts["zone"]:
        text = text.str.replace(f"^({date})$", f"${{1}}{parts['gap']}00:00")
        if parts["seconds"]:
            text = text.str.replace(rf"^({date}[T ]\d{{1,2}}:\d{{2}})$", "${1}:00")
    return text, tuple(form + _clock_form(parts) for form in forms)


def _clock_form(parts: dict[str, str | None]) -> str:
    """The strptime form of the clock behind a date, from the parts it has."""
    if not parts["gap"]:
        return ""
    half, zone = parts["half"] or "", parts["zone"] or ""
    form = parts["gap"] + ("%I" if half else "%H") + ":%M" + (":%S%.f" if parts["seconds"] else "")
    form += half[: len(half) - 2] + ("%p" if half else "")
    return form + (" " if zone.startswith(" ") else "") + ("%#z" if zone else "")


def _parse(text: pl.Series, form: str) -> Times:
    """Parse every value by one form; a year of fewer than four digits is no date."""
    parsed = text.str.to_datetime(form, time_unit="us", strict=False)
    parsed = parsed.set((parsed.dt.year() < 1000).fill_null(value=False), None)
    known, good = text.is_not_null(), parsed.is_not_null()
    share = int(good.sum()) / max(1, int(known.sum()))
    return Times(_stamps(parsed), _first(known & ~good), share, zoned="%#z" in form)


def _stamps(parsed: pl.Series) -> NDArray[np.datetime64]:
    if getattr(parsed.dtype, "time_zone", None):
        parsed = parsed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return parsed.to_numpy().astype("datetime64[us]")


def _floats(column: pl.Series) -> NDArray[np.float64]:
    return column.fill_null(float("nan")).to_numpy().astype(np.float64)


def _first(mask: pl.Series) -> int | None:
    """First row that the mask marks, or None."""
    return mask.arg_max() if mask.any() else None
