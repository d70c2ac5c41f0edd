"""What tasks on the steps of sequences share: windows of the steps so far, and parts that keep sequences whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, JsonValue

from gatewise.data.groups import FEWEST_TO_JUDGE
from gatewise.data.shapes import SequenceSet
from gatewise.data.windows import TEST_WINDOWS, VALIDATION_WINDOWS, Parts
from gatewise.errors import DataError, OptionError
from gatewise.languages import mark, say, say_count
from gatewise.run.document import Document
from gatewise.run.plan import DataPlan, Shape
from gatewise.tasks.protocol import Lines, Recipe, lacking, only_training
from gatewise.tasks.sequences import HOLDOUT_FOLDS, SequenceTask, parts_in_words
from gatewise.text import counted, shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.prepare import Preparation
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting, SplitPlan
    from gatewise.tasks.protocol import Described

DEFAULT_WINDOW = 32
"""Steps that the network reads at most, where the user does not say."""


class StepSection(Document):
    """What a plan says of targets of steps alone."""

    goal: str = Field(description="what is told of each step, by name")
    classes: tuple[str, ...] = Field(default=(), description="names of the classes; empty where numbers are told")
    sequences: int = Field(description="how many sequences the steps are of")
    ends_only: bool = Field(default=False, description="whether the last step of each test sequence alone is tested")
    reading: dict[str, JsonValue] = Field(default={}, description="how new sequences are read, by the options' names")
    shares: tuple[float, ...] = Field(default=(), description="as for a classification")
    weights: tuple[float, ...] = Field(default=(), description="as for a classification")


class StepInputs:
    """Windows of the steps of sequences, prepared: each ends with the step that is told of.

    At the start of a sequence a window is shorter. An example is one step, by number.

    Args:
        values: Shape (n, T, features), NaN where missing and beyond a sequence's end.
        lengths: Steps of each sequence, shape (n,).
        prepared: What the training part taught about the channels.
        places: Sequence and step of each example, shape (examples,) each.
        window: Most steps of a window.
    """

    def __init__(
        self,
        values: NDArray[np.float64],
        lengths: NDArray[np.int64],
        prepared: Preparation,
        places: tuple[NDArray[np.int64], NDArray[np.int64]],
        window: int,
    ) -> None:
        inside = np.arange(values.shape[1]) < lengths[:, None]
        self._x = prepared(values) * inside[..., None].astype(np.float32)
        self._sequence, self._step = places
        self._window = window

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        """Prepared windows, shape (N, longest, channels), and their lengths, None where all are equal."""
        last = self._step[ids]
        lengths = np.minimum(last + 1, self._window)
        longest = int(lengths.max())
        place = np.arange(longest)
        at = np.minimum(last[:, None] + 1 - lengths[:, None] + place, self._x.shape[1] - 1)
        windows = self._x[self._sequence[ids][:, None], at]
        if (lengths == longest).all():
            return windows, None
        return windows * (place < lengths[:, None])[..., None].astype(np.float32), lengths

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where these windows lie."""
        last, (count, steps, channels) = self._step[ids], self._x.shape
        lengths = np.minimum(last + 1, self._window)
        starts = self._sequence[ids] * steps + last + 1 - lengths
        return Lines(self._x.reshape(count * steps, channels), starts, lengths, self._window)


