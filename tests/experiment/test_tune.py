"""Tuning: the list, the table, the redraw."""

import numpy as np
import pytest
from scipy import stats

from gatewise.experiment.tune import LEARNING_RATES, Table, Tuned, configurations


def test_the_list_is_drawn_by_the_seed() -> None:
    """Equal seeds draw equal lists; rates cover the range on a logarithmic scale."""
    drawn = configurations(400, (16, 32, 64), 1)
    rates = np.log([c.learning_rate for c in drawn])
    low, high = np.log(LEARNING_RATES)

    assert drawn == configurations(400, (16, 32, 64), 1) != configurations(400, (16, 32, 64), 2)
    assert low <= rates.min() <= rates.max() <= high
    assert rates.mean() == pytest.approx((low + high) / 2, abs=0.2)
    assert {c.batch_size for c in drawn} == {16, 32, 64}


def test_a_list_of_one_is_the_default() -> None:
    """Nothing is drawn where nothing can be chosen."""
    assert configurations(1, (16, 32), 1) == configurations(1, (16, 32), 9)


def table(rung: list[int], losses: np.ndarray) -> Table:
    """A tuning table."""
    return Table(losses, np.array(rung), np.ones(len(rung), dtype=np.int64))


def test_the_best_is_sought_among_those_that_came_furthest() -> None:
    """A configuration trained further is not compared with those that were not."""
    losses = np.array([[1.0, 1.0], [3.0, 2.0], [2.0, 4.0]])

    assert table([0, 0, 0], losses).best() == 0
    assert table([0, 1, 1], losses).best() == 1
    assert table([0, 1, 1], losses).best(np.array([0, 0])) == 2


def test_what_was_fit_again_is_compared_alone() -> None:
    """The best of fits made once is lucky; but further training counts before a second fit."""
    losses = np.array([[1.0, 1.0], [3.0, 2.0], [2.0, 4.0]])

    assert Table(losses, np.array([0, 0, 0]), np.array([1, 2, 2])).best() == 1
    assert Table(losses, np.array([0, 0, 1]), np.array([1, 2, 1])).best() == 2


def test_a_clear_best_is_always_redrawn_and_a_close_one_is_not() -> None:
    """How often a pair departs from the best says how much the choice was luck."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(6, 40))
    listed = configurations(6, (16,), 0)
    clear = np.where(np.arange(6)[:, None] == 2, 0.0, 5.0) + noise
    tuned = Tuned(listed, {("lstm", 0): table([0] * 6, clear), ("gru", 0): table([0] * 6, noise)}, 0, ())
    choices = {cell: [tuned.redraw(cell, 0, pair, 0) for pair in range(200)] for cell in ("lstm", "gru")}

    assert set(choices["lstm"]) == {2}
    assert len(set(choices["gru"])) >= 4


@pytest.mark.parametrize(("blocks", "drawn"), [(100, 49), (40, 19), (10, 4)])
def test_a_choice_is_made_on_less_than_half_of_the_blocks(blocks: int, drawn: int) -> None:
    """The second of two, ahead by one standard error of all blocks, is chosen in Φ(√(drawn / blocks)) of the pairs."""
    noise = np.random.default_rng(3).normal(size=blocks)
    apart = (noise - noise.mean()) / noise.std() - 1 / np.sqrt(blocks)
    losses = np.stack([np.zeros(blocks), apart])
    tuned = Tuned(configurations(2, (16,), 0), {("gru", 0): table([0, 0], losses)}, 0, ())

    chosen = np.mean([tuned.redraw("gru", 0, pair, 0) for pair in range(4000)])

    assert chosen == pytest.approx(stats.norm.cdf(np.sqrt(drawn / blocks)), abs=0.025)
    few = Tuned(configurations(2, (16,), 0), {("gru", 0): table([0, 0], losses[:, :3])}, 0, ())
    assert {few.redraw("gru", 0, pair, 0) for pair in range(50)} == {0, 1}


def test_cells_share_the_resampled_blocks() -> None:
    """With equal tables both cells choose alike in every pair: the redraw is one and the same."""
    noise = np.random.default_rng(1).normal(size=(5, 30))
    listed = configurations(5, (16,), 0)
    tuned = Tuned(listed, {("lstm", 0): table([0] * 5, noise), ("gru", 0): table([0] * 5, noise)}, 0, ())

    assert [tuned.redraw("lstm", 0, p, 7) for p in range(50)] == [tuned.redraw("gru", 0, p, 7) for p in range(50)]


def test_later_splits_of_a_series_use_the_table_of_the_first() -> None:
    """A series is tuned before its first origin only."""
    losses = np.array([[2.0], [1.0]])
    tuned = Tuned(configurations(2, (16,), 0), {("gru", 0): table([0, 0], losses)}, 0, ())

    assert tuned.choice("gru", 2) == 1
