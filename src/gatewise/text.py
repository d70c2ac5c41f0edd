"""Words that messages and reports share."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from gatewise.languages import Told, mark_count, say, told_count

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


def begun(text: str) -> str:
    """A text that begins a sentence: with a capital letter, unless its first word is a name, such as ``book.txt``."""
    first = text.split(" ", 1)[0]
    return text if set(first.rstrip(".:,")) & set("._/") else text[:1].upper() + text[1:]


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


THINGS = {
    "row": mark_count("{count} row", "{count:,} rows"),
    "step": mark_count("{count} step", "{count:,} steps"),
    "sequence": mark_count("{count} sequence", "{count:,} sequences"),
    "channel": mark_count("{count} channel", "{count:,} channels"),
    "text": mark_count("{count} text", "{count:,} texts"),
    "line": mark_count("{count} line", "{count:,} lines"),
    "document": mark_count("{count} document", "{count:,} documents"),
    "case": mark_count("{count} case", "{count:,} cases"),
    "piece": mark_count("{count} piece", "{count:,} pieces"),
    "character": mark_count("{count} character", "{count:,} characters"),
    "word": mark_count("{count} word", "{count:,} words"),
    "event": mark_count("{count} event", "{count:,} events"),
    "value": mark_count("{count} value", "{count:,} values"),
    "cell": mark_count("{count} cell", "{count:,} cells"),
    "time": mark_count("{count} time", "{count:,} times"),
    "group": mark_count("{count} group", "{count:,} groups"),
    "sound": mark_count("{count} sound", "{count:,} sounds"),
    "file": mark_count("{count} file", "{count:,} files"),
    "outage": mark_count("{count} outage", "{count:,} outages"),
    "microsecond": mark_count("{count} microsecond", "{count:,} microseconds"),
    "millisecond": mark_count("{count} millisecond", "{count:,} milliseconds"),
    "second": mark_count("{count} second", "{count:,} seconds"),
    "minute": mark_count("{count} minute", "{count:,} minutes"),
    "hour": mark_count("{count} hour", "{count:,} hours"),
    "day": mark_count("{count} day", "{count:,} days"),
    "week": mark_count("{count} week", "{count:,} weeks"),
    "month": mark_count("{count} month", "{count:,} months"),
    "year": mark_count("{count} year", "{count:,} years"),
    "long outage": mark_count("{count} long outage", "{count:,} long outages"),
    "missing step": mark_count("{count} missing step", "{count:,} missing steps"),
    "blank line": mark_count("{count} blank line", "{count:,} blank lines"),
    "comment line": mark_count("{count} comment line", "{count:,} comment lines"),
    "repeated header": mark_count("{count} repeated header", "{count:,} repeated headers"),
}
"""What lines on data count, and how it is said of one and of several."""


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


def listed(names: Iterable[str], most: int = 12) -> Told:
    """List names for a message, the first ``most`` of them."""
    return with_commas([named(name) for name in names], most)


def with_commas(parts: Sequence[str], most: int = 12) -> Told:
    """Join parts that are fit to be shown, the first ``most`` of them."""
    if len(parts) > most:
        return Told("{names} and {count:,} more", names=parts[:most], count=len(parts) - most)
    return Told("{names}", names=parts)


def enumerated(names: Iterable[str], most: int = 12) -> str:
    """Names from the data in a row, the first ``most`` of them, in the language that is spoken."""
    shown = [shorten(name, 40) for name in names]
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (say(" and {count} more", count=rest) if rest > 0 else "")


KINDS = {
    "text": Told("text"),
    "line": Told("line"),
    "document": Told("document"),
    "case": Told("case"),
    "character": Told("character"),
    "word": Told("word"),
    "event": Told("event"),
    "sequence": Told("sequence"),
}
"""What pieces and their symbols are called."""


def kind_of(noun: str) -> Told:
    """What one of `KINDS` is called, by itself."""
    return KINDS.get(noun) or Told("{names}", names=[noun])


def spanned(least: int, most: int) -> Told:
    """How many steps some things have, of which the shortest and the longest are known.

    >>> spanned(5, 7)
    '5 to 7 steps'
    """
    if least == most:
        return counted(most, "step")
    return Told("{low:,} to {high:,} steps", low=least, high=most)


def both(parts: Sequence[str]) -> Told:
    """Join a few parts by and.

    >>> both(["7 steps", "365 steps"])
    '7 steps and 365 steps'
    """
    first, *rest = parts
    return Told("{first} and {rest}", first=first, rest=both(rest)) if rest else Told("{names}", names=parts)


def counted(count: int, noun: str) -> Told:
    """Count things in words.

    >>> counted(2820, "row")
    '2,820 rows'
    """
    one, many = f"{{count}} {noun}", f"{{count:,}} {noun}" if noun == "series" else f"{{count:,}} {noun}s"
    return told_count(*THINGS.get(noun, (one, many)), count)
