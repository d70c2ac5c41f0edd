"""torch.nn's layers and cells replaced by ours for a time, for programs that know nothing of gatewise."""

from __future__ import annotations

import warnings
from abc import ABCMeta
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn.modules import rnn
from torch.nn.utils.rnn import PackedSequence

from gatewise.convert.pytorch import to_torch
from gatewise.errors import GatewiseError
from gatewise.kernels import native
from gatewise.kernels.path import foreign, undisturbed
from gatewise.nn import cells, layers

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = (torch.nn, torch.nn.modules, rnn)
"""The modules in which programs find torch's layers."""
_BETWEEN = (4 << 20, 8 << 20)
"""Bytes of weights for which torch's RNNCell is quicker with a single row.

Smaller weights lie in a core's own cache and larger ones beyond all caches, and both are quicker here.
"""
_told: set[str] = set()


class _Stand(ABCMeta):
    """Makes a class stand for torch's: what it cannot serve is one of torch's own, and these count as its instances."""

    theirs: type[nn.RNNBase | nn.RNNCellBase]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a layer or cell of ours; torch's own of the same arguments where ours refuses them."""
        stands = cls in _STANDS.values()
        if not stands:  # a program's own class that inherits from torch's
            return super().__call__(*args, **kwargs)
        reason = _unserved(args, kwargs)
        if not reason:
            try:
                return super().__call__(*args, **kwargs)
            except GatewiseError as error:
                reason = str(error)
        layer = cls.theirs(*args, **kwargs)  # a mistake raises torch's own error here
        _tell(cls.__name__, reason)
        return layer

    def __instancecheck__(cls, instance: object) -> bool:
        """Whether it is one of ours or of torch's."""
        return super().__instancecheck__(instance) or (cls in _STANDS.values() and isinstance(instance, cls.theirs))

    def __subclasscheck__(cls, subclass: type) -> bool:
        """Whether it inherits from ours or from torch's."""
        return super().__subclasscheck__(subclass) or (cls in _STANDS.values() and issubclass(subclass, cls.theirs))


class _AsTorch:
    """Computes torch's function: by ours, or by torch's own with the same parameters where no kernel would run."""

    theirs: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"convention": "torch"} | kwargs))

    def forward(self, input: Any, hx: Any = None, **ours: Any) -> Any:
        """Run the layer or cell on torch's arguments, or with what gatewise's take besides."""
        if not ours and self._left(input):
            return self.theirs.forward(self, input, hx)
        return cast("Any", super()).forward(input, hx, **ours)

    def _left(self, x: Any) -> str:
        """Why a call with torch's arguments is left to torch's own function; "" if it is not."""
        x = x.data if isinstance(x, PackedSequence) else x
        if type(x) is torch.Tensor and x.is_cpu and x.dtype in native.DTYPES and undisturbed():
            return ""  # as nearly always, and soon found
        module = cast("Any", self)
        if not isinstance(x, torch.Tensor) or not _is_torchs(module):
            return ""
        if not x.is_cpu:
            return f"x is on {x.device.type}, and the kernels run on the CPU"
        if torch._C._get_tracing_state() is not None:
            return "torch.jit.trace records torch's own function for any number of steps"
        weight = getattr(module, module._slots[0]["weight_ih"][0])
        return "" if weight.dtype in native.DTYPES else foreign(weight)

    def __prepare_scriptable__(self) -> nn.Module:
        """Hand torch.jit.script a layer or cell of torch's own, the only ones it compiles."""
        layer = cast("Any", self)
        module: nn.Module = to_torch(layer)
        for name in dict(layer.named_parameters()):
            setattr(module, name, getattr(layer, name))
        return module


class LSTM(_AsTorch, layers.LSTM, metaclass=_Stand):
    """`gatewise.LSTM` in torch's convention, in the place of ``torch.nn.LSTM``."""

    theirs = nn.LSTM


class GRU(_AsTorch, layers.GRU, metaclass=_Stand):
    """`gatewise.GRU` in torch's convention, in the place of ``torch.nn.GRU``."""

    theirs = nn.GRU


