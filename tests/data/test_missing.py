"""Values that stand for a missing one: taken where the user says so, proposed where they stand apart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from gatewise.data.missing import standing_out, without
from gatewise.data.reading import Reading
from gatewise.data.table import read_table

DRAWN = np.random.default_rng(3)
USUAL = {
    "normal": DRAWN.standard_normal(400),
    "walk": DRAWN.standard_normal(400).cumsum(),
    "counts": DRAWN.poisson(0.7, 400).astype(float),
    "heavy tails": DRAWN.standard_t(1.5, 400),
    "prices": np.exp(DRAWN.standard_normal(400)),
    "rain": np.maximum(DRAWN.standard_normal(400), 0.0),
    "closed at night": np.tile(np.r_[np.zeros(8), DRAWN.uniform(50, 90, 16)], 20),
    "one or the other": DRAWN.integers(0, 2, 400).astype(float),
    "a constant": np.full(400, 7.0),
    "nothing": np.full(400, np.nan),
}


@pytest.mark.parametrize("kind", USUAL)
def test_usual_values_do_not_stand_out(kind):
    """Counts, tails, dry days and nights are no signs of missing values."""
    assert standing_out(USUAL[kind]) == []


@pytest.mark.parametrize("sign", [-200.0, 999.0, -9999.0, -999.9])
def test_signs_stand_out(sign):
    """A value far outside that comes again and again is found, with its number."""
    values = 20.0 + 5.0 * DRAWN.standard_normal(400)
    values[::40] = sign
    assert standing_out(values) == [(sign, 10)]


def test_zeros_in_runs_stand_out():
    """Zeros after one another among values that are far above zero."""
    values = DRAWN.uniform(80.0, 120.0, 400)
    values[100:106] = 0.0
    assert standing_out(values) == [(0.0, 6)]


def test_missing_values_are_taken_as_said(tmp_path):
    """A number is found in any form, in text and in numbers; the note counts the cells."""
    frame = pl.DataFrame({"y": [1.5, -200.0, 3.0], "n": [-200, 4, 5], "s": ["-200.0", "off", "7"]})
    found, notes = without(frame, ("-200", "off"))
    assert found.to_dict(as_series=False) == {"y": [1.5, None, 3.0], "n": [None, 4, 5], "s": [None, None, "7"]}
    assert notes == ["taken as missing: '-200' in 3 cells, 'off' in 1 cell"]
    path = tmp_path / "data.csv"
    path.write_text("day;y\n2024-01-01;1,5\n2024-01-02;-200\n2024-01-03;off\n2024-01-04;2,5\n")
    table = read_table(path, Reading(target="y", missing=("-200", "off")))
    assert table.frame["y"].to_list() == [1.5, None, None, 2.5]


def test_a_value_that_stands_out_is_proposed(tmp_path):
    """The note names the columns and the option; once it is taken there is none."""
    path = tmp_path / "data.csv"
    path.write_text("k,y,z\n" + "".join(f"{k},{-200 if k % 9 == 4 else k % 5},{k * 7 % 11}\n" for k in range(60)))
    assert read_table(path).notes == (
        "-200 stands apart from the other values of y (7 times); where it means missing, say --missing -200",
    )
    assert "stands" not in "".join(read_table(path, Reading(missing=("-200",))).notes)
