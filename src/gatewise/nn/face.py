"""What programs ask of torch.nn's layers beside a call: names of weights, checks of arguments, order of rows."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from gatewise.errors import CallError, OptionTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch.fx import Proxy


class Face(nn.RNNBase):
    """Base class that makes a layer a ``torch.nn.RNNBase``, with its attributes and without its list of weights.

    torch's layers keep their weights in a list beside the module's parameters. Here the parameters are read at every
    call, and the list is made of them when it is asked for.
    """

    _slots: list[dict[str, tuple[str, tuple[int, ...]]]]

    @property
    def _all_weights(self) -> list[list[str]]:  # type: ignore[override]
        """Names of the parameters of every depth and direction, in torch's order."""
        return [[name for name, _ in slots.values()] for slots in self._slots]

    @property
    def _flat_weights_names(self) -> list[str]:  # type: ignore[override]
        """The same names in one list."""
        return [name for slots in self._slots for name, _ in slots.values()]

    @property
    def _flat_weights(self) -> list[Tensor | None]:
        """The parameters as they are now; assigning a list puts its tensors in their places."""
        return [getattr(self, name, None) for name in self._flat_weights_names]

    @_flat_weights.setter
    def _flat_weights(self, weights: Sequence[Tensor | None]) -> None:
        for name, weight in zip(self._flat_weights_names, weights, strict=True):
            if weight is not getattr(self, name, None):
                setattr(self, name, weight)

    def flatten_parameters(self) -> None:
        """Do nothing. torch.nn's layers have this method, which copies their weights into one tensor for cuDNN."""

    # What torch's layers do here keeps their list of weights as the parameters are; a module without it does nothing.
    __setattr__ = nn.Module.__setattr__  # type: ignore[assignment]
    __setstate__ = nn.Module.__setstate__
    _replicate_for_data_parallel = nn.Module._replicate_for_data_parallel

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        return nn.Module._apply(self, fn, recurse)  # type: ignore[no-untyped-call]

    def _init_flat_weights(self) -> None:
        pass

    def _update_flat_weights(self) -> None:
        pass

    @property
    def qconfig(self) -> object:
        """What torch.ao.quantization notes with every module; it leaves this one as it is, and assigning says so."""
        return self.__dict__.get("_qconfig")

    @qconfig.setter
    def qconfig(self, value: object) -> None:
        kind = type(self).__name__
        warnings.warn(
            f"torch.ao.quantization: a gatewise {kind} stays in floating point. To quantise it, type "
            "model.layer = gatewise.to_torch(model.layer) first",
            UserWarning,
            stacklevel=2,
        )
        self.__dict__["_qconfig"] = value

    @qconfig.deleter
    def qconfig(self) -> None:
        del self.__dict__["_qconfig"]

    def _proxied(self, x: Proxy, hx: Any, options: dict[str, Any]) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
        """Stay one module of a graph that torch.fx traces, as torch's layers do; the result as of `Recurrent._run`."""
        if x.tracer.root is self:  # type: ignore[attr-defined]
            raise CallError("torch.fx: got a layer to trace, which is one node. Trace the model that it is a part of")
        path = x.tracer.path_of_module(self)  # type: ignore[attr-defined]
        asked = {name: value for name, value in options.items() if value is not None and value is not False}
        result: Any = x.tracer.create_proxy("call_module", path, (x,) if hx is None else (x, hx), asked)
        state = result[1]
        states = (state[0], state[1]) if self.mode == "LSTM" else (state,)
        return result[0], states, (result[2],) if "return_gates" in asked else ()

    def __prepare_scriptable__(self) -> nn.Module:
        """Name the way that works, since torch.jit.script calls this before it compiles a module."""
        kind = type(self).__name__
        raise OptionTypeError(
            f"torch.jit.script: got a gatewise {kind}, expected layers of torch.nn, the only ones it can compile. Type "
            "model.layer = gatewise.to_torch(model.layer) first, or use torch.export or torch.compile, which record "
            "the kernels"
        )
