"""Columns of dates in a table, and which of several is the time of the rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gatewise.data.columns import distinct, numbers
from gatewise.data.counts import epochs, text_index
from gatewise.data.stamps import SAMPLE, Stamps, read_stamps
from gatewise.data.timenames import DATES, TIMES, UPDATES, WEEKS, YEARS, words_of
from gatewise.languages import Told
from gatewise.text import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LAG = np.timedelta64(15, "h")
"""Two columns of the same time in two zones lie no further apart."""

COARSE = np.timedelta64(366, "D")
"""A date written once more by day, month or year lies no further off."""

_LONG_BLOCK = 20
"""Rows that a column without a name counts on in the mean, from which on it numbers the rows of each series."""

SLIP = np.timedelta64(2, "h")
"""A wall clock is put back by no more than this."""


def dated(column: pl.Series, *, known: bool, order: str | None, zone: str) -> Stamps | None:
    """A column as stamps: text, dates, digits, or numbers that count time; None where it holds none.

    ``known`` says that the column is the time; otherwise digits alone are dates only under a time's name.
    """
    words = words_of(column.name)
    bare = known or bool(words & TIMES)
    stamps = read_stamps(column, bare=bare, order=order, zone=zone)
    if stamps is not None and stamps.bad is not None and text_index(column) is not None:
        return None  # t1, t2, ...: not trimesters
    if stamps is not None and stamps.writing.template == "{y:04}{w:02}" and not words & WEEKS:
        stamps = None  # numbers after a year may count weeks, or periods of four of them
    if stamps is not None and stamps.writing.template == "{yy:02}{m:02}{d:02}" and not words & DATES:
        stamps = None  # six digits that may count anything
    if stamps is not None and stamps.writing.template == "{y:04}" and not words & YEARS:
        stamps = None  # four digits that may count anything
    if stamps is not None and _names_two_years(stamps):
        stamps = None  # 2001/02: not February
    if stamps is not None and stamps.share > 0.5:
        return stamps
    if stamps is None and not bare:
        stamps = _by_rollover(column, order=order, zone=zone)
        if stamps is not None:
            return stamps
    some, bad = numbers(column.head(SAMPLE))
    if bad is not None or epochs(column.name, some, known=True) is None:
        return stamps  # before the whole column is gone through
    values, bad = numbers(column)
    count = epochs(column.name, values, known=known, zone=zone) if bad is None else None
    if count is not None:
        return Stamps(count.stamps, None, 1.0, count.writing, notes=(count.note,))
    return stamps


def _names_two_years(stamps: Stamps) -> bool:
    """Whether all months are the years after their years: seasons such as 2001/02, 2002/03."""
    if not re.fullmatch(r"\{y:04\}[-/]\{m:02\}", stamps.writing.template) or len(_unique(stamps)) < 3:
        return False
    months = _unique(stamps).astype("datetime64[M]").astype(np.int64)
    return bool((months % 12 + 1 == (months // 12 + 1971) % 100).all())


def _by_rollover(column: pl.Series, *, order: str | None, zone: str) -> Stamps | None:
    """Digits such as 20240131 under a name that says nothing: dates where months or years end as they do in time."""
    known = column.drop_nulls()
    lengths = known.head(SAMPLE).cast(pl.String).str.len_chars()
    if len(known) < 10 or known.dtype.is_float() or not lengths.is_between(6, 14).all():
        return None
    stamps = read_stamps(column, bare=True, order=order, zone=zone)
    if stamps is None or stamps.bad is not None or not re.match(r"\{y:04\}\{m:02\}", stamps.writing.template):
        return None
    months = stamps.writing.template == "{y:04}{m:02}"
    spans = np.unique(_unique(stamps).astype("datetime64[Y]" if months else "datetime64[M]"))
    note = Told("{name}: digits read as dates", name=named(column.name))
    return stamps._replace(notes=(*stamps.notes, note)) if len(spans) > 1 and _evenness(stamps) >= 0.5 else None


def best_of(candidates: Mapping[str, Stamps]) -> tuple[list[str], list[str]]:
    """The columns of dates that may be the time of the rows, and those that are the same time once more.

    Where the first list has one name it is chosen; where it has several the user has to say.
    """
    if len(candidates) == 1:
        return list(candidates), []
    left = dict(candidates)
    moving = {name: stamps for name, stamps in left.items() if len(_unique(stamps)) > 1}
    left = moving or left
    observed = {name: stamps for name, stamps in left.items() if not words_of(name) & UPDATES}
    updates = [name for name in left if name not in observed] if observed else []
    left = observed or left
    again: list[str] = []
    for name in sorted(left, key=lambda name: _rank(name, left[name])):
        if name not in again and name in left:
            copies = [other for other in left if other not in (name, *again) and _same_time(left[name], left[other])]
            again += copies
    chosen = [name for name in left if name not in again]
    if len(chosen) > 1:
        # Stamps without repeats that go on evenly, beside dates of something else.
        even = [name for name in chosen if _evenness(left[name]) > 0.9]
        uneven = [name for name in chosen if name not in even]
        if len(even) == 1 and all(len(_unique(left[name])) < 0.9 * len(left[name].values) for name in uneven):
            once = len(_unique(left[even[0]])) == len(left[even[0]].values)
            chosen = even if once else chosen
    return chosen, [
        *again,
        *(name for name in updates if len(chosen) == 1 and _same_time(left[chosen[0]], candidates[name])),
    ]


def _rank(name: str, stamps: Stamps) -> tuple[int, bool, bool]:
    """Finest first, then those whose zone is known, then those that say so in their names."""
    return -len(_unique(stamps)), not stamps.zone, not words_of(name) & {"utc", "gmt"}


def _same_time(one: Stamps, other: Stamps) -> bool:
    """Whether a column is another's time once more: in another zone, or by day, month or year."""
    known = ~np.isnat(one.values) & ~np.isnat(other.values)
    mine, others = one.values[known], other.values[known]
    if not len(mine):
        return False
    order = np.argsort(mine, kind="stable")
    mine, others = mine[order], others[order]
    apart = np.abs((mine - others).astype(np.int64)).max().astype("timedelta64[us]")
    if (np.diff(others) < -SLIP).any():
        return False
    if apart <= LAG:
        coarse = len(np.unique(others)) < 0.9 * len(np.unique(mine))
        return not coarse or _floored(mine, others)
    return bool(apart <= COARSE) and _floored(mine, others)


