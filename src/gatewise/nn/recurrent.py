"""What the layers share: parameters under torch's names, depth, directions, packed sequences, state dicts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from gatewise.checks import check_dropout, check_flag, check_input, check_lengths, check_size
from gatewise.errors import InputError
from gatewise.nn import init, state
from gatewise.reference.conventions import CONVENTIONS, Convention, preset
from gatewise.reference.scan import Weights, scan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    States = tuple[Tensor, ...]


class Recurrent(nn.Module):
    """A stack of recurrent layers, forward in time or both ways; `LSTM`, `GRU` and `RNN` say which cell."""

    cell: str
    weight_ih_l0: Tensor

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: torch.device | str | int | None,
        dtype: torch.dtype | None,
        *,
        convention: str,
        generator: torch.Generator | None,
    ) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            check_size(name, size)
        for name, flag in (("bias", bias), ("batch_first", batch_first), ("bidirectional", bidirectional)):
            check_flag(name, flag)
        check_dropout(dropout)
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"dropout={dropout} acts between layers, so with num_layers=1 it does nothing",
                UserWarning,
                stacklevel=3,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.convention = float(dropout), convention
        rules = preset(self.cell, convention)
        for depth in range(num_layers):
            width = input_size if depth == 0 else hidden_size * self._directions
            shapes = _shapes(rules, width, hidden_size, bias)
            for direction in range(self._directions):
                for kind, shape in shapes.items():
                    empty = torch.empty(shape, device=device, dtype=dtype)
                    self.register_parameter(_name(kind, depth, direction), nn.Parameter(empty))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights and biases anew from U(-1/√H, 1/√H), as torch does."""
        init.uniform_(self.parameters(), self.hidden_size, generator)

    def flatten_parameters(self) -> None:
        """Do nothing: torch's layers pack their weights for cuDNN here."""

    def extra_repr(self) -> str:
        """The arguments that are not at their defaults, as torch prints them."""
        defaults = {
            "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
            "convention": "textbook",
        }  # fmt: skip
        changed = [
            f"{name}={getattr(self, name)!r}" for name, value in defaults.items() if getattr(self, name) != value
        ]
        return ", ".join([str(self.input_size), str(self.hidden_size), *changed])

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def rules(self) -> Convention:
        """The layer's convention as data."""
        return preset(self.cell, self.convention)

    def _weights(self, depth: int, direction: int) -> Weights:
        parameters: list[Any] = [getattr(self, _name(kind, depth, direction), None) for kind in Weights._fields]
        return Weights(*parameters)

    def _run(
        self, x: Tensor | PackedSequence, hx: Tensor | States | None, lengths: Tensor | Sequence[int] | None
    ) -> tuple[Tensor | PackedSequence, States]:
        """Output and final states, laid out as the caller's input is."""
        if isinstance(x, PackedSequence):
            return self._run_packed(x, hx, lengths)
        layer = type(self).__name__
        check_input(layer, x, self.input_size, batch_first=self.batch_first, like=self.weight_ih_l0)
        batched = x.dim() == 3
        if lengths is not None and not batched:
            raise InputError(f"{layer}: lengths came with a single sequence. Leave them out, and cut x to its length")
        by_time = x if batched else x.unsqueeze(1)
        if batched and self.batch_first:
            by_time = x.transpose(0, 1).contiguous()  # one product over all steps is faster on whole memory
        steps, rows = by_time.shape[:2]
        if lengths is not None:
            lengths = check_lengths(layer, lengths, steps=steps, rows=rows)
        output, states = self._stack(by_time, hx, lengths, batched=batched)
        if not batched:
            return output.squeeze(1), states
        return output.transpose(0, 1) if self.batch_first else output, states

    def _run_packed(
        self, packed: PackedSequence, hx: Tensor | States | None, lengths: object
    ) -> tuple[PackedSequence, States]:
        """As `_run`: padded in the caller's order, and packed again in the order that came."""
        layer = type(self).__name__
        if lengths is not None:
            raise InputError(f"{layer}: lengths came with a PackedSequence, which has its own. Leave them out")
        x, own = pad_packed_sequence(packed)
        check_input(layer, x, self.input_size, batch_first=False, like=self.weight_ih_l0)
        output, states = self._stack(x, hx, own, batched=True)
        if packed.sorted_indices is not None:
            output = output.index_select(1, packed.sorted_indices)
            own = own[packed.sorted_indices.to(own.device)]
        data = pack_padded_sequence(output, own).data
        return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices), states

    def _stack(
        self, x: Tensor, hx: Tensor | States | None, lengths: Tensor | None, *, batched: bool
    ) -> tuple[Tensor, States]:
        """Every depth and direction over x of shape (T, N, I)."""
        like, rules = self.weight_ih_l0, self.rules
        shape = (self.num_layers * self._directions, x.shape[1], self.hidden_size)
        given = iter(state.initial(self.cell, hx, shape, like, batched=batched))
        reached = []
        for depth in range(self.num_layers):
            if depth > 0 and self.dropout > 0:
                x = F.dropout(x, self.dropout, self.training)
            outputs = []
            for direction in range(self._directions):
                weights = self._weights(depth, direction)
                output, after = scan(x, next(given), weights, rules, lengths=lengths, reverse=direction == 1)
                outputs.append(output)
                reached.append(after)
            x = torch.cat(outputs, 2) if self.bidirectional else outputs[0]
        return x, state.final(reached, batched=batched)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Note the convention beside torch's own version number; names and shapes alone cannot tell it."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        metadata = getattr(destination, "_metadata", {})
        metadata.setdefault(prefix[:-1], {})["convention"] = self.convention

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any) -> None:
        """Refuse a foreign convention before anything is loaded.

        It is told by the number of biases, and by the convention noted in the state dict's metadata: torch keeps
        that through ``torch.save`` and deep copies. A plain dict of tensors without biases carries no mark and is
        taken to be in the layer's own convention.
        """
        names = {key[len(prefix) :] for key in state_dict if key.startswith(prefix)}
        _refuse_foreign(self, names, local_metadata)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


