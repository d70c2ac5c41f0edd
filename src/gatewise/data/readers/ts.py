"""The .ts text format of the UCR and UEA archives: a header of @ tags, then a line for each sequence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.readers.raw import RawSequences, channels, natural
from gatewise.data.shapes import SequenceSet
from gatewise.data.source import is_file, text
from gatewise.errors import DataError
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.readers.protocol import Holds

UNLABELLED = "?"
"""Stands for a missing value, and for a class that is not known."""


@dataclass(frozen=True)
class TsFile:
    """The sequences of one file.

    Attributes:
        sequences: Each of shape (channels, steps), NaN where missing.
        labels: The class or number of each, as written; None for each sequence where the file brings none.
        classes: In the order of ``@classLabel``; empty where the header lists none.
        numbers: Whether labels are numbers (``@targetLabel true``).
        lacks: Why not every sequence has a known class or a number, a sentence for the user; empty where each has.
    """

    sequences: list[NDArray[np.float64]]
    labels: list[str | None]
    classes: tuple[str, ...]
    numbers: bool
    lacks: str


class MalformedLineError(ValueError):
    """What was got and what is expected, for a line whose number the caller knows."""


class Ts:
    """One file, all of whose sequences are split by gatewise."""

    holds: Holds = "sequences"
    endings: tuple[str, ...] = (".ts",)
    reads = ".ts"

    def takes(self, source: object) -> bool:
        """A file of that ending."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> RawSequences:
        """Read the sequences of all lines."""
        path = Path(source)
        file = read_ts(path)
        return RawSequences(as_set(file, named(path.name)), file.lacks)


def read_ts(path: Path) -> TsFile:
    """Read a .ts file.

    Raises:
        DataError: If the file holds time stamps, or a line that is not as its header says; the message gives the
            line's number.
    """
    lines = text(path).splitlines()
    tags, start = _header(path, lines)
    classes = tuple(tags.get("classlabel", [])[1:])
    numbers = _is_true(tags, "targetlabel")
    with_label = numbers or _is_true(tags, "classlabel")
    lacks = "" if with_label else _without_labels(path)
    sequences: list[NDArray[np.float64]] = []
    labels: list[str | None] = []
    wanted = _wanted_shape(tags)
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{named(path.name)}, line {number:,}"
        try:
            sequence, label = _sequence(line, with_label=with_label)
            wanted = _same_shape(sequence, wanted)
        except MalformedLineError as error:
            raise DataError(f"{place}: {error}") from error
        wrong = _no_number(label) if numbers else _no_class(label, classes)
        if wrong and not lacks:
            lacks = f"{place}: {wrong}"
        sequences.append(sequence)
        labels.append(None if label == UNLABELLED else label)
    if not sequences:
        raise DataError(f"{named(path.name)} has no sequences after @data; expected one a line")
    return TsFile(sequences, labels, classes, numbers, lacks)


def as_set(file: TsFile, source: str) -> SequenceSet:
    """The sequences of a file as one set, without labels where not every sequence has one.

    Args:
        file: What was read.
        source: Name of the data, for display.
    """
    lengths = np.array([sequence.shape[1] for sequence in file.sequences], dtype=np.int64)
    values = np.full((len(lengths), lengths.max(), len(file.sequences[0])), np.nan)
    for row, sequence in zip(values, file.sequences, strict=True):
        row[: sequence.shape[1]] = sequence.T
    known = [] if file.lacks else [str(label) for label in file.labels]
    labels, numbers, classes = None, None, file.classes
    if file.numbers:
        classes = ()
        numbers = np.array(known, dtype=np.float64) if known else None
    elif known:
        classes = classes or natural(known)
        index = {name: number for number, name in enumerate(classes)}
        labels = np.array([index[label] for label in known], dtype=np.int64)
    return SequenceSet(values, lengths, labels, classes, channels(values), None, source, numbers=numbers)


def _without_labels(path: Path) -> str:
    return (
        f"the sequences of {named(path.name)} have no class and no number to be told from them; expected a header "
        "line such as @classLabel true up down or @targetLabel true, and a class or a number at each line's end"
    )


