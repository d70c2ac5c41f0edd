"""The crossed variance against its formula, a simulation, and its edges."""

import numpy as np
import pytest
from scipy import stats

from gatewise.stats.reason import Reason
from gatewise.stats.variance import SKEW_SEEN, TABLES, choice_variance, crossed, tail


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
    assert crossed(np.random.default_rng(0).normal(size=(1, 30))).trust == (Reason("one-pair"),)
    assert crossed(np.random.default_rng(0).normal(size=(9, 1))).trust == (Reason("one-test-block"),)
    assert crossed(np.random.default_rng(0).normal(size=(9, 30))).trust == ()


def test_skewness_is_that_of_the_mean() -> None:
    """Third moments of independent parts add up: those of rows and columns, over n² and m²."""
    rng = np.random.default_rng(4)
    table = rng.exponential(size=(9, 1)) + 3.0 * rng.exponential(size=(1, 14)) + rng.normal(size=(9, 14))

    found = crossed(table)

    third = sum(stats.kstat(means, 3) / len(means) ** 2 for means in (table.mean(1), table.mean(0)))
    assert found.skewness == pytest.approx(third / found.standard_error**3, rel=1e-9)


def test_skewed_sides_are_hall_s() -> None:
    """The wide side is where Hall's transform of the studentised mean reaches the t quantile; the other is t's."""
    found = crossed(np.random.default_rng(5).exponential(size=(8, 1)) + np.zeros((1, 30)))
    t, a = found.critical(0.95), SKEW_SEEN * found.skewness
    low, high = found.interval(0.95)

    assert a > 0.1
    reached = (found.estimate - high) / found.standard_error
    assert reached + a * reached**2 / 3 + a**2 * reached**3 / 27 + a / 6 == pytest.approx(-t, rel=1e-9)
    assert high - found.estimate > t * found.standard_error
    assert found.estimate - low == pytest.approx(t * found.standard_error, rel=1e-12)


@pytest.mark.parametrize("sign", [-1, 1])
def test_intervals_of_skewed_runs_cover(sign: int) -> None:
    """Eight runs from an exponential distribution: t alone covers 91 times in 100, this at least 93."""
    rng = np.random.default_rng(6)
    covered = sum(
        low <= sign <= high
        for low, high in (
            crossed(sign * rng.exponential(size=(8, 1)) + np.zeros((1, 5))).interval(0.95) for _ in range(4000)
        )
    )

    assert covered / 4000 >= 0.93


def test_choice_variance_is_the_component_between_groups() -> None:
    """Of many pairs it is the variance of what was chosen; noise within a choice counts nothing."""
    rng = np.random.default_rng(7)
    effects, chosen = np.array([0.0, 1.0, 3.0]), rng.choice(3, size=20_000, p=[0.5, 0.3, 0.2])

    found = choice_variance(effects[chosen] + 2.0 * rng.normal(size=20_000), chosen)

    true = 0.3 + 0.2 * 9 - (0.3 + 0.6) ** 2
    assert found == pytest.approx(true, rel=0.05)
    by_hand = choice_variance(np.array([0.0, 2.0, 10.0, 12.0]), np.array([0, 0, 1, 1]))
    assert by_hand == pytest.approx((100.0 - 2.0) / 3.0)  # between, less one degree of freedom's noise
    assert choice_variance(rng.normal(size=50), np.zeros(50, dtype=np.int64)) == 0.0
    values = rng.normal(size=9)
    assert choice_variance(values, np.arange(9)) == pytest.approx(values.var(ddof=1))
    repeated = [choice_variance(rng.normal(size=30), rng.integers(5, size=30)) for _ in range(500)]
    assert np.mean(repeated) < 0.1


def test_choices_do_not_shrink_with_pairs() -> None:
    """However many pairs, what they share stays in the standard error."""
    table = np.full((1000, 1), 0.2) + 1e-6 * np.random.default_rng(8).normal(size=(1000, 5))

    found = crossed(table, 0.04)

    assert found.standard_error == pytest.approx(np.sqrt(0.04 / TABLES), rel=1e-3)
    assert found.choices_part == pytest.approx(np.sqrt(0.04 / TABLES))


def test_half_of_the_error_is_held_back() -> None:
    """A 95 % interval spends 2.5 in 100; without skewness it is Student's at that level."""
    table = np.array([[-1.0], [0.0], [1.0], [-1.0], [1.0], [0.0]]) + np.zeros((1, 5))
    found = crossed(table)

    assert tail(0.95) == pytest.approx(0.0125)
    half = stats.t.ppf(1 - 0.0125, 5) * table[:, 0].std(ddof=1) / np.sqrt(6)
    assert found.interval(0.95) == pytest.approx((-half, half), rel=1e-9)


@pytest.mark.parametrize("blocks", [20, 300])
def test_bounded_scores_have_a_floor(blocks: int) -> None:
    """With hardly any noise the interval still leaves room for a kind of block that was missed once in eighty times."""
    found = crossed(1e-9 * np.random.default_rng(9).normal(size=(8, blocks)), reach=1.0)

    low, high = found.interval(0.95)

    assert (1 - high) ** blocks == pytest.approx(0.0125, rel=1e-4)
    assert low == pytest.approx(-high, rel=1e-6)
    assert found.without_pairs(0.95)[1] == pytest.approx(high, rel=1e-6)
