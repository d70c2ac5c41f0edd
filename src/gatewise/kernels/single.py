"""One step of a cell or layer on arguments that were checked before: what a call compares, its pass and the one back.

A step of a small cell takes a few microseconds, so checking its arguments in full, and filling in all fields of a call,
would take most of them. The first step does both and keeps the result, as a `Ready`. A later one only compares its
tensors with that. The kernels read the weights where they lie at every step, so nothing of them is kept.
"""

from __future__ import annotations

from ctypes import addressof
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from torch import Tensor

from gatewise.kernels import native, plain
from gatewise.kernels.arrays import LSTM, Inputs
from gatewise.kernels.call import Backward, Forward
from gatewise.kernels.path import beyond, hidden, undisturbed
from gatewise.reference.scan import PLAIN
from gatewise.reference.steps import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gatewise.kernels.arrays import Call

# A name of this module is looked up faster than an attribute of torch, which counts where a step takes microseconds.
_TENSOR, _STRIDED = torch.Tensor, torch.strided
is_grad_enabled, empty_like, get_num_threads = torch.is_grad_enabled, torch.empty_like, torch.get_num_threads

_LARGE = 1 << 16
"""Bytes from which on what is kept for backward lies in memory that goes from step to step, see csrc/memory.h."""


class Ready(NamedTuple):
    """The result of a step's checks.

    Attributes:
        call: Cell and layout.
        double: Whether the numbers are float64.
        dtype: Of x, the states and the weights.
        shapes: Of x, and of the states that are given: h, and c of an LSTM.
        parameters: Name, parameter, address and number of elements of each weight, which the next step compares.
        places: For the weights that autograd sees, weight_ih, weight_hh, bias_ih and bias_hh, the parameter or None.
        given: The fields of `backward` for the gradients of the results.
        like_output: Of a layer, whose output is a tensor beside its final state, a tensor of its shape; None for a
            cell. `empty_like` is the fastest way to make a new one.
        like_state: A tensor of the state's shape.
        like_kept: Tensors of the shapes of what is kept for backward: gates, and cell states of an LSTM.
        forward: A call without its inputs and outputs.
        backward: The same for the pass back.
    """

    call: Call
    double: bool
    dtype: torch.dtype
    shapes: tuple[torch.Size, ...]
    parameters: tuple[tuple[str, Tensor, int, int], ...]
    places: tuple[Tensor | None, ...]
    given: tuple[str, ...]
    like_output: Tensor | None
    like_state: Tensor
    like_kept: tuple[Tensor, Tensor | None]
    forward: Forward
    backward: Backward

    @property
    def batch_first(self) -> bool:
        """Whether a layer's x has its axis of time behind that of the batch."""
        return self.call.batch_first

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        """A copy or a pickle of a module has none, and makes its own at its first step."""
        return nothing, ()


def nothing() -> None:
    """What a copy of a `Ready` is."""


def ready(
    call: Call, inputs: Inputs, x: Tensor, own: Mapping[str, Tensor | None], output: Sequence[int] | None = None
) -> Ready | None:
    """Note the result of a step's checks.

    Args:
        call: Cell and layout.
        inputs: x of shape (1, N, I), h (and c) of shape (N, H) or (1, N, H), or None for zeros, and the weights, all
            checked and on the native path.
        x: The same x as the caller gave it.
        own: The module's parameters by name.
        output: Of a layer, the shape of its output; None for a cell.

    Returns:
        None if a step on such arguments has to be checked every time: there are no rows, or weights that are not the
        module's parameters as they lie, such as those that each step computes anew.
    """
    _, rows, width = inputs.x.shape
    weights, size = inputs[3:7], inputs.weight_hh.shape[-1]
    parameters = [(name, part) for name, part in own.items() if part is not None]
    lasting = {id(part) for part in weights if part is not None} == {id(part) for _, part in parameters}
    if rows == 0 or not lasting or not all(part.is_contiguous() for _, part in parameters):
        return None
    lstm, double = call.cell == LSTM, x.dtype is torch.float64
    layout = native.layout(double, call.cell, size)
    forward, backward = Forward(), Backward()
    for fields in (forward, backward):
        fields.cell, fields.update_is_state = call.cell, call.update_is_state
        fields.models, fields.steps, fields.rows, fields.inputs, fields.hidden = 1, 1, rows, width, size
        fields.x_strides.time, fields.x_strides.row = rows * width, width
        fields.y_strides.time, fields.y_strides.row = rows * size, size
        for name, part in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), weights, strict=True):
            if part is not None:
                setattr(fields, name, part.data_ptr())
    backward.dx_strides.time, backward.dx_strides.row = rows * width, width
    backward.dy_strides.time, backward.dy_strides.row = rows * size, size
    # A layer's state has an axis of depths, and its x an axis of time.
    state = torch.Size((*x.shape[:-1], size) if output is None else (1, *([rows] if x.dim() == 3 else []), size))
    states, given = 2 if lstm else 1, ("dy", "dh_n", "dc_n")[output is None : 3 if lstm else 2]
    return Ready(
        call, double, x.dtype, (x.shape, *[state] * (0 if inputs.h_0 is None else states)),
        tuple((name, part, part.data_ptr(), part.numel()) for name, part in parameters), weights, given,
        None if output is None else x.new_empty(output), x.new_empty(state),
        (x.new_empty(rows, layout.width), x.new_empty(rows, layout.padded) if lstm else None), forward, backward,
    )  # fmt: skip


