"""A network's weights in one array, and the network as the kernels are told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.kernels import native
from gatewise.kernels.call import MOST_TABLES
from gatewise.kernels.call import Network as Described
from gatewise.kernels.path import undisturbed
from gatewise.model.network import FLATTEST, Network
from gatewise.reference.scan import GATES

if TYPE_CHECKING:
    from torch import Tensor, nn

    from gatewise.kernels.call import Tensors
    from gatewise.tasks.protocol import Lines

_DIRECTIONS = ("_l0", "_l0_reverse")


def flattened(network: nn.Module) -> Tensor:
    """Move all parameters of a network, in their order, into one array, of which they become views."""
    parameters = list(network.parameters())
    flat = torch.cat([parameter.data.reshape(-1) for parameter in parameters])
    for parameter, part in zip(parameters, torch.split(flat, [p.numel() for p in parameters]), strict=True):
        parameter.data = part.view(parameter.shape)
    return flat


def served(network: Network, lines: Lines) -> bool:
    """Whether the kernels compute all of this network, on such examples.

    It is tables of categories, one plain layer and a linear head, in one floating-point type that is the examples' too;
    a part of the window that is read, or units of each window, are known to the kernels for examples of one length.
    """
    layer, shape, weights = network.layer, network.shape, dict(network.named_parameters())
    rules = layer.rules
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")[: 2 + rules.biases]
    names = [f"layer.{kind}{ending}" for ending in _DIRECTIONS[: shape.directions] for kind in kinds]
    names += [f"tables.{number}.weight" for number in range(len(shape.embedded))]
    coded = [each.channel for each in shape.embedded]
    dtype = network.head.weight.dtype
    return (
        type(network) is Network
        and native.NATIVE.extension is not None
        and undisturbed()
        and set(weights) == {*names, "head.weight", "head.bias"}
        and all(weight.dtype is dtype and weight.is_cpu for weight in weights.values())
        and dtype in native.DTYPES
        and len(coded) <= MOST_TABLES
        and coded == sorted(coded)
        and torch.from_numpy(lines.x).dtype is dtype
        and lines.x.flags.c_contiguous
        and rules.gates == GATES[rules.cell]
        and (layer.variant, layer.regularize, layer.checkpoint, rules.hard_slope) == (None, None, None, 0.0)
        and (lines.lengths is None or (shape.window is None and shape.normalisation == "global"))
    )


def described(network: Network) -> Described:
    """The network as the kernels are told of it; its parameters lie in one array in their order."""
    layer, shape, told = network.layer, network.shape, Described()
    told.cell = native.CODES[layer.rules.cell, layer.rules.reset]
    told.update_is_state, told.pooled = layer.rules.update == "state", shape.readout == "pooled"
    told.each = shape.readout == "each"
    told.inputs, told.hidden, told.outputs = layer.input_size, layer.hidden_size, network.head.out_features
    told.coded = len(shape.embedded)
    told.channels = told.inputs - sum(each.width - 1 for each in shape.embedded)
    told.directions = shape.directions
    told.scaled, told.flattest = shape.targets if shape.normalisation == "window" else 0, FLATTEST
    at, places = 0, {}
    for name, parameter in network.named_parameters():
        places[name] = at
        at += parameter.numel()
    for direction, ending in zip(told.layer, _DIRECTIONS, strict=True):
        _place(direction, places, ending)
    for number, (table, each) in enumerate(zip(told.tables, shape.embedded, strict=False)):
        table.channel, table.rows, table.width = each.channel, each.values + 1, each.width
        table.weight = places[f"tables.{number}.weight"]
    told.head_weight, told.head_bias, told.parameters = places["head.weight"], places["head.bias"], at
    return told


def _place(direction: Tensors, places: dict[str, int], ending: str) -> None:
    for kind, *_ in direction._fields_:
        setattr(direction, kind, places.get(f"layer.{kind}{ending}", -1))
