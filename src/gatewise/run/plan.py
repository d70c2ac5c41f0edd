"""plan.json: everything that decides the answer, fixed before any training."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field, JsonValue

from gatewise.arms import kind
from gatewise.data.embedded import MOST_COLUMNS, places, width
from gatewise.languages import said
from gatewise.run.document import Document
from gatewise.run.lines import Made
from gatewise.run.options import AnchorName

STEPS_RANGE = (60, 1500)
"""Optimiser steps that a time budget is turned into, least and most."""


class Embedded(Document):
    """An input channel of whole numbers that each stand for a value of a category, 0 for a value that is unknown."""

    channel: int = Field(description="its place among the input channels")
    values: int = Field(description="values that are known")
    numbers: int | None = Field(
        default=None, description="how many take the place of one; null for the square root of the values, at most 16"
    )

    @property
    def width(self) -> int:
        """Numbers that take the place of one."""
        return self.numbers or width(self.values)

    @property
    def parameters(self) -> int:
        """Numbers in the table: a row for each value, and the first one for those that are unknown."""
        return (self.values + 1) * self.width


class DataPlan(Document):
    """The user's data as every task sees them; what only one task knows stands in the plan's ``section``."""

    sha256: str = Field(description="SHA-256 of the values as read, not of the file's bytes")
    examples: int = Field(description="rows of the series, or sequences of the set")
    features: tuple[str, ...] = Field(description="input channels in order, mask channels not counted")
    masked: tuple[int, ...] = Field(
        description="features with a mask channel: those with gaps in the training part of the first split"
    )
    window: int = Field(description="steps that the network reads: the window of a series, or the longest sequence")
    outputs: int = Field(description="numbers that the network answers with: the horizon, or one for each class")

    terms: int = Field(default=0, description="input channels that the calendar alone decides")
    categories: dict[str, tuple[str, ...]] = Field(
        default={},
        description="features that are whole numbers of a category's values -> the values before anything is tested,"
        " numbered from 1 on; all others are 0",
    )

    @property
    def channels(self) -> int:
        """Input channels of the models: features, masks and terms of the calendar, in this order."""
        return len(self.features) + len(self.masked) + self.terms

    @property
    def embedded(self) -> tuple[Embedded, ...]:
        """The channels that are whole numbers of a category's values."""
        coded = places(self.features, self.categories)
        return tuple(Embedded(channel=k, values=len(self.categories[self.features[k]])) for k in coded)

    @property
    def measured(self) -> tuple[int, ...]:
        """The channels that are numbers as measured, neither masks nor terms nor numbers of a category's values."""
        return tuple(k for k, name in enumerate(self.features) if name not in self.categories)

    @property
    def numeric(self) -> int:
        """Input channels of linear rules, which see no terms, and of each category its commonest values."""
        seen = sum(min(MOST_COLUMNS, each.values) - 1 for each in self.embedded)
        return self.channels - self.terms + seen


class SplitPlan(Document):
    """Where training ends and testing begins, as a recipe that the data and the seed make exact.

    ``kind`` names the recipe for the task that made it and for words; everybody else asks for the five traits.
    """

    kind: str = Field(description="origins, own, longer, folds, holdout, ...")
    count: int = Field(description="splits that every pair trains on")
    borders: tuple[int, ...] = Field(description="origins: first test row of each split, then the end of the series")
    block: int = Field(description="rows in one test block; 1 where each example is a block")
    tuning_folds: int = Field(description="validation folds each configuration is scored on")
    tuned_each: bool = Field(description="every split is tuned for itself; else the first one's choices serve all")
    may_climb: bool = Field(description="the list may be widened and fits lengthened by what the first fits say")
    serial: bool = Field(description="test blocks follow each other in time, so neighbours may be correlated")
    redrawn: bool = Field(description="each split trains on another draw of the same examples")
    last_saw_most: bool = Field(description="the last split trains on the most examples, so its models are handed over")
    validated: bool = Field(
        default=True,
        description="fits keep the weights that validate best, every pair has a validation part for it; else steps are"
        " fixed beforehand, the rate falls along a cosine to a hundredth, the last weights are kept, and pairs train on"
        " all that is not tested",
    )
    grouped: str = Field(
        default="",
        description="what names the groups whose examples are kept on one side of every split, each a test block, such"
        " as subject; empty where each example stands alone",
    )


