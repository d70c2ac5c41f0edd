"""Texts, cases and rolls as a network reads them that tells what comes next: the piece that a microscope shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.alphabet import numbered
from gatewise.data.framed import as_frames
from gatewise.data.frames import Frames
from gatewise.data.reading import Reading
from gatewise.data.symbols import Symbols
from gatewise.explain.example import LOOKED_AT, Example, check_number
from gatewise.languages import say
from gatewise.model.continued import brought
from gatewise.tasks.next_frame import FrameSection
from gatewise.tasks.next_symbol import NextSymbol, SymbolSection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.model.model import Model

LONGEST = 512
"""Steps of a piece that are shown at most, its first ones: a network begins there with a state of zeros."""

EDGE = "^"
"""What a network reads before the first symbol of a piece."""


def piece(model: Model, data: object, number: int | None) -> Example:
    """The piece with a number, from 1 on; None for the longest of the first ones.

    Args:
        model: A model that tells next symbols or next frames.
        data: What the run was made from, or what the user brings: a file.
        number: The piece.

    Raises:
        DataError: What the user brings cannot be read, or holds something else.
        OptionError: There is no such piece.
    """
    reads = _symbols(model, data) if model.task == NextSymbol.name else _frames(model, data)
    if number is None:
        number = int(np.argmax([len(each) for each in reads[:LOOKED_AT]])) + 1
    check_number(number, len(reads))
    whole = reads[number - 1]
    given = {"chosen": number, "count": len(reads)}
    if len(whole) <= LONGEST:
        title = say("example {chosen:,} of {count:,}", **given)
    else:
        title = say("the first {shown} of {steps:,} steps of example {chosen:,} of {count:,}", shown=LONGEST,
                    steps=len(whole), **given)  # fmt: skip
    x = whole[:LONGEST].astype(np.float32)
    return Example(x, title, _called(model, x) if model.task == NextSymbol.name else ())


def _symbols(model: Model, data: object) -> Sequence[NDArray[Any]]:
    """The numbers that are read of each text or case, shape (T, 1): what stands before it, and its symbols."""
    section = SymbolSection.model_validate(model.section)
    codes: Sequence[NDArray[Any]]
    if isinstance(data, Symbols):
        codes = np.split(data.codes, np.cumsum(data.lengths)[:-1])
    else:
        codes = numbered(brought(data, section), section.alphabet)
    return [np.concatenate([[section.edge], each])[:, None] for each in codes]


def _frames(model: Model, data: object) -> Sequence[NDArray[Any]]:
    """The frames of each piece, shape (T, channels)."""
    reading = Reading.stored(FrameSection.model_validate(model.section).reading)
    found = data if isinstance(data, Frames) else as_frames(data, reading, model.data.features)
    return np.split(found.on, np.cumsum(found.lengths)[:-1])


def _called(model: Model, x: NDArray[np.float32]) -> tuple[str, ...]:
    section = SymbolSection.model_validate(model.section)
    names = ("?", *section.alphabet, EDGE)
    return tuple(names[int(number)] for number in x[:, 0])
