"""One fit: optimiser steps on examples drawn by its seed; the best validated weights are kept, or the last ones."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.experiment.learner import Learner, Start
from gatewise.experiment.second import Progress, second_seed
from gatewise.model.network import PLAIN
from gatewise.rules.score import block_sums
from gatewise.run.fits import Fit, Key, Try

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.data.windows import Parts
    from gatewise.experiment.second import Limits
    from gatewise.model.network import Network
    from gatewise.run.plan import Configuration, Shape
    from gatewise.tasks.protocol import Learned, Task


@dataclass(frozen=True)
class Job:
    """Everything that decides a fit.

    Attributes:
        key: What names it; its seed draws the initial weights and dropout.
        order: Seed of the order of training examples, shared by the cells of a pair.
        hidden_size: Width of the layer.
        configuration: Learning rate, batch size, dropout, anchor.
        steps: Optimiser steps: at most, or on a cosine that nothing validates exactly.
        evaluations: Validation scores, evenly spaced over the steps.
        patience: Validation scores without a new best that end the fit.
        margin: Improvements of this share of the trivial loss late in a fit mark it as capped.
        shape: What the network is made of.
        rule: The simple rule that is the anchor, where the configuration asks for one.
        refit: Whether the network is trained again on all examples before the test part, for the best number of steps.
        limits: Beyond them it has failed, and is tried again with another seed, once; None where it is not.
        falls: Whether the learning rate falls along a cosine over the later steps although the fit is validated.
    """

    key: Key
    order: int
    hidden_size: int
    configuration: Configuration
    steps: int
    evaluations: int
    patience: int
    margin: float
    shape: Shape = PLAIN
    rule: str = ""
    refit: bool = False
    limits: Limits | None = None
    falls: bool = False

    @property
    def second(self) -> Job:
        """The same with the seed of its second try."""
        return replace(self, key=self.key._replace(seed=second_seed(self.key.seed)), limits=None)

    @property
    def start(self) -> Start:
        """What its network begins with."""
        return Start(
            self.key.cell,
            self.hidden_size,
            self.shape,
            self.configuration,
            self.rule,
            self.key.seed,
            self.order,
        )


@dataclass(frozen=True)
class Trained:
    """A fit and what it leaves.

    Attributes:
        fit: Its losses.
        learner: The network with its best weights, and the examples as it sees them.
        curve: (step, selection loss on the validation part), in order; where nothing validates, the training loss.
        tested: Outputs for the test examples in the task's own unit, as the training part taught it, shape (N,
            outputs); none for tuning fits, which have no test scores.
    """

    fit: Fit
    learner: Learner
    curve: tuple[tuple[int, float], ...]
    tested: NDArray[np.float32]

    @property
    def network(self) -> Network:
        """The network with its best weights."""
        return self.learner.network

    @property
    def learned(self) -> Learned:
        """What the training part taught."""
        found: Learned = self.learner.examples.learned
        return found


def train(task: Task, job: Job) -> Trained:
    """Train and score one network; the same job gives the same bits on the same machine with one thread."""
    started, key, validated = time.perf_counter(), job.key, task.setting.splits.validated
    parts, course, *tries = _tried(task, job)
    if job.limits is not None and job.limits.failed(tries[0]):
        job = job.second
        parts, course, last = _tried(task, job)
        tries.append(last)
    learner, status, steps = course.learner, tries[-1].status, tries[-1].steps
    validation = block_sums(course.judged(), parts.validation_block) if len(parts.validation) else ()
    own: Any = learner.examples.own
    if job.refit:
        learner = trained_again(task, job, parts, course)
    test: tuple[float, ...] = ()
    tested = np.empty((0, task.setting.data.outputs), dtype=np.float32)
    if key.phase != "tune":  # tuning fits have no test scores
        found = learner.outputs(parts.test)
        test = block_sums(learner.examples.scores(found, parts.test), parts.test_block)
        plain = learner.examples.plain(found, parts.test)
        if job.refit:  # told in the unit of the training part, whatever was learned from
            plain = own.converted(plain, learner.examples.own, parts.test)
        tested = plain.astype(np.float32)
    fit = Fit(
        key,
        steps,
        course.best_step if validated else steps,
        validated and not job.falls and steps >= job.steps and course.still_improving(job.margin, job.steps),
        status,
        validation,
        test,
        time.perf_counter() - started,
        tuple(tries),
    )
    return Trained(fit, learner, tuple(course.history), tested)


def _begun(task: Task, job: Job) -> tuple[Parts, Course]:
    """The parts of a job's split, and the course of its fit before the first step."""
    parts = task.parts(job.key.split, job.key.phase, job.key.draw)
    return parts, Course(task, Learner(task, task.examples(parts), parts.train, job.start), parts)


