"""Labelled sequences, read from .ts or .npz files or taken from arrays, and made a `SequenceSet`."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.ts import TsFile, read_ts
from gatewise.data.shapes import SequenceSet
from gatewise.data.source import READABLE, content, entries, existing, has_ending
from gatewise.errors import DataError
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

WANTED_FOLDER = "wanted one file whose name ends in _TRAIN.ts and one that ends in _TEST.ts"
ARRAYS = ("X", "y", "lengths", "test")
"""What is read of an .npz file."""

WANTED_ARRAYS = "numpy.savez(file, X=X, y=y) with X of shape (n, time, features) or (n, time) and one class each in y"


def read_sequences(source: object, *, labelled: bool = True) -> SequenceSet:
    """Read labelled sequences.

    Args:
        source: A ``.ts`` or ``.npz`` file, a folder with one ``*_TRAIN.ts`` and one ``*_TEST.ts``, a mapping with
            X, y and perhaps lengths and test, or X, y and lengths as a tuple; X has shape (n, time, features) or
            (n, time). test, one boolean a sequence, is the data's own split: those it marks go to the end, to be
            tested on.
        labelled: Whether classes are wanted. Without them, for data to predict on, y may be left out, and the
            sequences keep their order whatever test says.

    Raises:
        DataError: If the source is none of these, or its classes cannot be told apart on it.
    """
    if isinstance(source, str | Path):
        sequences = _read_path(existing(source), labelled=labelled)
    elif isinstance(source, Mapping):
        sequences = _from_mapping(source, "the mapping", labelled=labelled)
    else:
        sequences = _from_arrays(source, labelled=labelled)
    _refuse_infinite(sequences)
    if not labelled:
        return sequences
    return _tellable(sequences) if sequences.numbers is None else _varied(sequences)


def folder_pair(folder: Path) -> tuple[Path, Path]:
    """The training and the test file of a data set's folder.

    Raises:
        DataError: If the folder does not hold exactly one of each.
    """
    there = entries(folder)
    train = [path for path in there if path.name.lower().endswith("_train.ts")]
    test = [path for path in there if path.name.lower().endswith("_test.ts")]
    if len(train) != 1 or len(test) != 1:
        held = f"it holds {listed(path.name for path in there)}" if there else "it is empty"
        raise DataError(f"the folder {quoted(folder, 120)} is no data set: {WANTED_FOLDER}; {held}")
    return train[0], test[0]


def _read_path(path: Path, *, labelled: bool) -> SequenceSet:
    if path.is_dir():
        train, test = (read_ts(part, labelled=labelled) for part in folder_pair(path))
        return _joined(train, test, named(path.resolve().name))
    if has_ending(path, (".ts",)):
        return _from_ts(read_ts(path, labelled=labelled), named(path.name))
    if has_ending(path, (".npz",)):
        return _read_npz(path, labelled=labelled)
    raise DataError(f"{named(path.name)} holds no sequences that can be read; gatewise reads {READABLE}")


def _joined(train: TsFile, test: TsFile, source: str) -> SequenceSet:
    """The training part, then the test part, as one set."""
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
    both = TsFile(train.sequences + test.sequences, train.labels + test.labels, train.classes, train.numbers)
    return replace(_from_ts(both, source), test_start=len(train.sequences))


def _from_ts(file: TsFile, source: str) -> SequenceSet:
    lengths = np.array([sequence.shape[1] for sequence in file.sequences], dtype=np.int64)
    values = np.full((len(lengths), lengths.max(), len(file.sequences[0])), np.nan)
    for row, sequence in zip(values, file.sequences, strict=True):
        row[: sequence.shape[1]] = sequence.T
    known = [label for label in file.labels if label is not None]
    if file.numbers:
        numbers = np.array(known, dtype=np.float64) if len(known) == len(file.labels) else None
        return SequenceSet(values, lengths, None, (), _channels(values), None, source, numbers=numbers)
    classes = file.classes or _natural(known)
    labels = None
    if len(known) == len(file.labels) and set(known) <= set(classes):
        index = {name: number for number, name in enumerate(classes)}
        labels = np.array([index[label] for label in known], dtype=np.int64)
    return SequenceSet(values, lengths, labels, classes, _channels(values), None, source)


def _read_npz(path: Path, *, labelled: bool) -> SequenceSet:
    content(path)  # for its messages on files that are empty or may not be read
    if not zipfile.is_zipfile(path):
        raise DataError(f"{named(path.name)} is not an .npz file; wanted {WANTED_ARRAYS}")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files if name in ARRAYS}
            there = list(archive.files)
            _refuse_misspelt(there, path)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{named(path.name)} holds Python objects, which may run code when read; save plain arrays: "
                f"{WANTED_ARRAYS}; pad sequences of unequal length and add lengths=..."
            ) from error
        raise DataError(f"{named(path.name)} cannot be read: {quoted(error, 80)}; wanted {WANTED_ARRAYS}") from error
    return _from_mapping(arrays, named(path.name), labelled=labelled, there=there)


def _refuse_misspelt(there: Sequence[str], path: Path) -> None:
    """Refuse an array that is nearly named like one that is read: left out in silence it would be lost."""
    for name in set(there) - set(ARRAYS):
        meant = [known for known in get_close_matches(name, ARRAYS, 1, 0.8) if known not in there]
        if meant:
            raise DataError(f"{named(path.name)} holds {quoted(name)}, which is not read; did you mean {meant[0]!r}?")


def _from_mapping(
    arrays: Mapping[str, Any], source: str, *, labelled: bool, there: Sequence[str] | None = None
) -> SequenceSet:
    lacking = [name for name in ("X", "y") if arrays.get(name) is None and (labelled or name == "X")]
    if lacking:
        held = listed(str(name) for name in there or arrays) or "nothing"
        raise DataError(f"{source} has no {' and no '.join(lacking)}, it holds {held}; wanted {WANTED_ARRAYS}")
    sequences = _from_parts(arrays["X"], arrays.get("y"), arrays.get("lengths"), source)
    test = arrays.get("test") if labelled else None
    if test is None:
        return sequences
    _refuse_infinite(sequences)  # before they are moved, so that its message counts as the user does
    return _own_split(sequences, test)


def _from_arrays(source: object, *, labelled: bool) -> SequenceSet:
    """From X alone, (X, y) or (X, y, lengths)."""
    if not isinstance(source, tuple | list):
        source = (source,)
    if not 1 + labelled <= len(source) <= 3:
        raise DataError(f"{counted(len(source), 'array')} came; wanted (X, y) or (X, y, lengths) as arrays")
    X, y, lengths = (*source, None, None)[:3]
    if labelled and y is None:
        raise DataError("y is None; wanted one class for each sequence of X, as (X, y)")
    return _from_parts(X, y, lengths, "arrays")


def _from_parts(X: object, y: object, lengths: object, source: str) -> SequenceSet:
    values = _values(X)
    n, T, _ = values.shape
    steps = _lengths(lengths, n, T)
    values[np.arange(T) >= steps[:, None]] = np.nan
    numbers = None if y is None else _numbers(y, n)
    labels, classes = (None, ()) if y is None or numbers is not None else _labels(y, n)
    return SequenceSet(values, steps, labels, classes, _channels(values), None, source, numbers=numbers)


def _own_split(sequences: SequenceSet, test: object) -> SequenceSet:
    """The sequences to learn from, then those that ``test`` marks, each in their order."""
    n, array = len(sequences.lengths), _array(test, "test")
    if array.shape != (n,) or array.dtype.kind not in "biu" or not np.isin(array, (0, 1)).all():
        raise DataError(
            f"test has shape {array.shape} of {array.dtype}; wanted {counted(n, 'boolean')}, True for each sequence to "
            "test on"
        )
    marked = array.astype(bool)
    if marked.all() or not marked.any():
        raise DataError(
            f"test is {marked[0]} for every sequence; wanted False for those to learn from and True for those to test "
            "on: leave test out to have the sequences split by gatewise"
        )
    order = np.argsort(marked, kind="stable")
    return replace(
        sequences,
        values=sequences.values[order],
        lengths=sequences.lengths[order],
        labels=None if sequences.labels is None else sequences.labels[order],
        numbers=None if sequences.numbers is None else sequences.numbers[order],
        test_start=int(n - marked.sum()),
    )


def _values(X: object) -> NDArray[np.float64]:
    """X as a copy of shape (n, T, features)."""
    array = _array(X, "X")
    if array.dtype.kind not in "iufb":
        raise DataError(f"X holds {array.dtype}; wanted numbers of shape (n, time, features) or (n, time)")
    if array.ndim not in (2, 3):
        raise DataError(f"X has shape {array.shape}; wanted (n, time, features), or (n, time) for one feature")
    if 0 in array.shape:
        raise DataError(f"X has shape {array.shape}, no values; wanted at least one sequence of one step")
    return np.array(array if array.ndim == 3 else array[:, :, None], dtype=np.float64)


def _lengths(lengths: object, n: int, T: int) -> NDArray[np.int64]:
    if lengths is None:
        return np.full(n, T, dtype=np.int64)
    array = _array(lengths, "lengths")
    if array.shape != (n,) or array.dtype.kind not in "iuf":
        raise DataError(f"lengths has shape {array.shape} of {array.dtype}; wanted {n} whole numbers, one a sequence")
    wrong = ~((array >= 1) & (array <= T) & (array == np.floor(array)))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(f"lengths[{first}] is {array[first]}; wanted whole numbers from 1 to {T}, the steps of X")
    return array.astype(np.int64)


def _numbers(y: object, n: int) -> NDArray[np.float64] | None:
    """The number of each sequence; None where y names classes: text, booleans, or nothing but whole numbers."""
    array = _array(y, "y")
    if array.dtype.kind != "f" or array.shape != (n,):
        return None
    finite = np.isfinite(array)
    if (array[finite] == np.floor(array[finite])).all():
        return None
    if not finite.all():
        first = int(np.argmin(finite))
        raise DataError(f"y[{first}] is {array[first]}, expected a number for each sequence: leave that sequence out")
    return array.astype(np.float64)


def _labels(y: object, n: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Class indices, and the names of the classes in natural order."""
    array = _array(y, "y")
    if array.shape != (n,):
        raise DataError(f"y has shape {array.shape} for {counted(n, 'sequence')}; wanted one class each, shape ({n},)")
    if array.dtype.kind == "f":
        array = _whole(array)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "latin-1")
    if array.dtype.kind not in "iubU":
        raise DataError(f"y holds {array.dtype}; wanted classes as whole numbers, text or booleans")
    names = [str(label) for label in array.tolist()]
    classes = _natural(names)
    index = {name: number for number, name in enumerate(classes)}
    return np.array([index[name] for name in names], dtype=np.int64), classes


