"""Catalogues of sentences: read and written as .po, compiled to .mo. The build runs this file, so it imports no other.

Formats: GNU gettext manual, "The Format of PO Files" and "The Format of GNU MO Files".
"""

from __future__ import annotations

import ast
import struct
import sys
from pathlib import Path
from typing import NamedTuple

Key = tuple[str | None, str, str | None]
"""Context, sentence, and its plural; None where it has none."""

HEAD: Key = (None, "", None)
"""Under this key stands what a catalogue says of itself."""


class Entry(NamedTuple):
    """A sentence of a catalogue.

    Attributes:
        key: What it is looked up by.
        said: Its translations, one for each plural form.
        comments: Lines that begin with #, without their end.
    """

    key: Key
    said: tuple[str, ...]
    comments: tuple[str, ...] = ()


def read(text: str) -> list[Entry]:
    """The entries of a .po file, in its order.

    Args:
        text: Its content; entries are parted by empty lines.
    """
    return [_entry(block.splitlines()) for block in text.strip().split("\n\n")]


def _entry(lines: list[str]) -> Entry:
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line.startswith("#"):
            continue
        if not line.startswith('"'):
            name, _, line = line.partition(" ")
        fields[name] = fields.get(name, "") + ast.literal_eval(line)
    said = [value for name, value in fields.items() if name.startswith("msgstr")]
    key = fields.get("msgctxt"), fields["msgid"], fields.get("msgid_plural")
    return Entry(key, tuple(said), tuple(line for line in lines if line.startswith("#")))


def written(entries: list[Entry]) -> str:
    """Entries as a .po file."""
    return "\n\n".join("\n".join(_lines(entry)) for entry in entries) + "\n"


def _lines(entry: Entry) -> list[str]:
    context, sentence, plural = entry.key
    names = [("msgctxt", context), ("msgid", sentence), ("msgid_plural", plural)]
    forms = [(f"msgstr[{k}]" if plural is not None else "msgstr", text) for k, text in enumerate(entry.said)]
    return [*entry.comments, *(f"{name} {_quoted(text)}" for name, text in [*names, *forms] if text is not None)]


def _quoted(text: str) -> str:
    """As .po quotes: a line for each line of the text, where it has several."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    lines = [f'"{line}"' for line in escaped.replace("\n", "\\n\n").splitlines()]
    return "\n".join(lines if len(lines) == 1 else ['""', *lines])


def compiled(text: str) -> bytes:
    """The .mo file of a .po file; what is not translated is left out, so that it is shown as it is written."""
    pairs = sorted((_sought(entry.key), "\0".join(entry.said).encode()) for entry in read(text) if all(entry.said))
    ids, strings = (b"".join(part + b"\0" for part in parts) for parts in zip(*pairs, strict=True))
    at, tables = 28 + 16 * len(pairs), []
    for place in (0, 1):
        for pair in pairs:
            tables += [len(pair[place]), at]
            at += len(pair[place]) + 1
    head = 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0
    return struct.pack(f"<7I{len(tables)}I", *head, *tables) + ids + strings


def _sought(key: Key) -> bytes:
    """A key as it stands in a .mo file."""
    context, sentence, plural = key
    found = sentence if plural is None else f"{sentence}\0{plural}"
    return (found if context is None else f"{context}\x04{found}").encode()


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(compiled(Path(sys.argv[1]).read_text("utf-8")))
