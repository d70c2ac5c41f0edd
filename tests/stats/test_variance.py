"""The crossed variance in parts against mean squares by hand, and its scopes."""

import numpy as np
import pytest
from scipy import stats

from gatewise.stats.reach import UNBOUNDED, reach
from gatewise.stats.variance import TABLES, choice_variance, crossed


def squares(table: np.ndarray) -> tuple[float, float, float]:
    """Mean squares of rows, columns and the rest."""
    n, m = table.shape
    rows, columns, mean = table.mean(1), table.mean(0), table.mean()
    rest = table - rows[:, None] - columns + mean
    return (
        m * ((rows - mean) ** 2).sum() / (n - 1),
        n * ((columns - mean) ** 2).sum() / (m - 1),
        (rest**2).sum() / ((n - 1) * (m - 1)),
    )


def test_the_interaction_is_counted_once() -> None:
    """(MS_rows + MS_columns - MS_rest) / nm, with Satterthwaite's degrees of freedom; more where tables are redrawn."""
    table = np.random.default_rng(1).normal(size=(5, 7)) + np.random.default_rng(2).normal(size=(5, 1))
    n, m = table.shape
    rows, columns, rest = squares(table)
    parts = crossed(table, 0.3)
    tuned, anew = parts.within("tuned"), parts.within("anew")

    variance = (rows + columns - rest) / (n * m)
    terms = rows**2 / (n - 1) + columns**2 / (m - 1) + rest**2 / ((n - 1) * (m - 1))
    assert tuned.estimate == pytest.approx(table.mean(), rel=1e-12)
    assert tuned.standard_error**2 == pytest.approx(variance, rel=1e-12)
    assert tuned.freedom == pytest.approx(variance**2 * (n * m) ** 2 / terms, rel=1e-12)
    luck = 0.3 / TABLES
    assert anew.standard_error**2 == pytest.approx(variance + luck, rel=1e-12)
    freedom = (variance + luck) ** 2 / (terms / (n * m) ** 2 + luck**2 / (TABLES - 1))
    assert anew.freedom == pytest.approx(freedom, rel=1e-12)


def test_five_tables_have_four_degrees_of_freedom() -> None:
    """However many pairs there are: where the luck of tuning is all the noise, four are left."""
    table = np.random.default_rng(1).normal(size=(40, 30))

    assert crossed(table, 1e9).within("anew").freedom == pytest.approx(4.0, rel=1e-6)


def test_given_test_blocks_are_no_noise() -> None:
    """On this test part the luck of training is all there is, and scores need no reach."""
    table = np.random.default_rng(3).normal(size=(6, 1)) + 5.0 * np.random.default_rng(4).normal(size=(1, 30))
    found = crossed(table, 1.0, serial=True, reach=reach(np.ones(table.shape[1]))).within("test-part")
    rows = table.mean(1)

    assert found.standard_error == pytest.approx(rows.std(ddof=1) / np.sqrt(6), rel=1e-12)
    assert (found.freedom, found.reach, found.shrinks, found.hidden) == (5.0, UNBOUNDED, 1.0, (1.0, 0.0))
    assert found.skewness == pytest.approx(stats.kstat(rows, 3) / 36 / found.standard_error**3, rel=1e-9)


def test_never_less_than_either_part() -> None:
    """Where little but the interaction is there, its estimate may be too large."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        parts = crossed(rng.normal(size=(4, 6)))
        assert parts.within("tuned").standard_error ** 2 >= max(parts.of_pairs, parts.of_blocks) - 1e-15


def test_shares_tell_what_pairs_would_shrink() -> None:
    """With block noise alone nothing; with noise of runs alone everything."""
    rng = np.random.default_rng(3)
    by_block = crossed(np.tile(rng.normal(size=(1, 30)), (9, 1))).within("tuned")
    by_pair = crossed(np.tile(rng.normal(size=(9, 1)), (1, 30))).within("tuned")

    assert (by_block.shrinks, by_pair.shrinks) == (0.0, 1.0)
    assert (by_block.hidden, by_pair.hidden) == ((0.0, 0.0), (1.0, 0.0))


def test_few_tied_blocks_hide_noise_and_few_runs_do() -> None:
    """From 30 independent blocks and 60 pairs on nothing is held back for them."""
    time = np.sin(np.arange(200) / 20)[None]
    tied = crossed(np.tile(time, (9, 1)), serial=True).within("tuned")
    many = crossed(np.random.default_rng(0).normal(size=(60, 1)) + np.zeros((60, 5))).within("tuned")
    some = crossed(np.random.default_rng(0).normal(size=(40, 1)) + np.zeros((40, 5))).within("tuned")

    assert tied.independent < 30
    assert tied.hidden == (0.0, pytest.approx(min(1.0, (30 - tied.independent) / 22)))
    assert (many.hidden[0], some.hidden[0]) == (0.0, pytest.approx(0.5))


def test_skewness_is_that_of_the_mean() -> None:
    """Third moments of independent parts add up: those of rows and columns, over n² and m²."""
    rng = np.random.default_rng(4)
    table = rng.exponential(size=(9, 1)) + 3.0 * rng.exponential(size=(1, 14)) + rng.normal(size=(9, 14))
    found = crossed(table).within("tuned")

    third = sum(stats.kstat(means, 3) / len(means) ** 2 for means in (table.mean(1), table.mean(0)))
    assert found.skewness == pytest.approx(third / found.standard_error**3, rel=1e-9)


def test_equal_values_leave_no_error() -> None:
    """A constant table has standard error exactly 0 in every scope."""
    for scope in ("test-part", "tuned", "anew"):
        assert crossed(np.full((8, 11), 0.1)).within(scope).standard_error == 0.0  # type: ignore[arg-type]


def test_choice_variance_is_what_lies_between_groups() -> None:
    """Two groups of noise 0; one group; every choice made once; and what noise adds is taken off, by hand."""
    values = np.array([1.0, 1.0, 3.0, 3.0])

    assert choice_variance(values, np.array([0, 0, 1, 1])) == pytest.approx(values.var(ddof=1))
    assert choice_variance(values, np.zeros(4, dtype=int)) == 0.0
    assert choice_variance(values, np.arange(4)) == pytest.approx(values.var(ddof=1))
    # Means 1 and 11: 100 lie between, 4 within, so that noise is 2 and adds 2 to what lies between.
    assert choice_variance(np.array([0.0, 2.0, 10.0, 12.0]), np.array([0, 0, 1, 1])) == pytest.approx((100 - 2) / 3)
