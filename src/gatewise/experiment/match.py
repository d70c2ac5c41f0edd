"""Widths at which the cells meet on equal terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gatewise.errors import OptionError
from gatewise.languages import Told
from gatewise.run.plan import Shape
from gatewise.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.run.options import Options

NEAR_TARGET = 0.10
"""Widths are searched within this share of the wanted parameter count."""


class Ends(NamedTuple):
    """What a network has besides its layer's width.

    Attributes:
        inputs: Channels that it reads.
        outputs: Numbers that it answers with.
        shape: What it is made of.
    """

    inputs: int
    outputs: int
    shape: Shape = Shape()


def model_parameters(cell: str, hidden_size: int, ends: Ends) -> int:
    """Parameters of the whole model."""
    return ends.shape.parameters(cell, ends.inputs, hidden_size, ends.outputs)


def _beside_tables(cell: str, hidden_size: int, ends: Ends) -> int:
    """Parameters besides the tables of categories, which are the same for every cell and come on top."""
    return model_parameters(cell, hidden_size, ends) - ends.shape.tables


def widths(options: Options, ends: Ends) -> dict[str, int]:
    """Hidden size of each cell on the terms the options ask for.

    Raises:
        OptionError: Even width 1 has more parameters than asked for.
    """
    if options.hidden is not None:
        return dict(options.hidden)
    match = match_width if options.match == "width" else match_parameters
    return match(options.cells, options.params, ends)


def large_tables(options: Options, features: Sequence[str], shape: Shape) -> tuple[Told, ...]:
    """A sentence on each table of symbols that has more parameters than everything beside it was asked to have."""
    wanted = options.params if options.hidden is None else 0
    found = []
    for each in shape.embedded:
        name = features[each.channel]
        if each.parameters > wanted > 0:
            told = Told(
                "the table of {symbols}, {width} numbers each, has {parameters:,} parameters, the same for every cell "
                "and on top of --params {wanted}",
                symbols=counted(each.values, name),
                width=each.width,
                parameters=each.parameters,
                wanted=wanted,
            )
            smaller = Told("{note}; --symbols characters has a smaller one", note=told)
            found.append(smaller if name == "word" else told)
    return tuple(found)


def match_parameters(cells: Sequence[str], params: int, ends: Ends) -> dict[str, int]:
    """Hidden size of each cell so that whole models have equally many parameters, as near ``params`` as that allows.

    All widths within `NEAR_TARGET` of the target are tried jointly; the smallest relative spread wins, then the
    nearest to the target. Tables of categories are the same for all and come on top.

    Raises:
        OptionError: Even width 1 has more parameters than the target allows.
    """
    candidates = {cell: _near(cell, params, ends) for cell in cells}
    best: tuple[float, float, dict[str, int]] | None = None
    for anchor in candidates[cells[0]]:
        size = _beside_tables(cells[0], anchor, ends)
        widths = {cells[0]: anchor}
        for cell in cells[1:]:
            off = {h: abs(_beside_tables(cell, h, ends) - size) for h in candidates[cell]}
            widths[cell] = min(off, key=lambda h: off[h])
        counts = [_beside_tables(cell, h, ends) for cell, h in widths.items()]
        found = (max(counts) / min(counts) - 1.0, abs(sum(counts) / len(counts) / params - 1.0), widths)
        if best is None or found[:2] < best[:2]:
            best = found
    assert best is not None
    return best[2]


def match_width(cells: Sequence[str], params: int, ends: Ends) -> dict[str, int]:
    """The first cell's width at ``params`` parameters, for every cell."""
    return dict.fromkeys(cells, match_parameters(cells[:1], params, ends)[cells[0]])


def _near(cell: str, params: int, ends: Ends) -> list[int]:
    """Widths within `NEAR_TARGET` of the target; the nearest one alone where none is."""
    smallest = _beside_tables(cell, 1, ends)
    if smallest > params * (1 + NEAR_TARGET):
        beside = " besides the tables of categories" if ends.shape.tables else ""
        raise OptionError(
            f"--params {params}: the smallest {cell} for these data (width 1, {ends.inputs} input channels,"
            f" {ends.outputs} outputs) has {smallest} parameters{beside}. Type: --params {10 * smallest}"
        )
    top = 1
    while _beside_tables(cell, top + 1, ends) <= params * (1 + NEAR_TARGET):
        top += 1
    near = [h for h in range(1, top + 1) if _beside_tables(cell, h, ends) >= params * (1 - NEAR_TARGET)]
    return near or [top]