def _floored(fine: NDArray[np.datetime64], coarse: NDArray[np.datetime64]) -> bool:
    """Whether the coarse stamps are days, months or years of the fine ones, perhaps by the clock of another zone."""
    if len(np.unique(coarse)) >= len(np.unique(fine)) or (np.diff(np.unique(fine)).astype(np.int64) <= 0).any():
        return False
    for unit in "DMY":
        floor = coarse.astype(f"datetime64[{unit}]")
        if (floor == coarse).all():
            ahead, behind = (fine + shift for shift in (LAG, -LAG))
            within = (floor >= behind.astype(f"datetime64[{unit}]")) & (floor <= ahead.astype(f"datetime64[{unit}]"))
            # Rows written at odd times of a day are no finer time of what was observed on it.
            if within.all() and _even_steps(fine) >= 0.5:
                return True
    return False


def _evenness(stamps: Stamps) -> float:
    return _even_steps(stamps.values)


def _even_steps(values: NDArray[np.datetime64]) -> float:
    """Share of distances that are the most common one; months of 28 to 31 days are one distance."""
    steps = np.diff(np.unique(values[~np.isnat(values)])).astype(np.int64) / 86_400e6
    steps = np.where((steps >= 28) & (steps <= 31), 30, steps)
    return float(np.unique(np.round(steps, 9), return_counts=True)[1].max() / len(steps)) if len(steps) else 0.0


def _unique(stamps: Stamps) -> NDArray[np.datetime64]:
    return distinct(stamps.values[~np.isnat(stamps.values)])


def _may_number(column: pl.Series, order: NDArray[np.int64]) -> bool:
    """Whether the first rows, in the file or in time, go on by one, or the name says year: a look before the whole."""
    if "year" in words_of(column.name):
        return True
    for rows in (column.head(9), column.gather(order[:9])):
        values, bad = numbers(rows)
        steps = np.diff(values) if np.isfinite(values).all() else values[:0]
        if bad is None and len(steps) > 1 and abs(steps[0]) == 1 and (steps == steps[0]).all():
            return True
    return False


def _is_nameless(name: str) -> bool:
    """Whether a column has no name of its own, as the index of a frame that was saved."""
    return not name.strip() or name.strip().lower().startswith("unnamed")


def _counts_in_blocks(values: NDArray[np.float64], steps: NDArray[np.float64]) -> bool:
    """Whether a column counts from row to row but for few leaps, as it does where series stand below each other."""
    leaps = np.count_nonzero(steps != steps[0])
    return bool((values == np.floor(values)).all() and leaps * _LONG_BLOCK < len(values))


def numbering(columns: Sequence[pl.Series], stamps: NDArray[np.datetime64] | NDArray[np.float64]) -> list[str]:
    """Columns that only number the rows, in file order or in time order, or say the year once more."""
    order = np.argsort(stamps, kind="stable")
    found = []
    for column in columns:
        if not _may_number(column, order):
            continue
        values, bad = numbers(column)
        if bad is not None or len(values) < 3 or not np.isfinite(values).all():
            continue
        for steps in (np.diff(values), np.diff(values[order])):
            if abs(steps[0]) == 1 and (steps == steps[0]).all():
                found.append(column.name)
                break
            if _is_nameless(column.name) and abs(steps[0]) == 1 and _counts_in_blocks(values, steps):
                found.append(column.name)
                break
        else:
            if np.issubdtype(stamps.dtype, np.datetime64) and "year" in words_of(column.name):
                years = stamps.astype("datetime64[Y]").astype(np.int64) + 1970
                found += [column.name] * bool((values == years).all())
    return found
