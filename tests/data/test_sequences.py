"""Labelled sequences: .ts, .npz and arrays give one set, and what cannot be told apart is refused."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gatewise.data.sequences import comparable, read_sequences, refuse_alike, refuse_untellable
from gatewise.errors import DataError

if TYPE_CHECKING:
    from gatewise.data.shapes import SequenceSet

HEADER = "# about\n@problemName Toy\n@timeStamps false\n@univariate false\n@classLabel true up down\n@data\n"
LINES = "1,2,3:4,5,6:up\n1,?:NaN,2:down\n\n7,8,9:1,1,1:down\n0,0,1:1,0,0:up\n"
X = np.arange(24.0).reshape(4, 3, 2)
Y = [10, 9, 9, 10]


def read(source: object) -> SequenceSet:
    """As a comparison reads them."""
    found = comparable(read_sequences(source))
    if found.labels is not None:
        refuse_untellable(found)
    if found.numbers is not None:
        refuse_alike(found, found.numbers)
    return found


def written(folder: Path, text: str | bytes, name: str = "Toy.ts") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def saved(folder: Path, **arrays) -> Path:
    np.savez(folder / "data.npz", **arrays)
    return folder / "data.npz"


def test_ts_reads_channels_lengths_missing_values_and_classes(tmp_path):
    """Channels become the last axis, shorter sequences end in NaN, and classes keep the header's order."""
    toy = read(written(tmp_path, HEADER + LINES))
    nan = np.nan
    np.testing.assert_array_equal(toy.values[0], [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(toy.values[1], [[1, nan], [nan, 2], [nan, nan]])
    assert toy.lengths.tolist() == [3, 2, 3, 3]
    assert toy.labels.tolist() == [0, 1, 1, 0]
    assert (toy.classes, toy.features) == (("up", "down"), ("channel 1", "channel 2"))
    assert (toy.test_start, toy.source) == (None, "Toy.ts")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\r\n"),
        ("@classLabel", "@CLASSLABEL"),
        ("@data", "@Data"),
        ("@timeStamps false\n", ""),
        ("@univariate false", "@dimensions 2"),
        ("1,2,3:4", " 1, 2 ,3.0 : 4e0"),
    ],
)
def test_ts_spelling_does_not_matter(tmp_path, old, new):
    """Line ends, capitals, optional tags and blanks leave the data as they are."""
    text = HEADER + LINES
    assert old in text
    changed = read(written(tmp_path, text.replace(old, new), "b.ts"))
    assert changed.sha256() == read(written(tmp_path, text)).sha256()


def test_a_folder_brings_its_own_split(tmp_path):
    """The training file comes first, the test file from test_start on, lengths padded to the longest of both."""
    written(tmp_path, HEADER + LINES, "Toy_TRAIN.ts")
    written(tmp_path, HEADER + "1,2,3,4:1,2,3,4:up\n", "Toy_TEST.ts")
    written(tmp_path, "about", "README.md")
    toy = read(tmp_path)
    assert toy.test_start == 4
    assert toy.values.shape == (5, 4, 2)
    assert toy.lengths.tolist() == [3, 2, 3, 3, 4]
    assert toy.source == tmp_path.name
    assert read(tmp_path / "Toy_TRAIN.ts").test_start is None


@pytest.mark.parametrize(
    ("y", "classes", "labels"),
    [
        (Y, ("9", "10"), [1, 0, 0, 1]),
        (np.array(Y, dtype=np.uint8), ("9", "10"), [1, 0, 0, 1]),
        ([10.0, 9.0, 9.0, 10.0], ("9", "10"), [1, 0, 0, 1]),
        ([True, False, False, True], ("False", "True"), [1, 0, 0, 1]),
        (["s10", "s9", "s9", "s10"], ("s9", "s10"), [1, 0, 0, 1]),
        (np.array(["b", "a", "a", "b"], dtype=object), ("a", "b"), [1, 0, 0, 1]),
        (np.array([b"b", b"a", b"a", b"b"]), ("a", "b"), [1, 0, 0, 1]),
    ],
)
def test_classes_are_sorted_as_people_count(y, classes, labels):
    """Numbers in classes sort by size; whole numbers, text and booleans all serve as classes."""
    toy = read((X, y))
    assert toy.classes == classes
    assert toy.labels.tolist() == labels


