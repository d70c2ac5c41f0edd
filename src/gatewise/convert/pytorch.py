"""Layers of torch.nn as layers of gatewise, and the other way round, with the same outputs."""

from __future__ import annotations

from typing import overload

from torch import nn

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM, RNN

Ours = type[LSTM] | type[GRU] | type[RNN]
Theirs = type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]

_LAYERS: dict[Theirs, Ours] = {nn.LSTM: LSTM, nn.GRU: GRU, nn.RNN: RNN}


@overload
def from_torch(module: nn.LSTM) -> LSTM: ...
@overload
def from_torch(module: nn.GRU) -> GRU: ...
@overload
def from_torch(module: nn.RNN) -> RNN: ...
def from_torch(module: nn.RNNBase) -> LSTM | GRU | RNN:
    """A gatewise layer with the outputs of a torch.nn layer, to rounding, and a copy of its weights.

    The layer has ``convention="torch"``: two biases per gate, and a GRU with reset after the product. The textbook
    GRU is another function; torch's weights cannot be converted into it.

    Args:
        module: A ``torch.nn.LSTM``, ``torch.nn.GRU``, or ``torch.nn.RNN`` with tanh.

    Returns:
        The layer, of the module's sizes, dtype, device and training flag.

    Raises:
        InputError: Another module, an LSTM with a projection, or an RNN with relu.
    """
    layer = _layer(module)(
        module.input_size,
        module.hidden_size,
        module.num_layers,
        bias=module.bias,
        batch_first=module.batch_first,
        bidirectional=module.bidirectional,
        device="meta",  # nothing is drawn: torch's global generator stays where it is
        convention="torch",
    )
    layer.dropout = module.dropout
    given = dict(module.named_parameters())
    layer.load_state_dict({name: weight.detach().clone() for name, weight in given.items()}, assign=True)
    for name, weight in given.items():
        layer.get_parameter(name).requires_grad_(weight.requires_grad)
    return layer.train(module.training)


@overload
def to_torch(layer: LSTM) -> nn.LSTM: ...
@overload
def to_torch(layer: GRU) -> nn.GRU: ...
@overload
def to_torch(layer: RNN) -> nn.RNN: ...
def to_torch(layer: LSTM | GRU | RNN) -> nn.RNNBase:
    """The torch.nn layer with the outputs of a gatewise layer, to rounding, and a copy of its weights.

    Row blocks come in torch's order. Where the layer has one bias per gate, ``bias_hh`` is zeros.

    Args:
        layer: An LSTM, RNN, or GRU with reset after the product.

    Returns:
        The module, of the layer's sizes, dropout, dtype, device and training flag; its parameters are trained or frozen
        as the layer's are, ``bias_hh`` as ``bias_ih``.

    Raises:
        InputError: Another module, a GRU with reset before the product, or a layer that has learned its initial state.
    """
    module = _module(layer)(
        layer.input_size,
        layer.hidden_size,
        layer.num_layers,
        bias=layer.bias,
        batch_first=layer.batch_first,
        bidirectional=layer.bidirectional,
        device="meta",  # nothing is drawn: torch's global generator stays where it is
    )
    module.dropout = layer.dropout
    for slots, packed in zip(layer._slots, layer._weights(), strict=True):
        ending, trained = slots[0][0].removeprefix("weight_ih"), True
        for kind, weight in zip(packed._fields[: 4 if layer.bias else 2], packed, strict=False):
            own = getattr(layer, kind + ending, None)
            trained = trained if own is None else own.requires_grad  # a bias that is not here follows the one before
            copy = packed.weight_ih.new_zeros(len(packed.weight_ih)) if weight is None else weight.detach().clone()
            setattr(module, kind + ending, nn.Parameter(copy, requires_grad=trained))
    module.flatten_parameters()
    return module.train(layer.training)


def _layer(module: object) -> Ours:
    """The class that computes what a module does."""
    found = next((ours for theirs, ours in _LAYERS.items() if isinstance(module, theirs)), None)
    if found is None or not isinstance(module, nn.RNNBase):
        raise InputError(
            f"from_torch: a {type(module).__module__}.{type(module).__name__} came, wanted a torch.nn.LSTM, "
            "torch.nn.GRU or torch.nn.RNN. Type from_torch(model.name_of_the_layer)"
        )
    if module.proj_size != 0:
        raise InputError(
            f"from_torch: an LSTM with proj_size={module.proj_size} came, wanted proj_size=0: the published LSTM has "
            "no projection of h. Keep this layer in torch.nn, or train one without it"
        )
    if module.mode == "RNN_RELU":
        raise InputError(
            "from_torch: an RNN with nonlinearity='relu' came, wanted 'tanh', the only plain cell here. "
            "Keep this layer in torch.nn"
        )
    return found


def _module(layer: object) -> Theirs:
    """The class of torch.nn that computes what a layer does."""
    found = next((theirs for theirs, ours in _LAYERS.items() if isinstance(layer, ours)), None)
    if found is None or not isinstance(layer, (LSTM, GRU, RNN)):
        raise InputError(
            f"to_torch: a {type(layer).__module__}.{type(layer).__name__} came, wanted a gatewise LSTM, GRU or RNN. "
            "Type to_torch(model.name_of_the_layer)"
        )
    if layer.rules.reset == "before":
        raise InputError(
            "to_torch: a GRU with reset before the product came, wanted reset after it: torch.nn.GRU is another "
            "function, and weights of one cannot be converted into the other. Keep this layer, a torch.nn.Module as "
            'it is, or train one that is made with convention="torch"'
        )
    if layer._learned:
        raise InputError(
            f"to_torch: a layer with a learned initial state came, wanted one without: torch.nn.{found.__name__} has "
            "no such parameter. Make the same layer without learn_state, load this one's state_dict() into it with "
            "strict=False, convert it, and pass the state as hx"
        )
    return found
