"""Documents of a run that has everything a report can show, with names that are made to break a page."""

from __future__ import annotations

import math
from typing import Any

from gatewise.report.given import Given
from gatewise.run.answers import Answers
from gatewise.run.inputs import Column, Inputs, Part
from gatewise.run.mistakes import Hard, Mistakes
from gatewise.run.picture import FromWindow, Panel, Picture, Shown
from gatewise.run.samples import Samples

NASTY = (
    "<b>bold</b>",
    "\"quoted\" & 'single'",
    "</script><script>alert(1)</script>",
    "right \u202eto left",
    "emoji 😀",
    "</svg><!--",
)


def whole(sample: Any) -> Given:
    """What a sample's page is made from, every part of it."""
    costs = sample.verdict.costs.model_copy(
        update={"rules": {rule.name: 0.01 * 4**k for k, rule in enumerate(sample.verdict.baselines)}}
    )
    read = {"understood": tuple(f"target: {name}" for name in NASTY), "notes": NASTY[:2]}
    return Given(
        verdict=sample.verdict.model_copy(update={"costs": costs}),
        plan=sample.plan.model_copy(update=read),
        environment={"processor": NASTY[0], "packages": {"torch": "2.13.0"}},
        picture=picture(sample.plan.cells[:2]),
        samples=Samples(
            unit="character", called="text", begins="", real=NASTY[:2], written={sample.plan.cells[0]: NASTY}
        ),
        mistakes=mistakes(sample.plan.cells[:2]),
        answers=Answers(truth=(1.0, 2.0, 3.0), told=dict.fromkeys(sample.plan.cells[:2], (1.5, 2.0, 2.5))),
        inputs=inputs(),
        curves={cell: (curve(k), curve(k + 1)) for k, cell in enumerate(sample.plan.cells[:2])},
        path=f"runs/{NASTY[2]}",
        source=NASTY[1],
    )


def curve(k: int) -> tuple[tuple[int, float], ...]:
    """Falls, at first fast."""
    return tuple((20 * step, 0.2 + 0.1 * k + math.exp(-step / 3)) for step in range(12))


def picture(cells: tuple[str, ...]) -> Picture:
    """Sixty days, test windows of three days, three days ahead."""
    at = tuple(f"2024-{1 + day // 28:02}-{1 + day % 28:02}T00:00:00" for day in range(60))
    values = tuple(10.0 + 3.0 * math.sin(day / 3) for day in range(60))
    said = {name: (9.0 + k, 10.0 + k, 11.0) for k, name in enumerate((*cells, "ridge"))}
    window: dict[str, Any] = {"at": at[:15], "values": values[:15], "start": 12, "said": said}
    errors = dict.fromkeys(said, 0.5)
    panel = Panel(
        title=NASTY[2],
        at=at,
        values=values,
        tested={name: (FromWindow(start=50, values=each),) for name, each in said.items()},
        ahead_at=tuple(f"2024-03-{day:02}T00:00:00" for day in (5, 6, 7)),
        ahead=(9.0, 10.0, 11.0),
        bands={80: ((8.0, 8.5, 9.0), (10.0, 11.0, 13.0)), 95: ((7.0, 7.0, 7.0), (12.0, 13.0, 15.0))},
        shown=tuple(Shown(which=which, errors=errors, **window) for which in ("best", "median", "worst")),
        errors=said,
    )
    return Picture(cells=cells, rule="ridge", model=cells[1], windows=40, panels=(panel,))


def mistakes(cells: tuple[str, ...]) -> Mistakes:
    """Six classes, of which a few are taken for others."""
    n = len(NASTY)
    table = tuple(tuple(8.0 if i == j else float((i + 2 * j) % 3 == 0) for j in range(n)) for i in range(n))
    hard = [
        Hard(
            example=str(k + 1),
            truth=NASTY[k],
            right=dict.fromkeys(cells, 0.25),
            told=dict.fromkeys(cells, NASTY[k - 1]),
            values=tuple(math.sin(step / 4 + k) for step in range(40)) if k % 2 else (),
            text="" if k % 2 else NASTY[k],
        )
        for k in range(n)
    ]
    return Mistakes(classes=NASTY, confusion=dict.fromkeys(cells, table), tests=8, hardest=tuple(hard))


def inputs() -> Inputs:
    """A column for each name, and two splits in time."""
    columns = tuple(
        Column(name=name, role="past", values=0, missing=0.02 * k, least=-1.0, middle=0.0, most=1234.5)
        for k, name in enumerate(NASTY)
    )
    parts = tuple(
        Part(split=split, part=part, examples=10, first=f"202{k}-01-01T00:00:00", last=f"202{k}-11-01T00:00:00")
        for split in range(2)
        for k, part in enumerate(("train", "validation", "test"), start=split)
    )
    return Inputs(columns=columns, among=len(NASTY), parts=parts)
