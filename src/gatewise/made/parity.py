"""Sequences of bits: an odd number of ones?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEARNED, TESTED = (1, 20), (21, 40)
"""Bits of the sequences of `parity`, least and most: of those to learn from, of those to test on."""


def parity(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make sequences of fair bits, to be asked whether the number of ones is odd.

    Two thirds of them, to learn from, have up to 20 bits, the others, to test on, 21 to 40. One bit of memory, turned
    by every one, gets all of them right, so the best accuracy is 1; whoever misses a single bit guesses.

    Returns:
        X of shape (size, longest, 1), 0 beyond the end; y of shape (size,), 1 where the number of ones is odd; lengths,
        shape (size,); test, shape (size,), True to test on.
    """
    test = np.arange(size) >= 2 * size // 3
    lengths = np.where(test, rng.integers(TESTED[0], TESTED[1] + 1, size), rng.integers(1, LEARNED[1] + 1, size))
    longest = int(lengths.max())
    bits = rng.integers(0, 2, (size, longest)) * (np.arange(longest) < lengths[:, None])
    return {"X": bits[..., None].astype(np.uint8), "y": bits.sum(axis=1) % 2, "lengths": lengths, "test": test}


PARITY = Family(
    name="parity",
    about="an odd number of ones? Tested on longer sequences than it was trained on",
    source="Hochreiter and Schmidhuber 1997, Long Short-Term Memory, Neural Computation 9, section 3.1 (on parity)",
    kind="sequences",
    size=3_000,
    metric="accuracy",
    best=1.0,
    generate=parity,
)
