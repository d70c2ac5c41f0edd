"""Nobody watches."""

from __future__ import annotations


class Quiet:
    """Says nothing; see `Watcher`."""

    def stage(self, text: str, total: int) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
