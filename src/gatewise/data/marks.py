"""Numbers as people write them: decimal comma or point, thousands marks, units, signs and digits of all kinds.

Every rule holds for the comma and for the point alike: which of them is the decimal mark is said by numbers that can be
read in one way only, and a number such as ``1,234`` or ``1.234`` says nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import polars as pl

_EXPONENT = r"(?:[eEdD][+-]?\d+)?"
_PLAIN = rf"[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}"
# A group of thousands never follows a leading zero; the Indian way groups by two above the last three.
_GROUPED = r"[+-]?[1-9]\d{{0,2}}(?:{0}\d{{3}})+(?:{1}\d*)?"
_INDIAN = r"[+-]?[1-9]\d?(?:,\d{{2}})+,\d{{3}}(?:{0}\d*)?"


def _form(decimal: str, other: str) -> str:
    """The regular expression of a number with this decimal mark; the other mark may part thousands."""
    plain = _PLAIN.replace(r"\.", re.escape(decimal))
    grouped = [_GROUPED.format(re.escape(mark), re.escape(decimal)) for mark in (other, "'", " ")]
    indian = [_INDIAN.format(re.escape(decimal))] if other == "," else []
    return f"^(?:{'|'.join([plain, *grouped, *indian])})$"


FORMS = {".": _form(".", ","), ",": _form(",", ".")}
"""A number as written with each decimal mark."""

OTHER = {".": ",", ",": "."}

_DIGITS = {chr(start + digit): str(digit) for start in (0xFF10, 0x0660, 0x06F0) for digit in range(10)}
_SIGNS = dict.fromkeys("\u2212\u2012\u2013\ufe63\uff0d", "-") | {"\uff0b": "+"}
_POINTS = {"\u066b": ".", "\uff0e": ".", "\u066c": "'", "\uff0c": ","}
_SPACES = dict.fromkeys("\u00a0\u202f\u2009\u2007\u3000", " ") | dict.fromkeys("\u2019\u2018`\u00b4", "'")
_ALIKE = _DIGITS | _SIGNS | _POINTS | _SPACES

_CODES = (
    r"EUR|USD|GBP|CHF|JPY|KRW|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR|TRY|RUB|Fr\.|Rs\.?|kr\.?|"
    r"R\$|US\$|A\$|C\$"
)
_MONEY = rf"(?:[$€£¥₩₹₽฿₺₫￦￥]|{_CODES})"
_BEFORE = rf"^(?P<sign>[+-]?)\s*{_MONEY}\s*"
_BEHIND = r"\s*([^\d\s.,'+()-][^\d,()]{0,11})$"
_TIMES = frozenset(
    [*"년월일시분초年月日時时hsmtzdqw", "min", "am", "pm", "a.m.", "p.m.", "utc", "uhr", "st", "nd", "rd", "th"]
)
"""Behind a number these make it a time or a rank: the column is left to be read as times."""

SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "mn": 1e6, "mio": 1e6, "mrd": 1e9, "tsd": 1e3}


class Written(NamedTuple):
    """A column of text brought near to plain numbers.

    Attributes:
        body: The numbers with their marks, null where missing; signs, digits and blanks of one kind.
        unit: What stood behind or before them, taken away; empty where nothing did.
        scale: What to multiply by, row by row, where ``K`` or ``M`` stood behind them; None where none did.
    """

    body: pl.Series
    unit: str = ""
    scale: pl.Series | None = None


_TABLE = {ord(odd): plain for odd, plain in _ALIKE.items()}


def is_number(cell: str) -> bool:
    """Whether a cell alone is a number in one way of writing or the other, without a unit."""
    alike = cell.translate(_TABLE) if not cell.isascii() else cell
    return any(re.fullmatch(form[1:-1], alike) for form in FORMS.values())


def written(text: pl.Series) -> Written:
    """Bring a column near to plain numbers.

    Args:
        text: Without outer blanks, null where missing.
    """
    known = text.drop_nulls()
    if known.str.contains(r"[^\x00-\x7f]").any():
        text = text.str.replace_many(_ALIKE)
    if known.str.contains('^="', literal=False).any():
        text = text.str.replace(r'^="(.*)"$', "${1}")
    text = text.str.replace(r"^\((.*)\)$", "-${1}").str.replace(r"^(\d.*\d)\s?-$", "-${1}")
    money = _first_match(text, f"({_MONEY})")
    if money:
        text = text.str.replace(_BEFORE, "${sign}").str.replace(r"^(-?)\s+", "${1}")
    behind = text.str.extract(_BEHIND, 1).str.strip_chars().drop_nulls()
    units = behind.unique().to_list() if len(behind) else []
    if not units:
        return Written(text, money)
    if len(units) == 1 and (units[0].lower() not in _TIMES or not _often(behind, text)):
        return Written(text.str.replace(_BEHIND, ""), units[0] or money)
    scales = {unit.lower(): SCALES[unit.lower()] for unit in units if unit.lower() in SCALES}
    if len(scales) == len({unit.lower() for unit in units}):
        letters = text.str.extract(_BEHIND, 1).str.strip_chars().str.to_lowercase()
        scale = letters.replace_strict(scales, default=1.0, return_dtype=pl.Float64)
        return Written(text.str.replace(_BEHIND, ""), "", scale)
    return Written(text, money)


def _often(behind: pl.Series, text: pl.Series) -> bool:
    return 2 * len(behind) > len(text.drop_nulls())


def _first_match(text: pl.Series, form: str) -> str:
    found = text.str.extract(form, 1).drop_nulls()
    return str(found[0]) if len(found) else ""


class Evidence(NamedTuple):
    """What the cells of a column say of the decimal mark, each the first row that says it, or None.

    Attributes:
        numeric: Whether (nearly) all known cells are numbers in one way of writing or the other.
        certain: By decimal mark, the first row that can be read with this mark only.
        doubtful: By mark, the first row where it may part thousands or decimals, such as ``1,234``.
        grouped: By mark, whether the column's other cells show that it parts thousands.
    """

    numeric: bool
    certain: dict[str, int | None]
    doubtful: dict[str, int | None]
    grouped: dict[str, bool]


def evidence(body: pl.Series) -> Evidence:
    """What a column, as `written` gives it, says of the decimal mark."""
    known = body.is_not_null()
    fits = {mark: body.str.contains(form).fill_null(value=False) for mark, form in FORMS.items()}
    either = fits["."] | fits[","]
    numeric = bool(known.any()) and int(either.sum()) >= 0.9 * int(known.sum())
    certain = {mark: _first(fits[mark] & ~fits[OTHER[mark]]) for mark in FORMS}
    doubts = {mark: _doubtful(body, mark) for mark in FORMS}
    doubtful = {mark: _first(doubts[mark]) for mark in FORMS}
    grouped = {mark: doubtful[mark] is not None and _shows_groups(body, doubts[mark]) for mark in FORMS}
    return Evidence(numeric, certain, doubtful, grouped)


def _doubtful(body: pl.Series, mark: str) -> pl.Series:
    return body.str.contains(rf"^[+-]?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}$").fill_null(value=False)


def _shows_groups(body: pl.Series, doubtful: pl.Series) -> bool:
    """Whether cells of one to three digits beside the doubtful ones show that these have groups of thousands.

    Software that writes three decimals throughout writes 998.000; software that writes as many as are needed never ends
    them on a zero. A column with 998 and 1.050 was written by neither: its mark parts thousands.
    """
    whole = body.filter(body.str.contains(r"^[+-]?\d+$").fill_null(value=False))
    short = len(whole) > 0 and bool(whole.str.contains(r"^[+-]?\d{1,3}$").all())
    return short and bool(body.filter(doubtful).str.ends_with("0").any())


def values(body: pl.Series, decimal: str, scale: pl.Series | None = None) -> pl.Series | None:
    """The column as numbers with this decimal mark; None where some known cell is none.

    Whole numbers without any mark stay whole numbers.
    """
    fits = body.str.contains(FORMS[decimal])
    if not fits.drop_nulls().all():
        return None
    bare = body.str.replace_all(f"[ '{OTHER[decimal]}]", "").str.replace_all(r"[dD]", "e")
    if decimal == ",":
        bare = bare.str.replace(",", ".", literal=True)
    if scale is None and not bare.str.contains(r"[.eE]").any() and (bare.str.len_chars() <= 18).all():
        return bare.cast(pl.Int64)
    numbers = bare.cast(pl.Float64)
    return numbers if scale is None else numbers * scale


def _first(mask: pl.Series) -> int | None:
    """First row that the mask marks, or None."""
    return mask.arg_max() if mask.any() else None
