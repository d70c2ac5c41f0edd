"""Time goes on: the steps ahead of each series, written as the table's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.series import Series


def steps_ahead(series: Series, ends: NDArray[np.int64], horizon: int) -> list[pl.Series]:
    """The columns that name the ``horizon`` steps after each series: those of its name, and the time.

    Args:
        series: The rows before.
        ends: The row after the last one of each series, shape (series,).
        horizon: Steps ahead.
    """
    keys = [
        pl.Series(key, np.repeat([name[place] for name in series.names], horizon))
        for place, key in enumerate(series.keys)
    ]
    ahead = np.tile(np.arange(1, horizon + 1), len(ends))
    if series.stamps is None or series.calendar is None:
        return [*keys, pl.Series("step", ahead)]
    numbers, _ = series.calendar.numbers(series.stamps[ends - 1])
    return [*keys, _written(series.calendar.stamps(np.repeat(numbers, horizon) + ahead), series)]


def _written(stamps: NDArray[Any], series: Series) -> pl.Series:
    """A time column of ``stamps``, named and written as that of the series; days are no midnights."""
    column = pl.Series(series.time or "step", stamps)
    if stamps.dtype.kind != "M":
        return column.cast(pl.Int64) if (stamps == np.round(stamps)).all() else column
    assert series.stamps is not None
    days = (series.stamps == series.stamps.astype("datetime64[D]")).all()
    return column.cast(pl.Date) if days and (column.cast(pl.Date) == column).all() else column
