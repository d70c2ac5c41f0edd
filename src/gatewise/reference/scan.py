"""A step over time, for one layer and one direction: initial state, unequal lengths, reverse."""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn import functional as F

from gatewise.reference import gru, lstm, rnn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from gatewise.reference.conventions import Convention

    State = tuple[Tensor, ...]
    Step = Callable[..., State]

_GATES = {"lstm": lstm.GATES, "gru": gru.GATES, "rnn": rnn.GATES}


class Weights(NamedTuple):
    """Packed parameters of one layer and direction.

    Attributes:
        weight_ih: The input's part, shape (gates·H, I).
        weight_hh: The state's part, shape (gates·H, H).
        bias_ih: Shape (gates·H,), or None in a layer without biases.
        bias_hh: Shape (gates·H,), or None where the convention has one bias per gate.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None


def scan(
    x: Tensor,
    state: State,
    weights: Weights,
    convention: Convention,
    *,
    lengths: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """Run a cell over a sequence.

    Args:
        x: Inputs, shape (T, N, I).
        state: h (and c of an LSTM) before the first step, each of shape (N, H).
        weights: Packed parameters, row blocks in the convention's order.
        convention: Which cell, and how it is packed and computed.
        lengths: Steps of each row, shape (N,); None where all rows fill T. What x holds past a row's length is not
            read, the output there is 0, and the final state is that of the row's true last step.
        reverse: Run from each row's last step to its first.

    Returns:
        h at every step, shape (T, N, H), and the final state.
    """
    active = None
    if lengths is not None:
        active = (torch.arange(len(x), device=x.device).unsqueeze(1) < lengths.to(x.device)).unsqueeze(2)
        x = x.masked_fill(~active, 0.0)  # else NaN in the padding would reach the gradient of the weights as 0 * NaN
    step, projected = _PREPARE[convention.cell](x, _arranged(weights, convention), convention)
    outputs, state = _loop(step, projected, state, active, reverse)
    output = torch.stack(outputs)
    return (output if active is None else output.masked_fill(~active, 0.0)), state


def _loop(
    step: Step, projected: Iterable[Tensor], state: State, active: Tensor | None, reverse: bool
) -> tuple[list[Tensor], State]:
    """Outputs in the order of time, and the final state.

    A row that is not active keeps its state; run in reverse, a row so starts at its own last step.
    """
    masks = repeat(None) if active is None else active.unbind(0)
    steps = list(zip(zip(*(part.unbind(0) for part in projected), strict=True), masks, strict=False))
    outputs = []
    for parts, mask in reversed(steps) if reverse else steps:
        after = step(state, *parts)
        if mask is not None:
            after = tuple(torch.where(mask, new, old) for new, old in zip(after, state, strict=True))
        state = after
        outputs.append(state[0])
    return outputs[::-1] if reverse else outputs, state


def _arranged(weights: Weights, convention: Convention) -> Weights:
    """The row blocks in the order that the steps take them in; nothing is copied where they are so already."""
    came, wanted = convention.gates, _GATES[convention.cell]
    if came == wanted:
        return weights
    rows = [came.index(gate) for gate in wanted]
    return Weights(
        *(None if packed is None else packed.unflatten(0, (len(came), -1))[rows].flatten(0, 1) for packed in weights)
    )


def _whole(step: Step, x: Tensor, weights: Weights, _: Convention) -> tuple[Step, tuple[Tensor]]:
    """Project all of x at once, both biases added: they only ever occur as their sum."""
    projected = F.linear(x, weights.weight_ih, _sum(weights.bias_ih, weights.bias_hh))
    return partial(step, weight_hh=weights.weight_hh.t()), (projected,)


def _gru(x: Tensor, weights: Weights, convention: Convention) -> tuple[Step, tuple[Tensor, Tensor]]:
    """Project all of x for the two gates and for the candidate, whose second bias may lie inside the reset."""
    size = weights.weight_hh.shape[1]
    parts = [(None, None) if packed is None else packed.split((2 * size, size)) for packed in weights]
    (ih, ih_candidate), (hh, hh_candidate), (bias, bias_candidate), (bias_hh, bias_hh_candidate) = parts
    step = partial(gru.gru_step, weight_hh=hh.t(), weight_candidate=hh_candidate.t(), update=convention.update)
    if convention.reset == "after":
        step = partial(
            gru.gru_after_step,
            weight_hh=hh.t(),
            weight_candidate=hh_candidate,
            bias_candidate=bias_hh_candidate,
            update=convention.update,
        )
    else:
        bias_candidate = _sum(bias_candidate, bias_hh_candidate)
    return step, (F.linear(x, ih, _sum(bias, bias_hh)), F.linear(x, ih_candidate, bias_candidate))


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    return first if first is None or second is None else first + second


_PREPARE = {"lstm": partial(_whole, lstm.lstm_step), "rnn": partial(_whole, rnn.rnn_step), "gru": _gru}
