"""Steps of the calendar: recognised wherever they begin, and the same for the reader and for the steps ahead."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from gatewise.data.ahead import steps_ahead
from gatewise.data.reading import Reading
from gatewise.data.table import to_series


def test_half_years_are_read_and_continued_alike() -> None:
    """181 and 184 days are one step: no gap in what was read, two steps a season, and the first of a month ahead."""
    days = [date(year, month, 1) for year in (2020, 2021, 2022) for month in (1, 7)]
    series = to_series(pl.DataFrame({"day": days, "y": [1.0, 2.0, 4.0, 3.0, 5.0, 6.0]}), Reading(target="y"))

    assert (series.season, series.step_text(), series.inserted) == (2, "6 months", 0)
    assert steps_ahead(series, np.array([6]), 3)[0].to_list() == [date(2023, 1, 1), date(2023, 7, 1), date(2024, 1, 1)]
