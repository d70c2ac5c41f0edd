"""torch.nn's LSTM, GRU and RNN replaced by ours for a time, for programs that know nothing of gatewise."""

from __future__ import annotations

import warnings
from abc import ABCMeta
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn.modules import rnn

from gatewise.convert.pytorch import to_torch
from gatewise.errors import GatewiseError
from gatewise.nn import layers

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = (torch.nn, torch.nn.modules, rnn)
"""The modules in which programs find torch's layers."""
_told: set[str] = set()


class _Stand(ABCMeta):
    """Makes a class stand for torch's: what it cannot serve is one of torch's own, and these count as its instances."""

    theirs: type[nn.RNNBase]

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a layer of ours; torch's own of the same arguments where ours refuses them."""
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


class _Scriptable:
    """Hands torch.jit.script a layer of torch's own, the only ones it compiles."""

    def __prepare_scriptable__(self) -> nn.Module:
        layer = cast("Any", self)
        module: nn.Module = to_torch(layer)
        for name in dict(layer.named_parameters()):
            setattr(module, name, getattr(layer, name))
        return module


class LSTM(_Scriptable, layers.LSTM, metaclass=_Stand):
    """`gatewise.LSTM` in torch's convention, in the place of ``torch.nn.LSTM``."""

    theirs = nn.LSTM

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"convention": "torch"} | kwargs))


class GRU(_Scriptable, layers.GRU, metaclass=_Stand):
    """`gatewise.GRU` in torch's convention, in the place of ``torch.nn.GRU``."""

    theirs = nn.GRU

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"convention": "torch"} | kwargs))


class RNN(_Scriptable, layers.RNN, metaclass=_Stand):
    """`gatewise.RNN` in torch's convention, in the place of ``torch.nn.RNN``."""

    theirs = nn.RNN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"convention": "torch"} | kwargs))


torch.serialization.add_safe_globals([LSTM, GRU, RNN])
_STANDS: dict[str, _Stand] = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}


@contextmanager
def patch_torch() -> Iterator[None]:
    """Replace ``torch.nn.LSTM``, ``GRU`` and ``RNN`` by the same functions of gatewise for layers made in a with block.

    Layers made in the block stay gatewise's after it, where they are not instances of torch's own classes. Their
    state dicts are torch's, both ways. ``torch.jit.script`` puts torch's own layers in their place, with the same
    parameters. What gatewise does not compute, such as an RNN with relu, and what is made for CUDA is torch's own; a
    warning says so, once for each reason. Programs that took torch's classes out of ``torch.nn`` before the block, by
    ``from torch.nn import LSTM``, keep them: patch before they are imported, or type
    ``python -m gatewise.patched script.py``.

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


def _tell(name: str, reason: str) -> None:
    """Say once why a layer is torch's own."""
    message = f"gatewise.patch_torch: a torch.nn.{name} stays torch's own: {reason}"
    if message not in _told:
        _told.add(message)
        warnings.warn(message, UserWarning, stacklevel=3)
