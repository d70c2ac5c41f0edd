"""What ``return_gates=True`` returns: every gate, candidate and cell state, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


class LSTMGates(NamedTuple):
    """Gates of an LSTM at every step.

    Attributes:
        input: i, how much of the candidate enters.
        forget: f, how much of the cell state before stays.
        candidate: What may enter, within ±1.
        output: o, how much of the cell state is seen.
        cell: c, the cell state after the step.
    """

    input: Tensor
    forget: Tensor
    candidate: Tensor
    output: Tensor
    cell: Tensor


class GRUGates(NamedTuple):
    """Gates of a GRU at every step.

    Attributes:
        reset: r, how much of the state before the candidate sees.
        update: z, the share of the candidate, or of the state before where the convention has it so.
        candidate: The new state in the offing, within ±1.
    """

    reset: Tensor
    update: Tensor
    candidate: Tensor


class RNNGates(NamedTuple):
    """The plain RNN's candidate at every step; it has no gates.

    Attributes:
        candidate: The new state.
    """

    candidate: Tensor


def joined(parts: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Join the gates of every depth and direction into one tuple.

    Args:
        parts: For each depth and direction its gates, in the order of the fields.

    Returns:
        Those of the one; of several, each stacked along a new first axis.
    """
    return parts[0] if len(parts) == 1 else tuple(torch.stack(alike) for alike in zip(*parts, strict=True))
