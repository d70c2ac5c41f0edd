"""The next frame: which of several channels were on so far in, for each channel the odds that it is on next out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from pydantic import Field, JsonValue

from gatewise.data.frames import Frames
from gatewise.data.symbols import are_few, tested_from
from gatewise.errors import DataError
from gatewise.languages import say
from gatewise.metrics import metric_named, metrics_of
from gatewise.run.document import Document
from gatewise.run.plan import DataPlan, Shape
from gatewise.tasks.pieces import (
    PieceExamples,
    Pieces,
    PieceTask,
    called,
    parts_in_words,
    read_at_once,
    refuse_forecast,
    row_of,
)
from gatewise.tasks.protocol import Described, Recipe, TaskWords
from gatewise.tasks.stretches import Stream
from gatewise.text import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting, SplitPlan


class FrameSection(Document):
    """What a plan says of next frames alone."""

    pieces: int = Field(description="how many there are")
    reading: dict[str, JsonValue] = Field(default={}, description="how new pieces are read, by the options' names")


@dataclass(frozen=True)
class FramesLearned:
    """What the training part taught.

    Attributes:
        share: Share of its steps that each channel is on at, shape (channels,).
    """

    share: NDArray[np.float64]


class FrameExamples(PieceExamples):
    """Steps by number: the frame before each, and the one at it, to be told.

    Args:
        stream: Both frames of each step.
        learned: What the training part taught.
        metric: Name of the metric to score by.
    """

    def __init__(self, stream: Stream, learned: FramesLearned, metric: str) -> None:
        super().__init__(stream, learned)
        self._metric = metric_named(metric)

    def scores(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each step, shape (N,)."""
        return self._metric.loss(outputs, self.targets(ids), 1.0)


class NextFrame(PieceTask):
    """Which channels are on next; see `Task`."""

    name: ClassVar[str] = "next-frame"
    metrics: ClassVar[tuple[str, ...]] = metrics_of("frames", first="nats")
    fewest: ClassVar[int] = 50

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Pieces of channels that are on or off."""
        return isinstance(data, Frames)

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, Frames)
        refuse_forecast(asked, "channels that are on or off")
        pieces = pieces_in(data)
        common = DataPlan(
            sha256=data.sha256(),
            examples=int(pieces.lengths.sum()),
            features=data.channels,
            masked=(),
            window=read_at_once(pieces.lengths, asked.window),
            outputs=len(data.channels),
        )
        reading = {name: getattr(asked, name) for name in ("layout", "every") if getattr(asked, name) is not None}
        section = FrameSection(pieces=len(data.lengths), reading=reading)
        return Described(common, section.model_dump(mode="json"))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The own split; of few pieces the last part; else folds, and one held-out part."""
        assert isinstance(data, Frames)
        return cls.recipes(pieces_in(data), "own", few=are_few(len(data.lengths), data.test_start), grouped="")

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """The head reads every step. Fits are short, and the default rate is high."""
        reads = row_of(described.data, cast("int", described.section["pieces"]))
        return Recipe(Shape(readout="each", init="literature"), {"learning_rate": 0.01}, falls=True, reads=reads)

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """Too few steps."""
        assert isinstance(data, Frames)
        return DataError(
            f"got {counted(len(data.on), 'step')} in {counted(len(data.lengths), 'piece')}; they leave too little for"
            f" {part}. Bring more of them"
        )

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, Frames)
        super().__init__(pieces_in(data), setting)
        first, last = edges(data.lengths)
        self._before, self._next = data.on[~last].astype(np.float32), data.on[~first].astype(np.float32)

    def examples(self, parts: Parts) -> FrameExamples:
        """All steps; nothing of what they are is learned but how often each channel is on."""
        stream = Stream(self._before, self._next, self.pieces.starts, self.pieces.lengths)
        share = self._next[parts.before].mean(axis=0, dtype=np.float64)
        return FrameExamples(stream, FramesLearned(share), self.setting.metric)

    def beside(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> dict[str, float]:
        """Nats, and the share of frames of which every channel is told."""
        logs, right = outputs.mean(axis=0)
        return {"nats": -float(logs), "accuracy": float(right)}

    def trivial(self, targets: NDArray[np.float32], training: NDArray[np.float32]) -> NDArray[np.float64]:
        """What the guess by the share of each channel in the ``training`` targets says of the true frames, (N, 2)."""
        return said(odds(shares(training)), targets)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> FramesLearned:
        """What `Model.save` stored."""
        return FramesLearned(np.array(stored["share"]))

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """What is told, of how many channels; the parts."""
        section, data = FrameSection.model_validate(setting.section), setting.data
        subject = say(
            "which of {channels} channels are on next in {count:,} {pieces}, {steps:,} steps to tell",
            channels=data.outputs,
            count=section.pieces,
            pieces=called(section.pieces, "piece"),
            steps=data.examples,
        )
        return TaskWords(
            subject,
            "steps",
            (),
            parts_in_words(setting.splits, "piece", "step"),
        )


def pieces_in(data: Frames) -> Pieces:
    """Where the steps to be told lie: of each piece all but its first, which nothing comes before."""
    lengths = data.lengths - 1
    first = tested_from(lengths, data.test_start, in_time=False)
    border, later = (None, None) if first is None else first
    return Pieces(lengths, np.ones(int(lengths.sum()), dtype=bool), border, later, None)


def edges(lengths: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each step of all pieces is the first of its piece, and whether it is the last, shape (steps,) each."""
    ends = np.cumsum(lengths)
    first, last = np.zeros((2, int(lengths.sum())), dtype=bool)
    first[ends - lengths] = True
    last[ends - 1] = True
    return first, last


def shares(on: NDArray[Any]) -> NDArray[np.float64]:
    """The share of steps that each channel is on at, one that is always or never on by half a step less or more.

    Args:
        on: 0 and 1, shape (N, channels).
    """
    count = np.clip(on.sum(axis=0, dtype=np.float64), 0.5, max(len(on) - 0.5, 0.5))
    found: NDArray[np.float64] = count / max(len(on), 1)
    return found


def odds(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the odds of a share."""
    found: NDArray[np.float64] = np.log(share) - np.log1p(-share)
    return found


def said(logits: NDArray[np.float64], on: NDArray[Any]) -> NDArray[np.float64]:
    """What is kept of the logarithms of odds, shape (N, 2); `gatewise.model.losses.TOLD` keeps the same of a network's.

    The logarithm of the probability of each frame, in nats, channels independent of each other, and 1 where each
    channel is what is likelier.

    Args:
        logits: Of each channel, shape (channels,) or (N, channels).
        on: The true frames, 0 and 1, shape (N, channels).
    """
    signed = np.where(on > 0.5, logits, -logits)
    logs = -np.logaddexp(0.0, -signed).sum(axis=1)
    found: NDArray[np.float64] = np.stack([logs, (signed > 0.0).all(axis=1)], axis=1)
    return found
