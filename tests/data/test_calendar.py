"""Steps of the calendar: recognised wherever they begin, and the same for the reader and for the steps ahead."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from gatewise.data.ahead import steps_ahead
from gatewise.data.calendar import months_in
from gatewise.data.reading import Reading
from gatewise.data.table import to_series


@pytest.mark.parametrize("months", [1, 3, 6, 12])
def test_every_month_quarter_half_year_and_year_is_one(months: int) -> None:
    """From the first day of every month of a leap year and the years around it."""
    starts = np.arange("2023-01", "2026-01", dtype="datetime64[M]")
    steps = (starts + months).astype("datetime64[D]") - starts.astype("datetime64[D]")

    assert {months_in(step) for step in steps} == {months}


@pytest.mark.parametrize("days", [1, 7, 14, 27, 32, 60, 88, 93, 180, 185, 360, 364, 367, 730])
def test_other_steps_are_counted_in_days(days: int) -> None:
    """Among them 360 days, which are five short of a year."""
    assert months_in(np.timedelta64(days, "D")) == 0


def test_half_years_are_read_and_continued_alike() -> None:
    """181 and 184 days are one step: no gap in what was read, two steps a season, and the first of a month ahead."""
    days = [date(year, month, 1) for year in (2020, 2021, 2022) for month in (1, 7)]
    series = to_series(pl.DataFrame({"day": days, "y": [1.0, 2.0, 4.0, 3.0, 5.0, 6.0]}), Reading(target="y"))

    assert (series.season, series.step_text(), series.inserted) == (2, "6 months", 0)
    assert steps_ahead(series, np.array([6]), 3)[0].to_list() == [date(2023, 1, 1), date(2023, 7, 1), date(2024, 1, 1)]
