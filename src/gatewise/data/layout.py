"""Where the series stand in a table.

Long: a row a time (and series). Wide: a column a series. Rows: a row a series, its steps from left to right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.columns import is_text, numbers
from gatewise.data.months import MONTHS
from gatewise.data.stamps import read_stamps
from gatewise.data.timenames import words_of
from gatewise.errors import OptionError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.reading import Reading

VALUE, SERIES, STEP = "value", "series", "step"
"""Names of the columns of a table that was turned: the target, the name of the series, the time."""

LABELS = frozenset(
    {"label", "labels", "class", "classes", "target", "y", "klasse", "category", "activity", "diagnosis"}
)
"""Words for a column that says the class of a sequence."""

FEWEST_STEPS_A_ROW = 24
"""A table with fewer columns of numbers is not suspected of having a series in each row."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A long table, and what is known of it.

    Attributes:
        frame: A row a time and series.
        targets: Columns to forecast.
        keys: Columns that name the series.
        time: Column that orders the rows, where the layout says it.
        notes: What was done.
    """

    frame: pl.DataFrame
    targets: tuple[str, ...]
    keys: tuple[str, ...]
    time: str | None
    notes: tuple[Told, ...] = ()


def laid(frame: pl.DataFrame, reading: Reading) -> Laid:
    """The table with a row a time and series.

    Raises:
        OptionError: The options do not fit the layout, or the rows look like a series each.
    """
    if reading.layout == "rows":
        return _from_rows(frame, reading)
    if reading.layout == "wide":
        return _from_columns(frame, reading)
    targets = named_columns(frame, reading.target or "")
    keys = () if reading.series in (None, "none") else named_columns(frame, reading.series)
    if reading.layout is None and not keys and reading.time is None:
        _refuse_series_a_row(frame)
    return Laid(frame, targets, keys, reading.time)


def named_columns(frame: pl.DataFrame, typed: str) -> tuple[str, ...]:
    """The columns that an option names: one, or several with commas between them."""
    if typed in frame.columns:
        return (typed,)
    return tuple(dict.fromkeys(name.strip() for name in typed.split(",") if name.strip()))


def _from_columns(frame: pl.DataFrame, reading: Reading) -> Laid:
    """A long table of one with a column a series: those of ``--target``, or all columns of numbers."""
    if reading.series is not None:
        raise OptionError("--series belongs to a long table; with --layout wide each column is a series: leave it out")
    usable = [
        column.name for column in frame.iter_columns() if numbers(column).bad is None and column.name != reading.time
    ]
    chosen = list(named_columns(frame, reading.target)) if reading.target else usable
    if len(chosen) < 2:
        raise OptionError(f"--layout wide: got {counted(len(chosen), 'column')} of numbers, expected a column a series")
    kept = [name for name in frame.columns if name not in usable and name not in chosen]
    numbered = frame.select(
        *(pl.col(name) for name in kept), *(pl.Series(name, numbers(frame[name]).values) for name in chosen)
    )
    turned = numbered.unpivot(chosen, index=kept, variable_name=SERIES, value_name=VALUE)
    note = Told("{count:,} columns are a series each: {names}", count=len(chosen), names=listed(chosen))
    return Laid(turned, (VALUE,), (SERIES,), reading.time, (note,))


def _from_rows(frame: pl.DataFrame, reading: Reading) -> Laid:
    """A long table of one with a series in each row; empty cells at the end of a row are no steps of it."""
    if reading.target not in (None, VALUE) or reading.time is not None:
        raise OptionError("--layout rows: the cells of a row are its series; leave out --target and --time")
    names = [column.name for column in frame.iter_columns() if numbers(column).bad is not None]
    keys = list(named_columns(frame, reading.series)) if reading.series else names[:1]
    cells = [name for name in frame.columns if name not in keys and name not in names]
    if len(cells) < 2:
        raise OptionError(f"--layout rows: got {counted(len(cells), 'column')} of numbers, expected a step in each")
    named_rows = frame.select(keys) if keys else pl.DataFrame({SERIES: [str(k + 1) for k in range(len(frame))]})
    keys = keys or [SERIES]
    stamps = read_stamps(pl.Series(cells), bare=True)
    whole = stamps is not None and stamps.bad is None and not stamps.orders
    wide = named_rows.hstack([pl.Series(str(k), numbers(frame[cell]).values) for k, cell in enumerate(cells)])
    turned = wide.unpivot([str(k) for k in range(len(cells))], index=keys, variable_name=STEP, value_name=VALUE)
    turned = turned.with_columns(pl.col(STEP).cast(pl.Int64), pl.col(VALUE).fill_nan(None))
    ends = turned.filter(pl.col(VALUE).is_not_null()).group_by(keys).agg(pl.col(STEP).max().alias("__last"))
    turned = turned.join(ends, on=keys, how="inner").filter(pl.col(STEP) <= pl.col("__last")).drop("__last")
    time = None
    if whole:
        assert stamps is not None
        turned = turned.with_columns(pl.Series(STEP, stamps.values)[turned[STEP]].alias(STEP))
        time = STEP
    else:
        turned = turned.drop(STEP)
    note = Told(
        "each of {rows:,} rows is a series of {steps:,} steps at most, named by {names}",
        rows=len(frame),
        steps=len(cells),
        names=listed(keys),
    )
    if len(names) > 1 and not reading.series:
        note = Told("{note}; left out, text: {names}", note=note, names=listed(names[1:]))
    return Laid(turned, (VALUE,), tuple(keys), time, (note,))


def _refuse_series_a_row(frame: pl.DataFrame) -> None:
    """Refuse a table whose columns are steps by their names: its rows are likely to be a series each."""
    cells, what = _steps_across(frame)
    if not cells:
        return
    label = label_of(frame)
    if label is not None:
        raise OptionError(f"{labelled(frame, label)}. If a row is a step in time, type: --layout long")
    if what == "months":
        raise OptionError(
            f"the columns are months, {named(cells[0])} to {named(cells[-1])}: each of the {len(frame):,} rows seems to"
            " hold a year of one series. Make a row of each month, in columns year, month and value. If each row is a"
            " series, type: --layout rows; if it is a step in time, type: --layout long"
        )
    raise OptionError(
        f"the columns are {what}, {named(cells[0])} to {named(cells[-1])}: "
        f"does each of the {len(frame):,} rows hold a series, from left to right? Type: --layout rows. If a row is "
        f"a step in time, type: --layout long (got {quoted(cells[0])} as the first column of numbers)"
    )


def _steps_across(frame: pl.DataFrame) -> tuple[list[str], str]:
    """Columns of numbers that are steps by their names, and what they are; at most a fifth of all are others."""
    if frame.width < 12:
        return [], ""
    numeric = [
        column.name
        for column in frame.iter_columns()
        if not is_text(column) or (numbers(column.head(9)).bad is None and numbers(column).bad is None)
    ]
    months = [name for name in numeric if name.strip().lower().rstrip(".") in MONTHS]
    if len(months) >= 12 and len({MONTHS[name.strip().lower().rstrip(".")] for name in months}) == 12:
        return months, "months"
    if len(numeric) < FEWEST_STEPS_A_ROW:
        return [], ""
    parts = pl.Series(numeric).str.extract_groups(r"^(\D*)(\d+)$")
    prefix = parts.struct.field("1").drop_nulls().mode()
    cells = [name for name, of in zip(numeric, parts.struct.field("1"), strict=True) if len(prefix) and of == prefix[0]]
    digits = pl.Series(cells, dtype=pl.String).str.extract(r"(\d+)$", 1).cast(pl.Int64, strict=False)
    if _most(cells, frame) and bool((digits.diff().drop_nulls() == 1).all()):
        return cells, "numbered through"
    for ahead in range(3):
        cells = numeric[ahead:]
        dates = read_stamps(pl.Series(cells), bare=True) if _most(cells, frame) else None
        if dates is not None and dates.bad is None:
            return cells, "dates"
    return [], ""


def _most(cells: list[str], frame: pl.DataFrame) -> bool:
    return len(cells) >= max(FEWEST_STEPS_A_ROW, 0.8 * frame.width)


def label_of(frame: pl.DataFrame) -> str | None:
    """The column that says the class of each row of a table with a sequence a row; None for another table."""
    cells, what = _steps_across(frame)
    if not cells or what == "months":
        return None
    for name in frame.columns:
        values = frame[name].n_unique()
        if name not in cells and words_of(name) & LABELS and 2 <= values <= max(2, len(frame) / 2):
            return name
    return None


def labelled(frame: pl.DataFrame, label: str) -> str:
    """What to say of a table with a labelled sequence a row."""
    cells, what = _steps_across(frame)
    return (
        f"the columns are {what}, {named(cells[0])} to {named(cells[-1])}, and {named(label)} has "
        f"{counted(frame[label].n_unique(), 'value')} in {len(frame):,} rows: each row looks like a labelled sequence. "
        "To classify them, put the class into the first column, leave out the others, and type: --layout ucr without "
        "--target; or bring them as .npz or .ts"
    )
