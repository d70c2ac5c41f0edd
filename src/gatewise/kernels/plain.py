"""The reference path with the kernels' interface, and gradients that the kernels cannot compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from gatewise.kernels import native
from gatewise.kernels.arrays import LSTM, Inputs, unpacked
from gatewise.reference.conventions import Convention
from gatewise.reference.scan import GATES, Factors, Weights, scan, trace
from gatewise.reference.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from gatewise.kernels.arrays import Call

    States = tuple[Tensor, ...]

_CODED: dict[int, tuple[str, Any]] = {code: key for key, code in native.CODES.items()}


def rules(call: Call) -> Convention:
    """The convention in which the kernels compute and pack the cell of a call."""
    cell, reset = _CODED[call.cell]
    update: Any = None if reset is None else "state" if call.update_is_state else "candidate"
    return Convention(cell, "kernels", GATES[cell], 2, reset, update, call.hard_slope)


def run(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, gates: bool) -> tuple[Tensor, States, States]:
    """Run one layer and direction over a sequence in plain torch operations.

    Args:
        call: Cell, direction, layout.
        inputs: x, states and weights, without an axis of models.
        steps: Which steps each row runs, without an axis of models.
        factors: Factors of recurrent dropout and zoneout, without an axis of models.
        gates: Whether to return gates and cell states.

    Returns:
        y: h at every step, in the layout of x.
        states: h_n, and c_n of an LSTM, each of shape (1, N, H).
        gates: Every gate and candidate, and the cell state of an LSTM, in the layout of y; empty if not asked for.
    """
    x, h_0, c_0, *parts = inputs
    weights, weight_hh = Weights._make(parts), inputs.weight_hh
    by_time = x.transpose(0, 1).contiguous() if call.batch_first else x  # contiguous for one product over all steps
    shape = (by_time.shape[1], weight_hh.shape[-1])
    given = (h_0, c_0) if call.cell == LSTM else (h_0,)
    state = tuple(x.new_zeros(shape) if part is None else part.reshape(shape) for part in given)
    run_over: Any = trace if gates else scan
    y, after, *inside = run_over(
        by_time, state, weights, rules(call), steps=steps, factors=factors, reverse=call.reverse
    )
    kept: States = inside[0] if inside else ()
    if call.batch_first:
        y, kept = y.transpose(0, 1), tuple(part.transpose(0, 1) for part in kept)
    return y, tuple(part.unsqueeze(0) for part in after), kept


def gradients(
    call: Call,
    inputs: Inputs,
    steps: Steps,
    factors: Factors,
    given: Sequence[Tensor | None],
    wanted: Sequence[bool],
) -> list[Tensor | None]:
    """The gradients of `arrays.backward`, computed by running the layer again in plain torch operations.

    These can be differentiated again. They serve for second derivatives, and for gradients that are batched tensors of
    torch.vmap or dual tensors of forward-mode differentiation.

    Args:
        call: As in `arrays.backward`.
        inputs: As in `arrays.backward`.
        steps: As in `arrays.backward`.
        factors: As in `arrays.backward`.
        given: Gradients of the outputs y, h_n, c_n, gates and cells; None for zeros.
        wanted: As in `arrays.backward`.

    Returns:
        For each of the inputs its gradient if it is wanted, else None.
    """
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        # Gradients are those of views: if one input was computed from another, no gradient may flow on into that one.
        own = Inputs._make(None if part is None else part.view_as(part) for part in inputs)
        pairs = [pair for model in _models(own, steps, factors, given) for pair in _outcomes(call, *model)]
        leaves = [part for part, want in zip(own, wanted, strict=True) if want and part is not None]
        results = iter(
            torch.autograd.grad(
                [output for output, _ in pairs],
                leaves,
                [gradient for _, gradient in pairs],
                create_graph=again,
                allow_unused=True,
                materialize_grads=True,
            )
            if pairs
            else [torch.zeros_like(leaf) for leaf in leaves]
        )
    return [next(results) if want and part is not None else None for part, want in zip(own, wanted, strict=True)]


def _models(
    inputs: Inputs, steps: Steps, factors: Factors, given: Sequence[Tensor | None]
) -> list[tuple[Inputs, Steps, Factors, Sequence[Tensor | None]]]:
    """The arguments of every model, without the axis of models."""
    if inputs.x.dim() == 3:
        return [(inputs, steps, factors, given)]

    def own(parts: Sequence[Tensor | None], model: int) -> Iterator[Tensor | None]:
        return (None if part is None else part[model] for part in parts)

    return [
        (Inputs._make(own(inputs, m)), Steps._make(own(steps, m)), Factors._make(own(factors, m)), tuple(own(given, m)))
        for m in range(len(inputs.x))
    ]


def _outcomes(
    call: Call, inputs: Inputs, steps: Steps, factors: Factors, given: Sequence[Tensor | None]
) -> list[tuple[Tensor, Tensor]]:
    """Run one model; return every output for which a gradient is given, together with that gradient."""
    dy, dh_n, dc_n, dgates, dcells = given
    y, after, kept = run(call, inputs, steps, factors, gates=dgates is not None or dcells is not None)
    pairs: list[tuple[Tensor, Tensor | None]] = [(y, dy)]
    pairs += [
        (part, None if d is None else d.reshape(part.shape)) for part, d in zip(after, (dh_n, dc_n), strict=False)
    ]
    if kept:
        hidden = inputs.weight_hh.shape[-1]
        padded = native.layout(y.dtype is torch.float64, call.cell, hidden, inputs.gains is not None).padded
        pairs += zip(kept, unpacked(call, dgates, dcells, hidden, padded), strict=True)
    return [(output, gradient) for output, gradient in pairs if gradient is not None]
