"""What tasks share that answer each step of pieces, such as texts, cases or rolls: parts, test blocks, examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gatewise.data.split import VALIDATION_SHARE, deal, deal_groups, draw_groups, validation_draw
from gatewise.data.windows import Parts
from gatewise.errors import OptionError
from gatewise.languages import mark, say
from gatewise.metrics import metric_named
from gatewise.run.plan import SplitPlan
from gatewise.seeds import stream
from gatewise.tasks.protocol import Extent, Lines, lacking, only_training
from gatewise.tasks.stretches import Stream, pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.run.options import Options
    from gatewise.run.plan import DataPlan, Setting

MOST_VALIDATED, MOST_TESTED = 1 << 13, 1 << 17
"""Steps of a part that are scored at most: beyond that more of them tell little, and cost as much as training."""

BLOCKS, SHORTEST, LONGEST = 64, 16, 512
"""Of few pieces the test part is cut into about so many blocks, of so many steps at least and at most."""

ENOUGH = 150
"""Pieces, or groups of them, from which on one held-out part says enough; of fewer ones folds test every one."""

LAST = 0.1
"""Share of what is learned from that validates where pieces are few: the last steps."""

WHOLE, STRETCH = 256, 64
"""Pieces of up to so many steps are read whole in training; else so many steps are read at once, the state carried."""


@dataclass(frozen=True)
class Pieces:
    """Where the steps of pieces lie, and which pieces belong together.

    Attributes:
        lengths: Steps of each piece, shape (pieces,).
        told: Whether something is told of each step, shape (steps,).
        border: The first step that is tested, and all after it are; None where pieces are drawn to be tested.
        later: The first piece that is tested, and all after it are; None where that is not so.
        groups: The group of each piece, shape (pieces,); None where each stands alone.
    """

    lengths: NDArray[np.int64]
    told: NDArray[np.bool_]
    border: int | None
    later: int | None
    groups: NDArray[np.int64] | None

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first step of each piece."""
        return np.cumsum(self.lengths) - self.lengths