def test_arrays_mappings_and_npz_read_alike(tmp_path):
    """The same arrays give the same hash from a tuple, a list, a mapping and a file."""
    lengths = np.array([3, 1, 2, 3])
    sets = [
        read((X, Y, lengths)),
        read([X.tolist(), Y, lengths.tolist()]),
        read({"X": X.astype(np.float32), "y": Y, "lengths": lengths}),
        read(saved(tmp_path, X=X, y=Y, lengths=lengths, extra=0)),
    ]
    assert len({toy.sha256() for toy in sets}) == 1
    assert np.isnan(sets[0].values[1, 1:]).all()
    assert sets[0].lengths.tolist() == [3, 1, 2, 3]


@pytest.mark.parametrize("test", [[True, False, False, True], [1, 0, 0, 1]])
def test_an_npz_file_may_bring_its_own_split(tmp_path, test):
    """The sequences that test marks go to the end, each part in its order; lengths and classes go with them."""
    y, lengths = [9, 9, 10, 10], [1, 2, 3, 2]
    toy = read(saved(tmp_path, X=X, y=y, lengths=lengths, test=np.array(test)))
    assert toy.test_start == 2
    assert toy.lengths.tolist() == [2, 3, 1, 2]
    assert toy.labels.tolist() == [0, 1, 0, 1]
    np.testing.assert_array_equal(toy.values[:, 0], X[[1, 2, 0, 3], 0])
    assert read({"X": X, "y": y, "lengths": lengths, "test": test}).sha256() == toy.sha256()
    assert read({"X": X, "y": y, "lengths": lengths}).sha256() != toy.sha256()
    assert read({"X": X, "y": y, "test": [1, 0, 0, 0]}).test_start == 3


def test_data_to_predict_on_keep_their_order(tmp_path):
    """Predictions are in the order of the file, whatever its own split."""
    toy = read_sequences(saved(tmp_path, X=X, y=Y, test=[1, 0, 0, 1])).sequences
    assert toy.test_start is None
    np.testing.assert_array_equal(toy.values, X)


def test_two_axes_are_one_feature():
    """X of shape (n, time) is one channel; the caller's array is left alone."""
    flat = X[:, :, 0].copy()
    toy = read((flat, Y, [1, 2, 3, 3]))
    assert toy.values.shape == (4, 3, 1)
    np.testing.assert_array_equal(flat, X[:, :, 0])


def test_the_hash_is_of_the_data_alone():
    """A value, a label, a length or a class name changes the hash; the source's name does not."""
    plain = read((X, Y)).sha256()
    assert read({"X": X, "y": Y}).sha256() == plain
    for other in ((X + 1, Y), (X, Y[::-1][:2] + Y[:1] + Y[1:2]), (X, Y, [3, 3, 3, 2]), (X, [11, 9, 9, 11])):
        assert read(other).sha256() != plain


def test_the_block_of_what_was_understood(tmp_path):
    """Size, classes with their counts, the own split and missing values; padding is not missing."""
    written(tmp_path, HEADER + LINES, "Toy_TRAIN.ts")
    written(tmp_path, HEADER + "1,2,3:1,2,?:up\n", "Toy_TEST.ts")
    assert read(tmp_path).describe() == [
        "5 sequences of 2 to 3 steps, 2 channels",
        "2 classes: up (3), down (2)",
        "own split: 4 to learn from, 1 to test on",
        "missing values: channel 1 1, channel 2 2",
    ]


def test_a_class_that_never_occurs_is_left_out(tmp_path):
    """A class in the header without a sequence is dropped, and a note names it."""
    toy = read(written(tmp_path, HEADER.replace("up", "level up") + LINES))
    assert toy.classes == ("up", "down")
    assert toy.labels.tolist() == [0, 1, 1, 0]
    assert toy.notes == ("classes without a sequence left out: level",)


@pytest.mark.parametrize(
    "source",
    [X, (X,), {"X": X}, HEADER.replace(" true up down", " false") + LINES.replace(":up", "").replace(":down", "")],
)
def test_data_to_predict_on_need_no_class(tmp_path, source):
    """Without classes the same sources read, with labels None."""
    toy = read_sequences(written(tmp_path, source) if isinstance(source, str) else source).sequences
    assert toy.labels is None
    assert len(toy.values) == 4


def test_numbers_to_predict_may_be_unknown(tmp_path):
    """What stands for the number is not looked at where it is to be predicted."""
    raw = read_sequences(written(tmp_path, "@targetLabel true\n@data\n1,2:0.5\n1,2,3:soon\n"))
    assert raw.sequences.numbers is None
    assert raw.lacks == "Toy.ts, line 4: got 'soon' after the last colon, expected the number of this sequence"


