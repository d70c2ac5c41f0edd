"""Signs by which a text is told from a table, and a text of lines that stand alone from one text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.data.readers.dialect import MARKS, is_comment

if TYPE_CHECKING:
    from collections.abc import Sequence

Pieces = Literal["lines", "text"]

SEEN = 1 << 18
"""Characters that are looked at."""

LINES_SEEN = 3000

NUMBERS = 0.2
"""With this share of numbers among its words, a text is taken for a table."""

ALIKE = 0.9
"""Lines of a table, of those looked at, that a mark takes apart into the same number of cells."""

LETTERS = 0.4
"""Share of letters of any script that prose has, at least, blanks left out."""

FEW = 3
"""So few lines are all alike by chance."""

FEW_LINES = 8
"""A text of fewer lines is one text."""

BLANK = 0.005
"""Share of blank lines between others from which on they part paragraphs."""

_NUMBER = re.compile(r"[\W_]*+\d[\d.,:/%+eE_TZ-]*+[\W_]*+")  # possessive: a long row of dots is tried once
_ENDS_SENTENCE = re.compile(r"\w[.!?…。！？]\s*$")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that write no blanks between words."""

_ENDS = re.compile(r"[.!?…。！？:;,\"'”’»)\]]\s*$")


def is_prose(text: str) -> bool:
    """Whether a text is read as text: few numbers among its words, and no mark that takes its lines apart alike.

    Args:
        text: The text, or its beginning.
    """
    every = _lines(text)
    lines = [line for line in every if not is_comment(line)] or every
    words = [word for line in lines for word in line.split()]
    numbers = sum(bool(_NUMBER.fullmatch(word)) for word in words)
    if not words or numbers >= NUMBERS * len(words):
        return False
    signs = [sign for word in words for sign in word]
    if sum(sign.isalpha() for sign in signs) < LETTERS * len(signs):
        return False
    if len(lines) < FEW and _ENDS_SENTENCE.search(lines[-1]):
        return True
    return not any(_takes_apart(lines, mark) for mark in MARKS)


def find_pieces(text: str) -> Pieces | None:
    """Whether each line stands alone or all lines are one text; None where both may be.

    Lines stand alone where nearly all are one word, or a few words without a mark at the end. They are one text where
    blank lines part paragraphs, where sentences go on from line to line, or where some are indented.
    """
    every = text[:SEEN].strip("\n").split("\n")[:LINES_SEEN]
    lines = [line for line in every if line.strip()]
    if len(lines) < FEW_LINES or len(every) - len(lines) > max(1, BLANK * len(every)):
        return "text"
    words = np.array([_word_count(line) for line in lines])
    ended = np.array([bool(_ENDS.search(line)) for line in lines])
    if (words == 1).mean() >= ALIKE or ((words <= 4).mean() >= 0.95 and ended.mean() < 0.1):
        return "lines"
    indented = np.mean([line[0].isspace() for line in lines])
    goes_on = ~ended[:-1] & np.array([line.lstrip()[0].islower() for line in lines[1:]])
    capitals = np.mean([line.lstrip()[0].isupper() for line in lines])
    long = np.quantile([len(line) for line in lines], 0.9) >= 40
    if 0.1 < indented < 0.9 or (long and capitals > 0.1 and goes_on.mean() > 0.2):
        return "text"
    return None


def _word_count(line: str) -> float:
    """Words of a line; where none are parted, three letters count as a word."""
    return len(line.split()) + len(_UNSPACED.findall(line)) // 3


def _lines(text: str) -> list[str]:
    """The first lines that are not blank, the last one left out where it may be cut."""
    lines = text[:SEEN].split("\n")
    whole = lines[:-1] if len(text) > SEEN and len(lines) > 1 else lines
    return [line for line in whole if line.strip()][:LINES_SEEN]


def _takes_apart(lines: Sequence[str], mark: str) -> bool:
    """Whether a mark stands equally often in nearly all lines; one at the end of a line, as in verse, parts nothing."""
    counts = np.array([line.rstrip().removesuffix(mark).count(mark) for line in lines])
    usual = np.bincount(counts).argmax()
    return bool(usual > 0 and (counts == usual).mean() >= ALIKE)
