"""Calls of the kernels on tensors: memory for results, sizes, strides and addresses, without autograd."""

from __future__ import annotations

from ctypes import addressof
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from gatewise.kernels import native
from gatewise.kernels.call import Backward, Forward
from gatewise.reference.scan import GATES
from gatewise.reference.steps import check_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from gatewise.kernels.call import Strides
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


_GRADIENTS = ("dh_n", "dc_n", "dgates", "dcells", *(f"d{name}" for name in Inputs._fields))
"""Fields of `call.Backward`: the gradients that `backward` is given, but for ``dy``, and those that it returns."""

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
    x, gains = inputs.x, inputs.gains
    lstm, hidden, sizes = call.cell == LSTM, inputs.weight_hh.shape[-1], x.shape
    models, count, rows = _axes(call, sizes)
    y, h_n = x.new_empty(*sizes[:-1], hidden), x.new_empty(models, rows, hidden)
    fields = Forward()
    _describe(fields, call, inputs, steps, factors, y)
    fields.models, fields.steps, fields.rows = models, count, rows
    fields.inputs, fields.hidden = sizes[-1], hidden
    fields.h_n = h_n.data_ptr()
    double, c_n, gates, cells, products, states = x.dtype is torch.float64, None, None, None, None, None
    if lstm:
        c_n = x.new_empty(models, rows, hidden)
        fields.c_n = c_n.data_ptr()
    if keep and call.stretch:
        states = native.extension().kept(double, [*sizes[:-3], *kept_states(call, count, rows, hidden)])
        fields.states = states.data_ptr()
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
        fields.gates, fields.cells, fields.products = gates.data_ptr(), address(cells), address(products)
    try:
        native.extension().forward(addressof(fields), double, torch.get_num_threads())
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
    x, h_0, c_0, *weights = inputs
    y, inside, cells, products = kept
    dy, *others = gradients
    if dy is not None and not readable(dy):
        dy = dy.contiguous()
    # As `in_one_piece`, written out: every further call in Python is a hundredth of a small layer's pass back.
    others = [part if part is None or part.is_contiguous() else part.contiguous() for part in others]
    new = torch.empty_like
    dx = new(x, memory_format=torch.contiguous_format) if wanted[0] else None
    dh_0 = new(h_0) if h_0 is not None and wanted[1] else None
    dc_0 = new(c_0) if c_0 is not None and wanted[2] else None
    any_weight = True in wanted[3:]
    of_weights = [new(part) if any_weight and part is not None else None for part in weights]
    results = (dx, dh_0, dc_0, *of_weights)
    sizes, fields = x.shape, Backward()
    _describe(fields, call, inputs, steps, factors, y)
    fields.models, fields.steps, fields.rows = _axes(call, sizes)
    fields.inputs, fields.hidden = sizes[-1], inputs.weight_hh.shape[-1]
    if call.stretch:
        fields.states = inside.data_ptr()
    else:
        fields.gates = inside.data_ptr()
        if cells is not None:
            fields.cells = cells.data_ptr()
        if products is not None:
            fields.products = products.data_ptr()
    if dy is not None:
        fields.dy = dy.data_ptr()
        _lay(fields.dy_strides, dy, call.batch_first)
    if dx is not None:
        _lay(fields.dx_strides, dx, call.batch_first)
    for name, part in zip(_GRADIENTS, (*others, *results), strict=True):
        if part is not None:
            setattr(fields, name, part.data_ptr())
    native.extension().backward(addressof(fields), x.dtype is torch.float64, torch.get_num_threads())
    return results


def _describe(
    fields: Forward | Backward, call: Call, inputs: Inputs, steps: Steps, factors: Factors, y: Tensor
) -> None:
    """Fill in the settings and tensors that a pass forward and the one back have in common.

    What is None or 0 is left out, as it is 0 already: filling in takes a tenth of a small layer's call.
    """
    x, h_0, c_0, weight_ih, weight_hh, bias_ih, bias_hh, peepholes, gains, cell_norm = inputs
    fields.cell, fields.update_is_state, reverse, batch_first, hard_slope, stretch = call
    if reverse:
        fields.reverse = True
    if hard_slope:
        fields.hard_slope = hard_slope
    if stretch:
        fields.stretch = stretch
    fields.weight_ih, fields.weight_hh = weight_ih.data_ptr(), weight_hh.data_ptr()
    if bias_ih is not None:
        fields.bias_ih = bias_ih.data_ptr()
    if bias_hh is not None:
        fields.bias_hh = bias_hh.data_ptr()
    if not peepholes is gains is cell_norm is None:
        fields.peepholes, fields.gains, fields.cell_norm = address(peepholes), address(gains), address(cell_norm)
        fields.normed = gains is not None
    dropped, still_h, still_c = factors
    if not dropped is still_h is still_c is None:
        fields.dropped, fields.still_h, fields.still_c = address(dropped), address(still_h), address(still_c)
        if still_h is not None:
            _lay(fields.still_h_strides, still_h, batch_first=False)
        if still_c is not None:
            _lay(fields.still_c_strides, still_c, batch_first=False)
    fields.x, fields.y = x.data_ptr(), y.data_ptr()
    _lay(fields.x_strides, x, batch_first)
    _lay(fields.y_strides, y, batch_first)
    if h_0 is not None:
        fields.h_0 = h_0.data_ptr()
    if c_0 is not None:
        fields.c_0 = c_0.data_ptr()
    lengths, mask, reset = steps
    if not lengths is mask is reset is None:
        fields.lengths, fields.mask, fields.reset = address(lengths), address(mask), address(reset)


def _lay(strides: Strides, tensor: Tensor, batch_first: bool) -> None:
    """Fill in how far apart a tensor's models, steps and rows lie; without an axis of models all share it."""
    values = tensor.stride()
    if len(values) == 3:
        first, second, _ = values
    else:
        strides.model, first, second, _ = values
    strides.time, strides.row = (second, first) if batch_first else (first, second)


def _axes(call: Call, sizes: Sequence[int]) -> tuple[int, int, int]:
    """M, T and N of a tensor; 1 for the one model where there is no such axis."""
    if len(sizes) == 3:
        first, second, _ = sizes
        models = 1
    else:
        models, first, second, _ = sizes
    return (models, second, first) if call.batch_first else (models, first, second)


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


def address(tensor: Tensor | None) -> int:
    """The address of a tensor's first number, for the kernels; 0 for None."""
    return 0 if tensor is None else tensor.data_ptr()


def in_one_piece(tensor: Tensor | None) -> Tensor | None:
    """The tensor itself if it is contiguous, else a contiguous copy; None for None."""
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()
