"""Several text files: documents, classes in folders, or a file a class with a text in each line."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.readers.files import PARTS as OF_TABLES
from gatewise.data.readers.inner import book_of, fasta_records, is_fasta
from gatewise.data.readers.prose import NONE, asked, lines_of, may_be_text, refuse_marked, said, whole_lines
from gatewise.data.readers.raw import RawSymbols, natural
from gatewise.data.readers.stacked import FORMATS, shown
from gatewise.data.readers.textsigns import find_pieces, is_prose
from gatewise.data.readers.written_text import beginning, read_text
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.source import OF_OTHERS, below, has_ending
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import named, with_commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.textsigns import Pieces
    from gatewise.data.reading import Reading

MOST_FILES = 100_000

PARTS = OF_TABLES | {"valid": "train", "dev": "train"}
"""Words in the names of files and folders that say which part they hold."""

_TEXT = (".txt", ".text")
_SAMPLED = 24
_PROSE = 2.0 / 3.0
"""Share of the files looked at that have to be prose."""


class File(NamedTuple):
    """A text file, with the class and the part that its folders name."""

    path: Path
    label: str | None = None
    part: str | None = None


class Documents:
    """A folder of texts, or files that a pattern matches."""

    holds: Holds = "texts"
    endings: tuple[str, ...] = ()
    reads = ""

    def __init__(self, reading: Reading = NOTHING_SAID) -> None:
        self.reading = reading

    def told(self, reading: Reading) -> Documents:
        """The reader that knows what was said."""
        return Documents(reading)

    def takes(self, source: object) -> bool:
        """Files most of which are prose."""
        if not may_be_text(self.reading) or self.reading.text is not None:
            return False
        files = _files(source)
        if not files:
            return False
        if self.reading.pieces is not None:
            return True
        prose = [is_prose(beginning(file.path)) for file in _sampled(files)]
        return sum(prose) >= _PROSE * len(prose)

    def read(self, source: object) -> RawSymbols:
        """Read all files: a document each, or the texts that stand in their lines."""
        files = _files(source)
        if len(files) > MOST_FILES:
            raise DataError(f"got {len(files):,} text files; at most {MOST_FILES:,} are read: make a table of them")
        name = named(Path(str(source)).resolve().name) if isinstance(source, str | Path) else files[0].path.parent.name
        if self.reading.pieces is None:
            refuse_marked(beginning(files[0].path), named(files[0].path.name))
        fasta = self.reading.pieces is None and all(is_fasta(whole_lines(beginning(f.path))) for f in _sampled(files))
        how = said(self.reading) or ("text" if fasta else _pieces(files))
        if how is None:
            raise asked(f"{named(files[0].path.name)} and others hold lines of text")
        files = _parted(files) if how == "text" or self.reading.target == NONE else _by_name(_parted(files))
        pieces: list[str] = []
        owners: list[int] = []
        notes: dict[Told, int] = {}
        for number, file in enumerate(files):
            written = read_text(file.path)
            text, left = book_of(written.text)
            held = lines_of(text) if how == "lines" else (text,)
            if fasta and is_fasta(text):
                held = fasta_records(text)
                left = (Told("files in FASTA are read without the lines that begin with > and without line ends"),)
            pieces += held
            owners += [number] * len(held)
            notes |= dict.fromkeys((*written.notes, *left), number)
        found = RawSymbols(tuple(pieces), "character", "line" if how == "lines" else "document", name)
        said_of = (*notes, _said(files, how), *_other_endings(files))
        return _with_files(found, files, np.array(owners), said_of, self.reading)


def _with_files(
    found: RawSymbols, files: Sequence[File], owners: NDArray[np.int64], notes: tuple[Told, ...], reading: Reading
) -> RawSymbols:
    """The pieces with what the folders or files say of each."""
    labels = None
    if files[0].label is not None and reading.target != NONE:
        labels = tuple(str(files[owner].label) for owner in owners)
    parts = [file.part for file in files]
    own = {"train", "test"} <= set(parts)
    test = np.array([parts[owner] == "test" for owner in owners]) if own else None
    return replace(found, labels=labels, test=test, notes=notes)


def _said(files: Sequence[File], how: Pieces) -> Told:
    """What was made of the files."""
    if files[0].label is None:
        if how == "lines":
            return Told("each line of the files stands alone; --pieces text reads each file as one text")
        return Told("each file is a document; --pieces lines reads each of its lines alone")
    if how == "lines":
        return Told(
            "each line is a text, its class the name of its file or folder; --target none reads them without "
            "classes, --pieces text each file as one text"
        )
    return Told("each file is a text, its class the name of its folder; --target none reads them without classes")


def _other_endings(files: Sequence[File]) -> list[Told]:
    """A note on files that are read as text although they do not end so, such as .tex."""
    endings = Counter(file.path.suffix.lower() for file in files if not has_ending(file.path, _TEXT))
    kinds = with_commas(
        [
            f"{ending} ({count:,})" if ending else Told("no ending ({count:,})", count=count)
            for ending, count in endings.most_common()
        ]
    )
    return [Told("read as text: {names}", names=kinds)] if kinds else []


def _pieces(files: Sequence[File]) -> Pieces | None:
    """How most of the files are to be read that are long enough to tell; None where they do not tell."""
    found = [find_pieces(beginning(file.path)) for file in _sampled(files)]
    texts = [beginning(file.path).strip().count("\n") for file in _sampled(files)] if None in found else []
    if found.count("lines") > len(found) / 2:
        return "lines"
    if found.count("text") > len(found) / 2 or (len(files) > _SAMPLED and max(texts, default=0) < 200):
        return "text"
    return None


def _by_name(files: list[File]) -> list[File]:
    """Files of lines whose names are classes, or whose endings are (``x.pos``, ``x.neg``), where folders name none."""
    names = [file.path.stem for file in files]
    if len(set(names)) == 1:
        names = [file.path.suffix.removeprefix(".") for file in files]
    if files[0].label is not None or len(set(names)) < 2 or any(_part_of(file.path) for file in files):
        return files
    return [file._replace(label=name) for file, name in zip(files, names, strict=True)]


def _parted(files: list[File]) -> list[File]:
    """Files whose names say which part they are, such as ptb.train.txt, where all of them do."""
    if any(file.part or file.label for file in files):
        return files
    parts = [_part_of(file.path) for file in files]
    return [file._replace(part=part) for file, part in zip(files, parts, strict=True)] if all(parts) else files


def _part_of(path: Path) -> str | None:
    words = re.split(r"[^a-z]+", path.stem.lower())
    return next((PARTS[word] for word in words if word in PARTS), None)


def _files(source: object) -> list[File]:
    """The text files of a source; none where it is no folder and no files."""
    if isinstance(source, tuple):
        paths = [path for path in source if isinstance(path, Path)]
        return [File(path) for path in paths] if paths and all(map(may_hold_text, paths)) else []
    if not isinstance(source, str | Path) or not Path(source).is_dir():
        return []
    there = shown(Path(source))
    folders = [path for path in there if path.is_dir() and _texts(path, deep=True)]
    if len(folders) > 1 and all(path.name.lower() in PARTS for path in folders):
        return [file for path in folders for file in _classes(path, PARTS[path.name.lower()])]
    if len(folders) > 1:
        return _classes(Path(source), None)
    own = _texts(Path(source))
    if folders and not any(has_ending(path, _TEXT) for path in own):
        return _files(folders[0])
    if own and any(path.is_dir() for path in there) and len(own) < sum(1 for _ in below(Path(source), _is_table)):
        return []  # what is written about tables that lie below
    return [File(path) for path in own]


def _classes(folder: Path, part: str | None) -> list[File]:
    """The files of folders that are named after their class; those of the folder itself where it has no such."""
    there = [path for path in shown(folder) if path.is_dir()]
    folders = [path for path in there if _texts(path)]
    bare = [path.name for path in there if not shown(path)]
    if folders and bare:
        raise DataError(
            f"the folder {named(bare[0])} is empty; expected texts of its class in each folder: bring them, or take it "
            "out"
        )
    files = [File(path, inner.name, part) for inner in folders for path in _texts(inner)]
    return files or [File(path, None, part) for path in _texts(folder)]


def _texts(folder: Path, *, deep: bool = False) -> list[Path]:
    """The text files of a folder, in natural order of their names; also of its folders where ``deep``."""
    there = shown(folder)
    files = {str(path): path for path in there if path.is_file() and may_hold_text(path)}
    plain = {name: path for name, path in files.items() if has_ending(path, _TEXT)}
    if 2 * len(plain) < len(files) and 2 * len(files) > len(there):  # a list of sums beside pictures is no text
        plain = files
    found = [plain[name] for name in natural(list(plain))]
    if found or not deep:
        return found
    return [path for inner in there if inner.is_dir() for path in _texts(inner)]


def may_hold_text(path: Path) -> bool:
    """Whether a file may be a text by its ending: one that no reader of tables knows, or one of texts."""
    return has_ending(path, _TEXT) or not (has_ending(path, OF_OTHERS) or any(reader.takes(path) for reader in FORMATS))


def _is_table(path: Path) -> bool:
    """Whether a file is a table by its ending, and no text."""
    return not has_ending(path, _TEXT) and any(reader.takes(path) for reader in FORMATS)


def _sampled(files: Sequence[File]) -> list[File]:
    """Some files from all over."""
    places = np.unique(np.linspace(0, len(files) - 1, min(_SAMPLED, len(files))).astype(int))
    return [files[place] for place in places]
