"""Words that messages and reports share."""

from __future__ import annotations

import math

JOINERS = "\u200c\u200d"
"""Invisible, but part of words in Persian and of composed emoji."""


def visible(text: str) -> str:
    """Text from the data with control and direction marks written out, so that none acts on terminal or page."""
    return "".join(c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in text)


def shorten(text: str, most: int = 60) -> str:
    """A name for a title or a list, cut to ``most`` characters."""
    shown = visible(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def upward(value: float) -> str:
    """A margin as one would type it: two digits, rounded up so that it is large enough."""
    scale = 10.0 ** (math.floor(math.log10(value)) - 1) if value > 0.0 else 1.0
    return f"{math.ceil(round(value / scale, 9)) * scale:.2g}"
