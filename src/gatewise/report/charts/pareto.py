"""Cost against score: what a cell or a simple rule takes to train, and how good it is then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.arms import title
from gatewise.languages import mark, say, say_count
from gatewise.report import words
from gatewise.report.drawing import FAINT, INK, PAPER, colour, layered, rows_of
from gatewise.text import columns, with_commas

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

LEAST = 0.001
"""Core seconds below which the clock tells nothing: cheaper rules are drawn here."""

FAR = 3.0
"""Rules further below the best score than this many times the lead of the best over the bar are told, not drawn."""

WIDE, HIGH = 640, 320


@dataclass(frozen=True)
class Point:
    """One contestant.

    Attributes:
        name: As a reader knows it.
        seconds: Core seconds to train it once.
        score: On the test part.
        color: Of its dot.
        best: Whether nothing cheaper does as well.
        named: Whether its name stands beside the dot.
    """

    name: str
    seconds: float
    score: float
    color: str
    best: bool
    named: bool


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        points: The contestants, the cheapest first.
        unit: `skill` or `accuracy`.
        description: The figure in one sentence.
    """

    points: tuple[Point, ...]
    unit: str
    description: str


def chart(given: Given) -> alt.LayerChart | None:
    """Core seconds to train against score; None where the clock measured nothing to compare."""
    found = info(given.verdict, given.plan)
    return None if found is None else drawn(found)


def info(verdict: Verdict, plan: Plan) -> Info | None:
    """What to draw; None where the times of the rules are not known, and where there is nothing to compare."""
    costs, splits = verdict.costs, plan.splits.count
    found: list[tuple[str, float, float, str, bool]] = [
        (title(cell), costs.cells[cell].seconds_per_fit, verdict.cells[cell].score, colour(k), True)
        for k, cell in enumerate(plan.cells)
        if cell in verdict.cells and cell in costs.cells
    ]
    found += [
        (words.rule(rule.name), costs.rules[rule.name] / splits, rule.score, INK if rule.bar else FAINT, rule.bar)
        for rule in verdict.baselines
        if rule.name in costs.rules
    ]
    if len(found) < 2 or not costs.rules:
        return None
    least = _least_score(found, verdict)
    near = sorted((each for each in found if each[2] >= least), key=lambda each: (each[1], -each[2]))
    points, best = [], -math.inf
    for name, seconds, score, color, named in near:
        leads = score > best
        best = max(best, score)
        points.append(Point(name, max(seconds, LEAST), score, color, leads, named or leads))
    unit = words.measure(verdict.metric)
    front = with_commas([_reached(point) for point in points if point.best])
    below = len(found) - len(near)
    outside = say_count(". Below the figure lies {count} more", ". Below the figure lie {count} more", below)
    told = mark("{unit} against core seconds to train once. Nothing cheaper in the figure does as well as {front}")
    text = say(told, unit=unit.capitalize(), front=front)
    return Info(tuple(points), unit, f"{text}{outside if below else ''}")


def _reached(point: Point) -> str:
    given = {"name": point.name, "score": words.score(point.score), "seconds": words.measured(point.seconds)}
    return say("{name} {score} in {seconds} s", **given)


def _least_score(found: list[tuple[str, float, float, str, bool]], verdict: Verdict) -> float:
    """The lowest score that is drawn: cells and the bar always are."""
    kept = [score for _, _, score, _, named in found if named]
    top = max(score for _, _, score, _, _ in found)
    return min(min(kept, default=top), top - FAR * max(top - min(kept, default=top), 10 * verdict.margin))


