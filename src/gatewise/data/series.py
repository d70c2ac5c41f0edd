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
from gatewise.text import counted, listed, named, with_commas

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
    notes: tuple[str, ...] = ()
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

    def describe(self) -> list[str]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        lines = [
            ", ".join([*self._size(), *self._span()]),
            *(self._target(place) for place in range(len(self.targets))),
        ]
        lines += [
            f"covariates: {listed(self.features[len(self.targets) :]) or 'none'}",
            *described(self.categories),
            *([f"known ahead: {listed(self.known)}"] if self.known else []),
            f"missing values: {missing_by_name(self.features, np.isnan(self.values).sum(axis=0))}",
        ]
        if self.stamps is not None:
            lines.append(f"gaps in the time stamps: {self._gaps()}")
        return [*lines, f"season: {self._seasons()}", *self._own_test()]

    def step_text(self) -> str:
        """The time step in words: '30 minutes', '1 month', '0.5'."""
        return self.calendar.text if self.calendar else "no time step"

    def _size(self) -> list[str]:
        rows = counted(len(self.values) - self.inserted, "row")
        if not self.keys:
            return [rows]
        sizes = np.diff(self.timeline.starts)
        each = f"{sizes.min():,}" if sizes.min() == sizes.max() else f"{sizes.min():,} to {sizes.max():,}"
        return [f"{self.timeline.count:,} series of {each} rows, one for each {listed(self.keys)}", rows]

    def _target(self, place: int) -> str:
        target = self.values[:, place]
        return (
            f"target: {named(self.targets[place])}, {np.nanmin(target):.6g} to {np.nanmax(target):.6g}, "
            f"mean {np.nanmean(target):.6g}"
        )

    def _span(self) -> list[str]:
        if self.stamps is None:
            return ["in file order"]
        first, last = moment(self.stamps.min()), moment(self.stamps.max())
        step = [f"step {self.step_text()}"] if self.calendar else []
        return [f"{first} to {last} ({named(self.time or '')})", *step]

    def _gaps(self) -> str:
        cuts = len(self.timeline.cuts)
        parts = [counted(self.inserted, "missing step") + " filled in as missing values"] if self.inserted else []
        return " and ".join([*parts, *([counted(cuts, "long outage")] if cuts else [])]) or "none"

    def _own_test(self) -> list[str]:
        """Where the user's own test part begins, and how many rows it has."""
        if self.test_start is None:
            return []
        tested = self.timeline.steps - self.timeline.steps.min() >= self.test_start
        first = "" if self.stamps is None else f" from {moment(self.stamps[tested].min())} on"
        return [f"own split: {counted(int((~tested).sum()), 'row')} to learn from, {tested.sum():,}{first} to test on"]

    def _seasons(self) -> str:
        return " and ".join(counted(season, "step") for season in self.seasons) or "none known"


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


def missing_by_name(names: tuple[str, ...], counts: NDArray[np.int64]) -> str:
    """How many values are missing in which column, in words."""
    return (
        with_commas([f"{named(name)} {count:,}" for name, count in zip(names, counts, strict=True) if count]) or "none"
    )


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
