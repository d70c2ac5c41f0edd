"""Recognise state dicts that were written in another convention, and refuse them with what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.errors import InputError
from gatewise.reference.conventions import CONVENTIONS, Convention, preset

if TYPE_CHECKING:
    from collections.abc import Mapping


def refuse_foreign(kind: str, own: Convention, bias: bool, names: set[str], metadata: Mapping[str, Any]) -> None:
    """Refuse a state dict of another convention than the layer's: its weights would compute another function.

    Args:
        kind: Class name of the layer or cell, which is torch's name as well.
        own: The layer's convention.
        bias: Whether the layer has biases.
        names: Names of the tensors in the state dict.
        metadata: What the state dict notes about the layer beside the tensors.

    Raises:
        InputError: The state dict is of another convention, as far as its names and metadata tell.
    """
    biases = sum(any(name.startswith(kind) for name in names) for kind in ("bias_ih", "bias_hh"))
    got = _written_in(own, biases, metadata)
    same_function = (got.gates, got.reset, got.update) == (own.gates, own.reset, own.update)
    if same_function and (biases == 0 or biases == own.biases):
        return
    raise InputError(
        f"{kind}: got a state dict in the {got.name} convention ({_traits(got, biases)}), "
        f"expected {own.name} ({_traits(own, own.biases if bias else 0)}). "
        f"Type layer = gatewise.from_torch(module) for a torch.nn.{kind}, "
        f'or make the layer with convention="{got.name}" and load it there'
    )


def _written_in(own: Convention, biases: int, metadata: Mapping[str, Any]) -> Convention:
    """The convention of a state dict if metadata or number of biases tell it, else the layer's own."""
    # torch.nn's layers note their version but no convention; a plain dict of tensors notes neither
    noted = metadata.get("convention", "torch" if "version" in metadata else own.name)
    rules = own if noted == own.name else CONVENTIONS.get((own.cell, noted), own)
    if biases in (0, rules.biases):
        return rules
    return preset(own.cell, "torch" if biases == 2 else "textbook")


def _traits(rules: Convention, biases: int) -> str:
    """The traits of a convention, in words for a message."""
    traits = [("no bias", "one bias per gate", "two biases per gate, bias_ih and bias_hh")[biases]]
    traits += [f"reset {rules.reset} the product", f"z weighs the {rules.update}"] if rules.reset else []
    return ", ".join([*traits, "row blocks " + " ".join(rules.gates)])
