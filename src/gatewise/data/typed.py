"""A table's text read as numbers: missing marks first, then one decimal mark for the whole table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from gatewise.data.columns import is_text, known_text
from gatewise.data.marks import OTHER, Evidence, Written, evidence, values, written
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import listed, named, quoted, with_commas

if TYPE_CHECKING:
    from gatewise.data.readers.raw import Table
    from gatewise.data.reading import Reading

_CODE = r"^[+-]?0\d+$"
_TIMES = (
    r"^(1[89]|2[01])\d\d[.,](0?[1-9]|1[0-2])$",  # 2024.10
    r"^(0?[1-9]|1[0-2])[.,](1[89]|2[01])\d\d$",  # 10.2024
    r"^(0\d|1\d|2[0-3])[.,][0-5]\d$",  # 09.30
)
_SAMPLED = 500
_NAMES = {".": Told("point"), ",": Told("comma")}


class _Column(NamedTuple):
    """A column of text in which numbers may stand."""

    name: str
    written: Written
    evidence: Evidence


def typed(table: Table, reading: Reading, *, taught: bool = False) -> Table:
    """Read as numbers what is written as numbers; every other column stays as it is.

    A column that may hold codes or times (leading zeros, ``2024.10``, ``5 min``) stays text.

    Args:
        table: As its reader gives it.
        reading: Says the decimal mark, or what an earlier table taught of it.
        taught: Whether an earlier table did: numbers that can be read in one way only say otherwise.

    Returns:
        The table; its ``decimal`` is the mark of all its numbers, a point where nothing says so.

    Raises:
        DataError: If a column, or the table, has numbers with a decimal comma and with a decimal point; if the target
            can be read in two ways.
    """
    columns = [found for column in table.frame.iter_columns() if is_text(column) and (found := _column(column))]
    decimal, told = _decimal(table, reading, columns, taught=taught)
    read: list[pl.Series] = []
    notes: list[Told] = []
    if taught and reading.decimal not in (None, decimal):
        notes.append(
            Told(
                "numbers are read with a decimal {mark}, those of the table to learn from had a {other}",
                mark=_NAMES[decimal],
                other=_NAMES[reading.decimal],
            )
        )
    for column in columns:
        doubt = None if told else _doubt(table, column, decimal)
        if doubt is not None and doubt.open and column.name == reading.target:
            raise DataError(f"the target {doubt.text}")
        if doubt is not None:
            notes.append(Told("left out: {why}", why=doubt.text) if doubt.open else doubt.text)
        if doubt is None or not doubt.open:
            numbers = values(column.written.body, decimal, column.written.scale)
            # In memory plain numbers may be text on purpose, such as names; they are read as numbers where needed.
            meant = not table.mark and decimal == "." and _is_plain(table.frame[column.name])
            read += [] if numbers is None or meant else [numbers.alias(column.name)]
    notes += _examples(table.frame, read)
    frame = table.frame.with_columns(read)
    plain = {column.name for column in table.frame.iter_columns() if column.dtype.is_float()}
    if table.mark and decimal != table.decimal and reading.target in plain:
        _refuse_other_mark(table, table.frame[reading.target], decimal)
    if table.mark and decimal != table.decimal:
        others = [column.name for column in frame.iter_columns() if column.dtype.is_float() and column.name in plain]
        decimals, names = _NAMES[table.decimal], listed(others)
        out = Told("left out, numbers with a decimal {mark}: {names}", mark=decimals, names=names)
        notes += [out] if others else []
        frame = frame.drop(others)
    return replace(table.having(frame, *notes), decimal=decimal)


def _refuse_other_mark(table: Table, target: pl.Series, decimal: str) -> None:
    row = (target % 1.0 != 0.0).fill_null(value=False).arg_max() or 0
    shown = f"{target[row]:g}".replace(".", table.decimal)
    raise DataError(
        f"--decimal {decimal}: the target {named(target.name)} holds {quoted(shown)} ({table.place(row)}), with "
        f"a decimal {_NAMES[table.decimal]}; expected a decimal {_NAMES[decimal]}: leave the option out, or type "
        f"--decimal {table.decimal}"
    )


def _is_plain(column: pl.Series) -> bool:
    return bool(known_text(column).drop_nulls().cast(pl.Float64, strict=False).is_not_null().all())


def _column(column: pl.Series) -> _Column | None:
    """The column, if it holds numbers alone or nearly so, and neither codes nor times."""
    step = max(1, len(column) // _SAMPLED)
    some = known_text(column.gather_every(step)).drop_nulls()
    if len(some) and not evidence(written(some).body).numeric:
        return None  # found out on a few cells, for dates of a long table take time
    text = known_text(column)
    known = text.drop_nulls()
    if not len(known) or not known.str.contains(r"\d").all():
        return None
    if known.str.contains(_CODE).any() or any(known.str.contains(form).all() for form in _TIMES):
        return None
    found = written(text)
    said = evidence(found.body)
    return _Column(column.name, found, said) if said.numeric else None


def _decimal(table: Table, reading: Reading, columns: list[_Column], *, taught: bool) -> tuple[str, bool]:
    """The decimal mark of the table, and whether something says it.

    Raises:
        DataError: If numbers say different things.
    """
    if reading.decimal is not None and not taught:
        return reading.decimal, True
    places: dict[str, tuple[str, int]] = {}
    for mark in (".", ","):
        for column in columns:
            row = column.evidence.certain[mark]
            if row is not None:
                places.setdefault(mark, (column.name, row))
    plain = next((column for column in table.frame.iter_columns() if column.dtype.is_float()), None)
    if table.mark and plain is not None and table.decimal not in places:
        places[table.decimal] = plain.name, _clearest(plain)
    if len(places) == 2:
        raise _mixed(table, places)
    for mark in places:
        return mark, True
    if reading.decimal is not None:
        return reading.decimal, True
    # Groups of thousands in one column make the other mark the decimal mark of all.
    groups = {mark for column in columns for mark in (".", ",") if column.evidence.grouped[mark]}
    return (OTHER[groups.pop()], True) if len(groups) == 1 else (".", False)


def _clearest(numbers: pl.Series) -> int:
    """The row of a number with a fraction; without one, of the first that is not missing."""
    broken = (numbers % 1.0 != 0.0).fill_null(value=False)
    return int((broken if broken.any() else numbers.is_not_null()).arg_max() or 0)


def _mixed(table: Table, places: dict[str, tuple[str, int]]) -> DataError:
    shown = [
        f"{quoted(table.frame[name][row])} with a decimal {_NAMES[mark]} ({named(name)}, {table.place(row)})"
        for mark, (name, row) in places.items()
    ]
    return DataError(
        f"numbers are written in two ways: {' and '.join(shown)}; expected one decimal mark throughout: type "
        "--decimal . or --decimal , to say which it is, or correct the file"
    )


class _Doubt(NamedTuple):
    """What to say of a column that can be read in two ways, and whether neither is likelier."""

    text: Told
    open: bool


def _doubt(table: Table, column: _Column, decimal: str) -> _Doubt | None:
    """A column in which a mark may part thousands or decimals, where nothing in the table settles it."""
    for mark, row in column.evidence.doubtful.items():
        if row is None:
            continue
        cell = quoted(table.frame[column.name][row])
        both = {way: values(column.written.body[row : row + 1], way) for way in (".", ",")}
        point, comma = (f"{found[0]:g}" if found is not None else Told("text") for found in both.values())
        whole = column.written.body.str.contains(r"^[+-]?\d+$").any()
        if mark == "." and table.mark == "," and not whole:
            continue  # where commas part cells, and each number has a point, it is no thousands mark
        if mark == decimal and (table.mark in ("", ",") or not (whole or table.mark == ";")):
            text = Told(
                "{name}: {value} is read as {point}, with a decimal point; --decimal , reads it as {comma}",
                name=named(column.name),
                value=cell,
                point=point,
                comma=comma,
            )
            return _Doubt(text, open=False)
        text = Told(
            "{name} can be read in two ways: {value} ({place}) may be {point} or {comma}, and no other "
            "number tells which; say --decimal . where a point, --decimal , where a comma is the decimal mark",
            name=named(column.name),
            value=cell,
            place=table.place(row),
            point=point,
            comma=comma,
        )
        return _Doubt(text, open=True)
    return None


def _examples(frame: pl.DataFrame, read: list[pl.Series]) -> list[Told]:
    """A note with one number of each column whose numbers are not plain, and what it is read as."""
    shown = []
    for numbers in read:
        text = known_text(frame[numbers.name])
        odd = text.cast(pl.Float64, strict=False)
        different = (odd.is_null() & text.is_not_null()) | (odd != numbers.cast(pl.Float64)).fill_null(value=False)
        if different.any():
            row = int(different.arg_max() or 0)
            shown.append(
                Told(
                    "{name} {value} is {number}",
                    name=named(numbers.name),
                    value=quoted(text[row]),
                    number=f"{numbers[row]:.15g}",
                )
            )
    return [Told("numbers are read as written: {names}", names=with_commas(shown, 6))] if shown else []
