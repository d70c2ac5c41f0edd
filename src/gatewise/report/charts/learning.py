"""How the pairs learned: the loss of each fit, step by step, and the median of each cell.

It is the validation loss, or the training loss where nothing validates; the axis and the sentence say which.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import altair as alt

from gatewise.arms import title
from gatewise.languages import mark, say
from gatewise.report import words
from gatewise.report.drawing import INK, colour, layered, rows_of
from gatewise.text import with_commas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.report.given import Curve, Given
    from gatewise.run.plan import Plan

MOST = 30
"""Fits of a cell that are drawn at most."""

HEADROOM = 1.6
"""Losses above this many times the largest median are left out: one fit that goes astray would flatten all others."""

WIDE, HIGH = 640, 300


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        fits: Cell's name -> the curves of its fits, thinned out where there are many.
        medians: Cell's name -> median loss at each step that at least half of its fits reached.
        colors: Cell's name -> its accent.
        description: The figure in one sentence.
        axis: What its losses are.
    """

    fits: dict[str, tuple[Curve, ...]]
    medians: dict[str, Curve]
    colors: dict[str, str]
    description: str
    axis: str


def chart(given: Given) -> alt.LayerChart | None:
    """Loss by optimiser step; None where no fit has a curve."""
    found = info(given.curves, given.plan)
    return None if found is None else drawn(found)


def info(curves: Mapping[str, Sequence[Curve]], plan: Plan) -> Info | None:
    """What to draw; None where no fit has a curve."""
    known = {cell: [curve for curve in curves.get(cell, ()) if len(curve) > 1] for cell in plan.cells}
    known = {cell: found for cell, found in known.items() if found}
    if not known:
        return None
    medians = {cell: _median(found) for cell, found in known.items()}
    ends = [
        say(
            "{cell} {loss} at step {step:,}",
            cell=title(cell),
            loss=words.amount(min(loss for _, loss in curve)),
            step=min(curve, key=lambda p: p[1])[0],
        )
        for cell, curve in medians.items()
    ]
    validated = plan.splits.validated
    told = mark("Validation loss by optimiser step, least median of the pairs' fits: {ends}")
    if not validated:
        told = mark("Training loss by optimiser step, least median of the pairs' fits: {ends}")
    return Info(
        fits={title(cell): tuple(_some(found)) for cell, found in known.items()},
        medians={title(cell): curve for cell, curve in medians.items()},
        colors={title(cell): colour(plan.cells.index(cell)) for cell in known},
        description=say(told, ends=with_commas(ends)),
        axis=say("validation loss") if validated else say("training loss"),
    )


def _some(curves: Sequence[Curve]) -> list[Curve]:
    """At most so many of them, evenly spread."""
    step = max(1, -(-len(curves) // MOST))
    return list(curves[::step])


def _median(curves: Sequence[Curve]) -> Curve:
    """Median loss at each step that at least half of the fits reached."""
    at: dict[int, list[float]] = {}
    for curve in curves:
        for step, loss in curve:
            at.setdefault(step, []).append(loss)
    return tuple((step, median(losses)) for step, losses in sorted(at.items()) if 2 * len(losses) >= len(curves))


def drawn(info: Info) -> alt.LayerChart:
    """A thin line for each fit, a thick one for the median of each cell."""
    most = HEADROOM * max(loss for curve in info.medians.values() for _, loss in curve)
    thin = [
        {"cell": cell, "fit": f"{cell} {k}", "step": step, "loss": loss}
        for cell, curves in info.fits.items()
        for k, curve in enumerate(curves)
        for step, loss in curve
        if loss <= most
    ]
    thick = [{"cell": cell, "step": s, "loss": loss} for cell, curve in info.medians.items() for s, loss in curve]
    axis = alt.Axis(tickCount=6, format="~s", titlePadding=8)
    x = alt.X("step:Q", scale=alt.Scale(nice=False), title=say("optimiser step"), axis=axis)
    axis = alt.Axis(tickCount=5, titlePadding=14)
    y = alt.Y("loss:Q", scale=alt.Scale(zero=False), title=info.axis, axis=axis)
    accents = alt.Scale(domain=list(info.colors), range=list(info.colors.values()))
    legend = alt.Legend(
        orient="top",
        title=None,
        labelColor=INK,
        labelFontSize=13,
        labelLimit=0,
        columnPadding=20,
        symbolType="stroke",
        symbolOpacity=1,
    )
    color = alt.Color("cell:N", scale=accents, legend=legend)
    layers = [
        rows_of(thin).mark_line(strokeWidth=1, opacity=0.3).encode(x=x, y=y, color=color, detail="fit:N"),
        rows_of(thick).mark_line(strokeWidth=2.8).encode(x=x, y=y, color=color),
    ]
    return layered(layers, height=HIGH, width=WIDE)
