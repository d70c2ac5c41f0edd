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
from gatewise.languages import Told, mark
from gatewise.text import counted, kind_of, named, spanned, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.mel import Hearing


REMAINING = Told("steps left")
"""What the target is called that is made of the sequences' lengths."""

TEXTS = {
    "characters": mark("{texts} of {each} characters, median {median}"),
    "words": mark("{texts} of {each} words, median {median}"),
}
OWN_SPLIT = mark("own split: {learned:,} to learn from, {tested:,} to test on")
LONGER_SPLIT = mark(
    "the shorter to learn from, the longer to test on: {learned:,} to learn from, {tested:,} to test on"
)
AT_STEPS = mark("target: {name} at each step, {what}")
AT_ENDS = mark("target: {name} at each step to learn from, at the last step of each sequence to test on, {what}")


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
    notes: tuple[Told, ...] = ()
    numbers: NDArray[np.float64] | None = None
    groups: NDArray[np.int64] | None = None
    grouped: str = ""
    split: str = "own"
    layout: str = "ntc"
    goals: NDArray[np.float64] | None = None
    goal: str = ""
    ends_only: bool = False
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[Told, ...] = ()
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

    def describe(self) -> list[Told]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        n, _, channels = self.values.shape
        least, most = int(self.lengths.min()), int(self.lengths.max())
        embedded = described(self.categories, rules=not self.texts)
        size = Told(
            "{sequences} of {steps}, {channels}",
            sequences=counted(n, "sequence"),
            steps=spanned(least, most),
            channels=counted(channels, "channel"),
        )
        if self.texts:
            span = Told("{low:,} to {high:,}", low=least, high=most) if least < most else f"{most:,}"
            median = f"{np.median(self.lengths):,.0f}"
            size = Told(TEXTS[self.texts["symbols"]], texts=counted(n, "text"), each=span, median=median)
        lines = [size, *embedded]
        if self.labels is not None:
            sizes = np.bincount(self.labels, minlength=len(self.classes))
            shown = with_commas([f"{named(name)} ({size})" for name, size in zip(self.classes, sizes, strict=True)])
            lines.append(Told("{count} classes: {names}", count=len(self.classes), names=shown))
        if self.numbers is not None:
            low, high, mean = self.numbers.min(), self.numbers.max(), self.numbers.mean()
            lines.append(
                Told(
                    "a number each: {low} to {high}, mean {mean}",
                    low=f"{low:.6g}",
                    high=f"{high:.6g}",
                    mean=f"{mean:.6g}",
                )
            )
        lines += self._goals()
        if self.test_start is not None:
            split = OWN_SPLIT if self.split == "own" else LONGER_SPLIT
            lines.append(Told(split, learned=self.test_start, tested=n - self.test_start))
        if self.groups is not None:
            name = kind_of("text") if self.texts and self.grouped == "text" else named(self.grouped)
            lines.append(Told("groups: {count:,} by {name}", count=int(self.groups.max()) + 1, name=name))
        within = np.arange(self.values.shape[1]) < self.lengths[:, None]
        missing = (np.isnan(self.values) & within[:, :, None]).sum(axis=(0, 1))
        return [*lines, Told("missing values: {names}", names=missing_by_name(self.features, missing))]

    def _goals(self) -> list[Told]:
        """What is told of each step."""
        if self.goals is None:
            return []
        known, form = self.goals[~np.isnan(self.goals)], AT_ENDS if self.ends_only else AT_STEPS
        name = REMAINING if self.goal == REMAINING else named(self.goal)
        if not self.classes:
            low, high, mean = f"{known.min():.6g}", f"{known.max():.6g}", f"{known.mean():.6g}"
            what = Told("{low} to {high}, mean {mean}", low=low, high=high, mean=mean)
            return [Told(form, name=name, what=what)]
        sizes = np.bincount(known.astype(np.int64), minlength=len(self.classes))
        shown = with_commas([f"{named(name)} ({size:,})" for name, size in zip(self.classes, sizes, strict=True)])
        return [Told(form, name=name, what=Told("{count} classes: {names}", count=len(self.classes), names=shown))]


Data = Series | SequenceSet | Symbols | Frames
"""What a comparison can be made on."""
