"""A bar that moves, for a terminal; on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from gatewise.experiment.watch.pace import Pace
from gatewise.languages import say

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console


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
        self._task = self._bar.add_task(say("reading the data"), total=None, left="")
        self._pace = Pace("", 1)

    def __enter__(self) -> Live:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""
        self._pace = Pace(text, total)
        self._bar.update(self._task, description=text, total=total, completed=0, left="")

    def advance(self) -> None:
        """One unit of the stage is done."""
        self._pace.done += 1
        self._bar.update(self._task, completed=self._pace.done, left=self._pace.left)

    def note(self, text: str) -> None:
        """A line above the bar."""
        self._bar.console.print(Text(text), soft_wrap=True)
