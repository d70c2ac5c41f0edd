"""The rows that a smoothing rule looks at: the last ones before each origin, as many as it is fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.tasks.forecast import Forecast
    from gatewise.tasks.windows import ForecastExamples

ROWS, CYCLES = 300, 5
"""Rows that are looked at, or cycles of the season where these are more; less where the series is shorter."""

LONGEST = 400
"""Seasons of more steps are left out."""

FEWEST_CYCLES = 3
"""A season takes part where the rows hold it so often."""

MOST_FITTED = 12
"""Of more series and targets than this, evenly chosen ones are fitted; the others take the median of what they have."""

MOST_TRIED = 200
"""Seasons and trends are tried on at most so many windows."""

AT_ONCE = 1024
"""Windows that are looked at at once, to spare memory."""


def seasons_seen(task: Forecast, examples: ForecastExamples, ids: NDArray[np.int64]) -> tuple[int, ...]:
    """No season (1), and those of the plan that are short enough and were seen often enough."""
    seen = _rows_seen(examples, ids)
    return (1, *(m for m in task.section.seasons if m <= LONGEST and FEWEST_CYCLES * m <= seen))


def length(examples: ForecastExamples, ids: NDArray[np.int64], season: int) -> int:
    """How many rows are looked at before each origin."""
    return min(_rows_seen(examples, ids), max(ROWS, CYCLES * season))


def spans(
    examples: ForecastExamples, ids: NDArray[np.int64], rows: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Windows and the targets in the rows before them, shape (N, targets, rows), a few windows at a time.

    Missing values are carried forward, and before its first row a series is as it was there.
    """
    back = np.arange(rows, 0, -1)
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        yield some, np.ascontiguousarray(examples.past(some, back).transpose(0, 2, 1))


def lately(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Windows that seasons and trends are tried on: evenly chosen ones of the last fifth of those that are fitted."""
    late = ids[-max(1, len(ids) // 5) :]
    return late[:: -(-len(late) // MOST_TRIED)]


def last_spans(examples: ForecastExamples, ids: NDArray[np.int64], rows: int) -> list[tuple[int, NDArray[np.float64]]]:
    """Series by number and the last rows of its targets that ``ids`` read or predict, shape (targets, rows) each.

    A series that begins later has fewer rows, one without any of the windows has none and is left out.
    """
    timeline, members = examples.rows.timeline, examples.members(ids)
    found = []
    for member in np.unique(members):
        end = int(ids[members == member].max()) + examples.horizon
        have = min(rows, end - int(timeline.starts[member]))
        past = examples.past(np.array([end]), np.arange(have, 0, -1))[0]
        found.append((int(member), np.ascontiguousarray(past.T)))
    return found[:: -(-len(found) * examples.rows.targets // MOST_FITTED)]


def filled_in(
    numbers: dict[int, NDArray[np.float64]], examples: ForecastExamples
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numbers of each series, shape (series, targets, ...), those not fitted with the median; and the median.

    Args:
        numbers: Series by number -> what was fitted, shape (targets, ...).
        examples: The windows of all series.
    """
    usual = np.median(np.stack(list(numbers.values())), axis=0)
    return np.stack([numbers.get(member, usual) for member in range(examples.rows.timeline.count)]), usual


def _rows_seen(examples: ForecastExamples, ids: NDArray[np.int64]) -> int:
    """Rows of the longest series up to the last target of ``ids``."""
    timeline, members = examples.rows.timeline, examples.members(ids)
    return int((ids + examples.horizon - timeline.starts[members]).max())
