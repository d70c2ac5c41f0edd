"""A table of numbers, one row a time step: read from a file or from memory, and made a `Series`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.columns import known_text, numbers
from gatewise.data.shapes import Series, moment
from gatewise.data.source import READABLE, TABLE_ENDINGS, content, existing, has_ending
from gatewise.data.source import text as text_of
from gatewise.data.times import DUPLICATES, found_time, named_time, ordered
from gatewise.errors import DataError, OptionError, nearest
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|\?", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
_DECIMAL_COMMA = r"^[+-]?\d*,\d+([eE][+-]?\d+)?$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2},\d{3}$"


def read_frame(source: object) -> pl.DataFrame:
    """Read a table.

    Args:
        source: A path (.csv, .tsv, .txt, also gzipped, or .parquet), a polars or pandas frame, or a mapping of
            columns. Cells of text files are kept as text; `to_series` reads them.

    Raises:
        DataError: If the file cannot be read as a table with a line of column names and at least one row.
    """
    if isinstance(source, str | Path):
        frame = _read_file(existing(source))
        what = named(Path(source).name)
    else:
        frame, what = _read_memory(source), "the table"
    if not frame.width or not frame.height:
        raise DataError(
            f"{what} has {'column names but no rows' if frame.width else 'no columns'}; wanted data below them"
        )
    return frame


def to_series(
    frame: pl.DataFrame,
    *,
    target: str,
    time: str | None = None,
    duplicates: str | None = None,
    features: Sequence[str] | None = None,
    source: str = "table",
) -> Series:
    """Make a series of a table.

    Args:
        frame: As `read_frame` gives it.
        target: Column to forecast.
        time: Column that orders the rows; found where None.
        duplicates: What to do with rows of one time stamp: first, last, mean; None refuses them.
        features: The target and the covariates wanted, in this order, for data to predict on; None takes every
            column of numbers that moves.
        source: Name of the data, for display.

    Raises:
        DataError: If a column cannot be used as it is.
        OptionError: If an option names no column, or nothing that can be done.
    """
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
        raise OptionError(f"--duplicates {quoted(duplicates)}: wanted one of {', '.join(DUPLICATES)}")
    if features is not None and (not features or features[0] != target):
        raise OptionError(f"features must start with the target {named(target)}; got {listed(features)}")
    lacking = [name for name in features or () if name not in frame.columns]
    if lacking:
        raise DataError(f"the table lacks {listed(lacking)}, wanted as in training; {nearest(lacking[0], names)}")


def _target_values(frame: pl.DataFrame, target: str, *, constant: bool) -> NDArray[np.float64]:
    """The target as numbers, at least one of them known; all alike only where ``constant`` allows it."""
    values, bad = numbers(frame[target])
    if bad is not None:
        shown = str(frame[target][bad])
        hint = " (write numbers with a decimal point and no thousands mark)" if re.search(r"\d,\d", shown) else ""
        usable = [name for name in frame.columns if name != target and numbers(frame[name]).bad is None]
        raise DataError(
            f"the target {named(target)} holds {quoted(shown)} in row {bad + 1:,}; wanted numbers only{hint}. "
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
            f"column {named(column.name)} holds {quoted(column[bad])} in row {bad + 1:,}; wanted numbers only"
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


def _read_file(path: Path) -> pl.DataFrame:
    if path.is_dir() or not has_ending(path, TABLE_ENDINGS):
        raise DataError(f"{named(path.name)} is not a table that can be read; gatewise reads {READABLE}")
    try:
        if has_ending(path, (".parquet",)):
            return pl.read_parquet(content(path))
        return _read_text(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error) as error:
        raise DataError(
            f"{named(path.name)} cannot be read as a table: {quoted(error, 120)}; check the file"
        ) from error


def _read_text(path: Path) -> pl.DataFrame:
    """Read delimited text, every cell as text; the header is read by hand to see names that repeat."""
    text = text_of(path).lstrip("\r\n")
    first = text.partition("\n")[0].rstrip("\r")
    bare = re.sub('"[^"]*"', "", first)
    mark = "\t" if has_ending(path, (".tsv", ".tsv.gz")) and "\t" in bare else max(",;\t", key=bare.count)
    header = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=mark))]
    _check_header(path, first, header)
    try:
        frame = pl.read_csv(text.encode(), separator=mark, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _ragged(path, text, mark, len(header)) or error from error
    frame.columns = [name or f"unnamed: {place}" for place, name in enumerate(header)]
    frame = frame.filter(pl.int_range(pl.len()) <= pl.any_horizontal(pl.all().is_not_null()).arg_true().max())
    return frame if mark == "," else _decimal_points(frame)


def _ragged(path: Path, text: str, mark: str, wanted: int) -> DataError | None:
    """The error for the first row of more cells than the header has names; None where there is no such row."""
    rows = csv.reader(io.StringIO(text), delimiter=mark)
    for row in rows:
        if len(row) > wanted:
            return DataError(
                f"{named(path.name)}, line {rows.line_num:,}: {counted(len(row), 'cell')} came; wanted {wanted} as in "
                f"the first line, cells separated by {quoted(mark)}; put a cell that holds {quoted(mark)} in quotes"
            )
    return None


def _check_header(path: Path, first: str, header: list[str]) -> None:
    cells = header if len(header) > 1 else first.split()
    if all(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell) for cell in cells if cell):
        places = range(1, len(cells) + 1)
        columns = (
            ",".join(f"column{place}" for place in places) if len(cells) < 10 else f"column1,...,column{len(cells)}"
        )
        raise DataError(
            f"the first line of {named(path.name)} holds data, {quoted(first)}; wanted column names separated by "
            f"commas: add a first line such as {columns}"
        )
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise DataError(f"{named(path.name)} has several columns of one name: {listed(repeated)}; rename all but one")


def _decimal_points(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn decimal commas into points, where some number shows that a comma is not a thousands mark."""
    commas = []
    certain = False
    for column in frame.iter_columns():
        known = known_text(column).drop_nulls()
        numeric = known.cast(pl.Float64, strict=False).is_not_null() | known.str.contains(_DECIMAL_COMMA)
        if len(known) and numeric.all() and known.str.contains(",", literal=True).any():
            commas.append(column.name)
            certain |= not known.filter(known.str.contains(",")).str.contains(_THOUSANDS).all()
    return frame.with_columns(pl.col(commas).str.replace(",", ".", literal=True)) if certain else frame


