"""The crossed variance against its formula, a simulation, and its edges."""

import numpy as np
import pytest

from gatewise.stats.variance import crossed


def test_it_is_the_published_formula() -> None:
    """Var = var(rows)/n + var(columns)/m, with Satterthwaite's degrees of freedom, from mean squares by hand."""
    table = np.random.default_rng(1).normal(size=(5, 7))
    n, m = table.shape
    rows, columns, mean = table.mean(1), table.mean(0), table.mean()
    ms_s = m * ((rows - mean) ** 2).sum() / (n - 1)
    ms_b = n * ((columns - mean) ** 2).sum() / (m - 1)

    found = crossed(table)

    assert found.estimate == pytest.approx(mean, rel=1e-12)
    assert found.standard_error**2 == pytest.approx((ms_s + ms_b) / (n * m), rel=1e-12)
    freedom = (ms_s + ms_b) ** 2 / (ms_s**2 / (n - 1) + ms_b**2 / (m - 1))
    assert found.degrees_of_freedom == pytest.approx(freedom, rel=1e-12)


@pytest.mark.parametrize(
    ("pairs", "blocks", "noise"), [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.2, 1.0, 3.0)]
)
def test_intervals_cover(pairs: float, blocks: float, noise: float) -> None:
    """95 % intervals cover the truth 95 times in 100 or more, to the simulation's own error, whatever dominates."""
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(1000):
        table = (
            0.3
            + pairs * rng.normal(size=(10, 1))
            + blocks * rng.normal(size=(1, 25))
            + noise * rng.normal(size=(10, 25))
        )
        low, high = crossed(table).interval(0.95)
        covered += low < 0.3 < high

    assert covered / 1000 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 1000)


def test_parts_tell_what_would_shrink() -> None:
    """With block noise alone the pairs' part is nothing, and the other way round."""
    rng = np.random.default_rng(3)
    by_block = crossed(np.tile(rng.normal(size=(1, 30)), (9, 1)))
    by_pair = crossed(np.tile(rng.normal(size=(9, 1)), (1, 30)))

    assert by_block.pairs_part == 0.0 < by_block.blocks_part
    assert by_pair.blocks_part == 0.0 < by_pair.pairs_part


def test_equal_values_leave_no_error() -> None:
    """A constant table has standard error exactly 0 and no probability to give."""
    found = crossed(np.full((8, 11), 0.1))

    assert found.standard_error == 0.0
    assert np.isnan(found.probability_above(0.0))


def test_one_row_or_column_is_no_evidence_of_that_source() -> None:
    """The interval says when a source of noise could not be seen."""
    assert any("one pair" in reason for reason in crossed(np.random.default_rng(0).normal(size=(1, 30))).trust)
    assert any("one test block" in reason for reason in crossed(np.random.default_rng(0).normal(size=(9, 1))).trust)
    assert crossed(np.random.default_rng(0).normal(size=(9, 30))).trust == ()
