"""Optimiser steps in PyTorch: what the kernels' steps are compared with, and what runs where they cannot."""

from __future__ import annotations

import math
from copy import deepcopy
from typing import TYPE_CHECKING

import torch

from gatewise.experiment.loops.protocol import CLIP
from gatewise.model.adam import Adam
from gatewise.model.losses import loss_named
from gatewise.model.network import tensors

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.experiment.loops.protocol import Lesson
    from gatewise.model.network import Network

CHUNK = 512
"""Examples scored in one call; fixed, so that the bits of a score do not depend on how many there are."""


class Descent:
    """A network that follows the gradient of a loss by Adam, and the running average of its weights.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        self.network, self.share, self.loss = deepcopy(network), 1.0, math.nan
        self._moving, self._lesson = network, lesson
        self._optimizer = Adam(network.parameters(), lesson.rate)
        self._pairs = [[p.data for p in each.parameters()] for each in (self.network, network)]

    def _descend(self, loss: Tensor) -> bool:
        """Take a step that lessens a loss; False, and nothing done, if it is not finite."""
        self.loss = float(loss.detach())
        if not math.isfinite(self.loss):
            return False
        self._optimizer.rate = self._lesson.rate * self.share
        self._optimizer.forget()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._optimizer.parameters, CLIP)
        self._optimizer.step()
        average, weights = self._pairs
        torch._foreach_lerp_(average, weights, self._lesson.fresh)
        return True


class Plain(Descent):
    """Forward by the network's own call, backward by autograd; see `Loop`.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        super().__init__(network, lesson)
        self._loss = loss_named(lesson.loss, lesson.quantiles)

    def step(self, places: NDArray[np.int64]) -> bool:
        """Take a step on the training examples at ``places``; False, and nothing done, if the loss is not finite."""
        lesson = self._lesson
        x, lengths = tensors(*lesson.inputs(places))
        out = self._moving(x, lengths, dropout=lesson.dropout, generator=lesson.generator)
        return self._descend(self._loss(out, torch.from_numpy(lesson.targets[places])))

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Outputs of the averaged network for the examples ``ids``, shape (N, outputs)."""
        with torch.inference_mode():
            chunks = [ids[k : k + CHUNK] for k in range(0, len(ids), CHUNK)]
            each = [self.network(*tensors(*self._lesson.examples.inputs(chunk))) for chunk in chunks]
            found: NDArray[Any] = torch.cat(each).numpy()
            return found
