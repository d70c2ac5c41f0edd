"""What was understood of the user's data: one series, or a set of labelled sequences."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.calendar import months_in
from gatewise.text import counted, listed, named, with_commas

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLOCK = {600: 144, 900: 96, 1800: 48, 3600: 24, 86400: 7, 604800: 52}
"""Seconds of a time step, and the steps of one season: a day of minutes or hours, a week of days, a year of weeks.
A season of steps that are counted in months is a year."""

_UNITS = ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, eq=False)
class Series:
    """One series of numbers in time order, read from a table.

    Attributes:
        target: Name of the column to forecast.
        time: Name of the time column; None where the table has none.
        features: Names of the columns of ``values``: the target, then the covariates in the table's order.
        values: Shape (rows, features), NaN where missing.
        stamps: Time of each row, increasing, shape (rows,): datetime64[us], or float64 where time is a number.
        duplicates: How rows of one time stamp were merged: first, last, mean, or None where that was not asked.
        source: Name of the data, for display.
        notes: What reading changed or left out, one sentence each.
    """

    target: str
    time: str | None
    features: tuple[str, ...]
    values: NDArray[np.float64]
    stamps: NDArray[np.datetime64] | NDArray[np.float64] | None
    duplicates: str | None
    source: str
    notes: tuple[str, ...] = ()

    @property
    def step(self) -> np.timedelta64 | float | None:
        """Median time step (the lower of the middle two); None without stamps or with a single row."""
        if self.stamps is None or len(self.stamps) < 2:
            return None
        steps = np.sort(np.diff(self.stamps))
        middle = steps[(len(steps) - 1) // 2]
        return middle if isinstance(middle, np.timedelta64) else float(middle)

    @property
    def season(self) -> int:
        """Steps in one season by the length of the time step; 1 where it says nothing.

        Days without a single weekend among them have a week of 5.
        """
        step = self.step
        if not isinstance(step, np.timedelta64):
            return 1
        months = months_in(step)
        if months:
            return 12 // months
        near = [s for seconds, s in CLOCK.items() if abs(_seconds(step) - seconds) <= 0.01 * seconds]
        if near == [7] and len(self.values) > 7 and self._only_weekdays():
            return 5
        return near[0] if near else 1

    @property
    def irregular(self) -> NDArray[np.int64]:
        """Rows whose distance from the row before is not the time step, such as the first row after a gap."""
        step = self.step
        if step is None or self.stamps is None:
            return np.empty(0, dtype=np.int64)
        stamps, usual = self.stamps, step
        months = months_in(step) if isinstance(step, np.timedelta64) else 0
        if months:
            stamps, usual = stamps.astype("datetime64[M]"), np.timedelta64(months, "M")
            return np.flatnonzero(np.diff(stamps) != usual) + 1
        return np.flatnonzero(np.abs(np.diff(stamps) / usual - 1.0) > 0.01) + 1

    def sha256(self) -> str:
        """Hash of what decides the answer: values, names, target and stamps; not of file bytes or paths."""
        names = json.dumps({"target": self.target, "features": self.features})
        return _hash(names, self.values, self.stamps)

    def describe(self) -> list[str]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        target = self.values[:, 0]
        lines = [
            ", ".join([counted(len(self.values), "row"), *self._span()]),
            f"target: {named(self.target)}, {np.nanmin(target):.6g} to {np.nanmax(target):.6g}, "
            f"mean {np.nanmean(target):.6g}",
            f"covariates: {listed(self.features[1:]) or 'none'}",
            f"missing values: {_missing(self.features, np.isnan(self.values).sum(axis=0))}",
        ]
        if self.stamps is not None:
            gaps = len(self.irregular)
            lines.append(f"gaps in the time stamps: {f'{gaps:,}' if gaps else 'none'}")
        return [*lines, f"season: {counted(self.season, 'step')}" if self.season > 1 else "season: none known"]

    def step_text(self) -> str:
        """The time step in words: '30 minutes', '1 month', '0.5'."""
        step = self.step
        if step is None:
            return "no time step"
        if not isinstance(step, np.timedelta64):
            return f"{step:g}"
        months = months_in(step)
        if months:
            return counted(months, "month") if months < 12 else counted(months // 12, "year")
        seconds = _seconds(step)
        for length, unit in _UNITS:
            if seconds >= length and seconds % length == 0 and (unit != "week" or seconds == length):
                return counted(int(seconds // length), unit)
        return f"{seconds:g} seconds"

    def _span(self) -> list[str]:
        if self.stamps is None:
            return ["in file order"]
        first, last = moment(self.stamps[0]), moment(self.stamps[-1])
        return [f"{first} to {last} ({named(self.time or '')})", *([f"step {self.step_text()}"] if self.step else [])]

    def _only_weekdays(self) -> bool:
        return self.stamps is not None and bool(np.is_busday(self.stamps.astype("datetime64[D]")).all())


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

    def sha256(self) -> str:
        """Hash of what decides the answer: values, lengths, labels or numbers, names and the data set's own split."""
        names = json.dumps({"classes": self.classes, "features": self.features, "test_start": self.test_start})
        return _hash(names, self.values, self.lengths, self.labels if self.numbers is None else self.numbers)

    def describe(self) -> list[str]:
        """Say what was understood, a line each; `notes` say what reading changed."""
        n, _, channels = self.values.shape
        least, most = int(self.lengths.min()), int(self.lengths.max())
        steps = counted(most, "step") if least == most else f"{least:,} to {most:,} steps"
        lines = [f"{counted(n, 'sequence')} of {steps}, {counted(channels, 'channel')}"]
        if self.labels is not None:
            sizes = np.bincount(self.labels, minlength=len(self.classes))
            shown = with_commas([f"{named(name)} ({size})" for name, size in zip(self.classes, sizes, strict=True)])
            lines.append(f"{len(self.classes)} classes: {shown}")
        if self.numbers is not None:
            low, high, mean = self.numbers.min(), self.numbers.max(), self.numbers.mean()
            lines.append(f"a number each: {low:.6g} to {high:.6g}, mean {mean:.6g}")
        if self.test_start is not None:
            lines.append(f"own split: {self.test_start:,} to learn from, {n - self.test_start:,} to test on")
        within = np.arange(self.values.shape[1]) < self.lengths[:, None]
        missing = (np.isnan(self.values) & within[:, :, None]).sum(axis=(0, 1))
        return [*lines, f"missing values: {_missing(self.features, missing)}"]


Data = Series | SequenceSet
"""What a comparison can be made on."""


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


def _seconds(step: np.timedelta64) -> float:
    return float(step / np.timedelta64(1, "s"))


def _missing(names: tuple[str, ...], counts: NDArray[np.int64]) -> str:
    return (
        with_commas([f"{named(name)} {count:,}" for name, count in zip(names, counts, strict=True) if count]) or "none"
    )


def _hash(names: str, *arrays: NDArray[Any] | None) -> str:
    """SHA-256 over names and arrays, the same on every machine: little-endian, one NaN, no negative zero."""
    digest = hashlib.sha256(names.encode())
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        digest.update(f"{array.dtype.kind}{array.shape}".encode())
        if array.dtype.kind == "f":
            array = np.where(np.isnan(array), np.nan, np.add(array, 0.0)).astype("<f8")
        digest.update(array.astype("<i8").tobytes() if array.dtype.kind in "iM" else array.tobytes())
    return digest.hexdigest()
