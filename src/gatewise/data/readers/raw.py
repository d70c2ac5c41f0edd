"""What a reader found: a table as it is written, or sequences in the order of the source; not yet checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gatewise.languages import Told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.shapes import SequenceSet


@dataclass(frozen=True, eq=False)
class Table:
    """A table as it is written, and what its reader has to say of it.

    Attributes:
        frame: One row a row; text where a cell has to be understood.
        notes: What was left out or guessed, a sentence each for the user.
        first: Line of the file that the first row has; 0 where rows have no lines.
        skipped: Lines of the file that hold no row (blank lines, comments, totals), sorted.
        mark: What parts the cells of a text; empty where they are no text.
        decimal: The decimal mark of a text's columns that are numbers already.
    """

    frame: pl.DataFrame
    notes: tuple[Told, ...] = ()
    first: int = 0
    skipped: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    mark: str = ""
    decimal: str = "."

    def line(self, row: int) -> int:
        """The line of the file that a row has, both counted as they are in messages: rows from 0, lines from 1."""
        later = self.skipped[self.skipped >= self.first]
        before = later - np.arange(len(later)) - self.first
        return self.first + row + int(np.searchsorted(before, row, side="right"))

    def place(self, row: int) -> Told:
        """Where a row, counted from 0, stands, for a message: ``line 17`` of a file, otherwise ``row 16``."""
        return Told("line {number:,}", number=self.line(row)) if self.first else Told("row {number:,}", number=row + 1)

    def without(self, rows: Sequence[int], *notes: Told) -> Table:
        """The table without some rows, and with a note on them."""
        if not len(rows):
            return self
        kept = np.ones(self.frame.height, bool)
        kept[list(rows)] = False
        lines = np.array([self.line(row) for row in rows], np.int64) if self.first else self.skipped
        skipped = np.union1d(self.skipped, lines)
        return replace(self, frame=self.frame.filter(kept), notes=(*self.notes, *notes), skipped=skipped)

    def having(self, frame: pl.DataFrame, *notes: Told) -> Table:
        """The table with other cells in the same rows, and more notes."""
        return replace(self, frame=frame, notes=(*self.notes, *notes))


@dataclass(frozen=True, eq=False)
class RawSequences:
    """Sequences in the order of the source; enough to predict on, not yet checked for a comparison.

    Attributes:
        sequences: In the order of the source.
        lacks: Why they have neither classes nor numbers, a sentence for the user; empty where they have.
        test: What the source calls ``test``, to be one boolean a sequence; None where it has no such array.
        beside: What else the source says of each sequence, by name, shape (n,) each: it may name groups.
    """

    sequences: SequenceSet
    lacks: str = ""
    test: object = None
    beside: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedArrays:
    """Arrays by name; what each one is, and which axis of X is time, is still to be found out.

    Attributes:
        arrays: As the source has them.
        source: Name of the data, for display.
        lacks: What to say where there is no y; empty for a message that lists the names.
        unread: Names of arrays that could not be read, such as those that hold Python objects.
    """

    arrays: Mapping[str, Any]
    source: str
    lacks: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class FileRows:
    """The rows of many files below each other, a sequence a file.

    Attributes:
        frame: All rows; ``key``, and ``label`` and ``part`` where the source has them, are among its columns.
        source: Name of the data, for display.
        key: Column with the name of each row's file.
        label: Column with the class or number of each row's file; None where the source has none.
        lacks: What to say where there is no label.
    """

    frame: pl.DataFrame
    source: str
    key: str
    label: str | None
    lacks: str = ""
    notes: tuple[Told, ...] = ()


@dataclass(frozen=True, eq=False)
class RawSounds:
    """Files of sound in the order of the source, and what is said of each; not yet heard.

    Attributes:
        paths: The files.
        names: Their names, with the folders below the one that was named.
        source: Name of the data, for display.
        labels: The class or number of each; None where the source has none.
        test: Whether each is to be tested on; None where the source does not say.
        beside: What else the source says of each, by name, shape (n,) each: it may name groups.
        lacks: What to say where there is no label.
        notes: What was left out or guessed, a sentence each for the user.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    source: str
    labels: tuple[str, ...] | None = None
    test: NDArray[np.bool_] | None = None
    beside: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    lacks: str = ""
    notes: tuple[Told, ...] = ()


@dataclass(frozen=True, eq=False)
class RawSymbols:
    """Texts, or the events of cases, in the order of the source; not yet numbered by an alphabet.

    Attributes:
        pieces: The symbols of each document, line or case: a text whose characters are the symbols, or a tuple of
            words or of names of events.
        unit: What a symbol is.
        called: What a piece is called, in the singular: ``text``, ``line``, ``document``, ``case``, ...
        source: Name of the data, for display.
        labels: The class of each piece by name, where the source has classes; else None.
        groups: Whose each piece is, by name; those of one stay on one side of every split. None where each stands
            alone.
        grouped: What the groups are, by the name that the source has for it; empty without groups.
        test: Whether each piece is to be tested on; None where the source does not say.
        in_time: Whether the pieces follow each other in time, so that later ones are tested.
        notes: What was left out or changed, a sentence each for the user.
        column: Column of a table that the texts are of; empty for texts in files of their own.
        label: Column of a table that the classes are of.
        cue: Behind the first of this symbol in a piece every one is determined by those before it; empty where the
            source says nothing of that.
    """

    pieces: tuple[str, ...] | tuple[tuple[str, ...], ...]
    unit: Literal["character", "word", "event"]
    called: str
    source: str
    labels: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    grouped: str = ""
    test: NDArray[np.bool_] | None = None
    in_time: bool = False
    notes: tuple[Told, ...] = ()
    column: str = ""
    label: str = ""
    cue: str = ""


@dataclass(frozen=True, eq=False)
class RawFrames:
    """Pieces of which each step has some of several channels on, such as the keys of a piano; in the source's order.

    Attributes:
        pieces: Whether each channel is on, shape (steps, channels), one array a piece.
        channels: Names of the channels.
        source: Name of the data, for display.
        part: ``train``, ``validation`` or ``test`` for each piece; None where the source does not say.
        notes: What was left out or changed, a sentence each for the user.
    """

    pieces: tuple[NDArray[np.bool_], ...]
    channels: tuple[str, ...]
    source: str
    part: tuple[str, ...] | None = None
    notes: tuple[Told, ...] = ()


Found = RawSequences | NamedArrays | FileRows | RawSounds
"""What a reader of sequences gives."""


def natural(names: Sequence[str]) -> tuple[str, ...]:
    """The different names: numbers by size, then text with the numbers in it by size."""

    def key(name: str) -> tuple[int, float, list[tuple[int, int, str]], str]:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?", name):
            return 0, float(name), [], name
        pieces = enumerate(re.split(r"(\d+)", name))
        return 1, 0.0, [(0, int(piece), "") if place % 2 else (1, 0, piece) for place, piece in pieces], name

    return tuple(sorted(set(names), key=key))


def channels(values: NDArray[np.float64]) -> tuple[str, ...]:
    """Names for the channels of values of shape (n, T, features)."""
    return tuple(f"channel {number}" for number in range(1, values.shape[2] + 1))
