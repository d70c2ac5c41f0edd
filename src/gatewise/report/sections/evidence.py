"""Evidence: the difference against the margin, and every pair. What is drawn is computed first, then drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.report import summary, words
from gatewise.report.drawing import BAND, FAINT, INK, PAPER, chart, colour, markup, svg
from gatewise.report.sections.section import Given, Section
from gatewise.text import counted

if TYPE_CHECKING:
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

FAR = 2.0
"""The baseline is drawn unless it lies further from the scores than this many times the spread of the judged cells."""


def values(given: Given) -> dict[str, object] | None:
    """Both figures with what they show; nothing where there is neither."""
    verdict, plan = given.verdict, given.plan
    difference, pairs = markup(difference_figure(verdict)), markup(pairs_figure(verdict, plan))
    if difference is None and pairs is None:
        return None
    return {
        "difference": difference,
        "difference_info": difference_info(verdict),
        "outlook": outlook(verdict),
        "pairs": pairs,
        "pairs_info": pairs_info(verdict, plan),
    }


SECTION = Section("evidence.html", values)

# --------------------------------------------------------------------------------------------------
# The difference against the margin


def outlook(verdict: Verdict) -> list[tuple[str, str, float]]:
    """The three things the difference may be: CSS name, text and probability, second cell's lead first."""
    if verdict.probabilities is None or verdict.difference is None:
        return []
    first, second = verdict.difference.first, verdict.difference.second
    return [
        ("cell-2", f"{title(second)} better by more than the margin", verdict.probabilities[second]),
        ("same", "practically equal", verdict.probabilities["equal"]),
        ("cell-1", f"{title(first)} better by more than the margin", verdict.probabilities[first]),
    ]


@dataclass(frozen=True)
class DifferenceInfo:
    """What `draw_difference` draws.

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


def difference_info(verdict: Verdict) -> DifferenceInfo | None:
    """What to draw of the difference; None where there is none."""
    found = verdict.difference
    if found is None:
        return None
    here, decides = found.interval_here, ("new data", found.interval)
    intervals = (decides,) if here is None else (("test part", here), decides)
    widest = max(abs(v) for v in (*found.interval, *(here or ()), found.estimate, verdict.margin))
    return DifferenceInfo(
        first=title(found.first),
        second=title(found.second),
        estimate=found.estimate,
        intervals=intervals,
        margin=verdict.margin,
        reach=1.15 * widest,
        unit=words.unit(verdict.metric),
        description=summary.difference(found, verdict.metric, verdict.margin),
    )


def difference_figure(verdict: Verdict) -> str | None:
    """The interval of the difference against the margin band, as SVG text; None where there is no difference."""
    info = difference_info(verdict)
    return None if info is None else draw_difference(info)


def draw_difference(info: DifferenceInfo) -> str:
    """Draw the difference: rows for the directions, the two intervals, and the band's name."""
    rows = [" ", *(label for label, _ in info.intervals), "  "]
    scale = alt.Scale(domain=[-info.reach, info.reach], nice=False)
    axis = alt.Axis(tickCount=5, labelOverlap="greedy")
    x = alt.X("low:Q", scale=scale, title=f"{info.unit}, {info.first} minus {info.second}", axis=axis)
    y = alt.Y("row:N", scale=alt.Scale(domain=rows), title=None, axis=alt.Axis(domain=False, ticks=False))
    band = chart([{"low": -info.margin, "high": info.margin}]).mark_rect(color=BAND).encode(x=x, x2="high:Q")
    line = chart([{"low": 0.0, "row": rows[0], "end": rows[2]}])
    zero = line.mark_rule(color=FAINT, strokeDash=[3, 3]).encode(x=x, y=y, y2="end:N")
    layers = [band, zero]
    for (label, (low, high)), thickness in zip(info.intervals, (7, 2)[-len(info.intervals) :], strict=True):
        base = chart([{"row": label, "low": low, "high": high}])
        layers.append(base.mark_rule(color=INK, strokeWidth=thickness, strokeCap="round").encode(x=x, x2="high:Q", y=y))
        point = chart([{"row": label, "low": info.estimate}])
        dot = point.mark_point(shape="diamond", filled=True, size=110, opacity=1, color=PAPER)
        layers.append(dot.encode(x=x, y=y, stroke=alt.value(INK), strokeWidth=alt.value(1.5)))
    layers += [
        _label(f"◀ {info.second} better", -info.reach, rows[0], x, y, "left", colour(1)),
        _label(f"{info.first} better ▶", info.reach, rows[0], x, y, "right", colour(0)),
        _label(f"within ±{info.margin:g}", 0.0, rows[-1], x, y, "center", FAINT),
    ]
    return svg(layers, height=170)


