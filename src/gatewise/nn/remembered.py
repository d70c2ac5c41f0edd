"""A layer's call whose checks were made by an earlier one: what is noted, and the call that only compares with it.

Checking the arguments of a call in full takes longer than one time step of a small layer, or than the checks of torch's
own layer. So the calls that are short, or that torch's own function computes, note what they have found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch

from gatewise.kernels import native, single
from gatewise.kernels.arrays import Call, Inputs
from gatewise.nn import projection
from gatewise.reference.steps import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor
    from torch.nn.utils.rnn import PackedSequence

    from gatewise.kernels.path import Choice
    from gatewise.reference.conventions import Convention
    from gatewise.reference.scan import Weights
    from gatewise.reference.steps import Steps

    States = tuple[Tensor, ...]


class Projected(NamedTuple):
    """The result of the checks of a call that torch's own function computes.

    Attributes:
        dtype: Of x, the states and the weights.
        shapes: Of x, and of the states that are given.
        parameters: As in `single.Ready`.
        batch_first: The layer's option.
        weights: The parameters in torch's order.
        starts: Shapes of h_0 and c_0.
    """

    dtype: torch.dtype
    shapes: tuple[torch.Size, ...]
    parameters: tuple[tuple[str, Tensor, int, int], ...]
    batch_first: bool
    weights: list[Tensor]
    starts: tuple[tuple[int, ...], tuple[int, ...]]

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        """A copy or a pickle of a layer has none, and makes its own at its first call."""
        return single.nothing, ()


class Run(NamedTuple):
    """The arguments of a layer's call after all checks.

    Attributes:
        x: Shape (T, N, I), or (N, T, I) with ``batch_first``.
        dtype: Dtype of the caller's x, which the results have; another than that of ``x`` under torch.autocast alone.
        batched: Whether the caller's x had a batch dimension.
        batch_first: Whether the batch is the first dimension of x.
        states: h_0 and c_0 of every depth and direction, each of shape (1, N, H); None for zeros, and None for c_0 of a
            cell without one.
        weights: Weights of every depth and direction, row blocks in the order of `gatewise.reference.scan.GATES`.
        steps: Which steps each row runs.
        choice: The path to take, and why.
        packed: The caller's x if it was packed.
    """

    x: Tensor
    dtype: torch.dtype
    batched: bool
    batch_first: bool
    states: list[tuple[Tensor | None, Tensor | None]]
    weights: list[Weights]
    steps: Steps
    choice: Choice
    packed: PackedSequence | None


class Layer(Protocol):
    """What is read of a layer. `Recurrent` has all of it."""

    cell: str
    rules: Convention
    variant: Any
    regularize: Any
    checkpoint: int | None
    hidden_size: int
    batch_first: bool
    bidirectional: bool
    bias: bool
    dropout: float
    training: bool
    proj_size: int
    num_layers: int
    _ready: single.Ready | Projected | None
    _parameters: dict[str, torch.nn.Parameter | None]
    _slots: list[dict[str, tuple[str, tuple[int, ...]]]]

    @property
    def _learned(self) -> tuple[str, ...]: ...
    @property
    def _named(self) -> Iterator[tuple[str, tuple[int, ...]]]: ...


def again(layer: Layer, x: Any, hx: Any, asked: Sequence[object]) -> States | None:
    """Run a call if the checks of an earlier one hold for it: same shapes, dtypes, weights and settings.

    Args:
        layer: The layer, which has noted an earlier call.
        x: The caller's x.
        hx: The caller's state.
        asked: All else that was given, None or False where it was not.

    Returns:
        Output and final states; None if the call has to be checked.
    """
    ready = layer._ready
    assert ready is not None
    if layer.regularize is not None or layer.variant is not None:
        return None
    for one in asked:
        if one is not None and one is not False:
            return None
    states = () if hx is None else hx if type(hx) is tuple else (hx,)  # a list of two is left to the full check
    if ready.batch_first is not layer.batch_first or not single.fits(ready, layer._parameters, (x, *states)):
        return None
    if isinstance(ready, Projected):
        return _by_torch(layer, ready, x, states)
    return single.run(ready, x, *states)


def _by_torch(layer: Layer, ready: Projected, x: Tensor, states: States) -> States:
    """Torch's own function, see `projection.by_torch`."""
    if not states:
        states = (x.new_zeros(ready.starts[0]), x.new_zeros(ready.starts[1]))
    results: States = projection.lstm(
        x, states, ready.weights, layer.bias, layer.num_layers, layer.dropout, layer.training, layer.bidirectional,
        layer.batch_first,
    )  # fmt: skip
    return results


def note(layer: Layer, x: Tensor, run: Run) -> None:
    """Note the checks of a call for the next one, if it is one of those that do.

    Args:
        layer: The layer.
        x: The caller's x.
        run: The arguments after all checks.
    """
    plain = layer.regularize is None and layer.variant is None and layer.checkpoint is None
    if not plain or run.steps is not EVERY or layer._learned:
        return
    ready: single.Ready | Projected | None = None
    if run.choice is projection.TORCH:
        ready = _projected(layer, x, run)
    elif run.choice.path == "native" and len(layer._slots) == 1 and run.x.shape[1 if run.batch_first else 0] == 1:
        if layer.proj_size:
            return
        call = Call(native.CODES[layer.cell, layer.rules.reset], layer.rules.update == "state", False, run.batch_first)
        step = run.x.transpose(0, 1) if run.batch_first else run.x
        inputs = Inputs._make((step, *run.states[0], *run.weights[0]))
        ready = single.ready(call, inputs, x, _own(layer), (*x.shape[:-1], layer.hidden_size))
    layer.__dict__["_ready"] = ready  # not by way of Module.__setattr__


def _own(layer: Layer) -> dict[str, Any]:
    """The layer's parameters by name, in torch's order; None for one that something else computes."""
    return {name: layer._parameters.get(name) for name, _ in layer._named}


def _projected(layer: Layer, x: Tensor, run: Run) -> Projected | None:
    """What is noted of a projected LSTM; None where its weights are not its parameters, or not those that torch has."""
    own = _own(layer)
    parts = list(own.values())
    read = {id(part) for weights in run.weights for part in weights if part is not None}
    lasting = all(part is not None and (id(part) in read or part.shape[0] == layer.proj_size) for part in parts)
    if not run.batched or not lasting or (layer.bias and run.weights[0].bias_hh is None):
        return None
    rows, count = x.shape[0 if run.batch_first else 1], len(layer._slots)
    starts = (count, rows, layer.proj_size), (count, rows, layer.hidden_size)
    given = () if run.states[0][0] is None else map(torch.Size, starts)
    parameters = tuple((name, part, part.data_ptr(), part.numel()) for name, part in own.items())
    return Projected(x.dtype, (x.shape, *given), parameters, run.batch_first, parts, starts)
