"""Which axis of an array of sequences is time: told where the data say it beyond doubt, asked for otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAYOUTS = ("ntc", "nct")
"""Axes of X as they are typed: n sequences, t time, c channels."""

GOES_ON, SEQUENCES = 0.3, 8
"""Neighbours along time are alike, and less so the farther apart they are: an axis on which the correlation falls by
this much, and on the other by a third of it at most, is time; told from this many sequences on."""

LOOKED_AT = 2_000_000
"""Values that are looked at."""


class Oriented(NamedTuple):
    """X with time as its second axis, which layout it had, and what to say of it."""

    values: NDArray[np.float64]
    layout: str
    notes: tuple[Told, ...]


def oriented(
    values: NDArray[np.float64], layout: str | None, lengths: NDArray[np.int64] | None, source: str
) -> Oriented:
    """Bring X to the shape (n, time, channels).

    Args:
        values: X, shape (n, a, b), NaN where missing.
        layout: What the user says, one of `LAYOUTS`; None to find out.
        lengths: Steps of each sequence, where the source has them.
        source: Name of the data, for display.

    Raises:
        DataError: Time may be either axis.
        OptionError: There is no such layout.
    """
    if layout is not None:
        if layout not in LAYOUTS:
            raise OptionError(
                f"--layout {quoted(layout)}: is of a table; arrays are ntc (sequences, time, channels) or nct "
                "(sequences, channels, time)"
            )
        return Oriented(_turned(values) if layout == "nct" else values, layout, ())
    found, why = _told(values, lengths)
    if not found:
        raise _asked(values, source, why)
    if found == "ntc":
        return Oriented(values, "ntc", (Told("time is the second axis of X: {why}", why=why),) if why else ())
    n, a, b = values.shape
    note = Told(
        "X of shape ({n}, {a}, {b}) is read as (sequences, channels, time), turned to {steps} of "
        "{channels}: {why}; if it came as (sequences, time, channels), type --layout ntc",
        n=n,
        a=a,
        b=b,
        steps=counted(b, "step"),
        channels=counted(a, "channel"),
        why=why,
    )
    return Oriented(_turned(values), "nct", (note,))


def _told(values: NDArray[np.float64], lengths: NDArray[np.int64] | None) -> tuple[str, str]:
    """The layout and why; no layout where it may be either, and then why it is doubted."""
    _, a, b = values.shape
    if b == 1:
        return "ntc", ""
    if lengths is not None and a != b:
        most = int(lengths.max())
        if most > a:
            return "nct", Told("lengths go up to {steps:,}", steps=most)
        if most == a:
            return "ntc", ""
        if most == b < a and len(np.unique(lengths)) > 1:
            return "nct", Told("lengths go up to {steps:,}", steps=most)
    padded = _padded(values)
    if padded:
        return padded, Told("sequences end in missing values along that axis") if padded == "nct" else ""
    if a == 1:
        return "nct", Told("one step would be no sequence")
    first, second = _goes_on(values, 1), _goes_on(values, 2)
    if second >= GOES_ON and 3.0 * first <= second:
        smooth = Told("neighbours along the last axis are alike and those along the second are not")
        return ("nct", smooth) if a < b else ("", smooth)
    if a >= b:
        return "ntc", ""
    if first >= GOES_ON and 3.0 * second <= first:
        return "ntc", Told("neighbours along it are alike")
    return "", ""


def _asked(values: NDArray[np.float64], source: str, why: str) -> DataError:
    n, a, b = values.shape
    doubt = f", and {why}" if why else ""
    fewer = f", more channels than steps{doubt}" if a < b else doubt
    return DataError(
        f"which axis of X is time? {source} has the shape ({n}, {a}, {b}), which is {counted(a, 'step')} of "
        f"{counted(b, 'channel')} as (sequences, time, channels){fewer}. Type --layout nct if channels come before "
        f"time ({counted(b, 'step')} of {counted(a, 'channel')}), or --layout ntc to take it as it stands"
    )


def _turned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values.transpose(0, 2, 1))


def _padded(values: NDArray[np.float64]) -> str:
    """The layout whose time axis ends in missing values, at different steps; empty where neither or both do."""
    missing = np.isnan(values)
    if not missing.any():
        return ""
    found = []
    for layout, axis in (("ntc", 1), ("nct", 2)):
        over: NDArray[np.bool_] = np.all(missing, axis=3 - axis)
        ends = over.shape[1] - np.argmin(over[:, ::-1], axis=1)
        ends[over.all(axis=1)] = over.shape[1]
        if len(np.unique(ends)) > 2:
            found.append(layout)
    return found[0] if len(found) == 1 else ""


def _goes_on(values: NDArray[np.float64], axis: int) -> float:
    """How much more alike neighbours along an axis are than values half the axis apart; 0 where too few tell.

    Every place is standardised over the sequences first, so that neither the channels' levels nor a shape that all
    sequences share counts. The likeness of two channels does not depend on how far apart they stand; that of two steps
    does.
    """
    n, steps = len(values), values.shape[axis]
    if n < SEQUENCES or steps < 6:
        return 0.0
    few = values[:: max(1, values.size // LOOKED_AT)]
    if len(few) < SEQUENCES:
        few = values[:SEQUENCES]
    few = np.moveaxis(few, axis, 1)
    known = np.isfinite(few)  # infinity is refused later, with the place of it
    count = np.maximum(known.sum(axis=0), 1)
    few = np.where(known, few, 0.0)
    mean = few.sum(axis=0) / count
    centred = np.where(known, few - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / count)
    scaled = centred / np.where(spread > 0.0, spread, 1.0)
    half = steps // 2
    near = float((scaled[:, 1:] * scaled[:, :-1]).mean())
    far = float((scaled[:, half:] * scaled[:, : steps - half]).mean())
    return max(0.0, near - far)
