"""An estimate, its interval, and when not to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_NOISE = Reason("no-noise")
"""Equal losses everywhere are ties, not certainty."""


@dataclass(frozen=True)
class Estimate:
    """A number and what is known about it.

    Attributes:
        estimate: The number.
        interval: Two-sided, with coverage ``level``.
        level: Between 0 and 1.
        trust: Why not to trust the interval; empty when nothing is known against it.
    """

    estimate: float
    interval: tuple[float, float]
    level: float
    trust: tuple[Reason, ...]


def constant(values: NDArray[np.float64]) -> bool:
    """Whether all ``values``, of any shape, are equal but for rounding, which must not pass for noise."""
    return float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max())
