"""The columns beside the targets, as numbers: which are used, how, and why others are left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.categories import as_places, columns_of, told, unknown, values_of
from gatewise.data.columns import is_text, known_text, numbers
from gatewise.data.embedded import NO_CATEGORIES
from gatewise.data.timenames import words_of
from gatewise.errors import DataError, nearest
from gatewise.languages import Told
from gatewise.text import listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories


IDENTIFIERS = frozenset(
    {"id", "key", "pk", "uid", "rowid", "rank", "no", "nr", "number", "index", "idx", "seq", "record"}
)
"""Words for a column that tells rows apart."""

SAVED_INDEX = "__index_level_"
"""How the name of a column begins that pandas writes for the index of a frame."""


@dataclass
class Covariates:
    """Columns of numbers by their names, and what was left out by reason.

    Attributes:
        columns: Each covariate, to be read by `numbers`; those of a category as `columns_of` has them.
        left: Names of columns left out, by reason.
        names: The columns that are categories.
        categories: The values of those that are columns of whole numbers, by name.
        unknown: What to say of values that a model does not know.
        repeated: Columns of one value a sequence.
    """

    columns: dict[str, pl.Series] = field(default_factory=dict)
    left: dict[Told, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: list[Told] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[Told]:
        """What is said of the categories, and a sentence for each reason."""
        left = (Told("left out, {why}: {names}", why=why, names=names) for why, names in self.left.items() if names)
        same = (
            [Told("one value a sequence, repeated at every step: {names}", names=self.repeated)]
            if self.repeated
            else []
        )
        return [*told(self.names, self.categories), *self.unknown, *left, *same]

    def take(self, column: pl.Series, values: tuple[str, ...]) -> None:
        """Take a category."""
        self.names.append(column.name)
        self.columns |= columns_of(column, values)
        if column.name in self.columns:
            self.categories[column.name] = values

    def leave(self, why: Told, shown: str) -> None:
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
            found.leave(Told("no values"), named(name))
        elif (known == known[0]).all():
            found.leave(Told("constant"), named(name))
        elif _counts_rows(values):
            found.leave(Told("it only numbers the rows"), named(name))
        elif _identifies(name, values):
            found.leave(Told("an identifier that rises in every row"), named(name))
        else:
            found.columns[name] = column
    return found


def wanted_covariates(
    frame: pl.DataFrame, features: Sequence[str], categories: Categories = NO_CATEGORIES
) -> Covariates:
    """The covariates that a model was trained with, from a table to predict on.

    Args:
        frame: The table.
        features: Their names.
        categories: The values of those that are whole numbers of a category, by name.

    Raises:
        DataError: One is lacking, or is no number.
    """
    found = Covariates(categories={name: categories[name] for name in features if name in categories})
    for feature in features:
        if feature in categories:
            if feature not in frame.columns:
                raise lacking(feature, frame)
            found.columns[feature] = as_places(known_text(frame[feature]), categories[feature])
            continue
        if feature in frame.columns:
            found.columns[feature] = _demanded(frame[feature])
            continue
        name, _, value = feature.rpartition("=")
        if not name or name not in frame.columns:
            raise lacking(name or feature, frame)
        found.columns[feature] = known_text(frame[name]) == value
    found.unknown = unknown_values(frame, features, categories)
    return found


def unknown_values(frame: pl.DataFrame, features: Sequence[str], categories: Categories = NO_CATEGORIES) -> list[Told]:
    """What to say of categories with values that the model was not trained on: they count as none of the known ones.

    Of a category of two values only the second is known by name, so any other one may be the first.
    """
    known: dict[str, set[str]] = {name: set(categories[name]) for name in features if name in categories}
    for feature in features:
        name, _, value = feature.rpartition("=")
        if feature not in frame.columns and name in frame.columns:
            known.setdefault(name, set()).add(value)
    notes: list[Told] = []
    for name, values in known.items():
        others = unknown(frame[name], values)
        if len(others) > (1 if len(values) == 1 else 0):
            notes.append(
                Told(
                    "{name} has values that the model does not know, taken as none of its own: {names}",
                    name=named(name),
                    names=listed(others),
                )
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
        found.leave(
            Told("text or dates"),
            Told(
                "{name} ({value} in row {number:,})",
                name=named(column.name),
                value=quoted(column[bad], 20),
                number=bad + 1,
            ),
        )
        return
    values = values_of(column)
    if values:
        found.take(column, values)
    elif is_text(column) and known_text(column).drop_nulls().n_unique() == 1:
        found.leave(Told("constant"), named(column.name))
    else:
        found.leave(Told("text or dates"), named(column.name))


def _counts_rows(values: NDArray[np.float64]) -> bool:
    """Whether the numbers only count the rows, up or down."""
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    return bool((steps == steps[0]).all()) and bool(abs(steps[0]) == 1.0)


def _identifies(name: str, values: NDArray[np.float64]) -> bool:
    """Whether whole numbers go one way from row to row, under the name of an identifier: those of test rows are new."""
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    return (
        bool(words_of(name) & IDENTIFIERS)
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
