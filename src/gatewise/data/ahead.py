"""Time goes on: the steps ahead of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.calendar import months_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Series


def ahead_of(series: Series, horizon: int) -> tuple[str, pl.Series]:
    """Name and values of the time column for the ``horizon`` steps after the last row."""
    steps = np.arange(1, horizon + 1)
    if series.stamps is None or series.step is None:
        return "step", pl.Series(steps)
    name = series.time or "step"
    last: NDArray[Any] = series.stamps[-1:]  # time stamps or plain numbers, and the step is of the same kind
    if not isinstance(series.step, np.timedelta64):
        return name, pl.Series(last + steps * series.step)
    months = months_in(series.step)
    if months:
        ahead = pl.concat([pl.Series(last).dt.offset_by(f"{months * int(k)}mo") for k in steps])
    else:
        ahead = pl.Series(last + steps * series.step)
    # Days are written as days, not as midnights.
    whole = series.step >= np.timedelta64(1, "D") and (ahead.cast(pl.Date) == ahead).all()
    return name, ahead.cast(pl.Date) if whole else ahead
