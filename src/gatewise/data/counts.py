"""Numbers that stand for time: seconds since 1970, days of a spreadsheet, counters of rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.columns import is_text, known_text, numbers
from gatewise.data.timenames import DATES, TIMES, may_number, words_of
from gatewise.data.written import UNITS, Writing
from gatewise.data.zones import Placed, wall_clock
from gatewise.languages import Told
from gatewise.text import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FIRST, LAST = 631_152_000, 2_840_140_800
"""Seconds since 1970 at the beginnings of 1990 and 2060: counts of units outside are no stamps."""

_COUNTS = (
    *((unit, "1970-01-01", 0.0) for unit in ("seconds", "milliseconds", "microseconds", "nanoseconds")),
    ("days", "1899-12-30", 25_569.0),
    ("days", "0000-12-31", 719_529.0),
)


SINCE = {
    "seconds": Told("seconds since 1970"),
    "milliseconds": Told("milliseconds since 1970"),
    "microseconds": Told("microseconds since 1970"),
    "nanoseconds": Told("nanoseconds since 1970"),
}
"""What counts of units since 1970 are called."""

STRONG = DATES | {"time", "ts", "epoch", "unix", "utc", "gmt", "시각", "时间", "時間"}
"""Words under which large numbers count time; of others, such as a day's volume, the steps have to say so."""

FEWEST = 10
"""Numbers from which their steps can say that they count time."""


class Count(NamedTuple):
    """Numbers read as stamps: datetime64[us], how they are written, and what to say."""

    stamps: NDArray[np.datetime64]
    writing: Writing
    note: Told


def epochs(name: str, values: NDArray[np.float64], *, known: bool, zone: str = "") -> Count | None:
    """Read numbers as counts of time since a day; None where they are not.

    Args:
        name: Of the column. Days of a spreadsheet are read under a date's name alone, MATLAB's under datenum.
        values: Shape (rows,), none missing.
        known: Whether the column is known to hold times; otherwise its name or an even step has to say so.
        zone: The zone to show them in; "" for UTC.
    """
    if not len(values) or not np.isfinite(values).all():
        return None
    words = words_of(name)
    for unit, origin, shift in _COUNTS:
        length = UNITS[unit] / 1e6  # seconds
        since = (values - shift) * length
        if since.min() < FIRST or since.max() > LAST:
            continue
        if origin == "1899-12-30" and not words & (DATES | {"excel", "serial"}):
            continue
        if origin == "0000-12-31" and not words & {"datenum", "matlab"}:
            continue
        mixed = bool(words & TIMES) and len(values) >= FEWEST and shuffled_count(values, 0.9)
        told = known or words & STRONG or mixed or _steps_of_time(since, named=bool(words & TIMES))
        if unit != "days" and not told:
            continue
        stamps = np.rint((values - shift) * UNITS[unit]).astype(np.int64).astype("datetime64[us]")
        what = SINCE[unit] if origin == "1970-01-01" else Told("days since {origin}", origin=origin)
        note = Told("{name}: numbers read as {what}", name=named(name), what=what)
        if origin != "1970-01-01":
            stamps = (np.rint(stamps.astype(np.int64) / 1e3).astype(np.int64) * 1000).astype("datetime64[us]")
            # A spreadsheet keeps a clock as a share of a day, exact to some microseconds.
            return Count(stamps, Writing(f"count {unit} {origin}"), note)
        placed = Placed(stamps, "UTC", "UTC")
        shown = f"count {unit} {origin}"
        if zone and zone != "UTC" and _days(wall_clock(stamps, zone)):
            placed = Placed(wall_clock(stamps, zone), zone, zone)
            shown = ""
        return Count(placed.stamps, Writing(shown, placed.zone, placed.shown), note)
    return None


def _steps_of_time(since: NDArray[np.float64], *, named: bool) -> bool:
    """Whether the numbers go from row to row as times do: all at whole minutes, or one way under a name of time.

    Args:
        since: Seconds since 1970 in file order, shape (rows,).
        named: Whether the name of the column has a word of time.
    """
    if len(since) < FEWEST:
        return False
    steps = np.diff(since)
    one_way = bool((steps > 0).all() or (steps < 0).all())
    minutes = steps / 60
    whole = bool(steps.any()) and float((np.abs(minutes - np.rint(minutes)) < 1e-6).mean()) >= 0.9
    return whole or (named and one_way)


def _days(wall: NDArray[np.datetime64]) -> bool:
    return bool((wall == wall.astype("datetime64[D]")).all())


class Run(NamedTuple):
    """How numbers go from row to row.

    Attributes:
        step: The distance of nearly all neighbours; 0.0 where there is none.
        restarts: Rows at which they begin anew.
    """

    step: float
    restarts: int


