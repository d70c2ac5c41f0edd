"""The variance of a mean of test blocks that follow each other in time and may hang together."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import dct

if TYPE_CHECKING:
    from numpy.typing import NDArray

WHITE = 0.1
"""A correlation of neighbouring blocks up to this counts as none."""

FEWEST_COSINES = 4
"""Fewer cosines say too little of a variance; 0.41 m^(2/3) of Lazarus and others is less than that below 31 blocks."""


def long_run(series: NDArray[np.float64]) -> tuple[float, float]:
    """Variance of the mean of ``series``, shape (blocks,), and its degrees of freedom.

    Without a correlation that is seen it is the usual s²/m with m - 1. Else it is the larger of two estimates: s²/m
    times twice the correlation time, corrected for the bias of s², with one degree less than there are independent
    blocks; and the mean of squared cosine transforms (EWC), where it is the larger one, with their number at most. The
    second one sees long memories that the first misses; from few blocks it may come out far too small, so it lengthens
    an interval and never shortens it.
    Source: Lazarus, Lewis, Stock and Watson 2018, "HAR inference: recommendations for practice", JBES 36.
    """
    m = len(series)
    plain = mean_variance(series)
    twice = min(2.0 * correlation_time(series), m / 2.0)
    if twice <= 1.0 or plain == 0.0:
        return plain, max(1.0, m - 1.0)
    freedom = max(1.0, m / twice - 1.0)
    timed = plain * twice * (m - 1.0) / (m - twice)
    cosines = min(m - 1, max(FEWEST_COSINES, int(0.41 * m ** (2.0 / 3.0))))
    waves = _cosine_variance(series, cosines)
    return (waves, min(freedom, float(cosines))) if waves > timed else (timed, freedom)


def correlation_time(series: NDArray[np.float64]) -> float:
    """Integrated correlation time 1/2 + Σ ρₖ, in steps of ``series``; 1/2 for white noise.

    The larger of two estimates: that of a first-order autoregression, (1 + ρ) / (2 (1 - ρ)), which sees a short memory
    in few values, with ρ corrected for its bias; and the sum over lags while ρₖ exceeds two standard errors of a white
    series, which sees a long one. A corrected ρ up to `WHITE` counts as none.
    Sources: Sokal 1997, "Monte Carlo methods in statistical mechanics", section 3; Kendall 1954, "Note on bias in the
    estimation of autocorrelation", Biometrika 41.
    """
    m = len(series)
    centred = series - series.mean()
    power = float(centred @ centred)
    if m < 4 or power == 0.0:
        return 0.5
    rho = (float(centred[:-lag] @ centred[lag:]) / power for lag in itertools.count(1))
    nearest = next(rho)
    first = min(0.95, nearest + (1.0 + 3.0 * nearest) / m)
    seen = itertools.takewhile(lambda r: r > 2.0 / np.sqrt(m), itertools.chain([nearest], rho))
    summed = 0.5 + sum(itertools.islice(seen, m // 2 - 1))
    return max(summed, (1.0 + first) / (2.0 * (1.0 - first))) if first > WHITE else summed


def mean_variance(values: NDArray[np.float64]) -> float:
    """Variance of the mean of independent values; 0 when there is only one."""
    spread = float(np.ptp(values))
    # Equal values must give exactly 0: rounding in the mean would otherwise pass for evidence.
    if len(values) < 2 or spread <= 1e-12 * float(np.abs(values).max()):
        return 0.0
    return float(values.var(ddof=1) / len(values))


def _cosine_variance(series: NDArray[np.float64], count: int) -> float:
    """Mean square of the first ``count`` cosine transforms of ``series``, over its length."""
    transforms = dct(series, type=2, norm="ortho")[1 : count + 1]
    return float((transforms**2).mean() / len(series))
