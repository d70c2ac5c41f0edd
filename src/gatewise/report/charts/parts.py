"""Where the parts of each split lie: along time for a series, by their sizes for a set of examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt

from gatewise.languages import mark, say
from gatewise.report.drawing import FAINT, INK, colour, layered, rows_of
from gatewise.text import with_commas

if TYPE_CHECKING:
    from gatewise.report.given import Given
    from gatewise.run.inputs import Inputs, Part

NAMES = {"train": mark("to learn from"), "validation": mark("to validate on"), "test": mark("to test on")}
"""What a reader calls the parts."""

WIDE = 640


@dataclass(frozen=True)
class Info:
    """What `drawn` draws.

    Attributes:
        parts: The parts that have examples, split by split.
        timed: Whether they have a place in time.
        called: What an example is called, in the plural.
        description: The figure in one sentence.
    """

    parts: tuple[Part, ...]
    timed: bool
    called: str
    description: str


def chart(given: Given, called: str = "examples") -> alt.LayerChart | None:
    """The parts of each split; None where they are not known."""
    found = info(given.inputs, called)
    return None if found is None else drawn(found)


def info(inputs: Inputs | None, called: str) -> Info | None:
    """What to draw; None where it is not known."""
    parts = tuple(part for part in inputs.parts if part.examples) if inputs else ()
    if not parts:
        return None
    timed = all(part.first is not None for part in parts)
    last = parts[-1].split
    sizes = [
        say("{count:,} {purpose}", count=part.examples, purpose=say(NAMES[part.part]))
        for part in parts
        if part.split == last
    ]
    given: dict[str, object] = {"examples": called.capitalize(), "sizes": with_commas(sizes)}
    text = say("{examples} of 1 split: {sizes}", **given)
    if last > 0:
        text = say("{examples} of the last of {count} splits: {sizes}", count=last + 1, **given)
    return Info(parts, timed, called, text)


def drawn(info: Info) -> alt.LayerChart:
    """A bar for each part, a row for each split."""
    rows: list[dict[str, Any]] = []
    for part in info.parts:
        split, purpose = say("split {number}", number=part.split + 1), say(NAMES[part.part])
        before = sum(other["examples"] for other in rows if other["split"] == split)
        begins, ends = (part.first, part.last) if info.timed else (before, before + part.examples)
        rows.append(
            {
                "split": split,
                "part": purpose,
                "begins": begins,
                "ends": ends,
                "examples": part.examples,
            }
        )
    splits = list(dict.fromkeys(row["split"] for row in rows))
    kind: Any = "temporal" if info.timed and isinstance(rows[0]["begins"], str) else "quantitative"
    name = None if kind == "temporal" else say("row") if info.timed else info.called
    axis = alt.Axis(tickCount=6, labelOverlap="greedy", labelSeparation=8, titlePadding=8)
    x = alt.X("begins", type=kind, title=name, scale=alt.Scale(nice=False, zero=not info.timed), axis=axis)
    y = alt.Y("split:N", sort=splits, title=None, axis=alt.Axis(domain=False, ticks=False))
    paints = {say(NAMES["train"]): FAINT, say(NAMES["validation"]): colour(4), say(NAMES["test"]): INK}
    names = [name for name in paints if name in {row["part"] for row in rows}]
    legend = alt.Legend(orient="top", title=None, labelColor=INK, labelFontSize=13, labelLimit=0, columnPadding=20)
    scale = alt.Scale(domain=names, range=[paints[name] for name in names])
    bars = rows_of(rows).mark_bar(height=14, opacity=0.85)
    drawn = bars.encode(x=x, x2="ends", y=y, color=alt.Color("part:N", scale=scale, legend=legend))
    return layered([drawn], height=90 + 26 * len(splits), width=WIDE)
