"""The kernels as registered operators, for torch.compile, torch.export and torch.vmap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import library
from torch.utils.flop_counter import register_flop_formula

from gatewise.kernels import arrays, eager, native, plain
from gatewise.kernels.arrays import LSTM, Call, Inputs
from gatewise.kernels.path import beyond, needs_gradients
from gatewise.reference.scan import Factors
from gatewise.reference.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gatewise.kernels.arrays import Outputs

_INPUTS = (
    "Tensor x, Tensor? h_0, Tensor? c_0, Tensor weight_ih, Tensor weight_hh, Tensor? bias_ih, Tensor? bias_hh, "
    "Tensor? peepholes, Tensor? gains, Tensor? cell_norm, Tensor? lengths, Tensor? mask, Tensor? reset, "
    "Tensor? dropped, Tensor? still_h, Tensor? still_c"
)
_CALL = "int cell, bool update_is_state, bool reverse, bool batch_first, float hard_slope, int stretch"
_KEPT = "Tensor y, Tensor gates, Tensor cells, Tensor products"
_GRADIENTS = "Tensor? dy, Tensor? dh_n, Tensor? dc_n, Tensor? dgates, Tensor? dcells"
_RESULTS = (
    "Tensor dx, Tensor dh_0, Tensor dc_0, Tensor dweight_ih, Tensor dweight_hh, Tensor dbias_ih, Tensor dbias_hh, "
    "Tensor dpeepholes, Tensor dgains, Tensor dcell_norm"
)

_STEPS = len(Inputs._fields)
_FACTORS = _STEPS + len(Steps._fields)
_CALLED = _FACTORS + len(Factors._fields)
_REST = _CALLED + len(Call._fields)  # places among the arguments of ``recurrent``
_GIVEN, _LEFT = 5, 4  # numbers of gradients and of kept tensors among the arguments of ``recurrent_backward``

_FORWARD, _BACKWARD = "gatewise::recurrent", "gatewise::recurrent_backward"
_COMPLIANT = torch.Tag.pt2_compliant_tag
library.define(
    _FORWARD,
    f"({_INPUTS}, {_CALL}, bool keep) -> (Tensor y, Tensor h_n, Tensor c_n, Tensor gates, Tensor cells, "
    "Tensor products)",
    tags=_COMPLIANT,
)
library.define(
    _BACKWARD, f"({_GRADIENTS}, {_KEPT}, {_INPUTS}, {_CALL}, bool[] wanted) -> ({_RESULTS})", tags=_COMPLIANT
)


def run(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, gates: bool) -> Outputs:
    """Run a layer over a sequence, as `eager.run`, through the operator.

    An operator cannot return None, so a result that there is not is an empty tensor; the last axis of empty ``cells``
    still has `native.Layout.padded` numbers.
    """
    keep = gates or needs_gradients(inputs)
    stacked = (None if part is None else part.unsqueeze(0) for part in (inputs.x, *inputs[3:], *steps, *factors))
    x, *others = stacked
    y, h_n, c_n, kept, cells, _ = torch.ops.gatewise.recurrent(x, inputs.h_0, inputs.c_0, *others, *call, keep)
    return y.squeeze(0), h_n, c_n, kept.squeeze(0), cells.squeeze(0), None


def _split(arguments: Any) -> tuple[Inputs, Steps, Factors]:
    """The tensors among an operator's arguments, by name."""
    return Inputs(*arguments[:_STEPS]), Steps(*arguments[_STEPS:_FACTORS]), Factors(*arguments[_FACTORS:_CALLED])


def _call(arguments: Any) -> Call:
    """The arguments of ``recurrent`` that are not tensors, by name."""
    return Call(*arguments[_CALLED:_REST])


def _forward(*arguments: Any) -> tuple[Tensor, ...]:
    (inputs, steps, factors), call = _whole(*_split(arguments)), _call(arguments)
    outputs = arrays.forward(call, inputs, steps, factors, keep=arguments[_REST], clean=True)
    return _filled(outputs, call, inputs, keep=arguments[_REST])


def _whole(inputs: Inputs, steps: Steps, factors: Factors) -> tuple[Inputs, Steps, Factors]:
    """The same arguments, with copies of the tensors whose memory layout the kernels cannot read."""
    own = Steps._make(map(arrays.in_one_piece, steps)), Factors._make(map(arrays.in_one_piece, factors))
    return arrays.whole(inputs), *own


