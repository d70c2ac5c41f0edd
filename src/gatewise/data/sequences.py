"""Sequences made ready: for a prediction as they came, for a comparison checked and divided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.readers import reader_of
from gatewise.data.readers.arrays import array_of
from gatewise.data.readers.raw import RawSequences
from gatewise.errors import DataError
from gatewise.text import counted, listed, named

if TYPE_CHECKING:
    from gatewise.data.shapes import SequenceSet


def read_sequences(source: object) -> RawSequences:
    """Read sequences as they came: in their order, with or without classes or numbers.

    Args:
        source: What a reader of sequences takes: a ``.ts`` or ``.npz`` file, a folder with one ``*_TRAIN.ts`` and one
            ``*_TEST.ts``, arrays, or a mapping of them.

    Raises:
        DataError: If the source is none of these, or holds infinity or no value at all.
    """
    raw = reader_of(source, "sequences").read(source)
    assert isinstance(raw, RawSequences)  # a reader of sequences
    _refuse_infinite(raw.sequences)
    return raw


def comparable(raw: RawSequences) -> SequenceSet:
    """The sequences that a comparison can be made on, those to test on at the end where the source marks them.

    Raises:
        DataError: If they have neither classes nor numbers, or these cannot be learned and tested.
    """
    if raw.lacks:
        raise DataError(raw.lacks)
    sequences = raw.sequences if raw.test is None else _own_split(raw.sequences, raw.test)
    return _tellable(sequences) if sequences.numbers is None else _varied(sequences)


def _own_split(sequences: SequenceSet, test: object) -> SequenceSet:
    """The sequences to learn from, then those that ``test`` marks, each in their order."""
    n, array = len(sequences.lengths), array_of(test, "test")
    if array.shape != (n,) or array.dtype.kind not in "biu" or not np.isin(array, (0, 1)).all():
        raise DataError(
            f"test has shape {array.shape} of {array.dtype}; expected {counted(n, 'boolean')}, True for each sequence "
            "to test on"
        )
    marked = array.astype(bool)
    if marked.all() or not marked.any():
        raise DataError(
            f"test is {marked[0]} for every sequence; expected False for those to learn from and True for those to "
            "test on: leave test out to have the sequences split by gatewise"
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


def _tellable(sequences: SequenceSet) -> SequenceSet:
    """The set without the classes that never occur, if what is left can be learned and tested."""
    labels = sequences.labels
    assert labels is not None  # or else `lacks` would say why not
    sizes = np.bincount(labels, minlength=len(sequences.classes))
    present = np.flatnonzero(sizes)
    if len(present) < 2:
        raise DataError(f"all sequences are of one class, {named(sequences.classes[present[0]])}; expected two or more")
    if sizes[present].min() == 1:
        single = [sequences.classes[k] for k in present if sizes[k] == 1]
        raise DataError(
            f"a single sequence is of class {listed(single)}; expected two or more of each class: add sequences, "
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
