"""Stamps written back in the form they were read in."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.months import MONTH_NAMES, WEEKDAY_NAMES
from gatewise.data.zones import utc_offsets, wall_clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gatewise.data.forms import Form

UNITS = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1, "nanoseconds": 0.001, "days": 86_400_000_000}
"""Microseconds of a unit that stamps are counted in."""


_PLAIN = r"(\{y:04\}[-/]\{m:02\}[-/]\{d:02\}([T ]\{H:02\}:\{M:02\}(:\{S:02\}(\.\{f\d\})?)?)?)?"


@dataclass(frozen=True)
class Writing:
    """How stamps are written: what a stored model needs to write others alike.

    Attributes:
        template: Text with the parts in braces, ``{d:02}.{m:02}.{y}``; ``count UNIT ORIGIN`` for numbers that count
            from a day; "" for values that need no form of their own: dates of a typed file, plain numbers.
        zone: The zone that the stamps are in.
        shown: The zone they are written in.
    """

    template: str = ""
    zone: str = ""
    shown: str = ""

    @property
    def plain(self) -> bool:
        """Whether stamps are written as dates are: by ISO 8601 without a zone."""
        return self.zone == self.shown and bool(re.fullmatch(_PLAIN, self.template))

    def stored(self) -> dict[str, str]:
        """The document of it, for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, stored: dict[str, str]) -> Writing:
        """Made again of its document."""
        return cls(**stored)


PLAIN = Writing()
"""Dates as ISO 8601 has them, and numbers."""


def written(stamps: NDArray[Any], writing: Writing) -> pl.Series:
    """Stamps as the user wrote theirs.

    Args:
        stamps: datetime64[us] or float64, shape (rows,), in the zone ``writing.zone``.
        writing: From the time column that was read.

    Returns:
        Text, or numbers where the stamps were numbers; dates where ``writing`` has no template.
    """
    if not np.issubdtype(stamps.dtype, np.datetime64):
        if "{n" in writing.template:
            return pl.Series([writing.template.format(n=int(value)) for value in stamps])
        whole = bool((stamps == np.floor(stamps)).all())
        return pl.Series(stamps.astype(np.int64) if whole else stamps)
    if writing.template.startswith("count "):
        return _counted(stamps, writing.template)
    shown = stamps if writing.zone == writing.shown else wall_clock(stamps, writing.shown)
    offsets = utc_offsets(stamps, writing.shown) if writing.zone == "UTC" else np.zeros(len(stamps), np.int64)
    if writing.template:
        texts = [_text(stamp, int(ahead), writing.template) for stamp, ahead in zip(shown, offsets, strict=True)]
        return pl.Series([int(text) for text in texts] if all(text.isdigit() for text in texts) else texts)
    days = bool((shown == shown.astype("datetime64[D]")).all())
    return pl.Series(shown).cast(pl.Date) if days else pl.Series(shown)


def as_csv(table: pl.DataFrame) -> str:
    """A table as CSV, its moments as short as they are: ``2001-03-31T22:00``, with seconds where one has them."""
    stamps = [column.dt.epoch("us").drop_nulls() for column in table.iter_columns() if column.dtype == pl.Datetime]
    shown = "%Y-%m-%dT%H:%M"
    for length, more in ((60_000_000, ":%S"), (1_000_000, "%.6f")):
        shown += more * any((moments % length != 0).any() for moments in stamps)
    return table.write_csv(datetime_format=shown)


def template_of(examples: Sequence[str], form: Form, order: str, zone: str | None) -> str:
    """The template of texts of one form; "" where there is none, such as for 1st and 2nd.

    Args:
        examples: Stamps as the user wrote them.
        form: Their form.
        order: The order of day, month and year where the form leaves it open, such as "dmy"; else "".
        zone: None where the zone stands in every stamp alike and is kept as it is; "offset" where it follows the time;
            "" where it is left out.
    """
    matches = [(text, match) for text in examples if (match := form.match(text.lower()))]
    if not matches or "till" in form.groups:
        return ""
    text, fullest = max(matches, key=lambda entry: len(entry[0]))
    texts = {name: [part for _, match in matches if (part := match[name])] for name in form.groups}
    plain = _unpadded(texts)
    meant = dict(zip("abc" if "c" in form.groups else "abY", order, strict=False))
    pieces, at = [], 0
    for name in sorted((name for name in form.groups if fullest[name] is not None), key=fullest.start):
        start, end = fullest.span(name)
        if name in ("d", "a") and re.match(r"(st|nd|rd|th|er)\b", text[end:].lower()):
            return ""
        if name == "to":
            length = np.datetime64(fullest["to"]) - np.datetime64(text[:10])
            piece = f"{{to_{int(length / np.timedelta64(1, 'D'))}_days}}"
        elif name == "zone":
            behind = "{offset}" if re.search(r"\d{4}$", text[start:end]) else "{colon}"
            piece = _literal(text[start:end]) if zone is None else behind if zone else ""
        else:
            piece = _piece(name, meant.get(name, name), text[start:end], texts[name], plain)
        pieces += [_literal(text[at:start]), piece]
        at = end
    return "".join([*pieces, _literal(text[at:])]).strip()