def _read_memory(source: object) -> pl.DataFrame:
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if isinstance(source, pl.DataFrame):
        return source
    if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns"):
        return _from_pandas(source)
    if isinstance(source, Mapping):
        try:
            return pl.DataFrame({str(name): column for name, column in source.items()}, strict=False)
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            raise DataError(
                f"the mapping does not make a table: {quoted(error, 120)}; wanted one column of equal length a name"
            ) from error
    raise DataError(
        f"a {type(source).__name__} is not a table; wanted a path, a polars or pandas DataFrame, or a mapping such as "
        '{"time": [...], "y": [...]}'
    )


def _from_pandas(source: Any) -> pl.DataFrame:
    """Convert column by column, without pyarrow; an index that is not a plain count becomes a column."""
    if (
        source.index.nlevels > 1
        or getattr(source.index.dtype, "kind", "O") == "M"
        or "period" in str(source.index.dtype)
    ):
        source = source.reset_index()
    names = [str(name) for name in source.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"the DataFrame has several columns of one name: {listed(repeated)}; rename all but one")
    return pl.DataFrame([_pandas_column(name, source.iloc[:, place]) for place, name in enumerate(names)])


def _pandas_column(name: str, column: Any) -> pl.Series:
    kind = getattr(column.dtype, "kind", "O")
    if kind == "M":
        return pl.Series(name, column.to_numpy(dtype="datetime64[us]"))
    if kind in "iufb":
        missing = column.isna().any()
        return pl.Series(name, column.to_numpy(dtype=float, na_value=np.nan) if missing else column.to_numpy())
    return pl.Series(name, [None if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)])