def _header(path: Path, lines: list[str]) -> tuple[dict[str, list[str]], int]:
    """The tags in small letters with their words, and the index of the line after @data."""
    tags: dict[str, list[str]] = {}
    for index, line in enumerate(lines):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if not words[0].startswith("@"):
            raise DataError(
                f"{named(path.name)}, line {index + 1:,}: got {quoted(line)} before @data; expected a header line such "
                "as @classLabel true 1 2, then @data, then one sequence a line"
            )
        tag = words[0][1:].lower()
        if tag == "data":
            _refuse_kinds(path, tags)
            return tags, index + 1
        tags[tag] = words[1:] or ["true"]
    raise DataError(f"{named(path.name)} has no @data line; expected @data after the header, then one sequence a line")


def _is_true(tags: dict[str, list[str]], tag: str) -> bool:
    return tags.get(tag, ["false"])[0].lower() == "true"


def _refuse_kinds(path: Path, tags: dict[str, list[str]]) -> None:
    if _is_true(tags, "targetlabel") and _is_true(tags, "classlabel"):
        raise DataError(
            f"{named(path.name)} says @classLabel true and @targetLabel true, expected one of them: write false behind "
            "the other"
        )
    if _is_true(tags, "timestamps"):
        raise DataError(
            f"{named(path.name)} gives each value a time stamp (@timeStamps true), which is not read; write the values "
            "alone, evenly spaced, with @timeStamps false"
        )


def _wanted_shape(tags: dict[str, list[str]]) -> tuple[int | None, int | None, bool]:
    """Channels, steps, and whether steps are the same in all sequences; None until a line tells."""
    equal = tags.get("equallength", ["false"])[0].lower() == "true"
    dimensions, length = tags.get("dimensions", ["?"])[0], tags.get("serieslength", ["?"])[0]
    univariate = tags.get("univariate", ["?"])[0].lower() == "true"
    channels = int(dimensions) if dimensions.isdecimal() else 1 if univariate else None
    return channels, int(length) if equal and length.isdecimal() and int(length) else None, equal


def _sequence(line: str, *, with_label: bool) -> tuple[NDArray[np.float64], str | None]:
    """One line: channels separated by colons, values by commas, the class last."""
    fields = line.strip().split(":")
    label = fields.pop().strip() if with_label else None
    if not fields:
        raise MalformedLineError(
            f"{quoted(line)} has no colon; expected values separated by commas, a colon, then the class"
        )
    try:
        channels = [[float(value) for value in field.replace("?", "nan").split(",")] for field in fields]
    except ValueError as error:
        hint = "" if with_label else ", and @classLabel true in the header if each line ends with a class"
        raise MalformedLineError(f"{_slip(fields)} is not a number; write ? for a missing value{hint}") from error
    steps = [len(channel) for channel in channels]
    if min(steps) != max(steps):
        place = next(index for index, count in enumerate(steps) if count != steps[0])
        raise MalformedLineError(
            f"channel {place + 1} has {steps[place]:,} values and channel 1 has {steps[0]:,}; expected as many in each"
        )
    return np.array(channels), label


def _slip(fields: list[str]) -> str:
    """The first value that is not a number, quoted."""
    for value in (value for field in fields for value in field.replace("?", "nan").split(",")):
        try:
            float(value)
        except ValueError:
            return quoted(value.strip())
    return quoted("")


def _same_shape(
    sequence: NDArray[np.float64], wanted: tuple[int | None, int | None, bool]
) -> tuple[int | None, int | None, bool]:
    """Check a sequence against the header and the lines before it; returns what to want of the next."""
    channels, steps, equal = wanted
    if channels is not None and len(sequence) != channels:
        raise MalformedLineError(
            f"got {len(sequence):,} channels; expected {channels:,} as in the header or the first line"
        )
    if equal and steps is not None and sequence.shape[1] != steps:
        raise MalformedLineError(
            f"got {sequence.shape[1]:,} values; expected {steps:,}, for the header says @equalLength true; "
            "write @equalLength false if lengths differ"
        )
    return len(sequence), sequence.shape[1] if equal else None, equal


def _no_number(label: str | None) -> str:
    """What is wrong with a label that is to be a number; nothing where it is one."""
    try:
        known = np.isfinite(float(label or ""))
    except ValueError:
        known = False
    return "" if known else f"got {quoted(label)} after the last colon, expected the number of this sequence"


def _no_class(label: str | None, classes: tuple[str, ...]) -> str:
    """What is wrong with a label that is to be one of ``classes``, any where none are listed; nothing where it is."""
    if label in (UNLABELLED, ""):
        return f"the class is {quoted(label)}; expected one of {listed(classes) or 'the classes'}"
    if classes and label not in classes:
        return f"the class {quoted(label)} is not in the header; there are: {listed(classes)}"
    return ""