def _label(text: str, at: float, row: str, x: alt.X, y: alt.Y, align: Any, color: str) -> alt.Chart:
    weight: Any = "normal" if color == FAINT else "bold"
    mark = chart([{"low": at, "row": row, "text": text}]).mark_text(align=align, color=color, fontWeight=weight)
    labelled: alt.Chart = mark.encode(x=x, y=y, text="text:N")
    return labelled


# --------------------------------------------------------------------------------------------------
# The pairs


@dataclass(frozen=True)
class PairsInfo:
    """What `draw_pairs` draws.

    Attributes:
        scores: Cell's name -> its score in each pair.
        means: Cell's name -> its score.
        bar: Name and score of the baseline to beat; None where it is too far from the scores to be drawn.
        unit: `skill` or `accuracy`.
        description: The figure in one sentence, with the baseline even where it is not drawn.
    """

    scores: dict[str, tuple[float, ...]]
    means: dict[str, float]
    bar: tuple[str, float] | None
    unit: str
    description: str


def pairs_info(verdict: Verdict, plan: Plan) -> PairsInfo | None:
    """What to draw of the pairs; None where none was scored."""
    cells = [cell for cell in plan.cells if cell in verdict.cells]
    values = [score for cell in cells for score in verdict.cells[cell].per_pair]
    if not values:
        return None
    found, unit = summary.bar(verdict), words.unit(verdict.metric)
    parts = [f"{title(cell)} {words.score(verdict.cells[cell].score)}" for cell in cells]
    baseline = ""
    near = False
    if found:
        judged = [score for cell in cells[:2] for score in verdict.cells[cell].per_pair]
        spread = max(max(judged) - min(judged), verdict.margin)
        near = min(values) - FAR * spread <= found.score <= max(values) + FAR * spread
        outside = "" if near else f", {'below' if found.score < min(values) else 'above'} the figure"
        baseline = f"; the baseline, {found.name}, lies at {words.score(found.score)}{outside}"
    return PairsInfo(
        scores={title(cell): verdict.cells[cell].per_pair for cell in cells},
        means={title(cell): verdict.cells[cell].score for cell in cells},
        bar=(found.name, found.score) if found and near else None,
        unit=unit,
        description=f"Mean {unit} over {counted(verdict.pairs, 'pair')}: {', '.join(parts)}{baseline}",
    )


def pairs_figure(verdict: Verdict, plan: Plan) -> str | None:
    """The scores of all pairs, a line for each pair of the judged cells, as SVG text; None where there are none."""
    info = pairs_info(verdict, plan)
    return None if info is None else draw_pairs(info)


def draw_pairs(info: PairsInfo) -> str:
    """Draw the pairs: a column of dots per cell, its mean as a bar, lines within pairs, the baseline as a rule."""
    cells = list(info.scores)
    rows = [
        {"cell": cell, "score": score, "pair": pair}
        for cell, scores in info.scores.items()
        for pair, score in enumerate(scores)
    ]
    means = [{"cell": cell, "score": mean} for cell, mean in info.means.items()]
    x = alt.X("cell:N", scale=alt.Scale(domain=cells), title=None, axis=alt.Axis(labelAngle=0, ticks=False))
    axis = alt.Axis(tickCount=5, titlePadding=14)
    y = alt.Y("score:Q", scale=alt.Scale(zero=False, padding=22), title=info.unit, axis=axis)
    accents = alt.Scale(domain=cells, range=[colour(k) for k in range(len(cells))])
    color = alt.Color("cell:N", scale=accents, legend=None)
    judged = chart([row for row in rows if row["cell"] in cells[:2]])
    layers = [
        judged.mark_line(color=FAINT, strokeWidth=1, opacity=0.5).encode(x=x, y=y, detail="pair:N"),
        chart(rows).mark_circle(size=34, opacity=0.8).encode(x=x, y=y, color=color),
        chart(means).mark_tick(thickness=3, size=56).encode(x=x, y=y, color=color),
    ]
    if info.bar:
        name, score = info.bar
        line = chart([{"score": score, "text": f"baseline: {name}"}])
        layers.append(line.mark_rule(color=INK, strokeDash=[5, 4]).encode(y=y))
        values = [value for scores in info.scores.values() for value in scores]
        above = score > (min(values) + max(values)) / 2.0  # the label stands between two columns, off the dots' side
        place: Any = {"baseline": "bottom", "dy": -5} if above else {"baseline": "top", "dy": 5}
        gap = alt.value(alt.ExprRef(f"width * {max(1, len(cells) // 2) / len(cells)}"))
        for paint in ({"stroke": PAPER, "strokeWidth": 4}, {"color": INK}):  # a halo first: lines pass behind
            layers.append(line.mark_text(align="center", **place, **paint).encode(y=y, x=gap, text="text:N"))
    return svg(layers, height=300)
