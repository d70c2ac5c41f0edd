"""Classification: a whole sequence in, one of a few classes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import polars as pl
from pydantic import Field, JsonValue
from scipy import special

from gatewise.data.sequences import refuse_untellable
from gatewise.data.shapes import SequenceSet
from gatewise.languages import say
from gatewise.metrics import Balance, metric_named, metrics_of
from gatewise.run.document import Document
from gatewise.tasks.protocol import Described, Fresh, Recipe, TaskWords
from gatewise.tasks.sequences import (
    SequenceInputs,
    SequenceLearned,
    SequenceTask,
    fresh_sequences,
    most_folds,
    parts_in_words,
    places_of,
    reading_of,
    stored_inputs,
)
from gatewise.text import enumerated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.metrics import Loss
    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting, SplitPlan
    from gatewise.tasks.sequences import Inputs

LISTED = 12
"""Classes that are listed before the rest are counted."""

NOISE = 0.3
"""Spread of the noise that training adds to what was measured, in units of each channel's own; docs/recipe.md."""


class ClassifySection(Document):
    """What a plan says of a classification alone."""

    classes: tuple[str, ...]
    reading: dict[str, JsonValue] = Field(default={}, description="how new sequences are read, by the options' names")
    shares: tuple[float, ...] = Field(
        default=(), description="balanced accuracy: share of each class among what is learned from; else empty"
    )
    weights: tuple[float, ...] = Field(
        default=(), description="balanced accuracy: what a mistake on each class counts; else empty"
    )

    @property
    def balance(self) -> Balance | None:
        """What makes every class count alike; None where they count as often as they come."""
        return Balance(np.array(self.shares), np.array(self.weights)) if self.shares else None


