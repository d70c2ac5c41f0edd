"""The difference of the judged cells against the margin: one interval for the luck of training, one for new data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.languages import say
from gatewise.report import summary, taken, words
from gatewise.report.drawing import BAND, FAINT, INK, PAPER, colour, layered, rows_of

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.verdict import Verdict

LEAST = 5
"""Pixels of the band: before intervals that are very wide the margin would not be seen."""


def chart(given: Given) -> alt.LayerChart | None:
    """The difference's intervals before the margin; None where nothing was compared."""
    found = info(given.verdict)
    return None if found is None else drawn(found)


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        first: Name of the first judged cell; its side is the right one.
        second: Name of the second.
        estimate: Score of the first minus score of the second.
        intervals: Label and bounds; on this test part, where that is told, then on new data.
        margin: Half the width of the band.
        reach: The axis runs from -reach to reach.
        unit: `skill` or `accuracy`.
        description: The figure in one sentence, for those who do not see it.
    """

    first: str
    second: str
    estimate: float
    intervals: tuple[tuple[str, tuple[float, float]], ...]
    margin: float
    reach: float
    unit: str
    description: str


def info(verdict: Verdict) -> Info | None:
    """What to draw of the difference; None where there is none."""
    found = verdict.difference
    if found is None:
        return None
    # Two or three trainings say so little of their own luck that its range would be longer than the one for new data.
    here, decides = None if taken.few(verdict) else found.interval_here, (say("new data"), found.interval)
    intervals = (decides,) if here is None else ((say("test part"), here), decides)
    widest = max(abs(v) for v in (*found.interval, *(here or ()), found.estimate, verdict.margin))
    return Info(
        first=title(found.first),
        second=title(found.second),
        estimate=found.estimate,
        intervals=intervals,
        margin=verdict.margin,
        reach=1.15 * widest,
        unit=words.measure(verdict.metric),
        description=summary.difference(found, verdict.metric, verdict.margin),
    )


def drawn(info: Info) -> alt.LayerChart:
    """Draw the difference: rows for the directions, the two intervals, and the band's name."""
    rows = [" ", *(label for label, _ in info.intervals), "  "]
    scale = alt.Scale(domain=[-info.reach, info.reach], nice=False)
    axis = alt.Axis(tickCount=5, labelOverlap="greedy")
    x = alt.X(
        "low:Q",
        scale=scale,
        title=say("{unit}, {first} minus {second}", unit=info.unit, first=info.first, second=info.second),
        axis=axis,
    )
    y = alt.Y("row:N", scale=alt.Scale(domain=rows), title=None, axis=alt.Axis(domain=False, ticks=False))
    band = rows_of([{"low": -info.margin, "high": info.margin}]).mark_rect(color=BAND).encode(x=x, x2="high:Q")
    least = rows_of([{"low": 0.0}]).mark_rule(color=BAND, strokeWidth=LEAST).encode(x=x)
    line = rows_of([{"low": 0.0, "row": rows[0], "end": rows[2]}])
    zero = line.mark_rule(color=FAINT, strokeDash=[3, 3]).encode(x=x, y=y, y2="end:N")
    layers = [band, least, zero]
    for (label, (low, high)), thickness in zip(info.intervals, (7, 2)[-len(info.intervals) :], strict=True):
        base = rows_of([{"row": label, "low": low, "high": high}])
        layers.append(base.mark_rule(color=INK, strokeWidth=thickness, strokeCap="round").encode(x=x, x2="high:Q", y=y))
        point = rows_of([{"row": label, "low": info.estimate}])
        dot = point.mark_point(shape="diamond", filled=True, size=110, opacity=1, color=PAPER)
        layers.append(dot.encode(x=x, y=y, stroke=alt.value(INK), strokeWidth=alt.value(1.5)))
    layers += [
        _label(say("◀ {cell} better", cell=info.second), -info.reach, rows[0], x, y, "left", colour(1)),
        _label(say("{cell} better ▶", cell=info.first), info.reach, rows[0], x, y, "right", colour(0)),
        _label(say("within ±{margin:g}", margin=info.margin), 0.0, rows[-1], x, y, "center", FAINT),
    ]
    return layered(layers, height=170)


def _label(text: str, at: float, row: str, x: alt.X, y: alt.Y, align: Any, color: str) -> alt.Chart:
    weight: Any = "normal" if color == FAINT else "bold"
    mark = rows_of([{"low": at, "row": row, "text": text}]).mark_text(align=align, color=color, fontWeight=weight)
    labelled: alt.Chart = mark.encode(x=x, y=y, text="text:N")
    return labelled
