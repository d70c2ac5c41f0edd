"""Second opinions: what other methods find, what to make of it, and what tuning brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt

from gatewise.arms import title
from gatewise.judge import wording
from gatewise.report import words
from gatewise.report.drawing import INK, chart, colour, markup, svg
from gatewise.report.sections.section import Given, Section

if TYPE_CHECKING:
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded, DieboldMarianoResult, Interval, SecondOpinions, Verdict


def values(given: Given) -> dict[str, object] | None:
    """The methods as terms, and the figure of the search; nothing where there is neither."""
    verdict, plan = given.verdict, given.plan
    opinions, tuning = terms(verdict, plan), markup(tuning_figure(verdict, plan))
    if not opinions and tuning is None:
        return None
    return {"opinions": opinions, "tuning": tuning, "tuning_info": tuning_info(verdict, plan)}


SECTION = Section("opinions.html", values)


def terms(verdict: Verdict, plan: Plan) -> list[tuple[str, str]]:
    """Each method with what it says; empty where there are no second opinions."""
    found = verdict.opinions
    if found is None or verdict.difference is None:
        return []
    unit = words.unit(verdict.metric)
    texts = [("Bootstrap", _bootstrap(found, unit))]
    if found.resampled is not None:
        texts.append(("Other training parts", _resampled(found.resampled, found.resampled_trust, plan, unit)))
    if found.diebold_mariano is not None:
        texts.append(("Diebold-Mariano test", _diebold_mariano(found.diebold_mariano, plan)))
    return texts


def _bootstrap(found: SecondOpinions, unit: str) -> str:
    agrees = "as the interval that decides does" if found.agrees else "unlike the interval that decides"
    return (
        f"Pairs and test blocks drawn anew from those there are, without an assumed distribution:"
        f" 95 % interval {words.span(found.bootstrap)} {unit}, which reads as"
        f" “{wording.reading(found.bootstrap_verdict)}”, {agrees}."
        " Where the two read differently, the case is close or the examples are few."
        f"{_caution(found.trust)}"
    )


def _resampled(interval: Interval, trust: tuple[Coded, ...], plan: Plan, unit: str) -> str:
    return (
        f"The {plan.splits.count} folds as draws of training parts that overlap, after Nadeau and Bengio:"
        f" 95 % interval {words.span(interval)} {unit}. The verdict holds for these training parts; how far it carries"
        f" to others of the same kind, this interval says.{_caution(trust)}"
    )


def _diebold_mariano(found: DieboldMarianoResult, plan: Plan) -> str:
    smaller = title(plan.cells[1] if found.statistic > 0.0 else plan.cells[0])
    side = f", with the smaller loss on the {smaller}’s side" if found.statistic != 0.0 else ""
    return (
        f"The usual test of two forecasts, on the test blocks: {words.p_value(found.p_value)}{side}. A small p says"
        f" that the losses differ at all, not that the difference matters: neither the margin nor the luck of training"
        f" is in it.{_caution(found.trust)}"
    )


def _caution(reasons: tuple[Coded, ...]) -> str:
    return f" Caution: {wording.listed(reasons)}." if reasons else ""


# --------------------------------------------------------------------------------------------------
# What tuning brought


@dataclass(frozen=True)
class TuningInfo:
    """What `draw_tuning` draws.

    Attributes:
        curves: Cell's name -> expected best validation score after 1, 2, ... configurations.
        description: The figure in one sentence.
    """

    curves: dict[str, tuple[float, ...]]
    description: str


def tuning_info(verdict: Verdict, plan: Plan) -> TuningInfo | None:
    """What to draw of the search; None where nothing was tuned."""
    curves = {
        title(cell): verdict.cells[cell].expected_best
        for cell in plan.cells
        if cell in verdict.cells and verdict.cells[cell].expected_best
    }
    if not curves:
        return None
    parts = [f"{name} {words.score(c[0])} after one, {words.score(c[-1])} after {len(c)}" for name, c in curves.items()]
    text = f"Expected best validation score by number of configurations tried: {'; '.join(parts)}"
    return TuningInfo(curves, text)


def tuning_figure(verdict: Verdict, plan: Plan) -> str | None:
    """The expected best validation score against the number of configurations, as SVG text; None without tuning."""
    info = tuning_info(verdict, plan)
    return None if info is None else draw_tuning(info)


def draw_tuning(info: TuningInfo) -> str:
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
    x = alt.X("tried:Q", scale=tried, title="configurations tried", axis=count)
    y = alt.Y("score:Q", scale=scores, title="validation score", axis=axis)
    accents = alt.Scale(domain=cells, range=[colour(k) for k in range(len(cells))])
    legend = alt.Legend(
        orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20, symbolType="stroke"
    )
    color = alt.Color("cell:N", scale=accents, legend=legend)
    base = chart(rows)
    layers = [
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=color),
        base.mark_circle(size=30, opacity=1).encode(x=x, y=y, color=color),
    ]
    return svg(layers, height=220)
