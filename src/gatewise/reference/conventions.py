"""Conventions as data: gate order, number of biases and form of each cell in each library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gatewise.errors import OptionError, nearest


@dataclass(frozen=True)
class Convention:
    """How one library packs and computes one cell.

    Attributes:
        cell: ``lstm``, ``gru`` or ``rnn``.
        name: Name of the preset, such as ``torch``.
        gates: Names of the row blocks of the packed weights, in order; each block has hidden_size rows.
        biases: Number of bias vectors per gate in a layer with biases: 1, or 2, one for x and one for h.
        reset: Whether the GRU's reset gate acts ``before`` the candidate's product with the state, or ``after`` it;
            None for other cells.
        update: Whether the GRU's z weighs the new ``candidate`` or the old ``state``; None for other cells.
        hard_slope: Slope of the hard sigmoid 0.5 + slope · sum, clipped to 0 and 1; 0 for the logistic function.
    """

    cell: str
    name: str
    gates: tuple[str, ...]
    biases: Literal[1, 2]
    reset: Literal["before", "after"] | None = None
    update: Literal["candidate", "state"] | None = None
    hard_slope: float = 0.0


_IFGO = ("input", "forget", "candidate", "output")
_RZH = ("reset", "update", "candidate")
_ZRH = ("update", "reset", "candidate")

CONVENTIONS = {
    (row.cell, row.name): row
    for row in (
        Convention("lstm", "textbook", _IFGO, 1),
        Convention("lstm", "torch", _IFGO, 2),
        Convention("lstm", "keras", _IFGO, 1),
        Convention("lstm", "onnx", ("input", "output", "forget", "candidate"), 2),
        Convention("gru", "textbook", _RZH, 1, "before", "candidate"),
        Convention("gru", "torch", _RZH, 2, "after", "state"),
        Convention("gru", "keras", _ZRH, 2, "after", "state"),
        Convention("gru", "keras-reset-before", _ZRH, 1, "before", "state"),
        Convention("gru", "onnx", _ZRH, 2, "before", "state"),
        Convention("gru", "onnx-reset-after", _ZRH, 2, "after", "state"),
        Convention("rnn", "textbook", ("candidate",), 1),
        Convention("rnn", "torch", ("candidate",), 2),
    )
}
"""Every preset by (cell, name).

Keras keeps the two biases of its reset-after GRU in one array of shape (2, 3H); here they are ``bias_ih`` and
``bias_hh``. ONNX calls reset after ``linear_before_reset=1``; its default is reset before.
"""


def preset(cell: str, name: str) -> Convention:
    """The convention of a cell with this name.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        name: Name of the preset, such as ``textbook`` or ``torch``.

    Raises:
        OptionError: There is no such cell, or the cell has no such preset.
    """
    found = CONVENTIONS.get((cell, name))
    if found is not None:
        return found
    cells = list(dict.fromkeys(key[0] for key in CONVENTIONS))
    if cell not in cells:
        raise OptionError(f"cell={cell!r} is no cell gatewise knows; {nearest(cell, cells)}")
    names = [key[1] for key in CONVENTIONS if key[0] == cell]
    raise OptionError(f"convention={name!r} is no convention of the {cell.upper()}; {nearest(str(name), names)}")


def parameter_count(
    cell: str,
    input_size: int,
    hidden_size: int,
    *,
    convention: str = "textbook",
    num_layers: int = 1,
    bidirectional: bool = False,
    bias: bool = True,
) -> int:
    """Number of parameters of a layer, by formula.

    One layer and direction with I inputs has gates·H·(I + H + biases) parameters. In the textbook convention, one bias
    per gate: LSTM 4H(I+H+1), GRU 3H(I+H+1), RNN H(I+H+1); in torch's, two: LSTM 4H(I+H+2), GRU 3H(I+H+2), RNN H(I+H+2).
    From the second layer on, I is H times the number of directions.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        input_size: Number I of input channels.
        hidden_size: Size H of h.
        convention: Name of a preset, which decides the number of biases.
        num_layers: Number of layers stacked on each other.
        bidirectional: Whether there is a second direction.
        bias: Whether the layer has biases.

    Raises:
        OptionError: There is no such cell, or it has no such convention.
    """
    rules = preset(cell, convention)
    directions = 2 if bidirectional else 1
    biases = rules.biases if bias else 0
    inputs = [input_size] + [hidden_size * directions] * (num_layers - 1)
    return directions * sum(len(rules.gates) * hidden_size * (width + hidden_size + biases) for width in inputs)