def run_of(values: NDArray[np.float64]) -> Run:
    """Whether numbers count the rows, up or down, and how often they begin anew."""
    if len(values) < 3 or not np.isfinite(values).all():
        return Run(0.0, 0)
    steps = np.diff(values)
    usual, counts = np.unique(steps, return_counts=True)
    step = float(usual[np.argmax(counts)])
    other = steps != step
    if step == 0.0 or (np.sign(steps[other]) == np.sign(step)).any():
        return Run(0.0, 0)
    starts = np.concatenate([values[:1], values[1:][other]])
    if other.any() and (len(starts) > len(values) / 3 or np.unique(starts).size > max(1, len(starts) // 2)):
        return Run(0.0, 0)
    return Run(step, int(other.sum()))


def one_way(column: pl.Series) -> int:
    """1 where a column rises from row to row throughout, -1 where it falls, else 0; text with digits by its letters."""
    if len(column) < 10 or column.null_count():
        return 0
    if is_text(column):
        text = known_text(column)
        if not text.str.contains(r"\d").all():
            return 0
        up, down = text > text.shift(1), text < text.shift(1)
        return int(up.drop_nulls().all()) - int(down.drop_nulls().all()) or _numbers_go_on(text)
    if not column.dtype.is_numeric():
        return 0
    steps = np.diff(column.to_numpy())
    return int((steps > 0).all()) - int((steps < 0).all())


def _numbers_go_on(text: pl.Series) -> int:
    """1 where the numbers in texts that differ throughout rise or stay, read from either end; -1 where they fall.

    Stamps in a language or a form that is not known are so: ``styczeń 2015``, ``1er trim. 2008``, ``10:30:00``.
    """
    if text.n_unique() < len(text):
        return 0
    keys = [tuple(map(int, re.findall(r"\d{1,18}", value))) for value in text.to_list()]
    for way in (keys, [key[::-1] for key in keys]):
        if way == sorted(way):
            return int(way[0] != way[-1])
        if way == sorted(way, reverse=True):
            return -1
    return 0


def packed(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """The numbers around the first leap of a calendar in one number, such as 201552 and 201601; None for counters.

    They go on by one, and what they leap to ends in 00 or 01; quarters may stand behind a point too: 2008.4, 2009.1.
    """
    known = np.unique(values)
    tenths = known if known[0] >= 10_000 else np.round(10 * known, 6)
    parts = tenths % 10
    leaps = np.flatnonzero(np.diff(tenths) > 1.0)
    quarters = len(known) >= 10 and tenths[0] >= 19_000 and tenths[-1] < 21_010 and np.isin(parts, (1, 2, 3, 4)).all()
    if quarters and len(leaps) and (parts[leaps + 1] == 1).all() and (parts[leaps] == parts.max()).all():
        return float(known[leaps[0]]), float(known[leaps[0] + 1])
    steps = np.diff(known)
    if len(known) < 10 or known[0] < 1000 or (known != np.floor(known)).any():
        return None
    leaps = np.flatnonzero(steps >= 10)
    if not len(leaps) or np.mean(steps == 1.0) < 0.5 or (known[leaps + 1] % 100 > 1).any():
        return None
    return float(known[leaps[0]]), float(known[leaps[0] + 1])


def rises_within(column: pl.Series, keys: Sequence[pl.Series]) -> bool:
    """Whether a column of numbers rises from row to row of each series, which the columns ``keys`` name."""
    values, bad = numbers(column)
    if bad is not None or not np.isfinite(values).all():
        return False
    frame = pl.DataFrame([key.alias(str(place)) for place, key in enumerate(keys)])
    steps = frame.with_columns(step=values).select(pl.col("step").diff().over(frame.columns))["step"].drop_nulls()
    return len(steps) > 0 and bool((steps > 0).all())


def restarts(stamps: NDArray[Any]) -> NDArray[np.int64]:
    """Rows where time jumps back to the beginning, if the rows between count up; else none."""
    back = np.flatnonzero(stamps[1:] < stamps[:-1]) + 1
    blocks = np.diff([0, *back.tolist(), len(stamps)])
    rising = len(back) and blocks.min() >= 3 and len(back) <= len(stamps) / 3
    inside = np.delete(stamps[1:] > stamps[:-1], back - 1)
    return back if rising and inside.all() else np.empty(0, dtype=np.int64)


def shuffled_count(values: NDArray[np.float64], share: float = 1.0) -> bool:
    """Whether the numbers, put in order, go on by one step: an index, or times, whose rows were mixed.

    Args:
        values: Shape (rows,).
        share: Of the steps that have to be that one; the others may be gaps.
    """
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    steps = np.diff(np.sort(values))
    return bool(steps.min() > 0 and (steps == np.median(steps)).mean() >= share)


_NUMBERED = re.compile(r"^(.*?\D)(\d{1,9})$")


class Index(NamedTuple):
    """An index of text read as numbers, how it is written, and whether a name or the text says that it is of time."""

    values: NDArray[np.float64]
    template: str
    timely: bool


def text_index(column: pl.Series, *, known: bool = False) -> Index | None:
    """Read text such as t1, t2, t3 as its numbers; None where it is no index.

    ``known`` says that the column is the time: then the numbers need not go on by one step.
    """
    if not is_text(column):
        return None
    text = known_text(column)
    first = _NUMBERED.match(text[0] or "") if len(text) > 1 else None
    if first is None or text.null_count():
        return None
    prefix = first[1]
    if not text.str.starts_with(prefix).all():
        return None
    behind = text.str.slice(len(prefix))
    if not behind.str.contains(r"^\d{1,9}$").all():
        return None
    values = behind.cast(pl.Float64).to_numpy().astype(np.float64)
    lengths = behind.str.len_chars().unique()
    width = f":0{lengths[0]}" if len(lengths) == 1 and behind.str.starts_with("0").any() else ""
    run = run_of(values)
    timely = may_number(column.name) or bool(
        (words_of(column.name) | words_of(prefix)) & (TIMES | {"t", "step", "obs", "row"})
    )
    if known or run.step or shuffled_count(values):
        return Index(values, prefix.replace("{", "{{").replace("}", "}}") + "{n" + width + "}", timely)
    return None
