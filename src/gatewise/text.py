"""Words that messages and reports share."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from gatewise.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JOINERS = "\u200c\u200d"
"""Invisible, but part of words in Persian and of composed emoji."""


def visible(text: str) -> str:
    """Text from the data with control and direction marks written out, so that none acts on terminal or page."""
    return "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in text)


def columns(text: str) -> int:
    """Columns that a text takes on a terminal: two for each Chinese, Japanese or Korean character and most emoji.

    Source: Unicode Standard Annex 11, East Asian Width.
    """
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or character in JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text: str, most: int = 60) -> str:
    """A name for a title or a list, cut to ``most`` columns."""
    shown = visible(text)
    if columns(shown) <= most:
        return shown
    while columns(shown) > most - 1:
        shown = shown[:-1]
    return shown + "…"


def upward(value: float) -> str:
    """A margin as one would type it: two digits, rounded up so that it is large enough."""
    scale = 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0.0 else 1.0
    return f"{math.ceil(round(value / scale, 9)) * scale:.2g}"


def sure(chance: float) -> str:
    """A stated probability, rounded down, and no more precise than it was measured to be: above 0.9 within 0.03.

    >>> sure(0.9994)
    'over 95 %'
    """
    if chance >= 0.95:
        return say("over 95 %")
    return say("under 5 %") if chance < 0.05 else f"{math.floor(round(100.0 * chance, 9))} %"


def quoted(value: object, most: int = 40) -> str:
    """Quote a value for a message: escaped, and no longer than about ``most`` characters.

    >>> quoted("drizzle")
    "'drizzle'"
    """
    text = str(value)
    return repr(text if len(text) <= most else text[: most - 3] + "...")


def named(name: str) -> str:
    """Write a column, class or file name as it is where that is safe and short, otherwise quoted."""
    return name if name.isprintable() and name.strip() and len(name) <= 40 else quoted(name)


def listed(names: Iterable[str], most: int = 12) -> str:
    """List names for a message, the first ``most`` of them."""
    return with_commas([named(name) for name in names], most)


def with_commas(parts: Sequence[str], most: int = 12) -> str:
    """Join parts that are fit to be shown, the first ``most`` of them."""
    more = f" and {len(parts) - most:,} more" if len(parts) > most else ""
    return ", ".join(parts[:most]) + more


def enumerated(names: Iterable[str], most: int = 12) -> str:
    """Names from the data in a row, the first ``most`` of them, in the language that is spoken."""
    shown = [shorten(name, 40) for name in names]
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (say(" and {count} more", count=rest) if rest > 0 else "")


def counted(count: int, noun: str) -> str:
    """Count things in words.

    >>> counted(2820, "row")
    '2,820 rows'
    """
    return f"{count:,} {noun}" if count == 1 or noun == "series" else f"{count:,} {noun}s"
