"""Training losses by the names that tasks know them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error, over examples and outputs."""
    return (outputs - targets).square().mean()


def absolute(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute error, over examples and outputs."""
    return (outputs - targets).abs().mean()


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of class numbers, shape (N,), in nats."""
    return F.cross_entropy(outputs, targets)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "squared": squared,
    "absolute": absolute,
    "cross-entropy": cross_entropy,
}