class Shape(Document):
    """What a network is made of, its widths apart; the defaults are the networks of format 3 and before."""

    readout: Literal["last", "pooled", "each"] = Field(
        default="last",
        description="what the head reads: the last state; last state, mean and maximum of the outputs side by side; or"
        " the output at each step, which is answered by itself",
    )
    bidirectional: bool = Field(
        default=False, description="whether a second cell of this width runs from each last step to the first"
    )
    init: Literal["torch", "literature"] = Field(
        default="torch",
        description="initial weights of the layer: uniform as torch draws them, or orthogonal, Glorot and a forget bias"
        " of 1",
    )
    zero_head: bool = Field(default=False, description="whether weights and bias of the head begin at 0")
    targets: int = Field(default=0, description="how many of the first input channels are targets of a forecast")
    normalisation: Literal["global", "window"] = Field(
        default="global",
        description="window: target channels are read in units of their own spread in each window, and outputs answered"
        " in it",
    )
    window: int | None = Field(default=None, description="last steps of the inputs that are read; null for all")
    embedded: tuple[Embedded, ...] = Field(
        default=(), description="input channels of categories, each value of which becomes a row of a learned table"
    )

    def within(self, configuration: Configuration) -> Shape:
        """The same in the setting of a configuration."""
        names = ("bidirectional", "normalisation", "window")
        shared = {name: getattr(configuration, name) for name in names}
        return self.model_copy(update=shared | {"zero_head": self.zero_head and configuration.anchor != "none"})

    @property
    def directions(self) -> int:
        """Cells of the layer."""
        return 2 if self.bidirectional else 1

    @property
    def summaries(self) -> int:
        """Summaries of the outputs that the head reads, each of hidden size for each direction."""
        return 3 if self.readout == "pooled" else 1

    def head_inputs(self, hidden_size: int) -> int:
        """Numbers that the head reads."""
        return self.summaries * self.directions * hidden_size

    def layer_inputs(self, channels: int) -> int:
        """Numbers that the layer reads at each step, of so many input channels."""
        return channels + sum(each.width - 1 for each in self.embedded)

    def parameters(self, cell: str, inputs: int, hidden_size: int, outputs: int) -> int:
        """Parameters of the whole model: the tables of categories, the cell's layer of one direction or two, a head."""
        layer = kind(cell).parameters(self.layer_inputs(inputs), hidden_size, self.directions)
        return self.tables + layer + outputs * (self.head_inputs(hidden_size) + 1)

    @property
    def tables(self) -> int:
        """Parameters of the tables of categories, which every cell has alike."""
        return sum(each.parameters for each in self.embedded)


class Configuration(Document):
    """One point of the search: what each cell chooses for itself, and the setting that all cells share."""

    learning_rate: float = Field(description="Adam's step size")
    batch_size: int
    dropout: float = Field(description="dropped share of what the head reads")
    anchor: AnchorName | None = Field(
        default=None,
        description="shared: what a forecasting network starts from: the best simple rule, the last value, the training"
        " mean, or none of them; null for other tasks",
    )
    normalisation: Literal["global", "window"] = Field(
        default="global",
        description="shared: scale of the targets among the inputs: that of the training part, or of each window",
    )
    window: int | None = Field(default=None, description="shared: last steps of the window that are read; null for all")
    bidirectional: bool = Field(default=False, description="shared: whether the network reads the sequence both ways")

    noise: float = Field(
        default=0.0,
        description="shared: spread of what is added to the measured channels in training, in units of each one's own",
    )

    OWN: ClassVar[tuple[str, ...]] = ("learning_rate", "batch_size", "dropout")
    """The fields that each cell chooses for itself; all others are shared."""

    @property
    def priced(self) -> str:
        """What decides the price of a step, as `Work.prices` names it."""
        return f"{self.batch_size} both ways" if self.bidirectional else str(self.batch_size)

    @property
    def shared(self) -> dict[str, Any]:
        """The setting that all cells share: the fields that no cell chooses for itself."""
        return {name: value for name, value in self if name not in self.OWN}

    def within(self, setting: Configuration) -> Configuration:
        """The same own fields within the setting of another configuration."""
        return self.model_copy(update=setting.shared)


class Work(Document):
    """What the comparison may spend; counted in fits or in predicted core seconds, never by the clock."""

    unit: Literal["fits", "seconds"]
    total: float
    prices: dict[str, dict[str, float]] = Field(
        description="seconds: cell -> batch size, and 'both ways' where the network reads so -> core seconds per"
        " optimiser step; empty for fits"
    )
    overhead: dict[str, float] = Field(description="seconds: cell -> core seconds per fit spent scoring")
    reserved: float = Field(
        default=0.0,
        description="seconds: the part of the total kept for the models to hand over, which are trained on all rows"
        " after the pairs; 0 for fits, which do not count them",
    )
    left_out: dict[str, float] = Field(
        default={},
        description="simple rules that the budget leaves out, and the core seconds that each was predicted to take",
    )


