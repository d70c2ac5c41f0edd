"""What repeats: the lengths of seasons, by the calendar and by the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar


def seasons(
    values: NDArray[Any],
    numbers: NDArray[np.int64],
    calendar: Calendar | None,
    series: NDArray[np.int64] | None = None,
) -> tuple[int, ...]:
    """Steps of each season, the most telling first."""
    return tuple(steps for _, steps in calendar.cycles[:1]) if calendar else ()
