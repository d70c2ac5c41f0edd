"""Irregular logs are made rows of equal steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from gatewise.data.reading import Reading
from gatewise.data.table import to_series
from gatewise.errors import OptionError

if TYPE_CHECKING:
    from gatewise.data.series import Series

STAMPS = ["2024-01-01 00:03", "2024-01-01 00:41", "2024-01-01 00:41", "2024-01-01 01:59", "2024-01-01 04:20"]


def read(**options: str) -> Series:
    """Five rows of a log."""
    return to_series(pl.DataFrame({"t": STAMPS, "y": [1.0, 2.0, 6.0, 4.0, 8.0]}), Reading(target="y", **options))


@pytest.mark.parametrize(
    ("aggregate", "values"), [("mean", [3.0, 4.0, None, None, 8.0]), ("sum", [9.0, 4.0, None, None, 8.0]),
                              ("last", [6.0, 4.0, None, None, 8.0])]
)  # fmt: skip
def test_one_row_a_step(aggregate: str, values: list[float | None]) -> None:
    """Rows of a step are made one, a step without rows is missing, and it is said."""
    found = read(every="1h", aggregate=aggregate)

    np.testing.assert_array_equal(found.values[:, 0], np.array(values, dtype=float))
    assert [str(stamp)[11:16] for stamp in found.stamps] == ["00:00", "01:00", "02:00", "03:00", "04:00"]
    assert f"5 rows made 3 of 1h each: the {aggregate}" in found.notes


def test_without_it_a_log_is_refused() -> None:
    """No step explains the distances: the option is named."""
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.uniform(0, 86400, 60)).astype("timedelta64[s]") + np.datetime64("2024-01-01", "us")
    with pytest.raises(OptionError, match=r"keep no step.*--every STEP --aggregate mean.*--gaps keep"):
        to_series(pl.DataFrame({"t": seconds, "y": rng.normal(size=60)}), Reading(target="y"))


@pytest.mark.parametrize("every", ["1", "0h", "hour", "1y"])
def test_what_is_no_step(every: str) -> None:
    """The message shows some."""
    with pytest.raises(OptionError, match="such as 10m, 1h or 1d"):
        read(every=every)


def test_weeks_begin_on_mondays_and_months_on_their_first() -> None:
    """2024-01-03 was a Wednesday."""
    days = pl.DataFrame({"t": ["2024-01-03", "2024-01-09", "2024-02-20"], "y": [1.0, 2.0, 3.0]})
    weeks = to_series(days, Reading(target="y", every="1w"))
    months = to_series(days, Reading(target="y", every="1mo"))

    assert str(weeks.stamps[0])[:10] == "2024-01-01"
    assert [str(stamp)[:10] for stamp in months.stamps] == ["2024-01-01", "2024-02-01"]
