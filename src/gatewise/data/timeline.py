"""Where the rows of a table of series stand in time: whose they are, at which step, and where a window may lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Timeline:
    """The place of each row. The rows of one series lie together, in the order of their steps.

    A *stretch* is a run of rows of one series without a missing step; no window crosses its border.

    Attributes:
        steps: Calendar step of each row, counted alike in all series, shape (rows,).
        members: Number of the series each row belongs to, 0, 1, ..., shape (rows,).
    """

    steps: NDArray[np.int64]
    members: NDArray[np.int64]

    @classmethod
    def plain(cls, rows: int) -> Timeline:
        """One series of ``rows`` rows without a missing step."""
        return cls(np.arange(rows), np.zeros(rows, dtype=np.int64))

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First row of each series, then the number of rows; shape (series + 1,)."""
        return np.concatenate([np.searchsorted(self.members, np.arange(self.count)), [len(self.members)]])

    @property
    def count(self) -> int:
        """How many series there are."""
        return int(self.members[-1]) + 1

    @property
    def before(self) -> NDArray[np.int64]:
        """Rows of its stretch before each row, shape (rows,)."""
        starts = self._stretches
        return np.arange(len(self.steps)) - np.repeat(starts[:-1], np.diff(starts))

    @property
    def room(self) -> NDArray[np.int64]:
        """Rows of its stretch from each row on, itself included, shape (rows,)."""
        starts = self._stretches
        return np.repeat(starts[1:], np.diff(starts)) - np.arange(len(self.steps))

    @property
    def cuts(self) -> NDArray[np.int64]:
        """First rows of stretches that a long outage cut off within a series."""
        return np.setdiff1d(self._stretches, self.starts)

    @property
    def unbroken(self) -> bool:
        """Whether the rows are one series without a missing step."""
        return len(self._stretches) == 2

    def member_before(self, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """The series of the windows that end before the rows ``ends``, shape (N,)."""
        return self.members[ends - 1]

    def past(self, ends: NDArray[np.int64], back: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows ``back`` steps before the steps that windows forecast from, shape (N, len(back)).

        A step that is missing stands for the row before it, and one before the series for its first row.

        Args:
            ends: Rows the windows forecast from, shape (N,); the row after the last one too.
            back: Steps back, 1 or more.
        """
        last = ends - 1
        span = int(np.ptp(self.steps)) + int(back.max()) + 2
        place = self.steps - self.steps.min()
        keys = self.members * span + place
        wanted = self.members[last][:, None] * span + np.maximum(place[last][:, None] + 1 - back, 0)
        rows: NDArray[np.int64] = np.searchsorted(keys, wanted, side="right") - 1
        return np.maximum(rows, self.starts[self.members[last]][:, None])

    @cached_property
    def _stretches(self) -> NDArray[np.int64]:
        """First row of each stretch, then the number of rows; shape (stretches + 1,)."""
        new = (np.diff(self.steps) != 1) | (np.diff(self.members) != 0)
        return np.concatenate([[0], np.flatnonzero(new) + 1, [len(self.steps)]])