def _whole(array: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Classes that came as 1.0, 2.0, ... as whole numbers."""
    missing = ~np.isfinite(array)
    if missing.any():
        first = int(np.argmax(missing))
        raise DataError(f"y[{first}] is {array[first]}; wanted a class for each sequence: leave that sequence out")
    return array.astype(np.int64)


def _array(value: object, name: str) -> NDArray[Any]:
    """A plain array; one of Python strings becomes text, other objects are refused."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{name} is not one array: {quoted(error, 80)}; pad the sequences to one length and give their lengths too"
        ) from error
    if array.dtype == object:
        if array.size and all(isinstance(entry, str) for entry in array.flat):
            return array.astype(str)
        raise DataError(
            f"{name} holds Python objects; wanted a plain array, padded to one length, and lengths beside it"
        )
    return array


def _natural(names: Sequence[str]) -> tuple[str, ...]:
    """The different names: numbers by size, then text with the numbers in it by size."""

    def key(name: str) -> tuple[int, float, list[tuple[int, int, str]], str]:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?", name):
            return 0, float(name), [], name
        pieces = enumerate(re.split(r"(\d+)", name))
        return 1, 0.0, [(0, int(piece), "") if place % 2 else (1, 0, piece) for place, piece in pieces], name

    return tuple(sorted(set(names), key=key))


