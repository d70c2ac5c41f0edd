"""Text with few values is a category, and a value that a model does not know is told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from gatewise.data.columns import numbers
from gatewise.data.covariates import found_covariates, unknown_values, wanted_covariates

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
        assert all(array[row] == 0.0 for array in wanted_covariates(frame, features).values())
