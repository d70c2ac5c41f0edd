"""What every task has to answer, so that the rest of gatewise need not know which task it works on.

A task is a class. The class knows which data it takes and how to plan for them; an instance works on one set of data
by one setting of a plan. Tasks speak NumPy and name their loss: `model` has the network and the losses in PyTorch.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import numpy as np

from gatewise.data.windows import Parts, thinned
from gatewise.run.plan import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl
    from numpy.typing import NDArray

    from gatewise.data.prepare import Preparation
    from gatewise.data.shapes import Data
    from gatewise.errors import DataError
    from gatewise.languages import Told
    from gatewise.run.card import Bands
    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting, SplitPlan

    Ids = NDArray[Any]
    Floats = NDArray[Any]


class Learned(Protocol):
    """What a training part taught; a frozen dataclass of numbers and arrays, so that it can be stored as JSON."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def inputs(self) -> Preparation:
        """Scale, imputation and mask channels of the inputs."""


class Lines(NamedTuple):
    """Where examples lie in the memory of all prepared steps, so that they are read without a copy of each.

    Attributes:
        x: The steps of all data, shape (all steps, channels).
        starts: The first step of each example in x, shape (N,).
        lengths: How many steps of x, one after the other, each example has, shape (N,); None where all have ``steps``.
        steps: The most that an example has.
    """

    x: NDArray[Any]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64] | None
    steps: int


class Examples(Protocol):
    """All examples of the data, as one training part taught to see them. Examples are named by number."""

    @property
    def learned(self) -> Any:
        """What the training part taught."""

    def inputs(self, ids: Ids) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Prepared inputs, float32 of shape (N, steps, channels), and their lengths, None where all are equal."""

    def lines(self, ids: Ids) -> Lines:
        """The same inputs, where they lie."""

    def targets(self, ids: Ids) -> NDArray[Any]:
        """What the network is trained on, in its own unit: float32, or class numbers; first axis N."""

    def scores(self, outputs: Floats, ids: Ids) -> NDArray[Any]:
        """The metric's loss of each example, shape (N,), from network outputs of shape (N, outputs)."""


class Described(NamedTuple):
    """What was read, as the plan records it: the common part and the task's own section."""

    data: DataPlan
    section: dict[str, Any]


class Fresh(NamedTuple):
    """New data to predict on."""

    examples: Examples
    ids: Ids
    table: Callable[[Floats], pl.DataFrame]  # from outputs for `ids` to the user's table
    notes: tuple[Told, ...] = ()  # what the user should know of the predictions, one sentence each
    banded: Callable[[pl.DataFrame, Bands], pl.DataFrame] | None = None  # adds bands to the table


class Extent(NamedTuple):
    """How far a training part reaches."""

    seen: int  # examples of the data, as `TaskWords` calls them, that it has
    among: int  # how many there are
    until: str  # the last of them, where they follow each other in time; else empty


class TaskWords(NamedTuple):
    """What a reader is told about the question."""

    subject: str  # what was asked, without a full stop: "sales, 7 steps ahead from 28 steps back"
    examples: str  # what an example is called, in the plural
    details: tuple[str, ...]  # further facts about the data, such as the season or the classes
    splits: str  # how training and test parts are divided


class Recipe(NamedTuple):
    """How networks of a task are made and trained, alike for every cell."""

    shape: Shape = Shape()
    usual: Mapping[str, Any] = MappingProxyType({})  # fields of the default Configuration
    settings: tuple[dict[str, Any], ...] = ()  # what they might share instead
    refits: bool = False  # whether a pair may be trained again on all that comes before its test part
    falls: bool = False  # whether the rate of validated fits falls along a cosine over their steps
    reads: float = 0.0  # examples that a row of a batch has, where passes over them say how long fits are; else 0

    def starting_from(self, anchor: str | None) -> Recipe:
        """The same where networks have to start from one kind of anchor; None for the recipe itself."""
        if anchor is None:
            return self
        kept = [{name: value for name, value in each.items() if name != "anchor"} for each in self.settings]
        return self._replace(usual={**self.usual, "anchor": anchor}, settings=tuple(filter(None, kept)))