def _tried(task: Task, job: Job) -> tuple[Parts, Course, Try]:
    """Train one network; what it reached beside its parts and its course."""
    parts, course = _begun(task, job)
    progress = Progress(task, course.learner)
    validated = task.setting.splits.validated
    steps, diverged = course.run(job) if validated else course.unvalidated(job.steps)
    left = course.best / (course.history[0][1] or 1.0) if validated else None
    return parts, course, Try("diverged" if diverged else "done", steps, left, progress.left())


def rehearse(task: Task, job: Job) -> Fit:
    """Score a network on its test part as it is, and trained again on all that comes before that part."""
    started = time.perf_counter()
    parts, course = _begun(task, job)
    steps, diverged = course.run(job)
    both = course.learner, trained_again(task, job, parts, course)
    before, after = (one.examples.scores(one.outputs(parts.test), parts.test) for one in both)
    losses = block_sums(before, parts.test_block), block_sums(after, parts.test_block)
    status = "diverged" if diverged else "done"
    return Fit(job.key, steps, course.best_step, False, status, *losses, time.perf_counter() - started)


def trained_again(task: Task, job: Job, parts: Parts, course: Course) -> Learner:
    """A network that learned for the best number of steps from all examples before the test part; nothing validates it.

    Where the rate fell it falls again, at the end of these steps; if that diverges the network stays as it was.
    """
    whole = replace(parts, train=parts.before)
    learner = Learner(task, task.examples(whole), whole.train, job.start)
    if not job.falls:
        steadily(learner, course.best_step)
        return learner
    _, diverged = along_cosine(learner, course.best_step, held_then_fallen)
    return course.learner if diverged else learner


def restored(task: Task, job: Job, weights: bytes) -> Learner:
    """The learner that a job left, from the weights that were stored of it."""
    parts = task.parts(job.key.split, job.key.phase, job.key.draw)
    if job.refit:
        parts = replace(parts, train=parts.before)
    learner = Learner(task, task.examples(parts), parts.train, job.start)
    learner.network.load_bytes(weights)
    return learner


PARTS = 20
"""Of fits that nothing validates: the points of a learning curve."""


