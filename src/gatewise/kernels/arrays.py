"""Calls of the kernels on tensors: memory for results, sizes, strides and addresses, without autograd."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from gatewise.kernels import native
from gatewise.reference.scan import GATES
from gatewise.reference.steps import check_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gatewise.reference.scan import Factors
    from gatewise.reference.steps import Steps

LSTM = native.CODES["lstm", None]
"""Number of the LSTM, the only cell with a cell state."""

AFTER = native.CODES["gru", "after"]
"""Number of the reset-after GRU, which alone keeps one more block: the product that its reset gate multiplies."""


class Call(NamedTuple):
    """The settings of a pass over a sequence: all arguments that are not tensors.

    Attributes:
        cell: The kernels' number of the cell, see `native.CODES`.
        update_is_state: GRU: whether z weighs the old state.
        reverse: Whether to run from each row's last step to its first.
        batch_first: Whether x and y have shape (N, T, ...) in place of (T, N, ...).
        hard_slope: Slope of the hard sigmoid as the gates' activation; 0 for the logistic function.
        stretch: Number of steps, a multiple of `native.STRETCH`, from one kept state to the next; backward then
            computes the gates again. 0 to keep all gates.
    """

    cell: int
    update_is_state: bool
    reverse: bool
    batch_first: bool
    hard_slope: float = 0.0
    stretch: int = 0


class Inputs(NamedTuple):
    """The tensors that have gradients. For M models at once all of them have a first axis of M.

    Attributes:
        x: Shape (T, N, I), or (N, T, I) with `Call.batch_first`.
        h_0: Shape (N, H), or (1, N, H) for a single model; None for zeros.
        c_0: The same for an LSTM; None for zeros, and for other cells.
        weight_ih: Shape (gates·H, I), row blocks in the order of `gatewise.reference.scan.GATES`.
        weight_hh: Shape (gates·H, H).
        bias_ih: Shape (gates·H,), or None.
        bias_hh: Shape (gates·H,), or None.
        peepholes: LSTM: peephole weights of input, forget and output gate, shape (3, H); or None.
        gains: Layer norm: gains of the inputs' product and of the state's, shape (2, gates·H); or None.
        cell_norm: Layer norm of an LSTM: gain and shift of the cell state, shape (2, H); or None.
    """

    x: Tensor
    h_0: Tensor | None
    c_0: Tensor | None
    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None
    peepholes: Tensor | None = None
    gains: Tensor | None = None
    cell_norm: Tensor | None = None


Outputs = tuple["Tensor", "Tensor", "Tensor | None", "Tensor | None", "Tensor | None", "Tensor | None"]
"""The results of a pass: y, h_n, c_n, gates, cells, products; None for those that there are not.

- y: h at every step, in the layout of x.
- h_n, and c_n of an LSTM: the state after each row's last step, shape (M, N, H).
- gates: shape (T, N, width), for backward, see `native.Layout`. With `Call.stretch` the kept states stand in their
  place, shape (stretches, N, H), of an LSTM (stretches, N, 2·H), and there are neither cells nor products.
- cells: the cell states of an LSTM, shape (T, N, padded), for backward.
- products: those of layer norm, shape (T, N, products), for backward.

