"""Readers: one file a format, found by what they take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gatewise.data import readers
from gatewise.data.look import look
from gatewise.data.readers import READERS, readable, reader_of
from gatewise.data.reading import Reading
from gatewise.errors import DataError, OptionError

X = np.arange(24.0).reshape(4, 3, 2)


class Marked:
    """Columns of numbers below a mark of its own: a format that gatewise does not know."""

    holds = "table"
    endings = (".marked",)
    reads = ".marked"

    def takes(self, source: object) -> bool:
        """By the ending."""
        return isinstance(source, Path) and source.suffix == ".marked"

    def read(self, source: Path) -> pl.DataFrame:
        """One number a line."""
        return pl.DataFrame({"y": [float(line) for line in source.read_text().splitlines()[1:]]})


def test_a_format_is_one_class_and_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader in `READERS` is all it takes: the data are read, and messages name the format."""
    path = tmp_path / "a.marked"
    path.write_text("%\n1\n2\n4\n")
    with pytest.raises(DataError, match=r"a\.marked is of no kind that can be read; gatewise reads tables \(\.csv"):
        look(path, Reading(target="y"))

    monkeypatch.setattr(readers, "READERS", (*READERS, Marked()))

    assert look(path, Reading(target="y")).values.tolist() == [[1.0], [2.0], [4.0]]
    assert ".marked" in readable()


@pytest.mark.parametrize(
    "source",
    [pl.DataFrame({"y": [1]}), {"X": [1, 2], "y": [2, 1]}, {"X": X, "y": [0, 1, 1, 0]}, (X,), X, ".ts", ".csv", ""],
    ids=["frame", "columns", "named arrays", "tuple", "array", "ts", "csv", "folder"],
)
def test_one_reader_takes_a_source(source: object, tmp_path: Path) -> None:
    """The order of `READERS` decides only between arrays and columns of a mapping."""
    if isinstance(source, str):
        source = tmp_path / f"a{source}" if source else tmp_path
        source.touch()
    taking = [reader for reader in READERS if reader.takes(source)]

    assert reader_of(source) is taking[0]
    assert len({reader.holds for reader in taking}) == 1 or (isinstance(source, dict) and np.ndim(source["X"]) > 1)


def test_what_can_be_read() -> None:
    """Every format of files, tables first."""
    assert readable() == (
        "tables (.csv, .tsv, .txt and .data, also with .gz, .parquet, .xlsx, .xls, .xlsb or .ods, .arrow, .feather or "
        ".ipc, .jsonl or .json, .npy, .arff, or .xes), sequences with a class or a number each (UCR text, the class "
        "first in each line, .ts, .npz, sounds (.wav, .flac), or a folder with one *_TRAIN.ts and one *_TEST.ts, or "
        "with a file for each sequence), texts (.csv or .tsv with a text and its class in each row, or .txt of prose, "
        "or with a text in each line) and channels that are on or off (.json of the channels that are on at each step, "
        ".npz of 0 and 1, .mat, or .mid), packed by gzip, xz, bzip2, ZIP or tar or not"
    )


def test_the_other_kind_is_refused(tmp_path: Path) -> None:
    """Where a table is expected sequences do not do, and the other way round."""
    (tmp_path / "a.ts").touch()
    (tmp_path / "a.csv").touch()

    with pytest.raises(DataError, match=r"a\.ts is not a table that can be read"):
        reader_of(tmp_path / "a.ts", "table")
    with pytest.raises(DataError, match=r"a\.csv is not a set of sequences that can be read"):
        reader_of(tmp_path / "a.csv", "sequences")
    with pytest.raises(DataError, match=r"a int is of no kind that can be read; expected a path, or an array"):
        reader_of(3)


def test_named_arrays_that_lack_classes_are_no_table() -> None:
    """An X of three axes is meant as sequences, whatever the other names are."""
    with pytest.raises(DataError, match="the mapping has no y, it holds X, what"):
        look({"X": X, "what": [0, 1, 1, 0]})
    with pytest.raises(OptionError, match="--target: belongs to a table; got sequences from the arrays"):
        look({"X": X, "y": [0, 1, 1, 0]}, Reading(target="y"))
