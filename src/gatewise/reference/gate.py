"""The activation function of the gates: the logistic function or the hard sigmoid."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def activation(hard_slope: float) -> Callable[[Tensor], Tensor]:
    """The gates' activation function: σ(x) = 1 / (1 + e^-x), or the hard sigmoid, slope · x + 0.5 clipped to 0 and 1.

    Source of the hard sigmoid: Courbariaux, Bengio and David 2015, arXiv:1511.00363, equation 3 (slope 1/2).

    Args:
        hard_slope: Slope of the hard sigmoid; 0 for the logistic function σ.

    Returns:
        A function of one tensor, which acts on each element.
    """
    return partial(_hard_sigmoid, slope=hard_slope) if hard_slope else torch.sigmoid


def _hard_sigmoid(x: Tensor, slope: float) -> Tensor:
    return (x * slope + 0.5).clamp(0.0, 1.0)
