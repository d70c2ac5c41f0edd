"""Sequences to count in: as many b's as a's?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray


LEARNED, TESTED = (1, 40), (41, 80)
"""How many a's and b's the strings of `counting` have, least and most: those to learn from, those to test on."""

NEAR = 5
"""Unequal counts differ by at most this."""


def counting(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make strings of n a's and then m b's, to be asked whether n = m; in one half of each part they are equal.

    Otherwise n and m differ by 1 to 5. Two thirds of the strings, to learn from, have counts up to 40; the others, to
    test on, from 41 to 80: whoever counts, up for an a and down for a b, gets all of them right, so the best accuracy
    is 1. Strings to learn from occur more than once, for there are only 40 equal ones; none to test on is among them.

    Returns:
        X of shape (size, longest, 2), which is (1, 0) for a, (0, 1) for b and (0, 0) beyond the end; y of shape
        (size,), 1 where the counts are equal; lengths, shape (size,); test, shape (size,), True to test on.
    """
    training = 2 * size // 3
    parts = (_counts(training, *LEARNED, rng), _counts(size - training, *TESTED, rng))
    a, b = np.concatenate(parts).T
    lengths = a + b
    steps, ends = np.arange(lengths.max()), a[:, None]
    letters = np.stack([steps < ends, (steps >= ends) & (steps < lengths[:, None])], axis=-1)
    return {
        "X": letters.astype(np.uint8),
        "y": (a == b).astype(np.int64),
        "lengths": lengths,
        "test": np.arange(size) >= training,
    }


def _counts(size: int, least: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts of a's and b's, shape (size, 2), from ``least`` to ``most``, equal in half of the rows."""
    counts = range(least, most + 1)
    equal = np.array([(n, n) for n in counts])
    unequal = np.array([(n, m) for n in counts for m in counts if 1 <= abs(n - m) <= NEAR])
    halves = size // 2, size - size // 2
    drawn = [kind[rng.integers(len(kind), size=half)] for kind, half in zip((equal, unequal), halves, strict=True)]
    return rng.permutation(np.concatenate(drawn))


COUNTING = Family(
    name="counting",
    about="as many b's as a's? Tested on longer strings than it was trained on",
    source=(
        "Weiss, Goldberg and Yahav 2018, arXiv:1805.04908: LSTMs count, GRUs do not; El-Naggar, Madhyastha and"
        " Weyde 2022: trained LSTMs often fail far beyond the trained lengths"
    ),
    kind="sequences",
    size=1_500,
    metric="accuracy",
    best=1.0,
    generate=counting,
)
