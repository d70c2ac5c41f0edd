"""Sequences in which two numbers have to be kept: what do they add up to?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 50
"""Steps of a sequence of `adding`."""


def adding(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make sequences of numbers from U(0, 1), two of them marked, to be asked for the sum of these two.

    One mark stands in the first half of a sequence, one in the second. Whoever keeps both numbers has no error at all,
    so the best MSE is 0; the mean sum, 1, has the variance of a sum of two, 1/6.

    Returns:
        X of shape (size, 50, 2), the numbers and the marks, 1 where marked and else 0; y of shape (size,).
    """
    numbers, marks = rng.random((size, STEPS)), np.zeros((size, STEPS))
    half, rows = STEPS // 2, np.arange(size)
    for first, last in ((0, half), (half, STEPS)):
        marks[rows, rng.integers(first, last, size)] = 1.0
    return {"X": np.stack([numbers, marks], axis=-1), "y": (numbers * marks).sum(axis=1)}


ADDING = Family(
    name="adding",
    about="the sum of two marked numbers among fifty, kept over up to 49 steps",
    source="Hochreiter and Schmidhuber 1997, Long Short-Term Memory, Neural Computation 9, experiment 4",
    kind="sequences",
    size=3_000,
    metric="mse",
    best=0.0,
    generate=adding,
)
