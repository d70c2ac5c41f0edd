"""The kernels called on tensors: sizes, strides and pointers; nothing of autograd."""

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
"""The one cell with a cell state."""

AFTER = native.CODES["gru", "after"]
"""The one cell that keeps another block, the product inside the reset."""


class Call(NamedTuple):
    """The settings of a pass over a sequence: everything that is no tensor.

    Attributes:
        cell: The kernels' number, see `native.CODES`.
        update_is_state: GRU: z weighs the old state.
        reverse: Run from each row's last step to its first.
        batch_first: x and y are (N, T, ...) rather than (T, N, ...).
        hard_slope: Gates are hard sigmoids of this slope; 0 for the logistic function.
        stretch: Keep the state before every so many steps, a multiple of `native.STRETCH`, in place of the gates, and
            compute these again in backward; 0 to keep them.
    """

    cell: int
    update_is_state: bool
    reverse: bool
    batch_first: bool
    hard_slope: float = 0.0
    stretch: int = 0


class Inputs(NamedTuple):
    """The tensors with gradients; each may have an axis of M models in front, and then all of them have it.

    Attributes:
        x: Shape (T, N, I), or (N, T, I) by `Call.batch_first`.
        h_0: Shape (N, H), with or without an axis of one model; None for zeros.
        c_0: As h_0, of an LSTM.
        weight_ih: Shape (gates·H, I), row blocks in the order of `gatewise.reference.scan.GATES`.
        weight_hh: Shape (gates·H, H).
        bias_ih: Shape (gates·H,), or None.
        bias_hh: Shape (gates·H,), or None.
        peepholes: Shape (3, H), of an LSTM: of input, forget and output gate; or None.
        gains: Shape (2, gates·H), of layer norm: of the inputs' and the state's products; or None.
        cell_norm: Shape (2, H), with ``gains`` of an LSTM: gain and shift of the cell state; or None.
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
"""What a pass yields: y, h_n, c_n, gates, cells, products.

y: h at every step, laid out as x is. h_n, and c_n of an LSTM: shape (M, N, H). gates: shape (T, N, width), cells of an
LSTM: shape (T, N, padded), and products of layer norm: shape (T, N, products), with M in front where x has it, see
`native.Layout`; backward reads them. With `Call.stretch` the kept states, shape (stretches, N, states·H), stand in
place of gates, and there are neither cells nor products.
"""


def forward(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, keep: bool, clean: bool = False) -> Outputs:
    """Run a layer over a sequence.

    Args:
        call: Cell, direction, layout.
        inputs: Tensors that the kernels can read as they lie, see `whole`.
        steps: Which steps each row runs, contiguous.
        factors: What the states are multiplied with; ``dropped`` contiguous, the numbers of a row of the others too.
        keep: Whether gates and cells are kept, for backward or to be read.
        clean: Whether what of them has no meaning is 0, not what the memory held.

    Raises:
        InputError: A length is not within 0 to T.
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
    except ValueError:
        if steps.lengths is not None:
            check_steps(native.CELLS[call.cell].upper(), steps.lengths, count)
        raise
    return y, h_n, c_n, gates if states is None else states, cells, products


def kept_states(call: Call, count: int, rows: int, hidden: int) -> tuple[int, int, int]:
    """Shape of the states that are kept in place of gates, of one model."""
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
        call: As forward was called.
        inputs: The same.
        steps: The same.
        factors: The same.
        kept: y, gates (or states), cells and products as forward left them.
        gradients: Of each of the outputs but products; None for zeros.
        wanted: For each of the inputs whether its gradient is wanted.

    Returns:
        A gradient or None for each of the inputs; of the weights all or none, as the kernels give them together.
    """
    x, (y, inside, cells, products) = inputs.x, kept
    dy, *others = gradients
    if dy is not None and not readable(dy):
        dy = dy.contiguous()
    others = list(map(in_one_piece, others))
    dx = torch.empty_like(x, memory_format=torch.contiguous_format) if wanted[0] else None
    dh_0, dc_0 = _like(inputs.h_0) if wanted[1] else None, _like(inputs.c_0) if wanted[2] else None
    of_weights = map(_like, inputs[3:]) if True in wanted[3:] else [None] * len(inputs[3:])
    results = (dx, dh_0, dc_0, *of_weights)
    sizes, fields = x.shape, Backward()
    _describe(fields, call, inputs, steps, factors, y)
    fields.models, fields.steps, fields.rows = _axes(call, sizes)
    fields.inputs, fields.hidden = sizes[-1], inputs.weight_hh.shape[-1]
    if call.stretch:
        fields.states = address(inside)
    else:
        fields.gates, fields.cells, fields.products = address(inside), address(cells), address(products)
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
    """Every gate and candidate in the order of `GATES`, and the cell states, out of what is kept, or its gradients.

    Args:
        call: Cell, layout.
        gates: Shape (T, N, width), or None.
        cells: Shape (T, N, padded) of an LSTM, or None.
        hidden: H.
        padded: See `native.Layout`.

    Returns:
        Views of shape (T, N, H), (N, T, H) where the batch comes first; None for what is None.
    """
    count = len(GATES[native.CELLS[call.cell]])
    parts = [None if gates is None else gates[..., k * padded : k * padded + hidden] for k in range(count)]
    if call.cell == LSTM:
        parts.append(None if cells is None else cells[..., :hidden])
    return tuple(part.transpose(0, 1) if call.batch_first and part is not None else part for part in parts)


def whole(inputs: Inputs) -> Inputs:
    """The same tensors, copied only where the kernels cannot read their memory layout."""
    x, *others = inputs
    return Inputs._make((x if readable(x) else x.contiguous(), *map(in_one_piece, others)))


def readable(x: Tensor) -> bool:
    """Whether the numbers of a step and row lie side by side; steps and rows may lie anywhere."""
    return x.is_contiguous() or x.stride(-1) == 1


def address(tensor: Tensor | None) -> int:
    """The address of a tensor's memory, for the kernels; 0 for None."""
    return 0 if tensor is None else tensor.data_ptr()


def in_one_piece(tensor: Tensor | None) -> Tensor | None:
    """The tensor, contiguous; None for None."""
    return tensor if tensor is None or tensor.is_contiguous() else tensor.contiguous()


def _like(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else torch.empty_like(tensor)
