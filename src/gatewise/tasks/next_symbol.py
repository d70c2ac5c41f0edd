"""The next symbol: the characters, words or events so far in, a probability for each symbol of the alphabet out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
from pydantic import Field, JsonValue

from gatewise.data.symbols import Symbols
from gatewise.errors import DataError
from gatewise.languages import say
from gatewise.metrics import metric_named, metrics_of
from gatewise.run.document import Document
from gatewise.run.plan import DataPlan, Embedded, Shape
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
from gatewise.tasks.stretches import Stream, pieces_of
from gatewise.text import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.data.shapes import Data
    from gatewise.data.windows import Parts
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting, SplitPlan

UNKNOWN = 0
"""The number of all symbols that are not in the alphabet."""

WIDEST = 32
"""Numbers that a symbol is embedded in at most."""


class SymbolSection(Document):
    """What a plan says of next symbols alone."""

    unit: Literal["character", "word", "event"]
    called: str = Field(description="what a piece is called: text, line, case, ...")
    alphabet: tuple[str, ...] = Field(description="the symbols, numbered from 1 on; all others are 0")
    pieces: int = Field(description="how many there are")
    ends: bool = Field(description="whether the end of each piece is told too, as one more symbol")
    unknown: bool = Field(description="whether symbols that count as unknown are told: some are learned from")
    reading: dict[str, JsonValue] = Field(default={}, description="how new texts are read, by the options' names")

    @property
    def edge(self) -> int:
        """The number of what stands before the first symbol of a piece, and is told as its end."""
        return len(self.alphabet) + 1

    @property
    def outputs(self) -> int:
        """Numbers that a network answers with: unknown symbols, the alphabet, the end."""
        return len(self.alphabet) + 2


@dataclass(frozen=True)
class SymbolsLearned:
    """What the training part taught.

    Attributes:
        known: Whether each number is a symbol that it has, or the end, shape (outputs,).
    """

    known: NDArray[np.bool_]


class SymbolExamples(PieceExamples):
    """Symbols by number, as one training part taught to see them.

    Args:
        stream: The symbol before each step, and the one at it.
        learned: What the training part taught.
        metric: Name of the metric to score by.
        determined: Whether each step's symbol can be told.
    """

    def __init__(
        self, stream: Stream, learned: SymbolsLearned, metric: str, determined: NDArray[np.bool_] | None
    ) -> None:
        super().__init__(stream, learned)
        self._metric, self._determined = metric_named(metric), determined

    def scores(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The metric's loss of each symbol, shape (N,)."""
        found = self._metric.loss(outputs, self.targets(ids), 1.0)
        whole = self._metric.unit == "solved"
        return unsolved(found, ids, self.stream.starts, self._determined) if whole else found


def unsolved(
    missed: NDArray[np.float64],
    ids: NDArray[np.int64],
    starts: NDArray[np.int64],
    determined: NDArray[np.bool_] | None,
) -> NDArray[np.float64]:
    """Of each symbol whether its piece is unsolved, so weighted that the mean is the share of pieces unsolved.

    Args:
        missed: 1 where another symbol was the likeliest, shape (N,).
        ids: The symbols, by number.
        starts: First symbol of each piece.
        determined: Whether each symbol of all can be told; None where that holds of every one.
    """
    piece = np.unique(pieces_of(starts, ids), return_inverse=True)[1]
    counts = missed if determined is None else missed * determined[ids]
    failed, sizes = np.bincount(piece, weights=counts) > 0, np.bincount(piece)
    found: NDArray[np.float64] = (failed * sizes.mean() / sizes)[piece]
    return found


