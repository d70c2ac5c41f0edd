"""Who is told how far a comparison is where the caller does not say: a notebook, a terminal, or nobody."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from rich.console import Console

from gatewise.experiment.watch.notebook import Notebook, in_notebook
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.watch.terminal import watcher

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gatewise.experiment.watch.protocol import Watcher


def watching(asked: Watcher | bool | None) -> AbstractContextManager[Watcher]:
    """Whoever is told, for the time of a comparison.

    Args:
        asked: A watcher; True for a line in a notebook, a bar in a terminal, lines on standard error elsewhere; None
            for the same, but nobody elsewhere; False for nobody.
    """
    if asked is not None and not isinstance(asked, bool):
        return nullcontext(asked)
    if asked is not False and in_notebook():
        return Notebook()
    console = Console(stderr=True)
    if asked is False or (asked is None and not console.is_terminal):
        return nullcontext(Quiet())
    return watcher(console)
