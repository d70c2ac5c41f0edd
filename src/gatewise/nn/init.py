"""Initial weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor


def uniform_(parameters: Iterable[Tensor], hidden_size: int, generator: torch.Generator | None = None) -> None:
    """Fill every parameter with U(-1/√H, 1/√H), in place and in their order, as torch.nn does.

    Args:
        parameters: Weights and biases of a layer.
        hidden_size: H.
        generator: Where the numbers come from; None is torch's global one.
    """
    bound = hidden_size**-0.5
    for parameter in parameters:
        torch.nn.init.uniform_(parameter, -bound, bound, generator=generator)
