"""One fit: a fixed number of optimiser steps on examples drawn by its seed, the best validated weights kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from gatewise.model.losses import loss_named
from gatewise.model.network import Network, tensors
from gatewise.rules.score import block_sums
from gatewise.run.fits import Fit, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.run.plan import Configuration
    from gatewise.tasks.protocol import Examples, Learned, Task

CLIP = 1.0
"""Largest norm of the gradient of all parameters together (Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063)."""

CHUNK = 512
"""Examples scored in one call; fixed, so that the bits of a score do not depend on how many there are."""


@dataclass(frozen=True)
class Job:
    """Everything that decides a fit.

    Attributes:
        key: What names it; its seed draws the initial weights and dropout.
        order: Seed of the order of training examples, shared by the cells of a pair.
        hidden_size: Width of the layer.
        configuration: Learning rate, batch size, dropout.
        steps: Optimiser steps at most.
        evaluations: Validation scores, evenly spaced over the steps.
        patience: Validation scores without a new best that end the fit.
        margin: Improvements of this share of the trivial loss late in a fit mark it as capped.
    """

    key: Key
    order: int
    hidden_size: int
    configuration: Configuration
    steps: int
    evaluations: int
    patience: int
    margin: float


@dataclass(frozen=True)
class Trained:
    """A fit and what it leaves.

    Attributes:
        fit: Its losses.
        network: The network with its best weights.
        learned: What the training part taught.
        curve: (step, selection loss on the validation part), in order.
        tested: Outputs for the test examples, shape (N, outputs); none for tuning fits, which have no test scores.
    """

    fit: Fit
    network: Network
    learned: Learned
    curve: tuple[tuple[int, float], ...]
    tested: NDArray[np.float32]


def train(task: Task, job: Job) -> Trained:
    """Train and score one network; the same job gives the same bits on the same machine with one thread."""
    started = time.perf_counter()
    key = job.key
    parts = task.parts(key.split, key.phase, key.draw)
    examples = task.examples(parts)
    generator = torch.Generator().manual_seed(key.seed)
    network = new_network(task, examples, key.cell, job.hidden_size, generator)
    course = Course(task, examples, network, parts.train, parts.validation)
    steps, diverged = course.run(job, generator)
    validation = task.selection(outputs(network, examples, parts.validation), examples.targets(parts.validation))
    test: tuple[float, ...] = ()
    tested = np.empty((0, task.setting.data.outputs), dtype=np.float32)
    if key.phase != "tune":  # tuning fits have no test scores
        tested = outputs(network, examples, parts.test)
        test = block_sums(examples.scores(tested, parts.test), parts.test_block)
    fit = Fit(
        key,
        steps,
        course.best_step,
        steps >= job.steps and course.still_improving(job.margin, job.steps),
        "diverged" if diverged else "done",
        block_sums(validation, parts.validation_block),
        test,
        time.perf_counter() - started,
    )
    return Trained(fit, network, examples.learned, tuple(course.history), tested)


class Course:
    """The course of one fit: its validation scores, and the best weights so far."""

    def __init__(
        self,
        task: Task,
        examples: Examples,
        network: Network,
        training: NDArray[np.int64],
        validation: NDArray[np.int64],
    ) -> None:
        self.task, self.examples, self.network = task, examples, network
        self.training, self.validation = training, validation
        self.targets = examples.targets(validation)
        self.loss = loss_named(task.loss, task.quantiles)
        trivial = task.trivial(self.targets, examples.targets(training))
        self.trivial = float(task.selection(trivial, self.targets).mean())
        self.history: list[tuple[int, float]] = []
        self.best_step, self.best = 0, float("inf")
        self.weights: dict[str, Tensor] = {}

    def run(self, job: Job, generator: torch.Generator) -> tuple[int, bool]:
        """Train; returns the steps made and whether the loss diverged. The best weights are put back."""
        made, diverged = 0, False
        points = {round(job.steps * k / job.evaluations) for k in range(1, job.evaluations + 1)}
        optimizer = torch.optim.Adam(self.network.parameters(), lr=job.configuration.learning_rate)
        order = batches(self.training, job.configuration.batch_size, job.order)
        self.validate(0)
        while made < job.steps and not self._patience_over(job.patience):
            if not self.step(optimizer, next(order), job.configuration.dropout, generator):
                diverged = True
                break
            made += 1
            if made in points:
                self.validate(made)
        self.network.load_state_dict(self.weights)
        return made, diverged

    def step(
        self, optimizer: torch.optim.Optimizer, ids: NDArray[np.int64], dropout: float, generator: torch.Generator
    ) -> bool:
        """One optimiser step; False, and nothing done, when the loss is not finite."""
        x, lengths = tensors(*self.examples.inputs(ids))
        out = self.network(x, lengths, dropout=dropout, generator=generator)
        loss = self.loss(out, torch.from_numpy(self.examples.targets(ids)))
        if not torch.isfinite(loss):
            return False
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        optimizer.step()
        return True

    def validate(self, step: int) -> None:
        """Score the validation part after ``step`` steps and keep the weights if they are the best so far."""
        loss = float(self.task.selection(outputs(self.network, self.examples, self.validation), self.targets).mean())
        self.history.append((step, loss))
        if loss < self.best:
            self.best_step, self.best = step, loss
            self.weights = {name: value.clone() for name, value in self.network.state_dict().items()}

    def _patience_over(self, patience: int) -> bool:
        best = min(range(len(self.history)), key=lambda k: self.history[k][1])
        return len(self.history) - 1 - best >= patience

    def still_improving(self, margin: float, steps: int) -> bool:
        """Whether the last quarter of the steps bettered the validation loss by ``margin`` of the trivial loss."""
        earlier = min(loss for step, loss in self.history if step <= 0.75 * steps)
        return earlier - self.best > margin * self.trivial


def outputs(network: Network, examples: Examples, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Outputs of the network for the examples ``ids``, shape (N, outputs), without dropout or gradients."""
    with torch.inference_mode():
        chunks = [ids[k : k + CHUNK] for k in range(0, len(ids), CHUNK)]
        found: NDArray[np.float32] = torch.cat([network(*tensors(*examples.inputs(chunk))) for chunk in chunks]).numpy()
        return found


def new_network(task: Task, examples: Examples, arm: str, hidden_size: int, generator: torch.Generator) -> Network:
    """An untrained network of an arm for a task's examples."""
    channels = examples.learned.inputs.channels
    return Network(arm, channels, hidden_size, task.setting.data.outputs, generator)


def batches(ids: NDArray[np.int64], size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Endless batches: every example once, shuffled, then all of them again in another order."""
    rng = np.random.default_rng(seed)
    size = min(size, len(ids))
    waiting = np.empty(0, dtype=np.int64)
    while True:
        while len(waiting) < size:
            waiting = np.concatenate([waiting, rng.permutation(ids)])
        yield waiting[:size]
        waiting = waiting[size:]
