"""How many decimals numbers have, and how many it takes to tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 9
"""Decimals that are looked for at most."""

ALIKE = 1e-7
"""Numbers that differ by less than this share of the largest one are taken as equal: a column may have been float32."""

TELLING = 2
"""Significant digits of the span of numbers that tell them apart."""


def decimals(values: NDArray[np.float64]) -> int:
    """Decimals that the numbers are written with; NaN are passed over.

    >>> decimals(np.array([12.5, 3.25, np.nan]))
    2
    """
    known = np.unique(values[np.isfinite(values)])
    for count in range(MOST):
        if (np.abs(known - np.round(known, count)) <= ALIKE * np.abs(known).max(initial=0.0)).all():
            return count
    return MOST


def telling(values: NDArray[np.float64]) -> int:
    """Decimals that it takes to tell the numbers apart: two digits of what they span, or of the number if it is one.

    >>> telling(np.array([12.31, 12.34]))
    3
    """
    known = values[np.isfinite(values)]
    span = float(np.ptp(known)) if len(known) else 0.0
    span = span or float(np.abs(known).max(initial=0.0))
    return int(np.clip(TELLING - 1 - np.floor(np.log10(span)), 0, MOST)) if span > 0.0 else 0
