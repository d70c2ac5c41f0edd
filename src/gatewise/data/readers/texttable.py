"""Tables with a text in each row: which column holds the texts, and which their class."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from gatewise.data.columns import is_text
from gatewise.data.covariates import IDENTIFIERS
from gatewise.data.marks import is_number
from gatewise.data.readers.prose import NONE
from gatewise.data.readers.raw import RawSymbols
from gatewise.data.readers.written_text import NFC, refuse_strange
from gatewise.data.stamps import read_stamps
from gatewise.data.timenames import words_of
from gatewise.errors import DataError, OptionError, nearest
from gatewise.languages import Told
from gatewise.text import counted, listed, named

if TYPE_CHECKING:
    from gatewise.data.readers.raw import Table
    from gatewise.data.reading import Reading

FEWEST_ROWS = 10
"""A table of fewer rows is not recognised as texts."""

MOST_CLASSES = 100

DISTINCT = 0.5
"""Share of the texts that are different, at least."""

SENTENCE, REPEATED = 4, 0.05
"""From so many words on, texts may be repeated more: share of different ones."""

NAMES = 0.95
"""Share of different values from which on a column names the rows."""

EMPTY = 0.95
"""Share of empty cells from which on a column tells nothing: what stands behind a stray separator."""

LONGER = 2.0
"""Times by which texts are longer than what names them."""

BRACKETS = "[](){}<>\"' "
"""Signs around a time that a program writes at the beginning of a line."""

SEEN = 5_000
"""Rows by which columns are told."""


class Roles(NamedTuple):
    """The columns of a table with texts.

    Attributes:
        text: The texts.
        label: The class of each; None where there is none.
        left: Columns that are not read.
    """

    text: str
    label: str | None
    left: tuple[str, ...]


def found_roles(frame: pl.DataFrame, target: str | None = None) -> Roles | None:
    """The columns of texts and of their classes, where no other column tells anything; else None.

    Args:
        frame: A table, as it is written.
        target: Column that the user names as the class.
    """
    if frame.height < FEWEST_ROWS or frame.width < 2:
        return None
    seen = frame.head(SEEN)
    empty = [name for name in seen.columns if _plain(seen[name]).null_count() >= EMPTY * seen.height]
    rest = [name for name in seen.columns if name not in empty]
    texts = [name for name in rest if _holds_texts(seen[name]) and name != target]
    if not texts:
        return None  # before hundreds of columns of numbers are looked at
    labels = [name for name in rest if name not in texts and _holds_classes(seen[name])]
    if target in rest and _measures(seen[target]):
        return None
    label = target if target in rest else labels[0] if len(labels) == 1 else None
    text = _longest(seen, texts)
    if text is None or label is None:
        return None
    left = [name for name in rest if name not in (text, label)]
    if not all(_names_rows(seen[name]) for name in left):
        return None
    if all(map(is_number, _plain(seen[label]).drop_nulls().unique())) and _may_be_times(seen[text]):
        return None  # names or times beside numbers: a table
    return Roles(text, label, (*left, *empty))


def to_texts(table: Table, reading: Reading, source: str, roles: Roles | None = None) -> RawSymbols:
    """The texts of a table, with their classes where it has them.

    Args:
        table: A text in each row.
        reading: May name the columns.
        source: Name of the data, for display.
        roles: The columns, where they were found.

    Raises:
        OptionError: A column is not there, or the class is not named.
        DataError: A class is missing, or the file is in an unknown encoding.
    """
    refuse_strange(table.notes, source)
    frame = table.frame
    roles = roles or _said(frame, reading)
    texts = _plain(frame[roles.text]).fill_null("").to_list()
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    notes = [*table.notes, *([NFC] if composed != texts else [])]
    labels = None
    if roles.label is not None and reading.target != NONE:
        column = _plain(frame[roles.label])
        if column.null_count():
            row = int(column.is_null().arg_max() or 0)
            raise DataError(
                f"{named(roles.label)} is missing in {table.place(row)}, {counted(column.null_count(), 'row')} in all; "
                "expected a class for each text: fill it in, or take the row out"
            )
        labels = tuple(column.to_list())
        notes.append(Told("texts: {name}; classes: {label}", name=named(roles.text), label=named(roles.label)))
    else:
        notes.append(Told("texts: {name}", name=named(roles.text)))
    groups, grouped = None, ""
    if reading.group not in (None, NONE):
        grouped = _there(frame, "group", str(reading.group))
        groups = tuple(_plain(frame[grouped]).fill_null("").to_list())
    left = [name for name in roles.left if name != grouped]
    notes += [Told("not read: {names}", names=listed(left))] if left else []
    found = RawSymbols(tuple(composed), "character", "text", source, labels, groups, grouped, notes=tuple(notes))
    return replace(found, column=roles.text, label=roles.label or "")


def _said(frame: pl.DataFrame, reading: Reading) -> Roles:
    """The columns that the user names; the class is found where it is not named and one column may be it."""
    assert reading.text is not None
    text = _there(frame, "text", reading.text)
    others = [name for name in frame.columns if name != text]
    if reading.target == NONE:
        return Roles(text, None, tuple(others))
    if reading.target is not None:
        named_one = _there(frame, "target", reading.target)
        return Roles(text, named_one, tuple(name for name in others if name != named_one))
    labels = [name for name in others if _holds_classes(frame[name].head(SEEN))]
    if len(labels) > 1:
        raise OptionError(
            f"which column is the class of the texts? Name it with --target: {listed(labels)}; or type --target none "
            "to learn what comes next in the texts"
        )
    label = labels[0] if labels else None
    return Roles(text, label, tuple(name for name in others if name != label))


def may_hold_texts(frame: pl.DataFrame) -> str | None:
    """The column that is likely to hold texts, for a message; None without one."""
    seen = frame.head(SEEN)
    return _longest(seen, [name for name in seen.columns if _holds_texts(seen[name]) and _words(seen[name]) >= 3])


def _plain(column: pl.Series) -> pl.Series:
    """The column as text, null where it is blank: a name may be None, a class "-"."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


