"""Checks of the arguments of a layer: each message says what was got, what is expected and what to type."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, TypeGuard

import torch
from torch import Tensor

from gatewise.errors import CallError, OptionError, OptionTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence


def _refused(name: str, value: object, expected: str, example: str, kind: type = OptionError) -> OptionError:
    """The error for an argument whose value is not allowed."""
    refused: OptionError = kind(f"got {name}={value!r}, expected {expected}. Type for example {name}={example}")
    return refused


def check_size(name: str, size: object, least: int = 1) -> int:
    """Check that a size is a whole number of at least ``least``, and return it; NumPy's whole numbers are taken too.

    Raises:
        OptionError: ``size`` is anything else; an OptionTypeError if it is no whole number.
    """
    expected = f"a whole number from {least} on"
    if not _is_whole(size):
        raise _refused(name, size, expected, "32", OptionTypeError)
    if size < least:
        raise _refused(name, size, expected, "32")
    return int(size)


def _is_whole(value: object) -> TypeGuard[int]:
    return not isinstance(value, bool) and isinstance(value, Integral)


def check_flag(name: str, flag: object) -> bool:
    """Check that a flag is True or False, and return it; a number would be an argument in the wrong place.

    Raises:
        OptionTypeError: ``flag`` is anything else.
    """
    if not isinstance(flag, bool):
        raise _refused(name, flag, "True or False", "True", OptionTypeError)
    return flag


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number, also one of NumPy; True and False do not count as numbers."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def check_dropout(dropout: object) -> None:
    """Check that a dropout is a share from 0 to 1.

    Raises:
        OptionError: ``dropout`` is anything else.
    """
    if not is_number(dropout) or not 0 <= dropout <= 1:
        raise _refused("dropout", dropout, "the share of outputs set to 0 between layers, from 0 to 1", "0.2")


def check_generator(generator: object) -> None:
    """Check that a generator is None or a torch.Generator.

    Raises:
        OptionError: ``generator`` is anything else.
    """
    if generator is not None and not isinstance(generator, torch.Generator):
        expected = "a torch.Generator, or None for torch's global one"
        raise _refused("generator", generator, expected, "torch.Generator().manual_seed(0)")


def check_checkpoint(checkpoint: object) -> None:
    """Check that ``checkpoint`` is None or a number of steps.

    Raises:
        OptionError: It is anything else.
    """
    if checkpoint is not None and not (_is_whole(checkpoint) and checkpoint >= 1):
        expected = "the steps from one kept state to the next, or None to keep all"
        raise _refused("checkpoint", checkpoint, expected, "256")


def check_dtype(dtype: object) -> None:
    """Check that a dtype is None or a real floating-point torch.dtype.

    Raises:
        OptionError: ``dtype`` is anything else.
    """
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise _refused("dtype", dtype, "a floating-point torch.dtype, or None for torch's default", "torch.float32")


def check_nonlinearity(nonlinearity: object, theirs: str) -> None:
    """Check that the nonlinearity of a plain RNN is ``tanh``.

    Args:
        nonlinearity: The caller's argument.
        theirs: The torch module that has other nonlinearities, for the message.

    Raises:
        OptionError: ``nonlinearity`` is anything else.
    """
    if nonlinearity != "tanh":
        raise OptionError(
            f"got nonlinearity={nonlinearity!r}, expected 'tanh': the plain network compared here is Elman's with "
            f"tanh. Leave it out, or use {theirs} for relu"
        )


def check_input(layer: str, x: object, input_size: int, *, batch_first: bool, like: Tensor) -> None:
    """Check the input of a layer: a tensor with 3 dimensions, or 2 for a single sequence, and at least one step.

    Args:
        layer: The layer's name, for the message.
        x: The caller's argument.
        input_size: Expected number of channels.
        batch_first: Whether the expected shape is (N, T, I) and not (T, N, I).
        like: A weight of the layer, whose dtype and device are expected.

    Raises:
        InputError: ``x`` is no tensor, or has another shape, dtype or device.
    """
    if not isinstance(x, Tensor):
        raise CallError(
            f"{layer}: got x of type {type(x).__name__}, expected a tensor of shape "
            f"{_layout(input_size, batch_first)}. Type torch.as_tensor(x)"
        )
    shape = x.shape
    if len(shape) not in (2, 3):
        raise CallError(
            f"{layer}: got x of shape {tuple(shape)}, expected {_layout(input_size, batch_first)}, "
            f"or (T, {input_size}) for a single sequence. {_hint(x, batch_first=batch_first)}"
        )
    _check_channels(layer, "x", x, input_size)
    if shape[1 if batch_first and len(shape) == 3 else 0] == 0:
        raise CallError(f"{layer}: got x of shape {tuple(shape)}, expected at least one time step")
    _check_kind(layer, "x", x, like)


def check_step(layer: str, x_t: object, input_size: int, *, hint: str, like: Tensor) -> None:
    """Check one time step of an input: a tensor of shape (N, I), or (I,) for a single sequence.

    Args:
        layer: The layer's name, for the message.
        x_t: The caller's argument.
        input_size: Expected number I of channels.
        hint: What to type if the number of dimensions is wrong.
        like: A weight of the layer, whose dtype and device are expected.

    Raises:
        InputError: ``x_t`` is no tensor, or has another shape, dtype or device.
    """
    if not isinstance(x_t, Tensor) or x_t.dim() not in (1, 2):
        got = f"shape {tuple(x_t.shape)}" if isinstance(x_t, Tensor) else f"type {type(x_t).__name__}"
        raise CallError(
            f"{layer}: got x_t of {got}, expected a tensor of shape (N, {input_size}), or ({input_size},) for a "
            f"single sequence. {hint}"
        )
    _check_channels(layer, "x_t", x_t, input_size)
    _check_kind(layer, "x_t", x_t, like)


def _check_channels(layer: str, name: str, x: Tensor, input_size: int) -> None:
    """Check that the last dimension has ``input_size`` channels."""
    if x.shape[-1] != input_size:
        raise CallError(
            f"{layer}: got {name} of shape {tuple(x.shape)}, expected {input_size} channels in the last dimension. "
            f"Make the layer with input_size={x.shape[-1]}, or move the channels with {name}.movedim(..., -1)"
        )


def _layout(input_size: int, batch_first: bool) -> str:
    return f"({'N, T' if batch_first else 'T, N'}, {input_size})"


def _hint(x: Tensor, *, batch_first: bool) -> str:
    """What to type for an input with a wrong number of dimensions."""
    if x.dim() == 1:
        return "Type x.unsqueeze(-1) for one sequence of one channel"
    order = "the batch comes first" if batch_first else "time comes first; make the layer with batch_first=True if not"
    return f"Here {order}"


def _check_kind(layer: str, name: str, given: Tensor, like: Tensor) -> None:
    """Check that a tensor has the dtype and device of the weight ``like``."""
    if given.dtype is not like.dtype:
        raise CallError(
            f"{layer}: got {name} of dtype {given.dtype}, expected {like.dtype} as the weights have. "
            f"Type {name}.to({like.dtype}), or layer.to({given.dtype})"
        )
    if given.device != like.device:
        raise CallError(
            f"{layer}: got {name} on {given.device}, expected {like.device} where the weights are. "
            f"Type {name}.to({str(like.device)!r})"
        )


def check_weight(layer: str, name: str, weight: Tensor, shape: tuple[int, ...], like: Tensor) -> None:
    """Check a parameter: a program may have put another one into the layer since it was made.

    Args:
        layer: The layer's name, for the message.
        name: Name of the parameter.
        weight: The parameter that the layer holds now.
        shape: Shape that it had when the layer was made.
        like: The layer's first weight, whose dtype and device are expected.

    Raises:
        InputError: The parameter has another shape, dtype or device.
    """
    if weight.shape != shape:
        raise CallError(
            f"{layer}: got {name} of shape {tuple(weight.shape)}, expected {shape}. "
            "Make a layer of other sizes rather than put other weights into this one"
        )
    _check_kind(layer, name, weight, like)


def check_lengths(layer: str, lengths: Tensor | Sequence[int], *, rows: int) -> Tensor:
    """Check lengths and return them as an int64 tensor. That they lie within 0 and T is checked by `check_steps`.

    Args:
        layer: The layer's name, for the message.
        lengths: The caller's argument.
        rows: Number N of rows in the batch.

    Returns:
        Shape (N,).

    Raises:
        InputError: ``lengths`` are not whole numbers, or not one for each row.
    """
    given = _as_tensor(layer, "lengths", lengths, "whole numbers, one for each row of the batch")
    if given.dtype not in (torch.int64, torch.int32, torch.int16, torch.uint8, torch.int8):
        raise CallError(
            f"{layer}: got lengths of dtype {given.dtype}, expected whole numbers of steps. Type lengths.long()"
        )
    if tuple(given.shape) != (rows,):
        raise CallError(
            f"{layer}: got lengths of shape {tuple(given.shape)}, expected ({rows},), one for each row of the batch. "
            "Should they count, is batch_first right?"
        )
    return given.to(torch.int64).contiguous()


def _as_tensor(layer: str, name: str, given: object, expected: str) -> Tensor:
    """The argument itself if it is a tensor; else a tensor on the CPU with the numbers of the list or array."""
    if isinstance(given, Tensor):
        return given
    try:
        return torch.as_tensor(given, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        raise CallError(
            f"{layer}: got {name} of type {type(given).__name__} that torch cannot turn into a tensor, expected "
            f"{expected}. Type torch.tensor(...) to see why"
        ) from None


def check_marks(layer: str, name: str, marks: object, shape: tuple[int, ...]) -> Tensor:
    """Check a mask or reset, which has a bool for each row and step, and return it as a tensor.

    Args:
        layer: The layer's name, for the message.
        name: ``mask`` or ``reset``.
        marks: The caller's argument.
        shape: Expected shape: (N, T), with batch_first or without, or (T,) for a single sequence.

    Raises:
        InputError: ``marks`` are not bools, or have another shape.
    """
    given = _as_tensor(layer, name, marks, "bools, a row for each sequence and a column for each of its steps")
    if given.dtype is not torch.bool:
        meaning = "True where a step is run" if name == "mask" else "True where the state is put back to zero before"
        raise CallError(
            f"{layer}: got {name} of dtype {given.dtype}, expected torch.bool, {meaning}. Type {name}.bool()"
        )
    if tuple(given.shape) != shape:
        turned = tuple(given.shape) == shape[::-1]
        hint = f"Type {name}.t()" if turned else "Should it fit, is batch_first right?"
        raise CallError(
            f"{layer}: got {name} of shape {tuple(given.shape)}, expected {shape}, a row for each sequence and a "
            f"column for each of its steps, with batch_first or without. {hint}"
        )
    return given


def check_state(
    layer: str,
    hx: object,
    *,
    names: tuple[str, ...],
    shape: tuple[int, ...],
    like: Tensor,
    axes: tuple[str, ...] = ("num_layers · directions", "N", "hidden_size"),
    width: int | None = None,
) -> None:
    """Check an initial state: one tensor, or for an LSTM a tuple of two.

    Args:
        layer: The layer's name, for the message.
        hx: The caller's argument.
        names: Names of the expected tensors: ``h_0``, and ``c_0`` of an LSTM.
        shape: Expected shape of each.
        like: A weight of the layer, whose dtype and device are expected.
        axes: Names of the dimensions of a batch's state, for the message.
        width: Channels of ``h_0`` where they are fewer than those of ``shape``.

    Raises:
        InputError: ``hx`` has another number of tensors, or one of them another shape, dtype or device.
    """
    is_tuple = isinstance(hx, (tuple, list))
    parts = hx if isinstance(hx, (tuple, list)) else (hx,)
    tensors = [part for part in parts if isinstance(part, Tensor)]
    if is_tuple != (len(names) > 1) or not len(tensors) == len(parts) == len(names):
        expected = names[0] if len(names) == 1 else f"a tuple ({', '.join(names)})"
        kind = f"a {type(hx).__name__}" + (f" of {len(parts)}" if is_tuple else "")
        raise CallError(
            f"{layer}: got a state that is {kind}, expected {expected}, each a tensor of shape {shape}. "
            f"Type {layer.lower()}(x, {names[0] if len(names) == 1 else '(' + ', '.join(names) + ')'})"
        )
    whole = shape
    for name, part in zip(names, tensors, strict=True):
        shape = (*whole[:-1], width) if width is not None and name == "h_0" else whole
        if part.shape != shape:
            meaning = f"({', '.join(axes)})" if len(shape) == len(axes) else "unbatched, as x is"
            raise CallError(
                f"{layer}: got {name} of shape {tuple(part.shape)}, expected {shape}, {meaning}. "
                f"Type torch.zeros{shape}, or leave it out for zeros"
            )
        _check_kind(layer, name, part, like)
