"""Several series in one table: named by columns, or recognised and asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gatewise.data.columns import distinct, is_text, known_text, numbers
from gatewise.data.counts import restarts
from gatewise.data.readers.raw import natural
from gatewise.data.timenames import part_of
from gatewise.errors import DataError, OptionError
from gatewise.text import counted, named, quoted, with_commas

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from gatewise.data.times import TimeColumn

JUMP = 0.5
"""A column that begins anew jumps back over this share of its range, at least."""

OFTEN = 0.75
"""Up to this many times a row, times come again often enough for whole numbers to name the series."""

FEWEST_TURNS = 16
"""Rows, at least, in which values may be seen to take turns."""

EVEN = 0.9
"""Share of rows that make a rule of what goes from row to row."""

SINGLE = "none"
"""What ``--series`` says where the rows are one series, whatever they look like."""


@dataclass(frozen=True, eq=False)
class Members:
    """Whose each row is.

    Attributes:
        of: Number of the series of each row, in file order, shape (rows,).
        names: The values of the key columns for each series, in natural order.
    """

    of: NDArray[np.int64]
    names: tuple[tuple[str, ...], ...]


def members(frame: pl.DataFrame, keys: Sequence[str]) -> Members:
    """The series that the columns ``keys`` name; one series without them.

    Raises:
        DataError: A row has no name.
    """
    if not keys:
        return Members(np.zeros(len(frame), dtype=np.int64), ((),))
    columns = [known_text(frame[key]) for key in keys]
    for column in columns:
        if column.null_count():
            raise DataError(
                f"column {named(column.name)} names the series and has {counted(column.null_count(), 'missing value')},"
                f" the first in row {int(column.is_null().arg_max() or 0) + 1:,}; fill in the name or take the row out"
            )
    table = pl.DataFrame(columns)
    firsts = _in_natural_order(table.unique(maintain_order=True))
    numbered = firsts.with_columns(pl.int_range(pl.len()).alias("__member"))
    of = table.join(numbered, on=list(table.columns), how="left", maintain_order="left")["__member"].to_numpy()
    return Members(of.astype(np.int64), tuple(tuple(str(value) for value in row) for row in firsts.iter_rows()))


def _in_natural_order(names: pl.DataFrame) -> pl.DataFrame:
    """The names sorted, numbers in them by size, so that the order of the rows changes nothing."""
    ranks = [{name: rank for rank, name in enumerate(natural(names[key].to_list()))} for key in names.columns]
    order = sorted(
        range(len(names)), key=lambda row: [rank[name] for rank, name in zip(ranks, names.row(row), strict=True)]
    )
    return names[order]


def refuse_glued(frame: pl.DataFrame, time: TimeColumn, taken: Collection[str]) -> None:
    """Refuse rows that look like several series, where nobody said that they are one.

    Args:
        frame: The table.
        time: Its time column.
        taken: Columns that name no series: targets and time.

    Raises:
        OptionError: Columns that name the series were found; the message names them.
        DataError: The rows look like several series, and no column names them.
    """
    if time.stamps is None:
        _refuse_blocks(frame, taken)
        return
    if not _repeats(time.stamps):
        _refuse_overlapping(frame, time, taken)
        _refuse_turns(frame, time, taken)
        return
    found = keys_of(frame, time.stamps, taken)
    if found:
        names = members(frame, found).names
        shown = with_commas([quoted(" ".join(name), 20) for name in names], 4)
        raise OptionError(
            f"the rows hold {len(names):,} series: every time of {named(time.name or '')} is there once for each "
            f"{' and '.join(named(key) for key in found)} ({shown}). Type: --series {_typed(found)}. To keep one of "
            "them, keep its rows alone"
        )
    begun = restarts(time.stamps)
    if len(begun):
        raise DataError(
            f"column {named(time.name or '')} begins anew in row {begun[0] + 1:,}, "
            f"{counted(len(begun), 'time')} in all: the rows look like {len(begun) + 1:,} series one below the "
            "other, and no column names them. Add a column that does, and type: --series COLUMN. If they are one "
            "series, type: --time none"
        )


def _refuse_overlapping(frame: pl.DataFrame, time: TimeColumn, taken: Collection[str]) -> None:
    """Refuse blocks of rows, each in time order, that lie over each other in time though no time repeats.

    Raises:
        OptionError: Names the column that has one value in each block, and another in the next.
    """
    assert time.stamps is not None
    begun = restarts(time.stamps)
    if not len(begun):
        return
    firsts, lasts = np.append(0, begun), np.append(begun, len(time.stamps)) - 1
    order = np.argsort(time.stamps[firsts], kind="stable")
    if (time.stamps[lasts][order][:-1] < time.stamps[firsts][order][1:]).all():
        return  # parts of one series, in another order
    for column in frame.iter_columns():
        if column.name not in taken and np.array_equal(np.flatnonzero((column != column.shift(1)).to_numpy()), begun):
            raise OptionError(
                f"column {named(time.name or '')} begins anew in row {begun[0] + 1:,}, {counted(len(begun), 'time')} in"
                f" all, as {named(column.name)} changes: the rows look like {len(firsts):,} series one below the other."
                f" Type: --series {_typed([column.name])}. If they are one series, type: --series {SINGLE}"
            )


def _refuse_turns(frame: pl.DataFrame, time: TimeColumn, taken: Collection[str]) -> None:
    """Refuse rows in which the values of a column of text take turns while the time goes on unevenly.

    Sensors that are read one after the other have a stamp each, so that none repeats.
    """
    assert time.stamps is not None
    if len(time.stamps) < FEWEST_TURNS:
        return
    order = np.argsort(time.stamps, kind="stable")
    steps = np.diff(time.stamps[order]).astype(np.float64)
    if np.unique(steps, return_counts=True)[1].max() >= EVEN * len(steps):
        return
    for column in frame.iter_columns():
        if column.name in taken or not is_text(column) or not may_name(column) or part_of(column.name):
            continue
        text = known_text(column).gather(order)
        values = text.n_unique()
        if not 2 <= values <= len(text) / 8 or text.null_count():
            continue
        turns = int((text == text.shift(values)).sum())
        if turns >= EVEN * (len(text) - values) and (text != text.shift(1)).drop_nulls().all():
            raise OptionError(
                f"the {values:,} values of {named(column.name)} ({with_commas(text.unique().sort().to_list(), 4)}) take"
                f" turns from row to row, and the times of {named(time.name or '')} go on unevenly: the rows look like "
                f"{values:,} series read one after the other. Type: --series {_typed((column.name,))} --every STEP, for"
                f" example --every 10m. If they are one series, type: --series {SINGLE}"
            )


def keys_of(
    frame: pl.DataFrame, stamps: NDArray[np.datetime64] | NDArray[np.float64], taken: Collection[str]
) -> tuple[str, ...]:
    """The column, or the two columns, that name the series: within each of their values no time repeats.

    Of several that do, the one with the fewest values; none where no column does. Where few times come again, as in a
    log of events, a number measured beside them tells them apart by chance: there text alone names series.
    """
    rows = len(frame)
    codes = pl.Series(np.unique(stamps, return_inverse=True)[1])
    by_number = codes.n_unique() <= OFTEN * rows
    fitting: list[tuple[int, str]] = []
    grouping: list[tuple[int, str]] = []
    for column in frame.iter_columns():
        if column.name in taken or not may_name(column) or not (by_number or is_text(column)):
            continue
        text = known_text(column)
        values = text.n_unique()
        if values < 2 or values > rows / 2 or text.null_count():
            continue
        whole = pl.DataFrame([codes.alias("t"), text.alias("k")]).n_unique() == rows
        (fitting if whole else grouping).append((values, column.name))
    if fitting:
        return (min(fitting)[1],)
    for place, (_, one) in enumerate(sorted(grouping)):
        for _, other in sorted(grouping)[place + 1 :]:
            pair = pl.DataFrame([codes.alias("t"), known_text(frame[one]), known_text(frame[other])])
            if pair.n_unique() == rows and frame.select(one, other).n_unique() <= rows / 2:
                return tuple(name for name in frame.columns if name in (one, other))
    return ()


def may_name(column: pl.Series) -> bool:
    """Whether the values could be names of series: text, categories, booleans, or whole numbers."""
    if is_text(column):
        known = known_text(column).drop_nulls()
        as_numbers = known.cast(pl.Float64, strict=False)
        return bool(as_numbers.is_null().any() or (as_numbers == as_numbers.round()).all())
    return column.dtype.is_integer() or column.dtype == pl.Boolean


def _refuse_blocks(frame: pl.DataFrame, taken: Collection[str]) -> None:
    """Refuse file order where a column has one value for a block of rows after the other, or a counter restarts."""
    for column in frame.iter_columns():
        if column.name in taken:
            continue
        counter = _counter(column)
        if counter is not None and len(counter):
            raise OptionError(
                f"column {named(column.name)} goes one way and begins anew in row {counter[0] + 1:,}, "
                f"{counted(len(counter), 'time')} in all: the rows look like {len(counter) + 1:,} series one below the "
                f"other. Type: --series COLUMN with the column that names them (add one where there is none). "
                f"If they are one series in file order, type: --series {SINGLE} --time none"
            )
    for column in frame.iter_columns():
        if column.name in taken or not may_name(column):
            continue
        text = known_text(column)
        runs = int((text != text.shift(1)).sum()) + 1
        values = text.n_unique()
        if 2 <= values == runs <= len(frame) / 8 and not text.null_count():
            raise OptionError(
                f"no column holds times, and column {named(column.name)} has one value for a block of rows after the "
                f"other ({values:,} blocks, such as {quoted(text[0], 20)}): the rows look like several series one "
                f"below the other. Type: --series {_typed((column.name,))}. If they are one series in file order, "
                f"type: --series {SINGLE}"
            )


def _counter(column: pl.Series) -> NDArray[np.int64] | None:
    """Rows in which a column that goes one way, up or down, jumps back and begins anew; None for other columns.

    A charge that runs down, a temperature that rises and a counter of cycles do; so the column need not count by one.
    """
    values, bad = numbers(column)
    if bad is not None or len(values) < 6 or not np.isfinite(values).all() or part_of(column.name):
        return None
    steps = np.diff(values)
    way = np.sign(np.median(np.sign(steps)))
    back = steps * way < 0
    if way == 0.0 or np.mean(steps * way > 0) < 0.8:
        return None
    begun = np.flatnonzero(back) + 1
    blocks = np.diff([0, *begun.tolist(), len(values)])
    whole = (np.abs(steps[back]) >= JUMP * (values.max() - values.min())).all()
    return begun if whole and blocks.min() >= 3 else None


def _repeats(stamps: NDArray[np.datetime64] | NDArray[np.float64]) -> bool:
    return len(distinct(stamps)) < len(stamps)


def _typed(names: Sequence[str]) -> str:
    joined = ",".join(names)
    return joined if joined.isidentifier() or all(c.isalnum() or c in "_,-." for c in joined) else quoted(joined)
