"""The watcher that suits a console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gatewise.experiment.watch.live import Live
from gatewise.experiment.watch.plain import Plain

if TYPE_CHECKING:
    from rich.console import Console


def watcher(console: Console) -> Live | Plain:
    """A bar in a terminal, lines elsewhere."""
    return Live(console) if console.is_terminal else Plain(console)
