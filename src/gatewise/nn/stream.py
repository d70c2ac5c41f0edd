"""`Recurrent.step`: a layer called one time step at a time, on weights that stay packed between the steps.

A step of a small layer takes a few microseconds, so a full check of its arguments would be a large part of it. The
first step checks everything and keeps what it found, as a `Ready`. A later step only compares its tensors with that,
and is checked in full again if anything differs.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from torch.nn.modules import module

from gatewise.errors import CallError
from gatewise.kernels import native
from gatewise.kernels.arrays import address, in_one_piece
from gatewise.kernels.path import choose, needs_gradients, undisturbed
from gatewise.kernels.single import unmoved
from gatewise.nn.autocast import in_dtype_of
from gatewise.nn.checks import check_state, check_step
from gatewise.nn.state import STATES
from gatewise.reference.scan import Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from gatewise.kernels.native import PackedStep
    from gatewise.nn.regularize import Regularize
    from gatewise.nn.variant import Variant
    from gatewise.reference.conventions import Convention

    States = tuple[Tensor, ...]

# A name of this module is looked up faster than an attribute of torch, which counts where a step takes microseconds.
_TENSOR, _STRIDED = torch.Tensor, torch.strided
_BEFORE_ALL, _AFTER_ALL = module._global_forward_pre_hooks, module._global_forward_hooks
is_grad_enabled, empty_like = torch.is_grad_enabled, torch.empty_like


class Ready(NamedTuple):
    """The result of a step's checks, with which the next step compares its tensors.

    Attributes:
        given: Number of tensors that a step takes: 2 (x_t, h), or 3 for an LSTM (x_t, h, c).
        dtype: Dtype of x_t, the states and the weights.
        x: Shape of x_t.
        state: Shape of h, and of c in an LSTM.
        like_state: A tensor of the state's shape, since `empty_like` is the fastest way to make a new one.
        like_output: A tensor of the output's shape.
        lower: The native step of every layer below the top one, with the addresses of its weights and the number of
            rows filled in.
        top: The native step of the top layer, likewise.
        weights: The tensors at those addresses. They are held here so that their memory is not freed: they may be
            copies made for the step.
        parameters: Name, parameter, address and number of elements of each weight, which the next step compares.
    """

    given: int
    dtype: torch.dtype
    x: torch.Size
    state: torch.Size
    like_state: Tensor
    like_output: Tensor
    lower: list[Callable[..., None]]
    top: Callable[..., None]
    weights: list[Weights]
    parameters: Sequence[tuple[str, Tensor, int, int]]


class Streamed(Protocol):
    """What `step` needs of a layer. `Recurrent` has all of it."""

    cell: str
    rules: Convention
    variant: Variant | None
    regularize: Regularize | None
    input_size: int
    hidden_size: int
    num_layers: int
    batch_first: bool
    bidirectional: bool
    dropout: float
    training: bool
    _steppers: Steppers
    proj_size: int
    _parameters: dict[str, torch.nn.Parameter | None]
    _forward_pre_hooks: dict[int, Callable[..., Any]]
    _forward_hooks: dict[int, Callable[..., Any]]

    def __call__(self, x: Tensor, hx: Any = None) -> tuple[Tensor, Any]:
        """Run the layer; see `gatewise.LSTM`."""

    def _weights(self) -> list[Weights]: ...
    @property
    def _width(self) -> int: ...
    def _start(self, hx: Any, rows: int | None) -> Any: ...
    @property
    def _named(self) -> Iterator[tuple[str, tuple[int, ...]]]: ...


class Steppers(dict[tuple[int, bool], "PackedStep"]):
    """The native steps of a layer, with its packed weights, by (depth, whether float64).

    They cannot be copied, so that a copy or a pickle of a layer has none and makes its own at its first step.
    """

    ready: Ready | None = None

    def __reduce__(self) -> tuple[type[Steppers], tuple[()]]:
        return Steppers, ()


def step(layer: Streamed, x_t: Tensor, state: Tensor | States | None) -> tuple[Tensor, Any]:
    """Take a step of a layer, see `Recurrent.step` for arguments, results and errors."""
    ready = layer._steppers.ready
    if ready is None or state is None or not _still(layer, ready, x_t, state):
        return _checked(layer, x_t, state)
    return _native(ready, x_t, *(state if type(state) is tuple else (state, None)))


def _still(layer: Streamed, ready: Ready, x_t: Tensor, state: Any) -> bool:
    """Whether the checks of an earlier step hold for this one: same shapes, dtypes, weights and settings."""
    # Everything that `_checked` checks is compared here, in the order in which a difference is likely and quick to see.
    if is_grad_enabled() or not undisturbed() or not _as_published(layer) or _hooked(layer):
        return False
    given = (x_t, *state) if type(state) is tuple else (x_t, state)  # a list of two is left to the full check
    if len(given) != ready.given:
        return False
    dtype, shape, after = ready.dtype, ready.x, ready.state
    for part in given:
        if type(part) is not _TENSOR or part.dtype is not dtype or part.shape != shape or part.layout is not _STRIDED:
            return False
        if not part.is_cpu or part.is_neg() or not part.is_contiguous():
            return False
        shape = after
    # An optimiser changes weights in place, which the native step notices.
    return unmoved(ready.parameters, layer._parameters, dtype)


def _hooked(layer: Streamed) -> bool:
    """Whether functions run before or after a call of the layer; some compute its weights, such as weight_norm."""
    return bool(layer._forward_pre_hooks or layer._forward_hooks or _BEFORE_ALL or _AFTER_ALL)


def _as_published(layer: Streamed) -> bool:
    """Whether the layer computes the published cell, without dropout or variants, which is all the native step can."""
    drops = layer.training and layer.dropout > 0 and layer.num_layers > 1
    variant = layer.variant
    if variant is not None and (variant.peepholes or variant.layer_norm or variant.hard_sigmoid is not None):
        return False
    return (
        not drops
        and not layer.proj_size
        and (layer.regularize is None or (not layer.training and layer.regularize.at_rest))
    )


def _checked(layer: Streamed, x_t: Tensor, state: Tensor | States | None) -> tuple[Tensor, Any]:
    """Check all arguments, take the step, and keep the result of the checks for the next step."""
    weights = layer._weights()
    like, kind = weights[0].weight_ih, type(layer).__name__
    if layer.bidirectional:
        raise CallError(
            f"{kind}.step: got a bidirectional layer, and its second direction begins at the end of the sequence. "
            "Make the layer with bidirectional=False, or call layer(x) on whole sequences"
        )
    if getattr(x_t, "dtype", like.dtype) is not like.dtype and in_dtype_of(like, x_t) is not x_t:
        return _as_sequence(layer, x_t, state)
    hint = "Type layer(x) for a whole sequence, or layer.step(x[t])"
    check_step(f"{kind}.step", x_t, layer.input_size, hint=hint, like=like)
    tensors = [x_t, *chain.from_iterable(weights)]
    state = layer._start(state, len(x_t) if x_t.dim() == 2 else None)
    if state is not None:
        shape = (layer.num_layers, *x_t.shape[:-1], layer.hidden_size)
        check_state(kind, state, names=STATES[layer.cell], shape=shape, like=like, width=layer._width)
        tensors += (state,) if isinstance(state, torch.Tensor) else state
    if layer.training and layer.regularize is not None and layer.regularize.recurrent_dropout:
        raise CallError(
            f"{kind}.step: got a layer that trains with recurrent_dropout, whose choice of units holds for a whole "
            "sequence. Type layer.eval() for streams, or call layer(x) on whole sequences"
        )
    if _hooked(layer) or not _as_published(layer) or needs_gradients(tensors) or choose(tensors).path != "native":
        return _as_sequence(layer, x_t, state)
    ready = _ready(layer, x_t, weights)
    # The next step knows the weights by their addresses. Weights that each step computes or copies anew have new
    # addresses every time, so for those every step is checked in full.
    lasting = {id(part) for part in chain.from_iterable(ready.weights) if part is not None}
    layer._steppers.ready = ready if lasting == {id(parameter) for _, parameter, *_ in ready.parameters} else None
    h, c = state if isinstance(state, (tuple, list)) else (state, None)
    return _native(ready, x_t.contiguous(), in_one_piece(h), in_one_piece(c))


def _as_sequence(layer: Streamed, x_t: Tensor, state: Tensor | States | None) -> tuple[Tensor, Any]:
    """Run the step as a sequence of one time step."""
    axis = x_t.dim() - 1 if layer.batch_first else 0
    output, after = layer(x_t.unsqueeze(axis), state)
    return output.squeeze(axis), after


def _ready(layer: Streamed, x_t: Tensor, weights: list[Weights]) -> Ready:
    """Make the native step of each depth, and note what the next step is to compare."""
    double, rows = x_t.dtype is torch.float64, x_t.shape[0] if x_t.dim() == 2 else 1
    whole = [Weights._make(map(in_one_piece, packed)) for packed in weights]
    steps: list[Callable[..., None]] = []
    for depth, packed in enumerate(whole):
        stepper = layer._steppers.get((depth, double)) or _new_stepper(layer, depth, double)
        steps.append(partial(stepper.step, *map(address, packed[:4]), rows))
    state = torch.Size((layer.num_layers, *x_t.shape[:-1], layer.hidden_size))
    own = [(name, layer._parameters.get(name)) for name, _ in layer._named]
    parameters = [(name, part, part.data_ptr(), part.numel()) for name, part in own if part is not None]
    like = x_t.new_empty(state)
    return Ready(
        1 + len(STATES[layer.cell]), x_t.dtype, x_t.shape, state, like, x_t.new_empty(state[1:]),
        steps[:-1], steps[-1], whole, parameters,
    )  # fmt: skip


def _new_stepper(layer: Streamed, depth: int, double: bool) -> PackedStep:
    """Make the native step of one depth and keep it with the layer."""
    cell, hidden, rules = native.CODES[layer.cell, layer.rules.reset], layer.hidden_size, layer.rules
    inputs = hidden if depth else layer.input_size
    stepper = native.extension().Stepper(double, cell, rules.update == "state", inputs, hidden)
    layer._steppers[depth, double] = stepper
    return stepper


def _native(ready: Ready, x_t: Tensor, h: Tensor | None, c: Tensor | None) -> tuple[Tensor, Tensor | States]:
    """Run the native step of every depth on checked tensors."""
    # The states of all depths lie one after the other in one tensor: the address of the next is one state further on.
    h_n = empty_like(ready.like_state)
    c_n = empty_like(h_n) if ready.given == 3 else None
    output = empty_like(ready.like_output)
    x, places = x_t.data_ptr(), [address(h), address(c), h_n.data_ptr(), address(c_n)]
    for run in ready.lower:
        run(x, *places, 0)
        x, size = places[2], output.nbytes
        places = [place and place + size for place in places]
    ready.top(x, *places, output.data_ptr())
    return output, h_n if c_n is None else (h_n, c_n)
