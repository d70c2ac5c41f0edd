"""What is chosen from the tuning fits: the setting that all cells share, then each cell's own fields; and chosen again.

Whatever is chosen, the default is left only for a gain beyond one standard error: the least of many losses is mostly
luck, and what luck chose differs from pair to pair.
Source: the one-standard-error rule of Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees,
section 3.4.3, here of the paired difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.experiment.second import Limits
from gatewise.judge.rehearsals import saved
from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.run.plan import Configuration
    from gatewise.run.verdict import Coded

    Floats = NDArray[np.float64]


def doubt(rounds: Sequence[Sequence[Floats]]) -> float:
    """Standard error of the mean of paired differences, by what varies more: validation blocks, or fits.

    Args:
        rounds: For each round of fits and each validation fold the difference on every block of that fold.
    """
    blocks = np.mean([np.concatenate(fits) for fits in rounds], axis=0)
    means = np.array([fit.mean() for fits in rounds for fit in fits])
    return max(_standard_error(blocks), _standard_error(means))


def _standard_error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def clear(gains: Floats, doubts: Floats) -> int:
    """The largest gain of those beyond their doubt; 0, the default, which gains nothing, where none is."""
    return int(np.where(gains > doubts, gains, 0.0).argmax())


def behind(gains: Floats, doubts: Floats) -> NDArray[np.bool_]:
    """Which configurations are out of the race: on the first fold they lose more than the default, beyond doubt."""
    return gains < -doubts


class Spared(NamedTuple):
    """Fits that configurations without hope were spared, and about the core seconds that they would have taken."""

    fits: int
    seconds: float


NOTHING_SPARED = Spared(0, 0.0)


def pays(rehearsals: Sequence[tuple[Sequence[float], Sequence[float]]]) -> bool:
    """Whether training again on all before the test part lost less at an earlier origin, on the mean of all fits.

    Args:
        rehearsals: For each fit the losses on its test blocks as it was, and trained again. Without any, training again
            is what pays more often than not.
    """
    found = saved(rehearsals)
    return found is None or found > 0.0


class Row(NamedTuple):
    """The fits of one configuration.

    Attributes:
        rung: The highest rung it reached.
        rounds: Of each round of fits there, the losses on the blocks of each validation fold.
    """

    rung: int
    rounds: tuple[tuple[Floats, ...], ...]

    @property
    def reached(self) -> tuple[int, int]:
        """How far it was trained, and how often."""
        return self.rung, len(self.rounds)

    @property
    def losses(self) -> Floats:
        """Of every block, fold after fold, the mean of all rounds."""
        found: Floats = np.mean([np.concatenate(fits) for fits in self.rounds], axis=0)
        return found

    def against(self, other: Row) -> tuple[tuple[Floats, ...], ...]:
        """Losses of another row minus these, of as many rounds."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return tuple(tuple(b - a for a, b in zip(*fits, strict=True)) for fits in pairs)


