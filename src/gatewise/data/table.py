"""A table of numbers, one row a time step, made a `Series`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.columns import numbers
from gatewise.data.missing import proposals, without
from gatewise.data.readers import reader_of
from gatewise.data.readers.raw import RawSequences, Table
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.shapes import Series, moment
from gatewise.data.times import DUPLICATES, found_time, named_time, ordered
from gatewise.data.totals import sums_up, without_totals
from gatewise.data.typed import typed
from gatewise.errors import DataError, OptionError, nearest
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.reading import Reading


def read_table(source: object, reading: Reading = NOTHING_SAID) -> Table:
    """Read a table, its missing values and its numbers as they are written.

    Args:
        source: What a reader of tables takes: a path, a polars or pandas frame, or a mapping of columns.
        reading: Says what is missing and which mark is the decimal mark.

    Raises:
        DataError: If the file cannot be read as a table of named columns with at least one row, or its numbers are
            written in two ways.
    """
    read = reader_of(source, "table").read(source)
    assert not isinstance(read, RawSequences)  # a reader of tables
    table = read if isinstance(read, Table) else Table(read)
    what = named(Path(source).name) if isinstance(source, str | Path) else "the table"
    if not table.frame.width or not table.frame.height:
        raise DataError(
            f"{what} has {'column names but no rows' if table.frame.width else 'no columns'}; expected data below them"
        )
    if reading.missing:
        frame, notes = without(table.frame, reading.missing)
        table = table.having(frame, *notes)
    table = typed(without_totals(table), reading)
    return table.having(table.frame, *sums_up(table), *proposals(table.frame))


def read_frame(source: object, reading: Reading = NOTHING_SAID) -> pl.DataFrame:
    """The rows of `read_table`."""
    return read_table(source, reading).frame


def to_series(
    frame: pl.DataFrame, reading: Reading, *, features: Sequence[str] | None = None, source: str = "table"
) -> Series:
    """Make a series of a table.

    Args:
        frame: As `read_frame` gives it.
        reading: How to read it; it names the target.
        features: The target and the covariates wanted, in this order, for data to predict on; None takes every
            column of numbers that moves.
        source: Name of the data, for display.

    Raises:
        DataError: If a column cannot be used as it is.
        OptionError: If an option names no column, or nothing that can be done.
    """
    target, time, duplicates = reading.target, reading.time, reading.duplicates
    assert target is not None  # asked for where the data are looked at
    _check_options(frame, target, time, duplicates, features)
    taken = {target, *(features or ())}
    clock = named_time(frame[time]) if time is not None else found_time(frame, taken)
    if duplicates is not None and clock.name is None:
        raise OptionError("--duplicates needs a time column and none was found; name it with --time, or leave it out")
    goal = _target_values(frame, target, constant=features is not None)
    covariates = [name for name in features or frame.columns if name not in (target, clock.name)]
    if features is None:
        columns, notes = _moving(frame, covariates)
    else:
        columns, notes = {name: _demanded(frame[name]) for name in covariates}, []
    values = np.column_stack([goal, *columns.values()])
    _refuse_infinite((target, *columns), values)
    values, clock = ordered(clock, values, duplicates)
    series = Series(target, clock.name, (target, *columns), values, clock.stamps, duplicates, source)
    return replace(series, notes=(*clock.notes, *_step_notes(series), *notes))


def _check_options(
    frame: pl.DataFrame, target: str, time: str | None, duplicates: str | None, features: Sequence[str] | None
) -> None:
    names = [named(name) for name in frame.columns]
    for option, wanted in (("--target", target), ("--time", time)):
        if wanted is not None and wanted not in frame.columns:
            raise OptionError(f"{option} {named(wanted)}: there is no such column; {nearest(wanted, names)}")
    if target == time:
        raise OptionError(f"--target and --time both name {named(target)}; the target is the column to forecast")
    if duplicates is not None and duplicates not in DUPLICATES:
        raise OptionError(f"--duplicates {quoted(duplicates)}: expected one of {', '.join(DUPLICATES)}")
    if features is not None and (not features or features[0] != target):
        raise OptionError(f"features must start with the target {named(target)}; got {listed(features)}")
    lacking = [name for name in features or () if name not in frame.columns]
    if lacking:
        raise DataError(f"the table lacks {listed(lacking)}, expected as in training; {nearest(lacking[0], names)}")


def _target_values(frame: pl.DataFrame, target: str, *, constant: bool) -> NDArray[np.float64]:
    """The target as numbers, at least one of them known; all alike only where ``constant`` allows it."""
    values, bad = numbers(frame[target])
    if bad is not None:
        shown = str(frame[target][bad])
        hint = " (write numbers with a decimal point and no thousands mark)" if re.search(r"\d,\d", shown) else ""
        usable = [name for name in frame.columns if name != target and numbers(frame[name]).bad is None]
        raise DataError(
            f"the target {named(target)} holds {quoted(shown)} in row {bad + 1:,}; expected numbers only{hint}. "
            f"Columns of numbers: {listed(usable) or 'none'}"
        )
    known = values[~np.isnan(values)]
    if not len(known):
        raise DataError(f"the target {named(target)} has no value at all; name another column with --target")
    if not constant and (known == known[0]).all():
        raise DataError(
            f"the target {named(target)} is {known[0]:g} in every row; there is nothing to forecast: name another "
            "column with --target"
        )
    return values


def _moving(frame: pl.DataFrame, names: Sequence[str]) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """The columns of numbers that move, and notes that name the others."""
    kept: dict[str, NDArray[np.float64]] = {}
    left: dict[str, list[str]] = {"text or dates": [], "no values": [], "constant": []}
    for name in names:
        values, bad = numbers(frame[name])
        known = values[~np.isnan(values)]
        if bad is not None:
            # Where the column is mostly numbers the one cell that spoils it is worth showing.
            slip = f" ({quoted(frame[name][bad], 20)} in row {bad + 1:,})" if len(known) > len(values) / 2 else ""
            left["text or dates"].append(named(name) + slip)
        elif not len(known):
            left["no values"].append(named(name))
        elif (known == known[0]).all():
            left["constant"].append(named(name))
        else:
            kept[name] = values
    return kept, [f"left out, {why}: {', '.join(names)}" for why, names in left.items() if names]


def _demanded(column: pl.Series) -> NDArray[np.float64]:
    values, bad = numbers(column)
    if bad is not None:
        raise DataError(
            f"column {named(column.name)} holds {quoted(column[bad])} in row {bad + 1:,}; expected numbers only"
        )
    return values


def _refuse_infinite(names: Sequence[str], values: NDArray[np.float64]) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        column = int(np.argmax(infinite.any(axis=0)))
        count, row = int(infinite[:, column].sum()), int(np.argmax(infinite[:, column]))
        raise DataError(
            f"column {named(names[column])} has {counted(count, 'infinite value')}, the first in row {row + 1:,}; "
            "leave a cell empty to mark it as missing"
        )


def _step_notes(series: Series) -> list[str]:
    """A note on the time steps that are not the usual one."""
    gaps = series.irregular
    if not len(gaps) or series.stamps is None:
        return []
    return [
        f"{len(gaps):,} of {counted(len(series.values) - 1, 'time step')} not {series.step_text()}, the first after "
        f"{moment(series.stamps[gaps[0] - 1])}; the rows are taken as evenly spaced"
    ]
