"""Lines with the time they were written at, for a log; on standard error."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from rich.text import Text

from gatewise.experiment.watch.pace import Pace, clock
from gatewise.languages import say

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

PLAIN_EVERY = 10.0
"""Seconds between two plain lines about the same stage."""


class Plain:
    """Lines with the time they were written at; for a log. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console, self._started = console, monotonic()
        self._pace, self._said = Pace("", 1), 0.0

    def __enter__(self) -> Plain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""
        self._pace, self._said = Pace(text, total), monotonic()
        self._line(say("{stage}: {count} to do", stage=text, count=total))

    def advance(self) -> None:
        """One unit of the stage is done."""
        pace = self._pace
        pace.done += 1
        if pace.done == pace.total or monotonic() - self._said >= PLAIN_EVERY:
            self._said = monotonic()
            self._line(pace.told)

    def note(self, text: str) -> None:
        """A line, or several."""
        for line in text.splitlines():
            self._line(line)

    def _line(self, text: str) -> None:
        self._console.print(Text(f"[{clock(monotonic() - self._started)}] {text}"), soft_wrap=True)
