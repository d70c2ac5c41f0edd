"""The cells that can be compared: their names, their conventions, and what they cost by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.errors import OptionError, nearest
from gatewise.reference.conventions import parameter_count

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class CellKind:
    """A kind of cell.

    Attributes:
        name: As typed after ``--cells``.
        layer: Name of the layer class in `gatewise`.
        convention: The layer's convention.
        states: State vectors of hidden size kept per sequence: the LSTM's h and c, otherwise h alone.
    """

    name: str
    layer: str
    convention: str
    states: int

    def parameters(self, input_size: int, hidden_size: int, directions: int = 1) -> int:
        """Parameters of one layer, which has a cell of this width for each direction."""
        return directions * parameter_count(self.layer.lower(), input_size, hidden_size, convention=self.convention)

    def multiply_adds(self, input_size: int, hidden_size: int, directions: int = 1) -> int:
        """Multiply-adds of one time step of one layer: gates·H·(I + H), its parameters but for the biases."""
        layer = self.layer.lower()
        return directions * parameter_count(layer, input_size, hidden_size, convention=self.convention, bias=False)

    def state_floats(self, hidden_size: int, directions: int = 1, summaries: int = 1) -> int:
        """Numbers kept per sequence between steps: the state, and H for each further summary of the outputs."""
        return directions * (self.states + summaries - 1) * hidden_size


CELLS = {
    cell.name: cell
    for cell in (
        CellKind("lstm", "LSTM", "textbook", states=2),
        CellKind("gru", "GRU", "textbook", states=1),
        CellKind("gru-after", "GRU", "torch", states=1),
        CellKind("rnn", "RNN", "textbook", states=1),
    )
}


def kind(label: str) -> CellKind:
    """The cell behind a label: ``gru#2`` is a GRU."""
    return CELLS[label.partition("#")[0]]


def labels(names: Sequence[str]) -> tuple[str, ...]:
    """Name every arm of a comparison: a repeated cell becomes ``gru#2``, then ``gru#3``.

    Raises:
        OptionError: Fewer than two cells, or an unknown one.
    """
    for name in names:
        if name not in CELLS:
            raise OptionError(f"--cells: {name!r} is not a cell of gatewise; {nearest(name, CELLS)}")
    if len(names) < 2:
        got = ", ".join(names) or "none"
        raise OptionError(f"--cells: got {got}, expected at least two cells. Type: --cells lstm,gru")
    counted = [(name, names[: k + 1].count(name)) for k, name in enumerate(names)]
    return tuple(name if count == 1 else f"{name}#{count}" for name, count in counted)


ALIKE = 0.05
"""Multiply-adds within this share of each other count as the same cost."""


def alike(work: int, other: int) -> bool:
    """Whether so many multiply-adds count as the same cost."""
    return abs(work - other) <= ALIKE * max(work, other)


def cheaper(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Which of two cells is cheaper, 0 or 1, from (multiply-adds per step, state floats) of each.

    Fewer multiply-adds per step; where they are within `ALIKE`, fewer floats of state; the first where both agree.
    Measured time never enters, so the answer is the same on every machine.
    """
    if not alike(first[0], second[0]):
        return 0 if first[0] < second[0] else 1
    return 0 if first[1] <= second[1] else 1


def title(label: str) -> str:
    """How a cell is written in a sentence: ``gru#2`` is GRU#2, ``gru-after`` is GRU (reset after)."""
    name, mark, number = label.partition("#")
    return {"gru-after": "GRU (reset after)"}.get(name, name.upper()) + mark + number
