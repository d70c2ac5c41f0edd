"""Values that stand for a missing one: taken as the user says, and proposed where they stand out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gatewise.data.columns import is_text
from gatewise.languages import Told
from gatewise.text import counted, named, quoted, with_commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEWEST = 3
"""Times that a value has to come before it stands out: fewer may be chance."""
_MOST = 0.5
"""Share of the rows up to which a value may be a sign rather than the usual one."""
_FAR = 5.0
"""Distance from the other values, in their range from the first to the last hundredth, that is far outside."""
_RUN = 3
"""Zeros one after the other that are a run."""
_SAMPLED = 100_000
"""Values by which a long column's spread is found."""
_RARE = 0.2
"""Share of zeros up to which they may stand for missing values: a shop that is closed at night sells nothing."""


def without(frame: pl.DataFrame, missing: Sequence[str]) -> tuple[pl.DataFrame, list[Told]]:
    """Take values as missing wherever they stand, and say how many cells had each.

    Args:
        frame: Any table.
        missing: As the user wrote them; ``-200`` is also ``-200.0`` in a column of numbers.
    """
    counts = dict.fromkeys(missing, 0)
    changed: list[pl.Series] = []
    for column in frame.iter_columns():
        gone = pl.repeat(value=False, n=len(column), eager=True)
        for value in missing:
            same = _same(column, value)
            counts[value] += int(same.sum())
            gone = gone | same
        if gone.any():
            changed.append(column.set(gone, None))
    shown = [
        Told("{value} in {cells}", value=quoted(value), cells=counted(count, "cell")) for value, count in counts.items()
    ]
    return frame.with_columns(changed), [Told("taken as missing: {names}", names=shown)]


def _same(column: pl.Series, value: str) -> pl.Series:
    nowhere = pl.repeat(value=False, n=len(column), eager=True)
    try:
        number = float(value)
    except ValueError:
        number = None
    if is_text(column):
        text = column.cast(pl.String).str.strip_chars()
        same = text == value
        if number is not None:
            same = same | (text.cast(pl.Float64, strict=False) == number)
        return same.fill_null(value=False)
    if column.dtype.is_numeric() and number is not None:
        return (column == number).fill_null(value=False)
    return nowhere


def standing_out(values: NDArray[np.float64]) -> list[tuple[float, int]]:
    """Values that may stand for a missing one, and how often each comes.

    These are a repeated least or greatest value far outside of all others, such as -200, or 9999 be it once, and zeros
    in runs where every other value is positive.

    Args:
        values: A column in the order of its rows, shape (n,); NaN where missing.
    """
    known = values[np.isfinite(values)]
    found: list[tuple[float, int]] = []
    for above in (True, False):
        if not len(known):
            break
        extreme = float(known.min() if above else known.max())
        others = known > extreme if above else known < extreme
        count = len(known) - int(np.count_nonzero(others))
        least = 1 if _is_sign(extreme) else _FEWEST
        if least <= count <= _MOST * len(known) and _is_far(extreme, known, others):
            found.append((extreme, count))
            known = known[others]
    zeros = values == 0.0
    count = int(zeros.sum())
    if _RUN <= count <= _RARE * len(known) and known.min() >= 0.0 and _runs(zeros) and _is_low(known):
        found += [] if (0.0, count) in found else [(0.0, count)]
    return found


def _may_stand_out(column: pl.Series) -> bool:
    """Whether the least or greatest value, or zero, comes often enough; known without a copy of a long column."""
    for value in {column.min(), column.max(), 0}:
        if value is not None and (_is_sign(float(str(value))) or int((column == value).sum()) >= _FEWEST):
            return True
    return False


def _is_sign(value: float) -> bool:
    """Whether nobody measures such a number: -9999, 999, 9999.9."""
    return bool(re.fullmatch(r"9{3,}(\.9+)?", f"{abs(value):.10g}"))


def _is_far(extreme: float, known: NDArray[np.float64], others: NDArray[np.bool_]) -> bool:
    """Whether a value lies further from its neighbour than the others spread, several times over."""
    least, most = known.min(where=others, initial=np.inf), known.max(where=others, initial=-np.inf)
    step = max(1, len(known) // _SAMPLED)
    low, high = np.quantile(known[::step][others[::step]], [0.01, 0.99])
    spread, gap = float(high - low), float(least - extreme if extreme < least else extreme - most)
    # A number such as -200 or 999 is one that people choose as a sign, the more so where all others are positive.
    chosen = (
        extreme == -200.0 or _is_sign(extreme) or (abs(extreme) >= 99.0 and set(f"{abs(extreme):.0f}") <= set("90"))
    )
    if chosen and extreme < 0.0 <= least:
        return True
    return spread > 0.0 and gap > (1.0 if chosen else _FAR) * spread


def _runs(mask: NDArray[np.bool_]) -> bool:
    """Whether ``_RUN`` rows after one another are marked somewhere."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return bool((ends[1::2] - ends[::2] >= _RUN).any())


def _is_low(known: NDArray[np.float64]) -> bool:
    """Whether zero lies apart from the positive values, below the first hundredth of them by what they spread."""
    positive = known[:: max(1, len(known) // _SAMPLED)]
    positive = positive[positive > 0.0]
    low, quarter, median = np.quantile(positive, [0.01, 0.25, 0.5])
    return bool(low > 0.0 and low > (median - quarter) and low > 0.05 * median)


def proposals(frame: pl.DataFrame) -> list[Told]:
    """A note on each value that stands out in columns of numbers, and how often it comes in each."""
    found: dict[float, list[str]] = {}
    for column in frame.iter_columns():
        if column.dtype.is_numeric() and _may_stand_out(column):
            values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            for value, count in standing_out(values):
                found.setdefault(value, []).append(
                    Told("{name} ({times})", name=named(column.name), times=counted(count, "time"))
                )
    return [
        Told(
            "{value} stands apart from the other values of {names}; where it means missing, say --missing {typed}",
            value=f"{value:g}",
            names=with_commas(places, 6),
            typed=f"{value:g}",
        )
        for value, places in found.items()
    ]
