"""The order of a sequence's rows in a long table: by a column that is named or found, never by a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.data.columns import numbers
from gatewise.data.stamps import read_stamps
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl
    from numpy.typing import NDArray

NONE = "none"
"""What is typed to take the rows as they come."""

ORDER_NAMES = frozenset(
    "time t date datetime timestamp ds step steps index idx frame order cycle cycles seq sample tick dim timestep "
    "time_step time_idx time_cycles row position pos second seconds minute hour day epoch".split()
)
"""Names of columns that order rows."""

SURE_NAMES = frozenset(
    {"time", "t", "date", "datetime", "timestamp", "ds", "step", "timestep", "time_step", "time_idx"}
)
"""Those that say nothing else: where one repeats within a sequence, something is not understood."""

DATE_NAMES = frozenset({"date", "datetime", "timestamp", "time", "ds"})


class Rows(NamedTuple):
    """The rows of each sequence.

    Attributes:
        order: Rows of the table, sequence after sequence, shape (rows,).
        lengths: Rows of each sequence, shape (n,).
        names: Name of each sequence.
    """

    order: NDArray[np.int64]
    lengths: NDArray[np.int64]
    names: list[str]


def put_in_order(
    frame: pl.DataFrame, rows: Rows, asked: str | None, taken: Collection[str], keys: Sequence[str]
) -> tuple[Rows, tuple[str, ...], list[Told]]:
    """Sort the rows within each sequence.

    Args:
        frame: The table.
        rows: In file order.
        asked: The column that orders them; ``none`` for file order; None to find it.
        taken: Columns that are something else.
        keys: Columns that name the sequence, for a message.

    Returns:
        The rows in order, the column that orders them and those that count the rows once more, and notes.

    Raises:
        DataError: The column repeats a value within a sequence, or no column orders rows that stand apart.
        OptionError: There is no such column, or several may be it.
    """
    if asked is not None and asked != NONE:
        if asked not in frame.columns:
            there = nearest(asked, [named(name) for name in frame.columns])
            raise OptionError(f"--order {named(asked)}: there is no such column; {there}")
        if asked in taken:
            raise OptionError(
                f"--order {named(asked)}: is the key, the target or the group already; name another column"
            )
        place = _places(frame[asked])
        if place is None:
            raise DataError(
                f"column {named(asked)} does not read as times or numbers; name another column with --order"
            )
        return _with_counters(frame, _sorted(rows, place, asked, keys), asked, taken, [])
    found = {} if asked == NONE else _candidates(frame, rows, taken, keys)
    if len(found) > 1:
        agreeing = [name for name in found if _same_order(rows, found[name], next(iter(found.values())))]
        if len(agreeing) < len(found):
            raise OptionError(
                f"several columns may order the rows of a sequence: {listed(found)}; say which one does, for example "
                f"--order {named(next(iter(found)))}"
            )
    if found:
        name = next(iter(found))
        said = [Told("the rows of each sequence are ordered by {name}", name=named(name))]
        return _with_counters(frame, _sorted(rows, found[name], name, keys), name, {*taken, *found}, said, list(found))
    scattered = _scattered(rows)
    if scattered and asked != NONE:
        raise DataError(
            f"the rows of {counted(scattered, 'sequence')} by {listed(keys)} stand in several places of the table, and "
            "no column tells their order; expected the rows of a sequence together. Name the column that orders them "
            f"with --order, or a further key, such as --sequence {named(keys[0])},COLUMN, if these are several; "
            "--order none takes them as they come"
        )
    return rows, (), [Told("no column orders the rows of a sequence: they are taken as they come, evenly spaced")]


def _candidates(
    frame: pl.DataFrame, rows: Rows, taken: Collection[str], keys: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Columns that may order the rows: of a name that says so, or dates, and never twice the same in a sequence.

    Raises:
        DataError: The only column under the name of a time repeats within a sequence, or does not read as one.
        OptionError: A column counts down in every sequence.
    """
    found: dict[str, NDArray[np.float64]] = {}
    doubted: list[DataError] = []
    for name in frame.columns:
        says = name.strip().lower()
        place = None if name in taken else _places(frame[name], dates_only=says not in ORDER_NAMES)
        if name in taken or (place is None and says not in DATE_NAMES):
            continue
        if place is None:
            doubted.append(_no_order(frame[name]))
        elif _constant(rows, place) or (np.isnan(place).any() and says not in ORDER_NAMES):
            continue
        elif _repeats(rows, place):
            if says in SURE_NAMES:
                doubted.append(_repeated(rows, place, name, keys))
        else:
            found[name] = place
    found = found or _counters(frame, rows, taken)
    if not found and doubted:
        raise doubted[0]
    return found


def _counters(frame: pl.DataFrame, rows: Rows, taken: Collection[str]) -> dict[str, NDArray[np.float64]]:
    """A column of any name that counts up by one and the same step in every sequence; one that counts down is asked."""
    found: dict[str, NDArray[np.float64]] = {}
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    within = owner[1:] == owner[:-1]
    for name in frame.columns:
        values = None if name in taken else _places(frame[name])
        if values is None or np.isnan(values).any():
            continue
        steps = np.diff(values[rows.order])[within]
        if not len(steps) or not np.allclose(steps, steps[0], rtol=1e-6, atol=0.0) or steps[0] == 0.0:
            continue
        if steps[0] < 0.0:
            raise OptionError(
                f"column {named(name)} counts down in every sequence: do the rows run backwards? Type --order "
                f"{named(name)} to sort by it, or --order none to take the rows as they come"
            )
        found[name] = values
    return found


