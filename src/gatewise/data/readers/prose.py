"""Texts: one file of prose, or of lines that stand alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.readers.inner import book_of, fasta_records, is_fasta
from gatewise.data.readers.raw import RawSymbols
from gatewise.data.readers.textsigns import SEEN, find_pieces, is_prose
from gatewise.data.readers.written_text import beginning, read_text
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.signs import LOOKED_AT, kind_of_text
from gatewise.data.source import has_ending
from gatewise.errors import OptionError
from gatewise.languages import Told
from gatewise.text import counted, named

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.textsigns import Pieces
    from gatewise.data.reading import Reading

OF_TEXT = frozenset(
    {
        *("--symbols", "--pieces", "--longest", "--cue", "--text", "--target", "--group", "--sheet"),
        *("--test", "--resplit", "--split"),
    }
)
"""Options that texts may be read with; others say that a file is a table."""

NONE = "none"
"""What ``--target`` says where texts are to be read without their classes."""


def may_be_text(reading: Reading) -> bool:
    """Whether nothing that was said makes a table of the source."""
    return set(reading.given) <= OF_TEXT and (reading.target in (None, NONE) or reading.text is not None)


class Prose:
    """A file of text, told from a table by what it holds.

    Args:
        any_name: Whether files of other endings are taken too, after all readers that know theirs.
        reading: What the user says.
    """

    holds: Holds = "texts"
    endings: tuple[str, ...] = (".txt", ".text", ".txt.gz")
    reads = ".txt of prose, or with a text in each line"

    def __init__(self, *, any_name: bool = False, reading: Reading = NOTHING_SAID) -> None:
        self.any_name, self.reading = any_name, reading
        if any_name:
            self.endings, self.reads = (), ""

    def told(self, reading: Reading) -> Prose:
        """The reader that knows what was said."""
        return Prose(any_name=self.any_name, reading=reading)

    def takes(self, source: object) -> bool:
        """A file of text that is no table, or is said to be text."""
        if not isinstance(source, str | Path) or not Path(source).is_file() or not may_be_text(self.reading):
            return False
        path = Path(source)
        if not self.any_name and not has_ending(path, self.endings):
            return False
        if self.reading.pieces is not None:
            return True
        begun = beginning(path) if self.reading.text is None else ""
        return bool(begun) and (is_prose(begun) or bool(_CUE.search(begun)) or is_fasta(whole_lines(begun)))

    def read(self, source: str | Path) -> RawSymbols:
        """Read the text, or each of its lines."""
        path = Path(source)
        written = read_text(path)
        shown = named(path.name)
        if self.reading.pieces is None:
            refuse_marked(written.text, shown)
            if is_fasta(written.text):
                return _of_fasta(fasta_records(written.text), shown, written.notes)
        text, left = book_of(written.text)
        notes = (*written.notes, *left)
        how = said(self.reading) or find_pieces(text)
        if how is None:
            raise asked(f"{shown} holds {counted(len(lines_of(text)), 'line')} of text")
        if how == "text":
            note = Told("{name} is read as one text; --pieces lines reads each of its lines alone", name=shown)
            return RawSymbols((text,), "character", "text", shown, notes=(*notes, note))
        note = Told("each line of {name} stands alone; --pieces text reads all of it as one text", name=shown)
        return RawSymbols(lines_of(text), "character", "line", shown, notes=(*notes, note))


def _of_fasta(records: tuple[str, ...], shown: str, notes: tuple[Told, ...]) -> RawSymbols:
    """The sequences of a file in FASTA, a document each."""
    note = Told(
        "{name} is FASTA: {sequences} without the lines that begin with > and without line ends, each a document; "
        "--pieces text reads the file as it is",
        name=shown,
        sequences=counted(len(records), "sequence"),
    )
    return RawSymbols(records, "character", "document", shown, notes=(*notes, note))


def whole_lines(begun: str) -> str:
    """The beginning of a text without its last line, which may be cut."""
    return begun if len(begun) < SEEN else begun[: begun.rfind("\n") + 1]


def said(reading: Reading) -> Pieces | None:
    """What the user says that pieces are."""
    known: dict[str | None, Pieces] = {"lines": "lines", "text": "text"}
    return known.get(reading.pieces)


def lines_of(text: str) -> tuple[str, ...]:
    """The lines that are not blank, without outer blanks."""
    return tuple(line.strip() for line in text.split("\n") if line.strip())


_CUE = re.compile(r"^\s*(?:\d+:)?\d\d:\d\d[,.]\d\d\d +-->", re.MULTILINE)
"""When a subtitle is shown, in files that end in .srt or .vtt."""


def refuse_marked(text: str, source: str) -> None:
    """Refuse a text that is not all meant to be learned.

    Raises:
        OptionError: It has the tags of a page, or the times of subtitles; the message says what to type.
    """
    kind = kind_of_text(text[:LOOKED_AT])
    what = "subtitles with their times" if _CUE.search(text[:LOOKED_AT]) else kind.name if kind is not None else ""
    if what:
        raise OptionError(
            f"{source} holds {what}: all of it would be learned, with what is no part of the text. Type --pieces text "
            "if that is meant; or bring the text alone"
        )


def asked(got: str) -> OptionError:
    """The error for texts that can be read in two ways."""
    return OptionError(
        f"{got}, which may stand alone each or be one text. Type --pieces lines if each line is a piece of its own, "
        "--pieces text if the lines follow each other"
    )
