"""Under torch.autocast inputs and states may have another dtype than the weights: they are brought to it and back."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import Tensor

Given = TypeVar("Given")


def in_dtype_of(like: Tensor, given: Given) -> Given:
    """Tensors in the weights' dtype if torch.autocast is active, since it lets layers before this one change dtypes.

    Args:
        like: A weight of the layer.
        given: An input or a state: a tensor, or a tuple or list of tensors. Anything else is left to the checks.

    Returns:
        The same; floating-point tensors of another dtype converted, if torch.autocast is active on the weights' device.
    """
    dtype = like.dtype
    for part in given if isinstance(given, (tuple, list)) else (given,):
        if getattr(part, "dtype", dtype) is not dtype:
            return given if not torch.is_autocast_enabled(like.device.type) else _converted(given, dtype)
    return given


def _converted(given: Any, dtype: torch.dtype) -> Any:
    if isinstance(given, Tensor):
        return given.to(dtype) if given.dtype.is_floating_point else given
    return [_converted(part, dtype) for part in given] if isinstance(given, (tuple, list)) else given


def back(output: Tensor, states: tuple[Tensor, ...], dtype: torch.dtype) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Results in the dtype of the caller's input."""
    return output.to(dtype), tuple(part.to(dtype) for part in states)
