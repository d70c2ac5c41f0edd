"""The errors of a forecast by step ahead, in the user's unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import words
from gatewise.report.drawing import INK, colour, layered, rows_of
from gatewise.text import visible, with_commas

if TYPE_CHECKING:
    from gatewise.report.given import Given

FEWEST = 3
"""Steps ahead below which a table says it better."""

WIDE, HIGH = 640, 260


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        errors: Name -> mean absolute error at each step ahead.
        paints: Name -> colour, width and dashes of its line.
        unit: What the errors are measured in.
        description: The figure in one sentence.
    """

    errors: dict[str, tuple[float, ...]]
    paints: dict[str, tuple[str, float, list[int]]]
    unit: str
    description: str


def chart(given: Given, panel: int = 0) -> alt.LayerChart | None:
    """Mean absolute error by step ahead of a panel, counted from 0; None where it is not known, or steps are few."""
    found = info(given, panel)
    return None if found is None or len(next(iter(found.errors.values()))) < FEWEST else drawn(found)


def info(given: Given, panel: int = 0) -> Info | None:
    """What to draw; None where it is not known."""
    picture, order = given.picture, given.plan.cells
    if picture is None or not picture.panels[panel].errors:
        return None
    shown = picture.panels[panel]
    names = [*[cell for cell in order if cell in picture.cells][:2], picture.rule]
    known = [name for name in names if name in shown.errors]
    called = {name: title(name) if name in order else words.rule(name) for name in known}
    means = [f"{called[n]} {words.amount(sum(shown.errors[n]) / len(shown.errors[n]))}" for n in known]
    return Info(
        errors={called[name]: shown.errors[name] for name in known},
        paints={
            called[name]: (colour(order.index(name)), 2.2, [1, 0]) if name in order else (INK, 1.4, [2, 3])
            for name in known
        },
        unit=visible(shown.title),
        description=say(
            "Mean absolute error in the tests, in the unit of {target}: {errors}",
            target=visible(shown.title),
            errors=with_commas(means),
        ),
    )


def drawn(info: Info) -> alt.LayerChart:
    """A line for each cell and for the rule to beat."""
    rows = [
        {"name": name, "step": step, "error": error}
        for name, errors in info.errors.items()
        for step, error in enumerate(errors, start=1)
    ]
    steps = max(map(len, info.errors.values()))
    ticks: Any = alt.Undefined if steps > 14 else list(range(1, steps + 1))
    axis = alt.Axis(format="d", tickMinStep=1, tickCount=10, values=ticks, titlePadding=8)
    x = alt.X("step:Q", scale=alt.Scale(domain=[1, steps], nice=False, padding=8), title=say("step ahead"), axis=axis)
    axis = alt.Axis(tickCount=5, titlePadding=14)
    y = alt.Y("error:Q", scale=alt.Scale(zero=True), title=say("mean absolute error"), axis=axis)
    names = list(info.paints)
    legend = alt.Legend(
        orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20, symbolType="stroke"
    )
    scale = alt.Scale(domain=names, range=[paint[0] for paint in info.paints.values()])
    color = alt.Color("name:N", scale=scale, legend=legend)
    dashes = alt.StrokeDash(
        "name:N", scale=alt.Scale(domain=names, range=[p[2] for p in info.paints.values()]), legend=legend
    )
    base = rows_of(rows)
    return layered(
        [base.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=color, strokeDash=dashes)], height=HIGH, width=WIDE
    )
