"""Classification of steps: the steps of a sequence so far in, one of a few classes of the present step out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError
from gatewise.languages import say
from gatewise.metrics import Balance, metric_named, metrics_of
from gatewise.tasks.classify import ClassifyExamples, balance_of, balanced, class_table, classes_in_words, log_shares
from gatewise.tasks.protocol import Described, Fresh, TaskWords
from gatewise.tasks.sequences import SequenceLearned, fresh_sequences, reading_of, stored_inputs
from gatewise.tasks.steps import StepSection, StepTask, described, every_step, step_parts_in_words, subject
from gatewise.text import named

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting, SplitPlan


class ClassifySteps(StepTask):
    """The class of each step; see `Task`."""

    name: ClassVar[str] = "classify-steps"
    labelled: ClassVar[bool] = True
    metrics: ClassVar[tuple[str, ...]] = metrics_of("classes", first="accuracy")

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Sequences with a class at each step."""
        return isinstance(data, SequenceSet) and data.goals is not None and bool(data.classes)

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, SequenceSet)
        learned, tested = _labels(data, data.test_start)
        if len(np.unique(learned)) < 2:
            raise DataError(
                f"all steps to learn from are of one class of {data.goal}, {named(data.classes[int(learned[0])])};"
                " expected two or more: name another column with --target"
            )
        balance = balance_of(learned, tested, len(data.classes), asked)
        section = described(data, reading_of(data, asked), classes=data.classes, **balance)
        return Described(cls.common(data, asked, len(data.classes)), section)

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The set's own split; else folds as far as the sequences with the rarest class go, or one held-out part."""
        assert isinstance(data, SequenceSet)
        has = _has(data.goals, len(data.classes))
        if data.groups is not None:
            has = np.array([has[data.groups == group].any(axis=0) for group in np.unique(data.groups)])
        return cls.step_recipes(data, int(has.sum(axis=0).min()))

    def __init__(self, data: Data, setting: Setting) -> None:
        super().__init__(data, setting)
        self.labels = self.told.astype(np.int64)
        shares, weights = self.section.shares, self.section.weights
        self.balance = Balance(np.array(shares), np.array(weights)) if shares else None

    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of the classes that a sequence has, the one that the fewest of ``ids`` have."""
        has = _has(self.goals[ids], self.setting.data.outputs)
        rarest: NDArray[np.int64] = np.where(has, has.sum(axis=0), len(ids) + 1).argmin(axis=1)
        return rarest

    def examples(self, parts: Parts) -> ClassifyExamples:
        """All steps, as the training part of ``parts`` teaches to see them."""
        learned = self.learn(parts)
        return ClassifyExamples(self.windows(learned.inputs), self.labels, learned, self.setting.metric, self.balance)

    def selection(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
        """The loss of each step by which the metric chooses, shape (N,)."""
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
        """The steps of new sequences; the table has the class of each and the share of every class."""
        found = fresh_sequences(data, section, source)
        windows, columns = every_step(found, learned.inputs, data.window)
        known = StepSection.model_validate(section)
        balance = Balance(np.array(known.shares), np.array(known.weights)) if known.shares else None
        ids = np.arange(len(columns["step"]))
        examples = ClassifyExamples(windows, np.zeros_like(ids), learned, "accuracy")

        def table(outputs: NDArray[np.float32]) -> pl.DataFrame:
            return class_table(columns, outputs, known.classes, balance)

        return Fresh(examples, ids, table, found.unknown)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """What is told, of how many sequences, from how many steps back; the classes; the parts."""
        classes = StepSection.model_validate(setting.section).classes
        what = say("one of {count} classes", count=len(classes))
        return TaskWords(subject(setting, what), "steps", (classes_in_words(classes),), step_parts_in_words(setting))


def _labels(data: SequenceSet, start: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The classes of all steps to learn from, and of those to test on."""
    assert data.goals is not None
    learned, tested = data.goals[:start], data.goals[start or 0 :]
    return learned[~np.isnan(learned)].astype(np.int64), tested[~np.isnan(tested)].astype(np.int64)


def _has(goals: NDArray[np.float64] | None, classes: int) -> NDArray[np.bool_]:
    """Which classes each sequence has, shape (n, classes)."""
    assert goals is not None
    return np.stack([(goals == number).any(axis=1) for number in range(classes)], axis=1)
