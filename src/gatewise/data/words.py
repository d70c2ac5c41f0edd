"""Words of a text, and the symbols that are common enough to be known."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gatewise.data.readers.raw import RawSymbols

MOST_KNOWN = 5_000
"""Symbols of texts that are known, the most common ones; all others are one unknown symbol."""

FEWEST_PIECES = 2
"""Texts that a known symbol stands in, at least."""

_WORD = re.compile(r"<\w+>|\w+(?:['’]\w+)*|[^\w\s]|\n")


def words_of(text: str) -> tuple[str, ...]:
    """Words, marks, and ends of lines, in their order.

    >>> words_of("Don't go, Ann")
    ("Don't", 'go', ',', 'Ann')
    """
    return tuple(_WORD.findall(text))


def in_words(raw: RawSymbols) -> RawSymbols:
    """The same pieces with words for symbols."""
    assert raw.unit == "character"  # events are no texts
    return replace(raw, pieces=tuple(words_of(str(piece)) for piece in raw.pieces), unit="word")


def common(pieces: Iterable[Sequence[str]], most: int = MOST_KNOWN, fewest: int = FEWEST_PIECES) -> tuple[str, ...]:
    """The most common symbols of the pieces, in order.

    Args:
        pieces: Symbols of each piece.
        most: How many, at most.
        fewest: Pieces that each stands in, at least.
    """
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    for piece in pieces:
        counts.update(piece)
        spread.update(set(piece))
    known = [symbol for symbol, held in spread.items() if held >= fewest]
    known.sort(key=lambda symbol: (-counts[symbol], symbol))
    return tuple(sorted(known[:most]))


def covered(pieces: Iterable[Sequence[str]], known: Iterable[str]) -> float:
    """Share of the symbols that are known."""
    among = set(known)
    total = hit = 0
    for piece in pieces:
        total += len(piece)
        hit += sum(symbol in among for symbol in piece)
    return hit / max(total, 1)
