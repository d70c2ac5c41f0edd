"""The confusion matrix of a cell: of the examples of each class, which share was told to be of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from gatewise.languages import say
from gatewise.report.drawing import INK, PAPER, colour, layered, rows_of
from gatewise.text import shorten, with_commas

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.mistakes import Mistakes

NUMBERED = 10
"""Classes whose shares stand in the matrix as numbers at most."""

MOST = 30
"""Classes that are drawn at most; of more the commonest mistakes are told."""

NAMED = 14
"""Letters of a class at most."""

WIDEST = 118
"""Pixels of a name at most."""

FAINTEST, STRONGEST = 0.05, 0.5
"""How strong the accent is for no share and for all; no stronger, for numbers in ink are to be read on it."""


def chart(given: Given, cell: str | None = None) -> alt.LayerChart | None:
    """The matrix of a cell, without a name that of the first; None without classes, or with too many to draw."""
    found = given.mistakes
    if found is None or len(found.classes) > MOST:
        return None
    named = cell or next(iter(found.confusion))
    return drawn(found, named, colour(given.plan.cells.index(named)))


def shares(found: Mistakes, cell: str) -> list[list[float]]:
    """For each true class, for each told class: share of the examples of the true class."""
    return [[value / (sum(row) or 1.0) for value in row] for row in found.confusion[cell]]


def commonest(found: Mistakes, cell: str, most: int = 3) -> list[tuple[str, str, float]]:
    """The mistakes that were made most often: true class, told class, share of the true class."""
    table, counts = shares(found, cell), found.confusion[cell]
    off = [
        (counts[i][j], i, j) for i in range(len(counts)) for j in range(len(counts)) if i != j and counts[i][j] > 0.0
    ]
    worst = sorted(off, key=lambda each: -each[0])[:most]
    return [(shorten(found.classes[i], NAMED), shorten(found.classes[j], NAMED), table[i][j]) for _, i, j in worst]


def description(found: Mistakes, cell: str) -> str:
    """The matrix in one sentence."""
    table = shares(found, cell)
    told = [f"{shorten(name, NAMED)} {table[k][k]:.0%}".replace("%", " %") for k, name in enumerate(found.classes)]
    return say("Share of each class that was told right: {shares}", shares=with_commas(told))


def drawn(found: Mistakes, cell: str, accent: str) -> alt.LayerChart:
    """A square for each pair of classes, as strong as the share of its row."""
    names = _unlike([shorten(name, NAMED) for name in found.classes])
    table = shares(found, cell)
    rows = [
        {"true": names[i], "told": names[j], "share": share, "text": f"{100 * share:.0f}" if share > 0.0051 else ""}
        for i, row in enumerate(table)
        for j, share in enumerate(row)
    ]
    turned = 0 if max(map(len, names)) <= 3 else -40
    axis = alt.Axis(labelAngle=turned, ticks=False, domain=False, labelLimit=WIDEST, titlePadding=8)
    room = min(WIDEST, 8.3 * max(map(len, names)))  # a browser's font may be wider than the one that is measured here
    straight = alt.Axis(labelAngle=0, ticks=False, domain=False, labelLimit=WIDEST, minExtent=room, titlePadding=10)
    x = alt.X("told:N", sort=names, title=say("told"), axis=axis)
    y = alt.Y("true:N", sort=names, title=say("true"), axis=straight)
    strength = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[FAINTEST, STRONGEST]), legend=None)
    layers = [rows_of(rows).mark_rect(color=accent, stroke=PAPER, strokeWidth=1).encode(x=x, y=y, opacity=strength)]
    if len(names) <= NUMBERED:
        layers.append(rows_of(rows).mark_text(color=INK, fontSize=12).encode(x=x, y=y, text="text:N"))
    high = 130 + min(320, 30 * len(names))
    return layered(layers, height=high)


def _unlike(names: list[str]) -> list[str]:
    """Names that were cut to the same letters are told apart by their number."""
    return [name if names.count(name) == 1 else f"{name} {k + 1}" for k, name in enumerate(names)]