class Noted(Protocol):
    """What `fits` reads of a `Ready`, and of what else keeps the result of checks."""

    @property
    def dtype(self) -> torch.dtype:
        """As in `Ready`."""

    @property
    def shapes(self) -> tuple[torch.Size, ...]:
        """As in `Ready`."""

    @property
    def parameters(self) -> tuple[tuple[str, Tensor, int, int], ...]:
        """As in `Ready`."""


def fits(ready: Noted, own: Mapping[str, Tensor | None], given: tuple[Any, ...]) -> bool:
    """Whether the checks of an earlier step hold for this one: same shapes, dtypes and weights, and torch in no mode.

    Args:
        ready: What the earlier step found.
        own: The module's parameters by name.
        given: x, and the states.
    """
    if not undisturbed() or len(given) != len(ready.shapes):
        return False
    dtype = ready.dtype
    for part, shape in zip(given, ready.shapes, strict=True):
        if type(part) is not _TENSOR or part.dtype is not dtype or part.shape != shape or part.layout is not _STRIDED:
            return False
        if not part.is_cpu or part.is_neg():
            return False
    return unmoved(ready.parameters, own, dtype)


def unmoved(
    noted: Sequence[tuple[str, Tensor, int, int]], own: Mapping[str, Tensor | None], dtype: torch.dtype
) -> bool:
    """Whether parameters are the tensors that were noted, at the same addresses; numbers may have changed in place.

    Args:
        noted: Name, tensor, address and count of numbers of each.
        own: The parameters by name as they are now.
        dtype: Theirs.
    """
    for name, parameter, place, numbers in noted:
        if own.get(name) is not parameter or parameter.data_ptr() != place or parameter.dtype is not dtype:
            return False
        if parameter.numel() != numbers or not parameter.is_contiguous():
            return False
    return True


def run(ready: Ready, x: Tensor, h: Tensor | None = None, c: Tensor | None = None) -> tuple[Tensor, ...]:
    """Take a step on tensors that `fits`.

    Returns:
        Of a layer its output; then h, and c of an LSTM; shaped as the caller's.
    """
    if not x.is_contiguous():
        x = x.contiguous()
    if h is not None and not h.is_contiguous():
        h = h.contiguous()
    if c is not None and not c.is_contiguous():
        c = c.contiguous()
    if is_grad_enabled():
        places = ready.places
        for part in (*places, x, h, c):
            if part is not None and part.requires_grad:
                return _apply(ready, x, h, c, *places)
    return _forward(ready, x, h, c, None, None)


def _forward(
    ready: Ready, x: Tensor, h: Tensor | None, c: Tensor | None, gates: Tensor | None, cells: Tensor | None
) -> tuple[Tensor, ...]:
    """The pass, which writes what backward needs to ``gates`` and ``cells``."""
    fields = Forward.from_buffer_copy(ready.forward)
    results = [empty_like(ready.like_state)]
    fields.x = x.data_ptr()
    if h is not None:
        fields.h_0 = h.data_ptr()
    if ready.like_output is None:
        fields.y = results[0].data_ptr()
    else:
        fields.h_n = results[0].data_ptr()
        results.insert(0, empty_like(ready.like_output))
        fields.y = results[0].data_ptr()
    if ready.like_kept[1] is not None:  # an LSTM
        results.append(empty_like(ready.like_state))
        fields.c_n = results[-1].data_ptr()
        if c is not None:
            fields.c_0 = c.data_ptr()
    if gates is not None:
        fields.gates = gates.data_ptr()
        if cells is not None:
            fields.cells = cells.data_ptr()
    native.extension().forward(addressof(fields), ready.double, get_num_threads())
    return tuple(results)


