"""A cell run over a sequence, for one layer and one direction, in plain torch operations.

The product of the inputs is computed for all steps at once; then a loop takes one step after the other. This is the
specification that the kernels are tested against.
"""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple, cast

import torch

from gatewise.reference import gru, lstm, rnn
from gatewise.reference.gate import activation
from gatewise.reference.norm import product
from gatewise.reference.steps import EVERY, beginnings, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

    from gatewise.reference.conventions import Convention
    from gatewise.reference.steps import Steps

    State = tuple[Tensor, ...]
    Step = Callable[..., tuple[State, State]]

GATES = {"lstm": lstm.GATES, "gru": gru.GATES, "rnn": rnn.GATES}
"""Names of the row blocks of every cell, in the order in which steps and kernels take them."""


class Weights(NamedTuple):
    """Packed parameters of one layer and direction.

    Attributes:
        weight_ih: Weights of the input, shape (gates·H, I).
        weight_hh: Weights of the state, shape (gates·H, H).
        bias_ih: Shape (gates·H,), or None in a layer without biases.
        bias_hh: Shape (gates·H,), or None where the convention has one bias per gate.
        peepholes: LSTM: peephole weights of input, forget and output gate, shape (3, H); or None.
        gains: Layer norm: gains of the inputs' product and of the state's, shape (2, gates·H); or None.
        cell_norm: Layer norm of an LSTM: gain and shift of the cell state, shape (2, H); or None.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    peepholes: Tensor | None = None
    gains: Tensor | None = None
    cell_norm: Tensor | None = None


class Factors(NamedTuple):
    """Factors of recurrent dropout and zoneout; None for those not used. Each may have a first axis of M models.

    Attributes:
        dropped: Recurrent dropout: factors of h in all products, the same at every step, shape (N, H).
        still_h: Zoneout: the share of the old h in the new one, shape (T, N, H).
        still_c: Zoneout of an LSTM: the share of the old c in the new one, shape (T, N, H). The step's h is made of the
            c before this mixing.
    """

    dropped: Tensor | None = None
    still_h: Tensor | None = None
    still_c: Tensor | None = None


PLAIN = Factors()
"""No factors: the cell as published."""


def scan(
    x: Tensor,
    state: State,
    weights: Weights,
    convention: Convention,
    *,
    steps: Steps = EVERY,
    factors: Factors = PLAIN,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """Run a cell over a sequence.

    Args:
        x: Inputs, shape (T, N, I).
        state: Initial state (h,), of an LSTM (h, c), each of shape (N, H).
        weights: Packed parameters, row blocks in the convention's order.
        convention: Which cell, and how it is packed and computed.
        steps: Which steps each row runs, and where its state is reset. At other steps x is not read and the output is
            0. The final state is that after the last step that a row runs.
        factors: Factors of recurrent dropout and zoneout.
        reverse: Whether to run from each row's last step to its first.

    Returns:
        output: h at every step, shape (T, N, H).
        state: The final state, in the form of the initial one.
    """
    active, anew, x = _masked(x, steps, reverse)
    step, projected = _prepare(x, arranged(weights, convention), convention, factors.dropped)
    (outputs,), state = _loop(step, projected, state, (active, anew, *factors[1:]), reverse, keep=False)
    return _stacked(outputs, active), state


def trace(
    x: Tensor,
    state: State,
    weights: Weights,
    convention: Convention,
    *,
    steps: Steps = EVERY,
    factors: Factors = PLAIN,
    reverse: bool = False,
) -> tuple[Tensor, State, State]:
    """Run a cell over a sequence as `scan` does, and return every gate and cell state as well.

    Args:
        x: As in `scan`.
        state: As in `scan`.
        weights: As in `scan`.
        convention: As in `scan`.
        steps: As in `scan`.
        factors: As in `scan`.
        reverse: As in `scan`.

    Returns:
        output: As in `scan`.
        state: As in `scan`.
        gates: Every gate and candidate in the order of `GATES`, then the cell state of an LSTM, each of shape (T, N, H)
            and 0 where a row does not run.
    """
    active, anew, x = _masked(x, steps, reverse)
    step, projected = _prepare(x, arranged(weights, convention), convention, factors.dropped)
    (outputs, *kept), state = _loop(step, projected, state, (active, anew, *factors[1:]), reverse, keep=True)
    return _stacked(outputs, active), state, tuple(_stacked(parts, active) for parts in kept)


def _masked(x: Tensor, steps: Steps, reverse: bool) -> tuple[Tensor | None, Tensor | None, Tensor]:
    """Prepare a sequence of which not every row runs every step.

    Returns:
        active: The steps that each row runs, shape (T, N, 1); None for all.
        anew: The steps that a row runs from a zero state, shape (T, N, 1); None for none.
        x: The input, set to 0 at steps that are not run.
    """
    run, anew = running(steps, x.shape[0], x.device), None
    if steps.reset is not None:
        anew = beginnings(steps.reset.to(x.device), run, reverse=reverse).t().unsqueeze(2)
    if run is None:
        return None, anew, x
    active = run.t().unsqueeze(2)
    return active, anew, x.masked_fill(~active, 0.0)  # else a NaN there would reach the weights' gradient as 0 * NaN


def _stacked(steps: Sequence[Tensor], active: Tensor | None) -> Tensor:
    """The values of all steps as one tensor, set to 0 at steps that are not active."""
    stacked = torch.stack(tuple(steps))
    return stacked if active is None else stacked.masked_fill(~active, 0.0)


def _loop(
    step: Step,
    projected: Iterable[Tensor],
    state: State,
    by_step: Sequence[Tensor | None],
    reverse: bool,
    *,
    keep: bool,
) -> tuple[list[Sequence[Tensor]], State]:
    """Take one step after the other.

    A row that is not active at a step keeps its state. In reverse a row thereby starts at its own last step, since the
    steps behind it leave the initial state as it is.

    Args:
        step: The cell's step with its weights bound.
        projected: The inputs' products of all steps, each with first axis T.
        state: Initial state, each tensor of shape (N, H).
        by_step: Tensors with first axis T, or None: the rows that are active, the rows that begin from a zero state,
            and the shares of the old h and the old c in the new ones.
        reverse: Whether to run from the last step to the first.
        keep: Whether to return gates and cell states as well.

    Returns:
        kept: The outputs in the order of time; with ``keep`` then every gate and the cell states likewise.
        state: The final state.
    """
    marks = (repeat(None) if part is None else part.unbind(0) for part in by_step)
    steps = list(zip(zip(*(part.unbind(0) for part in projected), strict=True), *marks, strict=False))
    rows = []
    for parts, mask, begin, *still in reversed(steps) if reverse else steps:
        # Every row computes every step, and the rows that do not run it then take their old state back.
        if begin is not None:
            state = tuple(part.masked_fill(begin, 0.0) for part in state)
        after, gates = step(state, *parts)
        after = tuple(map(_mixed, still, state, after))
        if mask is not None:
            after = tuple(torch.where(mask, new, old) for new, old in zip(after, state, strict=True))
        state = after
        rows.append((state[0], *gates, *state[1:]) if keep else state[:1])
    return list(zip(*(reversed(rows) if reverse else rows), strict=True)), state


def _mixed(share: Tensor | None, old: Tensor, new: Tensor) -> Tensor:
    """Zoneout: the new state with this share of the old one in it."""
    return new if share is None else share * old + (1 - share) * new


def arranged(weights: Weights, convention: Convention) -> Weights:
    """Weights with the row blocks in the order of `GATES`; the same tensors if they are in that order already.

    A coupled LSTM has no forget block. There f = 1 - i = 1 - σ(a) = σ(-a), so the weights of the forget gate are those
    of the input gate, negated.

    Args:
        weights: Row blocks in the convention's order.
        convention: The order of the blocks.
    """
    packed_order, step_order = convention.gates, GATES[convention.cell]
    if packed_order == step_order:
        return weights

    def moved(packed: Tensor, dim: int = 0) -> Tensor:
        blocks = dict(zip(packed_order, packed.chunk(len(packed_order), dim), strict=True))
        return torch.cat([blocks[gate] if gate in blocks else -blocks["input"] for gate in step_order], dim)

    *packed, peepholes, gains, cell_norm = weights
    ih, hh, bias_ih, bias_hh = (None if part is None else moved(part) for part in packed)
    if peepholes is not None and "forget" not in packed_order:
        peepholes = torch.cat([peepholes[:1], -peepholes[:1], peepholes[1:]])
    gains = None if gains is None else moved(gains, 1)
    return Weights(cast("Tensor", ih), cast("Tensor", hh), bias_ih, bias_hh, peepholes, gains, cell_norm)


def _prepare(
    x: Tensor, weights: Weights, convention: Convention, dropped: Tensor | None
) -> tuple[Step, tuple[Tensor, ...]]:
    """Bind the weights to the cell's step, and compute the inputs' products of all steps.

    Returns:
        step: Takes the state and one step of every product.
        projected: The products, each with first axis T, in the order in which the step takes them.
    """
    if convention.cell == "gru":
        return _prepare_gru(x, weights, convention, dropped)
    step: Step = partial(rnn.rnn_step, dropped=dropped)
    of_inputs, of_state = _gains(weights)
    if convention.cell == "lstm":
        gate, peepholes, cell_norm = activation(convention.hard_slope), weights.peepholes, weights.cell_norm
        step = partial(
            lstm.lstm_step, gate=gate, dropped=dropped, peepholes=peepholes, gain=of_state, cell_norm=cell_norm
        )
    projected = product(x, weights.weight_ih, _sum(weights.bias_ih, weights.bias_hh), of_inputs)
    return partial(step, weight_hh=weights.weight_hh.t()), (projected,)


def _prepare_gru(
    x: Tensor, weights: Weights, convention: Convention, dropped: Tensor | None
) -> tuple[Step, tuple[Tensor, ...]]:
    """`_prepare` for the GRU, whose step takes the gates and the candidate apart.

    With reset after the product the candidate's bias of the state is bound to the step, since the reset gate multiplies
    it; otherwise it is added to the inputs' product.
    """
    rows = 2 * weights.weight_hh.shape[1]  # of the two gates; the candidate's come after them
    hh, hh_candidate = weights.weight_hh[:rows].t(), weights.weight_hh[rows:]
    bias_ih, bias_ih_candidate = _cut(weights.bias_ih, rows)
    bias_hh, bias_hh_candidate = _cut(weights.bias_hh, rows)
    of_inputs, of_state = (_cut(gain, rows) for gain in _gains(weights))
    gates = product(x, weights.weight_ih[:rows], _sum(bias_ih, bias_hh), of_inputs[0])
    if convention.reset == "after":
        step = partial(gru.gru_after_step, weight_candidate=hh_candidate, bias_candidate=bias_hh_candidate)
    else:
        step = partial(gru.gru_step, weight_candidate=hh_candidate.t())
        bias_ih_candidate = _sum(bias_ih_candidate, bias_hh_candidate)
    candidate = product(x, weights.weight_ih[rows:], bias_ih_candidate, of_inputs[1])
    step = partial(step, update=convention.update, gate=activation(convention.hard_slope), dropped=dropped)
    step = partial(step, gain=of_state[0], gain_candidate=of_state[1])
    return partial(step, weight_hh=hh), (gates, candidate)


def _gains(weights: Weights) -> tuple[Tensor | None, Tensor | None]:
    """Layer norm's gains of the inputs' product and of the state's."""
    return (None, None) if weights.gains is None else (weights.gains[0], weights.gains[1])


def _cut(bias: Tensor | None, rows: int) -> tuple[Tensor | None, Tensor | None]:
    """The first ``rows`` numbers, those of the gates, and the others, those of the candidate."""
    return (None, None) if bias is None else (bias[:rows], bias[rows:])


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """The sum of two biases, either of which may be None."""
    if first is None or second is None:
        return second if first is None else first
    return first + second
