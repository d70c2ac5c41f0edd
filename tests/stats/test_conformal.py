"""Bands: from how many forecasts they can be told, and how often they hold."""

import numpy as np
import pytest

from gatewise.stats.conformal import fewest, half_widths


@pytest.mark.parametrize(("level", "expected"), [(0.8, 4), (0.95, 19), (0.5, 1)])
def test_a_level_takes_so_many_forecasts(level: float, expected: int) -> None:
    """With one less there is no band, with these many it is as wide as the largest miss."""
    assert fewest(level) == expected
    rng = np.random.default_rng(0)
    misses = rng.normal(size=(1, expected, 2))

    assert half_widths(misses[:, 1:], level) is None
    assert half_widths(misses, level) == pytest.approx(np.abs(misses[0]).max(axis=0))


def test_a_new_value_is_held_as_often_as_the_level_says() -> None:
    """Of misses that are alike, at each step by itself."""
    rng = np.random.default_rng(1)
    n, draws = 24, 4000
    for level in (0.8, 0.95):
        held = []
        for _ in range(draws):
            half = half_widths(rng.standard_t(4, size=(1, n, 2)) * np.array([1.0, 5.0]), level)
            assert half is not None
            held.append(np.abs(rng.standard_t(4, size=2) * np.array([1.0, 5.0])) <= half)
        assert np.mean(held, axis=0) == pytest.approx(np.full(2, np.ceil((n + 1) * level) / (n + 1)), abs=0.02)


def test_runs_share_what_a_forecast_counts() -> None:
    """The same misses twice are no more of them."""
    misses = np.random.default_rng(2).normal(size=(1, 30, 3))

    assert half_widths(np.repeat(misses, 4, axis=0), 0.8) == pytest.approx(half_widths(misses, 0.8))
