"""Torch's own function for a layer over a sequence, which cuDNN computes on CUDA: its limits, and its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch

from gatewise.kernels import native

if TYPE_CHECKING:
    from torch import Tensor

    from gatewise.kernels.arrays import Call, Inputs
    from gatewise.reference.conventions import Convention
    from gatewise.reference.scan import Weights

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""The dtypes that cuDNN computes in."""

_FUNCTIONS: dict[str, Any] = {"lstm": torch._VF.lstm, "gru": torch._VF.gru, "rnn": torch._VF.rnn_tanh}
_OWN = 4  # torch's function takes the first four of a layer's weights; a variant's come after them


class Asked(NamedTuple):
    """The settings of a call that may rule cuDNN out.

    Attributes:
        rules: Cell and convention.
        weights: Weights of one depth and direction.
        steps: Whether lengths, a mask or resets are given.
        factors: Whether there is recurrent dropout or zoneout.
        gates: Whether to return gates and cell states.
    """

    rules: Convention
    weights: Weights
    steps: bool
    factors: bool
    gates: bool


def lacking(x: Tensor, asked: Asked | None) -> str:
    """Why cuDNN cannot run a call, in plain words; "" if it can.

    Args:
        x: The input, on CUDA.
        asked: The settings of the call; None for a cell's single step.
    """
    if asked is None:
        return "cuDNN runs sequences, and a cell takes a single step"
    return _lacking_function(asked) or _lacking_tensors(x)


def _lacking_function(asked: Asked) -> str:
    """Why torch's function cannot compute the call; "" if it can."""
    rules = asked.rules
    if rules.cell == "gru" and (rules.reset, rules.update) != ("after", "state"):
        return 'cuDNN\'s GRU is that of convention="torch": reset after the product, z weighing the old state'
    if rules.hard_slope:
        return "cuDNN's gates are logistic functions, and this layer's are hard sigmoids"
    for name, part in zip(asked.weights._fields[_OWN:], asked.weights[_OWN:], strict=True):
        if part is not None:
            return f"cuDNN's {rules.cell.upper()} has no {name.replace('_', ' ')}"
    if asked.steps:
        return "cuDNN runs every step of every row, and this call has lengths, a mask or resets"
    if asked.factors:
        return "cuDNN has neither recurrent dropout nor zoneout"
    return "cuDNN does not show its gates" if asked.gates else ""


def _lacking_tensors(x: Tensor) -> str:
    """Why torch's function would not use cuDNN for these tensors; "" if it would."""
    if x.dtype not in DTYPES:
        return f"cuDNN computes in no {str(x.dtype).removeprefix('torch.')}"
    if x.numel() == 0:
        return "cuDNN takes no empty tensors"
    if not torch.backends.cudnn.enabled:
        return "torch.backends.cudnn.enabled is False"
    if torch.cudnn_is_acceptable(x):  # what torch's function itself asks
        return ""
    return f"torch has no cuDNN here for {str(x.dtype).removeprefix('torch.')} on {x.device}"


def run(call: Call, inputs: Inputs) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a layer over a sequence by torch's own function, on any device.

    Args:
        call: Cell, direction, layout, for which `lacking` has found nothing.
        inputs: x, states and weights, without an axis of models.

    Returns:
        y: h at every step, in the layout of x.
        states: h_n, and c_n of an LSTM, each of shape (1, N, H).
    """
    x, h_0, c_0, *weights = inputs
    cell, time = native.CELLS[call.cell], 1 if call.batch_first else 0
    shape = (1, x.shape[1 - time], inputs.weight_hh.shape[-1])
    # cuDNN takes contiguous states only
    h, c = (x.new_zeros(shape) if part is None else part.reshape(shape).contiguous() for part in (h_0, c_0))
    y, *after = _FUNCTIONS[cell](
        x.flip(time) if call.reverse else x,
        (h, c) if cell == "lstm" else h,
        _in_a_row(weights[:_OWN]),
        True,  # has biases
        1,  # layers
        0.0,  # dropout between them
        torch.is_grad_enabled(),  # train: cuDNN has a backward pass only for this, so also for a layer in eval mode
        False,  # bidirectional
        call.batch_first,
    )
    return y.flip(time) if call.reverse else y, tuple(after)


def _in_a_row(weights: list[Tensor | None]) -> list[Tensor]:
    """Copy weight_ih, weight_hh, bias_ih and bias_hh one after the other into one piece of memory, cuDNN's own layout.

    Given other weights, cuDNN makes such a copy itself, and torch warns at every call. The layout has room for both
    biases in any case, so a missing bias is zeros.
    """
    weight_ih = cast("Tensor", weights[0])
    parts = [weight_ih.new_zeros(len(weight_ih)) if part is None else part for part in weights]
    whole = torch.cat([part.flatten() for part in parts])
    pieces = torch.split(whole, [part.numel() for part in parts])
    return [piece.view(part.shape) for piece, part in zip(pieces, parts, strict=True)]
