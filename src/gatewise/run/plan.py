"""plan.json: everything that decides the answer, fixed before any training."""

from __future__ import annotations

import hashlib
import json
from typing import Literal, NamedTuple

from pydantic import Field, JsonValue

from gatewise.run.document import Document

AnchorName = Literal["none", "last", "mean", "rule"]
"""What a forecasting network starts from: nothing, the last value, the training mean, or the best simple rule."""


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

    @property
    def channels(self) -> int:
        """Input channels of the models: features and masks."""
        return len(self.features) + len(self.masked)


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
    grouped: str = Field(
        default="",
        description="what names the groups whose examples are kept on one side of every split, each a test block, such"
        " as subject; empty where each example stands alone",
    )


class Configuration(Document):
    """One point of the random search, shared by all cells."""

    learning_rate: float = Field(description="Adam's step size")
    batch_size: int
    dropout: float = Field(description="dropped share of the last hidden state, before the head")
    anchor: AnchorName | None = Field(
        default=None,
        description="what a forecasting network starts from: the best simple rule, the last value, the training mean,"
        " or none of them; null for other tasks",
    )
    normalisation: Literal["global", "window"] = Field(
        default="global",
        description="scale of the targets among the inputs: that of the training part, or of each window",
    )
    window: int | None = Field(default=None, description="last steps of the window that are read; null for all")


class Work(Document):
    """What the comparison may spend; counted in fits or in predicted core seconds, never by the clock."""

    unit: Literal["fits", "seconds"]
    total: float
    prices: dict[str, dict[str, float]] = Field(
        description="seconds: cell -> batch size -> core seconds per optimiser step; empty for fits"
    )
    overhead: dict[str, float] = Field(description="seconds: cell -> core seconds per fit spent scoring")


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
    hidden_size: dict[str, int]
    parameters: dict[str, int] = Field(description="of the whole model, head included")
    splits: SplitPlan
    configurations: tuple[Configuration, ...]
    steps: dict[str, int] = Field(description="optimiser steps of a fit on the first rung, per cell")
    rungs: int = Field(description="how often fits that end at the cap may be doubled, plus one")
    wider: int = Field(description="how many configurations may be added beyond an edge of the list")
    evaluations: int = Field(description="validation scores taken in a fit, evenly spaced")
    patience: int = Field(description="validation scores without a new best that end a fit")
    looks: tuple[int, ...] = Field(description="pairs after which the data are judged; empty when too few are paid for")
    pairs: int = Field(description="most pairs that may be trained")
    work: Work
    understood: tuple[str, ...] = Field(default=(), description="what was read, in the lines that were printed")
    notes: tuple[str, ...] = Field(
        default=(), description="what reading changed, left out or doubts, a sentence each, as printed"
    )

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
