"""Sounds heard: files become sequences of log-mel energies, all at one rate and by one step."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.labels import Labels, labels_of
from gatewise.data.mel import OVERLAP, Hearing, features, fitting_hop, log_mel, resampled
from gatewise.data.readers.raw import RawSequences
from gatewise.data.readers.waves import head, samples
from gatewise.data.shapes import SequenceSet
from gatewise.languages import Told
from gatewise.text import counted, with_commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.readers.raw import RawSounds
    from gatewise.data.readers.waves import Head
    from gatewise.data.reading import Reading


def from_sounds(found: RawSounds, reading: Reading) -> RawSequences:
    """The sequences of files of sound.

    Args:
        found: The files, and what is said of each.
        reading: Has the rate and the step, of those to predict on as the ones learned from had them.

    Raises:
        DataError: A file cannot be read, is cut off, or holds nothing.
    """
    heads = [head(path) for path in found.paths]
    hearing = _hearing(heads, reading)
    each = [
        log_mel(resampled(samples(path, said), said.rate, hearing.rate), hearing)
        for path, said in zip(found.paths, heads, strict=True)
    ]
    lengths = np.array([len(steps) for steps in each], dtype=np.int64)
    values = np.full((len(each), int(lengths.max()), len(features())), np.nan)
    for place, steps in enumerate(each):
        values[place, : len(steps)] = steps
    labels = _labels(found.labels, values.shape[1])
    notes = (*found.notes, *_notes(heads, hearing, asked=reading.rate is not None), *labels.notes)
    sequences = SequenceSet(
        values, lengths, labels.labels, labels.classes, features(), None, found.source, notes, labels.numbers,
        heard=hearing, names=found.names,
    )  # fmt: skip
    return RawSequences(sequences, found.lacks, found.test, found.beside)


def heard_as(reading: Reading, known: SequenceSet) -> Reading:
    """How other sounds are read: at the rate and by the step of those that are known."""
    return reading if known.heard is None else replace(reading, rate=known.heard.rate, hop=known.heard.hop)


def _hearing(heads: Sequence[Head], reading: Reading) -> Hearing:
    """At the rate that most sounds have, of those the highest; by the step that is asked for, or fits the longest."""
    rates = Counter(said.rate for said in heads)
    rate = reading.rate or max(rates, key=lambda found: (rates[found], found))
    return Hearing(rate, reading.hop or fitting_hop(max(said.samples / said.rate for said in heads)))


def _notes(heads: Sequence[Head], hearing: Hearing, *, asked: bool) -> list[Told]:
    """What is to be said of how sounds are read."""
    notes = [
        Told(
            "sounds are read as {count} log-mel energies every {hop} ms, of windows of {length} ms, at "
            "{rate:,} samples a second",
            count=len(features()),
            hop=hearing.hop,
            length=f"{OVERLAP * hearing.hop:g}",
            rate=hearing.rate,
        )
    ]
    rates = Counter(said.rate for said in heads)
    if set(rates) != {hearing.rate}:
        shown = with_commas([f"{rate:,} ({count:,})" for rate, count in sorted(rates.items())])
        said = Told("samples a second: {names}; all are brought to {rate:,}", names=shown, rate=hearing.rate)
        notes.append(said if asked else Told("{note}, the most common; --rate names another", note=said))
    several = sum(said.channels > 1 for said in heads)
    if several:
        notes.append(
            Told(
                "{sounds} of several channels, such as stereo: the mean of them is taken",
                sounds=counted(several, "sound"),
            )
        )
    return notes


def _labels(names: tuple[str, ...] | None, steps: int) -> Labels:
    """The class of each sound; a number where the labels are numbers that are not all whole."""
    if names is None:
        return Labels(None, (), None)
    try:
        numbers: NDArray[np.float64] = np.array([float(name) for name in names])
    except ValueError:
        numbers = np.zeros(1)
    are_numbers = np.isfinite(numbers).all() and (numbers != np.floor(numbers)).any()
    return labels_of(numbers if are_numbers else np.array(names, dtype=str), len(names), steps)
