"""What takes optimiser steps: the seam between a fit and the arithmetic of its network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatewise.model.network import Network
    from gatewise.rules.anchor import Anchored
    from gatewise.tasks.stretches import Stream, Stretches

CLIP = 1.0
"""Largest norm of the gradient of all parameters together (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063)."""


class Lesson(NamedTuple):
    """What a network is taught, and how.

    Attributes:
        examples: All examples, as they are to be seen.
        training: The examples to learn from, shape (n,).
        targets: What each of these is to be answered, first axis n: numbers, or of classes their number.
        loss: Name of the loss, one of `gatewise.model.losses.LOSSES`.
        quantiles: What outputs are of; empty for points.
        rate: Adam's step size.
        dropout: Share of what the head reads that is dropped in training.
        generator: Draws noise, then what is dropped.
        fresh: Share of the new weights in their running average; 1 for none.
        noise: Spread of what is added to each input channel in training, shape (channels,); None where nothing is.
        stream: Where the steps lie that are answered one by one; None where each example is answered once.
    """

    examples: Anchored
    training: NDArray[np.int64]
    targets: NDArray[np.float32] | NDArray[np.float64] | NDArray[np.int64]
    loss: str
    quantiles: tuple[float, ...]
    rate: float
    dropout: float
    generator: torch.Generator
    fresh: float
    noise: NDArray[np.float64] | None = None
    stream: Stream | None = None

    def inputs(self, places: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
        """What the training examples at ``places`` are for one step, shape (N, T, channels), and their lengths.

        Noise is drawn anew each time, so that no network can learn an example by heart: it learns what is near it, too.
        Source: Sietsma and Dow 1991, Creating artificial neural networks that generalize, Neural Networks 4; Bishop
        1995, Training with noise is equivalent to Tikhonov regularization, Neural Computation 7.
        """
        x, lengths = self.examples.inputs(self.training[places])
        if self.noise is None:
            return x, lengths
        drawn = torch.randn(x.shape, generator=self.generator).numpy()
        return x + (drawn * self.noise).astype(x.dtype), lengths


class Loop(Protocol):
    """Teaches one network a lesson, a batch after the other.

    Attributes:
        network: The network whose weights are the running average; this one is scored and kept.
        share: What the next steps have of the lesson's rate.
        loss: The mean loss of what the last step was taken on, before it; no number before the first.
    """

    network: Network
    share: float
    loss: float

    def step(self, places: NDArray[np.int64]) -> bool:
        """Take a step on the training examples at ``places``; False, and nothing done, if the loss is not finite."""

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Outputs of the averaged network for the examples ``ids``, shape (N, outputs)."""


class StreamLoop(Protocol):
    """Teaches one network to answer each step of a stream; `Shape.readout` of the network is ``each``.

    Gradients stop where a stretch begins; the state does not, where it is carried.

    Attributes:
        network: The network whose weights are the running average; this one is scored and kept.
        share: What the next steps have of the lesson's rate.
        loss: The mean loss of what the last step was taken on, before it; no number before the first.
    """

    network: Network
    share: float
    loss: float

    def step(self, stretches: Stretches) -> bool:
        """Take a step on these steps of the stream; False, and nothing done, if the loss is not finite.

        The loss is the mean over all steps that something is told of. A row that is not carried begins with zeros, the
        others with the state that the same row of the step before ended with, under the weights of that time.
        """

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What the averaged network says of the steps ``ids``, as `gatewise.model.losses.TOLD` keeps it, shape (N, 2).

        It reads what `gatewise.tasks.stretches.readings` says, each row from a state of zeros.
        """
