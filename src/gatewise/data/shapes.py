"""What was understood of the user's data: series in time, or a set of sequences."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.categories import described
from gatewise.data.frames import Frames
from gatewise.data.series import Series, digest, missing_by_name
from gatewise.data.symbols import Symbols
from gatewise.text import counted, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.mel import Hearing


@dataclass(frozen=True, eq=False)
class SequenceSet:
    """Whole sequences, each with a class or a number to be told from it.

    Attributes:
        values: Shape (n, T, features), NaN where missing and beyond each sequence's length.
        lengths: Steps of each sequence, shape (n,).
        labels: Class of each sequence as an index into ``classes``, shape (n,); None where the data bring none.
        classes: Names of the classes.
        features: Names of the channels.
        test_start: First sequence of the data set's own test part; None where it brings no split.
        source: Name of the data, for display.
        notes: What reading changed or left out, one sentence each.
        numbers: The number of each sequence, shape (n,); None where the data bring classes, or nothing.
        groups: Whose each sequence is, numbered from 0, shape (n,); those of one stay on one side of every split. None
            where each stands alone.
        grouped: What the groups are, by the name that the source has for it; empty without groups.
        split: ``own`` or ``longer``: what decides which sequences stand from ``test_start`` on.
        layout: How the axes of an array were read, ``ntc`` or ``nct``.
        goals: The number of each step, or its class as an index into ``classes``, shape (n, T), NaN where nothing is
            told; None where whole sequences are told of, or nothing.
        goal: What is told of each step, by name.
        ends_only: Whether the test part is told of at the last step of each sequence alone.
        categories: Values of each feature that is whole numbers of a category, by name, as `settled` numbers them.
        unknown: What is to be said of their values that a model does not know, of sequences to predict on.
        decimal: Decimal mark of the numbers in its text.
        heard: How sounds were read; None where they are none.
        names: The file of each sound in the order of the source, which a prediction shows; empty where they are none.
        texts: Where the sequences are texts, whose one channel has the numbers of their symbols: how they were found to
            be read, by the options' names, ``symbols`` among them; else empty.
    """

    values: NDArray[np.float64]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    features: tuple[str, ...]
    test_start: int | None
    source: str
    notes: tuple[str, ...] = ()
    numbers: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    grouped: str = ""
    split: str = "own"
    layout: str = "ntc"
    goals: NDArray[np.float64] | None = None
    goal: str = ""
    ends_only: bool = False
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    decimal: str = "."
    heard: Hearing | None = None
    names: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)

    def sha256(self) -> str:
        """Hash of what decides the answer: values, lengths, labels or numbers, names, own split and groups."""
        names = json.dumps({"classes": self.classes, "features": self.features, "test_start": self.test_start})
        names += json.dumps(self.categories) * bool(self.categories)
        more = [array for array in (self.groups, self.goals) if array is not None]
        return digest(names, self.values, self.lengths, self.labels if self.numbers is None else self.numbers, *more)

    def describe(self) -> list[str]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        n, _, channels = self.values.shape
        least, most = int(self.lengths.min()), int(self.lengths.max())
        steps = counted(most, "step") if least == most else f"{least:,} to {most:,} steps"
        embedded = described(self.categories, rules=not self.texts)
        lines = [f"{counted(n, 'sequence')} of {steps}, {counted(channels, 'channel')}", *embedded]
        if self.texts:
            span = f"{least:,} to {most:,}" if least < most else f"{most:,}"
            lines[0] = f"{counted(n, 'text')} of {span} {self.texts['symbols']}, median {np.median(self.lengths):,.0f}"
        if self.labels is not None:
            sizes = np.bincount(self.labels, minlength=len(self.classes))
            shown = with_commas([f"{named(name)} ({size})" for name, size in zip(self.classes, sizes, strict=True)])
            lines.append(f"{len(self.classes)} classes: {shown}")
        if self.numbers is not None:
            low, high, mean = self.numbers.min(), self.numbers.max(), self.numbers.mean()
            lines.append(f"a number each: {low:.6g} to {high:.6g}, mean {mean:.6g}")
        lines += self._goals()
        if self.test_start is not None:
            split = "own split" if self.split == "own" else "the shorter to learn from, the longer to test on"
            lines.append(f"{split}: {self.test_start:,} to learn from, {n - self.test_start:,} to test on")
        if self.groups is not None:
            lines.append(f"groups: {int(self.groups.max()) + 1:,} by {named(self.grouped)}")
        within = np.arange(self.values.shape[1]) < self.lengths[:, None]
        missing = (np.isnan(self.values) & within[:, :, None]).sum(axis=(0, 1))
        return [*lines, f"missing values: {missing_by_name(self.features, missing)}"]

    def _goals(self) -> list[str]:
        """What is told of each step."""
        if self.goals is None:
            return []
        known, where = self.goals[~np.isnan(self.goals)], "at each step"
        if self.ends_only:
            where += " to learn from, at the last step of each sequence to test on"
        if not self.classes:
            return [
                f"target: {named(self.goal)} {where}, {known.min():.6g} to {known.max():.6g}, mean {known.mean():.6g}"
            ]
        sizes = np.bincount(known.astype(np.int64), minlength=len(self.classes))
        shown = with_commas([f"{named(name)} ({size:,})" for name, size in zip(self.classes, sizes, strict=True)])
        return [f"target: {named(self.goal)} {where}, {len(self.classes)} classes: {shown}"]


Data = Series | SequenceSet | Symbols | Frames
"""What a comparison can be made on."""
