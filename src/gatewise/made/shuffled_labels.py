"""Sequences whose labels were dealt out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray


FREQUENCIES = (0.05, 0.1, 0.2)
"""Of the three kinds of wave in `shuffled_labels`, in cycles a step."""

STEPS = 40

SHARES = (0, 0, 0, 1, 2)
"""The kinds of `shuffled_labels`, over and over: three in five are of the first. With equal shares every guess is as
good as the majority's, and it takes tens of thousands of sequences to show that a cell's guesses are no better."""


def shuffled_labels(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make waves of three frequencies, easy to tell apart, whose labels were dealt out anew.

    Each is 40 steps of a sine and a cosine of one of `FREQUENCIES` with a random phase, and noise of N(0, 0.3²). The
    labels are as frequent as the frequencies and independent of them, so all that can be known of a label is which are
    many: the best accuracy is the majority's share, 3/5 where 5 divides size. More than that is luck, or a leak of
    test labels.

    Returns:
        X of shape (size, 40, 2) and y of shape (size,), 0 to 2.
    """
    kinds = np.resize(SHARES, size)
    turns = np.array(FREQUENCIES)[rng.permutation(kinds), None] * np.arange(STEPS) + rng.random((size, 1))
    waves = np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], axis=-1)
    return {"X": waves + rng.normal(0.0, 0.3, waves.shape), "y": rng.permutation(kinds)}


SHUFFLED_LABELS = Family(
    name="shuffled-labels",
    about="clear waves whose labels were shuffled: no cell can beat the majority",
    source="Ojala and Garriga 2010, Permutation Tests for Studying Classifier Performance, JMLR 11",
    kind="sequences",
    size=1_000,
    metric="accuracy",
    best=0.6,
    generate=shuffled_labels,
)
