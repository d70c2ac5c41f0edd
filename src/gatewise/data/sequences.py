"""Sequences made ready: for a prediction as they came, for a comparison checked and divided."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.arrays import from_arrays
from gatewise.data.embedded import NO_CATEGORIES
from gatewise.data.ends import ended
from gatewise.data.groups import group_notes, grouped, refuse_single_groups
from gatewise.data.longer import longer_than
from gatewise.data.longtable import from_files, said_of, to_sequences
from gatewise.data.plain import array_of
from gatewise.data.readers import reader_of
from gatewise.data.readers.raw import FileRows, NamedArrays, RawSequences, RawSounds
from gatewise.data.reading import NOTHING_SAID, Reading
from gatewise.data.recognised import raw_texts
from gatewise.data.sounds import from_sounds
from gatewise.data.table import read_table
from gatewise.data.testset import from_sequence, with_test
from gatewise.data.texts import new_texts
from gatewise.data.vocabulary import sequences_with_known
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories
    from gatewise.data.shapes import SequenceSet

UNBALANCED = 3.0
"""Classes are unbalanced where the largest has this many times the sequences of the smallest."""


def read_sequences(
    source: object,
    reading: Reading = NOTHING_SAID,
    features: tuple[str, ...] | None = None,
    categories: Categories = NO_CATEGORIES,
) -> RawSequences:
    """Read sequences as they came: in their order, with or without classes or numbers.

    Args:
        source: What a reader of sequences takes: a ``.ts`` or ``.npz`` file, a folder with one ``*_TRAIN.ts`` and one
            ``*_TEST.ts`` or with a file for each sequence, sounds, arrays, or a mapping of them.
        reading: How they are to be read.
        features: Channels that a model was trained on, for sequences to predict on.
        categories: Values of those that are whole numbers of a category, by name.

    Raises:
        DataError: If the source is none of these, or holds infinity or no value at all.
    """
    found = reader_of(source, "sequences", reading).read(source)
    if isinstance(found, NamedArrays):
        raw = from_arrays(found, reading.layout, reading.group, None if features is None else len(features))
    elif isinstance(found, FileRows):
        raw = from_files(found, reading, features, categories)
    elif isinstance(found, RawSounds):
        raw = from_sounds(found, reading)
    else:
        assert isinstance(found, RawSequences)  # a reader of sequences
        raw = _with_ends(found)
    refuse_infinite(raw.sequences)
    return raw


def as_sequences(
    source: object, reading: Reading, features: tuple[str, ...], categories: Categories = NO_CATEGORIES
) -> SequenceSet:
    """Sequences to predict on, read as those were that a model learned from.

    Args:
        source: What a reader of sequences takes, or a table where ``reading`` names the sequences of one.
        reading: How the training data were read.
        features: Channels that the model was trained on.
        categories: Values of those that are whole numbers of a category, by name.

    Raises:
        DataError: The source cannot be read.
    """
    if reading.symbols is not None:
        return new_texts(raw_texts(source, reading), reading.symbols, reading.longest, categories)
    if reading.sequence is None or reader_of(source, reading=reading).holds == "sequences":
        return read_sequences(source, reading, features, categories).sequences
    table = read_table(source, reading, taught=True)
    raw = to_sequences(table.frame, said_of(reading), features, categories=categories)
    refuse_infinite(raw.sequences)
    return raw.sequences


def comparable(raw: RawSequences, reading: Reading = NOTHING_SAID, test: RawSequences | None = None) -> SequenceSet:
    """The sequences that a comparison can be made on, those to test on at the end where the source marks them.

    Args:
        raw: As `read_sequences` has them.
        reading: How they are to be grouped and split.
        test: Sequences of another source to test on.

    Raises:
        DataError: If they have neither classes nor numbers, or a channel has no value.
        OptionError: If an option on groups or splits does not fit them.
    """
    if raw.lacks:
        raise DataError(raw.lacks)
    _refuse_blank_channels(raw.sequences)
    raw = _resplit(raw) if reading.resplit else raw
    if test is not None:
        raw = with_test(raw, _resplit(test) if reading.resplit and test.test is not None else test)
    if reading.split_at is not None:
        raw = from_sequence(raw, reading.split_at)
    sequences = grouped(raw, reading.group)
    if raw.test is not None:
        sequences = _own_split(sequences, raw.test)
    if reading.split is not None:
        sequences = _by_length(sequences, reading.split)
    sequences = sequences_with_known(_present(sequences))
    # Files are named in predictions alone; here sequences were put in another order, and more came after them.
    return replace(sequences, names=(), notes=(*sequences.notes, *group_notes(sequences), *_balance(sequences)))


def _refuse_blank_channels(sequences: SequenceSet) -> None:
    blank: NDArray[np.bool_] = np.all(np.isnan(sequences.values), axis=(0, 1))
    if blank.any():
        names = [name for name, none in zip(sequences.features, blank, strict=True) if none]
        raise DataError(f"{listed(names)}: has no value in any sequence; leave it out, or bring its values")


def _with_ends(raw: RawSequences) -> RawSequences:
    """Sequences of unequal length, or with missing values behind their ends, as a file of text has them."""
    found = raw.sequences
    T = found.values.shape[1]
    if (found.lengths < T).any():
        return raw
    within = ended(found.values)
    notes = (*found.notes, *within.notes)
    return replace(raw, sequences=replace(found, values=within.values, lengths=within.lengths, notes=notes))


def _resplit(raw: RawSequences) -> RawSequences:
    """The data without their own split."""
    if raw.test is None and raw.sequences.test_start is None:
        raise OptionError("--resplit: got data without a split of their own, which are split anyway; leave it out")
    note = Told("the data's own split is left aside (--resplit)")
    sequences = replace(raw.sequences, test_start=None, notes=(*raw.sequences.notes, note))
    return replace(raw, sequences=sequences, test=None)


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
    return _tested_last(sequences, marked)


def _by_length(sequences: SequenceSet, split: str) -> SequenceSet:
    """The shorter sequences to learn from, the longer ones to test on; those of one length stay together."""
    own, lengths = sequences.test_start is not None, sequences.lengths
    border = longer_than(lengths, split, own=own, called="sequence", step="step")
    marked = lengths > border
    groups = sequences.groups
    if groups is not None and len(np.intersect1d(groups[marked], groups[~marked])):
        raise OptionError(
            f"--split longer: got groups by {named(sequences.grouped)} with shorter and longer sequences, which cannot "
            "be kept on one side; leave it out, or type --group none too"
        )
    note = Told(
        "tested on the {sequences:,} sequences of more than {steps:,} steps (--split longer)",
        sequences=int(marked.sum()),
        steps=border,
    )
    ordered = _tested_last(sequences, marked)
    return replace(ordered, split=split, notes=(*ordered.notes, note))


def _tested_last(sequences: SequenceSet, tested: NDArray[np.bool_]) -> SequenceSet:
    order = np.argsort(tested, kind="stable")
    return replace(
        sequences,
        values=sequences.values[order],
        lengths=sequences.lengths[order],
        labels=None if sequences.labels is None else sequences.labels[order],
        numbers=None if sequences.numbers is None else sequences.numbers[order],
        groups=None if sequences.groups is None else sequences.groups[order],
        goals=None if sequences.goals is None else sequences.goals[order],
        test_start=int(len(tested) - tested.sum()),
    )


def refuse_infinite(sequences: SequenceSet) -> None:
    """Refuse infinity, and sequences without a single value.

    Raises:
        DataError: The message says where.
    """
    if np.isnan(sequences.values).all():
        raise DataError(f"{sequences.source}: every value is missing; bring sequences that hold numbers")
    infinite = np.isinf(sequences.values)
    if infinite.any():
        row, _, channel = (int(place[0]) for place in np.nonzero(infinite))
        raise DataError(
            f"{sequences.features[channel]} of sequence {row + 1:,} holds infinity, {int(infinite.sum()):,} of them in "
            "all; write NaN (? in a .ts file) to mark a value as missing"
        )


def refuse_untellable(sequences: SequenceSet) -> None:
    """Refuse classes that cannot be learned and tested.

    Raises:
        DataError: All sequences are of one class, a class has a single sequence, or none to learn from.
    """
    labels, classes = sequences.labels, sequences.classes
    assert labels is not None  # or else there is nothing to classify
    sizes = np.bincount(labels, minlength=len(classes))
    if len(classes) < 2:
        raise DataError(f"all sequences are of one class, {named(classes[0])}; expected two or more")
    if sizes.min() == 1:
        single = [classes[k] for k in np.flatnonzero(sizes == 1)]
        numbers = ". If these are numbers rather than classes, type --task regress" * _all_numbers(classes)
        raise DataError(
            f"a single sequence is of class {listed(single)}; expected two or more of each class: add sequences, "
            f"or leave the class out{numbers}"
        )
    learned = np.unique(labels[: sequences.test_start])
    if len(learned) < len(classes):
        unseen = [classes[k] for k in range(len(classes)) if k not in learned]
        longer = ": leave out --split longer" if sequences.split == "longer" else ""
        raise DataError(f"the training part has no sequence of class {listed(unseen)}, which the test part has{longer}")
    refuse_single_groups(sequences)


def _all_numbers(classes: tuple[str, ...]) -> bool:
    try:
        return bool(np.isfinite([float(name) for name in classes]).all())
    except ValueError:
        return False


def refuse_alike(sequences: SequenceSet, numbers: NDArray[np.float64]) -> None:
    """Refuse numbers that are all the same in the part to learn from.

    Raises:
        DataError: The message has the number.
    """
    learned = numbers[: sequences.test_start]
    if len(learned) < 2 or np.ptp(learned) == 0.0:
        raise DataError(
            f"{sequences.source}: got the same number for every sequence to learn from ({learned[0]:g}), expected "
            "different ones"
        )


def _present(sequences: SequenceSet) -> SequenceSet:
    """The set without the classes that never occur."""
    if sequences.labels is None:
        return sequences
    present = np.unique(sequences.labels)
    if len(present) == len(sequences.classes):
        return sequences
    never = [name for k, name in enumerate(sequences.classes) if k not in present]
    note = Told("classes without a sequence left out: {names}", names=listed(never))
    classes = tuple(sequences.classes[k] for k in present)
    labels = np.searchsorted(present, sequences.labels)
    return replace(sequences, labels=labels, classes=classes, notes=(*sequences.notes, note))


def _balance(sequences: SequenceSet) -> list[Told]:
    """A note on classes of which one has `UNBALANCED` times the sequences of another, or more."""
    if sequences.labels is None or len(sequences.classes) < 2:
        return []
    sizes = np.bincount(sequences.labels, minlength=len(sequences.classes))
    most, least = int(sizes.argmax()), int(sizes.argmin())
    if sizes[most] < UNBALANCED * sizes[least]:
        return []
    return [
        Told(
            "the classes are unbalanced, {most} {count:,} and {least} {fewer:,}: always the former is right "
            "on {share}; --metric balanced-accuracy counts every class alike, --metric log-loss scores the "
            "shares",
            most=named(sequences.classes[most]),
            count=sizes[most],
            least=named(sequences.classes[least]),
            fewer=sizes[least],
            share=f"{sizes[most] / sizes.sum():.0%}",
        )
    ]
