"""Checks of what a layer is given: what came, what was wanted, what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gatewise.errors import InputError, OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_size(name: str, size: object) -> None:
    """A size is a whole number from 1 on.

    Raises:
        OptionError: It is not.
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise OptionError(f"{name}={size!r} came, wanted a whole number from 1 on. Type for example {name}=32")


def check_flag(name: str, flag: object) -> None:
    """A flag is True or False: a number here is an argument in the wrong place.

    Raises:
        OptionError: It is not.
    """
    if not isinstance(flag, bool):
        raise OptionError(f"{name}={flag!r} came, wanted True or False. Type for example {name}=True")


def check_dropout(dropout: object) -> None:
    """A dropout is a share between 0 and 1.

    Raises:
        OptionError: It is not.
    """
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
        raise OptionError(
            f"dropout={dropout!r} came, wanted the share of outputs set to 0 between layers, from 0 to 1. "
            "Type for example dropout=0.2"
        )


def check_input(layer: str, x: object, input_size: int, *, batch_first: bool, like: Tensor) -> None:
    """An input of a layer has 3 dimensions (2 for a single sequence), input_size channels and the weights' dtype.

    Args:
        layer: Name for the message.
        x: What came.
        input_size: Channels wanted.
        batch_first: Whether (N, T, I) is wanted rather than (T, N, I).
        like: A weight of the layer.

    Raises:
        InputError: Any of these is not so.
    """
    layout = f"({'N, T' if batch_first else 'T, N'}, {input_size})"
    if not isinstance(x, Tensor):
        raise InputError(
            f"{layer}: x of type {type(x).__name__} came, wanted a tensor of shape {layout}. Type torch.as_tensor(x)"
        )
    shape = tuple(x.shape)
    if x.dim() not in (2, 3):
        raise InputError(
            f"{layer}: x of shape {shape} came, wanted {layout}, or (T, {input_size}) for a single sequence. "
            f"{_hint(x, batch_first=batch_first)}"
        )
    if shape[-1] != input_size:
        raise InputError(
            f"{layer}: x of shape {shape} came, wanted {input_size} channels in the last dimension. "
            f"Make the layer with input_size={shape[-1]}, or move the channels with x.movedim(..., -1)"
        )
    if shape[1 if batch_first and x.dim() == 3 else 0] == 0:
        raise InputError(f"{layer}: x of shape {shape} came, wanted at least one time step")
    _check_kind(layer, "x", x, like)


def _hint(x: Tensor, *, batch_first: bool) -> str:
    """What to type for an input of the wrong rank."""
    if x.dim() == 1:
        return "Type x.unsqueeze(-1) for one sequence of one channel"
    order = "the batch comes first" if batch_first else "time comes first; make the layer with batch_first=True if not"
    return f"Here {order}"


def _check_kind(layer: str, name: str, given: Tensor, like: Tensor) -> None:
    """Data and weights have one dtype and lie on one device."""
    if given.dtype != like.dtype:
        raise InputError(
            f"{layer}: {name} of dtype {given.dtype} came, wanted {like.dtype} as the weights have. "
            f"Type {name}.to({like.dtype}), or layer.to({given.dtype})"
        )
    if given.device != like.device:
        raise InputError(
            f"{layer}: {name} on {given.device} came, wanted {like.device} where the weights are. "
            f"Type {name}.to({str(like.device)!r})"
        )


def check_lengths(layer: str, lengths: Tensor | Sequence[int], *, steps: int, rows: int) -> Tensor:
    """Lengths as a tensor: one whole number for each row, from 0 to T.

    Args:
        layer: Name for the message.
        lengths: What came.
        steps: T.
        rows: N.

    Raises:
        InputError: Any of these is not so.
    """
    given = torch.as_tensor(lengths)
    if given.dtype not in (torch.int64, torch.int32, torch.int16, torch.uint8, torch.int8):
        raise InputError(
            f"{layer}: lengths of dtype {given.dtype} came, wanted whole numbers of steps. Type lengths.long()"
        )
    if tuple(given.shape) != (rows,):
        raise InputError(
            f"{layer}: lengths of shape {tuple(given.shape)} came, wanted ({rows},), one for each row of the batch. "
            "Should they count, is batch_first right?"
        )
    if rows and not 0 <= int(given.min()) <= int(given.max()) <= steps:
        worst = int(given.max()) if int(given.max()) > steps else int(given.min())
        raise InputError(
            f"{layer}: a length of {worst} came, wanted 0 to T = {steps}. "
            f"Type lengths.clamp(0, {steps}), or pad x to the longest row"
        )
    return given


def check_state(layer: str, hx: object, *, names: tuple[str, ...], shape: tuple[int, ...], like: Tensor) -> None:
    """An initial state has the layer's kind, shape, dtype and device.

    Args:
        layer: Name for the message.
        hx: What came: one tensor, or a tuple where there are several ``names``.
        names: ``h_0``, and ``c_0`` of an LSTM.
        shape: Shape wanted of each.
        like: A weight of the layer.

    Raises:
        InputError: Any of these is not so.
    """
    wanted = names[0] if len(names) == 1 else f"a tuple ({', '.join(names)})"
    kind = f"a {type(hx).__name__}" + (f" of {len(hx)}" if isinstance(hx, (tuple, list)) else "")
    parts = hx if isinstance(hx, (tuple, list)) else (hx,)
    is_tuple = isinstance(hx, (tuple, list))
    if is_tuple != (len(names) > 1) or len(parts) != len(names) or not all(isinstance(p, Tensor) for p in parts):
        raise InputError(
            f"{layer}: a state that is {kind} came, wanted {wanted}, each a tensor of shape {shape}. "
            f"Type {layer.lower()}(x, {names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'})"
        )
    for name, part in zip(names, parts, strict=True):
        if tuple(part.shape) != shape:
            meaning = "(num_layers · directions, N, hidden_size)" if len(shape) == 3 else "unbatched, as x is"
            raise InputError(
                f"{layer}: {name} of shape {tuple(part.shape)} came, wanted {shape}, {meaning}. "
                f"Type torch.zeros{shape}, or leave it out for zeros"
            )
        _check_kind(layer, name, part, like)
