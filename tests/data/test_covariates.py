"""Text with few values is a category, and a value that a model does not know is told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from gatewise.data.columns import numbers
from gatewise.data.covariates import found_covariates, unknown_values, wanted_covariates
from gatewise.data.look import look
from gatewise.data.order import Ordered, in_order
from gatewise.data.reading import Reading
from gatewise.data.resample import resampled
from gatewise.data.series import Series

SKY = ["sun", "rain", "fog", None] * 6
SHOP = ["open", "shut", "open", "open"] * 6


def test_a_column_for_each_value() -> None:
    """1 where a row has it, NaN where it is missing; of two values the second says it all."""
    found = found_covariates(pl.DataFrame({"sky": SKY, "shop": SHOP}), ["sky", "shop"])

    assert list(found.columns) == ["sky=fog", "sky=rain", "sky=sun", "shop=shut"]
    np.testing.assert_array_equal(numbers(found.columns["sky=rain"]).values[:4], [0.0, 1.0, 0.0, np.nan])
    np.testing.assert_array_equal(numbers(found.columns["shop=shut"]).values[:4], [0.0, 1.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("sky", SKY, None),
        ("sky", ["sun", "hail"] * 3, "hail"),
        ("shop", SHOP, None),
        ("shop", ["open", "shut", "ajar"] * 2, "ajar, open"),
    ],
)
def test_a_value_that_the_model_does_not_know(column: str, values: list[str | None], told: str | None) -> None:
    """It is told by name; it is 0 in every column of its category."""
    features = [name for name in ("sky=fog", "sky=rain", "sky=sun", "shop=shut") if name.startswith(column)]
    frame = pl.DataFrame({column: values})
    notes = unknown_values(frame, features)

    assert (told is None) == (not notes)
    if told is not None:
        assert notes[0].startswith(f"{column} has values that the model does not know")
        assert notes[0].endswith(f": {told}")
        row = next(k for k, value in enumerate(values) if value in ("hail", "ajar"))
        assert all(array[row] == 0.0 for array in wanted_covariates(frame, features).columns.values())


MANY = [f"store {k % 20:02}" for k in range(100)]


def test_text_with_many_values_is_one_column_of_their_numbers() -> None:
    """They are counted from 1 on in order; in a new table one that is not known is 0, a missing one stays missing."""
    found = found_covariates(pl.DataFrame({"store": MANY}), ["store"])
    names = tuple(sorted(set(MANY)))
    new = pl.DataFrame({"store": ["store 19", "kiosk", None]})
    wanted = wanted_covariates(new, ["store"], found.categories)

    assert found.categories == {"store": names}
    np.testing.assert_array_equal(numbers(found.columns["store"]).values, [1 + k % 20 for k in range(100)])
    np.testing.assert_array_equal(numbers(wanted.columns["store"]).values, [20, 0, np.nan])
    assert [note.endswith(": kiosk") for note in wanted.notes] == [True]


@pytest.mark.parametrize(
    "values",
    [
        [f"note {k}" for k in range(100)],
        [f"2024-01-{1 + k % 20:02}" for k in range(100)],
        [str(k % 20) for k in range(60)] + ["x"] * 40,
    ],
    ids=["free text", "dates", "numbers"],
)
def test_other_text_with_many_values_is_left_out(values: list[str]) -> None:
    """Values of few rows each, dates, and numbers that a word spoils are no category."""
    found = found_covariates(pl.DataFrame({"note": values}), ["note"])

    assert not found.columns
    assert list(found.left) == ["text or dates"]


def test_values_are_those_before_anything_is_tested() -> None:
    """A later one is unknown; values that do not come back, such as the number of a batch, say nothing."""
    rows = 200
    store = [f"s{k % 20}" if k < 150 else "new" for k in range(rows)]
    batch = [f"b{k // 6:03}" for k in range(rows)]
    frame = pl.DataFrame({"y": np.sin(np.arange(rows)), "store": store, "batch": batch})
    data = look(frame, Reading(target="y"))

    assert isinstance(data, Series)
    assert data.features == ("y", "store")
    assert data.categories == {"store": tuple(sorted(set(store) - {"new"}))}
    assert (data.values[150:, 1] == 0).all()
    assert any(line.startswith("values learned as numbers: store (20 values in 5 numbers)") for line in data.describe())
    assert any("do not come back: batch" in note for note in data.notes)


def test_a_value_that_only_tested_rows_have_is_no_column() -> None:
    """What it tells cannot be learned, and it must not change the size of a network."""
    sky = np.array(["sun", "rain", "fog"] * 66)
    one, other = (pl.DataFrame({"y": np.sin(np.arange(198)), "sky": sky.tolist()}) for _ in range(2))
    other = other.with_columns(sky=pl.when(pl.int_range(198) < 150).then("sky").otherwise(pl.lit("hail")))
    first, second = (look(frame, Reading(target="y")) for frame in (one, other))

    assert first.features == second.features == ("y", "sky=fog", "sky=rain", "sky=sun")
    assert any("no row to learn from has this value: sky=hail" in note for note in second.notes)


def test_a_category_needs_rows_for_its_values_when_rows_are_made_one() -> None:
    """A flight's destination is no category of the days that flights are made into."""
    hours = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 10), "1h", eager=True)
    to = [f"to {k % 23:02}" for k in range(len(hours))]
    frame = pl.DataFrame({"at": hours, "late": np.sin(np.arange(len(hours))), "to": to})
    by_hour = look(frame, Reading(target="late"))
    by_day = look(frame, Reading(target="late", every="1d"))

    assert by_hour.features == ("late", "to")
    assert by_day.features == ("late",)
    assert any("too few rows" in note for note in by_day.notes)


def test_rows_made_one_keep_the_last_value() -> None:
    """Numbers of values have no mean."""
    values = np.array([[1.0, 4.0], [3.0, 8.0], [5.0, np.nan], [6.0, 2.0]])
    stamps = np.array(["2024-01-01T00", "2024-01-01T01", "2024-01-01T02", "2024-01-02T00"], "datetime64[us]")
    found = resampled(Ordered(values, stamps, np.zeros(4, int)), "1d", "mean", [1])
    np.testing.assert_array_equal(found.values, [[3.0, 8.0], [6.0, 2.0]])
    merged = in_order(values, stamps[[0, 0, 0, 3]], np.zeros(4, int), "mean", "t", codes=[1])
    np.testing.assert_array_equal(merged.values, [[3.0, 8.0], [6.0, 2.0]])
