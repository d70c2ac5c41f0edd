"""Layer normalisation of a product inside a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-5


def product(x: Tensor, weight: Tensor, bias: Tensor | None, gain: Tensor | None) -> Tensor:
    r"""X W^T + b; with a gain g normalised before the bias is added, g * (a - mean(a)) / sqrt(var(a) + 1e-5) + b.

    Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equation 4; epsilon as torch.nn.LayerNorm has it.

    Args:
        x: Shape (..., I).
        weight: Shape (K, I).
        bias: Shape (K,), or None.
        gain: Shape (K,), or None for the product alone.
    """
    if gain is None:
        return F.linear(x, weight, bias)
    normed = normalised(F.linear(x, weight), gain)
    return normed if bias is None else normed + bias


def joined(sums: Tensor, h: Tensor, weight: Tensor, gain: Tensor | None) -> Tensor:
    """``sums`` and what the state adds to them.

    Args:
        sums: Shape (N, K).
        h: Shape (N, H).
        weight: Transposed, shape (H, K).
        gain: Shape (K,), or None for the product alone.
    """
    return torch.addmm(sums, h, weight) if gain is None else sums + normalised(h @ weight, gain)


def normalised(a: Tensor, gain: Tensor, shift: Tensor | None = None) -> Tensor:
    """Rows of mean 0 and variance 1, times gain, plus shift; all in the last dimension.

    Written out, for of torch.nn.functional.layer_norm two nested forward-mode derivatives are wrong (torch 2.13). As
    there, half precision is widened meanwhile.
    """
    wide = a.to(torch.promote_types(a.dtype, torch.float32))
    centred = wide - wide.mean(-1, keepdim=True)
    normed = centred * (centred.square().mean(-1, keepdim=True) + EPSILON).rsqrt() * gain
    return (normed if shift is None else normed + shift).to(a.dtype)
