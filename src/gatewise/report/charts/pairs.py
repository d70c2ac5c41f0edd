"""The scores of all pairs: a dot for each, a line for the two judged cells of a pair, the bar as a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.languages import say, say_count
from gatewise.report import baselines, words
from gatewise.report.drawing import FAINT, INK, PAPER, colour, layered, rows_of

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

FAR = 2.0
"""The baseline is drawn unless it lies further from the scores than this many times the spread of the judged cells."""


def chart(given: Given) -> alt.LayerChart | None:
    """The scores of all pairs; None where none was scored."""
    found = info(given.verdict, given.plan)
    return None if found is None else drawn(found)


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

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


def info(verdict: Verdict, plan: Plan) -> Info | None:
    """What to draw of the pairs; None where none was scored."""
    cells = [cell for cell in plan.cells if cell in verdict.cells]
    values = [score for cell in cells for score in verdict.cells[cell].per_pair]
    if not values:
        return None
    found, unit = baselines.bar(verdict), words.measure(verdict.metric)
    parts = [f"{title(cell)} {words.score(verdict.cells[cell].score)}" for cell in cells]
    baseline = ""
    near = False
    if found:
        judged = [score for cell in cells[:2] for score in verdict.cells[cell].per_pair]
        spread = max(max(judged) - min(judged), verdict.margin)
        near = min(values) - FAR * spread <= found.score <= max(values) + FAR * spread
        given = {"rule": found.name, "score": words.score(found.score)}
        if near:
            baseline = say("; the baseline, {rule}, lies at {score}", **given)
        elif found.score < min(values):
            baseline = say("; the baseline, {rule}, lies at {score}, below the figure", **given)
        else:
            baseline = say("; the baseline, {rule}, lies at {score}, above the figure", **given)
    return Info(
        scores={title(cell): verdict.cells[cell].per_pair for cell in cells},
        means={title(cell): verdict.cells[cell].score for cell in cells},
        bar=(found.name, found.score) if found and near else None,
        unit=unit,
        description=say(
            "Mean {unit} over {pairs}: {scores}{baseline}",
            unit=unit,
            pairs=say_count("{count} pair", "{count:,} pairs", verdict.pairs),
            scores=", ".join(parts),
            baseline=baseline,
        ),
    )


def drawn(info: Info) -> alt.LayerChart:
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
    judged = rows_of([row for row in rows if row["cell"] in cells[:2]])
    layers = [judged.mark_line(color=FAINT, strokeWidth=1, opacity=0.5).encode(x=x, y=y, detail="pair:N")]
    if info.bar:
        name, score = info.bar
        line = rows_of([{"score": score, "text": say("baseline: {rule}", rule=name)}])
        layers.append(line.mark_rule(color=INK, strokeDash=[5, 4]).encode(y=y))
        values = [value for scores in info.scores.values() for value in scores]
        above = score > (min(values) + max(values)) / 2.0  # the label stands between two columns, off the dots' side
        place: Any = {"baseline": "bottom", "dy": -5} if above else {"baseline": "top", "dy": 5}
        gap = alt.value(alt.ExprRef(f"width * {max(1, len(cells) // 2) / len(cells)}"))
        for paint in ({"stroke": PAPER, "strokeWidth": 4}, {"color": INK}):  # a halo first: lines pass behind
            layers.append(line.mark_text(align="center", **place, **paint).encode(y=y, x=gap, text="text:N"))
    layers += [  # last: the label is wide, and no score may lie hidden below it
        rows_of(rows).mark_circle(size=34, opacity=0.8).encode(x=x, y=y, color=color),
        rows_of(means).mark_tick(thickness=3, size=56).encode(x=x, y=y, color=color),
    ]
    return layered(layers, height=300)
