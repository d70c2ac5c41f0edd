"""One column of a table read as numbers, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = (
    *("", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "nil", "none", "?"),
    *("-", "--", "\u2013", "\u2014", ".", "..", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "1.#ind", "1.#qnan"),
)
"""What stands for a missing value in text, in capitals or not; errors of a spreadsheet's formulas too."""


LONGEST = max(len(mark.encode()) for mark in MISSING)


class Numbers(NamedTuple):
    """A column read as numbers.

    Attributes:
        values: Float64, NaN where missing or not a number.
        bad: First row with a value that is not a number; None where there is no such row.
    """

    values: NDArray[np.float64]
    bad: int | None


def is_text(column: pl.Series) -> bool:
    """Whether the column holds text, categories included."""
    return column.dtype == pl.String or isinstance(column.dtype, pl.Categorical | pl.Enum)


def known_text(column: pl.Series) -> pl.Series:
    """The column as text without outer blanks, null where a value is missing."""
    if column.dtype in (pl.Object, pl.Binary) or column.dtype.is_nested():
        return pl.Series(column.name, [None if value is None else str(value) for value in column], dtype=pl.String)
    text = column.cast(pl.String).str.strip_chars()
    if not (text.str.len_bytes() <= LONGEST).any():
        return text  # stamps, say: none is small enough to stand for a missing value
    return text.set(text.str.to_lowercase().is_in(MISSING), None)


def numbers(column: pl.Series) -> Numbers:
    """Read a column as numbers; booleans, and text that says true or false, become 1 and 0."""
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        return Numbers(_floats(column.cast(pl.Float64)), None)
    text = known_text(column)
    if not is_text(column):
        return Numbers(np.full(len(text), np.nan), _first(text.is_not_null()))
    parsed = text.cast(pl.Float64, strict=False)
    bad = _first(text.is_not_null() & parsed.is_null())
    if bad is not None and text.str.to_lowercase().drop_nulls().is_in(("true", "false")).all():
        return Numbers(_floats((text.str.to_lowercase() == "true").cast(pl.Float64)), None)
    return Numbers(_floats(parsed), bad)


def distinct(stamps: NDArray[Any]) -> NDArray[Any]:
    """The different values in order, shape (values,); those that are so already are not sorted once more."""
    if (stamps[1:] > stamps[:-1]).all():
        return stamps
    ordered = np.sort(stamps)
    found: NDArray[Any] = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    return found


def _floats(column: pl.Series) -> NDArray[np.float64]:
    """The numbers, NaN where one is missing: a view of the column where it has them all."""
    return column.fill_null(float("nan")).to_numpy().astype(np.float64, copy=False)


def _first(mask: pl.Series) -> int | None:
    """First row that the mask marks, or None."""
    return mask.arg_max() if mask.any() else None
