"""Sums made a slice at a time are those of the whole array, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.data.prepare import prepare
from gatewise.data.slices import NUMBERS, column_sums, mean_of, slices

SIZES = (1, 8, 1000, NUMBERS, NUMBERS + 1, 2 * NUMBERS + 7, 5 * NUMBERS + 129)


def numbers(*shape: int) -> np.ndarray:
    """Numbers of very different sizes, whose sums depend on their order."""
    return np.exp(4.0 * np.random.default_rng(7).normal(size=shape))


@pytest.mark.parametrize("count", SIZES)
def test_a_mean(count: int) -> None:
    """`mean_of` is `numpy.mean`."""
    values = numbers(count)
    assert mean_of(count, lambda first, last: values[first:last]) == np.mean(values)


@pytest.mark.parametrize("columns", [1, 2, 3, 10])
@pytest.mark.parametrize("count", SIZES[:5])
def test_sums_of_columns(count: int, columns: int) -> None:
    """`column_sums` is `numpy.sum` over the rows."""
    values = numbers(count, columns)
    np.testing.assert_array_equal(column_sums(values, lambda rows: rows**2), (values**2).sum(axis=0))


def test_slices_go_through_all_rows() -> None:
    """In order, none left out, none twice; none where there is no row."""
    values = np.arange(3 * NUMBERS + 5).reshape(-1, 1)
    np.testing.assert_array_equal(np.concatenate([values[part] for part in slices(values)]), values)
    assert not list(slices(values[:0]))


def test_a_long_table_is_prepared_as_a_short_one_is() -> None:
    """Slice by slice or row by row, missing values and masks included."""
    values = np.log(numbers(2 * NUMBERS // 3, 3))
    values[::7, 1] = np.nan
    prepared = prepare(values)
    rows = [0, 7, NUMBERS // 3, len(values) - 1]
    np.testing.assert_array_equal(prepared(values)[rows], np.stack([prepared(values[row]) for row in rows]))
    assert prepared.masked.tolist() == [1]
