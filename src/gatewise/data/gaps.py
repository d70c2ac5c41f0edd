"""Missing steps: rows are inserted for them, so that a season later is a season later; long outages cut a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.data.series import moment
from gatewise.data.timeline import Timeline
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar
    from gatewise.data.order import Ordered

SHORTEST_OUTAGE = 16
"""An outage of more steps than this, and of more than two of the calendar's shortest cycles, cuts the series."""


FAR, FEWEST_ROWS = 0.1, 8
"""A first or last row of a series is far from the others where it lies further off than this share of what they span;
of a series of fewer rows nothing is said."""


class Placed(NamedTuple):
    """Rows at their steps of the calendar.

    Attributes:
        values: Shape (rows, features), NaN in inserted rows.
        stamps: Time of each row.
        timeline: The place of each row.
        inserted: How many rows were inserted.
        notes: What was changed.
    """

    values: NDArray[np.float64]
    stamps: NDArray[Any] | None
    timeline: Timeline
    inserted: int
    notes: tuple[Told, ...]


def placed(rows: Ordered, calendar: Calendar | None, gaps: str | None) -> Placed:
    """Put rows at the calendar's steps.

    Args:
        rows: Rows in order.
        calendar: How time goes on; None takes the rows as evenly spaced.
        gaps: ``fill`` inserts rows for missing steps, ``refuse`` refuses them, ``keep`` takes the rows as evenly
            spaced, whatever their stamps; None fills, but asks about a row far from all others.

    Raises:
        DataError: Steps are missing and ``gaps`` is refuse, stamps lie beside the calendar's steps, or the first or
            last row of a series lies far from all others.
    """
    if rows.stamps is None or calendar is None:
        return Placed(rows.values, rows.stamps, _by_row(rows.members), 0, ())
    numbers, on_grid = calendar.numbers(rows.stamps)
    new = np.ones(len(numbers), dtype=bool)
    new[1:] = rows.members[1:] != rows.members[:-1]
    ahead = np.where(new, 1, np.diff(numbers, prepend=numbers[0]))
    missing = int((ahead - 1).clip(0).sum())
    beside = ~on_grid | (ahead < 1)
    if gaps == "keep":
        told = Told("{steps} missing; the rows are taken as evenly spaced: --gaps keep", steps=counted(missing, "step"))
        return Placed(rows.values, rows.stamps, _by_row(rows.members), 0, (told,) * bool(missing))
    if beside.any():
        raise _beside(rows.stamps, beside, calendar)
    if missing and gaps == "refuse":
        first = int(np.argmax(ahead > 1))
        raise DataError(
            f"{counted(missing, 'step')} of {calendar.text} are missing, the first after "
            f"{moment(rows.stamps[first - 1])}. Bring them, or type: --gaps fill"
        )
    if gaps is None:
        _refuse_far(rows, ahead, new, calendar)
    return _filled(rows, numbers, ahead, calendar)


def _refuse_far(rows: Ordered, ahead: NDArray[np.int64], new: NDArray[np.bool_], calendar: Calendar) -> None:
    """Ask about a first or last row that lies far from the others of its series: a slip in one stamp looks like it.

    Raises:
        DataError: Names the row.
    """
    assert rows.stamps is not None
    starts = np.append(np.flatnonzero(new), len(new))
    for first, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        steps = ahead[first + 1 : end]
        if len(steps) < FEWEST_ROWS:
            continue
        for place, row, beside in ((0, first, first + 1), (-1, end - 1, end - 2)):
            others = int(steps.sum() - steps[place])
            if steps[place] > max(longest_filled(calendar) + 1, FAR * others):
                raise DataError(
                    f"the {'last' if place else 'first'} row, at {moment(rows.stamps[row])}, lies"
                    f" {int(steps[place]):,} steps of {calendar.text} from the row {'before' if place else 'after'} it,"
                    f" at {moment(rows.stamps[beside])}, all others within {others:,}: correct the stamp or leave the"
                    " row out, or type --gaps fill if it is right"
                )


def longest_filled(calendar: Calendar) -> int:
    """Steps of the longest outage that is filled in; a longer one cuts the series."""
    return max(SHORTEST_OUTAGE, *(2 * steps for _, steps in calendar.cycles[:1]), 0)


def _filled(rows: Ordered, numbers: NDArray[np.int64], ahead: NDArray[np.int64], calendar: Calendar) -> Placed:
    """The rows with a row of NaN for each missing step of an outage that is not too long."""
    if (ahead == 1).all():
        return Placed(rows.values, rows.stamps, Timeline(numbers, rows.members), 0, ())
    longest = longest_filled(calendar)
    cut = ahead - 1 > longest
    insert = np.where(cut, 0, ahead - 1)
    inserted, cuts = int(insert.sum()), int(cut.sum())
    notes = []
    if inserted:
        first = int(np.argmax(insert > 0))
        assert rows.stamps is not None
        notes.append(
            Told(
                "{steps} filled in as missing values, the first after {stamp}",
                steps=counted(inserted, "missing step"),
                stamp=moment(rows.stamps[first - 1]),
            )
        )
    if cuts:
        notes.append(
            Told(
                "{outages} of more than {steps:,} steps cut the series: no window crosses them",
                outages=counted(cuts, "outage"),
                steps=longest,
            )
        )
    if not inserted:
        return Placed(rows.values, rows.stamps, Timeline(numbers, rows.members), 0, tuple(notes))
    place = np.arange(len(numbers)) + np.cumsum(insert)
    total = len(numbers) + inserted
    values = np.full((total, rows.values.shape[1]), np.nan)
    values[place] = rows.values
    source = np.searchsorted(place, np.arange(total), side="left")  # the row that each row is or comes before
    members = rows.members[source]
    steps = numbers[source] - (place[source] - np.arange(total))
    stamps = calendar.stamps(steps)
    stamps[place] = rows.stamps
    return Placed(values, stamps, Timeline(steps, members), inserted, tuple(notes))


def _by_row(members: NDArray[np.int64]) -> Timeline:
    """Rows that follow each other without a missing step; series without stamps end together."""
    starts = np.searchsorted(members, np.arange(members[-1] + 2))
    sizes = np.diff(starts)
    place = np.arange(len(members)) - starts[members]
    return Timeline(place + (sizes.max() - sizes)[members], members)


def _beside(stamps: NDArray[Any], beside: NDArray[np.bool_], calendar: Calendar) -> DataError:
    first = int(np.argmax(beside))
    equal = "--every STEP --aggregate mean, such as --every 1h, to make rows of equal steps, or "
    return DataError(
        f"{counted(int(beside.sum()), 'time stamp')} of {len(stamps):,} lie beside the steps of {calendar.text}, the "
        f"first at {moment(stamps[first])}. Type: {equal * (stamps.dtype.kind == 'M')}--gaps keep to take the rows as"
        " evenly spaced"
    )
