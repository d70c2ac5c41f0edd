"""Forms that stamps are written in: a date, perhaps a clock behind it, perhaps a zone behind that.

The patterns are for text in small letters. Names of groups are ``y m d`` (``mon``: a month's name), ``a b c`` for
numbers whose order is not known, ``q`` quarter, ``h`` half-year, ``w`` ISO week, ``u`` weekday, ``j`` day of the year;
``H M S f`` the clock, ``half`` the half of the day, ``zone``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gatewise.data.months import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))


_Y, _M, _D = r"(?P<y>\d{4})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_YEAR = r"(?P<y>1[5-9]\d\d|20\d\d|21\d\d)"  # where a decimal number looks alike
_YY = r"'?(?P<y>\d{4}|\d{2})"
_MON = f"(?P<mon>{_any(MONTHS)})\\.?"
_WEEKDAY = rf"(?:(?P<day>{_any(WEEKDAYS)})\.?,? )?"
_WEEKDAY_BEHIND = rf"(?:,? ?\(?(?P<behind>{_any(WEEKDAYS)})\)?)?"
_HALVES = r"[ap]m\b|[ap]\.m\.|오전|오후|上午|下午|午前|午後"

NUMBERED = "n m"
"""The number of a year and its month, such as 1-01: only where the rows go on by months, for scores look alike."""

DATES: tuple[tuple[str, str], ...] = (
    *((f"ymd{mark}", rf"{_Y}{mark}{_M}{mark}{_D}") for mark in ("-", "/", r"\.", " ")),
    ("ymd dots", rf"{_Y}\. {_M}\. {_D}\.?"),
    ("ym dots", rf"{_Y}\. {_M}\."),
    *(
        (f"abY{mark}", rf"(?P<a>\d{{1,2}}){mark}(?P<b>\d{{1,2}}){mark}(?P<Y>\d{{4}})")
        for mark in ("-", "/", r"\.", " ")
    ),
    *((f"abc{mark}", rf"(?P<a>\d{{1,2}}){mark}(?P<b>\d{{1,2}}){mark}(?P<c>\d{{2}})") for mark in ("-", "/", r"\.")),
    ("abY/-", r"(?P<a>\d{1,2})/(?P<b>\d{1,2})-(?P<Y>\d{4})"),
    ("abY / ", r"(?P<a>\d{1,2}) ?/ ?(?P<b>\d{1,2}) ?/ ?(?P<Y>\d{4})"),
    ("d mon y", rf"{_D}(?:st|nd|rd|th|er|\.)?(?: of| de| d')?[-/ .]{{0,2}}{_MON}(?: de| del)?[-/ ,]{{0,2}}{_YY}"),
    ("mon d y", rf"{_MON}[-/ ]{{0,2}}{_D}(?:st|nd|rd|th)?(?:,? |[-/,]){_YY}"),
    ("y mon d", rf"{_Y}[-/ .]?{_MON}[-/ .]?{_D}"),
    ("mon y", rf"{_MON}(?: de)?[-/ .,_]{{0,2}}{_YY}"),
    ("y mon", rf"{_Y}[-/ .]?{_MON}"),
    *((f"ym{mark}", rf"{_Y}{mark}{_M}") for mark in ("-", "/", " ?m")),
    *((f"my{mark}", rf"{_M}{mark}{_Y}") for mark in ("-", "/")),
    ("ym.", rf"{_YEAR}\.(?P<m>\d{{2}})"),
    ("my.", rf"(?P<m>\d{{2}})\.{_YEAR}"),
    ("y q", rf"{_Y}[-/ :]?q(?P<q>[1-4])"),
    ("q y", rf"[qt](?P<q>[1-4])[-/ ]?{_YY}"),
    ("nq y", rf"(?P<q>[1-4])(?:\. ?quartal|q|e trimestre|er trimestre)[-/ ]?{_YY}"),
    ("y h", rf"{_Y}[-/ ]?[hs](?P<h>[12])"),
    ("h y", rf"[hs](?P<h>[12])[-/ ]?{_YY}"),
    ("nh y", rf"(?P<h>[12])(?:h|\. ?halbjahr)[-/ ]?{_YY}"),
    ("y w u", rf"{_Y}-?w(?P<w>\d{{2}})-?(?P<u>[1-7])"),
    ("y w", rf"{_Y}[- ]?(?:w|kw ?|week ?)(?P<w>\d{{1,2}})"),
    ("w y", rf"(?:kw|w|week) ?(?P<w>\d{{1,2}})[-/ ,]{{1,2}}{_Y}"),
    ("y j", rf"{_Y}-(?P<j>\d{{3}})"),
    ("asia", r"(?P<y>\d{4}|\d{2}) ?[년年] ?(?P<m>\d{1,2}) ?[월月](?: ?(?P<d>\d{1,2}) ?[일日])?"),
    ("korea q", r"(?P<y>\d{4}) ?년 ?(?P<q>[1-4]) ?(?:분기|/4분기)"),
    ("korea h", r"(?P<y>\d{4}) ?년 ?(?P<h>[상하])반기"),
    ("asia y", r"(?P<y>\d{4}) ?[년年]"),
    ("fy", rf"fy ?{_YY}"),
    ("span", rf"{_Y}-{_M}-{_D}/(?P<to>\d{{4}}-\d{{2}}-\d{{2}})"),
    ("compact", r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    (NUMBERED, r"(?P<y>\d{1,2})-(?P<m>\d{1,2})"),
)
"""Dates by name, the likelier first where two fit."""

BARE: tuple[tuple[str, str], ...] = (
    ("ymd", r"(?P<y>1[89]\d\d|20\d\d|21\d\d)(?P<m>\d{2})(?P<d>\d{2})"),
    ("ymdHMS", r"(?P<y>19\d\d|20\d\d)(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})"),
    ("ymdHM", r"(?P<y>19\d\d|20\d\d)(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})(?P<M>\d{2})"),
    ("ymdH", r"(?P<y>19\d\d|20\d\d)(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})"),
    ("ym", r"(?P<y>1[89]\d\d|20\d\d|21\d\d)(?P<m>0[1-9]|1[0-2])"),
    ("yw", r"(?P<y>19\d\d|20\d\d)(?P<w>0[1-9]|[1-4]\d|5[0-3])"),
    ("yyymd", r"(?P<y>\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
    ("yj", r"(?P<y>19\d\d|20\d\d)(?P<j>[0-3]\d\d)"),
    ("y", r"(?P<y>1[5-9]\d\d|20\d\d|21\d\d)"),
)
"""Digits alone: dates only in a column that is known to hold times."""

_SECONDS = r"(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?"
_UHR = r"(?: ?uhr| ?h)?"
CLOCKS: tuple[tuple[str, str], ...] = (
    ("colon", rf"(?P<H>\d{{1,2}}):(?P<M>\d{{2}})(?::{_SECONDS})?(?: ?(?P<half>{_HALVES}))?{_UHR}"),
    ("half colon", rf"(?P<half>{_HALVES}) ?(?P<H>\d{{1,2}}):(?P<M>\d{{2}})(?::{_SECONDS})?"),
    ("dot", rf"(?P<H>\d{{1,2}})\.(?P<M>\d{{2}})(?:\.{_SECONDS})?(?: ?(?P<half>{_HALVES}))?{_UHR}"),
    ("hour mark", r"(?P<H>\d{1,2}) ?[h](?P<M>\d{2})(?:(?:m|min)?(?P<S>\d{2})s?)?"),
    ("dash", r"(?P<H>\d{2})-(?P<M>\d{2})(?:-(?P<S>\d{2}))?"),
    (
        "asia",
        rf"(?:(?P<half>{_HALVES}) ?)?(?P<H>\d{{1,2}}) ?[시時时点]"
        rf"(?: ?(?P<M>\d{{1,2}}) ?[분分])?(?: ?(?P<S>\d{{1,2}}) ?[초秒])?",
    ),
    ("hour half", rf"(?P<H>\d{{1,2}}) ?(?P<half>{_HALVES})"),
    ("hour", r"(?P<H>\d{1,2})(?: ?uhr| ?h)?"),
    ("digits", rf"(?P<H>\d{{2}})(?P<M>\d{{2}})(?:{_SECONDS})?"),
)
"""Clocks by name."""

_ZONE = (
    r" ?(?P<zone>z|(?:utc|gmt) ?[+-]\d{1,2}(?::?\d{2})?"
    r"|[+-]\d{1,2}(?::?\d{2})?(?: ?\[[a-z_]+(?:/[a-z_+-]+)*\]| ?\([a-z ]+\)| utc)?"
    r"|\[?[a-z_]+(?:/[a-z_+-]+)+\]?|[a-z]{2,5}|\([a-z]{2,5}\)|\[[a-z]{2,5}\])"
)
_GAP = r"(?:t|,? {1,2}|_|-|:| um | at | à | a las )"
_CTIME = (
    rf"^{_WEEKDAY}{_MON} {{1,2}}{_D} (?P<H>\d{{1,2}}):(?P<M>\d{{2}}):{_SECONDS}"
    rf"(?: (?P<zone>[a-z]{{2,5}}|[+-]\d{{4}}))? {_Y}$"
)


_TILL = re.compile(r" ?(?:-|–|/| to | bis ) ?(?P<till>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[t ]\d{1,2}:\d{2}.*)$")
"""The end of a span of time behind its beginning, which is the stamp."""


@dataclass(frozen=True)
class Form:
    """One form of stamps: the names of its date and clock, and what a whole stamp matches, in small letters."""

    name: str
    pattern: str

    def match(self, text: str) -> re.Match[str] | None:
        """The parts of a stamp of this form; None for another text."""
        return _compiled(self.pattern).match(text)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the parts."""
        return tuple(_compiled(self.pattern).groupindex)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def forms_of(example: str, *, bare: bool) -> list[Form]:
    """The forms that one stamp, in small letters, is written in, the likelier first.

    A form with a clock takes a date alone too: it means midnight. ``bare`` also takes digits alone, such as 20240329.
    """
    if till := _TILL.search(example):
        return [
            Form(f"{form.name} till", f"{form.pattern.removesuffix('$')}{_TILL.pattern}")
            for form in forms_of(example[: till.start()], bare=False)
        ]
    if example.isdigit():
        return [Form(name, f"^{date}$") for name, date in BARE if bare and _compiled(f"^{date}$").match(example)]
    spelled = any(sign.isalpha() for sign in example)
    found = [Form("ctime", _CTIME)] if spelled and _compiled(_CTIME).match(example) else []
    for name, date in DATES if ":" in example[:6] else ():
        pattern = f"^{CLOCKS[0][1]},? {_WEEKDAY}{date}$"
        found += [Form(f"colon {name}", pattern)] * bool(_compiled(pattern).match(example))
    for name, date in DATES:
        if "(?P<mon>" in date and not spelled:
            continue
        head = f"^{_WEEKDAY}{date}{_WEEKDAY_BEHIND}" if spelled else f"^{date}"
        begun = _compiled(head).match(example)
        if not begun:
            continue
        found += [Form(name, f"{head}$")] * bool(_compiled(f"{head}$").match(example))
        if not {"d", "b", "j", "u"} & set(begun.re.groupindex):
            continue  # a clock needs a day
        for clock, rest in CLOCKS:
            gap = "(?:t| )" if clock == "hour" else _GAP
            for zoned in ("", _ZONE):
                pattern = f"{head}(?:{gap}{rest}{zoned})?$"
                if _compiled(f"{head}{gap}{rest}{zoned}$").match(example):
                    found.append(Form(f"{name} {clock}{' zone' if zoned else ''}", pattern))
    return found


def iso_form(example: str) -> Form:
    """The form of a stamp, in small letters, that is known to be ISO 8601."""
    head = f"^{DATES[0][1]}"
    clocks = (f"{_GAP}{CLOCKS[0][1]}{zoned}" for zoned in ("", _ZONE))
    patterns = (f"{head}$", *(f"{head}{clock}$" for clock in clocks))
    return Form("iso", next(pattern for pattern in patterns if _compiled(pattern).match(example)))


def clock_forms(example: str) -> list[Form]:
    """The forms of a clock that stands alone, such as 18.00.00 or 7:30 pm."""
    return [
        Form(name, f"^{clock}$")
        for name, clock in CLOCKS
        if name not in ("hour", "digits", "dash") and _compiled(f"^{clock}$").match(example)
    ]
