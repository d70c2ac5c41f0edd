"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

LOOKED_AT = 4096
"""Bytes by which a kind is known."""


class Kind(NamedTuple):
    """What a file is.

    Attributes:
        name: As it is called in a message.
        ending: The ending that such a file should have; empty where gatewise does not read it.
        text: Whether it is a text, which has no sure sign.
    """

    name: str
    ending: str
    text: bool = False


_SIGNS = (
    (b"PAR1", Kind("Parquet", ".parquet")),
    (b"ARROW1", Kind("Arrow", ".arrow")),
    (b"FEA1", Kind("Feather of version 1", "")),
    (b"\x93NUMPY", Kind("a NumPy array", ".npy")),
    (b"\x1f\x8b", Kind("packed by gzip", ".gz")),
    (b"BZh", Kind("packed by bzip2", ".bz2")),
    (b"\xfd7zXZ\x00", Kind("packed by xz", ".xz")),
    (b"\x28\xb5\x2f\xfd", Kind("packed by zstd", "")),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", "")),
    (b"Rar!", Kind("a RAR archive", "")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Excel workbook", ".xls")),
    (b"%PDF", Kind("a PDF document", "")),
    (b"\x89HDF", Kind("HDF5", "")),
    (b"CDF\x01", Kind("NetCDF", "")),
    (b"CDF\x02", Kind("NetCDF", "")),
    (b"SQLite format 3", Kind("an SQLite data base", "")),
    (b"MATLAB", Kind("a MATLAB file", ".mat")),
    (b"MThd", Kind("MIDI", ".mid")),
    (b"fLaC", Kind("sound (FLAC)", ".flac")),
    (b"\x80\x04", Kind("a Python pickle", "")),
    (b"\x80\x05", Kind("a Python pickle", "")),
)


def kind_of(path: Path) -> Kind | None:
    """What the file is; None where its first bytes do not tell, as those of plain text do not.

    Args:
        path: A file that may be read.
    """
    with path.open("rb") as opened:
        first = opened.read(LOOKED_AT)
    for sign, kind in _SIGNS:
        if first.startswith(sign):
            return kind
    if first.startswith(b"PK\x03\x04") or first.startswith(b"PK\x05\x06"):
        return _of_zip(path)
    if first[:4] == b"RIFF" and first[8:12] == b"WAVE":
        return Kind("sound (WAV)", ".wav")
    if first[257:262] == b"ustar":
        return Kind("a tar archive", ".tar")
    return kind_of_text(first.decode("utf-8-sig", "replace"))


def _of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Kind("a damaged ZIP archive", "")
    if "xl/workbook.xml" in names:
        return Kind("an Excel workbook", ".xlsx")
    if "xl/workbook.bin" in names:
        return Kind("an Excel workbook", ".xlsb")
    if "content.xml" in names and "mimetype" in names:
        return Kind("an OpenDocument spreadsheet", ".ods")
    if names and all(name.endswith(".npy") for name in names):
        return Kind("NumPy arrays", ".npz")
    return Kind("a ZIP archive", ".zip")


def kind_of_text(beginning: str) -> Kind | None:
    """What a text is by how it begins; None for one without a sign, such as prose or a table."""
    start = beginning.lstrip()
    if re.match(r"(?i)<(!doctype\s+html|html|table|head|body)\b", start):
        return Kind("a web page (HTML)", "", text=True)
    if start.startswith("<?xml"):
        return Kind("XML", "", text=True)
    if re.match(r'\[\s*[\[{]|\{\s*("[^"\n]*"\s*:|\})', start):
        lines = [line for line in start.splitlines() if line.strip()]
        alone = len(lines) > 1 and lines[0].rstrip().endswith("}") and lines[1].lstrip().startswith("{")
        return Kind("JSON lines", ".jsonl", text=True) if alone else Kind("JSON", ".json", text=True)
    return None