class RNN(_AsTorch, layers.RNN, metaclass=_Stand):
    """`gatewise.RNN` in torch's convention, in the place of ``torch.nn.RNN``."""

    theirs = nn.RNN


class LSTMCell(_AsTorch, cells.LSTMCell, metaclass=_Stand):
    """`gatewise.LSTMCell` in torch's convention, in the place of ``torch.nn.LSTMCell``."""

    theirs = nn.LSTMCell


class GRUCell(_AsTorch, cells.GRUCell, metaclass=_Stand):
    """`gatewise.GRUCell` in torch's convention, in the place of ``torch.nn.GRUCell``."""

    theirs = nn.GRUCell


class RNNCell(_AsTorch, cells.RNNCell, metaclass=_Stand):
    """`gatewise.RNNCell` in torch's convention, in the place of ``torch.nn.RNNCell``."""

    theirs = nn.RNNCell

    def _left(self, x: Any) -> str:
        """Leave one row without gradients to torch too, where its product of a row with a weight is as quick."""
        left = super()._left(x)
        weights = self.hidden_size * (self.hidden_size + self.input_size) * self.weight_hh.element_size()
        if left or not _BETWEEN[0] <= weights < _BETWEEN[1] or torch.is_grad_enabled():
            return left
        one = isinstance(x, torch.Tensor) and (x.dim() == 1 or (x.dim() == 2 and len(x) == 1))
        return "one row of a large RNNCell without gradients is quicker in torch's own function" if one else ""


_STANDS: dict[str, _Stand] = {stand.__name__: stand for stand in (LSTM, GRU, RNN, LSTMCell, GRUCell, RNNCell)}
torch.serialization.add_safe_globals(list(_STANDS.values()))


@contextmanager
def patch_torch() -> Iterator[None]:
    """Replace ``torch.nn.LSTM``, ``GRU``, ``RNN`` and their cells by the same functions of gatewise in a with block.

    What is made in the block stays gatewise's after it, where a layer is no instance of torch's own class. State dicts
    are torch's, both ways. ``torch.jit.script`` puts torch's own layers and cells in their place, with the same
    parameters. What gatewise does not compute, such as an RNN with relu, and what is made for CUDA is torch's own; a
    warning says so, once for each reason. Calls with tensors on another device or in half precision, and
    ``torch.jit.trace``, take torch's own function with the same parameters; `gatewise.kernel_path` says so. Programs
    that took torch's classes out of ``torch.nn`` before the block, by ``from torch.nn import LSTM``, keep them: patch
    before they are imported, or type ``python -m gatewise.patched script.py``.

    >>> with patch_torch():
    ...     layer = torch.nn.GRU(3, 5)
    >>> isinstance(layer, layers.GRU), layer.convention
    (True, 'torch')
    """
    before = [(place, name, getattr(place, name)) for place in _PLACES for name in _STANDS]
    try:
        for place, name, _ in before:
            setattr(place, name, _STANDS[name])
        yield
    finally:
        for place, name, own in before:
            setattr(place, name, own)


def _unserved(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Why torch's own layer is made whatever ours would say; "" for no such reason."""
    device = kwargs.get("device")
    device = torch.get_default_device() if device is None else torch.device(cast("Any", device))
    return "" if device.type in ("cpu", "meta") else f"it is made for {device.type}, and the kernels run on the CPU"


def _is_torchs(module: Any) -> bool:
    """Whether a layer or cell is torch's function, and not one with options that torch does not have."""
    extra = module.variant is None and not module._learned and getattr(module, "regularize", None) is None
    return extra and module.convention == "torch"


def _tell(name: str, reason: str) -> None:
    """Say once why a layer is torch's own."""
    message = f"gatewise.patch_torch: a torch.nn.{name} stays torch's own: {reason}"
    if message not in _told:
        _told.add(message)
        warnings.warn(message, UserWarning, stacklevel=3)
