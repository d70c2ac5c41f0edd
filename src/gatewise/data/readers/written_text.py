"""The text of a file as it is compared: decoded, one form for each letter (NFC), line feeds at the ends of lines."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from gatewise.data.encoding import STRANGE, find_encoding
from gatewise.data.readers.textsigns import SEEN
from gatewise.data.source import content, no_text, pieces, text_pieces
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NFC = Told("letters that can be written in several ways are taken as one (Unicode NFC)")

CONTROLS = Told("control characters are read as blanks")

MOST_CONTROL = 0.01
"""Share of control characters from which on a file is no text."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


class Written(NamedTuple):
    """A text, and what was done to read it, a sentence each."""

    text: str
    notes: tuple[Told, ...]


def read_text(path: Path) -> Written:
    """Read a file that is meant as text.

    Raises:
        DataError: It is empty or no text, of an unknown encoding, or some of its bytes are no UTF-8 while others are.
    """
    encoding = find_encoding(pieces(path))
    if encoding.codec not in ("utf-16", "utf-32") and (encoding.note or encoding.codec == "utf-8-sig"):
        _refuse_damaged(path)
    refuse_strange([encoding.note], named(path.name))
    text = "".join(text_pieces(path, encoding, control=True))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    signs = _CONTROL.findall(text)
    if "\0" in signs or len(signs) > max(MOST_CONTROL * len(text), 1):
        raise no_text(path, content(path)[:8])
    plain = _CONTROL.sub(" ", text) if signs else text
    composed = unicodedata.normalize("NFC", plain)
    notes = [encoding.note] if encoding.note else []
    notes += [CONTROLS] if signs else []
    return Written(composed, (*notes, *([NFC] if composed != plain else [])))


def refuse_strange(notes: Iterable[str | None], source: str) -> None:
    """Refuse texts whose letters are wrong ones.

    Args:
        notes: What is said of how they were read.
        source: Name of the data, for display.
    """
    if STRANGE in notes:
        raise DataError(
            f"{source} is not UTF-8, and its letters are not Western European or Korean; expected UTF-8. Type, with "
            "its encoding in place of CP1251 (KOI8-R, GB18030, BIG5, SHIFT_JIS, ...): iconv -f CP1251 -t UTF-8 FILE > "
            "NEW"
        )


def beginning(path: Path) -> str:
    """The first letters of a file; empty where they are no text, or cannot be read."""
    try:
        piece = next(pieces(path))[: 2 * SEEN]
    except DataError:
        return ""
    whole = piece[: piece.rfind(b"\n") + 1] if len(piece) == 2 * SEEN else piece
    text = _decoded(whole or piece)
    if "\0" in text or len(_CONTROL.findall(text)) > max(MOST_CONTROL * len(text), 1):
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(piece: bytes) -> str:
    """Bytes as text, damaged places of UTF-8 marked."""
    text = piece.decode("utf-8", "replace")
    if _is_damaged(text):
        return text
    return piece.decode(find_encoding(iter([piece])).codec, "replace")


def _is_damaged(text: str) -> bool:
    """Whether some places of a text are no UTF-8, but more letters outside of ASCII are."""
    damaged = text.count("\ufffd")
    return 0 < damaged < sum(sign > "\x7f" for sign in text) - damaged


def _refuse_damaged(path: Path) -> None:
    """Refuse UTF-8 with damaged places."""
    text = content(path).decode("utf-8", "replace")
    if _is_damaged(text):
        line = text.count("\n", 0, text.index("\ufffd")) + 1
        raise DataError(
            f"{named(path.name)} is damaged: line {line:,} has bytes that are no UTF-8, as the rest is; expected one "
            "encoding. Mend the line, or take the bytes out: iconv -c -f UTF-8 -t UTF-8 FILE > NEW"
        )