class Against(NamedTuple):
    """What a setting's configurations gain on its default.

    Attributes:
        numbers: Those that are comparable, the default first.
        gains: On every block, shape (numbers, blocks).
        doubts: Of the mean of each.
        first: Gains on the blocks of the first fold, by which the race is decided.
        first_doubts: Of the mean of each of these.
    """

    numbers: list[int]
    gains: Floats
    doubts: Floats
    first: Floats
    first_doubts: Floats

    def out(self, drawn: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which are out of the race by the ``drawn`` blocks that lie in the first fold; none where that is all."""
        seen = drawn[drawn < self.first.shape[1]]
        if self.first.shape == self.gains.shape or not len(seen):
            return np.zeros(len(self.numbers), dtype=bool)
        return behind(self.first[:, seen].mean(axis=1), self.first_doubts)


@dataclass(frozen=True)
class Table:
    """Validation losses of one cell on one split, by the number of the configuration; of those that were fit.

    Within a setting, a configuration that was trained as far and as often as the setting's default is compared with
    it; others are not: more steps are no merit, and of many that were fit once the best was lucky.

    Attributes:
        rows: Configurations that were fit on every fold.
        raced: Whether those without hope on the first fold were left out, so that a redraw leaves them out by its own
            blocks of that fold.
    """

    rows: dict[int, Row]
    raced: bool = False

    @cached_property
    def blocks(self) -> int:
        """Validation blocks."""
        return len(next(iter(self.rows.values())).losses)

    def best(self, members: tuple[int, ...], drawn: NDArray[np.int64] | None = None) -> int:
        """The best of a setting over the blocks ``drawn``, or over all.

        Args:
            members: Numbers of the setting's configurations, its default first.
            drawn: Blocks by number; one standard error is that of the whole table, however many are drawn.
        """
        if members not in self._known:
            self._known[members] = self._against_default(members)
        known = self._known[members]
        if drawn is None:
            return known.numbers[clear(known.gains.mean(axis=1), known.doubts)]
        means = known.gains[:, drawn].mean(axis=1)
        return known.numbers[clear(np.where(known.out(drawn), 0.0, means) if self.raced else means, known.doubts)]

    @cached_property
    def _known(self) -> dict[tuple[int, ...], Against]:
        return {}

    def _against_default(self, members: tuple[int, ...]) -> Against:
        """What each of a setting's configurations gains that were fit as far and as often as its default."""
        default = self.rows[members[0]]
        rows = {number: self.rows[number] for number in members if number in self.rows}
        alike = {number: row for number, row in rows.items() if row.reached == default.reached}
        against = [row.against(default) for row in alike.values()]
        gains = np.array([default.losses - row.losses for row in alike.values()])
        first = np.array([rounds[0][0] for rounds in against])
        doubts = [np.array(list(map(doubt, found))) for found in (against, [[rounds[0][:1]] for rounds in against])]
        return Against(list(alike), gains, doubts[0], first, doubts[1])


@dataclass(frozen=True)
class Shared:
    """How much less all cells lose in each setting than in the default one, on one split.

    Attributes:
        gains: Mean over the cells of what is lost less, in units of each cell's mean loss in the default setting, at
            the default own fields, shape (settings, blocks).
        doubts: The standard error of the mean of each, shape (settings,).
    """

    gains: Floats
    doubts: Floats

    @staticmethod
    def of(cells: Sequence[Sequence[Row]]) -> Shared:
        """From the first fits of each cell in each setting, the default one first."""
        rounds = []
        for rows in cells:
            scale = rows[0].losses.mean() or 1.0
            rounds.append([[fold / scale for fold in row.against(rows[0])[0]] for row in rows])
        # Over cells, for each setting and fold.
        means = [[np.mean(folds, axis=0) for folds in zip(*found, strict=True)] for found in zip(*rounds, strict=True)]
        return Shared(np.array([np.concatenate(folds) for folds in means]), np.array([doubt([f]) for f in means]))

    def best(self, drawn: NDArray[np.int64] | None = None) -> int:
        """The best setting by number, over the blocks ``drawn`` or over all."""
        found = self.gains if drawn is None else self.gains[:, drawn]
        return clear(found.mean(axis=1), self.doubts)


@dataclass(frozen=True)
class Tuned:
    """What tuning found.

    Attributes:
        configurations: All that were listed: the plan's list within every setting, and what was added beyond its edges.
        tables: Losses of each (cell, split); empty when the list has one configuration.
        shared: Settings of each split; empty where there is one.
        rung: The rung that pairs begin on.
        notes: What a reader should know about the search.
        refit: Whether pairs are trained again on all examples before their test part.
        spared: What the race spared.
        limits: What tells that a pair's fit has failed, of each (cell, split, configuration) that was fit; None where
            the plan trains nothing again.
    """

    configurations: tuple[Configuration, ...]
    tables: dict[tuple[str, int], Table]
    shared: dict[int, Shared]
    rung: int
    notes: tuple[Coded, ...]
    refit: bool = False
    spared: Spared = NOTHING_SPARED
    limits: dict[tuple[str, int, int], Limits] | None = None

    def limits_of(self, cell: str, split: int, number: int) -> Limits | None:
        """What tells that a fit on a split has failed; where nothing was tuned only that it diverged.

        On later origins less may be learned than on the first one, or nothing, so their limits are not known.
        """
        return None if self.limits is None else self.limits.get((cell, split, number), Limits())

    def choice(self, cell: str, split: int) -> int:
        """The best configuration of a cell on the whole table of a split."""
        return self._best(cell, split, None)

    def redraw(self, cell: str, split: int, pair: int, seed: int) -> int:
        """The choice a pair makes: best on some of the validation blocks, drawn with replacement, alike for all cells.

        A choice made once would pass off the luck of one validation part as a property of the cell. One less than half
        of the blocks are drawn: as many again would vary about the table's own luck by less than that luck itself, few
        blocks least, and choices would look surer than they are (`benchmarks/verdicts/calibration.py`). The list is not
        resampled: both cells are tuned on the same one, and without its best entries a cell would be judged at rates
        nobody would use.
        Source: Bickel, Götze and van Zwet 1997, Statistica Sinica 7, for fewer draws than values.
        """
        table = self._table(cell, split)
        if table is None:
            return 0
        rng = np.random.default_rng(stream(seed, "redraw", split, pair))
        return self._best(cell, split, rng.integers(table.blocks, size=max(1, table.blocks // 2 - 1)))

    def setting(self, split: int, drawn: NDArray[np.int64] | None = None) -> tuple[int, ...]:
        """The configurations of the setting that all cells share, its default first."""
        shared = self.shared.get(split) or self.shared.get(0)
        return self._settings[0 if shared is None else shared.best(drawn)]

    @cached_property
    def _settings(self) -> list[tuple[int, ...]]:
        return settings(self.configurations)

    def choices(self, cell: str, split: int, pairs: int, seed: int) -> set[int]:
        """All that ``pairs`` pairs choose, and the best on the whole table."""
        return {self.choice(cell, split), *(self.redraw(cell, split, pair, seed) for pair in range(pairs))}

    def _best(self, cell: str, split: int, drawn: NDArray[np.int64] | None) -> int:
        table = self._table(cell, split)
        return 0 if table is None else table.best(self.setting(split, drawn), drawn)

    def _table(self, cell: str, split: int) -> Table | None:
        # A series is tuned before its first origin only: later training parts hold rows that earlier origins test.
        return self.tables.get((cell, split)) or self.tables.get((cell, 0))


def settings(configurations: Sequence[Configuration]) -> list[tuple[int, ...]]:
    """The numbers of each setting's configurations, its default first; settings in the order they are listed."""
    found: dict[str, list[int]] = {}
    for number, configuration in enumerate(configurations):
        found.setdefault(repr(configuration.shared), []).append(number)
    return [tuple(numbers) for numbers in found.values()]
