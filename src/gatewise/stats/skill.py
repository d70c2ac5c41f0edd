"""Skill as a ratio of sums over test blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def skill(loss: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Skill 1 - Σ loss / Σ reference over the last axis.

    Args:
        loss: Summed loss of each block, shape (..., blocks).
        reference: What the loss is measured against, shape (blocks,): the bar's summed loss, or the
            number of examples when the loss counts errors (skill is then accuracy).

    Returns:
        Shape (...): 1 is perfect, 0 is as good as the reference.
    """
    found: NDArray[np.float64] = 1.0 - loss.sum(axis=-1) / reference.sum()
    return found


def linearised(part: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ratio Σ part / Σ reference of each row as a mean of blocks: d = D + (part - D reference) / mean(reference).

    A ratio of sums is no mean of blocks; d is, to first order, and its grand mean is the ratio D of all rows exactly,
    so that whatever is known about means of blocks holds for it. With equal references d are the blocks' own ratios.
    Source: Cochran 1977, "Sampling techniques", section 6.

    Args:
        part: Shape (pairs, blocks).
        reference: Shape (blocks,), with a positive sum.

    Returns:
        Shape (pairs, blocks).
    """
    whole = part.sum() / (len(part) * reference.sum())
    values: NDArray[np.float64] = whole + (part - whole * reference) / reference.mean()
    return values