@pytest.mark.parametrize(("lines", "labels"), [("1:2:up\n", [0]), ("1:2:?\n", None), ("1:2:sideways\n", None)])
def test_data_to_predict_on_may_bring_a_class(tmp_path, lines, labels):
    """A single sequence is enough to predict on; a class that is unknown does no harm."""
    toy = read_sequences(written(tmp_path, HEADER + lines)).sequences
    assert (toy.labels if labels is None else toy.labels.tolist()) == labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Toy.ts is empty"),
        (np.random.default_rng(0).bytes(3000), "Toy.ts is not text"),
        (HEADER, "Toy.ts has no sequences after @data"),
        (HEADER.replace("@data\n", ""), "Toy.ts has no @data line; expected @data after the header"),
        ("1,2:up\n" + HEADER, "Toy.ts, line 1: got '1,2:up' before @data; expected a header line"),
        (
            HEADER.replace("Stamps false", "Stamps true") + LINES,
            r"@timeStamps true\), which is not read; write the values",
        ),
        (
            HEADER.replace("@classLabel true up down", "@targetlabel true") + LINES,
            "Toy.ts, line 7: got '.*' after the last colon, expected the number of this sequence",
        ),
        (
            HEADER.replace("@data", "@targetLabel true\n@data") + LINES,
            "@classLabel true and @targetLabel true, expected one",
        ),
        (
            HEADER.replace("true up down", "false") + "1,2,3:4,5,6\n",
            "have no class and no number to be told from them; expected a header line",
        ),
        (HEADER.replace("@classLabel true up down\n", "") + "1,2,3\n", "have no class and no number"),
        (
            HEADER.replace("true up down", "false") + LINES,
            "line 7: 'up' is not a number; .*, and @classLabel true in the header if each line ends with a class",
        ),
        (HEADER + "1,2:1,x:up\n", "Toy.ts, line 7: 'x' is not a number; write . for a missing value"),
        (HEADER + "1,2:1,:up\n", "Toy.ts, line 7: '' is not a number"),
        (HEADER + "1,2\n", "Toy.ts, line 7: '1,2' has no colon; expected values separated by commas"),
        (HEADER + "1,2:1:up\n", "Toy.ts, line 7: channel 2 has 1 values and channel 1 has 2; expected as many"),
        (HEADER + LINES + "1,2:up\n", "Toy.ts, line 12: got 1 channels; expected 2 as in the header or the first line"),
        (HEADER.replace("@data", "@dimensions 3\n@data") + LINES, "line 8: got 2 channels; expected 3"),
        (
            HEADER.replace("@data", "@equalLength true\n@data") + LINES,
            "line 9: got 2 values; expected 3, for the header",
        ),
        (
            HEADER.replace("@data", "@equalLength true\n@seriesLength 5\n@data") + LINES,
            "line 9: got 3 values; expected 5",
        ),
        (HEADER + "1:2:left\n", "line 7: the class 'left' is not in the header; there are: up, down"),
        (HEADER + "1:2:?\n", "line 7: the class is '.'; expected one of up, down"),
        (HEADER + "1:2:up\n2:3:up\n", "all sequences are of one class, up; expected two or more"),
        (
            HEADER + "1:2:up\n2:3:up\n1:1:down\n",
            "a single sequence is of class down; expected two or more of each class",
        ),
        (HEADER + LINES + "1:inf:up\n", "channel 2 of sequence 5 holds infinity, 1 of them in all; write NaN"),
    ],
)
def test_ts_files_that_cannot_be_compared_on(tmp_path, text, message):
    """Each message names the file and, where there is one, the line, what was got and what is expected."""
    with pytest.raises(DataError, match=message):
        read(written(tmp_path, text))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {},
            "is no data set: expected one file whose name ends in _TRAIN.ts and one that ends in _TEST.ts; or a folder"
            " for each class .*; it is empty",
        ),
        ({"a.csv": "y\n1\n"}, "is no data set: .*; it holds a.csv"),
        ({"A_TRAIN.ts": HEADER + LINES}, "is no data set: .*; it holds A_TRAIN.ts"),
        (
            {"A_TRAIN.ts": "", "B_TRAIN.ts": "", "A_TEST.ts": ""},
            "is no data set: .*; it holds A_TEST.ts, A_TRAIN.ts, B_TRAIN.ts",
        ),
        (
            {"A_TRAIN.ts": HEADER + LINES, "A_TEST.ts": HEADER.replace("down", "left") + "1:1:up\n"},
            "list different classes: up, down to train on, up, left to test on; make their @classLabel lines alike",
        ),
        (
            {"A_TRAIN.ts": HEADER + LINES, "A_TEST.ts": HEADER + "1:1:1:up\n"},
            "has 2 channels and the test file 3",
        ),
        (
            {"A_TRAIN.ts": HEADER + "1:1:up\n2:2:up\n", "A_TEST.ts": HEADER + LINES},
            "the training part has no sequence of class down, which the test part has",
        ),
    ],
)
def test_folders_that_cannot_be_compared_on(tmp_path, files, message):
    """A folder that is no data set lists what was wanted and what is there."""
    for name, text in files.items():
        written(tmp_path, text, name)
    with pytest.raises(DataError, match=message):
        read(tmp_path)


