"""Categories: text with few values is a column of 0 and 1 for each, text with many one column of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.columns import is_text, known_text
from gatewise.data.embedded import MOST_COLUMNS, MOST_VALUES, width
from gatewise.data.stamps import read_stamps
from gatewise.languages import Told
from gatewise.text import kind_of, named, with_commas

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories

FEWEST_ROWS = 5
"""Rows that each value of a category has on average, at least; sequences, of a category that each has one value of."""

UNKNOWN = 0.0
"""Stands for a value that is not among those that are learned from; the others are numbered from 1 on."""

NEW_SHARE = 0.5
"""Where this share of the last `LAST_SHARE` of the rows to learn from has values that are new in them, those of rows to
test are new too: the column says when, not which."""

LAST_SHARE = 0.2


def values_of(column: pl.Series, among: int | None = None) -> tuple[str, ...]:
    """The values of a category in order, two or more; none where the column is no category.

    Args:
        column: The column.
        among: Rows, or sequences, that there are values for; None for those of the column.
    """
    if not is_text(column):
        return ()
    values = known_text(column).drop_nulls().unique()
    if not 2 <= len(values) <= MOST_VALUES or len(values) * FEWEST_ROWS > (len(column) if among is None else among):
        return ()
    if len(values) > MOST_COLUMNS and _says_when(values):
        return ()
    return tuple(sorted(values.to_list()))


def _says_when(values: pl.Series) -> bool:
    """Whether all the values are dates or times."""
    found = read_stamps(values)
    return found is not None and found.bad is None


def as_places(text: pl.Series, values: Sequence[str]) -> pl.Series:
    """The number of each text among ``values``, from 1 on; `UNKNOWN` where it is none of them, null where missing."""
    numbers = {value: float(number) for number, value in enumerate(values, 1)}
    return text.replace_strict(numbers, default=UNKNOWN, return_dtype=pl.Float64).set(text.is_null(), None)


def columns_of(column: pl.Series, values: tuple[str, ...]) -> dict[str, pl.Series]:
    """A category as columns by the names of features, to be read by `numbers`.

    Of few values a column ``name=value`` for each, true in rows that have it, null where the value is missing; of two
    values the second says it all. Of more than `MOST_COLUMNS` one column of their numbers, as `as_places` has them.
    """
    text = known_text(column)
    if len(values) > MOST_COLUMNS:
        return {column.name: as_places(text, values)}
    return {f"{column.name}={value}": text == value for value in (values if len(values) > 2 else values[1:])}


class Settled(NamedTuple):
    """Codes of the values that are learned from, shape as they came, and these values."""

    codes: NDArray[np.float64]
    values: tuple[str, ...]


def settled(codes: NDArray[np.float64], values: tuple[str, ...], early: NDArray[np.int64]) -> Settled:
    """Number the values that occur in what is learned from; all others are `UNKNOWN`.

    Args:
        codes: As `as_places` has them, shape (n, ...), NaN where missing.
        values: What they stand for.
        early: The rows, or sequences, before anything that is tested.
    """
    learned = codes[early]
    known = np.unique(learned[learned > UNKNOWN]).astype(np.int64)
    number = np.zeros(len(values) + 1)
    number[known] = np.arange(1, len(known) + 1)
    missing = np.isnan(codes)
    found = np.where(missing, np.nan, number[np.where(missing, 0.0, codes).astype(np.int64)])
    return Settled(found, tuple(values[code - 1] for code in known))


def lasting(learned: NDArray[np.float64]) -> bool:
    """Whether most of the last rows to learn from have values that rows before them had; codes in the order of time."""
    border = round((1.0 - LAST_SHARE) * len(learned))
    later = learned[border:]
    later = later[later > UNKNOWN]
    return not len(later) or float((~np.isin(later, learned[:border])).mean()) < NEW_SHARE


def described(categories: Categories, *, rules: bool = True) -> list[Told]:
    """The line of what was understood that tells of categories of many values; none where there are none.

    >>> described({"store": tuple("abcdefghijklmnopqrst")})
    ['values learned as numbers: store (20 values in 5 numbers); the simple rules see the 16 commonest values']
    >>> described({"word": tuple("abcdefghijklmnopqrst")}, rules=False)
    ['values learned as numbers: word (20 values in 5 numbers)']

    Args:
        categories: Columns and their values.
        rules: Whether simple rules see them as columns; rules for texts read all symbols.
    """
    each = with_commas(
        [
            Told(
                "{name} ({count:,} values in {width} numbers)",
                name=named(name) if rules else kind_of(name),
                count=len(known),
                width=width(len(known)),
            )
            for name, known in categories.items()
        ]
    )
    if not each:
        return []
    if not rules:
        return [Told("values learned as numbers: {names}", names=each)]
    return [
        Told(
            "values learned as numbers: {names}; the simple rules see the {count} commonest values",
            names=each,
            count=MOST_COLUMNS,
        )
    ]


def told(names: Sequence[str], categories: Categories) -> list[Told]:
    """A note on the categories that are columns of 0 and 1; of the others `described` tells."""
    few = [named(name) for name in names if name not in categories]
    return [Told("one column of 0 and 1 for each value of {names}", names=", ".join(few))] if few else []


def unknown(column: pl.Series, values: Iterable[str]) -> list[str]:
    """The values of a column that are none of ``values``, in order."""
    return sorted(set(known_text(column).drop_nulls().unique().to_list()) - set(values))
