"""One line that is replaced, and what was said on the way to be unfolded below it; for a notebook."""

from __future__ import annotations

import sys
from html import escape
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

from gatewise.experiment.watch.pace import Pace, clock
from gatewise.languages import say, say_count
from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

EVERY = 0.5
"""Seconds between two changes of the line: each is a message to the browser, and is kept in the notebook's file."""

FONT = "font: 13px/1.6 system-ui, sans-serif"


def in_notebook() -> bool:
    """Whether this process is a notebook's. IPython is asked where it is loaded, and never loaded for it."""
    found = sys.modules.get("IPython")
    shell = found.get_ipython() if found is not None and hasattr(found, "get_ipython") else None
    return getattr(shell, "kernel", None) is not None


class Notebook:
    """One line that is replaced; for a notebook. Use as a context manager."""

    def __init__(self) -> None:
        self._display = import_module("IPython.display").display
        self._started, self._said, self._pace = monotonic(), 0.0, Pace("reading", 1)
        self._notes: list[str] = []
        self._line: Any = None
        self._below: Any = None

    def __enter__(self) -> Notebook:
        reading = say("reading the data")
        self._line = self._shown(reading, escape(reading))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time = clock(monotonic() - self._started)
        ended = say("compared after {time}", time=time) if kind is None else say("stopped after {time}", time=time)
        self._replace(self._line, ended, escape(ended))
        if kind is not None and self._notes:  # what to type to go on stands in the last one
            self._replace(self._below, *self._folded(unfolded=True))

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""
        self._pace = Pace(text, total)
        self._tell()

    def advance(self) -> None:
        """One unit of the stage is done."""
        self._pace.done += 1
        if monotonic() - self._said >= EVERY or self._pace.done == self._pace.total:
            self._tell()

    def note(self, text: str) -> None:
        """A line, or several, below the one that is replaced."""
        self._notes += map(visible, text.splitlines())
        plain, folded = self._folded()
        if self._below is None:
            self._below = self._shown(plain, folded)
        else:
            self._replace(self._below, plain, folded)

    def _tell(self) -> None:
        pace, self._said = self._pace, monotonic()
        told = visible(pace.told)
        bar = f'<progress max="{max(1, pace.total)}" value="{pace.done}" style="width: 14em; vertical-align: middle">'
        self._replace(self._line, told, f"{bar}</progress> {escape(told)}")

    def _folded(self, *, unfolded: bool = False) -> tuple[str, str]:
        """What was said so far, as text and as HTML."""
        lines = "<br>".join(map(escape, self._notes))
        opened = " open" if unfolded else ""
        head = say_count(
            "what was read, and said on the way ({count} line)",
            "what was read, and said on the way ({count:,} lines)",
            len(self._notes),
        )
        return "\n".join(self._notes), f"<details{opened}><summary>{escape(head)}</summary>{lines}</details>"

    def _shown(self, plain: str, html: str) -> Any:
        return self._display(_both(plain, html), raw=True, display_id=True)

    def _replace(self, handle: Any, plain: str, html: str) -> None:
        handle.update(_both(plain, html), raw=True)


def line(text: str) -> Callable[[str], None]:
    """Show a line, and return what replaces it."""
    shown = import_module("IPython.display").display(_both(text, escape(text)), raw=True, display_id=True)
    return lambda then: shown.update(_both(then, escape(then)), raw=True)


def _both(plain: str, html: str) -> dict[str, str]:
    return {"text/plain": plain, "text/html": f'<div style="{FONT}">{html}</div>'}