class StepTask(SequenceTask):
    """A task on steps; whole sequences, and whole groups of them, are on one side of every split."""

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, SequenceSet)
        assert data.goals is not None
        super().__init__(data, setting)
        self.section = StepSection.model_validate(setting.section)
        self.goals, self.window = data.goals, setting.data.window
        self.places = _places(~np.isnan(data.goals))
        self.told = data.goals[self.places]

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """The head reads the last state: the step that is told of is the last one of its window."""
        return Recipe(Shape(init="literature", embedded=described.data.embedded))

    @staticmethod
    def common(data: Data, asked: Options, outputs: int) -> DataPlan:
        """The plan's common part; options of a forecast are refused, but for the window."""
        assert isinstance(data, SequenceSet)
        assert data.goals is not None
        alien = [f"--{name}" for name in ("season", "quantiles", "anchor") if getattr(asked, name) is not None]
        alien += ["--horizon"] * (asked.horizon != 1)
        if alien:
            raise OptionError(f"{alien[0]} belongs to a forecast; these are steps of sequences. Leave it out")
        return DataPlan(
            sha256=data.sha256(),
            examples=int((~np.isnan(data.goals)).sum()),
            features=data.features,
            masked=(),
            window=min(asked.window or DEFAULT_WINDOW, int(data.lengths.max())),
            outputs=outputs,
            categories=data.categories,
        )

    @classmethod
    def step_recipes(cls, data: Data, most: int) -> tuple[SplitPlan, ...]:
        """The set's own split; else folds of sequences, and one held-out part where that has enough to judge.

        Args:
            data: The sequences.
            most: Most folds that can each have a share of everything.
        """
        assert isinstance(data, SequenceSet)
        # There are many steps to validate on, so a fit's best step is told well.
        found = tuple(each.model_copy(update={"validated": True}) for each in cls.recipes(data, most))
        blocks = len(data.lengths) if data.groups is None else int(data.groups.max()) + 1
        return found[:-1] if len(found) > 1 and blocks // HOLDOUT_FOLDS < FEWEST_TO_JUDGE else found

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """Too few sequences."""
        n = StepSection.model_validate(setting.section).sequences
        return DataError(
            f"got {counted(n, 'sequence')} with {setting.data.examples:,} steps that are told of; they leave too little"
            f" for {part}, for a sequence is kept whole. Bring more sequences"
        )

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """The steps of the sequences that train, validate and test; each sequence, or group, is a block."""
        whole = super().parts(split, phase, draw)
        validation, validation_block = self._some(whole.validation, whole.validation_block, VALIDATION_WINDOWS)
        test, test_block = self._some(whole.test, whole.test_block, TEST_WINDOWS)
        train, before = self._steps_of(whole.train), self._steps_of(whole.before)
        return Parts(train, validation, test, validation_block, test_block, before)

    def whole(self) -> Parts:
        """Every step of every sequence, to learn from."""
        return only_training(np.arange(len(self.told)))

    def _steps_of(self, sequences: NDArray[np.int64]) -> NDArray[np.int64]:
        """The examples of some sequences."""
        return np.flatnonzero(np.isin(self.places[0], sequences))

    def _some(
        self, sequences: NDArray[np.int64], block: NDArray[np.int64], most: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """At most so many examples of some sequences, evenly spaced, and the block of each."""
        ids = self._steps_of(sequences)
        ids = ids[:: max(1, -(-len(ids) // most))]
        of = np.zeros(len(self.lengths), dtype=np.int64)
        of[sequences] = block
        return ids, np.unique(of[self.places[0][ids]], return_inverse=True)[1].astype(np.int64)

    def lacks(self, split: int, parts: Parts) -> str | None:
        """Every part has an example; training has every class that is tested."""
        found = lacking(parts)
        if found is None and self.labelled:
            return "training" if len(np.setdiff1d(self.told[parts.test], self.told[parts.train])) else None
        return found

    def _training_steps(self, parts: Parts) -> NDArray[np.float64]:
        """All steps of the training sequences, shape (steps, features)."""
        sequences = np.unique(self.places[0][parts.train])
        inside = np.arange(self.values.shape[1]) < self.lengths[sequences, None]
        steps: NDArray[np.float64] = self.values[sequences][inside]
        return steps

    def windows(self, prepared: Preparation) -> StepInputs:
        """The windows of all examples."""
        return StepInputs(self.values, self.lengths, prepared, self.places, self.window)


def described(data: Data, reading: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The plan's section."""
    assert isinstance(data, SequenceSet)
    section = StepSection(
        goal=data.goal, sequences=len(data.lengths), ends_only=data.ends_only, reading=reading, **more
    )
    return section.model_dump(mode="json")


def every_step(found: SequenceSet, prepared: Preparation, window: int) -> tuple[StepInputs, dict[str, NDArray[Any]]]:
    """The window of every step of new sequences, and which step it is: columns of the user's table."""
    inside = np.arange(found.values.shape[1]) < found.lengths[:, None]
    places = _places(inside)
    windows = StepInputs(found.values, found.lengths, prepared, places, window)
    return windows, {"example": places[0] + 1, "step": places[1] + 1}


def _places(there: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sequence and step of each place that is marked, shape (examples,) each."""
    sequence, step = np.nonzero(there)
    return sequence.astype(np.int64), step.astype(np.int64)


def subject(setting: Setting, what: str) -> str:
    """What was asked, without a full stop."""
    section = StepSection.model_validate(setting.section)
    return say(
        "{goal}, {what} at each step of {sequences:,} sequences, from up to {back} back",
        goal=say("steps left") if section.reading.get("remaining") else shorten(section.goal, 40),
        what=what,
        sequences=section.sequences,
        back=say_count("{count} step", "{count:,} steps", setting.data.window),
    )


def step_parts_in_words(setting: Setting) -> str:
    """How training and test parts are divided, for a reader."""
    section = StepSection.model_validate(setting.section)
    told = [parts_in_words(setting.splits, mark("sequence")), say("A sequence is kept whole.")]
    if section.ends_only:
        told.append(say("The last step of each test sequence alone is tested."))
    return " ".join(told)
