"""The text inside of what is written around it: records of FASTA, a book of Project Gutenberg."""

from __future__ import annotations

import re
from typing import NamedTuple

from gatewise.languages import Told, told_count

_RECORD = re.compile(r"^>.*$", re.MULTILINE)
_LETTERS = re.compile(r"[A-Za-z*.\-\s]+")
_LONGEST_LINE = 200
"""Letters of a line of a sequence: programs break it after 60 to 120."""

_BEGINS = re.compile(r"^\W{0,4}START OF TH(?:E|IS) PROJECT GUTENBERG EBOOK\b[^\n]*\n", re.MULTILINE | re.IGNORECASE)
_ENDS = re.compile(r"^\W{0,4}END OF (?:TH(?:E|IS) )?PROJECT GUTENBERG\b", re.MULTILINE | re.IGNORECASE)


class Book(NamedTuple):
    """A text, and a note on what was left out around it."""

    text: str
    notes: tuple[Told, ...] = ()


def is_fasta(text: str) -> bool:
    """Whether a text is sequences of letters, each below a line that begins with ``>``.

    Args:
        text: The text, or its beginning.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines or not re.match(r">\s*\S", lines[0]):
        return False
    letters = [line for line in lines if not line.startswith(">")]
    return bool(letters) and all(
        len(line.split()) == 1 and len(line) <= _LONGEST_LINE and _LETTERS.fullmatch(line) for line in letters
    )


def fasta_records(text: str) -> tuple[str, ...]:
    """The sequences of a text in FASTA, without the lines above them and without line ends; those of none left out."""
    found = ["".join(record.split()) for record in _RECORD.split(text)]
    return tuple(record for record in found if record)


def book_of(text: str) -> Book:
    """A text without what Project Gutenberg writes above and below it; as it is where no such lines stand in it."""
    begins = _BEGINS.search(text)
    first = begins.end() if begins else 0
    ends = _ENDS.search(text, first)
    last = ends.start() if ends else len(text)
    inner = text[first:last].strip("\n")
    if (begins is None and ends is None) or not inner.strip():
        return Book(text)
    left = len(text) - len(inner)
    note = told_count(
        "left out: what Project Gutenberg writes around a book, {count} character",
        "left out: what Project Gutenberg writes around a book, {count:,} characters",
        left,
    )
    return Book(inner, (note,))