def _there(frame: pl.DataFrame, option: str, said: str) -> str:
    if said not in frame.columns:
        raise OptionError(f"--{option} {named(said)}: there is no such column; {nearest(said, frame.columns)}")
    return said


def _holds_texts(column: pl.Series) -> bool:
    """Whether most values are different, and are neither numbers nor times."""
    if not is_text(column):
        return False
    known = _plain(column).drop_nulls()
    if all(map(is_number, known.slice(1, 20))):  # the first may be its name
        return False  # soon, for there may be hundreds of columns of numbers
    least = DISTINCT if _words(known) < SENTENCE else REPEATED
    if len(known) < len(column) / 2 or known.n_unique() < least * len(known):
        return False
    some = known.head(200)
    if sum(map(is_number, some)) > 0.2 * len(some):
        return False
    read = read_stamps(known)
    return read is None or read.share < 0.5


def _may_be_times(column: pl.Series) -> bool:
    """Whether texts are as short as names and times are, or most have digits, as times in an unknown language do."""
    known = _plain(column).drop_nulls()
    return _words(column) < 3 or int(known.str.contains(r"\d").sum()) > len(known) / 2


def _measures(column: pl.Series) -> bool:
    """Whether all values are numbers, some of them with a fraction: what was measured is no class."""
    values = _plain(column).drop_nulls().unique().to_list()
    return all(map(is_number, values)) and any(not value.lstrip("+-").isdecimal() for value in values)


def _holds_classes(column: pl.Series) -> bool:
    """Whether a few values come again and again: text, or whole numbers."""
    if not (is_text(column) or column.dtype.is_integer() or column.dtype == pl.Boolean):
        return False
    known = _plain(column).drop_nulls()
    if _measures(column) or not len(known) or not 2 <= known.n_unique() <= min(MOST_CLASSES, len(known) / 4):
        return False
    read = read_stamps(known.str.strip_chars(BRACKETS))  # a line of a chat begins with "[9/22/26, 10:17:02]"
    return read is None or read.share < 0.5


def _names_rows(column: pl.Series) -> bool:
    """Whether nearly each row has another value: text, or whole numbers that may be numbers of rows."""
    if not is_text(column) and not column.dtype.is_integer():
        return False
    known = _plain(column)
    if all(map(is_number, known.drop_nulls())) and not _may_be_keys(column):
        return False
    read = read_stamps(known) if is_text(column) else None
    return known.n_unique() >= NAMES * len(known) and (read is None or read.share < 0.5)


def _may_be_keys(column: pl.Series) -> bool:
    """Whether numbers count the rows, or have as many digits each, as keys do, or are keys by their name."""
    known = _plain(column).drop_nulls()
    whole = known.cast(pl.Int64, strict=False)
    if whole.null_count():
        return False
    steps = whole.diff().drop_nulls().abs()
    return bool((steps == 1).all() or known.str.len_chars().n_unique() == 1 or words_of(column.name) & IDENTIFIERS)


def _longest(frame: pl.DataFrame, names: list[str]) -> str | None:
    """The column with the longest texts, where it is clearly the one."""
    lengths = {name: _mean(_plain(frame[name]).str.len_chars()) for name in names}
    ordered = sorted(names, key=lambda name: -lengths[name])
    if len(ordered) > 1 and lengths[ordered[0]] < LONGER * lengths[ordered[1]]:
        return None
    return ordered[0] if ordered else None


def _words(column: pl.Series) -> float:
    """Words of a text, on average."""
    counts = _plain(column).drop_nulls().head(500).str.split(" ").list.len()
    return _mean(counts)


def _mean(counts: pl.Series) -> float:
    """The mean of whole numbers, those that are missing left aside; 0 where there is none."""
    return float(counts.sum()) / max(1, len(counts) - counts.null_count())
