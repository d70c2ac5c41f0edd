"""The LSTM with a projection of h, run as an LSTM without one whose recurrent weights are a product.

With m = o * tanh(c) the projected LSTM has h = W_hr m and multiplies it by its weights: W_hh h = (W_hh W_hr) m.
So it is the LSTM with the state m and the recurrent weights W_hh W_hr, and its output is W_hr m. Only an initial state
h_0 need not be of the form W_hr m: its product enters the first step of each row as further inputs.

Source: Sak, Senior and Beaufays 2014, arXiv:1402.1128, equations 1 to 6, without a non-recurrent projection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

from gatewise.errors import OptionError
from gatewise.kernels import ops
from gatewise.kernels.path import Choice
from gatewise.nn.checks import check_size
from gatewise.reference.steps import beginnings, running

if TYPE_CHECKING:
    from torch import Tensor

    from gatewise.kernels.arrays import Call, Inputs
    from gatewise.reference.scan import Weights
    from gatewise.reference.steps import Steps

    States = tuple[Tensor, ...]


TORCH = Choice("torch", "torch's own function multiplies by so small a projection in less time than the kernels by H")
lstm: Any = torch._VF.lstm
"""Torch's own function, which runs all depths and directions."""


def sooner(proj_size: int, hidden_size: int, count: int, *, given: bool, plain: bool) -> bool:
    """Whether torch's own function is as quick as the kernels: they multiply by H numbers of each state, it by P.

    Args:
        proj_size: P.
        hidden_size: H.
        count: Number T of steps.
        given: Whether there is an initial state, which gives the kernels P inputs more.
        plain: Whether torch's function can run the call: every step of every row, no gates, nothing but y kept.
    """
    return plain and (given or count == 1 or 2 * proj_size < hidden_size)


def check_projection(proj_size: object, hidden_size: int, **beside: object) -> int:
    """Check ``proj_size``, and that nothing is asked for beside it that torch's projected LSTM does not have.

    Args:
        proj_size: The caller's argument.
        hidden_size: H.
        beside: The arguments that go without a projection only.

    Returns:
        P; 0 for no projection.

    Raises:
        OptionError: It is not a whole number from 0 to below H, or another argument is not None.
    """
    size = check_size("proj_size", proj_size, 0)
    if size >= hidden_size:
        raise OptionError(
            f"got proj_size={size} and hidden_size={hidden_size}, expected a projection smaller than hidden_size. "
            "Leave it out for h of hidden_size"
        )
    for name, value in beside.items():
        if size and value is not None:
            raise OptionError(
                f"got proj_size={size} and {name}={value!r}, expected one of them: the projected LSTM is torch's, as "
                "published. Leave one out, or put a torch.nn.Linear behind the layer"
            )
    return size


def run(
    path: str, call: Call, inputs: Inputs, weight_hr: Tensor, steps: Steps, *, gates: bool
) -> tuple[Tensor, States, States]:
    """Run a projected LSTM over a sequence; arguments and results as in `ops.run`.

    Args:
        path: As in `ops.run`.
        call: As in `ops.run`.
        inputs: As there, with h_0 of shape (1, N, P) and ``weight_hh`` of shape (4H, P).
        weight_hr: The projection W_hr, shape (P, H).
        steps: As in `ops.run`.
        gates: As in `ops.run`.

    Returns:
        y: h at every step, shape (T, N, P), or (N, T, P) with `Call.batch_first`.
        states: h_n of shape (1, N, P), c_n of shape (1, N, H).
        gates: As in `ops.run`.
    """
    h_0, product, idle = inputs.h_0, inputs.weight_hh @ weight_hr, None
    if h_0 is not None:
        inputs, idle = _started(call, inputs, h_0, steps)
    m, (m_n, c_n), inside = ops.run(path, call, inputs._replace(h_0=None, weight_hh=product), steps, gates=gates)
    h_n = F.linear(m_n, weight_hr)
    if idle is not None and h_0 is not None:
        h_n = torch.where(idle, h_0.reshape(h_n.shape), h_n)
    return F.linear(m, weight_hr), (h_n, c_n), inside


def by_torch(
    x: Tensor,
    states: list[tuple[Tensor | None, Tensor | None]],
    weights: list[Weights],
    projections: list[Tensor],
    directions: int,
    dropout: float,
    *,
    batch_first: bool,
    training: bool,
) -> tuple[Tensor, States]:
    """Run all depths and directions by one call of torch's own function, as torch.nn.LSTM does.

    Args:
        x: Shape (T, N, I), or (N, T, I) with ``batch_first``.
        states: h_0 and c_0 of every depth and direction, shapes (1, N, P) and (1, N, H), or None for zeros.
        weights: The weights of every depth and direction.
        projections: W_hr of each, shape (P, H).
        directions: 1 or 2.
        dropout: Share of the outputs that is set to 0 in training between one depth and the next.
        batch_first: As the layer's option.
        training: Whether the layer trains.

    Returns:
        y: Shape (T, N, directions * P), or (N, T, directions * P).
        states: h_n and c_n of all depths and directions.
    """
    rows, (first, second) = x.shape[0 if batch_first else 1], zip(*states, strict=True)
    projected, hidden = projections[0].shape
    given = (
        x.new_zeros(len(states), rows, width) if parts[0] is None else parts[0] if len(parts) == 1 else torch.cat(parts)
        for parts, width in ((first, projected), (second, hidden))
    )
    flat: list[Tensor] = []
    for (weight_ih, weight_hh, *rest), weight_hr in zip(weights, projections, strict=True):
        biases = [part for part in rest[:2] if part is not None]
        if len(biases) == 1:
            biases.append(torch.zeros_like(biases[0]))
        flat += (weight_ih, weight_hh, *biases, weight_hr)
    y, *after = lstm(
        x, tuple(given), flat, weights[0].bias_ih is not None, len(states) // directions, dropout, training,
        directions == 2, batch_first,
    )  # fmt: skip
    return y, tuple(after)


def _started(call: Call, inputs: Inputs, h_0: Tensor, steps: Steps) -> tuple[Inputs, Tensor | None]:
    """Give the first step of each row the state h_0 as further inputs, with the recurrent weights as theirs.

    Returns:
        inputs: x with P more channels, which are 0 but at that step, and ``weight_ih`` with P more columns.
        idle: The rows that run no step, shape (N, 1), whose final state is h_0; None where every row runs every step.
    """
    x, time = inputs.x, 1 if call.batch_first else 0
    count, rows = x.shape[time], x.shape[1 - time]
    run = running(steps, count, x.device)
    every = torch.ones(rows, count, dtype=torch.bool, device=x.device) if run is None else run
    order = every.flip(1).cumsum(1).flip(1) if call.reverse else every.cumsum(1)
    first = every & (order == 1)
    if steps.reset is not None:
        first = first & ~beginnings(steps.reset.to(x.device), run, reverse=call.reverse)
    at = (first if call.batch_first else first.t()).unsqueeze(2)
    state = h_0.reshape(rows, -1).unsqueeze(time)
    wide = torch.cat([x, torch.where(at, state, torch.zeros_like(state))], 2)
    weight_ih = torch.cat([inputs.weight_ih, inputs.weight_hh], 1)
    idle = None if run is None else ~run.any(1, keepdim=True)
    return inputs._replace(x=wide, weight_ih=weight_ih), idle
