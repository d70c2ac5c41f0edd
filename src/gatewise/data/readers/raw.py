"""Sequences as a reader found them: in the order of the source, with whatever it says of classes and test parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from gatewise.data.shapes import SequenceSet


@dataclass(frozen=True, eq=False)
class RawSequences:
    """What a reader found; enough to predict on, not yet checked for a comparison.

    Attributes:
        sequences: In the order of the source.
        lacks: Why they have neither classes nor numbers, a sentence for the user; empty where they have.
        test: What the source calls ``test``, to be one boolean a sequence; None where it has no such array.
    """

    sequences: SequenceSet
    lacks: str = ""
    test: object = None


def natural(names: Sequence[str]) -> tuple[str, ...]:
    """The different names: numbers by size, then text with the numbers in it by size."""

    def key(name: str) -> tuple[int, float, list[tuple[int, int, str]], str]:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?", name):
            return 0, float(name), [], name
        pieces = enumerate(re.split(r"(\d+)", name))
        return 1, 0.0, [(0, int(piece), "") if place % 2 else (1, 0, piece) for place, piece in pieces], name

    return tuple(sorted(set(names), key=key))


def channels(values: NDArray[np.float64]) -> tuple[str, ...]:
    """Names for the channels of values of shape (n, T, features)."""
    return tuple(f"channel {number}" for number in range(1, values.shape[2] + 1))