def _fake(*arguments: Any) -> tuple[Tensor, ...]:
    """The outputs of `_forward` for tracing: tensors of the right shapes, without computation."""
    inputs, call = _split(arguments)[0], _call(arguments)
    x, hidden = inputs.x, inputs.weight_hh.shape[-1]
    models, first, second = x.shape[:3]
    count, rows = (second, first) if call.batch_first else (first, second)
    h_n = x.new_empty(models, rows, hidden)
    gates = cells = products = None
    if arguments[_REST] and call.stretch:
        gates = x.new_empty(models, *arrays.kept_states(call, count, rows, hidden))
    elif arguments[_REST]:
        layout = native.layout(x.dtype is torch.float64, call.cell, int(hidden), inputs.gains is not None)
        gates = x.new_empty(models, count, rows, layout.width)
        cells = x.new_empty(models, count, rows, layout.padded) if call.cell == LSTM else None
        products = x.new_empty(models, count, rows, layout.products) if layout.products else None
    c_n = torch.empty_like(h_n) if call.cell == LSTM else None
    outputs = (x.new_empty(models, first, second, hidden), h_n, c_n, gates, cells, products)
    return _filled(outputs, call, inputs, keep=arguments[_REST])


def _filled(outputs: Outputs, call: Call, inputs: Inputs, *, keep: bool) -> tuple[Tensor, ...]:
    """The outputs with empty tensors in place of None, which an operator cannot return."""
    y, h_n, c_n, gates, cells, products = outputs
    hidden = int(inputs.weight_hh.shape[-1])
    padded = 0
    if keep:
        padded = native.layout(y.dtype is torch.float64, call.cell, hidden, inputs.gains is not None).padded
    return (
        y,
        h_n,
        y.new_empty(0) if c_n is None else c_n,
        y.new_empty(0) if gates is None else gates,
        y.new_empty(0, padded) if cells is None else cells,
        y.new_empty(0) if products is None else products,
    )


