"""How long a stage still takes."""

from __future__ import annotations

from time import monotonic

from gatewise.languages import say


def clock(seconds: float) -> str:
    """Seconds as one reads them: ``1:05``, ``2:03:10``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Pace:
    """How long a stage still takes, from what it has done."""

    def __init__(self, text: str, total: int) -> None:
        self.text, self.total, self.done = text, total, 0
        self.started = monotonic()

    @property
    def left(self) -> str:
        """Time left, as read; empty before anything was done."""
        if self.done == 0:
            return ""
        seconds = (monotonic() - self.started) / self.done * (self.total - self.done)
        return say("about {time} left", time=clock(seconds))

    @property
    def told(self) -> str:
        """How far the stage is, in a line."""
        given = {"stage": self.text, "done": self.done, "total": self.total}
        if not self.left or self.done >= self.total:
            return say("{stage}: {done} of {total}", **given)
        return say("{stage}: {done} of {total}, {left}", left=self.left, **given)
