"""The mean of a table with two crossed sources of noise: training runs (rows) and test blocks (columns)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.stats.longrun import long_run, mean_variance
from gatewise.stats.reach import UNBOUNDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.stats.reach import Reach

Scope = Literal["test-part", "tuned", "anew"]
"""What a mean is a claim about: these cells on this test part; as tuned, on new data; tuned anew, on new data."""

TABLES = 5
"""All pairs choose their configurations from one tuning table and share its luck, so they count as this many
independent tables, however many pairs there are. `benchmarks/verdicts/calibration.py` holds it against simulated
tables."""

FEW, ENOUGH = 20, 60
"""Up to so many pairs failed runs and skewness may hide altogether; from so many on they are seen."""

SEEN = 8, 30
"""Independent blocks of a correlated series that say least, and that say enough, of their own variance."""


@dataclass(frozen=True)
class Mean:
    """A mean and what is known about it.

    Attributes:
        estimate: The grand mean.
        standard_error: Of the mean, all sources counted that its scope has.
        freedom: Satterthwaite's degrees of freedom, at least 1.
        skewness: Of the mean: its third central moment over the standard error cubed, as the values show it.
        shrinks: Share of the variance that more pairs would shrink.
        hidden: How much of the noise few runs, or few correlated blocks, may not show: two weights from 0 to 1.
        pairs: Pairs in the table.
        blocks: Test blocks in the table.
        independent: How many blocks would say as much if they were independent; infinite where blocks play no part.
        reach: Of its blocks, where values are bounded and blocks play a part.
    """

    estimate: float
    standard_error: float
    freedom: float
    skewness: float
    shrinks: float
    hidden: tuple[float, float]
    pairs: int
    blocks: int
    independent: float
    reach: Reach


@dataclass(frozen=True)
class Parts:
    """The mean of a (pairs, blocks) table, its variance in parts.

    Attributes:
        estimate: The grand mean.
        of_pairs: Variance of the mean of the rows: more pairs shrink it.
        of_blocks: Variance of the mean of the columns, as a series where they follow each other in time.
        of_both: Variance from what neither rows nor columns explain, which both of the above hold.
        of_choices: Variance from the one tuning table behind all choices.
        freedom: Degrees of freedom of `of_blocks`.
        skews: Third central moment of the mean of the rows, and of the columns.
        pairs: Rows.
        blocks: Columns.
        reach: Of its blocks, where values are bounded.
    """

    estimate: float
    of_pairs: float
    of_blocks: float
    of_both: float
    of_choices: float
    freedom: float
    skews: tuple[float, float]
    pairs: int
    blocks: int
    reach: Reach

    def within(self, scope: Scope) -> Mean:
        """The mean as a claim of one scope.

        On new data Var = V_pairs + V_blocks - V_both, for both parts hold the interaction, and never less than either
        part; tuned anew, the luck of the tuning table is added. On this test part the blocks are given: Var = V_pairs.
        Degrees of freedom are Satterthwaite's.
        Source: Satterthwaite 1946, "An approximate distribution of estimates of variance components", Biometrics
        Bulletin 2.
        """
        n, m = self.pairs, self.blocks
        if scope == "test-part":
            whole, skew, pure = self.of_pairs, self.skews[0], float(self.of_pairs > 0.0)
            freedom, tied, independent, reach = n - 1.0, 0.0, float("inf"), UNBOUNDED
        else:
            luck = self.of_choices if scope == "anew" else 0.0
            whole = max(self.of_pairs, self.of_blocks, self.of_pairs + self.of_blocks - self.of_both) + luck
            skew, independent, reach = sum(self.skews), self.freedom + 1.0, self.reach
            pure = _share(self.of_pairs - self.of_both, whole)
            tied = (1.0 - pure) * _least(independent, *SEEN) if independent < m - 1e-9 else 0.0
            both = (n - 1) * (m - 1)
            parts = (self.of_pairs, n - 1), (self.of_blocks, self.freedom), (self.of_both, both), (luck, TABLES - 1)
            shares = sum(part * part / count for part, count in parts if count > 0)
            freedom = whole * whole / shares if shares > 0.0 else 1.0
        return Mean(
            estimate=self.estimate,
            standard_error=float(np.sqrt(whole)),
            freedom=max(1.0, freedom),
            skewness=skew / whole**1.5 if whole > 0.0 else 0.0,
            shrinks=_share(self.of_pairs, whole),
            hidden=(pure * _least(n, FEW, ENOUGH), tied),
            pairs=n,
            blocks=m,
            independent=independent,
            reach=reach,
        )

    def without_pairs(self) -> Parts:
        """What infinitely many pairs would leave at today's estimate."""
        left = max(0.0, self.of_blocks - self.of_both)
        return Parts(
            self.estimate, 0.0, left, 0.0, self.of_choices, self.freedom, (0.0, self.skews[1]), 10**9, self.blocks,
            self.reach,
        )  # fmt: skip


