"""Time goes on after the last row of a series."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from gatewise.data.ahead import steps_ahead
from gatewise.data.reading import Reading
from gatewise.data.table import to_series

CASES = [
    (["2020-01-30", "2020-01-31"], [date(2020, 2, 1), date(2020, 2, 2)]),
    (["2020-01-31 22:00", "2020-01-31 23:00"], [datetime(2020, 2, 1, 0), datetime(2020, 2, 1, 1)]),
    (["2019-11-01", "2019-12-01"], [date(2020, 1, 1), date(2020, 2, 1)]),
    (["2019-12-31", "2020-01-31"], [date(2020, 2, 29), date(2020, 3, 31)]),
    (["2019-10-01", "2020-01-01"], [date(2020, 4, 1), date(2020, 7, 1)]),
    (["2019-07-01", "2020-01-01"], [date(2020, 7, 1), date(2021, 1, 1)]),
    (["2019-01-01", "2019-12-27"], [date(2020, 12, 21), date(2021, 12, 16)]),
    (["2019-01-01", "2020-01-01"], [date(2021, 1, 1), date(2022, 1, 1)]),
    (["2020-01-01", "2020-01-08"], [date(2020, 1, 15), date(2020, 1, 22)]),
    ([1998, 1999], [2000, 2001]),
    (None, [1, 2]),
]


@pytest.mark.parametrize(("last", "ahead"), CASES, ids=[str(last) for last, _ in CASES])
def test_time_goes_on(last: list[str | int] | None, ahead: list[object]) -> None:
    """Hours, days, weeks, months, quarters, half-years, 360 days, years, counters, and rows without a time."""
    frame = pl.DataFrame({"y": [1.0, 2.0]} | ({"year": last} if last else {}))
    series = to_series(frame, Reading(target="y", time="year" if last else None))

    (values,) = steps_ahead(series, np.array([2]), 2)

    assert values.name == ("year" if last else "step")
    assert values.to_list() == ahead
