"""The choice: the default and what is better by more than luck, the setting that cells share, the redraw."""

import numpy as np
import pytest
from scipy import stats

from gatewise.experiment.choice import Row, Shared, Table, Tuned, doubt
from gatewise.experiment.tune import configurations

THREE = (0, 1, 2)


def table(losses: np.ndarray, reached: list[tuple[int, int]] | None = None) -> Table:
    """A tuning table of one validation fold: the losses of every configuration, its rung, and how often it was fit."""
    known = reached or [(0, 1)] * len(losses)
    rows = zip(losses, known, strict=True)
    return Table({k: Row(rung, ((row,),) * count) for k, (row, (rung, count)) in enumerate(rows)})


def tuned(losses: dict[str, np.ndarray]) -> Tuned:
    """What tuning found of cells that have one setting."""
    listed = configurations(len(next(iter(losses.values()))), (16,), 0)
    return Tuned(listed, {(cell, 0): table(found) for cell, found in losses.items()}, {}, 0, ())


def test_the_default_is_left_for_a_gain_beyond_one_standard_error() -> None:
    """Of the paired difference over validation blocks; of several such gains the largest counts."""
    noise = np.random.default_rng(2).normal(size=40)
    apart = (noise - noise.mean()) / noise.std(ddof=1) / 3  # one standard error of the mean is 1 / 3 / √40
    error = 1 / 3 / np.sqrt(40)
    losses = np.stack([np.zeros(40), apart - 0.9 * error, apart - 1.1 * error, apart - 1.2 * error])

    assert table(losses[:2]).best((0, 1)) == 0
    assert table(losses[:3]).best(THREE) == 2
    assert table(losses).best((0, 1, 2, 3)) == 3
    assert doubt([[apart]]) == pytest.approx(error)


def test_luck_of_fits_counts_too() -> None:
    """Three folds whose fits differ from each other by more than their blocks do: no clear gain."""
    folds = [np.full(10, gain) + np.linspace(-0.1, 0.1, 10) for gain in (3.0, -1.0, 0.0)]
    rows = {0: Row(0, (tuple(np.zeros(10) for _ in folds),)), 1: Row(0, (tuple(-fold for fold in folds),))}

    assert Table(rows).best((0, 1)) == 0
    assert doubt([folds]) == pytest.approx(np.std([3, -1, 0], ddof=1) / np.sqrt(3))
    assert doubt([[folds[0]], [folds[1]]]) == pytest.approx(2.0)


def test_only_what_was_trained_alike_is_compared() -> None:
    """More steps are no merit, and the best of fits made once is lucky."""
    losses = np.array([[3.0, 3.0], [1.0, 1.0], [2.0, 2.0]])

    assert table(losses).best(THREE) == 1
    assert table(losses, [(1, 1), (0, 1), (1, 1)]).best(THREE) == 2
    assert table(losses, [(0, 2), (0, 1), (0, 2)]).best(THREE) == 2
    assert table(losses, [(1, 2), (0, 1), (1, 1)]).best(THREE) == 0


def test_a_clear_best_is_always_redrawn_and_a_close_one_is_not() -> None:
    """How often a pair departs from the best says how much the choice was luck."""
    noise = np.random.default_rng(0).normal(size=(6, 40))
    clear = np.where(np.arange(6)[:, None] == 2, 0.0, 5.0) + noise
    found = tuned({"lstm": clear, "gru": noise})
    choices = {cell: [found.redraw(cell, 0, pair, 0) for pair in range(200)] for cell in ("lstm", "gru")}

    assert set(choices["lstm"]) == {2}
    assert len(set(choices["gru"])) >= 4


@pytest.mark.parametrize(("blocks", "drawn"), [(100, 49), (40, 19), (10, 4)])
def test_a_choice_is_made_on_less_than_half_of_the_blocks(blocks: int, drawn: int) -> None:
    """The second of two, ahead by two standard errors of all blocks, is chosen in Φ(√(drawn / blocks)) of the pairs."""
    noise = np.random.default_rng(3).normal(size=blocks)
    apart = (noise - noise.mean()) / noise.std(ddof=1) - 2 / np.sqrt(blocks)
    found = tuned({"gru": np.stack([np.zeros(blocks), apart])})

    chosen = np.mean([found.redraw("gru", 0, pair, 0) for pair in range(4000)])

    assert chosen == pytest.approx(stats.norm.cdf(np.sqrt(drawn / blocks)), abs=0.03)


def test_cells_share_the_resampled_blocks() -> None:
    """With equal tables both cells choose alike in every pair: the redraw is one and the same."""
    noise = np.random.default_rng(1).normal(size=(5, 30))
    found = tuned({"lstm": noise, "gru": noise})

    assert [found.redraw("lstm", 0, p, 7) for p in range(50)] == [found.redraw("gru", 0, p, 7) for p in range(50)]


def test_later_splits_of_a_series_use_the_table_of_the_first() -> None:
    """A series is tuned before its first origin only."""
    found = tuned({"gru": np.array([[2.0], [1.0]])})

    assert found.choice("gru", 2) == 1


def settled(gains: dict[str, np.ndarray]) -> Tuned:
    """Two cells in two settings of a default and one more configuration; what each cell gains in the second setting."""
    own = configurations(2, (16,), 0)
    other = tuple(c.model_copy(update={"bidirectional": True}) for c in own)
    rows = {cell: [Row(0, ((np.full(len(gain), 4.0),),)), Row(0, ((4.0 - gain,),))] for cell, gain in gains.items()}
    tables = {
        # Only the default was fit in the first setting; in the second one the other configuration is worlds better.
        (cell, 0): Table({0: first, 2: second, 3: Row(0, ((second.losses - 3.0,),))})
        for cell, (first, second) in rows.items()
    }
    return Tuned((*own, *other), tables, {0: Shared.of(list(rows.values()))}, 0, ())


def test_what_cells_share_is_chosen_by_the_mean_of_all() -> None:
    """Then each cell chooses for itself within it."""
    noise = stats.zscore(np.random.default_rng(5).normal(size=50))
    both = settled({"lstm": noise + 1.0, "gru": noise - 0.2})
    neither = settled({"lstm": noise + 0.4, "gru": noise - 0.6})

    assert both.setting(0) == (2, 3)
    assert {both.choice(cell, 0) for cell in ("lstm", "gru")} == {3}
    assert neither.setting(0) == (0, 1)
    assert {neither.choice(cell, 0) for cell in ("lstm", "gru")} == {0}


def test_what_cells_share_is_redrawn_alike() -> None:
    """In every pair the setting is that of the blocks drawn, and both cells have it."""
    gain = stats.zscore(np.random.default_rng(6).normal(size=50)) + 0.2
    found = settled({"lstm": gain, "gru": gain})
    pairs = [tuple(found.redraw(cell, 0, pair, 0) for cell in ("lstm", "gru")) for pair in range(60)]

    assert set(pairs) == {(0, 0), (3, 3)}
