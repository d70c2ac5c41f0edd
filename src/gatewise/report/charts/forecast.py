"""The forecast: the last rows, what cells and rule said of them when they were tested, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import words
from gatewise.report.drawing import FAINT, INK, colour, layered, rows_of
from gatewise.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.report.given import Given
    from gatewise.run.picture import Panel, Picture

WIDE, HIGH = 900, 300

MOST_POINTS = 40
"""Steps ahead that are marked by points at most."""


def chart(given: Given, panel: int = 0) -> alt.LayerChart | None:
    """One target of one series, counted from 0 as forecast.json has them; None where nothing is forecast."""
    found = given.picture
    if found is None:
        return None
    cells = [cell for cell in given.plan.cells if cell in found.cells][:2]
    return drawn(found.panels[panel], found, cells, given.plan.cells)


def keyed(given: Given) -> alt.LayerChart | None:
    """The first one with a legend, for where no page stands around it."""
    found = given.picture
    if found is None:
        return None
    order, panel = given.plan.cells, found.panels[0]
    cells = [cell for cell in order if cell in found.cells][:2]
    return drawn(panel, found, cells, order, _legend(_keys(panel, found, order)))


def _keys(panel: Panel, picture: Picture, order: Sequence[str]) -> dict[str, tuple[str, list[int]]]:
    """What is named in the legend -> its colour and dashes."""
    keys: dict[str, tuple[str, list[int]]] = {say("the data"): (FAINT, [1, 0])}
    keys |= {title(cell): (colour(order.index(cell)), [1, 0]) for cell in order if cell in panel.tested}
    if picture.rule in panel.tested:
        keys[say("{rule}, the rule to beat", rule=words.rule(picture.rule))] = (INK, [2, 3])
    if panel.ahead:
        ahead = [say("what comes next")]
        if levels := [str(level) for level in sorted(panel.bands)]:
            ahead.append(say("bands of {levels} %", levels=say(" and ").join(levels)))
        accent = colour(order.index(picture.model)) if picture.model in order else INK
        keys[", ".join(ahead)] = (accent, [1, 0])
    return keys


def _legend(keys: Mapping[str, tuple[str, list[int]]]) -> alt.Chart:
    """Lines of no length, for what is named above the chart."""
    legend = alt.Legend(
        orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20, symbolType="stroke"
    )
    names, (paints, dashes) = list(keys), zip(*keys.values(), strict=True)
    scale = alt.Scale(domain=names, range=list(paints))
    dashed = alt.Scale(domain=names, range=list(dashes))
    mark: Any = rows_of([{"name": name} for name in names]).mark_line(strokeWidth=2.2)
    made: alt.Chart = mark.encode(
        color=alt.Color("name:N", scale=scale, legend=legend),
        strokeDash=alt.StrokeDash("name:N", scale=dashed, legend=legend),
    )
    return made


def drawn(
    panel: Panel, picture: Picture, cells: Sequence[str], order: Sequence[str], legend: alt.Chart | None = None
) -> alt.LayerChart:
    """Bands, history, test forecasts and the forecast ahead of one panel, from back to front.

    Args:
        panel: What it shows.
        picture: The rule and the model.
        cells: The cells whose test forecasts are drawn.
        order: All cells, in the order of their colours.
        legend: A layer that brings one.
    """
    times: Any = "temporal" if panel.at and isinstance(panel.at[0], str) else "quantitative"
    scale = alt.Scale(zero=False, nice=False) if times == "quantitative" else alt.Scale()
    x = alt.X(
        "at", type=times, title=None, scale=scale, axis=alt.Axis(tickCount=8, labelOverlap="greedy", labelSeparation=8)
    )
    y = alt.Y(
        "value:Q", scale=alt.Scale(zero=False), title=visible(panel.title), axis=alt.Axis(tickCount=5, titlePadding=12)
    )
    accent = colour(order.index(picture.model)) if picture.model in order else INK
    layers = [_band(panel, level, accent, x) for level in sorted(panel.bands, reverse=True)]
    known = [{"at": at, "value": value} for at, value in zip(panel.at, panel.values, strict=True)]
    layers.append(rows_of(known).mark_line(color=FAINT, strokeWidth=1.4).encode(x=x, y=y))
    paints: dict[str, dict[str, Any]] = {picture.rule: {"color": INK, "strokeDash": [2, 3], "strokeWidth": 1.2}}
    paints |= {cell: {"color": colour(order.index(cell)), "strokeWidth": 1.8} for cell in cells}
    for name, paint in paints.items():
        said = [
            {"at": panel.at[window.start + k], "value": value, "window": window.start}
            for window in panel.tested.get(name, ())
            for k, value in enumerate(window.values)
        ]
        if said:
            layers.append(rows_of(said).mark_line(**paint).encode(x=x, y=y, detail="window:N"))
    if panel.ahead:
        ahead = [{"at": at, "value": value} for at, value in zip(panel.ahead_at, panel.ahead, strict=True)]
        point = {"filled": True, "size": 22, "color": accent} if len(ahead) <= MOST_POINTS else False
        layers.append(rows_of(ahead).mark_line(color=accent, strokeWidth=2.6, point=point).encode(x=x, y=y))
    return layered([*layers, *([legend] if legend else [])], height=HIGH, width=WIDE)


def _band(panel: Panel, level: int, accent: str, x: alt.X) -> alt.Chart:
    """The band of a level, behind everything else."""
    low, high = panel.bands[level]
    rows = [{"at": at, "value": lo, "high": hi} for at, lo, hi in zip(panel.ahead_at, low, high, strict=True)]
    mark: Any = {"mark_rule": {"strokeWidth": 6}} if len(rows) == 1 else {"mark_area": {}}
    [(kind, paint)] = mark.items()
    drawn = getattr(rows_of(rows), kind)(color=accent, opacity=0.16, **paint)
    banded: alt.Chart = drawn.encode(x=x, y=alt.Y("value:Q", scale=alt.Scale(zero=False)), y2="high:Q")
    return banded
