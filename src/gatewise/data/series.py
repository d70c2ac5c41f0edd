"""One or several series of numbers in time order, as they were understood from a table."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.categories import described
from gatewise.data.slices import slices
from gatewise.data.timeline import Timeline
from gatewise.data.written import PLAIN, Writing
from gatewise.languages import Told, mark
from gatewise.text import both, counted, listed, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar


@dataclass(frozen=True, eq=False)
class Series:
    """One or several series, read from one table. The rows of a series lie together, in time order.

    Attributes:
        targets: Names of the columns to forecast.
        time: Name of the time column; None where the table has none.
        features: Names of the columns of ``values``: the targets, then the covariates in the table's order.
        values: Shape (rows, features), NaN where missing; rows of missing steps are there, all NaN.
        stamps: Time of each row, increasing within a series, shape (rows,): datetime64[us], or float64 where time is
            a number.
        duplicates: How rows of one time stamp were merged: first, last, mean, or None where that was not asked.
        source: Name of the data, for display.
        notes: What reading changed or left out, one sentence each.
        timeline: The place of each row; without it the rows are one series without a missing step.
        keys: Names of the columns that name the series; none where there is one series.
        names: Name of each series, its values of the ``keys``; shape (series, keys).
        calendar: How time goes on; None without time stamps, or where they keep no step.
        zone: Zone that the stamps were written in; empty where none was.
        seasons: Steps of each season found, the most telling first.
        inserted: How many rows were inserted for missing steps.
        known: Features that are known ahead; of the others only the past is known.
        writing: How stamps are written in the user's form.
        test_start: First step of the user's own test part, counted from the first step of all; None without one.
        decimal: Decimal mark of the numbers in its text.
        as_filed: Whether the rows are those of the source, in its order.
        categories: Values of each feature that is whole numbers of a category, by name, as `settled` numbers them.
    """

    targets: tuple[str, ...]
    time: str | None
    features: tuple[str, ...]
    values: NDArray[np.float64]
    stamps: NDArray[np.datetime64] | NDArray[np.float64] | None
    duplicates: str | None
    source: str
    notes: tuple[Told, ...] = ()
    timeline: Timeline = field(default_factory=lambda: Timeline.plain(0))
    keys: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ((),)
    calendar: Calendar | None = None
    zone: str = ""
    seasons: tuple[int, ...] = ()
    inserted: int = 0
    known: tuple[str, ...] = ()
    writing: Writing = PLAIN
    test_start: int | None = None
    decimal: str = "."
    as_filed: bool = False
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Without a timeline the rows follow each other."""
        if not len(self.timeline.steps):
            object.__setattr__(self, "timeline", Timeline.plain(len(self.values)))

    @property
    def season(self) -> int:
        """Steps in the most telling season; 1 where none was found."""
        return self.seasons[0] if self.seasons else 1

    def sha256(self) -> str:
        """Hash of what decides the answer: values, names, targets and stamps; not of file bytes or paths."""
        target = self.targets[0] if len(self.targets) == 1 else self.targets
        names = json.dumps({"target": target, "features": self.features})
        several = (self.timeline.steps, self.timeline.members) if self.keys or len(self.timeline.cuts) else ()
        own = "" if self.test_start is None else json.dumps({"test_start": self.test_start})
        own += json.dumps(self.categories) * bool(self.categories)
        return digest(names + json.dumps(self.names) * bool(self.keys) + own, self.values, self.stamps, *several)

    def describe(self) -> list[Told]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        lines = [
            Told("{names}", names=[*self._size(), *self._span()]),
            *(self._target(place) for place in range(len(self.targets))),
        ]
        lines += [
            Told("covariates: {names}", names=listed(self.features[len(self.targets) :]) or Told("none")),
            *described(self.categories),
            *([Told("known ahead: {names}", names=listed(self.known))] if self.known else []),
            Told("missing values: {names}", names=missing_by_name(self.features, np.isnan(self.values).sum(axis=0))),
        ]
        if self.stamps is not None:
            lines.append(Told("gaps in the time stamps: {gaps}", gaps=self._gaps()))
        return [*lines, Told("season: {season}", season=self._seasons()), *self._own_test()]

    def step_text(self) -> Told:
        """The time step in words: '30 minutes', '1 month', '0.5'."""
        return self.calendar.text if self.calendar else Told("no time step")

    def _size(self) -> list[Told]:
        rows = counted(len(self.values) - self.inserted, "row")
        if not self.keys:
            return [rows]
        sizes = np.diff(self.timeline.starts)
        least, most = int(sizes.min()), int(sizes.max())
        each = f"{least:,}" if least == most else Told("{low:,} to {high:,}", low=least, high=most)
        return [
            Told(
                "{count:,} series of {each} rows, one for each {keys}",
                count=self.timeline.count,
                each=each,
                keys=listed(self.keys),
            ),
            rows,
        ]

    def _target(self, place: int) -> Told:
        target = self.values[:, place]
        low, high, mean = (f"{each:.6g}" for each in (np.nanmin(target), np.nanmax(target), np.nanmean(target)))
        name = named(self.targets[place])
        return Told("target: {name}, {low} to {high}, mean {mean}", name=name, low=low, high=high, mean=mean)

    def _span(self) -> list[Told]:
        if self.stamps is None:
            return [Told("in file order")]
        first, last = moment(self.stamps.min()), moment(self.stamps.max())
        step = [Told("step {length}", length=self.step_text())] if self.calendar else []
        return [Told("{first} to {last} ({time})", first=first, last=last, time=named(self.time or "")), *step]

    def _gaps(self) -> Told:
        cuts = len(self.timeline.cuts)
        filled = Told("{steps} filled in as missing values", steps=counted(self.inserted, "missing step"))
        parts = [*([filled] if self.inserted else []), *([counted(cuts, "long outage")] if cuts else [])]
        return both(parts) if parts else Told("none")

    def _own_test(self) -> list[Told]:
        """Where the user's own test part begins, and how many rows it has."""
        if self.test_start is None:
            return []
        tested = self.timeline.steps - self.timeline.steps.min() >= self.test_start
        learned, rows = counted(int((~tested).sum()), "row"), int(tested.sum())
        if self.stamps is None:
            return [Told("own split: {rows} to learn from, {tested:,} to test on", rows=learned, tested=rows)]
        first = moment(self.stamps[tested].min())
        form = mark("own split: {rows} to learn from, {tested:,} from {first} on to test on")
        return [Told(form, rows=learned, tested=rows, first=first)]

    def _seasons(self) -> Told:
        return both([counted(season, "step") for season in self.seasons]) if self.seasons else Told("none known")


