"""Merging of correlated blocks."""

import time

import numpy as np
import pytest

from gatewise.stats.blocks import SPAN, correlation_time, merge, merging


def test_white_noise_is_mostly_left_alone() -> None:
    """Independent blocks are merged once in four at most, and then a few at a time: that costs little."""
    rng = np.random.default_rng(0)
    merged = np.array([merging(rng.normal(size=60)) for _ in range(400)])

    assert np.mean(merged > 1) < 0.25
    assert np.mean(60 // merged < 10) < 0.05


def test_short_memory_is_seen_in_few_blocks() -> None:
    """Twenty-five blocks with correlation 0.6 are merged nine times in ten."""
    rng, merged = np.random.default_rng(3), []
    for _ in range(300):
        x = np.zeros(75)
        for t in range(1, 75):
            x[t] = 0.6 * x[t - 1] + rng.normal()
        merged.append(merging(x[50:]) > 1)

    assert np.mean(merged) > 0.8


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_correlation_time_of_an_autoregression(rho: float) -> None:
    """(1 + ρ) / (1 - ρ) / 2 for AR(1), to a fifth on a long series."""
    rng, n = np.random.default_rng(1), 5_000
    x = np.zeros(n)
    for t in range(1, n):
        x[t] = rho * x[t - 1] + rng.normal()

    assert correlation_time(x) == pytest.approx((1 + rho) / (1 - rho) / 2, rel=0.2)
    assert merging(x) >= int(np.ceil(3.0 * correlation_time(x)))


def test_a_trend_leaves_one_block() -> None:
    """Blocks that hang together from end to end are one: nothing can be judged by them."""
    assert len(merge(np.linspace(0, 1, 40), merging(np.linspace(0, 1, 40)))) < 5


def test_merged_blocks_are_looked_at_again() -> None:
    """A memory too long for the first look, hidden under noise, is found in the merged blocks."""
    rng, m = np.random.default_rng(4), 400
    slow = np.repeat(rng.normal(size=m // 40), 40)
    x = slow + 2.0 * rng.normal(size=m)

    assert merging(x) > int(np.ceil(SPAN * correlation_time(x)))


@pytest.mark.parametrize(("blocks", "group"), [(12, 3), (13, 3), (14, 3), (5, 1), (3, 4)])
def test_merge_keeps_the_sum(blocks: int, group: int) -> None:
    """Nothing is lost; what is left over joins the last group."""
    table = np.random.default_rng(2).normal(size=(2, blocks))
    merged = merge(table, group)

    assert merged.sum(axis=1) == pytest.approx(table.sum(axis=1))
    assert merged.shape[1] == max(1, blocks // group)
    assert merged[:, 0] == pytest.approx(table[:, : group if blocks // group > 1 else None].sum(axis=1))


def test_lags_that_do_not_count_are_not_worked_out() -> None:
    """As many blocks as a long series has take a moment: all lags of them would take minutes."""
    series, begun = np.random.default_rng(0).normal(size=60_000), time.process_time()
    assert correlation_time(series) == pytest.approx(0.5, abs=0.02)
    assert time.process_time() - begun < 1.0
