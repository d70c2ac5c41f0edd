"""The clock beside the purse: a budget is a promise about time, and the plan's prices are only a forecast of it.

The plan fixes which fits come next; the clock only how many: it ends them earlier, or grants more of them where they
are quicker than their prices. What it decides is written down before anything depends on it, so a run that is stopped
and resumed comes to the same verdict. It never sees a loss, so it spends no more of the error than a planned end does.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from gatewise.run.clock import Cut

if TYPE_CHECKING:
    from gatewise.run.folder import RunFolder

EFFICIENCY = 0.9
"""Share of the workers' seconds that fits get; the rest goes to waiting at the looks."""

RECENT, ENOUGH = 16, 8
"""Fits whose seconds tell how fast the machine is now, and how many have to before more are granted."""


class Clock:
    """Tells what the time left still buys, and remembers what it decided.

    Args:
        folder: The run folder, whose clock.json it reads and writes.
        spent: Seconds of the budget that are gone.
    """

    def __init__(self, folder: RunFolder, spent: float) -> None:
        self._folder = folder
        self._watched = folder.watched()
        self._ends = monotonic() + self._watched.seconds - spent if self._watched else float("inf")
        self._recent: deque[tuple[float, float]] = deque(maxlen=RECENT)

    def made(self, seconds: float, price: float) -> None:
        """A fit took so many seconds, and had this price."""
        self._recent.append((seconds, price))

    def cut(self, after: int) -> float | None:
        """What was left of the purse by an earlier decision, after so many fits; None where there was none."""
        cuts = self._watched.cuts if self._watched else ()
        return next((cut.left for cut in cuts if cut.after == after), None)

    def within(self, left: float, wanted: float, after: int, *, reserved: float, workers: int) -> float:
        """What the purse has left once the clock was asked.

        That is less where ``wanted`` would end too late, and more where the purse does not pay for it and the time left
        does; either is noted. Of what is granted the models to hand over are put aside once more, for they are few and
        may leave workers idle.

        Args:
            left: Core seconds at the plan's prices.
            wanted: Those that are to be spent next.
            after: Fits that were paid for.
            reserved: Core seconds of the models to hand over, which the purse has put aside.
            workers: How many work at the same time.
        """
        if self._watched is None:
            return left
        seconds = (self._ends - monotonic()) * workers * EFFICIENCY
        buys = max(0.0, seconds / self._pace() - reserved)
        grants = buys - reserved if len(self._recent) >= ENOUGH else 0.0
        if buys < min(left, wanted):
            corrected = buys
        elif left < wanted and grants > left:
            corrected = grants
        else:
            return left
        cut = Cut(after=after, before=left, left=float(f"{corrected:.4g}"))
        self._watched = self._watched.model_copy(update={"cuts": (*self._watched.cuts, cut)})
        self._folder.write_watched(self._watched)
        return cut.left

    @property
    def taken(self) -> float:
        """Core seconds that were taken from the purse, less those that it was granted."""
        return self._watched.taken if self._watched else 0.0

    def _pace(self) -> float:
        """Seconds that a priced second takes."""
        price = sum(price for _, price in self._recent)
        return sum(seconds for seconds, _ in self._recent) / price if price else 1.0
