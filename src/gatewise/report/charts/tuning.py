"""What the search brought: the best validation score to be expected of so many configurations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import words
from gatewise.report.drawing import INK, colour, layered, rows_of

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict


def chart(given: Given) -> alt.LayerChart | None:
    """The expected best validation score against the number of configurations; None without tuning."""
    found = info(given.verdict, given.plan)
    return None if found is None else drawn(found)


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        curves: Cell's name -> expected best validation score after 1, 2, ... configurations.
        description: The figure in one sentence.
    """

    curves: dict[str, tuple[float, ...]]
    description: str


def info(verdict: Verdict, plan: Plan) -> Info | None:
    """What to draw of the search; None where nothing was tuned."""
    curves = {
        title(cell): verdict.cells[cell].expected_best
        for cell in plan.cells
        if cell in verdict.cells and verdict.cells[cell].expected_best
    }
    if not curves:
        return None
    parts = [
        say(
            "{cell} {first} after one, {last} after {count}",
            cell=name,
            first=words.score(curve[0]),
            last=words.score(curve[-1]),
            count=len(curve),
        )
        for name, curve in curves.items()
    ]
    text = say("Expected best validation score by number of configurations tried: {scores}", scores="; ".join(parts))
    return Info(curves, text)


def drawn(info: Info) -> alt.LayerChart:
    """Draw a line with a dot for each number of configurations, in the accent of its cell."""
    cells = list(info.curves)
    rows = [
        {"cell": cell, "tried": k, "score": score}
        for cell, curve in info.curves.items()
        for k, score in enumerate(curve, start=1)
    ]
    most = max(map(len, info.curves.values()))
    tried, scores = alt.Scale(domain=[1, most], nice=False, padding=8), alt.Scale(zero=False, padding=8)
    # Up to ten numbers are all named: vega would put ticks between so few of them, and round their labels.
    ticks = alt.Undefined if most > 10 else list(range(1, most + 1))
    count = alt.Axis(format="d", tickMinStep=1, tickCount=10, values=ticks)
    axis = alt.Axis(tickCount=5, titlePadding=14)
    x = alt.X("tried:Q", scale=tried, title=say("configurations tried"), axis=count)
    y = alt.Y("score:Q", scale=scores, title=say("validation score"), axis=axis)
    accents = alt.Scale(domain=cells, range=[colour(k) for k in range(len(cells))])
    legend = alt.Legend(
        orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20, symbolType="stroke"
    )
    color = alt.Color("cell:N", scale=accents, legend=legend)
    base = rows_of(rows)
    layers = [
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=color),
        base.mark_circle(size=30, opacity=1).encode(x=x, y=y, color=color),
    ]
    return layered(layers, height=220)
