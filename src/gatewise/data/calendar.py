"""The calendar: time steps that are counted in months, for months and years are no fixed number of days."""

from __future__ import annotations

import numpy as np

MONTHS = ((28, 31, 1), (89, 92, 3), (181, 184, 6), (365, 366, 12))
"""Least and most days of a month, a quarter, a half-year and a year, wherever they begin, and their months."""


def months_in(step: np.timedelta64) -> int:
    """Months in a time step; 0 where it is not counted in months, such as 360 days.

    >>> months_in(np.timedelta64(182, "D"))
    6
    """
    days = float(step / np.timedelta64(1, "D"))
    return next((months for least, most, months in MONTHS if least <= days <= most), 0)
