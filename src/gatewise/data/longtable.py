"""A long table, many rows a sequence, made a set of sequences: by key, in order, the label one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from gatewise.data.channels import Beside, Column, channels_of, whole
from gatewise.data.columns import known_text, numbers
from gatewise.data.covariates import wanted_covariates
from gatewise.data.embedded import NO_CATEGORIES
from gatewise.data.ends import ended
from gatewise.data.labels import labels_of
from gatewise.data.longorder import Rows, put_in_order
from gatewise.data.readers.raw import RawSequences
from gatewise.data.roles import names_groups
from gatewise.data.shapes import REMAINING, SequenceSet
from gatewise.data.stepgoals import (
    Goals,
    check_step_options,
    goals_left,
    goals_of_column,
    goals_of_ends,
    with_goals,
)
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from gatewise.data.embedded import Categories
    from gatewise.data.readers.raw import FileRows
    from gatewise.data.reading import Reading

PARTS = {"train": False, "training": False, "val": False, "valid": False, "validation": False, "test": True}
"""Words in a column that says which part a sequence belongs to, and whether it is tested."""

PART_NAMES = frozenset({"split", "set", "part", "partition", "subset", "fold"})


def from_files(
    found: FileRows, reading: Reading, features: tuple[str, ...] | None, categories: Categories
) -> RawSequences:
    """The sequences of a folder, a file each."""
    said = Said(found.key, found.label, reading.order, reading.group)
    raw = to_sequences(found.frame, said, features, found.source, categories=categories)
    notes = (*found.notes, *raw.sequences.notes)
    shown = SequenceSet(**{**vars(raw.sequences), "notes": notes})
    return RawSequences(shown, found.lacks or raw.lacks, raw.test, raw.beside)


class Said(NamedTuple):
    """Columns by what they are, as the user or the source says."""

    sequence: str
    target: str | None
    order: str | None
    group: str | None
    goals: Callable[[pl.DataFrame, Rows], Goals] | None = None


def said_of(reading: Reading, test_labels: str | None = None) -> Said:
    """What the options say of a long table.

    Args:
        reading: The options.
        test_labels: The file with what is told of the last step of each sequence.

    Raises:
        OptionError: Options on targets of steps do not go together.
    """
    assert reading.sequence is not None  # or else it is a series
    check_step_options(reading)

    def goals(frame: pl.DataFrame, rows: Rows) -> Goals:
        """What is told of each step."""
        if test_labels is not None:
            return goals_of_ends(rows, test_labels, reading.cap)
        return (
            goals_left(rows, reading.cap) if reading.remaining else goals_of_column(frame[reading.target or ""], rows)
        )

    of_steps = reading.per_step or reading.remaining
    return Said(reading.sequence, reading.target, reading.order, reading.group, goals if of_steps else None)


def to_sequences(
    frame: pl.DataFrame,
    said: Said,
    features: tuple[str, ...] | None = None,
    source: str = "table",
    *,
    categories: Categories = NO_CATEGORIES,
) -> RawSequences:
    """Make sequences of a table with many rows each.

    Args:
        frame: The table, text as it is written.
        said: Which columns are what.
        features: Channels that a model was trained on, for a table to predict on; None takes every column of numbers
            and every category that is no key, order, label or group.
        source: Name of the data, for display.
        categories: Values of those that are whole numbers of a category, by name.

    Raises:
        DataError: A key or an order is missing or repeated, or the label changes within a sequence.
        OptionError: An option names no column.
    """
    keys = _columns(frame, "--sequence", said.sequence)
    grouping = [] if said.group in (None, "none") else _columns(frame, "--group", said.group or "")
    target = _one_column(frame, "--target", said.target)
    for name in (target, *grouping):
        if name is not None and name in keys and name == target:
            raise OptionError(
                f"--target and --sequence both name {named(name)}; the target is what is told of each one"
            )
    rows = _rows(frame, keys)
    taken = {*keys, *grouping, *([target] if target else [])}
    rows, orders, notes = put_in_order(frame, rows, said.order, taken, keys)
    statics = {name: _static(frame[name], rows) for name in frame.columns if name not in (*keys, *orders)}
    goals = said.goals(frame, rows) if said.goals else None
    label = None if target is None or goals else _label(frame, target, statics[target], rows)
    beside = {name: np.array(column.texts, dtype=str) for name, column in statics.items() if column and whole(column)}
    beside |= _grouping(frame, rows, grouping, said.group, keys)
    test, part = _own_split(statics, {target, *grouping})
    dropped = {*taken, *([part] if part else []), *orders}
    dropped |= {name for name in beside if names_groups(name)}
    channels = (
        channels_of(Beside(frame, rows, statics, target, label), dropped)
        if features is None
        else wanted_covariates(frame, features, categories)
    )
    names, values = list(channels.columns), _stacked([numbers(one).values for one in channels.columns.values()], rows)
    within = ended(values, rows.lengths)
    told = None if label is None else labels_of(label, len(rows.lengths), values.shape[1])
    split_note = [Told("{name} says which sequences are tested", name=named(part))] if part else []
    sequences = SequenceSet(
        within.values, within.lengths, told.labels if told else None, told.classes if told else (), tuple(names), None,
        source, (*notes, *channels.notes, *split_note, *within.notes, *(told.notes if told else ())),
        told.numbers if told else None, categories=channels.categories, unknown=tuple(channels.unknown),
    )  # fmt: skip
    if goals is not None:
        sequences = with_goals(sequences, goals, target or REMAINING)
    lacks = "" if label is not None or goals is not None else _no_label(statics, names, beside, source)
    return RawSequences(sequences, lacks, test, beside)


def _columns(frame: pl.DataFrame, option: str, said: str) -> list[str]:
    """The columns an option names: one, or several with commas between them."""
    names = [said] if said in frame.columns else [name.strip() for name in said.split(",") if name.strip()]
    for name in names:
        if name not in frame.columns:
            there = nearest(name, [named(column) for column in frame.columns])
            raise OptionError(f"{option} {named(name)}: there is no such column; {there}")
    if not names:
        raise OptionError(f"{option} is empty; expected a column")
    return names


def _one_column(frame: pl.DataFrame, option: str, said: str | None) -> str | None:
    if said is not None and said not in frame.columns:
        there = nearest(said, [named(column) for column in frame.columns])
        raise OptionError(f"{option} {named(said)}: there is no such column; {there}")
    return said


def _rows(frame: pl.DataFrame, keys: Sequence[str]) -> Rows:
    """The rows of each sequence, in the order in which the sequences come in the file."""
    texts = [known_text(frame[name]) for name in keys]
    for name, text in zip(keys, texts, strict=True):
        if text.null_count():
            first = int(text.is_null().arg_max() or 0)
            raise DataError(
                f"the key {named(name)} is missing in row {first + 1:,}, {counted(text.null_count(), 'row')} in all; "
                "expected the name of its sequence in every row: fill it in, or take these rows out"
            )
    joined = texts[0] if len(texts) == 1 else pl.select(pl.concat_str(texts, separator=", ")).to_series()
    rank = pl.DataFrame({"k": joined}).with_row_index("i").with_columns(first=pl.col("i").min().over("k"))["first"]
    member = np.unique(rank.to_numpy(), return_inverse=True)[1]
    names = joined.gather(np.unique(member, return_index=True)[1]).to_list()
    rows = Rows(np.argsort(member, kind="stable"), np.bincount(member), [str(name) for name in names])
    if len(rows.lengths) == 1:
        raise DataError(
            f"the key {listed(keys)} has one value in all rows, {quoted(names[0])}: expected many sequences. One "
            "series is forecast: leave out --sequence"
        )
    if int(rows.lengths.max()) == 1:
        raise DataError(
            f"the key {listed(keys)} is another one in every row: expected many rows for each sequence. Name the "
            "column that they share with --sequence"
        )
    return rows


def _static(column: pl.Series, rows: Rows) -> Column | None:
    """What a column says of each sequence; None where it changes within one. Missing values say nothing."""
    text = known_text(column)
    known = text.gather(rows.order).to_list()
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    code = pl.Series(known, dtype=pl.String).rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    there = code > 0
    most, least = np.zeros(len(rows.lengths), np.int64), np.full(len(rows.lengths), np.iinfo(np.int64).max)
    np.maximum.at(most, owner[there], code[there])
    np.minimum.at(least, owner[there], code[there])
    if (least < most).any():
        return None
    first = np.full(len(rows.lengths), -1)
    places = np.flatnonzero(there)[::-1]
    first[owner[places]] = places
    texts = [None if place < 0 else known[place] for place in first]
    values, bad = numbers(pl.Series(column.name, texts, dtype=pl.String))
    return Column(texts, values if bad is None else None)


def _label(frame: pl.DataFrame, target: str, column: Column | None, rows: Rows) -> NDArray[Any]:
    """The label of each sequence: numbers where all of them are, text otherwise.

    Raises:
        DataError: It changes within a sequence, or is missing in one.
    """
    if column is None:
        text = known_text(frame[target]).gather(rows.order).to_list()
        start = 0
        for name, length in zip(rows.names, rows.lengths, strict=True):
            held = [value for value in text[start : start + length] if value is not None]
            if len(set(held)) > 1:
                other = next(value for value in held if value != held[0])
                raise DataError(
                    f"the target {named(target)} changes within sequence {quoted(name)}, from {quoted(held[0])} to "
                    f"{quoted(other)}; expected one label for each sequence. If it is to be told of each step, type: "
                    "--per-step. Otherwise name a column that is the same in all rows of a sequence, or give each "
                    "stretch of one label a key of its own. If the next values of it are wanted, leave out --sequence: "
                    "it is forecast then"
                )
            start += length
        raise AssertionError(target)  # a column that is None changes somewhere
    if None in column.texts:
        missing = column.texts.index(None)
        raise DataError(
            f"the target {named(target)} is missing in all rows of sequence {quoted(rows.names[missing])}; expected a "
            "label for each sequence: leave that sequence out"
        )
    return np.array(column.texts, dtype=str) if column.values is None else column.values


def _grouping(
    frame: pl.DataFrame, rows: Rows, grouping: Sequence[str], said: str | None, keys: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """What names whose each sequence is: the columns that were named, or parts of the key whose name says so."""
    named_keys = [name for name in keys if names_groups(name)] if len(keys) > 1 else []
    found: dict[str, NDArray[Any]] = {}
    for name in [*named_keys, *grouping]:
        column = _static(frame[name], rows)
        if column is None or None in column.texts:
            raise DataError(
                f"--group {named(name)}: got several values, or none, within one sequence; expected a column that says "
                "whose each sequence is"
            )
        found[name] = np.array(column.texts, dtype=str)
    if len(grouping) > 1:
        parts = [found[name] for name in grouping]
        found[said or ""] = np.array([", ".join(texts) for texts in zip(*parts, strict=True)])
    return found


def _own_split(
    statics: dict[str, Column | None], taken: set[str | None]
) -> tuple[NDArray[np.bool_] | None, str | None]:
    """Which sequences are tested, where a column says so in words, and its name."""
    for name, column in statics.items():
        if name in taken or column is None or name.strip().lower() not in PART_NAMES or not whole(column):
            continue
        words = [str(text).lower() for text in column.texts]
        if set(words) <= set(PARTS) and len({PARTS[word] for word in words}) == 2:
            return np.array([PARTS[word] for word in words]), name
    return None, None


def _stacked(columns: Sequence[NDArray[np.float64]], rows: Rows) -> NDArray[np.float64]:
    """Values of shape (sequences, longest, channels), NaN behind the ends."""
    n, longest = len(rows.lengths), int(rows.lengths.max())
    values = np.full((n, longest, len(columns)), np.nan)
    inside = np.arange(longest) < rows.lengths[:, None]
    values[inside] = np.column_stack(columns)[rows.order]
    return values


def _no_label(
    statics: dict[str, Column | None], channels: Sequence[str], beside: dict[str, NDArray[Any]], source: str
) -> str:
    """What to say where no column is named as the label."""
    usable = [name for name, column in statics.items() if whole(column) and len(set(column.texts)) > 1]  # type: ignore[union-attr]
    example = next((name for name in usable if not names_groups(name)), "COLUMN")
    return (
        f"which column is to be told of each sequence? Name it with --target; columns with one value in each sequence "
        f"of {source}: {listed(usable) or 'none'}. For example: --target {named(example)}"
    )
