"""Fits that failed, and their second try: what tells a failure was fixed before the first pair.

A failed fit says little about a cell: whoever trains a network and sees that it learned nothing trains another one. So
does a comparison, once, in what is scored and in what is handed over. It looks at validation losses, or at training
losses where nothing validates, never at test losses, and both cells by one rule.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from gatewise.experiment.learner import Learner
    from gatewise.run.fits import Fit, Try
    from gatewise.tasks.protocol import Task

FAR = 5.0
"""A fit that lies so many median absolute deviations above the median of its configuration's tuning fits has failed: of
1,000 normal fits less than one, of 100 with exponential losses five."""

LEAST = 5.0
"""And by so many margins."""

SAMPLE = 128
"""Training examples whose loss is looked at, evenly spaced."""


class Limits(NamedTuple):
    """The largest share of the loss it began with that a fit may leave, on validation and on training examples."""

    validation: float = math.inf
    training: float = math.inf

    def failed(self, tried: Try) -> bool:
        """Whether a fit diverged or lies beyond: by validation loss, or by training loss where nothing validates."""
        left, most = tried.training, self.training
        if tried.validation is not None:
            left, most = tried.validation, self.validation
        return tried.status == "diverged" or not left <= most


def second_seed(seed: int) -> int:
    """The seed of a second try."""
    return stream(seed, "second try")


def limits(
    found: Mapping[tuple[str, int], Mapping[int, Sequence[Fit]]], margin: float
) -> dict[tuple[str, int, int], Limits]:
    """The limits of each (cell, split, configuration), from the tuning fits alone.

    They lie above the median of the configuration's own fits by `FAR` median absolute deviations, those of all cells
    and configurations together, and by `LEAST` margins: the median of two fits that were chosen for being good is luck,
    too. Deviations are those from the median of fits of one configuration, or where each was fit once from that of all.
    On training examples a fit has not failed either while it learned half of what tuning fits learned of theirs: it
    learns from more examples in as many steps, and may leave more.

    Args:
        found: The tuning fits of each (cell, split), by the number of their configuration.
        margin: The plan's.
    """
    groups = {(*where, number): fits for where, tuned in found.items() for number, fits in tuned.items()}
    both = {name: (_left(fits, "validation"), _left(fits, "training")) for name, fits in groups.items()}
    mostly = [_deviation([left[k] for left in both.values()]) for k in range(2)]
    return {
        name: Limits(
            _limit(validation, mostly[0], margin),
            max(_limit(training, mostly[1], margin), _halfway(training)),
        )
        for name, (validation, training) in both.items()
    }


def _left(fits: Sequence[Fit], what: str) -> NDArray[np.float64]:
    return np.array([x for fit in fits if fit.tries and (x := getattr(fit.tries[-1], what)) is not None])


def _limit(left: NDArray[np.float64], deviation: float, margin: float) -> float:
    return float(np.median(left)) + max(FAR * deviation, LEAST * margin) if len(left) else math.inf


def _halfway(left: NDArray[np.float64]) -> float:
    return 0.5 * (1.0 + float(np.median(left))) if len(left) else math.inf


def _deviation(groups: Iterable[NDArray[np.float64]]) -> float:
    """Median absolute deviation from the median of a group; from that of all where no group has two."""
    several = [group for group in groups if len(group) > 1]
    if not several:
        single = [group for group in groups if len(group)]
        several = [np.concatenate(single)] if single else []
    # Few values lie nearer to their own median than to the true one.
    away = [np.abs(g - np.median(g)) * math.sqrt(len(g) / max(1, len(g) - 1)) for g in several]
    return float(np.median(np.concatenate(away))) if away else 0.0


class Progress:
    """How much of the training loss is left: of the loss at the anchor, or where there is none of that of a guess.

    Args:
        task: The task.
        learner: A network before its first step.
    """

    def __init__(self, task: Task, learner: Learner) -> None:
        self._task, self._learner, training = task, learner, learner.training
        count = len(training)
        self._seen = training[np.linspace(0, count - 1, min(count, SAMPLE)).round().astype(np.int64)]
        own: Any = learner.examples.own
        self._targets = own.targets(self._seen)
        if learner.examples.anchor is None:
            guess = task.trivial(self._targets, own.targets(training))
            self._begun = float(task.selection(guess, self._targets).mean())
        else:
            self._begun = self._loss()

    def _loss(self) -> float:
        found = self._learner.examples.plain(self._learner.outputs(self._seen), self._seen)
        return float(self._task.selection(found, self._targets).mean())

    def left(self) -> float:
        """Now; 1 is nothing learned, 0 is nothing left."""
        return self._loss() / (self._begun or 1.0)
