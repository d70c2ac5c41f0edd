"""Fits that are kept in memory, for a comparison without a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewise.run.fits import Fit, Kept, Key


class Memory:
    """Holds what `FitStore` would write, and forgets what pairs leave besides their losses: no model is taken of it."""

    def __init__(self) -> None:
        self._fits: dict[Key, Fit] = {}

    def read(self) -> dict[Key, Fit]:
        """All fits by key."""
        return dict(self._fits)

    def add(self, fit: Fit, kept: Kept | None = None) -> None:
        """Keep a fit."""
        self._fits[fit.key] = fit

    def kept(self, key: Key) -> Kept | None:
        """Nothing."""
        return None
