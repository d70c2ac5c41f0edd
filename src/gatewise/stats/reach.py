"""What kinds of example that a test part may not show could add to a mean of bounded values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Reach(NamedTuple):
    """The blocks that are at least so large, for every size that there is.

    Attributes:
        many: How many they are.
        share: The largest size of the mean of all values that these blocks alone can make.
    """

    many: tuple[int, ...] = ()
    share: tuple[float, ...] = ()

    def missed(self, error: float) -> float:
        """The most that the mean may lack with probability ``error``; 0 where values have no bound.

        A kind of block that makes a share p of m blocks is missing among them with probability (1 - p)ᵐ. A kind may
        come in large blocks alone, which are fewer and weigh more; so each size is asked in its turn.
        Source: Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?", JAMA 249.
        """
        each = zip(self.many, self.share, strict=True)
        return max((share * (1.0 - error ** (1.0 / many)) for many, share in each), default=0.0)


UNBOUNDED = Reach()
"""Of values that have no bound, or of blocks that play no part."""


def reach(counts: NDArray[np.float64], most: float = 1.0) -> Reach:
    """The reach of blocks.

    Args:
        counts: Examples in each, shape (blocks,).
        most: The largest difference that one example can make.
    """
    sizes, many = np.unique(counts, return_counts=True)
    larger, held = many[::-1].cumsum(), (sizes * many)[::-1].cumsum()
    return Reach(tuple(larger.tolist()), tuple((most * held / held[-1]).tolist()))
