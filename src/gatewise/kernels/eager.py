"""The kernels in eager mode: a call without gradients, and a pass that autograd can go back through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from gatewise.kernels import arrays, plain
from gatewise.kernels.arrays import Inputs
from gatewise.kernels.path import beyond, hidden, needs_gradients

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from gatewise.kernels.arrays import Call, Outputs


def run(call: Call, inputs: Inputs, lengths: Tensor | None, *, gates: bool) -> Outputs:
    """Run a layer over a sequence, `arrays.forward` with gradients.

    Args:
        call: Cell, direction, layout.
        inputs: Without an axis of models.
        lengths: Shape (N,), int64, contiguous; None where all rows fill T.
        gates: Whether gates and cells are returned.

    Raises:
        InputError: A length is not within 0 to T.
    """
    for part in inputs:
        if part is not None and not part.is_contiguous():
            inputs = arrays.whole(inputs)
            break
    if needs_gradients(inputs):
        return _apply(call, gates, lengths, *inputs)
    return arrays.forward(call, inputs, lengths, keep=gates)


class _Pass(torch.autograd.Function):
    """One layer over one sequence; keeps what csrc/contract.h says, and its inputs and output."""

    @staticmethod
    def forward(ctx: Any, call: Call, gates: bool, lengths: Tensor | None, *inputs: Any) -> Outputs:
        y, h_n, c_n, kept, cells = arrays.forward(call, Inputs._make(inputs), lengths, keep=True)
        ctx.call = call
        ctx.save_for_backward(lengths, y, kept, cells, *inputs)
        ctx.set_materialize_grads(False)
        return (y, h_n, c_n, kept, cells) if gates else (y, h_n, c_n, None, None)

    @staticmethod
    def backward(ctx: Any, *given: Any) -> tuple[Tensor | None, ...]:
        lengths, y, gates, cells, *inputs = ctx.saved_tensors
        wanted = ctx.needs_input_grad[3:]
        if beyond(given) or hidden(given):
            return None, None, None, *plain.gradients(ctx.call, Inputs(*inputs), lengths, given, wanted)
        return None, None, None, *arrays.backward(ctx.call, inputs, lengths, (y, gates, cells), given, wanted)


_apply: Callable[..., Outputs] = super(torch.autograd.Function, _Pass).apply
"""``_Pass.apply`` without its preparations for torch.func, which cost several µs and never come here."""
