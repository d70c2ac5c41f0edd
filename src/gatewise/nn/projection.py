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
    from gatewise.reference.steps import Steps

    States = tuple[Tensor, ...]


TORCH = Choice("torch", "torch's own function multiplies by so small a projection in less time than the kernels by H")
_lstm: Any = torch._VF.lstm


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
        path: As in `ops.run`, or that of `TORCH`.
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
    if path == TORCH.path:
        return _by_torch(call, inputs, weight_hr)
    h_0, product, idle = inputs.h_0, inputs.weight_hh @ weight_hr, None
    if h_0 is not None:
        inputs, idle = _started(call, inputs, h_0, steps)
    m, (m_n, c_n), inside = ops.run(path, call, inputs._replace(h_0=None, weight_hh=product), steps, gates=gates)
    h_n = F.linear(m_n, weight_hr)
    if idle is not None and h_0 is not None:
        h_n = torch.where(idle, h_0.reshape(h_n.shape), h_n)
    return F.linear(m, weight_hr), (h_n, c_n), inside


def _by_torch(call: Call, inputs: Inputs, weight_hr: Tensor) -> tuple[Tensor, States, States]:
    """Run it by torch's own function."""
    x, h_0, c_0, weight_ih, weight_hh, *biases = inputs[:7]
    time = 1 if call.batch_first else 0
    rows = x.shape[1 - time]
    h = x.new_zeros(1, rows, len(weight_hr)) if h_0 is None else h_0.reshape(1, rows, -1)
    c = x.new_zeros(1, rows, weight_hr.shape[1]) if c_0 is None else c_0.reshape(1, rows, -1)
    given = [part for part in biases if part is not None]
    if len(given) == 1:
        given.append(torch.zeros_like(given[0]))
    weights = [weight_ih, weight_hh, *given, weight_hr]
    own = x.flip(time) if call.reverse else x
    y, *after = _lstm(
        own, (h, c), weights, bool(given), 1, 0.0, torch.is_grad_enabled(), False, call.batch_first
    )  # biases, layers, dropout, train, bidirectional
    return y.flip(time) if call.reverse else y, tuple(after), ()


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
