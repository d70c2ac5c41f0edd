"""Fits that are kept in memory, for a comparison without a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewise.run.fits import Fit, Kept, Key


class Memory:
    """Holds what `FitStore` would write, and forgets what pairs leave besides their losses: no model is taken of it."""

    def __init__(self) -> None:
        self._fits: dict[Key, Fit] = {}
        self._kept: dict[Key, Kept] = {}

    def read(self) -> dict[Key, Fit]:
        """All fits by key."""
        return dict(self._fits)

    def add(self, fit: Fit, kept: Kept | None = None) -> None:
        """Keep a fit, and the weights of one on all rows."""
        self._fits[fit.key] = fit
        if kept is not None and fit.key.phase == "model":
            self._kept[fit.key] = kept

    def kept(self, key: Key) -> Kept | None:
        """The weights of a fit on all rows; else None."""
        return self._kept.get(key)
