"""Recognise state dicts that were written in another convention, and refuse them with what to type."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch

from gatewise.errors import InputError
from gatewise.reference.conventions import CONVENTIONS, Convention, preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor


MARK = "weights_convention"
"""Name of the tensor that tells the convention of weights whose names and shapes do not."""


def mark(cell: str, name: str, bias: bool) -> Tensor | None:
    """The convention's name as a tensor, so that it also survives in files that keep names and numbers alone.

    Args:
        cell: ``lstm``, ``gru`` or ``rnn``.
        name: Name of the convention.
        bias: Whether the layer has biases.

    Returns:
        The name's characters, int64; None where names and shapes tell how the weights are packed.
    """
    rules = preset(cell, name)
    if _traits_of(rules) == _traits_of(_as_named(cell, rules.biases if bias else 0)):
        return None
    return torch.tensor(list(name.encode()))


def refuse_foreign(
    kind: str, own: Convention, bias: bool, names: set[str], metadata: Mapping[str, Any], marked: Tensor | None
) -> None:
    """Refuse a state dict of another convention than the layer's: its weights would compute another function.

    Args:
        kind: Class name of the layer or cell, which is torch's name as well.
        own: The layer's convention.
        bias: Whether the layer has biases.
        names: Names of the tensors in the state dict.
        metadata: What the state dict notes about the layer beside the tensors.
        marked: What it has under the name `MARK`.

    Raises:
        InputError: The state dict is of another convention, as far as its names, its mark and its metadata tell.

    Warns:
        UserWarning: Nothing tells the convention, and such a state dict usually has another one than the layer.
    """
    biases = sum(any(name.startswith(kind) for name in names) for kind in ("bias_ih", "bias_hh"))
    got = _written_in(own, biases, metadata, marked)
    if got is None:
        got = own
        _doubt(kind, own, biases)
    if _traits_of(got) == _traits_of(own) and (biases == 0 or biases == own.biases):
        return
    raise InputError(
        f"{kind}: got a state dict in the {got.name} convention ({_traits(got, biases)}), "
        f"expected {own.name} ({_traits(own, own.biases if bias else 0)}). "
        f"Type layer = gatewise.from_torch(module) for a torch.nn.{kind}, "
        f'or make the layer with convention="{got.name}" and load it there'
    )


def _doubt(kind: str, own: Convention, biases: int) -> None:
    """Say that a state dict is taken to be in the layer's convention although it does not say so."""
    usual, plain = _as_named(own.cell, biases), preset(own.cell, own.name)
    if _traits_of(usual) != _traits_of(plain) and biases in (0, own.biases):
        warnings.warn(
            f"{kind}: the state dict does not say its convention, and is taken to be in the layer's, {own.name} "
            f"({_traits(own, biases)}). If it is in {usual.name} ({_traits(usual, biases)}), make the layer with "
            f'convention="{usual.name}"',
            UserWarning,
            stacklevel=2,
        )


def _written_in(own: Convention, biases: int, metadata: Mapping[str, Any], marked: Tensor | None) -> Convention | None:
    """The convention of a state dict if its mark, its metadata or the number of its biases tell it, else None."""
    # torch.nn's layers note their version but no convention; a plain dict of tensors notes neither
    noted = _unmarked(marked) or metadata.get("convention", "torch" if "version" in metadata else None)
    rules = own if noted in (None, own.name) else CONVENTIONS.get((own.cell, noted), own)
    if biases in (0, rules.biases):
        return None if noted is None else rules
    return _as_named(own.cell, biases)


def _unmarked(marked: Tensor | None) -> str | None:
    """The name in a mark, which may have gone through an average of state dicts."""
    if marked is None or marked.dim() != 1:
        return None
    return "".join(chr(int(code)) for code in marked.round().tolist())


def _as_named(cell: str, biases: int) -> Convention:
    """The convention that a state dict with so many biases for each gate usually has."""
    return preset(cell, "textbook" if biases == 1 else "torch")


def _traits_of(rules: Convention) -> tuple[object, ...]:
    """What two conventions with the same weights must share to compute the same."""
    return rules.gates, rules.reset, rules.update


def _traits(rules: Convention, biases: int) -> str:
    """The traits of a convention, in words for a message."""
    traits = [("no bias", "one bias per gate", "two biases per gate, bias_ih and bias_hh")[biases]]
    traits += [f"reset {rules.reset} the product", f"z weighs the {rules.update}"] if rules.reset else []
    return ", ".join([*traits, "row blocks " + " ".join(rules.gates)])