def _places(column: pl.Series, *, dates_only: bool = False) -> NDArray[np.float64] | None:
    """The column as numbers that can be sorted: dates or, unless dates alone are wanted, numbers; NaN where missing."""
    reading = read_stamps(column, bare=not dates_only)
    if reading is not None and reading.bad is None and len(reading.orders) < 2 and not reading.doubt:
        stamps = reading.values
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(np.float64))
    if dates_only:
        return None
    values, bad = numbers(column)
    return None if bad is not None else values


def _sorted(rows: Rows, place: NDArray[np.float64], name: str, keys: Sequence[str]) -> tuple[Rows, list[Told]]:
    held = place[rows.order]
    if np.isnan(held).any():
        row = int(rows.order[np.argmax(np.isnan(held))])
        raise DataError(f"column {named(name)} orders the rows and is missing in row {row + 1:,}; fill it in")
    if _repeats(rows, place):
        raise _repeated(rows, place, name, keys)
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    order = rows.order[np.lexsort((held, owner))]
    notes = []
    if not np.array_equal(order, rows.order):
        notes.append(Told("the rows were not in order and are sorted by {name} within each sequence", name=named(name)))
    return rows._replace(order=order), notes


def _with_counters(
    frame: pl.DataFrame,
    ordered: tuple[Rows, list[Told]],
    name: str,
    taken: Collection[str],
    said: list[Told],
    alike: Sequence[str] = (),
) -> tuple[Rows, tuple[str, ...], list[Told]]:
    """The rows in order, with the columns that only count them: they would tell the place in the file, no more."""
    rows, notes = ordered
    more = [column for column in alike if column != name]
    more += [column for column in frame.columns if column not in (*taken, name) and _counts_rows(frame[column], rows)]
    left = (
        [Told("left out, they count the rows as {name} does: {names}", name=named(name), names=listed(more))]
        if more
        else []
    )
    return rows, (name, *more), [*notes, *said, *left]


def _counts_rows(column: pl.Series, rows: Rows) -> bool:
    """Whether a column counts by one step, from one value in every sequence or through the whole table."""
    values, bad = numbers(column)
    if bad is not None or np.isnan(values).any() or len(values) < 2:
        return False
    whole = np.diff(values)
    if whole[0] != 0.0 and np.allclose(whole, whole[0], rtol=1e-9, atol=0.0):
        return True
    held = values[rows.order]
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    steps = np.diff(held)[owner[1:] == owner[:-1]]
    begins = held[np.concatenate([[0], np.cumsum(rows.lengths)[:-1]])]
    alike = len(steps) > 0 and steps[0] != 0.0 and np.allclose(steps, steps[0], rtol=1e-9, atol=0.0)
    return bool(alike and (begins == begins[0]).all())


def _repeats(rows: Rows, place: NDArray[np.float64]) -> bool:
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    held = place[rows.order]
    order = np.lexsort((held, owner))
    return bool(((np.diff(held[order]) == 0.0) & (np.diff(owner[order]) == 0)).any())


def _constant(rows: Rows, place: NDArray[np.float64]) -> bool:
    """Whether it is one value in every sequence, and so orders nothing."""
    held = place[rows.order]
    begins = np.concatenate([[0], np.cumsum(rows.lengths)[:-1]])
    return bool((held == np.repeat(held[begins], rows.lengths)).all())


def _no_order(column: pl.Series) -> DataError:
    example = quoted(column.drop_nulls()[0]) if column.null_count() < len(column) else "nothing"
    return DataError(
        f"column {named(column.name)} does not read as times: {example}; expected one form throughout, such as "
        "2016-12-31 23:30:00 or numbers. Name the column that orders the rows with --order, or type --order none to "
        "take them as they come"
    )


def _repeated(rows: Rows, place: NDArray[np.float64], name: str, keys: Sequence[str]) -> DataError:
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    held = place[rows.order]
    order = np.lexsort((held, owner))
    twice = int(np.argmax((np.diff(held[order]) == 0.0) & (np.diff(owner[order]) == 0)))
    row, sequence = int(rows.order[order[twice + 1]]), rows.names[int(owner[order[twice]])]
    key = f"--sequence {','.join(keys)},COLUMN"
    return DataError(
        f"column {named(name)} has a value twice within sequence {quoted(sequence)}, again in row {row + 1:,}; "
        f"expected each row of a sequence at a time of its own. If these are several sequences, name a further key: "
        f"{key}; if {named(name)} does not order the rows, name the column that does with --order, or type --order none"
    )


def _same_order(rows: Rows, one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    sorted_by = [np.lexsort((place[rows.order], owner)) for place in (one, other)]
    return bool(np.array_equal(sorted_by[0], sorted_by[1]))


def _scattered(rows: Rows) -> int:
    """How many sequences have rows that do not follow each other in the table."""
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    apart = (np.diff(rows.order) != 1) & (np.diff(owner) == 0)
    return len(np.unique(owner[1:][apart]))
