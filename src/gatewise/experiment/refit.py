"""One network trained on all rows, with as many steps as the scored fits of its configuration needed."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.experiment.learner import Learner
from gatewise.experiment.second import Progress, second_seed
from gatewise.experiment.train import along_cosine, held_then_fallen, steadily
from gatewise.run.fits import Fit, Kept, Try
from gatewise.tasks.protocol import taught

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gatewise.experiment.learner import Start
    from gatewise.experiment.second import Limits
    from gatewise.run.fits import Key
    from gatewise.run.plan import Configuration
    from gatewise.tasks.protocol import Task


class Drawn(NamedTuple):
    """How long a scored fit learned until its best step, and which part it learned from."""

    phase: str
    split: int
    draw: int
    examples: int  # training examples visited, each as often as it was


class Refit(NamedTuple):
    """Everything that decides a fit on all rows.

    Attributes:
        key: What names it.
        start: What the network begins with.
        drawn: The scored fits whose best steps say how long to train.
        limits: Beyond them it has failed, and is tried again with another seed, once; None where it is not.
        falls: Whether the learning rate of the scored fits fell although they were validated; then it does here too.
    """

    key: Key
    start: Start
    drawn: tuple[Drawn, ...]
    limits: Limits | None = None
    falls: bool = False


def drawn_by(fits: Iterable[Fit], configurations: Sequence[Configuration]) -> tuple[Drawn, ...]:
    """How long these fits learned; ``configurations`` are those their keys count."""
    return tuple(
        Drawn(
            fit.key.phase, fit.key.split, fit.key.draw, fit.best_step * configurations[fit.key.configuration].batch_size
        )
        for fit in fits
    )


def steps_on(task: Task, refit: Refit, examples: int) -> int:
    """Optimiser steps on ``examples`` examples: the median of those to the best step.

    Where the part is larger than the one a fit learned from, its passes over the examples count, not its steps.
    """
    parts = [task.parts(drawn.split, drawn.phase, drawn.draw) for drawn in refit.drawn]
    learned = [len(taught(task.setting.section, part.train)) for part in parts]
    visits = [d.examples * max(1.0, examples / each) for d, each in zip(refit.drawn, learned, strict=True)]
    return round(statistics.median(visits) / refit.start.configuration.batch_size)


def learn_all(task: Task, refit: Refit) -> tuple[Fit, Kept]:
    """Train on every example; nothing validates, so the last weights are kept, and nothing is scored."""
    started = time.perf_counter()
    learner, *tries = _tried(task, refit)
    if refit.limits is not None and refit.limits.failed(tries[0]):
        start = replace(refit.start, seed=second_seed(refit.start.seed))
        learner, last = _tried(task, refit._replace(start=start))
        tries.append(last)
    made, seconds = tries[-1].steps, time.perf_counter() - started
    fit = Fit(refit.key, made, made, False, tries[-1].status, (), (), seconds, tuple(tries))
    return fit, Kept((), np.empty((0, task.setting.data.outputs), np.float16), learner.network.to_bytes())


def _tried(task: Task, refit: Refit) -> tuple[Learner, Try]:
    parts = task.whole()
    learner = Learner(task, task.examples(parts), parts.train, refit.start)
    progress = Progress(task, learner)
    steps = steps_on(task, refit, len(learner.training))
    if refit.falls:
        made, diverged = along_cosine(learner, steps, held_then_fallen)
    else:
        made, diverged = (steadily if task.setting.splits.validated else along_cosine)(learner, steps)
    return learner, Try("diverged" if diverged else "done", made, None, progress.left())