def _name(kind: str, depth: int, direction: int) -> str:
    """Torch's name of a parameter, such as ``weight_ih_l0_reverse``."""
    return f"{kind}_l{depth}{'_reverse' if direction else ''}"


def _shapes(rules: Convention, input_size: int, hidden_size: int, bias: bool) -> dict[str, tuple[int, ...]]:
    """Shapes of one layer and direction's packed parameters, in torch's order."""
    rows = len(rules.gates) * hidden_size
    shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, input_size), "weight_hh": (rows, hidden_size)}
    biases = ("bias_ih", "bias_hh")[: rules.biases] if bias else ()
    return shapes | dict.fromkeys(biases, (rows,))


def _refuse_foreign(layer: Recurrent, names: set[str], metadata: Mapping[str, Any]) -> None:
    """Raise InputError where a state dict was plainly written in another convention than the layer's."""
    own = layer.rules
    biases = 2 if "bias_hh_l0" in names else 1 if "bias_ih_l0" in names else 0
    came = _written_in(own, biases, metadata)
    same_function = (came.gates, came.reset, came.update) == (own.gates, own.reset, own.update)
    if same_function and (biases == 0 or biases == own.biases):
        return
    kind = type(layer).__name__
    raise InputError(
        f"{kind}: a state dict in the {came.name} convention came ({_traits(came, biases)}), "
        f"wanted {own.name} ({_traits(own, own.biases if layer.bias else 0)}). "
        f"Type layer = gatewise.from_torch(module) for a torch.nn.{kind}, "
        f'or make the layer with convention="{came.name}" and load it there'
    )


def _written_in(own: Convention, biases: int, metadata: Mapping[str, Any]) -> Convention:
    """The convention of a state dict as far as it can be told, else the layer's own."""
    # torch.nn's layers note their version but no convention; a plain dict of tensors notes neither
    noted = metadata.get("convention", "torch" if "version" in metadata else own.name)
    rules = CONVENTIONS.get((own.cell, noted), own)
    if biases in (0, rules.biases):
        return rules
    return preset(own.cell, "torch" if biases == 2 else "textbook")


def _traits(rules: Convention, biases: int) -> str:
    """What sets a convention apart, in words."""
    traits = [("no bias", "one bias per gate", "two biases per gate, bias_ih and bias_hh")[biases]]
    traits += [f"reset {rules.reset} the product", f"z weighs the {rules.update}"] if rules.reset else []
    return ", ".join([*traits, "row blocks " + " ".join(rules.gates)])
