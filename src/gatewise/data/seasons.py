"""What repeats: the lengths of seasons, by the calendar and by the autocorrelation of the target.

The test of a length P. The autocorrelation r is taken of the target without its linear trend, and of its changes; one
of them is enough. Both are pooled over series, and missing values take no part. A season lifts r at P, 2P, 3P above the
lags around, c = r(mP) - mean(r from (m - 1/2) P to (m + 1/2) P), which a trend or a random walk does not. Their sum is
compared with its standard error: Bartlett (1946) with an AR(1) for the level, with the first lags for the changes, in
both no smaller than the one that allows for clustered volatility (Lo and MacKinlay 1989).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar

CLEAR = 3.5
"""Standard errors at which a length of the calendar is shown."""

CLEAR_ANY = 6.0
"""Standard errors at which a length that no calendar names is shown: it is the best of many."""

LEAST_ANY = 0.2
"""The least rise of the autocorrelation at such a length."""

SHORTEST_ANY, LONGEST_ANY = 3, 2000

FEWEST_CYCLES = 3
"""A season was seen at least this often, one that no calendar names twice as often."""

MOST_MULTIPLES, MOST_MULTIPLES_ANY = 4, 8
"""Multiples of a length at which the autocorrelation is looked at; the more, the sharper is the length."""

MOST_STEPS = 1 << 17
"""Steps that are looked at, the last ones."""

MOST_SERIES = 100

LONGEST_GAP = 4000
"""Missing steps that end a stretch."""


class _Lags(NamedTuple):
    """Autocorrelations at lags from 0, and the variance of each if there is no season."""

    correlation: NDArray[np.float64]
    variance: NDArray[np.float64]


def seasons(
    values: NDArray[Any],
    numbers: NDArray[np.int64],
    calendar: Calendar | None,
    series: NDArray[np.int64] | None = None,
) -> tuple[int, ...]:
    """Steps of each season, the most telling first.

    The calendar's likeliest cycle always stays, for a rule that does no harm. It is first, unless the data do not show
    it and show another; a year of days is never first. The calendar's other cycles stay where the data show them. Where
    they show none of the calendar's, or there is none, the clearest peak of the autocorrelation is taken.

    Args:
        values: The target, shape (rows,), with NaN where it is missing. Give the training rows alone.
        numbers: Step of each row, ascending in each series.
        calendar: How time goes on; None takes the steps as they are.
        series: Which series each row is of, shape (rows,), rows of a series together; None is a single one.
    """
    cycles = calendar.cycles if calendar else ()
    stretches = _stretches(np.asarray(values, dtype=np.float64), np.asarray(numbers), series)
    longest = max((len(stretch) for stretch in stretches), default=0)
    steps = sum(len(stretch) for stretch in stretches)
    if steps < 8:
        return tuple(length for _, length in cycles[:1])
    most = max((length for _, length in cycles if FEWEST_CYCLES * length <= longest), default=0)
    reach = min(longest - 1, max((MOST_MULTIPLES + 1) * most, longest // 2))
    looks = [look for look in (_level(stretches, reach), _changes(stretches, reach)) if look is not None]
    shown: list[int] = []
    for _, length in sorted(cycles, key=lambda cycle: cycle[1]):
        base = next((short for short in reversed(shown) if length % short == 0), 1)
        if FEWEST_CYCLES * length <= longest and any(_rise(look, length, base) >= CLEAR for look in looks):
            shown.append(length)
    if not shown:
        shown = _clearest(looks, longest)
    return _ordered(cycles, shown)


def _ordered(cycles: tuple[tuple[str, int], ...], shown: list[int]) -> tuple[int, ...]:
    """Seasons by the calendar's order, those that it does not name first; its likeliest stays."""
    names = {length: name for name, length in cycles}
    usual = [length for _, length in cycles[:1]]
    first = [length for length in shown if names.get(length) != "year" or length in usual]
    late = [length for length in shown if length not in first]
    order = [length for _, length in cycles]
    first.sort(key=lambda length: order.index(length) if length in order else -1)
    return tuple(dict.fromkeys([*first, *usual, *late]))


def _stretches(
    values: NDArray[np.float64], numbers: NDArray[np.int64], series: NDArray[np.int64] | None
) -> list[NDArray[np.float64]]:
    """Values at every step, NaN where there is none: a part for each series, and for each side of a long outage."""
    if not len(values):
        return []
    ahead = np.diff(numbers)
    cut = (ahead < 1) | (ahead > LONGEST_GAP)
    if series is not None:
        cut |= np.diff(series) != 0
    borders = np.concatenate([[0], np.flatnonzero(cut) + 1, [len(values)]])
    spans = list(pairwise(borders))
    if len(spans) > MOST_SERIES:
        spans = [spans[place] for place in np.linspace(0, len(spans) - 1, MOST_SERIES).astype(int)]
    share = MOST_STEPS // len(spans)
    found = []
    for start, stop in spans:
        steps = numbers[start:stop] - numbers[stop - 1] + share - 1
        kept = steps >= 0
        placed = np.full(share - int(steps[kept][0]), np.nan)
        placed[steps[kept] - steps[kept][0]] = values[start:stop][kept]
        found.append(placed)
    return found