class Setting(NamedTuple):
    """What a task needs to work on the data; see `Plan` for each field."""

    task: str
    section: dict[str, JsonValue]
    data: DataPlan
    splits: SplitPlan
    metric: str
    seed: int


class Plan(Document):
    """Everything that decides the answer, fixed before any training; its hash names the comparison."""

    format: Literal[4] = 4
    task: str = Field(description="forecast, classify, ...")
    section: dict[str, JsonValue] = Field(description="what only this task knows, such as horizon or classes")
    data: DataPlan
    metric: str
    margin: float
    seed: int
    cells: tuple[str, ...] = Field(description="labels in order; a repeated cell is named gru#2")
    match: Literal["params", "width", "time", "none"]
    shape: Shape = Field(default=Shape(), description="what every network is made of")
    hidden_size: dict[str, int]
    parameters: dict[str, int] = Field(description="of the whole model, head included")
    both_ways: dict[str, int] = Field(
        default={}, description="hidden size of each direction where the network reads both ways; empty where none does"
    )
    splits: SplitPlan
    configurations: tuple[Configuration, ...] = Field(
        description="the list: the default first, then what was drawn; each cell chooses among these for itself"
    )
    settings: tuple[Configuration, ...] = Field(
        default=(), description="the default within each further setting that all cells might share"
    )
    steps: dict[str, int] = Field(description="optimiser steps of a fit on the first rung, per cell")
    rungs: int = Field(description="how often fits that end at the cap may be doubled, plus one")
    refit: Literal["never", "rehearsed", "always"] = Field(
        default="never",
        description="whether pairs are trained again on all that comes before their test part: rehearsed where an"
        " earlier origin tells",
    )
    race: bool = Field(
        default=False,
        description="whether a configuration that the default beats clearly on the first validation fold is spared the"
        " others",
    )
    second_tries: bool = Field(
        default=False,
        description="whether a pair's fit, or one on all rows, that fails by the tuning fits' standard is trained again"
        " once, with another seed",
    )
    falls: bool = Field(
        default=False,
        description="whether the learning rate of fits that are validated falls along a cosine to a hundredth, over the"
        " last 0.3 of their steps",
    )
    wider: int = Field(description="how many configurations may be added beyond an edge of the list")
    evaluations: int = Field(description="validation scores taken in a fit, evenly spaced")
    patience: int = Field(description="validation scores without a new best that end a fit")
    looks: tuple[int, ...] = Field(description="pairs after which the data are judged; empty when too few are paid for")
    pairs: int = Field(description="most pairs that may be trained")
    work: Work
    keep_test: bool = Field(
        default=True, description="whether the models to hand over are those of a pair, which never saw the test part"
    )
    ensemble: int = Field(default=1, description="networks that are trained on all rows and averaged to hand over one")
    understood: tuple[str, ...] = Field(default=(), description="what was read, in the lines that were printed")
    notes: tuple[str, ...] = Field(
        default=(), description="what reading changed, left out or doubts, a sentence each, as printed"
    )

    made: dict[str, Made] = Field(
        default={},
        description="each of these lines -> what it was made of, by which it is said in another language; plans of"
        " before do not tell it, and their lines stay English",
    )

    def spoken(self, line: str) -> str:
        """One of `understood` or `notes` in the language that is spoken; as it was printed where that is not known."""
        return said(self.made[line], line) if line in self.made else line

    def shape_of(self, configuration: Configuration) -> Shape:
        """What a configuration's network is made of."""
        return self.shape.within(configuration)

    def width(self, cell: str, configuration: Configuration) -> int:
        """Hidden size of a cell in a configuration's network."""
        return (self.both_ways if configuration.bidirectional else self.hidden_size)[cell]

    def size(self, cell: str, configuration: Configuration) -> int:
        """Parameters of a cell's whole model in a configuration."""
        width, shape = self.width(cell, configuration), self.shape_of(configuration)
        return shape.parameters(cell, self.data.channels, width, self.data.outputs)

    @property
    def scaled(self) -> bool:
        """Whether several targets or series are scored, each in the scale of its own values."""
        listed = [self.section.get(name) for name in ("targets", "names")]
        return any(isinstance(each, list | tuple) and len(each) > 1 for each in listed)

    @property
    def setting(self) -> Setting:
        """What the plan's task needs to work on the data."""
        return Setting(self.task, self.section, self.data, self.splits, self.metric, self.seed)

    def sha256(self) -> str:
        """The name of this plan as it would be written now; one that was read has the name it was written under."""
        return name_of(self.model_dump(mode="json"))


def name_of(written: object) -> str:
    """A plan's name: SHA-256 of what is written in the file, in canonical JSON.

    What a newer gatewise reads into an old plan, such as the default of a field that came later, has no part in it.
    """
    text = json.dumps(written, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
