"""A table, one row a time step, made one or several series."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gatewise.data.calendar import find_calendar
from gatewise.data.columns import distinct, numbers
from gatewise.data.covariates import found_covariates, wanted_covariates
from gatewise.data.embedded import NO_CATEGORIES, places
from gatewise.data.gaps import placed
from gatewise.data.layout import laid, named_columns
from gatewise.data.missing import proposals, without
from gatewise.data.order import Ordered, in_order
from gatewise.data.readers import reader_of
from gatewise.data.readers.raw import Table
from gatewise.data.reading import NOTHING_SAID
from gatewise.data.resample import resampled
from gatewise.data.seasons import MOST_STEPS, seasons
from gatewise.data.series import Series, moment
from gatewise.data.several import SINGLE, members, refuse_glued
from gatewise.data.split import origins
from gatewise.data.times import TimeColumn, time_of
from gatewise.data.totals import sums_up, without_totals
from gatewise.data.typed import typed
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.calendar import Calendar
    from gatewise.data.covariates import Covariates
    from gatewise.data.embedded import Categories
    from gatewise.data.gaps import Placed
    from gatewise.data.layout import Laid
    from gatewise.data.reading import Reading
    from gatewise.data.several import Members

FEWEST_STAMPS = 2
"""So few stamps have one distance, or none."""

EXPLAINED = 0.9
"""Least share of the distances in time that a step has to explain; else the rows keep no step."""


def read_table(source: object, reading: Reading = NOTHING_SAID, *, taught: bool = False) -> Table:
    """Read a table, its missing values and its numbers as they are written.

    Args:
        source: What a reader of tables takes: a path, a polars or pandas frame, or a mapping of columns.
        reading: Says what is missing and which mark is the decimal mark.
        taught: Whether an earlier table taught the decimal mark, see `typed`.

    Raises:
        DataError: If the file cannot be read as a table of named columns with at least one row, or its numbers are
            written in two ways.
    """
    read = reader_of(source, "table", reading).read(source)
    assert isinstance(read, Table | pl.DataFrame)  # a reader of tables
    table = read if isinstance(read, Table) else Table(read)
    what = named(Path(source).name) if isinstance(source, str | Path) else "the table"
    if not table.frame.width or not table.frame.height:
        raise DataError(
            f"{what} has {'column names but no rows' if table.frame.width else 'no columns'}; expected data below them"
        )
    if reading.missing:
        frame, notes = without(table.frame, reading.missing)
        table = table.having(frame, *notes)
    table = typed(without_totals(table), reading, taught=taught)
    return table.having(table.frame, *sums_up(table), *proposals(table.frame))


def read_frame(source: object, reading: Reading = NOTHING_SAID) -> pl.DataFrame:
    """The rows of `read_table`."""
    return read_table(source, reading).frame


def to_series(
    frame: pl.DataFrame,
    reading: Reading,
    *,
    features: Sequence[str] | None = None,
    categories: Categories = NO_CATEGORIES,
    source: str = "table",
    calendar: Calendar | None = None,
) -> Series:
    """Make one or several series of a table.

    Args:
        frame: As `read_frame` gives it.
        reading: How to read it; it names the targets.
        features: The targets and the covariates wanted, in this order, for data to predict on; None takes every
            column of numbers that moves, and every category.
        categories: Values of those that are whole numbers of a category, by name, for data to predict on.
        source: Name of the data, for display.
        calendar: How time goes on, for data to predict on; None finds it.

    Raises:
        DataError: If a column cannot be used as it is.
        OptionError: If an option names no column, or nothing that can be done.
    """
    return series_of(chosen(frame, reading, features, source, categories), reading, features, calendar)


@dataclass(frozen=True, eq=False)
class Chosen:
    """What series are made of: the columns that are used, without the rest of the table, which may go.

    Attributes:
        targets: Names of the columns to forecast.
        keys: Names of the columns that name the series.
        columns: The targets, then the covariates, by the names of the features.
        clock: The time of the rows.
        whose: The series of each row.
        known: Features that are known ahead.
        categories: Values of the features that are whole numbers of a category, by name.
        source: Name of the data, for display.
        notes: What is said before the notes on the order of the rows, and after them.
    """

    targets: tuple[str, ...]
    keys: tuple[str, ...]
    columns: dict[str, pl.Series]
    clock: TimeColumn
    whose: Members
    known: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    source: str
    notes: tuple[tuple[Told, ...], tuple[Told, ...]]


def chosen(
    frame: pl.DataFrame,
    reading: Reading,
    features: Sequence[str] | None = None,
    source: str = "table",
    categories: Categories = NO_CATEGORIES,
) -> Chosen:
    """Choose the columns of a table that its series are made of; see `to_series`."""
    table = laid(frame, reading)
    _check_options(table, reading, features)
    clock = _clock(table, reading, features)
    taken = {*table.targets, *table.keys, *clock.columns, *clock.idle}
    if not table.keys and reading.series != SINGLE and reading.duplicates is None and not reading.every:
        refuse_glued(table.frame, clock, taken)
    for target in table.targets:
        _check_target(table.frame, target, constant=features is not None)
    found = _covariates(table.frame, taken, None if features is None else features[len(table.targets) :], categories)
    idle = (
        [Told("left out, the time once more or a number of the row: {names}", names=listed(clock.idle))]
        if clock.idle
        else []
    )
    return Chosen(
        targets=table.targets,
        keys=table.keys,
        columns={target: table.frame[target] for target in table.targets} | found.columns,
        clock=clock,
        whose=members(table.frame, table.keys),
        known=_known_ahead(table, reading, tuple(found.columns), taken),
        categories=found.categories,
        source=source,
        notes=((*table.notes, *clock.notes), (*found.notes, *idle)),
    )


def series_of(
    found: Chosen, reading: Reading, features: Sequence[str] | None = None, calendar: Calendar | None = None
) -> Series:
    """Make series of the columns that were chosen, which are used up; see `to_series`."""
    clock, names = found.clock, tuple(found.columns)
    codes = places(names, found.categories)
    rows = in_order(
        _stacked(found.columns),
        clock.stamps,
        found.whose.of,
        reading.duplicates,
        clock.name or "",
        repeats=bool(reading.every),
        codes=codes,
    )
    if reading.every:
        rows = resampled(rows, reading.every, reading.aggregate or "mean", codes)
    calendar, doubts = (calendar, []) if calendar else _calendar(rows, reading)
    if features is not None and calendar is not None:
        _check_step(rows, calendar, clock.name or "")
    placed_ = placed(rows, calendar, reading.gaps)
    before, after = found.notes
    return Series(
        targets=found.targets,
        time=clock.name,
        features=names,
        values=placed_.values,
        stamps=placed_.stamps,
        duplicates=reading.duplicates,
        source=found.source,
        notes=(*before, *rows.notes, *doubts, *placed_.notes, *after),
        timeline=placed_.timeline,
        keys=found.keys,
        names=found.whose.names,
        calendar=calendar,
        seasons=() if features is not None else _seasons(placed_, calendar),
        inserted=placed_.inserted,
        known=found.known,
        zone=clock.writing.shown,
        writing=clock.writing,
        as_filed=not rows.notes and not placed_.inserted and not reading.every,
        categories=found.categories,
    )


def _stacked(columns: dict[str, pl.Series]) -> NDArray[np.float64]:
    """The columns beside each other, shape (rows, features); each is let go once it stands there."""
    names = list(columns)
    values = np.empty((len(columns[names[0]]), len(names)))
    for place, name in enumerate(names):
        column = numbers(columns.pop(name)).values
        _refuse_infinite(name, column)
        values[:, place] = column
    return values


def _seasons(rows: Placed, calendar: Calendar | None) -> tuple[int, ...]:
    """The seasons of the first target, in the steps before the first test step alone."""
    steps = rows.timeline.steps
    early: slice | NDArray[np.bool_]
    if rows.timeline.unbroken:  # of a long table the last of these steps are all that is looked at
        count = int(np.searchsorted(steps, steps[0] + origins(steps, 1)[0]))
        early = slice(max(0, count - MOST_STEPS), count)
    else:
        early = steps - steps.min() < origins(steps, 1)[0]
    return seasons(rows.values[early, 0], steps[early], calendar, rows.timeline.members[early])


def _check_options(table: Laid, reading: Reading, features: Sequence[str] | None) -> None:
    frame, targets = table.frame, table.targets
    names = [named(name) for name in frame.columns]
    for option, wanted in (("--target", targets), ("--series", table.keys)):
        for name in wanted:
            if name not in frame.columns:
                raise OptionError(f"{option} {named(name)}: there is no such column; {nearest(name, names)}")
    if reading.time in targets:
        raise OptionError(f"--target and --time both name {listed(targets)}; the target is the column to forecast")
    if set(targets) & set(table.keys):
        raise OptionError(f"--target and --series both name {listed(table.keys)}; the target is the column to forecast")
    if features is not None and tuple(features[: len(targets)]) != targets:
        raise OptionError(f"features must start with the target {listed(targets)}; got {listed(features)}")


def _known_ahead(table: Laid, reading: Reading, columns: tuple[str, ...], taken: set[str]) -> tuple[str, ...]:
    """The features of the columns that ``--known`` names: a category has several.

    Raises:
        OptionError: A column is not there, or is no covariate.
    """
    found: list[str] = []
    for option, typed_names in (("--known", reading.known), ("--keep", reading.keep)):
        for name in named_columns(table.frame, typed_names) if typed_names else ():
            if name not in table.frame.columns:
                raise OptionError(
                    f"{option} {named(name)}: there is no such column; {nearest(name, map(named, table.frame.columns))}"
                )
            features = [column for column in columns if column == name or column.startswith(f"{name}=")]
            if not features and name in taken:
                raise OptionError(f"{option} {named(name)}: it is the target, the time or a series; leave it out")
            found += features if option == "--known" else []
    return tuple(found)


def _clock(table: Laid, reading: Reading, features: Sequence[str] | None) -> TimeColumn:
    """The time column: named, found, or none."""
    clock = time_of(table.frame, {*table.targets, *table.keys, *(features or ())}, replace(reading, time=table.time))
    if reading.duplicates is not None and clock.name is None:
        raise OptionError("--duplicates needs a time column and none was found; name it with --time, or leave it out")
    return clock


def _calendar(rows: Ordered, reading: Reading) -> tuple[Calendar | None, list[Told]]:
    """How time goes on, by the stamps of all series; what to say where they keep no step.

    Raises:
        OptionError: The stamps keep no step, and the user did not say that it does not matter.
    """
    if rows.stamps is None:
        return None, []
    stamps = distinct(rows.stamps)
    found = find_calendar(stamps)
    if len(stamps) <= FEWEST_STAMPS or (found.calendar is not None and found.explained >= EXPLAINED):
        return found.calendar, list(found.notes)
    if reading.gaps == "keep":
        return found.calendar, [Told("the time stamps keep no step: the rows are taken as evenly spaced")]
    share = f"{found.explained:.0%} of the distances in time" if found.calendar else "none of the distances in time"
    step = f" a step of {found.calendar.text} explains" if found.calendar else " one step explains"
    raise OptionError(
        f"the rows keep no step in time:{step} {share}, expected {EXPLAINED:.0%}. Type: --every STEP --aggregate mean, "
        "such as --every 1h, to make rows of equal steps, or --gaps keep to take the rows as evenly spaced"
    )


def _check_step(rows: Ordered, calendar: Calendar, time: str) -> None:
    """Refuse a table to predict on whose step is not the model's.

    Raises:
        DataError: The stamps lie beside the calendar's steps, or several of its steps apart.
    """
    if rows.stamps is None or len(rows.stamps) < 2:
        return
    numbers_, on_grid = calendar.numbers(rows.stamps)
    ahead = np.diff(numbers_)[np.diff(rows.members) == 0]
    usual = int(np.sort(ahead)[(len(ahead) - 1) // 2]) if len(ahead) else 1
    if on_grid.mean() >= EXPLAINED and usual == 1:
        return
    found = find_calendar(distinct(rows.stamps))
    got = f"a step of {found.calendar.text}" if found.calendar else "no regular step"
    if found.calendar is not None and found.calendar.text == calendar.text and not on_grid.all():
        raise DataError(
            f"the times of {named(time)}, such as {moment(rows.stamps[int(np.argmin(on_grid))])}, lie beside the steps "
            f"of {calendar.text} that the model was trained on, such as {moment(calendar.stamps(numbers_[:1])[0])}"
            ". Write the times as in training, or train a model on these"
        )
    first = f", such as {moment(rows.stamps[int(np.argmin(on_grid))])}" if not on_grid.all() else ""
    raise DataError(
        f"the times of {named(time)} have {got}{first}; the model was trained on a step of {calendar.text}. Bring rows "
        "of that step, or train a model on these"
    )


def _check_target(frame: pl.DataFrame, target: str, *, constant: bool) -> None:
    """Refuse a target without a known number, or of one number throughout where ``constant`` does not allow it."""
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
        if constant:
            raise DataError(
                f"no row has a value of {named(target)}; bring the rows before those to forecast too, in the same table"
            )
        raise DataError(f"the target {named(target)} has no value at all; name another column with --target")
    if not constant and (known == known[0]).all():
        raise DataError(
            f"the target {named(target)} is {known[0]:g} in every row; there is nothing to forecast: name another "
            "column with --target"
        )


def _covariates(
    frame: pl.DataFrame, taken: set[str], wanted: Sequence[str] | None, categories: Categories
) -> Covariates:
    """The covariates that a model was trained with, or those found where ``wanted`` is None."""
    if wanted is None:
        return found_covariates(frame, [name for name in frame.columns if name not in taken])
    return wanted_covariates(frame, wanted, categories)


def _refuse_infinite(name: str, column: NDArray[np.float64]) -> None:
    infinite = np.isinf(column)
    if infinite.any():
        raise DataError(
            f"column {named(name)} has {counted(int(infinite.sum()), 'infinite value')}, the first in row "
            f"{int(np.argmax(infinite)) + 1:,}; leave a cell empty to mark it as missing"
        )
