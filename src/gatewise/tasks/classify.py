"""Classification: a whole sequence in, one of a few classes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from gatewise.data.prepare import Preparation, prepare
from gatewise.data.split import deal, sequence_parts, validation_draw
from gatewise.seeds import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.data.windows import Parts
    from gatewise.run.plan import DataPlan, SplitPlan

HOLDOUT_FOLDS = 3
"""A set that can pay for one split only is tested on one fold of this many."""


@dataclass(frozen=True)
class ClassifyLearned:
    """What the training part taught: scale, imputation and masks of the input channels."""

    inputs: Preparation


class ClassifyExamples:
    """The sequences of a set, as one training part taught to see them.

    Args:
        values: Shape (n, T, features), NaN where missing and beyond a sequence's end.
        lengths: Steps of each sequence, shape (n,).
        labels: Class numbers, shape (n,).
        learned: What the training part taught.
        metric: ``accuracy`` or ``log-loss``.
    """

    def __init__(
        self,
        values: NDArray[np.float64],
        lengths: NDArray[np.int64],
        labels: NDArray[np.int64],
        learned: ClassifyLearned,
        metric: str,
    ) -> None:
        self.learned, self._metric = learned, metric
        inside = np.arange(values.shape[1]) < lengths[:, None]
        # Beyond its end a sequence is not missing but over: zeros there, and no mask.
        self._x = torch.from_numpy(learned.inputs(values) * inside[..., None].astype(np.float32))
        self._lengths = torch.from_numpy(lengths)
        self._labels = torch.from_numpy(labels)
        self._equal = bool((lengths == values.shape[1]).all())

    def inputs(self, ids: NDArray[np.int64]) -> tuple[Tensor, Tensor | None]:
        """Prepared sequences, shape (N, longest, channels), and their lengths, None where all are equal."""
        chosen = torch.from_numpy(ids)
        if self._equal:
            return self._x[chosen], None
        lengths = self._lengths[chosen]
        return self._x[chosen, : int(lengths.max())], lengths

    def targets(self, ids: NDArray[np.int64]) -> Tensor:
        """Class numbers, shape (N,)."""
        return self._labels[torch.from_numpy(ids)]

    def scores(self, outputs: Tensor, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each sequence, shape (N,): 1 for an error, or its cross-entropy in nats."""
        targets = self.targets(ids)
        if self._metric == "log-loss":
            return _cross_entropy(outputs, targets)
        return (outputs.argmax(dim=1) != targets).double().numpy()


def _cross_entropy(outputs: Tensor, targets: Tensor) -> NDArray[np.float64]:
    return F.cross_entropy(outputs.double(), targets, reduction="none").numpy()


class Classify:
    """The classification task on one set of sequences.

    Args:
        values: Shape (n, T, features), NaN where missing and beyond a sequence's end.
        lengths: Shape (n,).
        labels: Shape (n,).
        test_start: First example of the set's own test part; None without one.
        data: The plan's data section.
        splits: The plan's splits.
        metric: ``accuracy`` or ``log-loss``.
        seed: The plan's seed; folds and validation draws come from it.
    """

    def __init__(
        self,
        values: NDArray[np.float64],
        lengths: NDArray[np.int64],
        labels: NDArray[np.int64],
        test_start: int | None,
        data: DataPlan,
        splits: SplitPlan,
        metric: str,
        seed: int,
    ) -> None:
        self.values, self.lengths, self.labels, self.test_start = values, lengths, labels, test_start
        self.data, self.splits, self.metric, self.seed = data, splits, metric, seed
        self.outputs = len(data.classes)

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split.

        Tuning deals the training part to validation folds, of which ``draw`` is one, counted on where they are fit a
        second time; each pair ``draw`` redraws its validation part, and with it what it trains on. The tested examples
        of a split never change.
        """
        training, test = self._outer(split)
        labels = self.labels[training]
        if phase == "tune":
            draw %= self.splits.tuning_folds
        if phase == "tune" and self.splits.tuning_folds > 1:
            rng = self._rng("tune", split)
            return sequence_parts(training, test, deal(labels, self.splits.tuning_folds, rng) == draw)
        return sequence_parts(training, test, validation_draw(labels, self._rng(phase, split, draw)))

    def _outer(self, split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        everything = np.arange(len(self.labels))
        if self.splits.kind == "own":
            return everything[: self.test_start], everything[self.test_start :]
        folds = HOLDOUT_FOLDS if self.splits.kind == "holdout" else self.splits.count
        tested = deal(self.labels, folds, self._rng("folds")) == split
        return everything[~tested], everything[tested]

    def _rng(self, *names: str | int) -> np.random.Generator:
        return np.random.default_rng(stream(self.seed, "split", *names))

    def learn(self, parts: Parts) -> ClassifyLearned:
        """Learn the scale of the channels from the training sequences alone."""
        return ClassifyLearned(prepare(self._training_steps(parts), np.array(self.data.masked, dtype=np.int64)))

    def _training_steps(self, parts: Parts) -> NDArray[np.float64]:
        """All steps of the training sequences, shape (steps, features)."""
        inside = np.arange(self.values.shape[1]) < self.lengths[parts.train, None]
        steps: NDArray[np.float64] = self.values[parts.train][inside]
        return steps

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Channels with missing values in the training sequences, before their ends."""
        return tuple(np.flatnonzero(np.isnan(self._training_steps(parts)).any(axis=0)).tolist())

    def examples(self, parts: Parts) -> ClassifyExamples:
        """All sequences of the set, as the training part of ``parts`` teaches to see them."""
        return ClassifyExamples(self.values, self.lengths, self.labels, self.learn(parts), self.metric)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Training loss: cross-entropy, whatever the metric; accuracy has no gradient."""
        return F.cross_entropy(outputs, targets)

    def selection(self, outputs: Tensor, targets: Tensor) -> NDArray[np.float64]:
        """Validation loss of each example, shape (N,).

        For accuracy the Brier score, Σ (p - y)² over classes: it says more than a count of errors, and unlike
        cross-entropy it is bounded, so that one confident mistake in a small validation part cannot decide.
        Source: Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
        """
        if self.metric == "log-loss":
            return _cross_entropy(outputs, targets)
        shares = outputs.double().softmax(dim=1)
        return (shares - F.one_hot(targets, self.outputs)).square().sum(dim=1).numpy()

    def trivial(self, targets: Tensor, training: Tensor) -> Tensor:
        """Outputs of the guess by class frequency in the ``training`` targets."""
        counts = torch.bincount(training, minlength=self.outputs).float()
        return (counts.clamp(min=0.5) / counts.sum()).log().expand(len(targets), -1)