def crossed(
    table: NDArray[np.float64], choices: float = 0.0, *, serial: bool = False, reach: Reach = UNBOUNDED
) -> Parts:
    """The mean of ``table``, shape (pairs, blocks), and its variance in parts.

    One row or one column leaves its source unknown: that part is taken as 0.

    Args:
        table: Shape (pairs, blocks).
        choices: Variance between the configurations that redrawn pairs chose (`choice_variance`).
        serial: Whether the blocks follow each other in time.
        reach: Of the blocks, where values are bounded, as differences in accuracy are.
    """
    n, m = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    of_blocks, freedom = long_run(columns) if serial else (mean_variance(columns), max(1.0, m - 1.0))
    of_pairs = mean_variance(rows)
    return Parts(
        estimate=float(table.mean()),
        of_pairs=of_pairs,
        of_blocks=of_blocks,
        of_both=_interaction(table) / (n * m) if of_pairs or of_blocks else 0.0,
        of_choices=choices / TABLES,
        freedom=freedom,
        skews=(_mean_skew(rows), _mean_skew(columns)),
        pairs=n,
        blocks=m,
        reach=reach,
    )


def choice_variance(values: NDArray[np.float64], chosen: NDArray[np.int64]) -> float:
    """Variance of ``values`` that comes from which configuration was chosen, not from noise within one.

    Between-group sum of squares less what noise within the groups adds to it, over the degrees of freedom; with every
    choice made once the two cannot be told apart and all counts as the choices'.

    Args:
        values: A score of each pair, shape (pairs,).
        chosen: The number of the configuration each pair chose, shape (pairs,).
    """
    _, group, count = np.unique(chosen, return_inverse=True, return_counts=True)
    n, groups = len(values), len(count)
    if groups < 2:
        return 0.0
    means = np.bincount(group, values) / count
    within = float(((values - means[group]) ** 2).sum())
    noise = within / (n - groups) if n > groups else 0.0
    between = float((count * (means - values.mean()) ** 2).sum())
    return max(0.0, (between - (groups - 1) * noise) / (n - 1))


def _share(part: float, whole: float) -> float:
    return min(1.0, max(0.0, part / whole)) if whole > 0.0 else 0.0


def _least(count: float, least: float, enough: float) -> float:
    """1 up to ``least``, 0 from ``enough`` on, and between them in proportion."""
    return min(1.0, max(0.0, (enough - count) / (enough - least)))


def _mean_skew(values: NDArray[np.float64]) -> float:
    """Third central moment of the mean of independent values, unbiased; 0 where there are too few to see it."""
    n = len(values)
    if n < 3:
        return 0.0
    third = float(((values - values.mean()) ** 3).sum()) * n / ((n - 1) * (n - 2))
    return third / n**2


def _interaction(table: NDArray[np.float64]) -> float:
    """Mean square of what neither rows nor columns explain."""
    n, m = table.shape
    if n < 2 or m < 2:
        return 0.0
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    return float((rest**2).sum() / ((n - 1) * (m - 1)))
