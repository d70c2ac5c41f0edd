"""Layers of torch.nn as layers of gatewise, with the same outputs."""

from __future__ import annotations

from typing import overload

from torch import nn

from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM, RNN

_LAYERS: dict[type[nn.RNNBase], type[LSTM] | type[GRU] | type[RNN]] = {nn.LSTM: LSTM, nn.GRU: GRU, nn.RNN: RNN}


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


def _layer(module: object) -> type[LSTM] | type[GRU] | type[RNN]:
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
