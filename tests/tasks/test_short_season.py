"""A series that is too short for its season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import gatewise
from gatewise.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_day_of_minutes_is_told_that_its_season_is_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    rows = "".join(f"2018-10-18 {n // 60:02}:{n % 60:02},{n * (1440 - n) / 500:.2f}\n" for n in range(1440))
    path.write_text(f"time,ghi\n{rows}")
    with pytest.raises(DataError, match=r"The season of 1,440 rows does not fit.*type --season 1"):
        gatewise.compare(path, target="ghi", fits=4, workers=1, out=tmp_path / "run", progress=False)
