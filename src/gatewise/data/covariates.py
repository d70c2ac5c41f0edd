"""The columns beside the targets, as numbers: which are used, how, and why others are left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.columns import is_text, known_text, numbers
from gatewise.data.timenames import words_of
from gatewise.errors import DataError, nearest
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

MOST_CATEGORIES = 20
"""A column of text with more values is no category."""

FEWEST_ROWS = 5
"""Rows that each value of a category has on average, at least."""


IDENTIFIERS = frozenset(
    {"id", "key", "pk", "uid", "rowid", "rank", "no", "nr", "number", "index", "idx", "seq", "record"}
)
"""Words for a column that tells rows apart."""


@dataclass
class Covariates:
    """Columns of numbers by their names, and what was left out by reason.

    Attributes:
        columns: Each covariate, to be read by `numbers`. A category has a column ``name=value`` for each value, true in
            rows that have it.
        left: Names of columns left out, by reason.
    """

    columns: dict[str, pl.Series] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """A sentence for each reason, and one for the categories."""
        told = [f"one column of 0 and 1 for each value of {', '.join(self.categories)}"] if self.categories else []
        return [*told, *(f"left out, {why}: {', '.join(names)}" for why, names in self.left.items() if names)]

    def leave(self, why: str, shown: str) -> None:
        """Leave a column out."""
        self.left.setdefault(why, []).append(shown)


def found_covariates(frame: pl.DataFrame, names: Sequence[str]) -> Covariates:
    """Every column of numbers that moves, and every category, of the columns ``names``."""
    found = Covariates()
    for name in names:
        column = frame[name]
        values, bad = numbers(column)
        known = values[~np.isnan(values)]
        if bad is not None:
            _take_text(column, len(known), bad, found)
        elif not len(known):
            found.leave("no values", named(name))
        elif (known == known[0]).all():
            found.leave("constant", named(name))
        elif _counts_rows(values):
            found.leave("it only numbers the rows", named(name))
        elif _identifies(name, values):
            found.leave("an identifier that rises in every row", named(name))
        else:
            found.columns[name] = column
    return found


def wanted_covariates(frame: pl.DataFrame, features: Sequence[str]) -> dict[str, pl.Series]:
    """The covariates that a model was trained with, from a table to predict on, to be read by `numbers`.

    Raises:
        DataError: One is lacking, or is no number.
    """
    found: dict[str, pl.Series] = {}
    for feature in features:
        if feature in frame.columns:
            found[feature] = _demanded(frame[feature])
            continue
        name, _, value = feature.rpartition("=")
        if not name or name not in frame.columns:
            raise lacking(name or feature, frame)
        found[feature] = _indicator(known_text(frame[name]), value)
    return found


def unknown_values(frame: pl.DataFrame, features: Sequence[str]) -> list[str]:
    """What to say of categories with values that the model was not trained on: they count as none of the known ones.

    Of a category of two values only the second is known by name, so any other one may be the first.
    """
    known: dict[str, set[str]] = {}
    for feature in features:
        name, _, value = feature.rpartition("=")
        if feature not in frame.columns and name in frame.columns:
            known.setdefault(name, set()).add(value)
    notes: list[str] = []
    for name, values in known.items():
        others = sorted(set(known_text(frame[name]).drop_nulls().unique().to_list()) - values)
        if len(others) > (1 if len(values) == 1 else 0):
            notes.append(
                f"{named(name)} has values that the model does not know, taken as none of its own: {listed(others)}"
            )
    return notes


def lacking(name: str, frame: pl.DataFrame) -> DataError:
    """The message for a column that the model was trained with and the table lacks."""
    columns = [named(column) for column in frame.columns]
    return DataError(f"the table lacks {named(name)}, expected as in training; {nearest(name, columns)}")


def _take_text(column: pl.Series, numeric: int, bad: int, found: Covariates) -> None:
    """Take a column of text as a category, or leave it out."""
    if numeric > len(column) / 2:
        # Where the column is mostly numbers the one cell that spoils it is worth showing.
        found.leave("text or dates", f"{named(column.name)} ({quoted(column[bad], 20)} in row {bad + 1:,})")
        return
    text = known_text(column)
    values = sorted(text.drop_nulls().unique().to_list()) if is_text(column) else []
    if not values:
        found.leave("text or dates", named(column.name))
    elif len(values) == 1:
        found.leave("constant", named(column.name))
    elif len(values) > MOST_CATEGORIES or len(values) * FEWEST_ROWS > len(column):
        found.leave("text or dates", named(column.name))
    else:
        found.categories.append(named(column.name))
        # Of two values the second says it all.
        for value in values if len(values) > 2 else values[1:]:
            found.columns[f"{column.name}={value}"] = _indicator(text, value)


def _indicator(text: pl.Series, value: str) -> pl.Series:
    """True where the text is ``value``, false where it is another, null where it is missing."""
    return text == value


def _counts_rows(values: NDArray[np.float64]) -> bool:
    """Whether the numbers only count the rows, up or down."""
    steps = np.diff(values)
    return len(values) > 2 and bool((steps == steps[0]).all()) and abs(steps[0]) == 1.0


def _identifies(name: str, values: NDArray[np.float64]) -> bool:
    """Whether whole numbers go one way from row to row, under the name of an identifier: those of test rows are new."""
    steps = np.diff(values)
    return (
        len(values) > 2
        and bool(words_of(name) & IDENTIFIERS)
        and bool((steps > 0).all() or (steps < 0).all())
        and bool((values == np.floor(values)).all())
    )


def _demanded(column: pl.Series) -> pl.Series:
    bad = numbers(column).bad
    if bad is not None:
        raise DataError(
            f"column {named(column.name)} holds {quoted(column[bad])} in row {bad + 1:,}; expected numbers only"
        )
    return column
