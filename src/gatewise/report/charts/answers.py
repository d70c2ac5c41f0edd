"""Numbers told against true ones: a dot for each test example and cell, and the line on which all would lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import words
from gatewise.report.drawing import FAINT, INK, colour, layered, rows_of
from gatewise.text import visible, with_commas

if TYPE_CHECKING:
    from gatewise.report.given import Given


def chart(given: Given) -> alt.LayerChart | None:
    """Told against true; None where no numbers are told."""
    found = given.answers
    if found is None:
        return None
    cells, order = {cell: title(cell) for cell in found.told}, given.plan.cells
    rows = [
        {"true": true, "told": told, "cell": cells[cell]}
        for cell, each in found.told.items()
        for true, told in zip(found.truth, each, strict=True)
    ]
    ends = [min(found.truth), max(found.truth)]
    x = alt.X(
        "true:Q",
        scale=alt.Scale(zero=False),
        title=_titled(given, say("true")),
        axis=alt.Axis(tickCount=5, titlePadding=8),
    )
    y = alt.Y(
        "told:Q",
        scale=alt.Scale(zero=False),
        title=_titled(given, say("told")),
        axis=alt.Axis(tickCount=5, titlePadding=14),
    )
    accents = alt.Scale(domain=list(cells.values()), range=[colour(order.index(cell)) for cell in cells])
    legend = alt.Legend(
        orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20, symbolOpacity=1
    )
    diagonal = rows_of([{"true": end, "told": end} for end in ends])
    layers = [
        diagonal.mark_line(color=FAINT, strokeDash=[3, 3]).encode(x=x, y=y),
        rows_of(rows)
        .mark_circle(size=30, opacity=0.55)
        .encode(x=x, y=y, color=alt.Color("cell:N", scale=accents, legend=legend)),
    ]
    return layered(layers, height=330)


def _titled(given: Given, which: str) -> str:
    """An axis: what the numbers are, where they have a name."""
    target = given.verdict.target or given.plan.section.get("goal")
    return f"{visible(str(target))}, {which}" if target else which


def description(given: Given) -> str:
    """The figure in one sentence."""
    each = [f"{title(cell)} {words.amount(error)}" for cell, error in errors(given).items()]
    return say("Mean absolute error of the dots, each the mean of all pairs: {errors}", errors=with_commas(each))


def errors(given: Given) -> dict[str, float]:
    """Cell -> the mean absolute error of its dots."""
    found = given.answers
    assert found is not None
    return {
        cell: sum(abs(a - b) for a, b in zip(each, found.truth, strict=True)) / len(each)
        for cell, each in found.told.items()
    }