def _kept(ready: Ready, like: Tensor | None) -> Tensor | None:
    if like is None or like.nbytes < _LARGE:
        return like if like is None else empty_like(like)
    return native.extension().kept(ready.double, list(like.shape))


class _Pass(torch.autograd.Function):
    """One step, with its inputs and what csrc/contract.h lists kept for backward; its outputs are not among these."""

    @staticmethod
    def forward(
        ctx: Any, ready: Ready, x: Tensor, h: Tensor | None, c: Tensor | None, *weights: Any
    ) -> tuple[Tensor, ...]:
        gates, cells = (_kept(ready, like) for like in ready.like_kept)
        after = _forward(ready, x, h, c, gates, cells)
        ctx.ready = ready
        ctx.save_for_backward(gates, cells, x, h, c, *weights)
        ctx.set_materialize_grads(False)
        return after

    @staticmethod
    def backward(ctx: Any, *given: Tensor | None) -> tuple[Tensor | None, ...]:
        gates, cells, *inputs = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1:]
        if beyond(given) or hidden(given):
            return None, *_plain(ctx.ready, inputs, given, wanted)
        return None, *_backward(ctx.ready, gates, cells, inputs, given, wanted)


_apply: Callable[..., tuple[Tensor, ...]] = super(torch.autograd.Function, _Pass).apply
"""``_Pass.apply`` without the preparations for torch.func, which take some µs; such calls take another path."""

_RESULTS = ("dx", "dh_0", "dc_0", "dweight_ih", "dweight_hh", "dbias_ih", "dbias_hh")
_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _backward(
    ready: Ready,
    gates: Tensor,
    cells: Tensor | None,
    inputs: list[Tensor | None],
    given: tuple[Tensor | None, ...],
    wanted: tuple[bool, ...],
) -> list[Tensor | None]:
    """The gradients of x, h, c and the weights, None for those that are not wanted."""
    fields = Backward.from_buffer_copy(ready.backward)
    x, h, c, *weights = inputs
    assert x is not None
    fields.x, fields.gates = x.data_ptr(), gates.data_ptr()
    if h is not None:
        fields.h_0 = h.data_ptr()
    if c is not None:
        fields.c_0 = c.data_ptr()
    if cells is not None:
        fields.cells = cells.data_ptr()
    for name, part in zip(_WEIGHTS, weights, strict=True):
        if part is not None:
            setattr(fields, name, part.data_ptr())
    alive = [part if part is None or part.is_contiguous() else part.contiguous() for part in given]
    for name, part in zip(ready.given, alive, strict=True):
        if part is not None:
            setattr(fields, name, part.data_ptr())
    any_weight = True in wanted[3:]
    results: list[Tensor | None] = []
    for place, part in enumerate(inputs):
        if part is None or not (wanted[place] if place < 3 else any_weight):
            results.append(None)
            continue
        made = empty_like(part)
        setattr(fields, _RESULTS[place], made.data_ptr())
        results.append(made)
    native.extension().backward(addressof(fields), ready.double, get_num_threads())
    return results


def _plain(
    ready: Ready, inputs: list[Any], given: tuple[Tensor | None, ...], wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """The same in plain operations, which can be differentiated again."""
    x, h, c, *weights = inputs
    rows, size = ready.forward.rows, ready.forward.hidden
    h, c = (None if part is None else part.view(rows, size) for part in (h, c))
    whole = Inputs(x.view(1, rows, -1), h, c, *weights)
    named = {
        name: None if part is None else part.reshape(1, rows, size)
        for name, part in zip(ready.given, given, strict=True)
    }
    of_results = (named.get("dy"), named.get("dh_n"), named.get("dc_n"), None, None)
    call = ready.call._replace(batch_first=False)  # x has one row after the other, see above
    gradients = plain.gradients(call, whole, EVERY, PLAIN, of_results, (*wanted, False, False, False))
    return [
        None if gradient is None or part is None else gradient.reshape(part.shape)
        for gradient, part in zip(gradients[:7], inputs, strict=True)
    ]
