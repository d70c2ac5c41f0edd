"""Conversion of layers and cells of torch.nn into those of gatewise and back, with the same outputs."""

from __future__ import annotations

from typing import Any, overload

from torch import Tensor, nn

from gatewise.convert.computed import compute_weights
from gatewise.errors import InputError
from gatewise.nn.cells import GRUCell, LSTMCell, RNNCell
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.packed import Packed

_KINDS: dict[type[nn.Module], type[Packed]] = {
    nn.LSTM: LSTM, nn.GRU: GRU, nn.RNN: RNN, nn.LSTMCell: LSTMCell, nn.GRUCell: GRUCell, nn.RNNCell: RNNCell,
}  # fmt: skip


@overload
def from_torch(module: nn.LSTM) -> LSTM: ...
@overload
def from_torch(module: nn.GRU) -> GRU: ...
@overload
def from_torch(module: nn.RNN) -> RNN: ...
@overload
def from_torch(module: nn.LSTMCell) -> LSTMCell: ...
@overload
def from_torch(module: nn.GRUCell) -> GRUCell: ...
@overload
def from_torch(module: nn.RNNCell) -> RNNCell: ...
def from_torch(module: nn.Module) -> Packed:
    """Convert a layer or cell of torch.nn into one of gatewise that gives the same outputs, up to rounding.

    The layer has ``convention="torch"``: two biases per gate, and a GRU with reset after the product. The textbook
    GRU is another function; torch's weights cannot be converted into it.

    Weights that weight norm, pruning or a parametrization computes are taken as the next call would compute them; what
    computes them stays behind, as do hooks.

    Args:
        module: A ``torch.nn.LSTM``, ``torch.nn.GRU``, or ``torch.nn.RNN`` with tanh; or one of their cells.

    Returns:
        The layer, with copied weights and the module's sizes, dtype, device and training flag.

    Raises:
        InputError: ``module`` is anything else, such as an RNN with relu.
    """
    layer: Packed = _made(_ours(module), module, convention="torch")
    compute_weights(module)
    given = {name: getattr(module, name) for name, _ in layer._named}
    layer.load_state_dict({name: weight.detach().clone() for name, weight in given.items()}, assign=True)
    for name, weight in given.items():
        layer.get_parameter(name).requires_grad_(_trained(weight))
    return layer.train(module.training)


@overload
def to_torch(layer: LSTM) -> nn.LSTM: ...
@overload
def to_torch(layer: GRU) -> nn.GRU: ...
@overload
def to_torch(layer: RNN) -> nn.RNN: ...
@overload
def to_torch(layer: LSTMCell) -> nn.LSTMCell: ...
@overload
def to_torch(layer: GRUCell) -> nn.GRUCell: ...
@overload
def to_torch(layer: RNNCell) -> nn.RNNCell: ...
def to_torch(layer: Packed) -> nn.Module:
    """Convert a layer or cell of gatewise into one of torch.nn that gives the same outputs, up to rounding.

    Weights are copied, with their row blocks in torch's order. ``bias_hh`` is zeros if the layer has one bias per gate.
    Weights that weight norm, pruning or a parametrization computes are taken as the next call would compute them.

    Args:
        layer: An LSTM, RNN, or GRU with reset after the product; or one of their cells.

    Returns:
        The module, with the layer's sizes, dropout, dtype, device and training flag. A parameter requires gradients if
        the layer's does; a ``bias_hh`` of zeros, if ``bias_ih`` does.

    Raises:
        InputError: ``layer`` is anything else, a GRU with reset before the product, or a layer with a variant, zoneout
            or a learned initial state. Other regularisation acts in training only and is left out.
    """
    module: nn.Module = _made(_theirs(layer), layer)
    compute_weights(layer)
    for slots, packed in zip(layer._slots, layer._weights(), strict=True):
        ending, trained = slots["weight_ih"][0].removeprefix("weight_ih"), True
        for kind, weight in zip(packed._fields[: 4 if layer.bias else 2], packed, strict=False):
            own = getattr(layer, kind + ending, None)
            trained = trained if own is None else _trained(own)  # a missing bias_hh takes the flag of bias_ih
            copy = packed.weight_ih.new_zeros(len(packed.weight_ih)) if weight is None else weight.detach().clone()
            setattr(module, kind + ending, nn.Parameter(copy, requires_grad=trained))
        if layer.proj_size:
            own = getattr(layer, "weight_hr" + ending)
            setattr(module, "weight_hr" + ending, nn.Parameter(own.detach().clone(), requires_grad=_trained(own)))
    if isinstance(module, nn.RNNBase):
        module.flatten_parameters()
    return module.train(layer.training)


