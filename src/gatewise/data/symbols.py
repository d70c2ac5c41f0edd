"""Texts and events as numbers of symbols, for a comparison on what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Symbols:
    """Pieces of symbols, each a number in one alphabet: texts, lines, or the events of cases.

    Attributes:
        codes: The symbols of all pieces, one piece after the other, shape (n,): 0 for one that is not in the alphabet,
            else its place there, from 1 on.
        lengths: How many symbols each piece has, shape (pieces,).
        alphabet: The symbols that occur in what is learned from, in order.
        unit: What a symbol is.
        called: What a piece is called, in the singular.
        test_start: First piece of the data's own test part; None where it brings no split.
        in_time: Whether the pieces follow each other in time.
        groups: Whose each piece is, numbered from 0, shape (pieces,); None where each stands alone.
        grouped: What the groups are, by the name that the source has for it; empty without groups.
        source: Name of the data, for display.
        notes: What reading changed, left out or doubts, one sentence each.
    """

    codes: NDArray[np.int32]
    lengths: NDArray[np.int64]
    alphabet: tuple[str, ...]
    unit: Literal["character", "word", "event"]
    called: str
    test_start: int | None
    in_time: bool
    groups: NDArray[np.int64] | None
    grouped: str
    source: str
    notes: tuple[str, ...] = ()
