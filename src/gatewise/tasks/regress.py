"""Regression: a whole sequence in, one number out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl

from gatewise.data.digits import decimals
from gatewise.data.sequences import refuse_alike
from gatewise.data.shapes import SequenceSet
from gatewise.languages import mark, say
from gatewise.metrics import metric_named, metrics_of
from gatewise.tasks.protocol import Described, Fresh, TaskWords
from gatewise.tasks.sequences import (
    SequenceInputs,
    SequenceLearned,
    SequenceTask,
    fresh_sequences,
    parts_in_words,
    places_of,
    reading_of,
    stored_inputs,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting, SplitPlan
    from gatewise.tasks.sequences import Inputs

STRATA = 5
"""Every part gets its share of the lowest fifth of the numbers, of the next one, and so on."""


@dataclass(frozen=True)
class RegressLearned(SequenceLearned):
    """What the training part taught.

    Attributes:
        mean: Training mean of the numbers.
        spread: Their standard deviation; the network's unit.
    """

    mean: float
    spread: float


class RegressExamples:
    """Sequences or steps with a number each, as one training part taught to see them.

    Args:
        sequences: Prepared inputs.
        numbers: The number of each example, shape (n,).
        learned: What the training part taught.
        metric: Name of the metric to score by.
    """

    def __init__(self, sequences: Inputs, numbers: NDArray[np.float64], learned: RegressLearned, metric: str) -> None:
        self.inputs, self.lines = sequences.inputs, sequences.lines
        self.learned, self._numbers, self._metric = learned, numbers, metric_named(metric)

    def targets(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """(number - mean) / spread, shape (N, 1)."""
        return ((self._numbers[ids, None] - self.learned.mean) / self.learned.spread).astype(np.float32)

    def predictions(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Numbers in their own unit, shape (N,), from outputs of shape (N, 1)."""
        return self.learned.mean + self.learned.spread * outputs[:, 0].astype(np.float64)

    def scores(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each sequence in the numbers' own unit, shape (N,)."""
        found, true = self.predictions(outputs)[:, None], self._numbers[ids, None]
        return self._metric.loss(found, true, self.learned.spread)


def numbers_of(data: SequenceSet) -> NDArray[np.float64] | None:
    """The number of each sequence, shape (n,): as it was brought, or as the names of the classes say it."""
    if data.labels is None:
        return data.numbers
    try:
        return np.array(data.classes, dtype=np.float64)[data.labels]
    except ValueError:
        return None


def fifths(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each number whether it is of the lowest fifth of them, 0, of the next one, 1, and so on."""
    rank = np.argsort(np.argsort(numbers, kind="stable"), kind="stable")
    return rank * STRATA // len(rank)


class Regress(SequenceTask):
    """The number of each sequence; see `Task`."""

    name: ClassVar[str] = "regress"
    labelled: ClassVar[bool] = False
    metrics: ClassVar[tuple[str, ...]] = metrics_of("numbers", first="mae")

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Sequences with a number each; whole numbers name classes unless ``--task regress`` is typed."""
        return isinstance(data, SequenceSet) and numbers_of(data) is not None

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, SequenceSet)
        common, numbers, reading = cls.common(data, asked, 1), numbers_of(data), reading_of(data, asked)
        assert numbers is not None  # or else the task does not take the data
        refuse_alike(data, numbers)
        return Described(common, {"reading": reading} if reading else {})

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The set's own split; else folds with a fifth of the numbers' range in each, and one held-out part."""
        assert isinstance(data, SequenceSet)
        most = described.data.examples // STRATA
        return cls.recipes(data, most if data.groups is None else min(most, int(data.groups.max()) + 1))

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, SequenceSet)
        numbers = numbers_of(data)
        assert numbers is not None
        super().__init__(data, setting)
        self.numbers = numbers

    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lowest fifth of the numbers, the next one, and so on."""
        return fifths(self.numbers[ids])

    def decimals(self) -> dict[str, int]:
        """Those of the numbers."""
        return {"predicted": decimals(self.numbers)}

    def examples(self, parts: Parts) -> RegressExamples:
        """All sequences of the set, as the training part of ``parts`` teaches to see them."""
        known = self.numbers[parts.train]
        learned = RegressLearned(self.learn(parts).inputs, float(known.mean()), float(known.std()) or 1.0)
        sequences = SequenceInputs(self.values, self.lengths, learned.inputs)
        return RegressExamples(sequences, self.numbers, learned, self.setting.metric)

    def trivial(self, targets: NDArray[np.float32], training: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs of the guess by the training mean, which is 0 in the network's unit."""
        return np.zeros_like(targets)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> RegressLearned:
        """What `Model.save` stored."""
        return RegressLearned(stored_inputs(stored), float(stored["mean"]), float(stored["spread"]))

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """New sequences; the table has the number of each."""
        found = fresh_sequences(data, section, source)
        ids = np.arange(len(found.lengths))
        sequences = SequenceInputs(found.values, found.lengths, learned.inputs)
        examples = RegressExamples(sequences, np.zeros(len(ids)), learned, "mae")

        def table(outputs: NDArray[Any]) -> pl.DataFrame:
            return pl.DataFrame({**places_of(found, ids), "predicted": examples.predictions(outputs)})

        return Fresh(examples, ids, table, found.unknown)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """How many sequences, and how long; the parts."""
        told = mark("{count:,} sequences of up to {steps} steps, a number for each")
        subject = say(told, count=setting.data.examples, steps=setting.data.window)
        return TaskWords(subject, "sequences", (), parts_in_words(setting.splits))