def _level(stretches: list[NDArray[np.float64]], reach: int) -> _Lags | None:
    """Of the values without their linear trend; an AR(1) is what is there without a season."""
    look = _correlations([_detrended(stretch) for stretch in stretches], reach)
    if look is None:
        return None
    rho = float(np.clip(look.correlation[1], 0.0, 0.999)) ** 2
    return look._replace(variance=look.variance * (1 + rho) / (1 - rho))


def _changes(stretches: list[NDArray[np.float64]], reach: int) -> _Lags | None:
    """Of the changes from step to step, which have no trend and no random walk left."""
    look = _correlations([np.diff(stretch) for stretch in stretches], reach)
    if look is None:
        return None
    return look._replace(variance=look.variance * (1 + 2 * float(np.square(look.correlation[1:3]).sum())))


def _detrended(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < 3:
        return np.full_like(values, np.nan)
    slope, level = np.polyfit(known / len(values), values[known], 1)
    found: NDArray[np.float64] = values - slope * np.arange(len(values)) / len(values) - level
    return found


def _correlations(stretches: list[NDArray[np.float64]], reach: int) -> _Lags | None:
    """Autocorrelations over the pairs that are known, pooled over stretches of which each is scaled to variance 1."""
    sums = np.zeros((3, reach + 1))
    for values in stretches:
        known = ~np.isnan(values)
        if known.sum() < 3:
            continue
        centred = np.where(known, values - values[known].mean(), 0.0)
        most = 4 * float(np.sqrt(np.square(centred[known]).mean()))
        centred = np.clip(centred, -most, most)  # a few wild values decide nothing
        spread = float(np.sqrt(np.square(centred[known]).mean()))
        if spread > 1e-12 * float(np.abs(values[known]).max()):
            rows = (centred / spread, known.astype(np.float64), np.square(centred / spread))
            for place, row in enumerate(rows):
                lags = _products(row, reach)
                sums[place, : len(lags)] += lags
    if sums[1, 0] < 3:
        return None
    pairs = np.maximum(np.rint(sums[1]), 1.0)
    correlation = sums[0] / pairs
    clustered = np.maximum(sums[2] / pairs, 1.0)  # 1 where the size of one value says nothing on that of another
    return _Lags(np.where(sums[1] >= 3, correlation, 0.0), clustered / pairs)


def _products(row: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """The sum of row[t] row[t + lag] for each lag."""
    lags = min(reach + 1, len(row))
    size = 1 << (len(row) + lags - 1).bit_length()
    power = np.abs(np.fft.rfft(row, size)) ** 2
    found: NDArray[np.float64] = np.fft.irfft(power, size)[:lags]
    return found


def _rise(look: _Lags, length: int, base: int = 1, most: int = MOST_MULTIPLES) -> float:
    """How far the autocorrelation at a length and its multiples lies above the lags around, in standard errors.

    Args:
        look: Autocorrelations.
        length: Steps of the season in question.
        base: A shorter season that is there: only its multiples are compared.
        most: Multiples to look at.
    """
    lags = len(look.correlation)
    rises, variance = 0.0, 0.0
    for multiple in range(1, most + 1):
        centre = multiple * length
        around = centre + np.arange(-(length // (2 * base)), length // (2 * base) + 1) * base
        around = around[(around > 0) & (around < lags) & (around != centre)]
        if centre >= lags or not len(around) or (multiple > 1 and around[-1] < centre):
            break
        rises += float(look.correlation[centre] - look.correlation[around].mean())
        variance += float(look.variance[centre]) * (1 + 1 / len(around))
    return rises / float(np.sqrt(variance)) if variance > 0 else 0.0


def _clearest(looks: list[_Lags], longest: int) -> list[int]:
    """The length at the clearest peak of all, where it is clear enough."""
    best = (0.0, 0)
    for look in looks:
        r = look.correlation
        most = min(len(r) - 1, longest // (2 * FEWEST_CYCLES), LONGEST_ANY)
        for length in range(SHORTEST_ANY, most + 1):
            half = max(length // 2, 1)
            slack = 2 * float(np.sqrt(look.variance[length]))
            if r[length] < max(LEAST_ANY, r[length - half // 2 : length + half // 2 + 1].max() - slack):
                continue
            lower = r[half : length + half + 1].mean()
            again = r[2 * length] - r[length + half : 2 * length + half + 1].mean()
            if r[length] - lower >= LEAST_ANY and again > 0:
                rise = _rise(look, length, most=MOST_MULTIPLES_ANY)
                if rise >= max(CLEAR_ANY, (1.1 if best[1] and length % best[1] == 0 else 1.0) * best[0]):
                    best = (rise, length)
    return [best[1]] if best[1] else []
