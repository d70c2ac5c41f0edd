"""The course of one example: a line without axes, as small as a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatewise.report.drawing import FAINT, layered, rows_of

if TYPE_CHECKING:
    from gatewise.report.given import Given

WIDE, HIGH = 220, 56


def chart(given: Given, place: int = 0) -> alt.LayerChart | None:
    """The first channel of one of the hardest examples, counted from 0; None where it is no numbers."""
    if given.mistakes is None or place >= len(given.mistakes.hardest):
        return None
    values = given.mistakes.hardest[place].values
    if len(values) < 2:
        return None
    rows = [{"step": step, "value": value} for step, value in enumerate(values)]
    x = alt.X("step:Q", axis=None, scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=False))
    return layered([rows_of(rows).mark_line(color=FAINT, strokeWidth=1.4).encode(x=x, y=y)], height=HIGH, width=WIDE)
