"""UCR text: no header, a sequence a line, its class first; the values parted by blanks, commas or tabs."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.readers.raw import RawSequences
from gatewise.data.readers.ts import TsFile, as_set
from gatewise.data.source import entries, is_file, text
from gatewise.data.timenames import words_of
from gatewise.errors import DataError, OptionError
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds
    from gatewise.data.reading import Reading

LAYOUT = "ucr"
"""What ``--layout`` says of such a file."""

FEWEST_STEPS = 8
"""So few values a line are the columns of a table."""

CLASS = frozenset({"label", "class", "target", "y", "klasse", "category"})
"""Words for the class of a sequence in a line of names."""

_NUMBER = re.compile(r"[-+]?[.\d]")
_LOOKED_AT = 1 << 18
_ENDINGS = (".txt", ".tsv", ".csv")
_PART = re.compile(r"(?i)(.*)_(train|test)\.(txt|tsv|csv)")


class Ucr:
    """A file named *_TRAIN or *_TEST, or said to be one; another that looks like one is asked about."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = ("_train.tsv", "_test.tsv")
    reads = "UCR text, the class first in each line"

    def __init__(self, layout: str | None = None) -> None:
        self.layout = layout

    def told(self, reading: Reading) -> Ucr:
        """The reader that knows whether the layout was named."""
        return Ucr(reading.layout)

    def takes(self, source: object) -> bool:
        """A text whose lines are a class and many numbers, the first one too."""
        if not is_file(source, _ENDINGS) or not Path(str(source)).is_file():
            return False
        return self.layout in (None, LAYOUT) and looks_labelled(Path(str(source)), said=self.layout == LAYOUT)

    def read(self, source: str | Path) -> RawSequences:
        """Read the sequences of all lines."""
        path = Path(source)
        if self.layout is None and not _PART.fullmatch(path.name):
            raise OptionError(
                f"--layout {LAYOUT} reads {named(path.name)} as labelled sequences, one a line, the class first (or "
                "bring them as .ts or .npz). It has no column names: if it is a table, one row a time step, add a "
                "first line with the name of each column"
            )
        file = read_ucr(path)
        return RawSequences(as_set(file, named(path.name)), file.lacks)


