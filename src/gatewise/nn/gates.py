"""The result of ``return_gates=True``: every gate, candidate and cell state, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from gatewise.errors import InputError, OptionError
from gatewise.languages import mark, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.display.offline import Charts

DRAWS = "gatewise.display.gates"
"""What draws is slow to import, and layers are called without it."""


class LSTMGates(NamedTuple):
    """Gates of an LSTM at every step, each of the shape of the layer's output.

    Attributes:
        input: i, the share of the candidate that is added to the cell state, from 0 to 1.
        forget: f, the share of the old cell state that stays, from 0 to 1.
        candidate: c̃, the new content of the cell state, from -1 to 1.
        output: o, the share of tanh(c) that h shows, from 0 to 1.
        cell: c, the cell state after the step.
    """

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor
    cell: Tensor

    def plot(self, example: int = 0, *, batch_first: bool | None = None, depth: int = -1) -> Charts:
        """A heat map of each, steps to the right and a row a unit, those that keep most of their state at the top.

        Args:
            example: Which sequence of the batch, from 0.
            batch_first: As the layer has it; needed where the batch has several sequences.
            depth: Which depth and direction, where the layer has several; the last one by default.

        Raises:
            InputError: The batch has several sequences, and ``batch_first`` is not said.
            OptionError: There is no such example or depth.
        """
        return plotted(self, example, batch_first, depth, "forget")

    def __repr__(self) -> str:
        """One line; the numbers are in the fields."""
        return _named(self)


class GRUGates(NamedTuple):
    """Gates of a GRU at every step, each of the shape of the layer's output.

    Attributes:
        reset: r, how much of the old state the candidate sees, from 0 to 1.
        update: z, from 0 to 1: the share of the candidate in the new state, or of the old state in conventions where z
            weighs that.
        candidate: h̃, the new content that is proposed for the state, from -1 to 1.
    """

    reset: Tensor
    update: Tensor
    candidate: Tensor

    def plot(self, example: int = 0, *, batch_first: bool | None = None, depth: int = -1) -> Charts:
        """A heat map of each; arguments and errors are those of `LSTMGates.plot`."""
        return plotted(self, example, batch_first, depth, "update")

    def __repr__(self) -> str:
        """One line; the numbers are in the fields."""
        return _named(self)


class RNNGates(NamedTuple):
    """The candidate of a plain RNN at every step; this cell has no gates.

    Attributes:
        candidate: The new state h, of the shape of the layer's output.
    """

    candidate: Tensor

    def plot(self, example: int = 0, *, batch_first: bool | None = None, depth: int = -1) -> Charts:
        """A heat map of each; arguments and errors are those of `LSTMGates.plot`."""
        return plotted(self, example, batch_first, depth, "")

    def __repr__(self) -> str:
        """One line; the numbers are in the fields."""
        return _named(self)


def joined(parts: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Join the gates of every depth and direction into one tuple.

    Args:
        parts: The gates of each depth and direction, in the order of the fields.

    Returns:
        The gates in the same order. With several depths or directions each has a new first axis over them.
    """
    return parts[0] if len(parts) == 1 else tuple(torch.stack(alike) for alike in zip(*parts, strict=True))


TITLES = {
    "input": (mark("input gate"), "i"),
    "forget": (mark("forget gate"), "f"),
    "candidate": (mark("candidate"), ""),
    "output": (mark("output gate"), "o"),
    "cell": (mark("cell state"), "c"),
    "reset": (mark("reset gate"), "r"),
    "update": (mark("update gate"), "z"),
}
"""What a field is called, and its letter."""


def _title(name: str) -> str:
    called, letter = TITLES[name]
    return f"{say(called)} {letter}".rstrip()


def _named(gates: Any) -> str:
    """Which gates there are, of what shape, and how to see them."""
    shape = tuple(gates[0].shape)
    return f"<{type(gates).__name__}: {', '.join(gates._fields)}; each of shape {shape}; .plot() shows them>"


def plotted(gates: Any, example: int, batch_first: bool | None, depth: int, keeps: str) -> Charts:
    """The gates of one sequence, units ordered by the median of the gate ``keeps``; see `LSTMGates.plot`."""
    draws = import_module(DRAWS)
    arrays = {name: _one(part, example, batch_first, depth) for name, part in zip(gates._fields, gates, strict=True)}
    bands = [draws.Band(_title(name), array, name not in ("candidate", "cell")) for name, array in arrays.items()]
    ordered = say("units by {gate}, highest first", gate=_title(keeps)) if keeps else say("units as they are numbered")
    order = draws.remembering(arrays[keeps]) if keeps else range(bands[0].values.shape[1])
    drawn: Charts = draws.chart(bands, list(order), ordered=ordered)
    return drawn


def _one(part: Tensor, example: int, batch_first: bool | None, depth: int) -> Any:
    """One sequence of one depth as an array, shape (T, H).

    Raises:
        InputError: Which axis is the batch cannot be told.
        OptionError: There is no such example or depth.
    """
    part = part.detach().cpu().float()
    # Gates of several depths or directions have an axis over them, before those of the output.
    if part.dim() == 4:
        if not -len(part) <= depth < len(part):
            raise OptionError(f"depth={depth}: there are {len(part)} depths and directions, numbered from 0")
        part = part[depth]
    if part.dim() == 2:
        return part.numpy()
    if batch_first is None:
        if 1 not in part.shape[:2]:
            raise InputError(
                f"got gates of shape {tuple(part.shape)}, expected to be told which axis is time. Type:"
                " gates.plot(batch_first=True) where the layer has batch_first=True, else gates.plot(batch_first=False)"
            )
        batch_first = part.shape[0] == 1
    count = part.shape[0 if batch_first else 1]
    if not -count <= example < count:
        raise OptionError(f"example={example}: the batch has {count}, numbered from 0")
    return (part[example] if batch_first else part[:, example]).numpy()
