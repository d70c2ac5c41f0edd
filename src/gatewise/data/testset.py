"""Sequences to test on that stand in a file of their own, or from one of the sequences on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.readers.raw import RawSequences
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import SequenceSet


def with_test(raw: RawSequences, test: RawSequences) -> RawSequences:
    """The sequences to learn from, then those of another source to test on.

    Args:
        raw: What is learned from.
        test: What is tested, read alike.

    Raises:
        OptionError: The data bring a split of their own.
        DataError: The channels are others, or a class is not among those to learn from.
    """
    known, found = raw.sequences, test.sequences
    _refuse_own_split(raw, f"--test {found.source}")
    _refuse_own_split(test, f"--test {found.source}")
    if len(known.features) != len(found.features):
        raise DataError(
            f"--test {found.source}: got sequences of {counted(len(found.features), 'channel')}, expected"
            f" {len(known.features)} as {known.source} has. Bring sequences with the same channels"
        )
    if test.lacks:
        raise DataError(f"--test {found.source}: {test.lacks}")
    n, m = len(known.lengths), len(found.lengths)
    T = max(known.values.shape[1], found.values.shape[1])
    labels, numbers = _told(known, found)
    sequences = replace(
        known,
        values=np.concatenate([_padded(known.values, T), _padded(found.values, T)]),
        lengths=np.concatenate([known.lengths, found.lengths]),
        labels=labels,
        numbers=numbers,
        notes=tuple(dict.fromkeys([*known.notes, *_said(found, known)])),
    )
    if known.goals is not None:
        assert found.goals is not None  # read alike
        goals = _goals_as(known.classes, found)
        both = np.concatenate([_padded(known.goals, T), _padded(goals, T)])
        sequences = replace(sequences, goals=both, ends_only=found.ends_only)
    beside = {
        name: np.concatenate([values.astype(str), test.beside[name].astype(str)])
        for name, values in raw.beside.items()
        if name in test.beside
    }
    return RawSequences(sequences, raw.lacks, np.arange(n + m) >= n, beside)


def from_sequence(raw: RawSequences, typed: str) -> RawSequences:
    """The sequences, tested from one on.

    Args:
        raw: As they came.
        typed: Number of the first one to test on, counted from 1.

    Raises:
        OptionError: There is no such sequence, or none is left to learn from.
    """
    _refuse_own_split(raw, f"--split-at {typed}")
    n = len(raw.sequences.lengths)
    if not typed.isdecimal() or not 1 < int(typed) <= n:
        raise OptionError(
            f"--split-at {quoted(typed)}: expected the number of the first sequence to test on, from 2 to {n:,}. For"
            f" example: --split-at {max(2, round(0.7 * n))}"
        )
    return replace(raw, test=np.arange(n) >= int(typed) - 1)


def _refuse_own_split(raw: RawSequences, option: str) -> None:
    if raw.test is not None or raw.sequences.test_start is not None:
        raise OptionError(
            f"{option}: got data with a split of their own ({raw.sequences.source}); expected one split. Leave the"
            " option out, or type --resplit too, to leave their own aside"
        )


def _told(known: SequenceSet, found: SequenceSet) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """Classes as those to learn from are numbered, or numbers, of all sequences.

    Raises:
        DataError: A class is new, or one source has classes and the other numbers.
    """
    if known.labels is not None and found.labels is not None:
        return np.concatenate([known.labels, _as_known(known.classes, found)[found.labels]]), None
    if known.numbers is not None and found.labels is not None:
        # Numbers that all happen to be whole read as classes.
        return None, np.concatenate([known.numbers, _as_numbers(found)[found.labels]])
    if known.labels is not None and found.numbers is not None:
        raise DataError(
            f"--test {found.source}: got numbers such as {found.numbers[0]:g}, expected classes as {known.source} has:"
            f" {listed(known.classes)}"
        )
    if known.numbers is None or found.numbers is None:
        return None, None
    return None, np.concatenate([known.numbers, found.numbers])


def _goals_as(classes: tuple[str, ...], found: SequenceSet) -> NDArray[np.float64]:
    """The goals of the steps to test on, classes numbered as those to learn from are."""
    goals = found.goals
    assert goals is not None
    if not found.classes:
        return goals
    there = ~np.isnan(goals)
    mapped = _as_known(classes, found).astype(np.float64) if classes else _as_numbers(found)
    numbered = np.full(goals.shape, np.nan)
    numbered[there] = mapped[goals[there].astype(np.int64)]
    return numbered


def _as_known(classes: tuple[str, ...], found: SequenceSet) -> NDArray[np.int64]:
    """The number of each of the test part's classes among those to learn from."""
    new = [name for name in found.classes if name not in classes]
    if new:
        raise DataError(
            f"--test {found.source}: got sequences of class {listed(new)}, expected classes to learn from:"
            f" {listed(classes)}. Leave them out, or bring some to learn from"
        )
    return np.array([classes.index(name) for name in found.classes])


def _as_numbers(found: SequenceSet) -> NDArray[np.float64]:
    try:
        return np.array(found.classes, dtype=np.float64)
    except ValueError:
        raise DataError(
            f"--test {found.source}: got classes such as {named(found.classes[0])}, expected numbers as in the data to"
            " learn from"
        ) from None


def _padded(values: NDArray[Any], steps: int) -> NDArray[Any]:
    """Values of shape (n, T, ...) with NaN up to ``steps`` steps."""
    more = [(0, 0), (0, steps - values.shape[1]), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, more, constant_values=np.nan)


def _said(found: SequenceSet, known: SequenceSet) -> list[Told]:
    return [
        Told("--test {name}: {note}", name=found.source, note=note) for note in found.notes if note not in known.notes
    ]
