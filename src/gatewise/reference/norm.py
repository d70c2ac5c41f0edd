"""Products inside a cell, with layer normalisation or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-5


def product(x: Tensor, weight: Tensor, bias: Tensor | None, gain: Tensor | None) -> Tensor:
    r"""The product a = x W^T plus b; with a gain g it is g * (a - mean(a)) / sqrt(var(a) + 1e-5) + b.

    Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equation 4; epsilon is that of torch.nn.LayerNorm.

    Args:
        x: Shape (..., I).
        weight: W, shape (K, I).
        bias: b, shape (K,), or None.
        gain: g, shape (K,), or None for the product without layer norm.

    Returns:
        Shape (..., K).
    """
    if gain is None:
        return F.linear(x, weight, bias)
    normed = normalised(F.linear(x, weight), gain)
    return normed if bias is None else normed + bias


def add_product(sums: Tensor, h: Tensor, weight: Tensor, gain: Tensor | None) -> Tensor:
    """``sums`` plus the product of the state with its weights, which is normalised if there is a gain.

    Args:
        sums: Product of the inputs, plus the biases, shape (N, K).
        h: The state, shape (N, H).
        weight: Weights of the state, transposed, shape (H, K).
        gain: Gain of layer norm, shape (K,), or None for the product without it.

    Returns:
        Shape (N, K).
    """
    return torch.addmm(sums, h, weight) if gain is None else sums + normalised(h @ weight, gain)


def normalised(a: Tensor, gain: Tensor, shift: Tensor | None = None) -> Tensor:
    """Layer norm: rows brought to mean 0 and variance 1, times ``gain``, plus ``shift``.

    It is written out because two nested forward-mode derivatives of torch.nn.functional.layer_norm are wrong (torch
    2.13). Half precision is computed in float32, as there.

    Args:
        a: Shape (..., K); rows lie in the last dimension.
        gain: Shape (K,).
        shift: Shape (K,), or None.

    Returns:
        Shape and dtype of ``a``.
    """
    wide = a.to(torch.promote_types(a.dtype, torch.float32))
    centred = wide - wide.mean(-1, keepdim=True)
    normed = centred * (centred.square().mean(-1, keepdim=True) + EPSILON).rsqrt() * gain
    return (normed if shift is None else normed + shift).to(a.dtype)