class NextSymbol(PieceTask):
    """The next symbol; see `Task`."""

    name: ClassVar[str] = "next-symbol"
    metrics: ClassVar[tuple[str, ...]] = metrics_of("symbols", first="bits")
    fewest: ClassVar[int] = 100

    @classmethod
    def takes(cls, data: Data) -> bool:
        """Texts and events."""
        return isinstance(data, Symbols)

    @classmethod
    def describe(cls, data: Data, asked: Options) -> Described:
        """What was read, as the plan records it."""
        assert isinstance(data, Symbols)
        refuse_forecast(asked, f"{data.unit}s")
        section = section_of(data, asked)
        pieces = pieces_in(data, section)
        common = DataPlan(
            sha256=data.sha256(),
            examples=int(pieces.told.sum()),
            features=(data.unit,),
            masked=(),
            window=read_at_once(pieces.lengths, asked.window),
            outputs=section.outputs,
        )
        return Described(common, section.model_dump(mode="json"))

    @classmethod
    def splits(cls, data: Data, described: Described) -> tuple[SplitPlan, ...]:
        """The own split, or later pieces; of a long text its last part; else folds, and one held-out part."""
        assert isinstance(data, Symbols)
        pieces = pieces_in(data, SymbolSection.model_validate(described.section))
        own = "later" if data.test_start is None else "own"
        return cls.recipes(pieces, own, few=data.few, grouped=data.grouped)

    @classmethod
    def recipe(cls, described: Described) -> Recipe:
        """Symbols are embedded; the head reads every step; the rate is that of networks that are not large."""
        values = described.data.outputs - 1
        table = Embedded(channel=0, values=values, numbers=min(WIDEST, values))
        shape = Shape(readout="each", init="literature", embedded=(table,))
        reads = row_of(described.data, cast("int", described.section["pieces"]))
        return Recipe(shape, {"learning_rate": 0.01}, refits=True, falls=True, reads=reads)

    @classmethod
    def too_few(cls, data: Data, setting: Setting, part: str) -> DataError:
        """Too few symbols."""
        assert isinstance(data, Symbols)
        return DataError(
            f"got {counted(len(data.codes), data.unit)} in {counted(len(data.lengths), data.called)}; they leave too"
            f" little for {part}. Bring more of them"
        )

    def __init__(self, data: Data, setting: Setting) -> None:
        assert isinstance(data, Symbols)
        self.section = SymbolSection.model_validate(setting.section)
        super().__init__(pieces_in(data, self.section), setting)
        self._read, self._answer = _steps(data, self.section)
        self._determined = None if data.determined is None else _determined(data, self.section)

    def piece(self, number: int) -> tuple[str, ...]:
        """The symbols of a piece, those beyond the alphabet left out."""
        start, length = int(self.pieces.starts[number]), int(self.pieces.lengths[number]) - self.section.ends
        codes = self._answer[start : start + length]
        return tuple(self.section.alphabet[code - 1] for code in codes if code != UNKNOWN)

    def examples(self, parts: Parts) -> SymbolExamples:
        """All symbols; those that ``parts.before`` does not have are read as unknown ones, and never told."""
        known = np.zeros(self.section.outputs, dtype=bool)
        known[self._answer[parts.before]] = True
        known[self.section.edge] = True
        numbers = np.where(known, np.arange(len(known)), UNKNOWN)
        x = numbers[self._read].astype(np.float32)[:, None]
        targets = np.where(self.pieces.told, self._answer, -1)
        stream = Stream(x, targets, self.pieces.starts, self.pieces.lengths)
        return SymbolExamples(stream, SymbolsLearned(known), self.setting.metric, self._determined)

    def beside(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> dict[str, float]:
        """Bits, accuracy, and of whole pieces the share solved."""
        nats, right = outputs.mean(axis=0)
        found = {"bits": -float(nats) / float(np.log(2.0)), "accuracy": float(right)}
        if not self.by_stretch:
            found["solved"] = 1.0 - float(self._unsolved(1.0 - outputs[:, 1], ids).mean())
        return found

    def _unsolved(self, missed: NDArray[np.float64], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        return unsolved(missed, ids, self.pieces.starts, self._determined)

    def trivial(self, targets: NDArray[np.int64], training: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the guess by frequency in the ``training`` targets says of the true symbols, shape (N, 2)."""
        return said(np.log(frequencies(training, self.section)), targets)

    @classmethod
    def learned(cls, stored: dict[str, Any]) -> SymbolsLearned:
        """What `Model.save` stored."""
        return SymbolsLearned(np.array(stored["known"], dtype=bool))

    @classmethod
    def words(cls, setting: Setting) -> TaskWords:
        """What is told, of how many symbols; the alphabet; the parts."""
        section, data = SymbolSection.model_validate(setting.section), setting.data
        subject = say(
            "the next {unit} of {count:,} {pieces}, {examples:,} to tell, each one of {alphabet:,}",
            unit=say(section.unit),
            count=section.pieces,
            pieces=called(section.pieces, section.called),
            examples=data.examples,
            alphabet=len(section.alphabet),
        )
        return TaskWords(subject, f"{section.unit}s", (), parts_in_words(setting.splits, section.called, section.unit))


READ_BY = ("text", "symbols", "pieces", "case", "activity", "time", "dates", "zone", "missing", "sheet")
"""Options that say how new texts or events are read."""


def section_of(data: Symbols, asked: Options) -> SymbolSection:
    """The plan's section."""
    said = {name: getattr(asked, name) for name in READ_BY}
    if said["pieces"] is None and data.unit != "event" and said["text"] is None:  # a short text may be either
        said["pieces"] = {"line": "lines", "text": "text"}.get(data.called)
    reading = {name: list(v) if isinstance(v, tuple) else v for name, v in said.items() if v is not None}
    learned = data.codes if data.border is None else data.codes[: data.border]
    return SymbolSection(
        unit=data.unit,
        called=data.called,
        alphabet=data.alphabet,
        pieces=len(data.lengths),
        ends=len(data.lengths) > 1,
        unknown=bool((learned == UNKNOWN).any()),
        reading=reading,
    )


def pieces_in(data: Symbols, section: SymbolSection) -> Pieces:
    """Where the steps lie: of each piece one for each symbol, and one for its end where that is told."""
    lengths = data.lengths + section.ends
    _, answer = _steps(data, section)
    told = (answer != UNKNOWN) | section.unknown
    border = data.border
    if border is not None and section.ends:  # as many ends lie before it as pieces
        border += int(np.searchsorted(np.cumsum(data.lengths), border, side="right"))
    return Pieces(lengths, told, border, data.later, data.groups)


def _steps(data: Symbols, section: SymbolSection) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number that is read at each step, and the one that is to be told, shape (steps,) each."""
    lengths = data.lengths + section.ends
    starts = np.cumsum(lengths) - lengths
    answer = np.full(int(lengths.sum()), section.edge, dtype=np.int64)
    own = np.ones(len(answer), dtype=bool)
    if section.ends:
        own[starts + data.lengths] = False
    answer[own] = data.codes
    read = np.concatenate([[section.edge], answer[:-1]])
    read[starts] = section.edge
    return read, answer


def _determined(data: Symbols, section: SymbolSection) -> NDArray[np.bool_]:
    """Whether each step's symbol can be told; the end of a piece can."""
    assert data.determined is not None
    lengths = data.lengths + section.ends
    found = np.ones(int(lengths.sum()), dtype=bool)
    own = np.ones(len(found), dtype=bool)
    if section.ends:
        own[np.cumsum(lengths) - 1] = False
    found[own] = data.determined
    return found


def frequencies(training: NDArray[np.int64], section: SymbolSection) -> NDArray[np.float64]:
    """The share of each number among the ``training`` targets, shape (outputs,).

    What may be told and was not seen counts as half a symbol; what is never told has as little as makes no difference.
    """
    counts = np.bincount(training, minlength=section.outputs).astype(np.float64)
    may = np.ones(len(counts), dtype=bool)
    may[UNKNOWN], may[section.edge] = section.unknown, section.ends
    counts = np.where(may, np.maximum(counts, 0.5), 1e-9)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares


def said(logs: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """What is kept of the logarithms of shares that are the same for all ``targets``, shape (N, 2)."""
    found: NDArray[np.float64] = np.stack([logs[targets], targets == logs.argmax()], axis=1)
    return found
