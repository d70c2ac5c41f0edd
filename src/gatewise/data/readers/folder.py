"""A folder of sequences: the two files of the UCR and UEA archives, a folder a class, or files beside a label table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatewise.data.readers.files import WANTED as FILES
from gatewise.data.readers.files import file_rows
from gatewise.data.readers.raw import RawSequences
from gatewise.data.readers.ts import TsFile, as_set, read_ts
from gatewise.data.source import entries
from gatewise.errors import DataError
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds
    from gatewise.data.readers.raw import FileRows

WANTED = f"expected one file whose name ends in _TRAIN.ts and one that ends in _TEST.ts; or {FILES}"


class Folder:
    """Reads the training file and the test file of a folder; the data set itself so says what is tested on."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = ("_train.ts", "_test.ts")
    reads = "a folder with one *_TRAIN.ts and one *_TEST.ts, or with a file for each sequence"

    def takes(self, source: object) -> bool:
        """Whether the source is a folder; `read` says what a folder has to hold."""
        return isinstance(source, str | Path) and Path(source).is_dir()

    def read(self, source: str | Path) -> RawSequences | FileRows:
        """Read both files, or the file of every sequence, as one set."""
        path = Path(source)
        there = [entry for entry in entries(path) if not entry.name.startswith(".")]
        pair = _pair(there)
        if pair is not None:
            train, test = (read_ts(part) for part in pair)
            return _one_set(train, test, named(path.resolve().name))
        rows = file_rows(path)
        if rows is None:
            held = f"it holds {listed(entry.name for entry in there)}" if there else "it is empty"
            raise DataError(f"the folder {quoted(path, 120)} is no data set: {WANTED}; {held}")
        return rows


def _pair(there: list[Path]) -> tuple[Path, Path] | None:
    """The training and the test file, if there is exactly one of each."""
    train = [path for path in there if path.name.lower().endswith("_train.ts")]
    test = [path for path in there if path.name.lower().endswith("_test.ts")]
    return (train[0], test[0]) if len(train) == len(test) == 1 else None


def _one_set(train: TsFile, test: TsFile, source: str) -> RawSequences:
    """One set of both files: the sequences to train on, then those to test on."""
    if set(train.classes) != set(test.classes):
        raise DataError(
            f"the two files of {source} list different classes: {listed(train.classes) or 'none'} to train on, "
            f"{listed(test.classes) or 'none'} to test on; make their @classLabel lines alike"
        )
    channels = len(train.sequences[0]), len(test.sequences[0])
    if channels[0] != channels[1]:
        raise DataError(f"the training file of {source} has {channels[0]} channels and the test file {channels[1]}")
    if train.numbers != test.numbers:
        raise DataError(f"one of the two files of {source} has numbers and the other classes; make their headers alike")
    lacks = train.lacks or test.lacks
    both = TsFile(train.sequences + test.sequences, train.labels + test.labels, train.classes, train.numbers, lacks)
    return RawSequences(replace(as_set(both, source), test_start=len(train.sequences)), lacks)
