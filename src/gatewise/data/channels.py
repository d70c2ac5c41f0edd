"""Which columns of a long table are channels of its sequences, and why others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.categories import values_of
from gatewise.data.columns import known_text, numbers
from gatewise.data.covariates import Covariates
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import listed, named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.longorder import Rows


class Column(NamedTuple):
    """A column that is one value in each sequence: that value, as text and, where it is one, as a number."""

    texts: list[str | None]
    values: NDArray[np.float64] | None


def whole(column: Column | None) -> bool:
    """Whether a column says something of each sequence."""
    return column is not None and None not in column.texts


class Beside(NamedTuple):
    """What decides whether a column is a channel: table, sequences, what is one value in each, label."""

    frame: pl.DataFrame
    rows: Rows
    statics: dict[str, Column | None]
    target: str | None
    label: NDArray[Any] | None


def channels_of(table: Beside, dropped: set[str]) -> Covariates:
    """The columns that are channels, and notes on the others.

    Raises:
        DataError: There is none.
    """
    found = Covariates()
    for name in table.frame.columns:
        if name in dropped:
            continue
        column, own = table.statics.get(name), table.frame[name]
        values, bad = numbers(own)
        if bad is not None:
            _take_text(table, own, found)
            continue
        why = _why_not(name, column, values, table.label)
        if why:
            found.leave(why, named(name))
            continue
        found.columns[name] = own
        found.repeated += [named(name)] * (column is not None)
    if not found.columns:
        raise DataError(
            f"no column of numbers is left that changes: {listed(table.frame.columns)}; expected channels beside key, "
            "order and target"
        )
    return found


def _take_text(table: Beside, column: pl.Series, found: Covariates) -> None:
    """Take a column of text as a category, or leave it out."""
    static = table.statics.get(column.name)
    values = values_of(column, None if static is None else len(table.rows.lengths))
    if not values:
        found.leave(Told("text"), named(column.name))
    elif _names_target(table, column):
        found.leave(Told("it gives the target away, one value for each of its"), named(column.name))
    else:
        found.take(column, values)
        found.repeated += [named(column.name)] * (static is not None)


def _names_target(table: Beside, column: pl.Series) -> bool:
    """Whether each value of a column goes with one value of the target, and each of these with one of it."""
    if table.target is None:
        return False
    goal = known_text(table.frame[table.target])
    both = pl.DataFrame({"value": known_text(column), "goal": goal}).drop_nulls().unique()
    return len(both) == both["value"].n_unique() == both["goal"].n_unique()


def _why_not(name: str, column: Column | None, values: NDArray[np.float64], label: NDArray[Any] | None) -> Told | None:
    """Why a column of numbers is no channel; empty where it is one."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Told("no values")
    if (known == known[0]).all():
        return Told("constant")
    if column is None:
        return None
    if _identifies(name, column):
        return Told("an identifier, another value for each sequence")
    return Told("it gives the target away, one value for each of its") if _gives_away(column, label) else None


def _identifies(name: str, column: Column) -> bool:
    """Whether a column numbers the sequences: whole numbers, another one for each."""
    values = column.values
    if values is None or None in column.texts or len(set(column.texts)) < len(column.texts):
        return False
    return bool((values == np.floor(values)).all())


def _gives_away(column: Column, label: NDArray[Any] | None) -> bool:
    """Whether each value of a column has one label, and few values have all: a code of the label."""
    if label is None or not whole(column):
        return False
    pairs = set(zip(column.texts, label.tolist(), strict=True))
    codes = len(set(column.texts))
    return len(pairs) == codes == len(set(label.tolist())) and 1 < codes <= len(label) // 2
