"""Which encoding a text has: by its mark, by its bytes, or guessed and said."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from gatewise.languages import Told

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = re.compile(rb"[\x80-\xff]+")
_ENOUGH = 100_000
"""Bytes outside of ASCII that are looked at where an encoding is guessed."""

_RUN, _FEWEST, _STRANGE = 3, 12, 0.25
"""From this share of the bytes outside of ASCII on that stand in runs of three or more, and so many of them, a text is
in another script: Western European words have one such letter beside another at most. In the texts that chardet is
tested on, in 40 encodings, the share is up to 0.16 in Latin letters and from 0.31 on in other scripts.
"""

_SYLLABLES = 3
"""Different pairs of bytes from which on a text may be Korean whose words are of one syllable each, as weekdays are."""


STRANGE = Told("the text is not UTF-8, and its encoding is unknown: letters of it are shown wrong; save it as UTF-8")
"""Said where what is read as Western European is in another script, so that every letter is a wrong one."""


class Encoding(NamedTuple):
    """An encoding by Python's name, and a note for the user where it was guessed."""

    codec: str
    note: Told | None = None


def find_encoding(pieces: Iterable[bytes]) -> Encoding:
    """The encoding of a text that comes in pieces; they are read to the end where none has a mark.

    Text without a mark is UTF-8 where every byte fits. Otherwise it is Korean where its foreign bytes are pairs of
    Korean syllables, and Western European where they are not; both are guesses.
    """
    pieces = iter(pieces)
    head = next(pieces, b"")
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec)
    unmarked = _utf_16(head)
    if unmarked:
        return Encoding(unmarked, Told("the text has no mark of its encoding and is read as UTF-16"))
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, foreign = True, bytearray()
    for piece in _first_and(head, pieces):
        valid = valid and _fits(decoder, piece)
        if len(foreign) < _ENOUGH and not piece.isascii():
            foreign += b" ".join(_FOREIGN.findall(piece)) + b" "
        if not valid and len(foreign) >= _ENOUGH:
            break
    if valid and not decoder.getstate()[0]:
        return Encoding("utf-8")
    return _guessed(bytes(foreign[:_ENOUGH]))


def _first_and(head: bytes, rest: Iterable[bytes]) -> Iterable[bytes]:
    yield head
    yield from rest


def _fits(decoder: codecs.IncrementalDecoder, piece: bytes) -> bool:
    if piece.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(piece)
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(head: bytes) -> str:
    """UTF-16 without a mark: digits and separators have a zero byte on one side, and never on the other."""
    sample = head[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most = max(even, odd)
    if 10 * most < len(sample) or 20 * min(even, odd) > most:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guessed(foreign: bytes) -> Encoding:
    """Korean in CP949, or Western European, by the bytes outside of ASCII; runs of them are parted by blanks."""
    pairs = korean = 0
    for run in foreign.split():
        pairs += (len(run) + 1) // 2
        korean += sum(0xB0 <= lead <= 0xC8 and trail >= 0xA1 for lead, trail in zip(run[::2], run[1::2], strict=False))
    hint = Told("where letters look wrong, save the file as UTF-8")
    # One pair again and again may be two Western signs, such as a fraction and a cent.
    words = [run for run in set(foreign.split()) if len(run) > 2] or len(set(foreign.split())) >= _SYLLABLES
    if words and korean and 4 * korean >= 3 * pairs:
        return Encoding("cp949", Told("the text is not UTF-8 and is read as Korean (CP949); {hint}", hint=hint))
    # Windows-1252 is Latin-1 with letters and signs where Latin-1 has control characters.
    codec = "latin-1" if set(foreign) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "cp1252"
    runs = [len(run) for run in foreign.split()]
    long = sum(run for run in runs if run >= _RUN)
    if long >= max(_FEWEST, _STRANGE * sum(runs)):
        return Encoding(codec, STRANGE)
    return Encoding(codec, Told("the text is not UTF-8 and is read as Western European (Latin-1); {hint}", hint=hint))
