"""Skill as a ratio of sums, jackknifed over test blocks."""

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


def pseudovalues(loss: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jackknife pseudo-values of `skill` over blocks: m θ - (m - 1) θ₍₋ᵦ₎.

    A ratio of sums is no mean of blocks; its pseudo-values are, to first order, so that whatever is known about
    means of blocks holds for them. With equal references they are the blocks' own skills exactly.
    Source: Miller 1974, "The jackknife - a review", Biometrika 61.

    Args:
        loss: Shape (pairs, blocks).
        reference: Shape (blocks,), with a positive sum.

    Returns:
        Shape (pairs, blocks); the mean of a row is the jackknife estimate of that pair's skill.
    """
    m = loss.shape[-1]
    if m == 1:
        return skill(loss, reference)[:, None]
    whole, rest = skill(loss, reference)[:, None], reference.sum() - reference
    if rest.min() <= 1e-12 * reference.sum():  # one block holds all of the reference: the linear limit is left
        values: NDArray[np.float64] = whole + m * ((1.0 - whole) * reference - loss) / reference.sum()
        return values
    values = m * whole - (m - 1) * (1.0 - (loss.sum(axis=-1, keepdims=True) - loss) / rest)
    return values