class UcrPair:
    """The training file and the test file of a set; the set itself so says what is tested on."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = ()
    reads = ""

    def takes(self, source: object) -> bool:
        """Files, or a folder, with one of each and no .ts files."""
        return pair_of(source) is not None

    def read(self, source: object) -> RawSequences:
        """Read both files as one set, the sequences to train on first."""
        pair = pair_of(source)
        assert pair is not None  # `takes` has seen it
        train, test = map(read_ucr, pair)
        if train.numbers != test.numbers:
            raise DataError(f"of {named(pair[0].name)} and {named(pair[1].name)} one has classes and the other numbers")
        if not set(test.labels) <= set(train.labels) and not train.numbers:
            new = sorted({str(label) for label in test.labels} - {str(label) for label in train.labels})
            raise DataError(
                f"{named(pair[1].name)} has classes that {named(pair[0].name)} has not: {listed(new)}; leave them out"
            )
        both = TsFile(train.sequences + test.sequences, train.labels + test.labels, (), train.numbers, "")
        found = as_set(both, named(pair[0].name[: -len("_TRAIN.txt")]))
        return RawSequences(replace(found, test_start=len(train.sequences)))


def pair_of(source: object) -> tuple[Path, Path] | None:
    """The training and the test file among files or in a folder, if these are two of one set."""
    if isinstance(source, str | Path):
        folder = Path(source)
        if not folder.is_dir():
            return None
        files = [path for path in entries(folder) if path.is_file() and not path.name.startswith(".")]
        if any(path.name.lower().endswith(".ts") for path in files):
            return None
    elif isinstance(source, tuple) and source and all(isinstance(path, Path) for path in source):
        files = list(source)
    else:
        return None
    parts = [(found, path) for path in files if (found := _PART.fullmatch(path.name))]
    train = [(found[1], path) for found, path in parts if found[2].lower() == "train"]
    test = [(found[1], path) for found, path in parts if found[2].lower() == "test"]
    if len(train) != 1 or len(test) != 1 or train[0][0] != test[0][0]:
        return None
    pair = train[0][1], test[0][1]
    return pair if all(looks_labelled(path, said=False) for path in pair) else None


def looks_labelled(path: Path, *, said: bool) -> bool:
    """Whether the first lines are a class and then numbers.

    Args:
        path: A text.
        said: Whether the user says so: then a few values a line, and a number instead of a class, do too.
    """
    try:
        begun = text_start(path)
    except (DataError, OSError):
        return False
    rows = [_cells(line) for line in islice(filter(str.strip, begun), 200)]
    if said:
        return bool(rows)
    if len(rows) < 2 or min(map(len, rows)) <= FEWEST_STEPS or len({len(row) for row in rows}) > 1:
        return False
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError:
        return False
    first = values[:, 0]
    whole = bool((first == np.floor(first)).all())
    repeats = len(np.unique(first)) <= max(2, len(first) // 2)
    inner = values[:, 1:]
    return whole and repeats and bool((inner[np.isfinite(inner)] % 1 != 0).any())


def text_start(path: Path) -> list[str]:
    """The first whole lines of a text."""
    with path.open("rb") as opened:
        data = opened.read(_LOOKED_AT)
    lines = data.decode("utf-8-sig", "replace").splitlines()
    return lines if len(data) < _LOOKED_AT else lines[:-1]


def read_ucr(path: Path) -> TsFile:
    """Read a file.

    Raises:
        DataError: If a line holds something that is no number, or more or fewer values than the first.
    """
    labels: list[float] = []
    sequences: list[NDArray[np.float64]] = []
    width = 0
    for number, line in enumerate(text(path).splitlines(), 1):
        if not line.strip():
            continue
        cells = _cells(line)
        width = width or len(cells)
        if not labels and number == 1 and _names(cells):
            continue
        place = f"{named(path.name)}, line {number:,}"
        try:
            row = [float(cell) if cell not in ("", "?") else np.nan for cell in cells]
        except ValueError as error:
            raise DataError(
                f"{place}: got {quoted(line, 60)}; expected numbers alone, the class first: write classes as numbers, "
                "and leave column names out"
            ) from error
        if len(row) != width or len(row) < 2:
            raise DataError(
                f"{place}: got {counted(len(row), 'value')}; expected {max(2, width):,} as in the first line, the "
                "class first. Write NaN behind the end of a shorter sequence"
            )
        if not np.isfinite(row[0]):
            raise DataError(f"{place}: got {quoted(cells[0])} first; expected the class of the sequence")
        labels.append(row[0])
        sequences.append(_ended(np.array([row[1:]])))
    numbers = any(label != np.floor(label) for label in labels)
    names: list[str | None] = [repr(label) if numbers else str(int(label)) for label in labels]
    return TsFile(sequences, names, (), numbers, "")


def _names(cells: list[str]) -> bool:
    """Whether a line holds names of columns: its first cell is the word for a class, or none of its cells a number."""
    return bool(words_of(cells[0]) & CLASS) or not any(_NUMBER.match(cell) for cell in cells)


def _cells(line: str) -> list[str]:
    line = line.strip(" \r\n")
    mark = next((mark for mark in (",", ";", "\t") if mark in line), None)
    return [cell.strip() for cell in line.split(mark)]


def _ended(sequence: NDArray[np.float64]) -> NDArray[np.float64]:
    """A sequence, shape (1, steps), up to its last known value: archives pad shorter ones with NaN."""
    known = np.flatnonzero(np.isfinite(sequence[0]))
    return sequence[:, : known[-1] + 1] if len(known) else sequence
