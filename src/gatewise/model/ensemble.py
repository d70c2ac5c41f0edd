"""Several networks as one model: their weights in one file, their answers averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]


def in_one(members: Sequence[Arrays]) -> Arrays:
    """The arrays of all members; those of several are numbered: ``0.head.bias``, ``1.head.bias``."""
    if len(members) == 1:
        return dict(members[0])
    return {f"{k}.{name}": array for k, arrays in enumerate(members) for name, array in arrays.items()}


def out_of(arrays: Arrays, members: int) -> list[Arrays]:
    """The arrays of each member: the inverse of `in_one`.

    Raises:
        ValueError: An array is of no member.
    """
    if members == 1:
        return [arrays]
    found: list[Arrays] = [{} for _ in range(members)]
    for name, array in arrays.items():
        number, _, own = name.partition(".")
        if not number.isdecimal() or int(number) >= members:
            raise ValueError(f"the array {name} is of none of the {members} networks")
        found[int(number)][own] = array
    return found


def averaged(outputs: Sequence[NDArray[Any]], *, shares: bool) -> NDArray[Any]:
    """The mean of what several networks answer, shape (N, outputs) each and in all.

    Args:
        outputs: Of each network.
        shares: Whether they are logarithms of the shares of classes, up to a number added to all: the mean is that of
            the shares then, and its logarithm is returned.
    """
    if len(outputs) == 1:
        return outputs[0]
    stacked = np.stack(outputs)
    if not shares:
        mean: NDArray[Any] = stacked.mean(axis=0)
        return mean
    logs = special.log_softmax(stacked.astype(np.float64), axis=-1)
    whole: NDArray[Any] = special.logsumexp(logs, axis=0) - np.log(len(stacked))
    return whole
