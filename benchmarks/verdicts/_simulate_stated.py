"""Are stated probabilities those that come true? Comparisons whose true difference is drawn from a mixed nature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from _simulate import MARGIN, Case, comparisons

from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _simulate import Noise, Stated
    from numpy.typing import NDArray

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0001)
"""Edges of the bins of stated probabilities."""

HELD = 0.01
"""A bin counts that holds this share of all comparisons."""


@dataclass(frozen=True)
class Bin:
    """What was stated and what came true.

    Attributes:
        what: `better` or `safe`.
        stated: Mean probability that was stated.
        true: How often it was so.
        share: Of all comparisons.
    """

    what: str
    stated: float
    true: float
    share: float


@dataclass(frozen=True)
class Calibrated:
    """All bins that count, and the mean squared error of what is stated of the better cell, by a flat prior too."""

    bins: tuple[Bin, ...]
    brier: float
    flat: float


def stated(draws: int) -> Calibrated:
    """Simulate comparisons of one look."""
    found = list(_all(np.random.default_rng(stream(0, "stated")), draws))
    truth = np.array([one.is_better for one in found], dtype=float)
    said = [one.better for one in found], [one.flat for one in found]
    better = _bins("better", [(one.better, one.is_better) for one in found])
    safe = _bins("safe", [(one.safe, one.is_safe) for one in found])
    ours, flat = (float(np.mean((np.array(each) - truth) ** 2)) for each in said)
    return Calibrated((*better, *safe), ours, flat)


def _all(rng: np.random.Generator, draws: int) -> Iterator[Stated]:
    noises: tuple[tuple[Noise, Noise], ...] = (("normal", "normal"), ("failing", "heavy"), ("skewed", "skewed"))
    shares = ((0.99, 0.005), (0.9, 0.06), (1 / 3, 1 / 3), (0.1, 0.1), (0.04, 0.92))
    for _ in range(draws):
        (runs, tests), (pairs, blocks) = noises[rng.integers(3)], shares[rng.integers(5)]
        case = Case(pairs, blocks, runs, tests, many=30, looks=(int(rng.choice([8, 20, 40])),))
        how = {"mirrored": bool(rng.integers(2)), "sharpness": float(2.0 ** rng.uniform(-2, 2))}
        [told] = comparisons(replace(case, difference=float(_nature(rng) / MARGIN), **how), 1, rng)  # type: ignore[arg-type]
        if told.stated is not None:
            yield told.stated


def _nature(rng: np.random.Generator) -> float:
    """A true difference in skill: narrow, middling or wide."""
    return float((rng.normal(0.0, 0.01), rng.laplace(0.0, 0.03), rng.normal(0.0, 0.1))[rng.integers(3)])


def _bins(what: str, said: list[tuple[float, bool]]) -> Iterator[Bin]:
    values: NDArray[np.float64] = np.array(said, dtype=float)
    for low, high in pairwise(BINS):
        inside = values[(values[:, 0] >= low) & (values[:, 0] < high)]
        if len(inside) >= HELD * len(values):
            yield Bin(what, float(inside[:, 0].mean()), float(inside[:, 1].mean()), len(inside) / len(values))