def moment(stamp: np.datetime64 | np.float64) -> str:
    """A time stamp as people write it: without a clock at midnight, without idle seconds.

    >>> moment(np.datetime64("2016-07-01T13:30:00"))
    '2016-07-01 13:30'
    """
    if not isinstance(stamp, np.datetime64):
        return f"{stamp:.12g}"
    shown = str(stamp.astype("datetime64[us]")).replace("T", " ")
    for idle in (".000000", ":00", " 00:00"):
        shown = shown.removesuffix(idle)
    return shown


def missing_by_name(names: tuple[str, ...], counts: NDArray[np.int64]) -> Told:
    """How many values are missing in which column, in words."""
    missing = [f"{named(name)} {count:,}" for name, count in zip(names, counts, strict=True) if count]
    return with_commas(missing) if missing else Told("none")


def digest(names: str, *arrays: NDArray[Any] | None) -> str:
    """SHA-256 over names and arrays, the same on every machine: little-endian, one NaN, no negative zero."""
    found = hashlib.sha256(names.encode())
    for array in arrays:
        if array is None:
            found.update(b"none")
            continue
        found.update(f"{array.dtype.kind}{array.shape}".encode())
        for part in slices(array):
            found.update(_plain(array[part]).tobytes())
    return found.hexdigest()


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """The values as every machine has them."""
    if values.dtype.kind == "f":
        values = np.add(values, 0.0)
        values[np.isnan(values)] = np.nan
        return values.astype("<f8", copy=False)
    return values.astype("<i8", copy=False) if values.dtype.kind in "iM" else values
