"""Rows that sum up others: a spreadsheet's 'Total' is no step of a series."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.columns import is_text, known_text
from gatewise.languages import Told
from gatewise.text import counted, listed, quoted, with_commas

if TYPE_CHECKING:
    from gatewise.data.readers.raw import Table

_WORDS = (
    "[Σ∑]|totals?|subtotals?|sub-total|sums?|overall|averages?|avg|mean|median|minimum|maximum|min|max|std|"
    "summe|endsumme|gesamt|gesamtergebnis|gesamtsumme|insgesamt|zwischensumme|mittelwert|durchschnitt|mittel|"
    "totale|totaux|totales|somme|moyenne|suma|promedio|media|soma|média|razem|итого|итог|jumlah|всего|среднее|toplam|totaal|"
    "gemiddelde|summa|snitt|yhteensä|합계|총합계|누계|총계|총합|계|소계|합|평균|合计|总计|总和|小计|平均|平均值|合計|総計|小計"
)
_TOTAL = rf"(?i)^\W*(?:grand |overall )?(?:{_WORDS})(?:[^\p{{L}}].{{0,20}})?$"
_RARE = 0.1
"""Share of its column's cells up to which a word of this kind is a label of totals, and not a series of that name."""


_FEWEST = 8
"""Rows from which on it is no chance that the last is the sum of all others."""


SUMS = {"sum": Told("sum"), "mean": Told("mean")}
"""What a last row may hold of those above it."""


def without_totals(table: Table) -> Table:
    """Leave out the rows whose label, in a column of other things, says that they sum up rows above."""
    rows: dict[int, str] = {}
    for column in table.frame.iter_columns():
        if is_text(column):
            rows |= _labelled(column)
    if not rows:
        return table
    shown = [
        Told("{label} in {place}", label=quoted(label), place=table.place(row)) for row, label in sorted(rows.items())
    ]
    note = Told("{rows} of totals left out: {names}", rows=counted(len(rows), "row"), names=with_commas(shown, 3))
    return table.without(sorted(rows), note)


def _labelled(column: pl.Series) -> dict[int, str]:
    """The rows with a label of totals, where all other cells of the column have a digit, as times and numbers do."""
    words = column.str.contains(r"^\W*[^\W\d]").fill_null(value=False).arg_true()
    if not len(words) or not known_text(column.gather(words.tail(1000))).str.contains(_TOTAL).any():
        return {}  # found out on a few cells, for a long table takes time
    text = known_text(column)
    rows = text.str.contains(_TOTAL).fill_null(value=False).arg_true().to_list()
    labels = {row: str(text[row]) for row in rows[: len(text) // 2]}
    numbered = int(text.str.contains(r"\d").sum()) - sum(bool(re.search(r"\d", label)) for label in labels.values())
    rest = int(text.is_not_null().sum()) - len(labels)
    if not labels or len(rows) > max(3, _RARE * len(text)) or rest < 2:
        return {}
    if numbered >= max(0.9 * rest, len(rows) + 1):
        return labels
    # Words all through, such as names of months: only the very last row, where its word comes once, sums up.
    last = len(text) - 1
    return labels if labels.keys() == {last} and text.drop_nulls().n_unique() == rest + 1 else {}


def sums_up(table: Table) -> list[Told]:
    """A note where the last row holds the sum or the mean of all rows above in every column that it has a number in."""
    frame = table.frame
    if frame.height < _FEWEST:
        return []
    numbers = [column.cast(pl.Float64) for column in frame.iter_columns() if column.dtype.is_numeric()]
    known = [column for column in numbers if column[-1] is not None]
    for what, form in SUMS.items():
        if known and all(_ends_on(column, what) for column in known):
            names = listed([column.name for column in known])
            return [
                Told(
                    "{place}, the last row, holds the {what} of all rows above in {names}",
                    place=table.place(frame.height - 1),
                    what=form,
                    names=names,
                )
            ]
    return []


def _ends_on(column: pl.Series, what: str) -> bool:
    above = column[:-1].drop_nulls()
    summed = float(above.sum()) if what == "sum" else float(above.sum()) / max(1, len(above))
    equal = abs(float(column[-1]) - summed) <= 1e-9 * abs(summed)
    # The values are counted last: in a long column that takes time.
    return equal and int((above != 0.0).sum()) >= 3 and above.n_unique() >= 3