class Task(Protocol):
    """A task: what can be asked of sequences."""

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]
    """Names of the metrics that can be asked for, the default first; `gatewise.metrics` has what they are."""
    labelled: ClassVar[bool]
    """Whether classes are told: outputs are then logarithms of their shares, up to a number added to all."""

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Whether the task can be asked of these data."""

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it.

        Raises:
            InputError: An option of another task was given, or the data are too few.
        """

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The splits to choose from, the most telling first; whether each leaves enough is asked later."""

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """How networks are made and trained."""

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """The message for data of which the last resort among the splits leaves too little for ``part``."""

    def __init__(self, data: Data, setting: Setting) -> None: ...

    @property
    def setting(self) -> Setting:
        """What the plan says."""

    @property
    def loss(self) -> str:
        """Name of the training loss, one of `gatewise.model.losses.LOSSES`."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles that outputs are of, those of one target beside each other; empty where they are points."""

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """Examples of a split: which train, validate and test.

        In the phase ``tune`` the draw is a validation fold, counted on in second fits, which have the same parts: the
        losses of both are averaged block by block.
        """

    def whole(self) -> Parts:
        """Every example, to learn from: nothing is left to validate or to test."""

    def extent(self, parts: Parts) -> Extent:
        """How far the training part of ``parts`` reaches."""

    def decimals(self) -> dict[str, int]:
        """Decimals of each target in the data, by the column that predictions of it have; none of classes."""

    def trials(self, split: int) -> tuple[Parts, ...]:
        """Parts by which simple rules are chosen before a split is tested: each trains on what it does not validate."""

    def lacks(self, split: int, parts: Parts) -> str | None:
        """The part of a split that holds too little: training, validation or test; None when all hold enough."""

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """Features with missing values in the training part."""

    def examples(self, parts: Parts) -> Examples:
        """All examples, as the training part of ``parts`` teaches to see them."""

    def selection(self, outputs: Floats, targets: NDArray[Any]) -> NDArray[Any]:
        """The loss that chooses steps and configurations, of each validation example, shape (N,)."""

    def trivial(self, targets: NDArray[Any], training: NDArray[Any]) -> Floats:
        """Outputs of a guess that looks at no input, for ``targets``; ``training`` are the targets to learn it from."""

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> Any:
        """What `Model.save` stored of a `Learned`."""

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """What a reader is told about the question."""


class WholeTask(Task, Protocol):
    """A task whose examples are read whole, from a first step to a last one.

    Estimators learn it from all there is, and a model of it tells what new data are in one table. Tasks that answer
    every step of a stream do neither: `gatewise.model` goes on where their pieces end.
    """

    @classmethod
    def everything(cls, data: Data, described: Described) -> tuple[Data, SplitPlan]:
        """The data and the one split that leave nothing to test, for a model that learns from all there is."""

    @classmethod
    def fresh(cls, data: DataPlan, section: dict[str, Any], learned: Any, source: object, back: int) -> Fresh:
        """Read new data to predict on.

        Args:
            data: The plan's common part.
            section: The plan's section.
            learned: What the training part taught.
            source: What the user brings.
            back: Steps that a simple rule looks back, where that is more than the network's window.

        Raises:
            DataError: The data do not fit the model.
        """


def taught(section: Mapping[str, Any], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the training examples that networks learn from, by what a plan's section says: mostly all."""
    return thinned(ids, section.get("most_learned"))


def only_training(train: NDArray[np.int64]) -> Parts:
    """Examples that are all learned from: nothing validates, nothing is tested."""
    nobody = np.empty(0, dtype=np.int64)
    return Parts(train, nobody, nobody, nobody, nobody, train)


def lacking(parts: Parts, fewest_training: int = 1) -> str | None:
    """The first part that holds too little; None when all hold enough."""
    for name, part, fewest in (
        ("training", parts.train, fewest_training),
        ("validation", parts.validation, 1),
        ("test", parts.test, 1),
    ):
        if len(part) < fewest:
            return name
    return None
