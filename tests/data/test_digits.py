"""Decimals: those that numbers have, and those that tell them apart."""

import numpy as np
import pytest

from gatewise.data.digits import MOST, decimals, telling


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1.0, 250.0, np.nan], 0),
        ([12.5, 3.25], 2),
        ([0.1 + 0.2, 0.7], 1),
        ([np.nan], 0),
        ([float(np.float32(12.3))], 1),
        ([np.pi, np.e], 7),
    ],
)
def test_decimals_are_those_that_are_written(values: list[float], found: int) -> None:
    """Noise of float32 and of sums is none; a number of more than seven digits is cut there."""
    assert decimals(np.array(values)) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [([155.2, 154.9, 126.3], 0), ([12.31, 12.34], 3), ([3.42], 1), ([0.0, 0.0], 0), ([np.nan], 0), ([1e-30], MOST)],
)
def test_decimals_that_tell_numbers_apart(values: list[float], found: int) -> None:
    """Two digits of what they span; of one number, two digits of it."""
    assert telling(np.array(values)) == found
