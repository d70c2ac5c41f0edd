"""From a layer, a network or a trained model and one sequence to its inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from gatewise.convert.pytorch import from_torch
from gatewise.errors import InputError, OptionError
from gatewise.explain.inside import Gates, Sum
from gatewise.model.network import Network
from gatewise.nn.recurrent import Recurrent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.reference.scan import Weights

LETTERS = {"input": "i", "forget": "f", "output": "o", "cell": "c", "reset": "r", "update": "z"}
CANDIDATES = {"lstm": "g", "gru": "n", "rnn": "h"}
"""What the field calls the gates that a layer names in full."""


def gates(model: object, x: Any, *, depth: int = -1) -> Gates:
    """Every gate, candidate and state of a layer at every step, by the letters of the field.

    Args:
        model: A `gatewise.LSTM`, `GRU` or `RNN`, torch's own, or the network of a trained model
            (``gatewise.load(RUN).network``), whose layer is looked into.
        x: One sequence, shape (T, I): of a layer its input; of a network its prepared input. Array or tensor.
        depth: Which of the layers stacked on each other; the top one by default.

    Returns:
        `Gates`, whose arrays have the shape (T, units): ``gates(lstm, x).f`` is the forget gate.

    Raises:
        InputError: ``x`` is no single sequence or has other channels, or the model has no recurrent layer.
        OptionError: There is no such depth.

    >>> import gatewise, numpy as np
    >>> gates(gatewise.GRU(3, 5), np.zeros((7, 3))).z.shape
    (7, 5)
    """
    if isinstance(model, Network):
        given = _sequence(x, model.head.weight, model.input_size, "the network")
        return gates(model.layer, read_by(model, given), depth=depth)
    if isinstance(model, (nn.LSTM, nn.GRU, nn.RNN)) and not isinstance(model, Recurrent):
        model = from_torch(model)
    if not isinstance(model, Recurrent):
        raise InputError(
            f"got a {type(model).__name__}, expected a recurrent layer or network. Of a trained model, type:"
            " gatewise.load(RUN, 'lstm').network"
        )
    if not -model.num_layers <= depth < model.num_layers:
        raise OptionError(f"depth={depth}: the layer has {model.num_layers}, numbered from 0; -1 is the top one")
    read = _sequence(x, model.weight_ih_l0, model.input_size, "the layer")
    for k in range(depth % model.num_layers):
        read = _single(model, k, read)[0]
    return _inside(model, depth % model.num_layers, read)


def read_by(network: Network, x: Tensor) -> Tensor:
    """What the layer of a network reads, shape (T, I), for prepared inputs x, shape (T, channels)."""
    read: list[Tensor] = []
    hook = network.layer.register_forward_pre_hook(lambda _, given: read.append(given[0]))
    try:
        with torch.no_grad():
            network(x[None])
    finally:
        hook.remove()
    return read[0][0]


def _sequence(x: Any, like: Tensor, channels: int, reader: str) -> Tensor:
    """One sequence as a tensor, of as many channels as what reads it.

    Raises:
        InputError: It is none.
    """
    found = x if isinstance(x, torch.Tensor) else torch.from_numpy(np.ascontiguousarray(x))
    if found.dim() != 2 or not found.shape[0]:
        raise InputError(f"got x of shape {tuple(found.shape)}, expected one sequence, (T, I). Type x[0], or x[:, 0]")
    if found.shape[1] != channels:
        turned = " Type x.T, if its first axis is the channels" if found.shape[0] == channels else ""
        raise InputError(
            f"got x of shape {tuple(found.shape)}, with {found.shape[1]} channels, expected {channels}: so many does"
            f" {reader} read at each step, (T, {channels}).{turned}"
        )
    return found.detach().to(like)


def _single(layer: Recurrent, depth: int, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...], Recurrent]:
    """One depth of a layer by itself: its output, shape (T, width), its gates, each likewise, and a layer of it."""
    more: dict[str, Any] = {"proj_size": layer.proj_size} if layer.proj_size else {}
    kind: Any = type(layer)
    alone: Recurrent = kind(
        x.shape[1], layer.hidden_size, bias=layer.bias, bidirectional=layer.bidirectional, device=x.device,
        dtype=x.dtype, convention=layer.convention, variant=layer.variant, **more,
    )  # fmt: skip
    for name, parameter in alone.named_parameters():
        parameter.data = layer.get_parameter(name.replace("_l0", f"_l{depth}")).data
    began = _start(layer, depth)
    hx = began[0] if layer.cell != "lstm" else tuple(began)
    with torch.no_grad():
        output, _, parts = alone.eval()(x, hx, return_gates=True)
    # Of a layer that runs both ways the gates of each direction are apart.
    joined = tuple(torch.cat(list(part), 1) if layer.bidirectional else part for part in parts)
    return output, joined, alone


def _start(layer: Recurrent, depth: int) -> list[Tensor]:
    """The state before the first step of a depth: the learned one, else zeros; each of shape (directions, width)."""
    ways = 2 if layer.bidirectional else 1
    if layer._learned:
        return [getattr(layer, name).detach()[depth * ways : (depth + 1) * ways] for name in layer._learned]
    widths = (layer.proj_size or layer.hidden_size, layer.hidden_size)[: 2 if layer.cell == "lstm" else 1]
    return [layer.weight_ih_l0.new_zeros(ways, width) for width in widths]


def _inside(layer: Recurrent, depth: int, x: Tensor) -> Gates:
    output, parts, alone = _single(layer, depth, x)
    fields = {"lstm": ("input", "forget", "candidate", "output", "cell"), "gru": ("reset", "update", "candidate")}
    names = [LETTERS.get(name, CANDIDATES[layer.cell]) for name in fields.get(layer.cell, ("candidate",))]
    arrays = {name: part.cpu().numpy() for name, part in zip(names, parts, strict=True)} | {"h": output.cpu().numpy()}
    start = {name: state.reshape(-1).cpu().numpy() for name, state in zip("hc", _start(layer, depth), strict=False)}
    published = layer.variant is None and not layer.proj_size
    sums = tuple(_sums(layer.cell, layer.rules.reset, each) for each in alone._weights()) if published else ()
    rules = layer.rules
    return Gates(layer.cell, rules.reset, rules.update, layer.hidden_size, x.cpu().numpy(), arrays, start, sums)


def _sums(cell: str, reset: str | None, weights: Weights) -> dict[str, Sum]:
    """The weights of one direction by letter; row blocks come in the order of `gatewise.reference.scan.GATES`."""
    names = {"lstm": "ifgo", "gru": "rzn", "rnn": "h"}[cell]
    zeros = weights.weight_ih.new_zeros(len(weights.weight_ih))
    first, second = (zeros if bias is None else bias for bias in (weights.bias_ih, weights.bias_hh))
    blocks = [_blocks(part, len(names)) for part in (weights.weight_ih, weights.weight_hh, first, second)]
    found = {}
    for name, x, h, b, own in zip(names, *blocks, strict=True):
        apart = name == "n" and reset == "after"
        found[name] = Sum(x, h, b, own) if apart else Sum(x, h, b + own)
    return found


def _blocks(packed: Tensor, count: int) -> list[NDArray[Any]]:
    return np.split(packed.detach().cpu().numpy(), count)
