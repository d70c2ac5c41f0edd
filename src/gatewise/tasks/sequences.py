"""What tasks on whole sequences share: folds and draws, preparation, and new sequences to predict on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from gatewise.data.embedded import places
from gatewise.data.groups import FEWEST_TO_JUDGE
from gatewise.data.prepare import Preparation, prepare
from gatewise.data.reading import Reading
from gatewise.data.sequences import as_sequences
from gatewise.data.shapes import SequenceSet
from gatewise.data.split import deal, deal_groups, draw_groups, sequence_parts, validation_draw
from gatewise.errors import DataError, OptionError
from gatewise.languages import mark, say
from gatewise.metrics import metric_named
from gatewise.run.plan import DataPlan, Setting, Shape, SplitPlan
from gatewise.seeds import stream
from gatewise.tasks.protocol import Extent, Lines, Recipe, lacking, only_training
from gatewise.text import shorten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.tasks.protocol import Described

HOLDOUT_FOLDS = 3
"""A set that can pay for one split only is tested on one fold of this many."""


@dataclass(frozen=True)
class SequenceLearned:
    """What the training part taught: scale, imputation and masks of the input channels."""

    inputs: Preparation


class Inputs(Protocol):
    """Sequences, prepared; by number."""

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        """Prepared sequences, shape (N, longest, channels), and their lengths, None where all are equal."""

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where these sequences lie."""


