"""A network that learns: what it is taught, in which order, and the loop that takes its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gatewise.experiment.loops.lanes import lanes
from gatewise.experiment.loops.native import Native, can_teach
from gatewise.experiment.loops.plain import Plain
from gatewise.experiment.loops.protocol import Lesson
from gatewise.experiment.loops.streamed import StreamedPlain
from gatewise.experiment.loops.streamed_native import StreamedNative, can_stream
from gatewise.model.losses import BEGINNINGS
from gatewise.model.network import Network
from gatewise.rules.anchor import Anchored
from gatewise.tasks.protocol import taught
from gatewise.tasks.quantiles import of_errors
from gatewise.tasks.stretches import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from gatewise.experiment.loops.protocol import Loop, StreamLoop
    from gatewise.run.plan import Configuration, Shape
    from gatewise.tasks.protocol import Examples, Task
    from gatewise.tasks.stretches import Stream

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
        seed: Draws the initial weights, noise and dropout.
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

    Attributes:
        training: Those of the training examples that the network learns from.
    """

    def __init__(self, task: Task, examples: Examples, training: NDArray[np.int64], start: Start) -> None:
        name, configuration = start.configuration.anchor, start.configuration
        every, training = training, taught(task.setting.section, training)
        if name is None:
            self.examples = Anchored(examples, None)
        else:
            self.examples = Anchored.fit(name, start.rule, task, examples, every, training)
        self.training = training
        targets, generator = self.examples.targets(training), torch.Generator().manual_seed(start.seed)
        network = new_network(task, examples, start, generator)
        if task.quantiles and network.shape.zero_head:  # it begins as the quantiles around its anchor
            offsets = torch.from_numpy(of_errors(targets, task.quantiles).reshape(-1))
            network.head.bias.data = offsets.to(network.head.bias.dtype)
        if task.loss in BEGINNINGS:
            network.head.bias.data = BEGINNINGS[task.loss](targets).to(network.head.bias.dtype)
        stream: Stream | None = getattr(examples, "stream", None)
        lesson = Lesson(
            self.examples,
            training,
            targets,
            task.loss,
            task.quantiles,
            configuration.learning_rate,
            configuration.dropout,
            generator,
            1.0 if name is None else 1.0 - DECAY,
            _noise(task, configuration.noise),
            stream,
        )
        self._loop: Loop | StreamLoop
        if stream is None:
            self._loop, self._next = _examples_in_turn(network, lesson, configuration.batch_size, start.order)
        else:
            longest = task.setting.data.window
            self._loop, self._next = _stretches_in_turn(network, lesson, configuration.batch_size, longest, start.order)

    @property
    def network(self) -> Network:
        """The network that is scored and kept."""
        return self._loop.network

    def step(self) -> bool:
        """One optimiser step; False, and nothing done, when the loss is not finite."""
        return self._next()

    @property
    def loss(self) -> float:
        """The training loss of the batch that the last step was taken on, before it."""
        return self._loop.loss

    def slow_to(self, share: float) -> None:
        """Let the next steps have this share of the configuration's learning rate."""
        self._loop.share = share

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Outputs of the averaged network for the examples ``ids``, shape (N, outputs), in the anchor's unit."""
        return self._loop.outputs(ids)


def _examples_in_turn(network: Network, lesson: Lesson, size: int, seed: int) -> tuple[Loop, Callable[[], bool]]:
    """What teaches a network that answers each example once, and what takes its next step."""
    loop: Loop = (Native if can_teach(network, lesson) else Plain)(network, lesson)
    order = batches(len(lesson.training), size, seed)
    return loop, lambda: loop.step(next(order))


def _stretches_in_turn(
    network: Network, lesson: Lesson, size: int, longest: int, seed: int
) -> tuple[StreamLoop, Callable[[], bool]]:
    """The same of a network that answers each step of a stream: ``size`` stretches of up to ``longest`` steps."""
    assert lesson.stream is not None
    loop: StreamLoop = (StreamedNative if can_stream(network, lesson) else StreamedPlain)(network, lesson)
    order = lanes(*runs(lesson.stream, lesson.training), size, longest, seed)
    return loop, lambda: loop.step(next(order))


def new_network(task: Task, examples: Examples, start: Start, generator: torch.Generator) -> Network:
    """An untrained network for a task's examples."""
    channels, outputs = task.setting.data.channels, task.setting.data.outputs
    return Network(start.cell, channels, start.hidden_size, outputs, generator, start.shape)


def _noise(task: Task, spread: float) -> NDArray[np.float64] | None:
    """What is added to each input channel in training has this spread where the channel was measured, shape (C,)."""
    if spread == 0.0:
        return None
    data = task.setting.data
    noise = np.zeros(data.channels)
    noise[list(data.measured)] = spread
    return noise


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
