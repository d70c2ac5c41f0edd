"""Who is told how far a comparison is."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Is told how far a comparison is."""

    def stage(self, text: str, total: int) -> None:
        """A stage of ``total`` units begins."""

    def advance(self) -> None:
        """One unit of the stage is done."""

    def note(self, text: str) -> None:
        """Something worth a line."""