def _setup(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    y, _, _, *kept = output
    ctx.save_for_backward(*inputs[:_CALLED], y, *kept)
    ctx.call = _call(inputs)
    ctx.set_materialize_grads(False)


def _gradients(ctx: Any, *given: Tensor | None) -> tuple[Any, ...]:
    """Gradients of the arguments of ``recurrent``."""
    *tensors, y, gates, cells, products = eager.saved(ctx, range(_CALLED, _CALLED + _LEFT))
    wanted = list(ctx.needs_input_grad[:_STEPS])
    dy, dh_n, dc_n, dgates, dcells, _ = given
    if ctx.call.cell != LSTM:  # these outputs are empty
        dc_n = dcells = None
    lost = y is None  # by a change in place; without gates the operator runs forward again
    if ctx.call.stretch or not (
        lost or gates.numel()
    ):  # states kept at checkpoints are internal: they have no gradient
        dgates = dcells = None
    if lost:
        y = gates = cells = products = tensors[0].new_empty(0)
    given = (dy, dh_n, dc_n, dgates, dcells)
    if beyond(given):
        results: Any = plain.gradients(ctx.call, *_split(tensors), given, wanted)
    else:
        results = torch.ops.gatewise.recurrent_backward(
            *given, y, gates, cells, products, *tensors, *ctx.call, wanted
        )  # fmt: skip
    return *(result if want else None for result, want in zip(results, wanted, strict=True)), *[None] * (
        _REST + 1 - _STEPS
    )


def _backward(*arguments: Any) -> tuple[Tensor, ...]:
    gradients, kept, rest = arguments[:_GIVEN], arguments[_GIVEN:][:_LEFT], arguments[_GIVEN + _LEFT :]
    y, gates, cells, products = kept
    (inputs, steps, factors), call = _whole(*_split(rest)), _call(rest)
    if gates.numel() == 0:  # forward ran without keeping them: run it again
        y, _, _, gates, cells, products = arrays.forward(call, inputs, steps, factors, keep=True)
    kept = (y.contiguous(), gates.contiguous(), *map(_there, (cells, products)))
    results = arrays.backward(call, inputs, steps, factors, kept, gradients, rest[_REST])
    return tuple(
        result if want and result is not None else inputs.x.new_empty(0)
        for result, want in zip(results, rest[_REST], strict=True)
    )


def _there(part: Tensor | None) -> Tensor | None:
    """The tensor, made contiguous; None for an empty tensor, which stands for an output that there is not."""
    return None if part is None or part.numel() == 0 else part.contiguous()


def _fake_backward(*arguments: Any) -> tuple[Tensor, ...]:
    """The outputs of `_backward` for tracing: tensors of the right shapes, without computation."""
    rest = arguments[_GIVEN + _LEFT :]
    inputs, wanted = _split(rest)[0], rest[_REST]
    return tuple(
        torch.empty_like(part, memory_format=torch.contiguous_format)
        if want and part is not None
        else inputs.x.new_empty(0)
        for part, want in zip(inputs, wanted, strict=True)
    )


def _vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> tuple[Any, Any]:
    """Compute a batch of calls in one call: with more rows if they share the weights, else with more models."""
    shared = all(dim is None for dim in in_dims[3:_STEPS])
    row_axis = 1 if _call(arguments).batch_first else 2
    axes = (row_axis, 1, 1, *[None] * (_STEPS - 3), 1, 1, 1, 1, 2, 2) if shared else (0,) * _CALLED
    folded = [
        argument if argument is None or axis is None else _fold(argument, dim, axis, info.batch_size)
        for argument, dim, axis in zip(arguments[:_CALLED], in_dims, axes, strict=False)
    ]
    # Inside vmap tensors do not show requires_grad, so it is decided here, outside, whether to keep gates for backward.
    keep = arguments[_REST] or needs_gradients(arguments[:_STEPS])
    results = torch.ops.gatewise.recurrent(*folded, *arguments[_CALLED:_REST], keep)
    out = (row_axis, 1, 1, 2, 2, 2) if shared else (0,) * 6
    dims = [axis if result.numel() or result.dim() > 2 else None for result, axis in zip(results, out, strict=True)]
    return tuple(
        result if axis is None else result.unflatten(axis, (info.batch_size, result.shape[axis] // info.batch_size))
        for result, axis in zip(results, dims, strict=True)
    ), tuple(dims)


def _fold(tensor: Tensor, dim: int | None, axis: int, size: int) -> Tensor:
    """Merge the axis ``dim`` that vmap runs over, or ``size`` repeats, into the axis ``axis`` of the operator."""
    moved = tensor.unsqueeze(axis) if dim is None else tensor.movedim(dim, axis)
    expanded = moved.expand(*moved.shape[:axis], size, *moved.shape[axis + 1 :])
    return expanded.flatten(axis, axis + 1)


library.impl(_FORWARD, "CPU", _forward)
library.impl(_BACKWARD, "CPU", _backward)
library.register_fake(_FORWARD, _fake)
library.register_fake(_BACKWARD, _fake_backward)
library.register_autograd(_FORWARD, _gradients, setup_context=_setup)
library.register_vmap(_FORWARD, _vmap)


def _products(x: Sequence[int], weight_hh: Sequence[int]) -> tuple[int, int]:
    """Floating-point operations of the inputs' product and of the state's, over all steps."""
    models, first, second, inputs = x
    rows, hidden = weight_hh[-2:]
    return 2 * models * first * second * rows * inputs, 2 * models * first * second * rows * hidden


@register_flop_formula([torch.ops.gatewise.recurrent])
def _flops(x: Sequence[int], h_0: Any, c_0: Any, weight_ih: Any, weight_hh: Any, *_: Any, **__: Any) -> int:
    """What `FlopCounterMode` counts for a pass: the products, as it does for torch's layers."""
    return sum(_products(x, weight_hh))


@register_flop_formula([torch.ops.gatewise.recurrent_backward])
def _flops_backward(*arguments: Any, **_: Any) -> int:
    """The same for a pass back: through the states, and for the gradients that are wanted."""
    rest = arguments[_GIVEN + _LEFT :]
    x, wanted, call = rest[0], rest[_REST], _call(rest)
    of_inputs, of_state = _products(x, rest[4])
    count = x[2 if call.batch_first else 1]
    through = of_state * (count - (not wanted[1])) // count
    return int(through + of_inputs * wanted[0] + (of_inputs + of_state) * any(wanted[3:]))
