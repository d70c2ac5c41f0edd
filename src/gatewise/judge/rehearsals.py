"""Whether pairs were trained again on all that comes before their test part, and what an earlier origin said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.run.verdict import RefitResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.run.fits import Fit, Key
    from gatewise.run.plan import Plan


def rehearsals(fits: Mapping[Key, Fit]) -> list[tuple[Sequence[float], Sequence[float]]]:
    """The losses of each rehearsal on its test blocks as the network was, and trained again; in the order of keys."""
    return [(fit.validation, fit.test) for key, fit in sorted(fits.items()) if key.phase == "rehearse"]


def saved(found: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float | None:
    """Share of its loss that a network lost less for being trained again, on the mean of all rehearsals.

    Args:
        found: For each rehearsal the losses on its test blocks as it was, and trained again.

    Returns:
        Negative where it lost more; None without any rehearsal.
    """
    shares = [(sum(before) - sum(after)) / (sum(before) or 1.0) for before, after in found]
    return float(np.mean(np.nan_to_num(shares, nan=-1.0, neginf=-1.0))) if shares else None


def refit_result(plan: Plan, fits: Mapping[Key, Fit], *, done: bool) -> RefitResult:
    """What a verdict tells of it.

    Args:
        plan: The plan.
        fits: All stored fits.
        done: Whether pairs were trained again.
    """
    found = rehearsals(fits)
    return RefitResult(asked=plan.refit, done=done, rehearsals=len(found), saved=saved(found))
