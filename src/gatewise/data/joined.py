"""Several columns that make one stamp: a date and a clock; year, month, day and hour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.assemble import assembled
from gatewise.data.columns import is_text, known_text, numbers
from gatewise.data.months import MONTHS
from gatewise.data.stamps import read_clock
from gatewise.data.timenames import part_of, words_of
from gatewise.data.zones import offset_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BELOW = {"y": "mqwj", "m": "d", "w": "", "q": "", "j": "H", "d": "H", "H": "M", "M": "S", "S": ""}
"""The parts that may come below a part."""


SLOTS = frozenset({"period", "settlement", "interval", "slot", "block", "pte", "viertelstunde"})
"""Words for a column that numbers the equal parts of a day from 1."""


_CLOCKS, _HOURS = 24, 10
"""Different numbers, and different hours in them, from which on numbers under any name may be clocks."""

_ZONED = r"(?i)^(.*\d(?: ?[ap]\.?m\.?)?) ?(z|[a-z]{3,4}|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)$"
"""A clock, and the zone behind it."""


class Joined(NamedTuple):
    """Stamps made of several columns, NaT where they make none; minutes ahead of UTC where a zone follows the clock."""

    columns: tuple[str, ...]
    stamps: NDArray[np.datetime64]
    offsets: NDArray[np.int64] | None = None


def clock_of(column: pl.Series) -> NDArray[np.timedelta64] | None:
    """A column as time since midnight: clocks, hours under an hour's name, 1530 under a clock's; None for others."""
    zoned = zoned_clock(column)
    clock = read_clock(column if zoned is None else zoned[0])
    if clock is not None:
        return clock
    values, bad = numbers(column)
    if bad is not None or not len(values) or not np.isfinite(values).all() or (values != np.floor(values)).any():
        return None
    if part_of(column.name) == "H" and values.min() >= 0 and values.max() <= 24 and values.max() > 1:
        return (values * 3600e6).astype(np.int64).astype("timedelta64[us]")
    if words_of(column.name) & SLOTS and values.min() == 1 and values.max() in (24, 48, 96, 288):
        begun: NDArray[np.int64] = ((values - 1) * (86_400e6 / values.max())).astype(np.int64)
        return begun.astype("timedelta64[us]")
    clocks = {"time", "hhmm", "uhrzeit", "clock", "hora", "heure", "시간", "시각"}
    if words_of(column.name) & clocks and values.min() >= 0 and values.max() <= 2400 and (values % 100 < 60).all():
        whole = values.max() > 24
        seconds = values // 100 * 3600 + values % 100 * 60 if whole else values * 3600
        return (seconds * 1e6).astype(np.int64).astype("timedelta64[us]")
    return None


def named_clock(column: pl.Series) -> NDArray[np.timedelta64] | None:
    """A column that the user, or a run, names as the clock, as time since midnight: 1530 under any name too."""
    clock = clock_of(column)
    return _bare_clock(column) if clock is None else clock


def _bare_clock(column: pl.Series) -> NDArray[np.timedelta64] | None:
    """Numbers such as 1530 as time since midnight; None where some are none."""
    values, bad = numbers(column)
    if bad is not None or not len(values) or not np.isfinite(values).all() or (values != np.floor(values)).any():
        return None
    if values.min() < 0 or values.max() >= 2400 or (values % 100 >= 60).any():
        return None
    return ((values // 100 * 3600 + values % 100 * 60) * 1e6).astype(np.int64).astype("timedelta64[us]")


def _tells_apart(clock: NDArray[np.timedelta64], stamps: NDArray[np.datetime64]) -> bool:
    """Whether numbers under any name are clocks: many of them, over the day, no two rows of a day alike."""
    several = len(np.unique(clock)) >= _CLOCKS and len(np.unique(clock.astype("timedelta64[h]"))) >= _HOURS
    return several and not np.isnat(stamps).any() and len(np.unique(stamps + clock)) == len(stamps)


def zoned_clock(column: pl.Series) -> tuple[pl.Series, NDArray[np.int64]] | None:
    """A column of clocks with a zone behind each, ``10:30Z``: the clocks, and minutes ahead of UTC; None for others."""
    if not is_text(column):
        return None
    text = known_text(column).str.strip_chars()
    if text.null_count() or not len(text) or not text.head(1).str.contains(_ZONED).all():
        return None
    behind = text.str.extract(_ZONED, 2)
    meaning = {zone: offset_of(zone) for zone in behind.unique().to_list() if zone}
    if behind.null_count() or not all(isinstance(minutes, int) for minutes in meaning.values()):
        return None
    offsets = behind.replace_strict(meaning, return_dtype=pl.Int64).to_numpy()
    return text.str.extract(_ZONED, 1).alias(column.name), offsets


def with_clock(date: str, stamps: NDArray[np.datetime64], columns: Sequence[pl.Series]) -> list[Joined]:
    """The ways to join a column of days, some of them repeated, with a column of clocks that tells rows apart."""
    known = stamps[~np.isnat(stamps)]
    if not len(known) or (known != known.astype("datetime64[D]")).any():
        return []
    found = []
    for column in columns:
        clock = clock_of(column) if column.name != date else None
        if clock is None and column.name != date:
            bare = _bare_clock(column)
            clock = bare if bare is not None and _tells_apart(bare, stamps) else None
        days = len(np.unique(known)) if clock is not None else 0
        if clock is None or days == len(stamps):
            continue
        minutes = next((c for c in columns if part_of(c.name) == "M"), None) if part_of(column.name) == "H" else None
        names: tuple[str, ...] = (date, column.name)
        if minutes is not None:
            values, bad = numbers(minutes)
            if bad is None and np.isfinite(values).all() and values.min() >= 0 and values.max() <= 59:
                clock, names = (
                    clock + (values * 60e6).astype(np.int64).astype("timedelta64[us]"),
                    (*names, minutes.name),
                )
        joined = stamps + clock
        if len(np.unique(joined)) > days:
            found.append(joined_with(names, joined, column))
    return found


def joined_with(names: tuple[str, ...], stamps: NDArray[np.datetime64], clock: pl.Series) -> Joined:
    """Stamps of days and a column of clocks, with what the clocks say of their zone."""
    zoned = zoned_clock(clock)
    return Joined(names, stamps, None if zoned is None else zoned[1])


def of_parts(columns: Sequence[pl.Series]) -> Joined | None:
    """Stamps of columns named year, month and so on, all of them; None where these make none."""
    parts: dict[str, pl.Series] = {}
    for column in columns:
        part = part_of(column.name)
        if part is None or part in parts:
            return None
        parts[part] = column
    if "y" not in parts or not set("mqwj") & set(parts):
        return None
    values = {}
    for part, column in parts.items():
        found = _part(column, part)
        if found is None:
            return None
        values[part] = found
    if "j" in values and "m" in values:
        del values["j"]
    if "m" in values:
        values = {part: value for part, value in values.items() if part not in "qw"}
    elif "q" in values:
        values.pop("w", None)
    stamps = assembled(values)
    return None if np.isnat(stamps).all() else Joined(tuple(column.name for column in columns), stamps)


def found_parts(columns: Sequence[pl.Series]) -> Joined | None:
    """Stamps of the columns that are parts by their names, from the year down to the finest without a gap."""
    parts: dict[str, pl.Series] = {}
    for column in columns:
        part = part_of(column.name)
        if part is not None and _part(column, part) is not None:
            parts.setdefault(part, column)
    chosen = ["y"] if "y" in parts else []
    while chosen and (below := next((part for part in BELOW[chosen[-1]] if part in parts), None)):
        chosen.append(below)
    if len(chosen) < 2:
        return None
    joined = of_parts([parts[part] for part in chosen])
    return joined if joined is not None and not np.isnat(joined.stamps).any() else None


def is_part(column: pl.Series) -> bool:
    """Whether a column is a month, a day, an hour or the like by its name and its values, but no year."""
    part = part_of(column.name)
    if part in (None, "y", "M", "S") or re.sub(r"[\W_]+", "", column.name).lower() in ("mm", "dd", "mo", "d", "w"):
        return False
    values = _part(column, part or "")
    return values is not None and bool((values == np.floor(values)).all())


def _part(column: pl.Series, part: str) -> NDArray[np.float64] | None:
    """A part as numbers; names of months are theirs; None where they are no such part."""
    if part == "m" and is_text(column):
        text = known_text(column).str.to_lowercase().str.strip_chars_end(".")
        if text.drop_nulls().is_in(list(MONTHS)).all():
            return text.replace_strict(MONTHS, default=None, return_dtype=pl.Float64).fill_null(float("nan")).to_numpy()
    values, bad = numbers(column)
    if bad is not None or np.isnan(values).any():
        return None
    least, most = {
        "y": (0, 9999),
        "m": (1, 12),
        "d": (1, 31),
        "H": (0, 24),
        "q": (1, 4),
        "w": (1, 53),
        "j": (1, 366),
    }.get(part, (0, 59))
    return values if values.min() >= least and values.max() <= most else None