def _trained(weight: Tensor) -> bool:
    """Whether a weight is trained: a parameter says so, and one that is computed is trained through its parts."""
    return not isinstance(weight, nn.Parameter) or weight.requires_grad


def _made(kind: Any, like: Any, **options: Any) -> Any:
    """A module of class ``kind`` with the sizes and options of ``like``, and without weights."""
    named = ("num_layers", "batch_first", "bidirectional")  # cells have none of these
    options |= {name: getattr(like, name) for name in named if hasattr(like, name)}
    if getattr(like, "proj_size", 0):
        options["proj_size"] = like.proj_size
    # On "meta" no weights are drawn, so torch's global generator is not advanced.
    made = kind(like.input_size, like.hidden_size, bias=like.bias, device="meta", **options)
    if hasattr(like, "dropout"):
        made.dropout = like.dropout  # the constructor would warn again
    return made


def _ours(module: nn.Module) -> type[Packed]:
    """The class that computes what a module of torch does."""
    found = next((ours for theirs, ours in _KINDS.items() if isinstance(module, theirs)), None)
    if isinstance(module, Packed):  # its class is one of torch's as well
        found = None
    if found is None:
        raise InputError(
            f"from_torch: got a {type(module).__module__}.{type(module).__name__}, expected a torch.nn.LSTM, "
            "torch.nn.GRU or torch.nn.RNN, or a cell of these. Type from_torch(model.name_of_the_layer)"
        )
    if getattr(module, "nonlinearity", "tanh") != "tanh":
        raise InputError(
            f"from_torch: got an RNN with nonlinearity={module.nonlinearity!r}, expected 'tanh', the only plain cell "
            "here. Keep this layer in torch.nn"
        )
    return found


def _theirs(layer: Packed) -> type[nn.Module]:
    """The class of torch.nn that computes what a layer does."""
    found = next((theirs for theirs, ours in _KINDS.items() if isinstance(layer, ours)), None)
    if found is None:
        raise InputError(
            f"to_torch: got a {type(layer).__module__}.{type(layer).__name__}, expected a gatewise LSTM, GRU or RNN, "
            "or a cell of these. Type to_torch(model.name_of_the_layer)"
        )
    if layer.variant is not None:
        raise InputError(
            f"to_torch: got a layer with {layer.variant}, expected a cell as published: torch.nn has no other gates. "
            "Keep the layer here"
        )
    regularize = getattr(layer, "regularize", None)
    if regularize is not None and not regularize.at_rest:
        raise InputError(
            f"to_torch: got a layer with {regularize}, expected one without zoneout, which mixes states at rest too "
            "and has no place in torch.nn. Train one without it, or keep the layer here"
        )
    if layer.rules.reset == "before":
        raise InputError(
            "to_torch: got a GRU with reset before the product, expected reset after it: torch.nn's is another "
            "function, and weights of one cannot be converted into the other. Keep this layer, a torch.nn.Module as "
            'it is, or train one that is made with convention="torch"'
        )
    if layer._learned:
        raise InputError(
            f"to_torch: got a layer with a learned initial state, expected one without: torch.nn.{found.__name__} has "
            "no such parameter. Make the same layer without learn_state, load this one's state_dict() into it with "
            "strict=False, convert it, and pass the state as hx"
        )
    return found
