"""The calendar: the steps ahead of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Series

_CALENDAR = ((28, 31, "1mo"), (89, 92, "3mo"), (181, 184, "6mo"), (360, 370, "1y"))
"""Steps in days, from and to, that mean a step of the calendar: months and years are no fixed number of days."""


def ahead_of(series: Series, horizon: int) -> tuple[str, pl.Series]:
    """Name and values of the time column for the ``horizon`` steps after the last row."""
    steps = np.arange(1, horizon + 1)
    if series.stamps is None or series.step is None:
        return "step", pl.Series(steps)
    name = series.time or "step"
    last: NDArray[Any] = series.stamps[-1:]  # time stamps or plain numbers, and the step is of the same kind
    if not isinstance(series.step, np.timedelta64):
        return name, pl.Series(last + steps * series.step)
    days = series.step / np.timedelta64(1, "D")
    calendar = [unit for low, high, unit in _CALENDAR if low <= days <= high]
    if calendar:
        number, unit = int(calendar[0].rstrip("moy")), calendar[0].lstrip("0123456789")
        ahead = pl.concat([pl.Series(last).dt.offset_by(f"{number * int(k)}{unit}") for k in steps])
    else:
        ahead = pl.Series(last + steps * series.step)
    # Days are written as days, not as midnights.
    return name, ahead.cast(pl.Date) if days >= 1 and (ahead.cast(pl.Date) == ahead).all() else ahead
