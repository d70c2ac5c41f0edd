"""What the name of a column says about time."""

from __future__ import annotations

import re

COUNTERS = frozenset(
    "t step steps index idx row rows id no n nr num number obs observation cycle cycles seq record counter "
    "rownum rownumber lfd zeile timestep epoch_no".split()
)
"""Words for a column that may number the rows."""

DATES = frozenset(
    "date datetime timestamp ds datum zeitstempel zeitpunkt fecha jour dato stamp 날짜 일자 일시 日期 日付".split()
)
"""Words for a column of dates."""

TIMES = DATES | frozenset(
    "time times ts epoch unix utc gmt when clock zeit uhrzeit hora heure temps period periode monat month mois mes "
    "week woche semaine semana quarter quartal year jahr año annee année yr day tag dia día hour stunde minute second "
    "시간 시각 기간 연월 년월 월 주 분기 연도 년도 时间 時間 年月 年 月 日".split()
)
"""Words for a column of times."""

YEARS = frozenset("year years yr jahr año ano annee année 연도 년도 年 date ds datum period fy vintage season".split())
"""Words for a column in which 1990 is a year."""

WEEKS = frozenset(
    "week weeks wk yearweek isoweek woche kw kalenderwoche semaine semana settimana 주 주차 周 週".split()
)
"""Words for a column in which 202352 is a week."""

UPDATES = frozenset(
    "updated update modified created loaded load ingested inserted extracted retrieved processed imported exported "
    "scraped downloaded fetched uploaded synced changed edited etl written saved entered geändert erstellt".split()
)
"""Words for the time a row was written, which is not the time of what it says."""

DOWNWARD = frozenset("remaining left countdown until togo rest rul ttl remain verbleibend restlich".split())
"""Words for a counter that runs down to an end."""

PARTS = {
    "y": "year yr yyyy jahr año ano annee année 연도 년도 년 年",
    "m": "month mon mo mm mnth monat mes mois 월 月",
    "d": "day dy dd mday dayofmonth dateofmonth dayinmonth monthday tag dia día jour 일 日",
    "H": "hour hr hh he hours hourending hourend hourbeginning hourofday stunde std hora heure uur ora 시 時 时",
    "M": "minute min mins minuten minuto 분 分",
    "S": "second sec secs sekunde segundo seconde 초 秒",
    "q": "quarter qtr quartal trimestre 분기",
    "w": "week wk isoweek weekofyear woche kw semana semaine 주",
    "j": "doy yday dayofyear julianday",
}
"""Names of columns that are one part of a stamp, by the part as `forms` calls it."""

_PART = {name: part for part, names in PARTS.items() for name in names.split()}


def words_of(name: str) -> frozenset[str]:
    """The words of a name, in small letters.

    >>> sorted(words_of("TradeDate (UTC)"))
    ['date', 'trade', 'utc']
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return frozenset(re.findall(r"[^\W\d_]+", apart.lower()))


def part_of(name: str) -> str | None:
    """The part of a stamp that a column is by its name, such as "H" for hour."""
    plain = re.sub(r"[\W_]+", "", name.lower())
    return _PART.get(plain)


def may_number(name: str) -> bool:
    """Whether a column of this name may number the rows; one without a name may."""
    plain = name.strip().lower()
    return not plain or plain.startswith("unnamed") or plain == "column_1" or bool(words_of(name) & COUNTERS)


def may_be_time(name: str) -> bool:
    """Whether the name lets increasing numbers be taken as the time."""
    return may_number(name) or bool(words_of(name) & TIMES)
