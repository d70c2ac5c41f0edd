"""clock.json: until when the work of a budget is to end, and how the clock corrected it so that it did."""

from __future__ import annotations

from pydantic import Field

from gatewise.run.document import Document


class Cut(Document):
    """A purse that was corrected: the machine had become slower, or was quicker, than when its speed was measured."""

    after: int = Field(description="fits that were paid for by then")
    before: float = Field(description="core seconds that the purse had left")
    left: float = Field(description="core seconds, at the plan's prices, that the time left still bought")


class Watched(Document):
    """A budget that the clock watches; a run that goes by a given plan has none, and repeats that plan in full."""

    seconds: float = Field(description="from the start until what comes after the fits has to begin")
    cuts: tuple[Cut, ...] = ()

    @property
    def taken(self) -> float:
        """Core seconds that the clock took from the purse, less those that it granted; 0 where it granted more."""
        return max(0.0, sum(cut.before - cut.left for cut in self.cuts))