def drawn(info: Info) -> alt.LayerChart:
    """A dot each, names beside them, and a stair that joins those of which nothing cheaper does as well."""
    rows = [{"seconds": p.seconds, "score": p.score, "color": p.color} for p in info.points]
    stair = [row for row, point in zip(rows, info.points, strict=True) if point.best]
    stair = [*stair, {**stair[-1], "seconds": max(p.seconds for p in info.points)}]
    axis = alt.Axis(tickCount=5, format="~g", labelOverlap="greedy", titlePadding=8)
    scale: Any = alt.Scale(type="log", padding=28, nice=False)
    x = alt.X("seconds:Q", scale=scale, title=say("core seconds to train once"), axis=axis)
    axis = alt.Axis(tickCount=5, titlePadding=14)
    y = alt.Y("score:Q", scale=alt.Scale(zero=False, padding=24, nice=False), title=info.unit, axis=axis)
    color: Any = alt.Color("color:N", scale=None, legend=None)
    layers = [
        rows_of(stair).mark_line(color=FAINT, strokeWidth=1.2, interpolate="step-after", opacity=0.7).encode(x=x, y=y),
        rows_of(rows).mark_circle(size=80, opacity=1).encode(x=x, y=y, color=color),
    ]
    return layered([*layers, *_names(info, x, y)], height=HIGH, width=WIDE)


def _names(info: Info, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Names beside the dots, at the nearest place where no other name, dot or line is."""
    layers, taken = [], [*(_box(p, info, -6, 6, 6) for p in info.points), *_stairs(info)]
    for point in sorted(info.points, key=lambda p: (not p.best, p.seconds)):
        if not point.named:
            continue
        wide = 7.2 * columns(point.name)
        places = [
            (align, dx, dy, _box(point, info, dx - left * wide, dx + (1 - left) * wide, 8, dy))
            for dy in ROWS
            for align, dx, left in (SIDES if abs(dy) < NEAR else SIDES[:2])
        ]
        align, dx, dy, box = min(places, key=lambda place: _clash(place[3], taken) + abs(place[2]))
        taken.append(box)
        base = rows_of([{"seconds": point.seconds, "score": point.score, "name": point.name}])
        for paint in ({"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}, {"color": point.color}):
            drawn: Any = base.mark_text(align=align, dx=dx, dy=dy, baseline="middle", limit=260, **paint)
            layers.append(drawn.encode(x=x, y=y, text="name:N"))
    return layers


Box = tuple[float, float, float, float]

SIDES: tuple[tuple[Any, int, float], ...] = (("left", 9, 0.0), ("right", -9, 1.0), ("center", 0, 0.5))
"""How a name is aligned, how far from the middle of its dot it begins, and the share of it that lies to the left."""

ROWS, NEAR = (0, -17, 17, -34, 34, -51, 51, -68, 68), 20
"""Pixels below its dot at which a name may stand; further than this it stands to one side, off its dot."""


def _stairs(info: Info) -> list[Box]:
    """Where the line lies that joins the best: across from each to the cost of the next, then up to it."""
    boxes, best = [], [point for point in info.points if point.best]
    corners = [_box(point, info, 0, 0, 0) for point in best]
    for (left, _, y, _), (right, _, top, _) in pairwise(corners):
        boxes += [(left, right, y - 1, y + 1), (right - 1, right + 1, top, y)]
    left, _, y, _ = corners[-1]
    return [*boxes, (left, max(_box(point, info, 0, 0, 0)[0] for point in info.points), y - 1, y + 1)]


def _box(point: Point, info: Info, left: float, right: float, half: float, down: float = 0.0) -> Box:
    """Where something beside a dot lies, in about the pixels of the figure: left, right, top, bottom."""
    logs = [math.log(p.seconds) for p in info.points]
    scores = [p.score for p in info.points]
    x = 89 + (WIDE - 123) * (math.log(point.seconds) - min(logs)) / ((max(logs) - min(logs)) or 1.0)
    y = 30 + (HIGH - 105) * (max(scores) - point.score) / ((max(scores) - min(scores)) or 1.0) + down
    return x + left, x + right, y - half, y + half


def _clash(box: Box, taken: list[Box]) -> float:
    """How much of a box is taken already, or lies outside of the figure."""
    left, right, top, bottom = box
    outside = max(0.0, 65 - left) + max(0.0, right - WIDE + 10) + max(0.0, -top)
    covered = sum(
        max(0.0, min(right, r) - max(left, le)) * max(0.0, min(bottom, b) - max(top, t)) for le, r, t, b in taken
    )
    return 40 * outside + covered
