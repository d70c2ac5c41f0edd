"""What a reader of sequences found, as it stands in the source; `gatewise.data.sequences` makes sense of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.shapes import SequenceSet


@dataclass(frozen=True, eq=False)
class RawSequences:
    """Sequences in the order of the source; enough to predict on, not yet checked for a comparison.

    Attributes:
        sequences: In the order of the source.
        lacks: Why they have neither classes nor numbers, a sentence for the user; empty where they have.
        test: What the source calls ``test``, to be one boolean a sequence; None where it has no such array.
        beside: What else the source says of each sequence, by name, shape (n,) each: it may name groups.
    """

    sequences: SequenceSet
    lacks: str = ""
    test: object = None
    beside: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedArrays:
    """Arrays by name; what each one is, and which axis of X is time, is still to be found out.

    Attributes:
        arrays: As the source has them.
        source: Name of the data, for display.
        lacks: What to say where there is no y; empty for a message that lists the names.
        unread: Names of arrays that could not be read, such as those that hold Python objects.
    """

    arrays: Mapping[str, Any]
    source: str
    lacks: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class FileRows:
    """The rows of many files below each other, a sequence a file.

    Attributes:
        frame: All rows; ``key``, and ``label`` and ``part`` where the source has them, are among its columns.
        source: Name of the data, for display.
        key: Column with the name of each row's file.
        label: Column with the class or number of each row's file; None where the source has none.
        lacks: What to say where there is no label.
    """

    frame: pl.DataFrame
    source: str
    key: str
    label: str | None
    lacks: str = ""
    notes: tuple[str, ...] = ()


Found = RawSequences | NamedArrays | FileRows
"""What a reader of sequences gives."""


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
