"""What the trained models write by themselves, each symbol drawn by its probability."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.model.continued import generated, joined
from gatewise.run.samples import Samples
from gatewise.tasks.next_symbol import NextSymbol

if TYPE_CHECKING:
    from gatewise.model.model import Model
    from gatewise.tasks.protocol import Task

CHARACTERS, SYMBOLS = 400, 80
"""Characters of a sample at most; words or events."""

PIECES = 6
"""Samples of each model where pieces end."""

BEGINS = 64
"""Symbols of a long text that all go on from."""


class Write(NamedTuple):
    """What is to be written."""

    models: dict[str, Model]  # cells and the bar
    seed: int


def samples(task: Task, ask: Write) -> Samples | None:
    """What the models write; None for other tasks than next symbols."""
    if not isinstance(task, NextSymbol):
        return None
    section, count = task.section, CHARACTERS if task.section.unit == "character" else SYMBOLS
    if section.ends:
        begins, source, real = "", None, [task.piece(k)[:count] for k in _some(task)]
    else:
        border = task.pieces.border or 0
        text = task.piece(0)
        before, after = text[max(0, border - BEGINS) : border], text[border : border + count]
        begins, source, real = joined(before, section.unit), [before], [after]
    written = {}
    for name, model in ask.models.items():
        seeds = range(ask.seed, ask.seed + (PIECES if section.ends else 1))
        each = [generated(model.speaker, source, count, 1.0, seed) for seed in seeds]
        written[name] = tuple(joined(symbols, section.unit) for [symbols] in each)
    return Samples(
        unit=section.unit,
        called=section.called,
        begins=begins,
        real=tuple(joined(symbols, section.unit) for symbols in real),
        written=written,
    )


def _some(task: NextSymbol) -> list[int]:
    """Pieces to show, evenly spaced."""
    count = len(task.pieces.lengths)
    found: list[int] = np.linspace(0, count - 1, min(PIECES, count)).round().astype(np.int64).tolist()
    return found
