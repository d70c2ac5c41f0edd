"""The .ts text format of the UCR and UEA archives: a header of @ tags, then a line for each labelled sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.source import text
from gatewise.errors import DataError
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

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
    """

    sequences: list[NDArray[np.float64]]
    labels: list[str | None]
    classes: tuple[str, ...]
    numbers: bool = False


class MalformedLineError(ValueError):
    """What came and what was wanted, for a line whose number the caller knows."""


def read_ts(path: Path, *, labelled: bool) -> TsFile:
    """Read a .ts file.

    Raises:
        DataError: If the file holds time stamps, no class or number though ``labelled``, or a line that is not as its
            header says; the message gives the line's number.
    """
    lines = text(path).splitlines()
    tags, start = _header(path, lines)
    classes = tuple(tags.get("classlabel", [])[1:])
    numbers = _is_true(tags, "targetlabel")
    with_label = numbers or _is_true(tags, "classlabel")
    if labelled and not with_label:
        raise DataError(
            f"the sequences of {named(path.name)} have no class and no number to be told from them; expected a header "
            "line such as @classLabel true up down or @targetLabel true, and a class or a number at each line's end"
        )
    sequences: list[NDArray[np.float64]] = []
    labels: list[str | None] = []
    wanted = _wanted_shape(tags)
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            sequence, label = _sequence(line, with_label=with_label)
            wanted = _same_shape(sequence, wanted)
            if labelled and numbers:
                _is_number(label)
            elif labelled:
                _known_class(label, classes)
        except MalformedLineError as error:
            raise DataError(f"{named(path.name)}, line {number:,}: {error}") from error
        sequences.append(sequence)
        labels.append(None if label == UNLABELLED else label)
    if not sequences:
        raise DataError(f"{named(path.name)} has no sequences after @data; wanted one a line")
    return TsFile(sequences, labels, classes, numbers)


def _header(path: Path, lines: list[str]) -> tuple[dict[str, list[str]], int]:
    """The tags in small letters with their words, and the index of the line after @data."""
    tags: dict[str, list[str]] = {}
    for index, line in enumerate(lines):
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if not words[0].startswith("@"):
            raise DataError(
                f"{named(path.name)}, line {index + 1:,}: {quoted(line)} came before @data; wanted a header line such "
                "as @classLabel true 1 2, then @data, then one sequence a line"
            )
        tag = words[0][1:].lower()
        if tag == "data":
            _refuse_kinds(path, tags)
            return tags, index + 1
        tags[tag] = words[1:] or ["true"]
    raise DataError(f"{named(path.name)} has no @data line; wanted @data after the header, then one sequence a line")


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
            f"{quoted(line)} has no colon; wanted values separated by commas, a colon, then the class"
        )
    try:
        channels = [[float(value) for value in field.replace("?", "nan").split(",")] for field in fields]
    except ValueError as error:
        raise MalformedLineError(f"{_slip(fields)} is not a number; write ? for a missing value") from error
    steps = [len(channel) for channel in channels]
    if min(steps) != max(steps):
        place = next(index for index, count in enumerate(steps) if count != steps[0])
        raise MalformedLineError(
            f"channel {place + 1} has {steps[place]:,} values and channel 1 has {steps[0]:,}; wanted as many in each"
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
            f"{len(sequence):,} channels came; wanted {channels:,} as in the header or the first line"
        )
    if equal and steps is not None and sequence.shape[1] != steps:
        raise MalformedLineError(
            f"{sequence.shape[1]:,} values came; wanted {steps:,}, for the header says @equalLength true; "
            "write @equalLength false if lengths differ"
        )
    return len(sequence), sequence.shape[1] if equal else None, equal


def _is_number(label: str | None) -> None:
    try:
        known = np.isfinite(float(label or ""))
    except ValueError:
        known = False
    if not known:
        raise MalformedLineError(f"got {quoted(label)} after the last colon, expected the number of this sequence")


def _known_class(label: str | None, classes: tuple[str, ...]) -> None:
    if label in (UNLABELLED, ""):
        raise MalformedLineError(f"the class is {quoted(label)}; wanted one of {listed(classes) or 'the classes'}")
    if classes and label not in classes:
        raise MalformedLineError(f"the class {quoted(label)} is not in the header; there are: {listed(classes)}")
