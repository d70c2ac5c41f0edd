"""Rows of an irregular log made rows of equal steps: one for each step, from those that fall into it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.order import MERGED, Ordered, lasts, means, with_last
from gatewise.errors import OptionError
from gatewise.languages import Told
from gatewise.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MICROSECONDS = {"s": 10**6, "m": 60 * 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_WEEK = 7 * 86400 * 10**6


def resampled(rows: Ordered, every: str, aggregate: str, codes: Sequence[int] = ()) -> Ordered:
    """One row for each step that holds a row; its stamp is the step's beginning.

    Args:
        rows: Rows in order, with time stamps; several of one time are allowed.
        every: The step: ``10m``, ``1h``, ``1d``, ``1w`` (from Monday), ``1mo``.
        aggregate: mean, sum or last.
        codes: Features that are numbers of categories: the last one stands for the step.

    Raises:
        OptionError: ``every`` is no step, or the rows have no times.
    """
    if rows.stamps is None or rows.stamps.dtype.kind != "M":
        raise OptionError("--every needs a column of dates or times, and there is none; name it with --time")
    begins = _begins(rows.stamps, every)
    new = np.ones(len(begins), dtype=bool)
    new[1:] = (begins[1:] != begins[:-1]) | (rows.members[1:] != rows.members[:-1])
    starts = np.flatnonzero(new)
    note = Told(
        "{rows} made {count:,} of {every} each: the {aggregate}",
        rows=counted(len(begins), "row"),
        count=len(starts),
        every=every,
        aggregate=MERGED[aggregate],
    )
    return replace(
        rows,
        values=with_last(_one_each(rows.values, starts, aggregate), rows.values, starts, codes),
        stamps=begins[starts],
        members=rows.members[starts],
        notes=(*rows.notes, note),
    )


def _begins(stamps: NDArray[np.datetime64], every: str) -> NDArray[np.datetime64]:
    """The beginning of the step that each stamp falls into."""
    found = re.fullmatch(r"(\d+)\s*(s|m|min|h|d|w|mo)", every.strip().lower())
    count = int(found[1]) if found else 0
    if not found or not count:
        raise OptionError(f"--every {every!r}: expected a number and s, m, h, d, w or mo, such as 10m, 1h or 1d")
    unit = found[2]
    if unit == "mo":
        months = stamps.astype("datetime64[M]").astype(np.int64)
        return (months // count * count).astype("datetime64[M]").astype("datetime64[us]")
    # 1970 began on a Thursday; weeks begin on Mondays.
    origin = np.datetime64("1970-01-05" if unit == "w" else "1970-01-01", "us")
    step = count * _MICROSECONDS.get(unit, _WEEK)
    since = (stamps - origin).astype("timedelta64[us]").astype(np.int64)
    begins: NDArray[np.datetime64] = origin + (since // step * step).astype("timedelta64[us]")
    return begins


def _one_each(values: NDArray[np.float64], starts: NDArray[np.int64], aggregate: str) -> NDArray[np.float64]:
    if aggregate == "mean":
        return means(values, starts)
    if aggregate == "sum":
        known = ~np.isnan(values)
        total: NDArray[np.float64] = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
        return np.where(np.add.reduceat(known, starts, axis=0), total, np.nan)
    return lasts(values, starts)