class Course:
    """The course of one fit: its validation scores, and the best weights so far."""

    def __init__(self, task: Task, learner: Learner, parts: Parts) -> None:
        self.task, self.learner, self.validation = task, learner, parts.validation
        examples = learner.examples
        self.targets = examples.own.targets(parts.validation)
        trivial = task.trivial(self.targets, examples.own.targets(learner.training))
        self.trivial = float(task.selection(trivial, self.targets).mean()) if len(parts.validation) else 0.0
        self.history: list[tuple[int, float]] = []
        self.best_step, self.best, self.since = 0, float("inf"), 0
        self.weights: dict[str, Tensor] = {}

    def run(self, job: Job) -> tuple[int, bool]:
        """Train; returns the steps made and whether the loss diverged. The best weights are put back."""
        made, diverged = self._descend(job, 0, job.steps)
        if job.falls and not diverged and 0 < made < round(HELD * job.steps):
            # Steps as large as these gain nothing any more: smaller ones may.
            self.since = len(self.history) - 1
            made, diverged = self._descend(job, made, round(made / HELD))
        self.learner.network.load_state_dict(self.weights)
        return made, diverged

    def unvalidated(self, steps: int) -> tuple[int, bool]:
        """Train where nothing validates; returns the steps made and whether the loss diverged.

        The history has the mean training loss of each twentieth of the steps.
        """
        losses: list[float] = []
        found = along_cosine(self.learner, steps, told=losses.append)
        edges = sorted({round(len(losses) * k / PARTS) for k in range(PARTS + 1)})
        self.history = [(end, float(np.mean(losses[begin:end]))) for begin, end in pairwise(edges)]
        return found

    def _descend(self, job: Job, made: int, steps: int) -> tuple[int, bool]:
        """Go on after ``made`` steps as a fit of ``steps`` does; the steps made, and whether the loss diverged."""
        points = {round(job.steps * k / job.evaluations) for k in range(1, job.evaluations + 1)} | {steps}
        if not made:
            self.validate(0)
        while made < steps and not self._patience_over(job.patience):
            if job.falls:
                self.learner.slow_to(held_then_fallen(made, steps))
            if not self.learner.step():
                return made, True
            made += 1
            if made in points:
                self.validate(made)
        return made, False

    def judged(self) -> NDArray[np.float64]:
        """The selection loss of each validation example, shape (N,), in the task's own unit."""
        found = self.learner.examples.plain(self.learner.outputs(self.validation), self.validation)
        return self.task.selection(found, self.targets)

    def validate(self, step: int) -> None:
        """Score the validation part after ``step`` steps and keep the weights if they are the best so far."""
        loss = float(self.judged().mean())
        self.history.append((step, loss))
        if loss < self.best:
            self.best_step, self.best = step, loss
            self.weights = {name: value.clone() for name, value in self.learner.network.state_dict().items()}

    def _patience_over(self, patience: int) -> bool:
        best = min(range(self.since, len(self.history)), key=lambda k: self.history[k][1])
        return len(self.history) - 1 - best >= patience

    def still_improving(self, margin: float, steps: int) -> bool:
        """Whether the last quarter of the steps bettered the validation loss by ``margin`` of the trivial loss."""
        earlier = min(loss for step, loss in self.history if step <= 0.75 * steps)
        return earlier - self.best > margin * self.trivial


LEAST_RATE = 0.01
"""The learning rate falls to this share of the configuration's."""


HELD = 0.7
"""Of validated fits whose rate falls: the share of the steps that keep the whole rate before."""


def fallen(made: int, steps: int) -> float:
    """The share of the learning rate that half a cosine leaves after some of its steps."""
    height = (1.0 + math.cos(math.pi * made / steps)) / 2.0
    return LEAST_RATE + (1.0 - LEAST_RATE) * height


def held_then_fallen(made: int, steps: int) -> float:
    """The same where the rate stays for `HELD` of the steps and then falls.

    A text is far from learned when steps end, and half of the rate on average would cost more than its fall gains.
    Source: Hu and others 2024, MiniCPM, arXiv:2404.06395 (warm-up, stable, decay).
    """
    held = round(HELD * steps)
    return 1.0 if made < held else fallen(made - held, steps - held)


def steadily(learner: Learner, steps: int) -> tuple[int, bool]:
    """Train for ``steps`` steps at one learning rate; returns the steps made and whether the loss diverged."""
    for made in range(steps):
        if not learner.step():
            return made, True
    return steps, False


def along_cosine(
    learner: Learner,
    steps: int,
    share: Callable[[int, int], float] = fallen,
    told: Callable[[float], object] = float,
) -> tuple[int, bool]:
    """Train for ``steps`` steps while the learning rate falls along half a cosine; the last weights stay.

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts.

    Args:
        learner: What learns.
        steps: How many.
        share: What the rate has left after some of the steps.
        told: Told the training loss of each step.

    Returns:
        The steps made, and whether the loss diverged; then the network is as it was before the first step.
    """
    first = {name: value.clone() for name, value in learner.network.state_dict().items()}
    for made in range(steps):
        learner.slow_to(share(made, steps))
        if not learner.step():
            learner.network.load_state_dict(first)
            return made, True
        told(learner.loss)
    return steps, False
