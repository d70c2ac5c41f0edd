"""The base class of layers and cells: packed parameters under torch's names, their initial values, state dicts."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from gatewise.nn import state
from gatewise.nn.checks import check_dtype, check_flag, check_generator, check_size, check_weight
from gatewise.nn.foreign import MARK, mark, refuse_foreign
from gatewise.nn.init import check_init, draw_, is_norm, norm_, uniform_
from gatewise.nn.variant import varied
from gatewise.reference.conventions import Convention, preset
from gatewise.reference.scan import Weights, arranged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gatewise.nn.init import Init
    from gatewise.nn.variant import Variant


class Packed(nn.Module):
    """Base class of layers and cells, which holds their parameters under torch's names.

    The parameters are packed as in torch: one weight has a block of hidden_size rows for each gate. There is a set of
    parameters for every depth and direction.
    """

    cell: str
    """``lstm``, ``gru`` or ``rnn``."""
    rules: Convention
    """The module's convention as data."""
    _defaults: ClassVar[dict[str, object]] = {"bias": True, "convention": "textbook", "init": None}
    """Arguments and their defaults; `extra_repr` prints the arguments with another value."""
    _least: ClassVar[int] = 1
    """The smallest ``hidden_size``."""
    proj_size: int = 0
    """Size P of a projection of h; 0 for none."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        convention: str,
        init: Init | None,
        variant: Variant | None = None,
    ) -> None:
        nn.Module.__init__(self)  # not that of torch's class beside this one
        self.input_size = check_size("input_size", input_size)
        self.hidden_size = check_size("hidden_size", hidden_size, self._least)
        self.bias = check_flag("bias", bias)
        self.convention, self.init, self.variant = convention, init, variant
        self.rules = varied(preset(self.cell, convention), variant)
        check_init(init, self.rules, bias=bias)

    def _pack(
        self,
        widths: Mapping[str, int],
        start: tuple[int, ...],
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
    ) -> None:
        """Make the parameters, with memory that is not yet filled.

        Args:
            widths: Number of input channels of every depth and direction; the keys are the endings of its parameters'
                names, such as ``_l0_reverse``.
            start: Shape of a learned initial state.
            device: Device of the parameters; None for torch's default.
            dtype: Dtype of the parameters; None for torch's default.
        """
        check_dtype(dtype)
        rows = len(self.rules.gates) * self.hidden_size
        biases = ("bias_ih", "bias_hh")[: self.rules.biases] if self.bias else ()
        projected = self.proj_size
        self._slots: list[dict[str, tuple[str, tuple[int, ...]]]] = []
        for ending, width in widths.items():
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, width),
                "weight_hh": (rows, projected or self.hidden_size),
            }
            shapes |= dict.fromkeys(biases, (rows,))
            if projected:
                shapes["weight_hr"] = (projected, self.hidden_size)
            if self.variant is not None and self.variant.peepholes:
                shapes["peepholes"] = (len(self.rules.gates) - 1, self.hidden_size)
            if self.variant is not None and self.variant.layer_norm:
                shapes["gains"] = (2, rows)
                if self.cell == "lstm":
                    shapes["cell_norm"] = (2, self.hidden_size)
            self._slots.append({kind: (kind + ending, shape) for kind, shape in shapes.items()})
        for name, shape in [*self._named, *((name, start) for name in self._learned)]:
            self.register_parameter(name, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights and biases anew: as ``init`` says, else from U(-1/√H, 1/√H), as torch does.

        Gains of layer norm are set to 1, its shifts and learned initial states to 0.

        Args:
            generator: The random numbers; None for torch's global generator.

        Raises:
            OptionError: ``generator`` is not a torch.Generator.
        """
        check_generator(generator)
        drawn = dict(self.named_parameters())
        norm_({name: drawn.pop(name) for name in list(drawn) if is_norm(name)})
        if self.init is None:
            return uniform_(drawn.values(), self.hidden_size, generator)
        for name in self._learned:
            nn.init.zeros_(self.get_parameter(name))
        packed = {name: self.get_parameter(name) for name, _ in self._named if not is_norm(name)}
        draw_(packed, self.init, self.rules, generator)

    def _draw(self, generator: torch.Generator | None) -> None:
        """Draw the first weights. A program's own `reset_parameters` has no argument, as torch's has none."""
        self.reset_parameters(*(() if generator is None else (generator,)))

    def extra_repr(self) -> str:
        """The sizes, and the arguments that are not at their defaults, for torch to print."""
        changed = [
            f"{name}={getattr(self, name)!r}" for name, value in self._defaults.items() if getattr(self, name) != value
        ]
        return ", ".join([str(self.input_size), str(self.hidden_size), *changed])

    @property
    def _named(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the parameters of every depth and direction, in torch's order."""
        return chain.from_iterable(slots.values() for slots in self._slots)

    @property
    def _learned(self) -> tuple[str, ...]:
        """Names of the states that are parameters."""
        return state.STATES[self.cell] if self.init is not None and self.init.learn_state else ()

    def _left(self, x: Any) -> str:
        """Why torch's own function is to run this call, "" for no reason: only classes of `patch_torch` have any."""
        return ""

    def _start(self, hx: Any, rows: int | None) -> Any:
        """The initial state: the caller's ``hx``, else the learned one, else None for zeros.

        Args:
            hx: The caller's state, or None.
            rows: Number of rows in the batch; None for a single sequence.
        """
        names = self._learned
        return hx if hx is not None or not names else state.shared([getattr(self, name) for name in names], rows)

    def _weights(self) -> list[Weights]:
        """The checked parameters of every depth and direction, row blocks in the order of `scan.GATES`."""
        # This runs at every call: a parameter is compared in place, and only one that differs goes to `check_weight`.
        own, rules, found = self._parameters, self.rules, []
        like: Tensor = getattr(self, self._slots[0]["weight_ih"][0])
        dtype, device = like.dtype, like.device
        for slots in self._slots:
            packed: dict[str, Any] = {}
            for kind, (name, shape) in slots.items():
                weight: Any = own.get(name)
                if weight is None:  # a parametrization computes it, pruning has put it elsewhere, or a bias is gone
                    weight = getattr(self, name, None)
                packed[kind] = weight
                if weight is None and kind.startswith("bias"):
                    continue
                if weight.shape != shape or weight.dtype is not dtype or weight.device != device:
                    check_weight(type(self).__name__, name, weight, shape, like)
            packed.pop("weight_hr", None)  # `Recurrent` reads it
            found.append(arranged(Weights(**packed), rules))
        return found

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Note the convention beside torch's own version number, and in a tensor where names and shapes cannot tell it.

        The tensor survives in files that keep names and numbers alone, such as those of safetensors.
        """
        super()._save_to_state_dict(destination, prefix, keep_vars)
        metadata = getattr(destination, "_metadata", {})
        metadata.setdefault(prefix[:-1], {})["convention"] = self.convention
        marked = mark(self.cell, self.convention, self.bias)
        if marked is not None:
            destination[prefix + MARK] = marked

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any) -> None:
        """Refuse a state dict of another convention before anything is loaded.

        The number of biases, a tensor with its name and the metadata tell its convention; torch keeps the metadata
        through ``torch.save`` and deep copies. A plain dict of tensors that tells nothing is taken to be in the layer's
        own convention, with a warning if that is neither torch's nor the textbook's with biases.
        """
        marked = state_dict.pop(prefix + MARK, None)
        names = {key[len(prefix) :] for key in state_dict if key.startswith(prefix)}
        refuse_foreign(type(self).__name__, self.rules, self.bias, names, local_metadata, marked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)