def _channels(values: NDArray[np.float64]) -> tuple[str, ...]:
    return tuple(f"channel {number}" for number in range(1, values.shape[2] + 1))


def _refuse_infinite(sequences: SequenceSet) -> None:
    if np.isnan(sequences.values).all():
        raise DataError(f"{sequences.source}: every value is missing; bring sequences that hold numbers")
    infinite = np.isinf(sequences.values)
    if infinite.any():
        row, _, channel = (int(place[0]) for place in np.nonzero(infinite))
        raise DataError(
            f"{sequences.features[channel]} of sequence {row + 1:,} holds infinity, {int(infinite.sum()):,} of them in "
            "all; write NaN (? in a .ts file) to mark a value as missing"
        )


def _varied(sequences: SequenceSet) -> SequenceSet:
    """The set, if its numbers can be told apart."""
    assert sequences.numbers is not None
    learned = sequences.numbers[: sequences.test_start]
    if len(learned) < 2 or np.ptp(learned) == 0.0:
        raise DataError(
            f"{sequences.source}: got the same number for every sequence to learn from ({learned[0]:g}), expected "
            "different ones"
        )
    return sequences


def _tellable(sequences: SequenceSet) -> SequenceSet:
    """The set without the classes that never occur, if what is left can be learned and tested."""
    labels = sequences.labels
    assert labels is not None  # readers give labels where they are wanted
    sizes = np.bincount(labels, minlength=len(sequences.classes))
    present = np.flatnonzero(sizes)
    if len(present) < 2:
        raise DataError(f"all sequences are of one class, {named(sequences.classes[present[0]])}; wanted two or more")
    if sizes[present].min() == 1:
        single = [sequences.classes[k] for k in present if sizes[k] == 1]
        raise DataError(
            f"a single sequence is of class {listed(single)}; wanted two or more of each class: add sequences, "
            "or leave the class out"
        )
    learned = np.unique(labels[: sequences.test_start])
    if len(learned) < len(present):
        unseen = [sequences.classes[k] for k in present if k not in learned]
        raise DataError(f"the training part has no sequence of class {listed(unseen)}, which the test part has")
    if len(present) == len(sequences.classes):
        return sequences
    never = [name for k, name in enumerate(sequences.classes) if k not in present]
    note = f"classes without a sequence left out: {listed(never)}"
    classes = tuple(sequences.classes[k] for k in present)
    return replace(sequences, labels=np.searchsorted(present, labels), classes=classes, notes=(*sequences.notes, note))