def _unpadded(texts: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The parts that are written without a zero in front: a part that does not tell is as the others are."""
    tell = {name: parts for name, parts in texts.items() if name in ("m", "d", "H", "a", "b", "w")}
    short = {name for name, parts in tell.items() if any(len(part) == 1 for part in parts)}
    zeros = {name for name, parts in tell.items() if any(part[0] == "0" and len(part) > 1 for part in parts)}
    silent = {name for name in tell if name not in short | zeros and name != "H"} if short and not zeros else set()
    return frozenset(short | silent)


def _piece(name: str, part: str, text: str, texts: Sequence[str], plain: frozenset[str]) -> str:
    """The template of one part, by how it is written."""
    if part in "yY":
        return "{y:04}" if len(text) == 4 else "{yy}" if any(len(year) == 1 for year in texts) else "{yy:02}"
    if name in ("mon", "day", "behind"):
        names, what = (MONTH_NAMES, "month") if name == "mon" else (WEEKDAY_NAMES, "weekday")
        return "{" + _named(text, texts, names, what) + "}"
    if name == "half":
        kind = {"오": "ko", "a": "lower", "p": "lower", "A": "upper", "P": "upper"}.get(text[0])
        return f"{{half_{kind}{'_dots' if '.' in text else ''}}}" if kind else _literal(text)
    if name == "f":
        return "{f" + str(min(6, max(len(fraction) for fraction in texts))) + "}"
    if name == "h" and text in "상하":
        return "{h_ko}"
    if name == "j":
        return "{j:03}"
    return "{" + part + ("" if name in plain or name in "qhu" else ":02") + "}"


def _named(text: str, texts: Sequence[str], names: Mapping[str, tuple[str, ...]], what: str) -> str:
    """The key of the names that hold all the texts, and their case: ``month_en_short_title``."""
    used = set(texts)
    holding = [key for key, known in names.items() if used <= set(known)] or [
        "en_short" if len(text) <= 4 else "en_long"
    ]
    case = "upper" if text.isupper() and text.lower() != text else "lower" if text.islower() else "title"
    length = "short" if len(text) <= 3 else "long"
    key = next((key for key in holding if key.endswith(length)), holding[0])
    return f"{what}_{key}_{case}"


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class _Parts(dict[str, Any]):
    """Parts of one stamp; names of months and weekdays by their key."""

    def __missing__(self, key: str) -> str:
        what, *where, case = key.split("_")
        if what == "to":
            return str(self["start"] + np.timedelta64(int(where[0]), "D"))
        names, number = (MONTH_NAMES, self["m"] - 1) if what == "month" else (WEEKDAY_NAMES, self["u"] - 1)
        name: str = names["_".join(where)][number]
        return name.title() if case == "title" else name.upper() if case == "upper" else name


def _text(stamp: np.datetime64, ahead: int, template: str) -> str:
    moment = stamp.astype("datetime64[us]").item()
    week = moment.isocalendar()
    year = week[0] if re.search(r"\{w[:}]", template) else moment.year
    clock12 = "{half_" in template
    sign, (hours, minutes) = "-" if ahead < 0 else "+", divmod(abs(ahead), 60)
    fraction = f"{moment.microsecond:06}"
    late = moment.hour >= 12
    parts = _Parts(
        y=year,
        yy=year % 100,
        m=moment.month,
        d=moment.day,
        H=(moment.hour - 1) % 12 + 1 if clock12 else moment.hour,
        M=moment.minute,
        S=moment.second,
        q=(moment.month + 2) // 3,
        h=(moment.month + 5) // 6,
        w=week[1],
        u=week[2],
        j=moment.timetuple().tm_yday,
        h_ko="상하"[moment.month > 6],
        half_upper="PM" if late else "AM",
        half_lower="pm" if late else "am",
        half_lower_dots="p.m." if late else "a.m.",
        half_upper_dots="P.M." if late else "A.M.",
        half_ko="오후" if late else "오전",
        start=np.datetime64(moment, "D"),
        colon=f"{sign}{hours:02}:{minutes:02}",
        offset=f"{sign}{hours:02}{minutes:02}",
    )
    parts |= {f"f{digits}": fraction[:digits] for digits in range(1, 7)}
    return str(template.format_map(parts))


def _counted(stamps: NDArray[np.datetime64], template: str) -> pl.Series:
    """Numbers that count units from a day."""
    _, unit, origin = template.split()
    since = (stamps - np.datetime64(origin, "us")).astype(np.int64)
    length = UNITS[unit]
    if length < 1:
        return pl.Series(since * round(1 / length))
    exact = bool((since % int(length) == 0).all())
    return pl.Series(since // int(length) if exact else since / length)
