"""What is told of each step of a sequence: a column of the table, or how many steps are left to the sequence's end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.columns import known_text, numbers
from gatewise.data.labels import classes_of
from gatewise.data.table import read_frame
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.longorder import Rows
    from gatewise.data.reading import Reading
    from gatewise.data.shapes import SequenceSet

MOST_CLASSES = 20
"""Whole numbers of more values than this are numbers, not classes."""


class Goals(NamedTuple):
    """What is told of each step.

    Attributes:
        values: Numbers, or class numbers, shape (n, longest), NaN where nothing is to be told.
        classes: Names of the classes; none where numbers are told.
        notes: How they were made or read.
        ends_only: Whether they are of the last step of each sequence alone.
    """

    values: NDArray[np.float64]
    classes: tuple[str, ...]
    notes: tuple[Told, ...]
    ends_only: bool = False


def check_step_options(reading: Reading) -> None:
    """Refuse options on targets of steps that do not go together.

    Raises:
        OptionError: The message says what to type.
    """
    if reading.remaining and reading.target is not None:
        raise OptionError(
            f"--remaining makes the target itself, and --target {named(reading.target)} names another; leave one out"
        )
    if reading.cap is not None and not reading.remaining:
        raise OptionError("--cap is of --remaining, the steps left to the end of a sequence; type that too")
    if reading.test_labels is not None and not (reading.remaining and reading.test is not None):
        raise OptionError(
            "--test-labels has the steps left after the last row of each sequence in --test; type --remaining --test"
            " FILE too, or leave it out where the test file has the target itself"
        )
    if reading.per_step and not reading.remaining and reading.target is None:
        raise OptionError("--per-step: which column is told of each step? Name it with --target")


def goals_left(rows: Rows, cap: int | None) -> Goals:
    """The steps left to the end of its sequence, at each step: 0 at the last one."""
    longest = int(rows.lengths.max())
    left = (rows.lengths[:, None] - 1 - np.arange(longest)).astype(np.float64)
    left[left < 0.0] = np.nan
    note = Told("the target is the steps left to the end of each sequence")
    return Goals(_capped(left, cap), (), (_upto(note, cap),))


def goals_of_ends(rows: Rows, path: str, cap: int | None) -> Goals:
    """The steps left after the last row of each sequence, which alone is tested; by a file with a number for each.

    Raises:
        DataError: The file has not one number for each sequence.
    """
    name, frame = named(Path(path).name), read_frame(path)
    found, key = _one_number_a_row(frame, rows, name)
    n = len(rows.lengths)
    if len(found) != n:
        raise DataError(
            f"{name}: got {counted(len(found), 'number')}, expected one for each of the {n:,} test"
            " sequences, in their order or with their name beside it"
        )
    bad = ~np.isfinite(found) | (found < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"{name}: got {found[row]:g} in row {row + 1:,}, expected steps left, 0 or more")
    values = np.full((n, int(rows.lengths.max())), np.nan)
    values[np.arange(n), rows.lengths - 1] = _capped(found, cap)
    note = _upto(_of_ends(name, key), cap)
    if cap is not None:
        note = Told("{note}; {count:,} of {total:,} were larger", note=note, count=int((found > cap).sum()), total=n)
    return Goals(values, (), (note,), ends_only=True)


def goals_of_column(column: pl.Series, rows: Rows) -> Goals:
    """A column's value at each step: a class where it is text or a few whole numbers, else a number.

    Raises:
        DataError: It has no value, or one value alone.
    """
    values, bad = numbers(column)
    text = known_text(column).gather(rows.order).to_list()
    there = np.array([cell is not None for cell in text])
    if not there.any():
        raise DataError(f"the target {named(column.name)} has no value at all; name another column with --target")
    flat = np.full(len(text), np.nan)
    classes: tuple[str, ...] = ()
    notes: list[Told] = []
    known = values[~np.isnan(values)]
    few = bad is None and (known == np.floor(known)).all() and len(np.unique(known)) <= MOST_CLASSES
    if bad is None and not few:
        flat = values[rows.order]
    else:
        labels, classes, said = classes_of([cell for cell in text if cell is not None])
        flat[there] = labels
        notes += said
    if few:
        notes.append(
            Told(
                "the target {name} has whole numbers, {names}: taken as classes; --task regress-steps takes them "
                "as numbers",
                name=named(column.name),
                names=listed(classes),
            )
        )
    missing = int(np.isnan(flat).sum())
    if missing:
        notes.append(
            Told(
                "{rows} without {name} are read, but neither learned nor tested",
                rows=counted(missing, "row"),
                name=named(column.name),
            )
        )
    goals = np.full((len(rows.lengths), int(rows.lengths.max())), np.nan)
    goals[np.arange(goals.shape[1]) < rows.lengths[:, None]] = flat
    return Goals(goals, classes, tuple(notes))


def with_goals(sequences: SequenceSet, goals: Goals, name: str) -> SequenceSet:
    """Sequences of whose steps something is told."""
    notes = (*sequences.notes, *goals.notes)
    return replace(
        sequences, goals=goals.values, goal=name, classes=goals.classes, ends_only=goals.ends_only, notes=notes
    )


def _one_number_a_row(frame: pl.DataFrame, rows: Rows, name: str) -> tuple[NDArray[np.float64], str | None]:
    """The numbers of a file in the order of the sequences, and the column that names them; None where they are in it.

    Raises:
        DataError: There is no column of numbers alone, or names that are no sequences'.
    """
    columns = {column.name: numbers(column) for column in frame.iter_columns()}
    if frame.width == 1:
        values, bad = next(iter(columns.values()))
        if bad is not None:
            raise DataError(f"{name}: got {quoted(frame[bad, 0])} in row {bad + 1:,}, expected a number in each row")
        return values, None
    wanted = {sequence: place for place, sequence in enumerate(rows.names)}
    keys = [column for column in columns if set(known_text(frame[column]).to_list()) == set(wanted)]
    others = [column for column, (_, bad) in columns.items() if bad is None and column not in keys]
    if len(keys) != 1 or len(others) != 1 or frame.height != len(wanted):
        raise DataError(
            f"{name}: got the columns {listed(frame.columns)}; expected one of numbers, or one with the"
            " name of each test sequence and one of numbers"
        )
    order = np.argsort([wanted[str(key)] for key in known_text(frame[keys[0]])])
    return columns[others[0]].values[order], keys[0]


def _of_ends(name: str, key: str | None) -> Told:
    """What is said of a file of what is left behind the ends."""
    if key is None:
        return Told(
            "{name} has the steps left after the last row of each sequence, in their order, which alone is tested",
            name=name,
        )
    return Told(
        "{name} has the steps left after the last row of each sequence by {key}, which alone is tested",
        name=name,
        key=named(key),
    )


def _capped(left: NDArray[np.float64], cap: int | None) -> NDArray[np.float64]:
    return left if cap is None else np.minimum(left, cap)


def _upto(note: Told, cap: int | None) -> Told:
    return note if cap is None else Told("{note}, more than {cap:,} counted as {cap:,}", note=note, cap=cap)
