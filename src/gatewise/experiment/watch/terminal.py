"""How far a comparison is: a live display in a terminal, plain lines elsewhere; always on standard error."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

PLAIN_EVERY = 10.0
"""Seconds between two plain lines about the same stage."""


def clock(seconds: float) -> str:
    """Seconds as one reads them: ``1:05``, ``2:03:10``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Pace:
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
        return f"about {clock(seconds)} left"


class Live:
    """A bar that moves; for a terminal. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None, left="")
        self._pace = _Pace("reading", 1)

    def __enter__(self) -> Live:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""
        self._pace = _Pace(text, total)
        self._bar.update(self._task, description=text, total=total, completed=0, left="")

    def advance(self) -> None:
        """One unit of the stage is done."""
        self._pace.done += 1
        self._bar.update(self._task, completed=self._pace.done, left=self._pace.left)

    def note(self, text: str) -> None:
        """A line above the bar."""
        self._bar.console.print(Text(text), soft_wrap=True)


class Plain:
    """Lines with the time they were written at; for a log. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console, self._started = console, monotonic()
        self._pace, self._said = _Pace("", 1), 0.0

    def __enter__(self) -> Plain:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""
        self._pace, self._said = _Pace(text, total), monotonic()
        self._line(f"{text}: {total} to do")

    def advance(self) -> None:
        """One unit of the stage is done."""
        pace = self._pace
        pace.done += 1
        if pace.done == pace.total or monotonic() - self._said >= PLAIN_EVERY:
            self._said = monotonic()
            self._line(
                f"{pace.text}: {pace.done} of {pace.total}" + (f", {pace.left}" if pace.done < pace.total else "")
            )

    def note(self, text: str) -> None:
        """A line, or several."""
        for line in text.splitlines():
            self._line(line)

    def _line(self, text: str) -> None:
        self._console.print(Text(f"[{clock(monotonic() - self._started)}] {text}"), soft_wrap=True)


def shown(console: Console) -> Live | Plain:
    """The progress that suits a console."""
    return Live(console) if console.is_terminal else Plain(console)