class SequenceInputs:
    """The sequences of a set, prepared.

    Args:
        values: Shape (n, T, features), NaN where missing and beyond a sequence's end.
        lengths: Steps of each sequence, shape (n,).
        prepared: What the training part taught about the channels.
    """

    def __init__(self, values: NDArray[np.float64], lengths: NDArray[np.int64], prepared: Preparation) -> None:
        inside = np.arange(values.shape[1]) < lengths[:, None]
        # Beyond its end a sequence is not missing but over: zeros there, and no mask.
        self._x = prepared(values) * inside[..., None].astype(np.float32)
        self._lengths = lengths
        self._equal = bool((lengths == values.shape[1]).all())

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        """Prepared sequences, shape (N, longest, channels), and their lengths, None where all are equal."""
        if self._equal:
            return self._x[ids], None
        lengths = self._lengths[ids]
        return self._x[ids, : int(lengths.max())], lengths

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where these sequences lie."""
        count, steps, channels = self._x.shape
        lengths = None if self._equal else self._lengths[ids]
        return Lines(self._x.reshape(count * steps, channels), ids * steps, lengths, steps)


class SequenceTask(ABC):
    """A task on whole sequences; the part of `Task` that does not depend on what is asked of them."""

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, SequenceSet)
        self.values, self.lengths, self.test_start = data.values, data.lengths, data.test_start
        self.groups = data.groups
        self.setting = setting
        self._coded = places(data.features, data.categories)

    quantiles: ClassVar[tuple[float, ...]] = ()
    labelled: ClassVar[bool]
    """Whether strata are classes, which have to be learned to be told."""

    @abstractmethod
    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The groups of ``ids`` that every part gets its share of, shape (N,); from these examples alone."""

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """The head reads last state, mean and maximum of the outputs; the sequence is there as a whole.

        A rate that falls to nothing is half as high on average, so the default begins at 0.01, not at 0.005.
        """
        shape = Shape(readout="pooled", init="literature", embedded=described.data.embedded)
        return Recipe(shape, {"learning_rate": 0.01}, ({"bidirectional": True},))

    @staticmethod
    def common(data: Data, asked: Options, outputs: int) -> DataPlan:
        """The plan's common part; options of a forecast are refused."""
        assert isinstance(data, SequenceSet)
        given = {
            "--window": asked.window,
            "--season": asked.season,
            "--anchor": asked.anchor,
            "--quantiles": asked.quantiles,
        }
        alien = [name for name, value in given.items() if value is not None]
        alien += ["--horizon"] if asked.horizon != 1 else []
        if alien:
            raise OptionError(f"{alien[0]} belongs to a forecast; these data are whole sequences. Leave it out")
        return DataPlan(
            sha256=data.sha256(),
            examples=len(data.lengths),
            features=data.features,
            masked=(),
            window=int(data.lengths.max()),
            outputs=outputs,
            categories=data.categories,
        )

    @staticmethod
    def recipes(data: Data, smallest: int) -> tuple[SplitPlan, ...]:
        """The set's own split; else folds, most first, and one held-out part.

        Args:
            data: The sequences.
            smallest: Most folds that can each have a share of everything: the size of the smallest class, in groups
                where sequences have them.
        """
        assert isinstance(data, SequenceSet)
        n = len(data.lengths)
        training = data.test_start or n - -(-n // HOLDOUT_FOLDS)
        tuning = 3 if 6 <= training < 300 else 1
        if data.groups is not None:
            learned = data.groups if data.test_start is None else data.groups[: data.test_start]
            kept = len(np.unique(learned))
            tuning = 3 if tuning == 3 and (kept if data.test_start else kept - -(-kept // HOLDOUT_FOLDS)) >= 3 else 1
        if data.test_start is not None:
            return (_one(data.split, tuning, data.grouped),)
        folds = tuple(_folds(count, data.grouped) for count in (5, 3, 2) if count <= smallest)
        few = data.groups is not None and (int(data.groups.max()) + 1) // HOLDOUT_FOLDS < FEWEST_TO_JUDGE
        # Folds test every group; one part of a few groups could not be judged.
        return folds if folds and few else (*folds, _one("holdout", tuning, data.grouped))

    @classmethod
    def everything(cls, data: Data, described: Described) -> tuple[Data, SplitPlan]:
        """The sequences, all of them to learn from."""
        assert isinstance(data, SequenceSet)
        return replace(data, test_start=len(data.lengths)), _one("own", 1)

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """Too few sequences."""
        return DataError(
            f"got {setting.data.examples} sequences; they leave nothing for {part}. Bring more sequences of each class"
        )

    def trials(self, split: int) -> tuple[Parts, ...]:
        """The parts of the split's first validation draw."""
        return (self.parts(split, "tune", 0),)

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split.

        Tuning deals the training part to validation folds, of which ``draw`` is one, counted on where they are fit a
        second time. Each pair ``draw``, tuned anew or not, trains on the whole of it; where a validation part chooses
        its best step, it redraws that, and with it what it trains on. The tested examples of a split never change.
        """
        training, test = self._outer(split)
        phase = "pair" if phase == "redraw" else phase
        if phase == "pair" and not self.setting.splits.validated:
            return sequence_parts(training, test, np.zeros(len(training), dtype=bool), self.groups)
        folds = self.setting.splits.tuning_folds
        if phase == "tune":
            draw %= folds
        if phase == "tune" and folds > 1:
            validates = self._dealt(training, folds, self._rng("tune", split)) == draw
        else:
            validates = self._drawn(training, self._rng(phase, split, draw))
        return sequence_parts(training, test, validates, self.groups)

    def whole(self) -> Parts:
        """Every sequence, to learn from."""
        return only_training(np.arange(len(self.lengths)))

    def extent(self, parts: Parts) -> Extent:
        """How many of the examples train."""
        return Extent(len(parts.train), self.setting.data.examples, "")

    def decimals(self) -> dict[str, int]:
        """Those of what is told of each example; none of classes."""
        return {}

    def _dealt(self, ids: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """The fold of each of ``ids``; those of one group are in one."""
        strata = self.strata(ids)
        return deal(strata, folds, rng) if self.groups is None else deal_groups(strata, self.groups[ids], folds, rng)

    def _drawn(self, ids: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
        """Which of ``ids`` validate; those of one group all do or none."""
        strata = self.strata(ids)
        return validation_draw(strata, rng) if self.groups is None else draw_groups(strata, self.groups[ids], rng)

    def _outer(self, split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        everything = np.arange(len(self.lengths))
        if self.test_start is not None:
            return everything[: self.test_start], everything[self.test_start :]
        tested = self._fold == split
        return everything[~tested], everything[tested]

    @cached_property
    def _fold(self) -> NDArray[np.int64]:
        """The fold of each example, dealt once."""
        splits = self.setting.splits
        folds = HOLDOUT_FOLDS if splits.kind == "holdout" else splits.count
        return self._dealt(np.arange(len(self.lengths)), folds, self._rng("folds"))

    def _rng(self, *names: str | int) -> np.random.Generator:
        return np.random.default_rng(stream(self.setting.seed, "split", *names))

    @property
    def loss(self) -> str:
        """The metric's, in the network's unit."""
        return metric_named(self.setting.metric).trained

    def selection(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
        """The loss of each sequence by which the metric chooses, shape (N,), in the network's unit."""
        return metric_named(self.setting.metric).chooses(outputs, targets, 1.0)

    def lacks(self, split: int, parts: Parts) -> str | None:
        """Every part has an example; where groups decide who is where, training has every stratum that is tested."""
        found = lacking(parts)
        if found is None and self.groups is not None and self.labelled:
            unseen = np.setdiff1d(self.strata(parts.test), self.strata(parts.train))
            return "training" if len(unseen) else None
        return found

    def learn(self, parts: Parts) -> SequenceLearned:
        """Learn the scale of the channels from the training sequences alone."""
        masked = np.array(self.setting.data.masked, dtype=np.int64)
        return SequenceLearned(prepare(self._training_steps(parts), masked, self._coded))

    def _training_steps(self, parts: Parts) -> NDArray[np.float64]:
        """All steps of the training sequences, shape (steps, features)."""
        inside = np.arange(self.values.shape[1]) < self.lengths[parts.train, None]
        steps: NDArray[np.float64] = self.values[parts.train][inside]
        return steps

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Channels with missing values in the training sequences, before their ends."""
        gone = np.flatnonzero(np.isnan(self._training_steps(parts)).any(axis=0))
        # A missing value of a category is an unknown one, which its channel says.
        return tuple(int(channel) for channel in gone if channel not in self._coded)


def most_folds(data: SequenceSet, strata: NDArray[np.int64]) -> int:
    """Most folds of which each can have its share of every stratum: the groups that the scarcest one is spread over."""
    assert data.groups is not None
    pairs = np.unique(np.stack([data.groups, strata]), axis=1)
    return int(np.bincount(pairs[1]).min())


def reading_of(data: Data, asked: Options) -> dict[str, Any]:
    """How new sequences are to be read, as the section keeps it: what was said, and what was found of an array."""
    assert isinstance(data, SequenceSet)
    said: dict[str, Any] = {name: getattr(asked, name) for name in ("sheet", "decimal", "missing", "dates", "zone")}
    if said["decimal"] is None and data.decimal == ",":
        said["decimal"] = ","
    if data.layout == "nct" or asked.layout == "ucr":
        said["layout"] = "nct" if data.layout == "nct" else "ucr"
    if data.texts:
        said |= {"longest": asked.longest, **data.texts}
    if asked.sequence is not None:
        said |= {"sequence": asked.sequence, "order": asked.order}
    if data.heard is not None:
        said |= {"rate": data.heard.rate, "hop": data.heard.hop}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in said.items() if v is not None}


def fresh_sequences(data: DataPlan, section: dict[str, Any], source: object) -> SequenceSet:
    """New sequences with the channels that a model was trained on.

    Args:
        data: The plan's common part.
        section: The plan's section, which says how they are to be read.
        source: What the user brings, or sequences that were read and checked already.

    Raises:
        DataError: They have others.
    """
    if isinstance(source, SequenceSet):
        return source
    found = as_sequences(source, Reading.stored(section.get("reading", {})), data.features, data.categories)
    if len(found.features) != len(data.features):
        raise DataError(
            f"got sequences of {len(found.features)} channels, expected {len(data.features)}. Bring sequences with the"
            f" channels that the model was trained on: {', '.join(data.features)}"
        )
    return found


def places_of(found: SequenceSet, ids: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """What names the sequences ``ids`` in a table of predictions: numbers from 1, and the files of sounds."""
    files = {"file": np.array(found.names)[ids]} if found.names else {}
    return {"example": ids + 1, **files}


EXAMPLE = mark("example")
"""What is dealt to parts."""


def parts_in_words(splits: SplitPlan, example: str = EXAMPLE) -> str:
    """How training and test parts are divided, for a reader.

    Args:
        splits: How they are.
        example: What is kept whole, in the singular.
    """
    texts = {
        "own": mark("The data set's own training and test parts."),
        "longer": mark("The shorter sequences are learned from, the longer ones tested."),
        "folds": mark("{count} stratified folds: every {example} is tested once in each pair."),
        "holdout": mark("One held-out stratified part; the rest is trained on."),
    }
    told = say(texts[splits.kind], count=splits.count, example=say(example))
    if splits.grouped:
        told += " " + say("Sequences of one {group} are kept on one side.", group=shorten(splits.grouped))
    return told


def stored_inputs(stored: dict[str, Any]) -> Preparation:
    """The preparation of the inputs in what was stored of a `SequenceLearned` or its like."""
    return Preparation.of(stored["inputs"])


def _one(kind: str, tuning_folds: int, grouped: str = "") -> SplitPlan:
    """The set's own split, the longer sequences, or one held-out part."""
    return SplitPlan(
        kind=kind,
        count=1,
        borders=(),
        block=1,
        tuning_folds=tuning_folds,
        tuned_each=False,
        may_climb=True,
        serial=False,
        redrawn=False,
        last_saw_most=False,
        validated=False,
        grouped=grouped,
    )


def _folds(count: int, grouped: str = "") -> SplitPlan:
    """Stratified folds. What one fold's fits say must not widen or lengthen the search of another, which tests them."""
    return SplitPlan(
        kind="folds",
        count=count,
        borders=(),
        block=1,
        tuning_folds=1,
        tuned_each=True,
        may_climb=False,
        serial=False,
        redrawn=True,
        last_saw_most=False,
        validated=False,
        grouped=grouped,
    )