class PieceExamples(ABC):
    """The steps of pieces, by number, as one training part taught to see them.

    Args:
        stream: What is read and told at each step.
        learned: What the training part taught.
    """

    def __init__(self, stream: Stream, learned: Any) -> None:
        self.stream, self.learned = stream, learned

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
        """What is read at each of these steps alone, shape (N, 1, channels)."""
        return self.stream.x[ids][:, None], None

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where these steps lie."""
        return Lines(self.stream.x, ids, None, 1)

    def targets(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What each step is to be answered."""
        return self.stream.targets[ids]

    @abstractmethod
    def scores(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[Any]:
        """The metric's loss of each step, shape (N,)."""

    def converted(self, outputs: NDArray[Any], theirs: PieceExamples, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Outputs in the unit of other examples of the same steps, in the unit of these: what is told has none."""
        return outputs


class PieceTask(ABC):
    """A task that answers each step of pieces; the part of `Task` that does not depend on what is answered.

    Examples are steps of the stream of all pieces, by number.

    Args:
        pieces: Where steps lie.
        setting: What the plan says.
    """

    fewest: ClassVar[int]
    """Steps to learn from at least."""
    quantiles: ClassVar[tuple[float, ...]] = ()
    labelled: ClassVar[bool] = False

    def __init__(self, pieces: Pieces, setting: Setting) -> None:
        self.pieces, self.setting = pieces, setting

    @abstractmethod
    def examples(self, parts: Parts) -> PieceExamples:
        """All steps, as the training part of ``parts`` teaches to see them."""

    @abstractmethod
    def beside(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> dict[str, float]:
        """Scores that are shown beside the one that is judged, by name, of what was said of the steps ``ids``."""

    @staticmethod
    def recipes(pieces: Pieces, own: str, *, few: bool, grouped: str) -> tuple[SplitPlan, ...]:
        """The splits to choose from.

        Args:
            pieces: Where steps lie.
            own: What the split is called where some piece and all after it are tested.
            few: Whether pieces are too few to be test blocks.
            grouped: What names the groups.
        """
        if few:
            tested = int(pieces.lengths.sum()) - (pieces.border or 0)
            block = min(max(tested // BLOCKS, SHORTEST), LONGEST)
            return (_one("stretches" if pieces.later is None else own, block, serial=True),)
        if pieces.later is not None:
            return (_one(own, 1, serial=own == "later", grouped=grouped),)
        count = len(pieces.lengths) if pieces.groups is None else int(pieces.groups.max()) + 1
        folds = tuple(_folds(n, grouped) for n in (5, 3)) if count < ENOUGH else ()
        return (*folds, _one("holdout", 1, grouped=grouped))

    @property
    def by_stretch(self) -> bool:
        """Whether test blocks are stretches of pieces; else each piece, or group of them, is one."""
        return self.setting.splits.block > 1

    def parts(self, split: int, phase: str, draw: int) -> Parts:
        """The steps of a split.

        What is tested never changes. Where pieces are drawn to validate, each pair draws anew, and all tuning fits
        share one draw, so that their losses are of the same pieces; where pieces follow each other, or are few, the
        last of what is learned from validates. Where test blocks are stretches a rehearsal tests these last steps, as
        if the test part began with them.
        """
        if self.by_stretch:
            training, test = self._learned_and_tested(split)
            if phase == "rehearse":
                training, test = np.split(training, [_edge(training)])
            return self._of_steps(training, test)
        training, test = self._outer(split)
        validates = self._validates(training, split, "pair" if phase == "redraw" else phase, draw)
        valid = self._thinned(training[validates], MOST_VALIDATED)
        tested = self._thinned(test, MOST_TESTED)
        train, validation, tested, before = map(self._steps_of, (training[~validates], valid, tested, training))
        return Parts(train, validation, tested, self._by_piece(validation), self._by_piece(tested), before)

    def _learned_and_tested(self, split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The steps to learn from, and those to test on, where test blocks are stretches."""
        if self.setting.splits.kind == "stretches":
            edge = self.pieces.border or 0
            return np.arange(edge), np.arange(edge, len(self.pieces.told))
        training, test = self._outer(split)
        return self._steps_of(training), self._steps_of(test)

    def _of_steps(self, training: NDArray[np.int64], test: NDArray[np.int64]) -> Parts:
        """The parts where the last steps of what is learned from validate, and blocks are stretches."""
        block, told = self.setting.splits.block, self.pieces.told
        edge = _edge(training)
        validation, validated = self._stretched(training[edge:], block, MOST_VALIDATED)
        tested, test_block = self._stretched(test, block, MOST_TESTED)
        train, before = training[:edge], training
        return Parts(train[told[train]], validation, tested, validated, test_block, before[told[before]])

    def _stretched(
        self, steps: NDArray[np.int64], block: int, most: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Steps of some evenly spaced blocks, ``most`` at most, and the block of each; none is of two pieces."""
        piece = pieces_of(self.pieces.starts, steps)
        number = (steps - self.pieces.starts[piece]) // block
        blocks = np.unique(np.stack([piece, number]), axis=1, return_inverse=True)[1].reshape(-1)
        every = max(1, -(-len(steps) // most))
        kept = (blocks % every == 0) & self.pieces.told[steps]
        return steps[kept], np.unique(blocks[kept], return_inverse=True)[1].astype(np.int64)

    def _thinned(self, pieces: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        """Some of the pieces, evenly spaced, of about ``most`` steps at most."""
        steps = int(self.pieces.lengths[pieces].sum())
        return pieces[:: max(1, -(-steps // most))]

    def _by_piece(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """The block of each step: its piece, or the group of that."""
        piece = pieces_of(self.pieces.starts, steps)
        of = piece if self.pieces.groups is None else self.pieces.groups[piece]
        found: NDArray[np.int64] = np.unique(of, return_inverse=True)[1].astype(np.int64)
        return found

    def _steps_of(self, pieces: NDArray[np.int64]) -> NDArray[np.int64]:
        """The steps of some pieces that something is told of, in order."""
        chosen = np.zeros(len(self.pieces.lengths), dtype=bool)
        chosen[pieces] = True
        return np.flatnonzero(np.repeat(chosen, self.pieces.lengths) & self.pieces.told)

    def _outer(self, split: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pieces to learn from, and those to test on."""
        splits, everything = self.setting.splits, np.arange(len(self.pieces.lengths))
        if self.pieces.later is not None:
            return everything[: self.pieces.later], everything[self.pieces.later :]
        folds = round(1 / VALIDATION_SHARE) if splits.kind == "holdout" else splits.count
        rng, alike = self._rng("folds"), np.zeros(len(everything), dtype=np.int64)
        groups = self.pieces.groups
        dealt = deal(alike, folds, rng) if groups is None else deal_groups(alike, groups, folds, rng)
        return everything[dealt != split], everything[dealt == split]

    def _validates(self, training: NDArray[np.int64], split: int, phase: str, draw: int) -> NDArray[np.bool_]:
        """Which of the pieces to learn from validate."""
        if not len(training):  # all pieces are one group, which is tested: what is lacking is said later
            return np.zeros(0, dtype=bool)
        if self.setting.splits.kind == "later":
            return np.arange(len(training)) >= _edge(training)
        if phase == "tune":
            draw %= self.setting.splits.tuning_folds
        rng, alike = self._rng(phase, split, draw), np.zeros(len(training), dtype=np.int64)
        groups = self.pieces.groups
        return validation_draw(alike, rng) if groups is None else draw_groups(alike, groups[training], rng)

    def _rng(self, *names: str | int) -> np.random.Generator:
        return np.random.default_rng(stream(self.setting.seed, "split", *names))

    def trials(self, split: int) -> tuple[Parts, ...]:
        """The parts of the split's first validation draw."""
        return (self.parts(split, "tune", 0),)

    def whole(self) -> Parts:
        """Every step, to learn from."""
        return only_training(np.flatnonzero(self.pieces.told))

    def extent(self, parts: Parts) -> Extent:
        """How many of the steps train."""
        return Extent(len(parts.train), self.setting.data.examples, "")

    def decimals(self) -> dict[str, int]:
        """None of what is told has any."""
        return {}

    def lacks(self, split: int, parts: Parts) -> str | None:
        """Every part has a step, the training part `fewest`."""
        return lacking(parts, self.fewest)

    def gaps(self, parts: Parts) -> tuple[int, ...]:
        """None."""
        return ()

    def selection(self, outputs: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
        """The loss of each step by which the metric chooses, shape (N,)."""
        return metric_named(self.setting.metric).chooses(outputs, targets, 1.0)

    @property
    def loss(self) -> str:
        """The metric's."""
        return metric_named(self.setting.metric).trained


def _edge(training: NDArray[np.int64]) -> int:
    """The place of the first that validates, of what is learned from, where its last part does."""
    return len(training) - max(1, round(LAST * len(training)))


def refuse_forecast(asked: Options, what: str) -> None:
    """Refuse options that belong to a forecast.

    Args:
        asked: What the user typed.
        what: What the data are.

    Raises:
        OptionError: One of them was given.
    """
    alien = [f"--{name}" for name in ("season", "quantiles", "anchor") if getattr(asked, name) is not None]
    alien += ["--horizon"] * (asked.horizon != 1)
    if alien:
        raise OptionError(f"{alien[0]} belongs to a forecast; these are {what}. Leave it out")


def parts_in_words(splits: SplitPlan, piece: str, step: str) -> str:
    """How training and test parts are divided, for a reader.

    Args:
        splits: How they are.
        piece: What a piece is called, in the singular.
        step: What a step is called.
    """
    texts = {
        "own": mark("The data set's own training and test parts."),
        "later": mark("The last {pieces} are tested, those before them are learned from."),
        "stretches": mark("The last {steps} are tested, those before them are learned from."),
        "folds": mark("{count} folds: every {piece} is tested once in each pair."),
        "holdout": mark("One held-out part of the {pieces}; the rest is learned from."),
    }
    names = {"pieces": say(f"{piece}s"), "steps": say(f"{step}s"), "piece": say(piece)}
    told = say(texts[splits.kind], count=splits.count, **names)
    if splits.block > 1:
        told += " " + say("A test block is {count} {steps}.", count=splits.block, **names)
    if splits.grouped:
        group = say(splits.grouped)
        told += " " + say("{groups} are kept on one side.", groups=group[:1].upper() + group[1:])
    return told


def called(count: int, piece: str) -> str:
    """What so many pieces, or steps, are called."""
    return say(piece if count == 1 else f"{piece}s")


CALLED = (
    mark("character"),
    mark("word"),
    mark("event"),
    mark("line"),
    mark("text"),
    mark("case"),
    mark("document"),
    mark("piece"),
    mark("pieces"),
)
"""What pieces and their steps are called; several of them also in `gatewise.report.symbols`."""


def read_at_once(lengths: NDArray[np.int64], asked: int | None) -> int:
    """Steps that a network reads at once in training."""
    longest = int(lengths.max())
    return min(asked or (longest if longest <= WHOLE else STRETCH), longest)


def row_of(data: DataPlan, pieces: int) -> float:
    """Steps of a row that are read at once, in the mean, of so many pieces."""
    return min(data.window, data.examples / pieces)


def _one(kind: str, block: int, *, serial: bool = False, grouped: str = "") -> SplitPlan:
    """One part to test on."""
    return _split(kind, 1, block, serial=serial, grouped=grouped)


def _folds(count: int, grouped: str) -> SplitPlan:
    """Folds of pieces; what one fold's fits say must not widen or lengthen the search of another, which tests them."""
    return _split("folds", count, 1, grouped=grouped)


def _split(kind: str, count: int, block: int, *, serial: bool = False, grouped: str = "") -> SplitPlan:
    one = count == 1
    return SplitPlan(
        kind=kind,
        count=count,
        borders=(),
        block=block,
        tuning_folds=1,
        tuned_each=not one,
        may_climb=one,
        serial=serial,
        redrawn=not one,
        last_saw_most=False,
        validated=True,
        grouped=grouped,
    )