def test_a_folder_without_permission(tmp_path, monkeypatch):
    """A folder that may not be listed says so."""

    def refuse(path: Path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match="may not be read by you; check its permissions"):
        read(tmp_path)


def test_a_number_for_each_sequence(tmp_path: Path) -> None:
    """From arrays with numbers that are not whole, and from a file with @targetLabel; the set's own split counts."""
    numbers = [0.5, 2.0, -1.25, 7.0]
    test = np.array([True, False, False, False])
    from_arrays = read({"X": X, "y": numbers, "test": test})
    (tmp_path / "Toy.ts").write_text("@targetLabel true\n@data\n1,2:0.5\n1,2,3:-4\n")
    from_file = read(tmp_path / "Toy.ts")

    assert from_arrays.numbers is not None
    assert from_arrays.numbers.tolist() == [2.0, -1.25, 7.0, 0.5]
    assert (from_arrays.test_start, from_arrays.labels, from_arrays.classes) == (3, None, ())
    assert from_file.numbers is not None
    assert from_file.numbers.tolist() == [0.5, -4.0]
    assert from_file.lengths.tolist() == [2, 3]
    assert "a number each: -4 to 0.5, mean -1.75" in from_file.describe()
    whole = read((X, [1.0, 2.0, 1.0, 2.0]))
    assert (whole.numbers, whole.classes) == (None, ("1", "2"))
    assert len({read((X, y)).sha256() for y in (numbers, [0.5, 2.0, -1.25, 7.5])}) == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((X,), r"got 1 array.*; expected \(X, y\) or \(X, y, lengths\)"),
        ((X, Y, [3] * 4, 0), r"got 4 array.*; expected \(X, y\)"),
        ((X, None), "y is None; expected one class for each sequence"),
        ({"X": X, "what": Y}, r"the mapping has no y, it holds X, what; expected numpy.savez\(file, X=X, y=y\)"),
        ({}, r"a dict is not a set of sequences that can be read; expected a path, or arrays \(X, y\)"),
        ((X, [*Y, 9]), r"y has shape \(5,\) for 4 sequences; expected one class each, shape \(4,\)"),
        ((X, Y[:3]), r"X has shape \(4, 3, 2\) and y has 3 entries; .* on axis 2 of X, .* X.transpose\(1, 0, 2\)"),
        ((X, np.ones((4, 4))), r"y has shape \(4, 4\) for 4 sequences; expected one class each.* such as y\[:, 0\]"),
        ((X, np.ones((4, 3))), r"y has shape \(4, 3\), a label for each step; expected one for each sequence"),
        ((X, [1.0, 2.0, np.nan, 1.0]), r"y\[2\] is nan; expected a class for each sequence: leave that sequence out"),
        ((X, [1.5, 2.5, np.inf, 1.0]), r"y\[2\] is inf; expected a number for each sequence: leave that sequence out"),
        ((X, [1.5, 1.5, 1.5, 1.5]), "got the same number for every sequence to learn from"),
        ((X, [1 + 2j] * 4), "y holds complex128; expected classes as whole numbers, text or booleans"),
        ((X, [1, 1, 1, 1]), "all sequences are of one class, 1"),
        ((X, [1, 1, 1, 2]), "a single sequence is of class 2"),
        ((X, Y, [3, 0, 1, 1]), r"lengths\[1\] is 0; expected whole numbers from 1 to 3, the steps of X"),
        ((X, Y, [3, 1, 4, 1]), r"lengths\[2\] is 4; expected whole numbers from 1 to 3"),
        ((X, Y, [3, 1.5, 2, 1]), r"lengths\[1\] is 1.5; expected whole numbers"),
        ((X, Y, [3, 3]), r"lengths has shape \(2,\) of int64; expected 4 whole numbers, one a sequence"),
        (
            {"X": X, "y": Y, "test": [0, 1]},
            r"test has shape \(2,\) of int64; expected 4 booleans, True for each sequence",
        ),
        ({"X": X, "y": Y, "test": [0, 1, 2, 0]}, r"test has shape \(4,\) of int64; expected 4 booleans"),
        ({"X": X, "y": Y, "test": [0.0, 1.0, 1.0, 0.0]}, r"test has shape \(4,\) of float64; expected 4 booleans"),
        ({"X": X, "y": Y, "test": [False] * 4}, "test is False for every sequence; expected .* leave test out to have"),
        (
            {"X": X, "y": Y, "test": [True] * 4},
            "test is True for every sequence; expected False for those to learn from",
        ),
        (
            {"X": X, "y": Y, "test": [1, 0, 0, 1]},
            "the training part has no sequence of class 10, which the test part has",
        ),
        (
            {"X": np.where(X == 5, np.inf, X), "y": Y, "test": [1, 1, 0, 0]},
            "channel 2 of sequence 1 holds infinity, 1 of them in all",
        ),
        ((X[0, 0], Y), r"X has shape \(2,\); expected \(n, time, features\), or \(n, time\) for one feature"),
        ((X[None], Y), r"X has shape \(1, 4, 3, 2\); expected"),
        ((X[:0], []), r"X has shape \(0, 3, 2\), no values; expected at least one sequence of one step"),
        ((X.astype(str), Y), "X holds <U.*; expected numbers"),
        (([[1, 2], [1]], [0, 1]), "X is not one array: .*; pad the sequences to one length and give their lengths too"),
        ((np.array([[1], [1, 2]], dtype=object), [0, 1]), "X holds Python objects; expected a plain array, padded"),
        ((np.where(X == 5, np.inf, X), Y), "channel 2 of sequence 1 holds infinity, 1 of them in all"),
    ],
)
def test_arrays_that_cannot_be_compared_on(source, message):
    """Wrong ranks, counts, classes and lengths each have their message."""
    with pytest.raises(DataError, match=message):
        read(source)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "data.npz is empty"),
        (b"garbage" * 99, r"data.npz is not an .npz file; expected numpy.savez\(file, X=X, y=y\)"),
        ({"z": X, "y": Y}, "data.npz has no X, it holds z, y; expected numpy.savez"),
        (
            {"X": np.array([[1], [1, 2]], dtype=object), "y": [0, 1]},
            "data.npz holds Python objects, which may run code",
        ),
    ],
)
def test_npz_files_that_cannot_be_compared_on(tmp_path, content, message):
    """What is no .npz file, lacks an array or holds pickled objects is refused; nothing is unpickled."""
    path = saved(tmp_path, **content) if isinstance(content, dict) else written(tmp_path, content, "data.npz")
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_damaged_npz_file(tmp_path):
    """An .npz file with damaged bytes is refused by its checksum."""
    path = saved(tmp_path, X=X, y=Y)
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"data.npz cannot be read"):
        read(path)


def test_ten_megabytes_of_ts_read_in_seconds(tmp_path):
    """A .ts file of 10 MB is read at several megabytes a second, so that looking never makes people wait."""
    rng = np.random.default_rng(0)
    line = ",".join(f"{value:.6f}" for value in rng.standard_normal(1000))
    text = HEADER + "".join(f"{line}:{line}:{'up' if n % 2 else 'down'}\n" for n in range(550))
    path = written(tmp_path, text)
    assert path.stat().st_size > 10e6
    start = time.process_time()
    assert read(path).values.shape == (550, 1000, 2)
    assert time.process_time() - start < 5.0


def test_a_misspelt_array_is_not_lost(tmp_path):
    """An own split under a name that is nearly right would be left out in silence; other names are left alone."""
    path = tmp_path / "a.npz"
    arrays = {"X": np.zeros((8, 3)), "y": np.arange(8) % 2}
    np.savez(path, **arrays, tests=np.arange(8) > 5)
    with pytest.raises(DataError, match=r"holds 'tests', which is not read; did you mean 'test'\?"):
        read(path)
    np.savez(path, **arrays, notes=np.zeros(3))
    assert read(path).test_start is None
