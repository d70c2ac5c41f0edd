"""The kernels in eager mode: a call without gradients, and a pass that autograd can go back through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from gatewise.kernels import arrays, plain
from gatewise.kernels.arrays import Inputs
from gatewise.kernels.path import beyond, hidden, needs_gradients
from gatewise.reference.scan import Factors
from gatewise.reference.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from gatewise.kernels.arrays import Call, Outputs


def run(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, gates: bool) -> Outputs:
    """Run a layer over a sequence: `arrays.forward`, recorded by autograd if any input needs gradients.

    Args:
        call: Cell, direction, layout.
        inputs: x, states and weights, without an axis of models.
        steps: Which steps each row runs; contiguous tensors without an axis of models.
        factors: Factors of recurrent dropout and zoneout, in a memory layout that the kernels can read, without an axis
            of models.
        gates: Whether to return gates and cell states.

    Returns:
        See `arrays.Outputs`.

    Raises:
        InputError: A length is below 0 or above T.
    """
    for part in inputs:
        if part is not None and not part.is_contiguous():
            inputs = arrays.whole(inputs)
            break
    if needs_gradients(inputs):
        return _apply(call, gates, *steps, *factors, *inputs)
    return arrays.forward(call, inputs, steps, factors, keep=gates)


class _Pass(torch.autograd.Function):
    """One layer over one sequence, with its inputs and output and what csrc/contract.h lists kept for backward."""

    @staticmethod
    def forward(ctx: Any, call: Call, gates: bool, *given: Any) -> Outputs:
        steps, factors, inputs = Steps._make(given[:3]), Factors._make(given[3:6]), Inputs._make(given[6:])
        y, h_n, c_n, kept, cells, products = arrays.forward(call, inputs, steps, factors, keep=True)
        ctx.call, ctx.outputs = call, range(4 if gates else 1)
        ctx.save_for_backward(y, kept, cells, products, *given)
        ctx.set_materialize_grads(False)
        return (y, h_n, c_n, kept, cells, None) if gates else (y, h_n, c_n, None, None, None)

    @staticmethod
    def backward(ctx: Any, *outputs: Any) -> tuple[Tensor | None, ...]:
        y, gates, cells, products, *rest = saved(ctx, ctx.outputs)
        given = outputs[:-1]
        steps, factors, inputs = Steps._make(rest[:3]), Factors._make(rest[3:6]), Inputs._make(rest[6:])
        wanted = ctx.needs_input_grad[8:]
        if y is None:
            y, _, _, *again = arrays.forward(ctx.call, inputs, steps, factors, keep=gates is None)
            gates, cells, products = again if gates is None else (gates, cells, products)
        if beyond(given) or hidden(given):
            gradients = plain.gradients(ctx.call, inputs, steps, factors, given, wanted)
        else:
            kept = (y, gates, cells, products)
            gradients = list(arrays.backward(ctx.call, inputs, steps, factors, kept, given, wanted))
        return *[None] * 8, *gradients


def saved(ctx: Any, outputs: range) -> tuple[Any, ...]:
    """The saved tensors of a pass; None for all outputs if one has been changed in place since, such as by ``relu_``.

    torch's own layers have outputs that backward does not read, so programs change them. Here backward reads y, and
    computes it again where it is gone. A change of any other tensor is an error, as everywhere in torch.

    Args:
        ctx: What autograd keeps of the pass.
        outputs: Places of the outputs, y first, in the saved tensors.
    """
    try:
        whole: tuple[Any, ...] = ctx.saved_tensors
    except RuntimeError:
        # One of them has been changed: if no output, reading the others one by one raises this again.
        each = enumerate(ctx._raw_saved_tensors)
        return tuple(None if place in outputs else part.unpack() for place, part in each)
    return whole


_apply: Callable[..., Outputs] = super(torch.autograd.Function, _Pass).apply
"""``_Pass.apply`` without the preparations for torch.func, which take some µs; such calls take another path."""
