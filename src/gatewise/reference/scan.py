"""A step over time, for one layer and one direction: initial state, rows that do not run every step, reverse."""

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
"""Row blocks of every cell in the order in which they are computed."""


class Weights(NamedTuple):
    """Packed parameters of one layer and direction.

    Attributes:
        weight_ih: The input's part, shape (gates·H, I).
        weight_hh: The state's part, shape (gates·H, H).
        bias_ih: Shape (gates·H,), or None in a layer without biases.
        bias_hh: Shape (gates·H,), or None where the convention has one bias per gate.
        peepholes: Shape (3, H), LSTM: of input, forget and output gate; or None.
        gains: Shape (2, gates·H), of layer norm: of the inputs' and the state's products; or None.
        cell_norm: Shape (2, H), with ``gains`` of an LSTM: gain and shift of the cell state; or None.
    """

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    peepholes: Tensor | None = None
    gains: Tensor | None = None
    cell_norm: Tensor | None = None


class Factors(NamedTuple):
    """What the states are multiplied with; None where they are not. Each may have an axis of M models in front.

    Attributes:
        dropped: Of h in all products, the same at every step, shape (N, H).
        still_h: Share of the old h in the new one, shape (T, N, H): zoneout.
        still_c: Share of the old c in the new one, shape (T, N, H), LSTM; the new h is made of the c without it.
    """

    dropped: Tensor | None = None
    still_h: Tensor | None = None
    still_c: Tensor | None = None


PLAIN = Factors()
"""The cell as published."""


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
        state: h (and c of an LSTM) before the first step, each of shape (N, H).
        weights: Packed parameters, row blocks in the convention's order.
        convention: Which cell, and how it is packed and computed.
        steps: Which steps each row runs, and where it begins anew. What x holds at others is not read, the output
            there is 0, and the final state is that of the last step that the row runs.
        factors: What the states are multiplied with.
        reverse: Run from each row's last step to its first.

    Returns:
        h at every step, shape (T, N, H), and the final state.
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
    """As `scan`, and every gate and cell state.

    Returns:
        h at every step; the final state; then every gate and candidate in the order of `GATES`, and the cell state of
        an LSTM, each of shape (T, N, H) and 0 where a row does not run.
    """
    active, anew, x = _masked(x, steps, reverse)
    step, projected = _prepare(x, arranged(weights, convention), convention, factors.dropped)
    (outputs, *kept), state = _loop(step, projected, state, (active, anew, *factors[1:]), reverse, keep=True)
    return _stacked(outputs, active), state, tuple(_stacked(parts, active) for parts in kept)


def _masked(x: Tensor, steps: Steps, reverse: bool) -> tuple[Tensor | None, Tensor | None, Tensor]:
    """Which steps are run, and which from a zero state, shape (T, N, 1), None for all and none; x, 0 elsewhere."""
    run, anew = running(steps, x.shape[0], x.device), None
    if steps.reset is not None:
        anew = beginnings(steps.reset.to(x.device), run, reverse=reverse).t().unsqueeze(2)
    if run is None:
        return None, anew, x
    active = run.t().unsqueeze(2)
    return active, anew, x.masked_fill(~active, 0.0)  # else NaN there would reach the weights' gradient as 0 * NaN


def _stacked(steps: Sequence[Tensor], active: Tensor | None) -> Tensor:
    """Values of all steps as one tensor, 0 where a step is not active."""
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
    """Outputs in the order of time, after them gates and cell states if they are to be kept; and the final state.

    A row that is not active keeps its state; run in reverse, a row so starts at its own last step. ``by_step`` says of
    every step which rows are active, which begin anew, and the shares of the old states in the new ones.
    """
    marks = (repeat(None) if part is None else part.unbind(0) for part in by_step)
    steps = list(zip(zip(*(part.unbind(0) for part in projected), strict=True), *marks, strict=False))
    rows = []
    for parts, mask, begin, *still in reversed(steps) if reverse else steps:
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
    return new if share is None else share * old + (1 - share) * new


def arranged(weights: Weights, convention: Convention) -> Weights:
    """The row blocks in the order that the steps take them in; nothing is copied where they are so already.

    A coupled LSTM has no forget block: f = 1 - i = 1 - σ(a) = σ(-a), so its weights are the input gate's, negated.
    """
    came, wanted = convention.gates, GATES[convention.cell]
    if came == wanted:
        return weights

    def moved(packed: Tensor, dim: int = 0) -> Tensor:
        blocks = dict(zip(came, packed.chunk(len(came), dim), strict=True))
        return torch.cat([blocks[gate] if gate in blocks else -blocks["input"] for gate in wanted], dim)

    *packed, peepholes, gains, cell_norm = weights
    ih, hh, bias_ih, bias_hh = (None if part is None else moved(part) for part in packed)
    if peepholes is not None and "forget" not in came:
        peepholes = torch.cat([peepholes[:1], -peepholes[:1], peepholes[1:]])
    gains = None if gains is None else moved(gains, 1)
    return Weights(cast("Tensor", ih), cast("Tensor", hh), bias_ih, bias_hh, peepholes, gains, cell_norm)


def _prepare(
    x: Tensor, weights: Weights, convention: Convention, dropped: Tensor | None
) -> tuple[Step, tuple[Tensor, ...]]:
    """The step with its weights bound, and all of x projected at once, in the parts that the step takes."""
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
    """As `_prepare`, the two gates and the candidate apart; the candidate's second bias may lie inside the reset."""
    rows = 2 * weights.weight_hh.shape[1]
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
    """Layer norm's gains of the input's and of the state's product."""
    return (None, None) if weights.gains is None else (weights.gains[0], weights.gains[1])


def _cut(bias: Tensor | None, rows: int) -> tuple[Tensor | None, Tensor | None]:
    return (None, None) if bias is None else (bias[:rows], bias[rows:])


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """The sum of two biases, which only ever occur as their sum."""
    if first is None or second is None:
        return second if first is None else first
    return first + second
