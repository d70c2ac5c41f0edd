"""Training losses by the names that tasks know them by."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
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


def pinball(outputs: Tensor, targets: Tensor, quantiles: Sequence[float]) -> Tensor:
    """Mean pinball loss of quantiles, over examples, outputs and quantiles; see `gatewise.metrics.Pinball`."""
    levels = torch.tensor(quantiles, dtype=outputs.dtype)
    above = targets.unsqueeze(-1) - outputs.reshape(*targets.shape, len(quantiles))
    return torch.maximum(levels * above, (levels - 1.0) * above).mean()


def of_symbols(outputs: Tensor, targets: Tensor) -> Tensor:
    """Of each step the log-probability of the true class, in nats, and 1 where it is the likeliest, shape (N, 2)."""
    logs = torch.log_softmax(outputs.double(), dim=1)
    true = logs.gather(1, targets[:, None])[:, 0]
    return torch.stack([true, (logs.argmax(dim=1) == targets).to(true.dtype)], dim=1)


def binary(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over steps of the cross-entropy of what is on and off, summed over channels; outputs are log odds."""
    return F.binary_cross_entropy_with_logits(outputs, targets, reduction="sum") / len(targets)


def of_frames(outputs: Tensor, targets: Tensor) -> Tensor:
    """Of each step the log-probability of the true frame, in nats, and 1 where each channel is as is likelier, (N, 2).

    Channels are independent of each other given what came before.
    """
    signed = torch.where(targets > 0.5, outputs, -outputs).double()
    return torch.stack([F.logsigmoid(signed).sum(dim=1), (signed > 0.0).all(dim=1).to(signed.dtype)], dim=1)


TOLD: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"cross-entropy": of_symbols, "binary": of_frames}
"""What is kept of a network's outputs where it answers each step, by the loss it is trained on.

An alphabet has many more numbers than a score needs of them, so that they are not kept.
"""


LOSSES: dict[str, Callable[..., Tensor]] = {
    "squared": squared,
    "absolute": absolute,
    "cross-entropy": cross_entropy,
    "binary": binary,
    "pinball": pinball,
}


def log_odds(targets: NDArray[Any]) -> Tensor:
    """The logarithm of the odds of each output, shape (outputs,), which the guess by frequency answers.

    Args:
        targets: 0 and 1, shape (N, outputs); an output that is always the same counts as other half a time.
    """
    count = torch.from_numpy(targets.sum(axis=0, dtype=np.float64)).clamp(0.5, max(len(targets) - 0.5, 0.5))
    return torch.log(count) - torch.log(len(targets) - count)


BEGINNINGS: dict[str, Callable[[NDArray[Any]], Tensor]] = {"binary": log_odds}
"""What the head's bias begins as, of the training targets, by the loss; zeros where it is not here.

Of many channels that are seldom on the gradient is clipped for long while the bias is learned: a GRU on chorales was at
9.2 nats a step after 1,400 steps from zeros, and at 8.7 after 150 from here.
"""


def loss_named(name: str, quantiles: Sequence[float] = ()) -> Callable[[Tensor, Tensor], Tensor]:
    """The training loss of that name, from outputs and targets; of these ``quantiles`` where it is about any."""
    return partial(LOSSES[name], quantiles=quantiles) if quantiles else LOSSES[name]
