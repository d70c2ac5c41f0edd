"""Three test windows of a forecast: the one that both cells told best, the median one, and the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.report.drawing import FAINT, INK, colour, layered, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.report.given import Given
    from gatewise.run.picture import Shown

WIDE, HIGH = 320, 200


def chart(given: Given, panel: int = 0, place: int = 0) -> alt.LayerChart | None:
    """One of the windows of a panel, counted from 0: best, median, worst; None where there is none."""
    if given.picture is None or place >= len(given.picture.panels[panel].shown):
        return None
    found = given.picture.panels[panel].shown[place]
    cells = [cell for cell in given.plan.cells if cell in given.picture.cells][:2]
    return drawn(found, given.picture.rule, cells, given.plan.cells)


def drawn(shown: Shown, rule: str, cells: Sequence[str], order: Sequence[str]) -> alt.LayerChart:
    """What came before, what came, and what cells and rule had forecast."""
    times: Any = "temporal" if isinstance(shown.at[0], str) else "quantitative"
    scale = alt.Scale(zero=False, nice=False)
    x = alt.X(
        "at", type=times, title=None, scale=scale, axis=alt.Axis(tickCount=3, labelOverlap="greedy", labelSeparation=10)
    )
    y = alt.Y("value:Q", scale=alt.Scale(zero=False), title=None, axis=alt.Axis(tickCount=4))
    truth = [{"at": at, "value": value} for at, value in zip(shown.at, shown.values, strict=True)]
    few = len(shown.at) - shown.start == 1
    layers = [
        rows_of(truth[: shown.start + 1]).mark_line(color=FAINT, strokeWidth=1.4).encode(x=x, y=y),
        rows_of(truth[shown.start :])
        .mark_line(color=FAINT, strokeWidth=3, point={"color": FAINT, "size": 20, "filled": True})
        .encode(x=x, y=y),
    ]
    paints: dict[str, dict[str, Any]] = {rule: {"color": INK, "strokeDash": [2, 3], "strokeWidth": 1.4}}
    paints |= {cell: {"color": colour(order.index(cell)), "strokeWidth": 2} for cell in cells}
    for name, paint in paints.items():
        said = [{"at": shown.at[shown.start + k], "value": v} for k, v in enumerate(shown.said.get(name, ()))]
        if said:
            point = {"color": paint["color"], "size": 40, "filled": True} if few else False
            layers.append(rows_of(said).mark_line(**paint, point=point).encode(x=x, y=y))
    return layered(layers, height=HIGH, width=WIDE)
