"""Regression of steps: the steps of a sequence so far in, one number of the present step out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl

from gatewise.data.digits import decimals
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError
from gatewise.languages import say
from gatewise.metrics import metrics_of
from gatewise.tasks.protocol import Described, Fresh, TaskWords
from gatewise.tasks.regress import RegressExamples, RegressLearned, fifths
from gatewise.tasks.sequences import fresh_sequences, reading_of, stored_inputs
from gatewise.tasks.steps import StepTask, described, every_step, step_parts_in_words, subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting, SplitPlan


def step_numbers(data: SequenceSet) -> NDArray[np.float64] | None:
    """The number of each step, shape (n, T): as it was brought, or as the names of the classes say it."""
    if data.goals is None or not data.classes:
        return data.goals
    try:
        named = np.array(data.classes, dtype=np.float64)
    except ValueError:
        return None
    numbers = data.goals.copy()
    there = ~np.isnan(numbers)
    numbers[there] = named[numbers[there].astype(np.int64)]
    return numbers


class RegressSteps(StepTask):
    """The number of each step; see `Task`."""

    name: ClassVar[str] = "regress-steps"
    labelled: ClassVar[bool] = False
    metrics: ClassVar[tuple[str, ...]] = metrics_of("numbers", first="mse")

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Sequences with a number at each step; few whole numbers name classes unless this task is asked for."""
        return isinstance(data, SequenceSet) and step_numbers(data) is not None

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, SequenceSet)
        numbers = step_numbers(data)
        assert numbers is not None  # or else the task does not take the data
        learned = numbers[: data.test_start]
        known = learned[~np.isnan(learned)]
        if len(known) < 2 or np.ptp(known) == 0.0:
            raise DataError(
                f"{data.source}: the target {data.goal} is the same at every step to learn from, expected different"
                " numbers; name another column with --target"
            )
        return Described(cls.common(data, asked, 1), described(data, reading_of(data, asked)))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The set's own split; else folds of sequences with a fifth of the numbers' range in each, or one part."""
        assert isinstance(data, SequenceSet)
        return cls.step_recipes(data, len(data.lengths) if data.groups is None else int(data.groups.max()) + 1)

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, SequenceSet)
        super().__init__(data, setting)
        numbers = step_numbers(data)
        assert numbers is not None
        self.goals, self.told = numbers, numbers[self.places]

    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The fifth of the sequences with the lowest numbers on average, the next one, and so on."""
        there = ~np.isnan(self.goals[ids])
        return fifths(np.where(there, self.goals[ids], 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1))

    def decimals(self) -> dict[str, int]:
        """Those of the numbers."""
        return {"predicted": decimals(self.told)}

    def examples(self, parts: Parts) -> RegressExamples:
        """All steps, as the training part of ``parts`` teaches to see them."""
        known, inputs = self.told[parts.train], self.learn(parts).inputs
        learned = RegressLearned(inputs, float(known.mean()), float(known.std()) or 1.0)
        return RegressExamples(self.windows(inputs), self.told, learned, self.setting.metric)

    def trivial(self, targets: NDArray[np.float32], training: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs of the guess by the training mean, which is 0 in the network's unit."""
        return np.zeros_like(targets)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> RegressLearned:
        """What `Model.save` stored."""
        return RegressLearned(stored_inputs(stored), float(stored["mean"]), float(stored["spread"]))

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """The steps of new sequences; the table has the number of each."""
        found = fresh_sequences(data, section, source)
        windows, columns = every_step(found, learned.inputs, data.window)
        ids = np.arange(len(columns["step"]))
        examples = RegressExamples(windows, np.zeros(len(ids)), learned, "mse")

        def table(outputs: NDArray[Any]) -> pl.DataFrame:
            return pl.DataFrame({**columns, "predicted": examples.predictions(outputs)})

        return Fresh(examples, ids, table, found.unknown)

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """What is told, of how many sequences, from how many steps back; the parts."""
        return TaskWords(subject(setting, say("a number")), "steps", (), step_parts_in_words(setting))
