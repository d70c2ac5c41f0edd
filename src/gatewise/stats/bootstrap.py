"""The crossed bootstrap: training runs (rows) and test blocks (columns) of a table resampled independently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.stats.estimate import NO_NOISE, Estimate, constant
from gatewise.stats.reason import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 8
"""With fewer rows or columns a percentile interval is too short, for it has no t quantile: at 95 % it covers 91 times
in 100 where the noise lies between 8 rows, 88 times where it lies between 5."""

BEYOND = 10
"""An end of the interval that has fewer draws than these beyond it depends on the seed."""


def crossed_bootstrap(
    table: NDArray[np.float64], level: float, rng: np.random.Generator, draws: int = 2000
) -> Estimate:
    """Percentile interval of the mean of ``table``, shape (pairs, blocks), with coverage ``level``.

    One row or one column leaves its source of noise unknown: it counts as none and ``trust`` says so.
    Source: Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1; see `resampled_means`.
    """
    mean = float(table.mean())
    if constant(table):
        return Estimate(mean, (mean, mean), level, (NO_NOISE,))
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(resampled_means(table, rng, draws), [tail, 1.0 - tail])
    return Estimate(mean, (float(low), float(high)), level, _trust(table, tail * draws))


def resampled_means(table: NDArray[np.float64], rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Means of ``draws`` resampled tables, shape (draws,), from how often each row and column was drawn.

    n - 1 of the n rows are drawn and m - 1 of the m columns, with replacement. Drawing n and m would make the rows'
    variance too small by (n - 1) / n and the columns' by (m - 1) / m, a tenth of the standard error at five pairs; so
    it is, for effects a of rows, b of columns and a rest e that neither explains,

        Var = Σa² / (n (n - 1)) + Σb² / (m (m - 1)) + Σe² / (n (n - 1) m (m - 1)),

    and its expectation is the variance of the mean, but for the rest, which it counts three times.
    Sources: McCarthy 1969, "Pseudo-replication: half samples", Review of the International Statistical Institute 37,
    for two rows; Rao and Wu 1988, "Resampling inference with complex survey data", JASA 83, for n - 1 of n.
    """
    n, m = table.shape
    rows, columns = _weights(n, rng, draws), _weights(m, rng, draws)
    means: NDArray[np.float64] = ((rows @ table) * columns).sum(axis=1)
    return means


def _weights(n: int, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Share of each of ``n`` units in each draw of n - 1, shape (draws, n); a single unit is always itself."""
    size = max(1, n - 1)
    return rng.multinomial(size, np.full(n, 1.0 / n), size=draws) / size


def _trust(table: NDArray[np.float64], beyond: float) -> tuple[Reason, ...]:
    pairs, blocks = table.shape
    reasons = []
    if pairs < 2:
        reasons.append(Reason("one-pair"))
    elif pairs < FEW:
        reasons.append(Reason("percentile-of-few-pairs", {"pairs": pairs}))
    if blocks < 2:
        reasons.append(Reason("one-test-block"))
    elif blocks < FEW:
        reasons.append(Reason("percentile-of-few-test-blocks", {"blocks": blocks}))
    if _rest_share(table) > 0.25:
        reasons.append(Reason("unexplained-noise"))
    if beyond < BEYOND:
        reasons.append(Reason("few-draws"))
    return tuple(reasons)


def _rest_share(table: NDArray[np.float64]) -> float:
    """The rest's share of the variance that the bootstrap sees; a third when there is nothing else.

    Beyond a quarter the rest is more than half of the true variance, and the interval √2 to √3 times too long.
    """
    n, m = table.shape
    if n < 2 or m < 2:
        return 0.0
    rows, columns, mean = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True), table.mean()
    rest = ((table - rows - columns + mean) ** 2).sum() / ((n - 1) * (m - 1) * n * m)
    return float(rest / (rows.var(ddof=1) / n + columns.var(ddof=1) / m + rest))
