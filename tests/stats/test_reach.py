"""What unseen kinds of example could add: by hand for blocks of one size, and held against simulated ones of many."""

import numpy as np
import pytest

from gatewise.stats.reach import UNBOUNDED, reach


def test_blocks_of_one_size_by_the_rule_of_three() -> None:
    """A kind that makes 1 - error^(1/m) of m blocks is missing among them with that probability."""
    assert reach(np.full(300, 7.0)).missed(0.05) == pytest.approx(1.0 - 0.05 ** (1.0 / 300.0))
    assert reach(np.ones(300), most=2.5).missed(0.05) == pytest.approx(2.5 * (1.0 - 0.05 ** (1.0 / 300.0)))
    assert UNBOUNDED.missed(0.05) == 0.0


def test_few_large_blocks_say_little_of_large_ones() -> None:
    """Two blocks that hold half of all leave more open than a hundred equal ones, however many small ones there are."""
    few = reach(np.append(np.ones(1000), [500.0, 500.0]))

    assert few.many == (2, 1002)
    assert few.missed(0.05) == pytest.approx(0.5 * (1.0 - 0.05**0.5))


def test_one_large_block_is_no_reason_to_doubt_many_small_ones() -> None:
    """Twenty-eight copies of a message among five thousand others could hide no more than their share."""
    assert reach(np.append(np.ones(5000), 28.0)).missed(0.025) < 28.0 / 5028.0


@pytest.mark.parametrize(("blocks", "least"), [(50, 1), (200, 3), (1000, 3), (1000, 10)])
def test_a_kind_that_was_not_seen_is_rarely_larger(blocks: int, least: int) -> None:
    """Though it comes in large blocks alone and makes just more of them than would be noticed, if such are not rare."""
    rng, error, missed, tests = np.random.default_rng(blocks + least), 0.05, 0, 1000
    sizes = np.ceil(rng.pareto(1.5, 100_000)).clip(1.0, 60.0)
    held = sizes[sizes >= least].sum() / sizes.sum()
    for _ in range(tests):
        drawn = sizes[rng.integers(len(sizes), size=blocks)]
        bound = reach(drawn).missed(error)
        seen = (rng.random(int((drawn >= least).sum())) < bound / held).any()
        missed += bound < held and not seen
    assert missed / tests <= error + 0.015
