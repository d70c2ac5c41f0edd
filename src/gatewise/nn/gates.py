"""The result of ``return_gates=True``: every gate, candidate and cell state, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


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


class RNNGates(NamedTuple):
    """The candidate of a plain RNN at every step; this cell has no gates.

    Attributes:
        candidate: The new state h, of the shape of the layer's output.
    """

    candidate: Tensor


def joined(parts: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Join the gates of every depth and direction into one tuple.

    Args:
        parts: The gates of each depth and direction, in the order of the fields.

    Returns:
        The gates in the same order. With several depths or directions each has a new first axis over them.
    """
    return parts[0] if len(parts) == 1 else tuple(torch.stack(alike) for alike in zip(*parts, strict=True))