The last three have a first axis of M models if x has it.
"""


def forward(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, keep: bool, clean: bool = False) -> Outputs:
    """Run one layer and direction over a sequence.

    Args:
        call: Cell, direction, layout.
        inputs: Tensors in a memory layout that the kernels can read, see `whole`.
        steps: Which steps each row runs; contiguous tensors.
        factors: Factors of recurrent dropout, contiguous, and zoneout, whose rows are contiguous.
        keep: Whether to keep gates and cell states, for backward or for the caller.
        clean: Whether to set to 0 the numbers of kept gates and cell states that have no meaning: padding, and steps
            that a row does not run. Otherwise they are whatever the memory held.

    Returns:
        See `Outputs`.

    Raises:
        InputError: A length is below 0 or above T.
    """
    x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh, peepholes, gains, cell_norm = inputs
    lstm, hidden, sizes = call.cell == LSTM, weight_hh.shape[-1], x.shape
    models, count, rows = _axes(call, sizes)
    y, h_n = x.new_empty(*sizes[:-1], hidden), x.new_empty(models, rows, hidden)
    c_n = x.new_empty(models, rows, hidden) if lstm else None
    double, gates, cells, products, states = x.dtype is torch.float64, None, None, None, None
    if keep and call.stretch:
        states = native.extension().kept(double, [*sizes[:-3], *kept_states(call, count, rows, hidden)])
    elif keep:
        layout = native.layout(double, call.cell, hidden, gains is not None)
        axes = (count, rows) if len(sizes) == 3 else (models, count, rows)
        # Memory of kept gates that is written in full need not be cleared: no row skips a step, and blocks without
        # padding leave no gaps. Clearing would take a pass over all of it.
        gapless = (
            steps.lengths is None
            and steps.mask is None
            and layout.width == (len(GATES[native.CELLS[call.cell]]) + (call.cell == AFTER)) * hidden
        )
        new = x.new_zeros if clean and not gapless else partial(native.extension().kept, double)
        gates = new((*axes, layout.width))
        cells = new((*axes, layout.padded)) if lstm else None
        products = new((*axes, layout.products)) if layout.products else None
    try:  # the order is that of Forward in csrc/contract.h; a null pointer is 0
        native.extension().forward(
            double, torch.get_num_threads(),
            call.cell, models, count, rows, sizes[-1], hidden, call.reverse, call.update_is_state, gains is not None,
            weight_ih.data_ptr(), weight_hh.data_ptr(), address(bias_ih), address(bias_hh),
            call.hard_slope, address(peepholes), address(gains), address(cell_norm), *_places(factors),
            x.data_ptr(), *_axes(call, x.stride()), address(h_0), address(c_0), *map(address, steps),
            y.data_ptr(), *_axes(call, y.stride()), h_n.data_ptr(), address(c_n), address(gates), address(cells),
            address(products), address(states), call.stretch,
        )  # fmt: skip
    except ValueError:  # the kernels refuse a wrong length without the layer's name; this message has it
        if steps.lengths is not None:
            check_steps(native.CELLS[call.cell].upper(), steps.lengths, count)
        raise
    return y, h_n, c_n, gates if states is None else states, cells, products


def kept_states(call: Call, count: int, rows: int, hidden: int) -> tuple[int, int, int]:
    """Shape of the states that are kept in place of gates, for one model: (stretches, N, H), of an LSTM 2·H."""
    return -(-count // call.stretch), rows, hidden * (2 if call.cell == LSTM else 1)


def backward(
    call: Call,
    inputs: Inputs,
    steps: Steps,
    factors: Factors,
    kept: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    gradients: Sequence[Tensor | None],
    wanted: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """Gradients of the inputs.

    Args:
        call: As in `forward`.
        inputs: As in `forward`.
        steps: As in `forward`.
        factors: As in `forward`.
        kept: y, gates (or states), cells and products, as `forward` returned them.
        gradients: Gradients of the outputs y, h_n, c_n, gates and cells, in their shapes; None for zeros.
        wanted: For each of the inputs whether its gradient is wanted.

    Returns:
        For each of the inputs its gradient, of the same shape, or None. The kernels compute the gradients of all
        weights together, so these are given if any of them is wanted.
    """
    x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh, peepholes, gains, cell_norm = inputs
    y, inside, cells, products = kept
    gates, states = (None, inside) if call.stretch else (inside, None)
    dy, *others = gradients
    if dy is not None and not readable(dy):
        dy = dy.contiguous()
    dh_n, dc_n, dgates, dcells = (None if part is None else part.contiguous() for part in others)
    dx = torch.empty_like(x, memory_format=torch.contiguous_format) if wanted[0] else None
    dh_0, dc_0 = _like(h_0) if wanted[1] else None, _like(c_0) if wanted[2] else None
    of_weights: list[Tensor | None] = [None] * len(inputs[3:])
    if True in wanted[3:]:
        of_weights = list(map(_like, inputs[3:]))
    sizes = x.shape
    # The order is that of Forward, then Backward, in csrc/contract.h. h_n and c_n are 0: backward does not read them.
    native.extension().backward(
        x.dtype is torch.float64, torch.get_num_threads(),
        call.cell, *_axes(call, sizes), sizes[-1], weight_hh.shape[-1], call.reverse, call.update_is_state,
        gains is not None, weight_ih.data_ptr(), weight_hh.data_ptr(), address(bias_ih), address(bias_hh),
        call.hard_slope, address(peepholes), address(gains), address(cell_norm), *_places(factors),
        x.data_ptr(), *_axes(call, x.stride()), address(h_0), address(c_0), *map(address, steps),
        y.data_ptr(), *_axes(call, y.stride()), 0, 0, address(gates), address(cells), address(products),
        address(states), call.stretch,
        *((0, 0, 0, 0) if dy is None else (dy.data_ptr(), *_axes(call, dy.stride()))),
        address(dh_n), address(dc_n), address(dgates), address(dcells),
        *((0, 0, 0, 0) if dx is None else (dx.data_ptr(), *_axes(call, dx.stride()))),
        *map(address, of_weights), address(dh_0), address(dc_0),
    )  # fmt: skip
    return dx, dh_0, dc_0, *of_weights


def unpacked(
    call: Call, gates: Tensor | None, cells: Tensor | None, hidden: int, padded: int
) -> tuple[Tensor | None, ...]:
    """Take kept gates and cell states, or their gradients, apart.

    Args:
        call: Cell, layout.
        gates: Shape (T, N, width), or None.
        cells: Shape (T, N, padded) of an LSTM, or None.
        hidden: H.
        padded: Numbers from one block of ``gates`` to the next, see `native.Layout`.

    Returns:
        Every gate and candidate in the order of `GATES`, then the cell state of an LSTM: views of shape (T, N, H), or
        (N, T, H) with `Call.batch_first`; None where the argument is None.
    """
    count = len(GATES[native.CELLS[call.cell]])
    parts = [None if gates is None else gates[..., k * padded : k * padded + hidden] for k in range(count)]
    if call.cell == LSTM:
        parts.append(None if cells is None else cells[..., :hidden])
    return tuple(part.transpose(0, 1) if call.batch_first and part is not None else part for part in parts)


def whole(inputs: Inputs) -> Inputs:
    """The same inputs, with copies of the tensors whose memory layout the kernels cannot read."""
    x, *others = inputs
    return Inputs._make((x if readable(x) else x.contiguous(), *map(in_one_piece, others)))


def readable(x: Tensor) -> bool:
    """Whether the channels of a row are contiguous, as the kernels need it; strides of steps and rows are free."""
    return x.is_contiguous() or x.stride(-1) == 1


def _axes(call: Call, values: Sequence[int]) -> tuple[int, int, int]:
    """The sizes or strides of the axes model, time and row, in this order; 1 for the model if there is no such axis.

    Args:
        call: Whether the batch comes before time.
        values: Sizes or strides of x or y.
    """
    if len(values) == 3:
        first, second, _ = values
        model = 1
    else:
        model, first, second, _ = values
    return (model, second, first) if call.batch_first else (model, first, second)


def _places(factors: Factors) -> tuple[int, ...]:
    """Addresses of the factors, and the strides of those that differ from step to step, for the kernels."""
    dropped, still_h, still_c = factors
    if dropped is still_h is still_c:  # all None: the usual case
        return (0,) * 9
    return address(dropped), *_with_strides(still_h), *_with_strides(still_c)


def _with_strides(still: Tensor | None) -> tuple[int, int, int, int]:
    """Address, and strides of model, time and row, of shares of zoneout; all 0 for None."""
    if still is None:
        return 0, 0, 0, 0
    *model, time, row, _ = still.stride()
    return still.data_ptr(), model[0] if model else 0, time, row


def address(tensor: Tensor | None) -> int:
    """The address of a tensor's first number, for the kernels; 0 for None."""
    return 0 if tensor is None else tensor.data_ptr()


def in_one_piece(tensor: Tensor | None) -> Tensor | None:
    """The tensor itself if it is contiguous, else a contiguous copy; None for None."""
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def _like(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.empty_like(tensor)
