"""Layers of torch.nn as layers of gatewise, with the same outputs."""

from __future__ import annotations

from typing import overload

import torch
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
    _check(module)
    layer = _LAYERS[_kind(module)](
        module.input_size,
        module.hidden_size,
        module.num_layers,
        bias=module.bias,
        batch_first=module.batch_first,
        dropout=module.dropout if module.num_layers > 1 else 0.0,
        bidirectional=module.bidirectional,
        device="meta",  # nothing is drawn: torch's global generator stays where it is
        convention="torch",
    )
    layer.load_state_dict({name: copy(tensor) for name, tensor in module.named_parameters()}, assign=True)
    return layer.train(module.training)
