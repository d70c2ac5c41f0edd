"""A network that learns: its optimiser, one step of it, and the running average of its weights."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gatewise.model.adam import Adam
from gatewise.model.losses import loss_named
from gatewise.model.network import Network, tensors
from gatewise.rules.anchor import Anchor, Anchored
from gatewise.tasks.quantiles import of_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.run.plan import Configuration, Shape
    from gatewise.tasks.protocol import Examples, Task

CLIP = 1.0
"""Largest norm of the gradient of all parameters together (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063)."""

CHUNK = 512
"""Examples scored in one call; fixed, so that the bits of a score do not depend on how many there are."""

DECAY = 0.99
"""Weight of the past in the running average of the weights, a step."""


@dataclass(frozen=True)
class Start:
    """What a network begins with.

    Attributes:
        cell: The arm's label.
        hidden_size: Width of the layer.
        shape: What the network is made of.
        configuration: Learning rate, batch size, dropout, anchor.
        rule: Name of the simple rule that an anchor of the kind ``rule`` is; empty for tasks without an anchor.
        seed: Draws the initial weights and dropout.
        order: Draws the order of the training examples.
    """

    cell: str
    hidden_size: int
    shape: Shape
    configuration: Configuration
    rule: str
    seed: int
    order: int


class Learner:
    """A network of one cell, the examples as its training part taught to see them, and what trains it.

    Where there is an anchor, what is scored and kept is the running average of the weights. It varies less from step
    to step than the weights, and so does what is chosen by it (Polyak and Juditsky 1992, "Acceleration of stochastic
    approximation by averaging", SIAM Journal on Control and Optimization 30).

    Args:
        task: The task.
        examples: All examples, as the training part teaches to see them.
        training: The training examples.
        start: Cell, width, configuration and random streams.
    """

    def __init__(self, task: Task, examples: Examples, training: NDArray[np.int64], start: Start) -> None:
        name, configuration = start.configuration.anchor, start.configuration
        anchor = None if name is None else Anchor.fit(name, start.rule, task, examples, training)
        self.examples = Anchored(examples, anchor)
        self._generator = torch.Generator().manual_seed(start.seed)
        self._training, self._targets = training, self.examples.targets(training)
        self._moving = new_network(task, examples, start, self._generator)
        if task.quantiles and self._moving.shape.zero_head:  # it begins as the quantiles around its anchor
            offsets = torch.from_numpy(of_errors(self._targets, task.quantiles).reshape(-1))
            self._moving.head.bias.data = offsets.to(self._moving.head.bias.dtype)
        self.network = deepcopy(self._moving)
        self._loss, self._dropout = loss_named(task.loss, task.quantiles), configuration.dropout
        self._order = batches(len(training), configuration.batch_size, start.order)
        self._rate = configuration.learning_rate
        self._optimizer = Adam(self._moving.parameters(), self._rate)
        self._pairs = [[p.data for p in network.parameters()] for network in (self.network, self._moving)]
        self._new = 1.0 if anchor is None else 1.0 - DECAY

    def slow_to(self, share: float) -> None:
        """Let the next steps have this share of the configuration's learning rate."""
        self._optimizer.rate = self._rate * share

    def step(self) -> bool:
        """One optimiser step; False, and nothing done, when the loss is not finite."""
        places = next(self._order)
        x, lengths = tensors(*self.examples.inputs(self._training[places]))
        out = self._moving(x, lengths, dropout=self._dropout, generator=self._generator)
        loss = self._loss(out, torch.from_numpy(self._targets[places]))
        if not torch.isfinite(loss):
            return False
        self._optimizer.forget()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._optimizer.parameters, CLIP)
        self._optimizer.step()
        average, weights = self._pairs
        torch._foreach_lerp_(average, weights, self._new)
        return True

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Outputs of the averaged network for the examples ``ids``, shape (N, outputs), in the anchor's unit."""
        with torch.inference_mode():
            chunks = [ids[k : k + CHUNK] for k in range(0, len(ids), CHUNK)]
            each = [self.network(*tensors(*self.examples.inputs(chunk))) for chunk in chunks]
            found: NDArray[np.float32] = torch.cat(each).numpy()
            return found


def new_network(task: Task, examples: Examples, start: Start, generator: torch.Generator) -> Network:
    """An untrained network for a task's examples."""
    channels, outputs = task.setting.data.channels, task.setting.data.outputs
    return Network(start.cell, channels, start.hidden_size, outputs, generator, start.shape)


def batches(count: int, size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Endless batches of the places 0 to ``count`` - 1: every one once, shuffled, then all again in another order."""
    rng = np.random.default_rng(seed)
    size = min(size, count)
    waiting = np.empty(0, dtype=np.int64)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(count)])
        yield waiting[:size]
        waiting = waiting[size:]