class ClassifyExamples:
    """Sequences or steps of a class each, as one training part taught to see them.

    Args:
        sequences: Prepared inputs.
        labels: Class numbers, shape (n,).
        learned: What the training part taught.
        metric: Name of the metric to score by.
        balance: What makes every class count alike; None where they count as often as they come.
    """

    def __init__(
        self,
        sequences: Inputs,
        labels: NDArray[np.int64],
        learned: SequenceLearned,
        metric: str,
        balance: Balance | None = None,
    ) -> None:
        self.inputs, self.lines = sequences.inputs, sequences.lines
        self.learned, self._labels, self._metric, self._balance = learned, labels, metric_named(metric), balance

    def targets(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Class numbers, shape (N,)."""
        return self._labels[ids]

    def scores(self, outputs: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each sequence, shape (N,)."""
        return balanced(self._metric.loss, outputs, self.targets(ids), self._balance)


def balanced(
    loss: Loss, outputs: NDArray[Any], targets: NDArray[np.int64], balance: Balance | None
) -> NDArray[np.float64]:
    """A loss of each sequence, shape (N,), every class alike where ``balance`` is given."""
    if balance is None:
        return loss(outputs, targets, 1.0)
    return loss(balance.outputs(outputs), targets, 1.0) * balance.weights[targets]


def balance_of(
    learned: NDArray[np.int64], tested: NDArray[np.int64], classes: int, asked: Options
) -> dict[str, tuple[float, ...]]:
    """The section's fields for a metric that counts every class alike, of the classes of all examples."""
    if asked.metric is None or asked.metric not in Classify.metrics or not metric_named(asked.metric).balanced:
        return {}
    found = Balance.of(learned, tested, classes)
    return {"shares": tuple(found.shares.tolist()), "weights": tuple(found.weights.tolist())}


def log_shares(targets: NDArray[np.int64], training: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Outputs of the guess by class frequency in the ``training`` targets, shape (N, classes)."""
    counts = np.bincount(training, minlength=classes).astype(np.float32)
    logs = np.log(np.maximum(counts, 0.5) / counts.sum())
    return np.broadcast_to(logs, (len(targets), len(counts)))


def class_table(
    places: dict[str, NDArray[Any]], outputs: NDArray[Any], classes: tuple[str, ...], balance: Balance | None
) -> pl.DataFrame:
    """The class that is predicted of each example, and the share of every class, beside what names the example."""
    even = outputs.astype(np.float64) if balance is None else balance.outputs(outputs)
    shares = special.softmax(even, axis=1)
    best = [classes[k] for k in shares.argmax(axis=1)]
    columns = [*(pl.Series(name, values) for name, values in places.items()), pl.Series("predicted", best)]
    return pl.DataFrame(columns + [pl.Series(f"p({c})", shares[:, k]) for k, c in enumerate(classes)])


def classes_in_words(classes: tuple[str, ...]) -> str:
    """The names of the classes, for a reader."""
    return say("classes: {names}", names=enumerated(classes, LISTED))


class Classify(SequenceTask):
    """The class of each sequence; see `Task`."""

    name: ClassVar[str] = "classify"
    labelled: ClassVar[bool] = True
    metrics: ClassVar[tuple[str, ...]] = metrics_of("classes", first="accuracy")

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Sequences with a class each are classified."""
        return isinstance(data, SequenceSet) and data.labels is not None

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, SequenceSet)
        common = cls.common(data, asked, len(data.classes))
        refuse_untellable(data)
        labels, start = data.labels, data.test_start
        assert labels is not None
        balance = balance_of(labels[:start], labels[start or 0 :], len(data.classes), asked)
        section = ClassifySection(classes=data.classes, reading=reading_of(data, asked), **balance)
        return Described(common, section.model_dump(mode="json"))

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """That of whole sequences, with noise; where classes are told by less than it, validation may do without.

        Symbols have no noise. Of texts and sounds there are often many, and passes over them say how long fits are.
        """
        found, read = super().recipe(described), cast("dict[str, Any]", described.section.get("reading", {}))
        if {"symbols", "hop"} & read.keys():
            found = found._replace(reads=1.0)
        if not described.data.measured:
            return found
        return found._replace(usual={**found.usual, "noise": NOISE}, settings=(*found.settings, {"noise": 0.0}))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The set's own split; else stratified folds as far as the smallest class goes, and one held-out part."""
        assert isinstance(data, SequenceSet)
        assert data.labels is not None
        smallest = int(np.bincount(data.labels).min()) if data.groups is None else most_folds(data, data.labels)
        return cls.recipes(data, smallest)

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, SequenceSet)
        assert data.labels is not None
        super().__init__(data, setting)
        self.labels = data.labels
        self.balance = ClassifySection.model_validate(setting.section).balance

    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The classes."""
        return self.labels[ids]

    def examples(self, parts: Parts) -> ClassifyExamples:
        """All sequences of the set, as the training part of ``parts`` teaches to see them."""
        learned = self.learn(parts)
        sequences = SequenceInputs(self.values, self.lengths, learned.inputs)
        return ClassifyExamples(sequences, self.labels, learned, self.setting.metric, self.balance)

    def selection(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
        """The loss of each sequence by which the metric chooses, shape (N,)."""
        return balanced(metric_named(self.setting.metric).chooses, outputs, targets, self.balance)

    def trivial(self, targets: NDArray[np.int64], training: NDArray[np.int64]) -> NDArray[np.float32]:
        """Outputs of the guess by class frequency in the ``training`` targets."""
        return log_shares(targets, training, self.setting.data.outputs)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> SequenceLearned:
        """What `Model.save` stored."""
        return SequenceLearned(stored_inputs(stored))

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """New sequences; the table has the class of each and the share of every class."""
        found, known = fresh_sequences(data, section, source), ClassifySection.model_validate(section)
        classes, balance = known.classes, known.balance
        ids = np.arange(len(found.lengths))
        sequences = SequenceInputs(found.values, found.lengths, learned.inputs)
        examples = ClassifyExamples(sequences, np.zeros_like(ids), learned, "accuracy")

        def table(outputs: NDArray[np.float32]) -> pl.DataFrame:
            return class_table(places_of(found, ids), outputs, classes, balance)

        return Fresh(examples, ids, table, found.unknown)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """How many sequences, how long, how many classes; their names; the parts."""
        data, classes = setting.data, ClassifySection.model_validate(setting.section).classes
        return TaskWords(
            say(
                "{count:,} sequences of up to {steps} steps, put into {classes} classes",
                count=data.examples,
                steps=data.window,
                classes=len(classes),
            ),
            "sequences",
            (classes_in_words(classes),),
            parts_in_words(setting.splits),
        )
