"""Tuning: one list of random configurations for all cells, searched wider and trained further where it must be."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatewise.judge.looks import CAPPED, FIRST_LOOK
from gatewise.run.plan import Configuration
from gatewise.run.verdict import coded
from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from gatewise.experiment.runner import Runner
    from gatewise.run.fits import Fit
    from gatewise.run.plan import AnchorName, Plan
    from gatewise.run.verdict import Coded

LEARNING_RATES = (1e-3, 5e-2)
"""The list's learning rates are drawn log-uniformly from this range."""

DROPOUTS = (0.0, 0.1, 0.25)

WIDER = 3.0
"""A best learning rate at the edge of the list is followed by one this many times beyond it."""

EDGE = 0.25
"""Share of best fits at an edge of the list, beyond which it is widened."""


def default(batch_size: int, anchors: Sequence[AnchorName] = ()) -> Configuration:
    """A sound configuration where nothing is chosen: the first of the task's anchors."""
    return Configuration(learning_rate=0.005, batch_size=batch_size, dropout=0.0, anchor=next(iter(anchors), None))


def configurations(
    count: int, batch_sizes: Sequence[int], seed: int, anchors: Sequence[AnchorName] = ()
) -> tuple[Configuration, ...]:
    """Draw the list of configurations, independently and alike; a list of one is a sound default instead."""
    first = default(min(32, max(batch_sizes)), anchors)
    if count == 1:
        return (first,)
    rng = np.random.default_rng(stream(seed, "configurations"))
    low, high = map(math.log, LEARNING_RATES)
    return tuple(
        Configuration(
            learning_rate=float(f"{math.exp(rng.uniform(low, high)):.4g}"),
            batch_size=int(rng.choice(batch_sizes)),
            dropout=float(rng.choice(DROPOUTS)),
            anchor=first.anchor,
        )
        for _ in range(count)
    )


@dataclass(frozen=True)
class Table:
    """Validation losses of one cell on one split.

    Attributes:
        losses: Summed over each validation block at the highest rung reached, the mean of a configuration's fits, shape
            (configurations, blocks).
        rung: The rung each configuration reached, shape (configurations,).
        fits: How often each was fit there, shape (configurations,).
    """

    losses: NDArray[np.float64]
    rung: NDArray[np.int64]
    fits: NDArray[np.int64]

    def best(self, blocks: NDArray[np.int64] | None = None) -> int:
        """The best configuration over the validation ``blocks`` drawn, or over all.

        Configurations that were trained further are compared with each other alone: more steps are no merit. So are
        those that were fit again: of many that were fit once the best was lucky, too.
        """
        furthest = self.rung == self.rung.max()
        among = np.flatnonzero(furthest & (self.fits == self.fits[furthest].max()))
        losses = self.losses[among] if blocks is None else self.losses[among][:, blocks]
        return int(among[losses.sum(axis=1).argmin()])


@dataclass(frozen=True)
class Tuned:
    """What tuning found.

    Attributes:
        configurations: The plan's list, and what was added beyond its edges.
        tables: Losses of each (cell, split); empty when the list has one configuration.
        rung: The rung that pairs begin on.
        notes: What a reader should know about the search.
        refit: Whether pairs are trained again on all examples before their test part.
    """

    configurations: tuple[Configuration, ...]
    tables: dict[tuple[str, int], Table]
    rung: int
    notes: tuple[Coded, ...]
    refit: bool = False

    def choice(self, cell: str, split: int) -> int:
        """The best configuration of a cell on the whole table of a split."""
        table = self._table(cell, split)
        return 0 if table is None else table.best()

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
        blocks = table.losses.shape[1]
        return table.best(rng.integers(blocks, size=max(1, blocks // 2 - 1)))

    def choices(self, cell: str, split: int, pairs: int, seed: int) -> set[int]:
        """All that ``pairs`` pairs choose, and the best on the whole table."""
        return {self.choice(cell, split), *(self.redraw(cell, split, pair, seed) for pair in range(pairs))}

    def _table(self, cell: str, split: int) -> Table | None:
        # A series is tuned before its first origin only: later training parts hold rows that earlier origins test.
        return self.tables.get((cell, split)) or self.tables.get((cell, 0))


def tuning_splits(plan: Plan) -> range:
    """Splits that are tuned each for itself, so that no tested example takes part in its own tuning."""
    return range(plan.splits.count if plan.splits.tuned_each else 1)


def tune(plan: Plan, runner: Runner) -> Tuned:
    """Search the list; wider if a best rate lies at its edge, further if best fits end at the cap; then make sure."""
    if len(plan.configurations) == 1:
        return Tuned(plan.configurations, {}, 0, (coded("nothing-tuned"),))
    search = _Search(plan, runner)
    search.train("tuning", range(len(plan.configurations)), 0)
    search.wider()
    search.further()
    search.again()
    return search.tuned()


def _losses(fits: Sequence[Fit]) -> NDArray[np.float64]:
    """Of every validation block, fold after fold."""
    return np.concatenate([fit.validation for fit in fits])


class _Search:
    """The tuning fits so far: for each (cell, split) and configuration one a validation fold, or two."""

    def __init__(self, plan: Plan, runner: Runner) -> None:
        self.plan, self.runner = plan, runner
        self.listed = list(plan.configurations)
        self.splits = tuning_splits(plan)
        self.rung = 0
        self.notes: list[Coded] = []
        self.fits: dict[tuple[str, int], dict[int, list[Fit]]] = {}

    def train(
        self, text: str, numbers: Sequence[int], rung: int, cells: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        """Train configurations on a rung: the same ones for every cell, or each cell's own."""
        self._fit(
            text,
            [
                (cell, split, number)
                for split in self.splits
                for cell in self.plan.cells
                for number in (numbers if cells is None else cells[cell])
            ],
            rung,
        )

    def _fit(self, text: str, wanted: Sequence[tuple[str, int, int]], rung: int, first: int = 0) -> None:
        """Fit (cell, split, number) on every validation fold, with draws from ``first`` on; fits before it are kept."""
        folds = self.plan.splits.tuning_folds
        jobs = [
            self.runner.job("tune", cell, number, self.listed[number], rung, split, first + fold)
            for cell, split, number in wanted
            for fold in range(folds)
        ]
        fits = self.runner.run(text, jobs)
        for k, (cell, split, number) in enumerate(wanted):
            found = self.fits.setdefault((cell, split), {})
            found[number] = [*found.get(number, [])[:first], *fits[k * folds : (k + 1) * folds]]

    def tables(self) -> dict[tuple[str, int], Table]:
        """Losses at the highest rung reached."""
        return {where: self._table(found) for where, found in self.fits.items()}

    def _table(self, found: dict[int, list[Fit]]) -> Table:
        folds = self.plan.splits.tuning_folds
        fits = [found[number] for number in range(len(self.listed))]
        rows = [np.mean([_losses(each[k : k + folds]) for k in range(0, len(each), folds)], axis=0) for each in fits]
        rung, count = zip(*((each[0].key.rung, len(each) // folds) for each in fits), strict=True)
        return Table(np.array(rows), np.array(rung), np.array(count))

    def tuned(self) -> Tuned:
        """What was found so far."""
        return Tuned(tuple(self.listed), self.tables(), self.rung, tuple(self.notes))

    def _affords(self, fits_per_cell: int, rung: int, then: int) -> bool:
        """Whether the purse pays for these fits and leaves the first look on rung ``then``."""
        left = self.runner.left - self.runner.cost(rung, fits_per_cell)
        pairs = min(FIRST_LOOK, self.plan.pairs)
        return left >= self.runner.cost(then, pairs * self.plan.splits.count)

    def wider(self) -> None:
        """Add rates beyond an edge of the list while best rates lie there."""
        each = len(self.splits) * self.plan.splits.tuning_folds
        for _ in range(self.plan.wider):
            beyond = self._beyond_edge()
            if beyond is None:
                return
            if not self._affords(each, 0, 0):
                self.notes.append(coded("rate-at-edge-unpaid"))
                return
            self.listed.append(beyond)
            self.train(f"tuning beyond the edge, rate {beyond.learning_rate:g}", [len(self.listed) - 1], 0)
        if self._beyond_edge() is not None:
            self.notes.append(coded("rate-at-edge-widened") if self.plan.wider else coded("rate-at-edge"))

    def _beyond_edge(self) -> Configuration | None:
        """The configuration to add, when best rates lie at an edge too often."""
        rates = [c.learning_rate for c in self.listed]
        best = [self.listed[table.best()] for table in self.tables().values()]
        at_edge = [c for c in best if c.learning_rate in (min(rates), max(rates))]
        if len(rates) < 3 or len(at_edge) <= EDGE * len(best):
            return None
        chosen = Counter(at_edge).most_common(1)[0][0]
        factor = WIDER if chosen.learning_rate == max(rates) else 1 / WIDER
        return chosen.model_copy(update={"learning_rate": float(f"{chosen.learning_rate * factor:.4g}")})

    def further(self) -> None:
        """Double the steps of each cell's better half while best fits end at the cap."""
        for rung in range(1, self.plan.rungs):
            if not self._capped():
                return
            numbers = {cell: self._better_half(cell) for cell in self.plan.cells}
            most = max(map(len, numbers.values())) * len(self.splits) * self.plan.splits.tuning_folds
            if not self._affords(most, rung, rung):
                self.notes.append(coded("best-fits-capped"))
                return
            self.rung = rung
            self.train(f"tuning further, {2**rung} times the steps", [], rung, numbers)

    def again(self) -> None:
        """Fit once more, with other draws, whatever a pair would choose: from here on pairs choose among these.

        One fit in ten of a rate that is too high may still end well. The best of many such fits is no good
        configuration, and pairs that trained it would show how unstable it is, not how good its cell.
        """
        plan, tuned = self.plan, self.tuned()
        wanted = sorted(
            {
                (cell, split if split in self.splits else 0, number)
                for cell in plan.cells
                for split in range(plan.splits.count)
                for number in tuned.choices(cell, split, plan.pairs, plan.seed)
            }
        )
        most = max(Counter(cell for cell, *_ in wanted).values()) * plan.splits.tuning_folds
        if not self._affords(most, self.rung, self.rung):
            self.notes.append(coded("no-second-fits"))
            return
        self._fit("the best once more", wanted, self.rung, plan.splits.tuning_folds)

    def _capped(self) -> bool:
        best = [fit for where, table in self.tables().items() for fit in self.fits[where][table.best()]]
        return sum(fit.capped for fit in best) > CAPPED * len(best)

    def _better_half(self, cell: str) -> list[int]:
        """The configurations of a cell to train further: the better half of those that came furthest."""
        tables = [table for (name, _), table in self.tables().items() if name == cell]
        among = np.flatnonzero(tables[0].rung == tables[0].rung.max())
        total = np.sum([table.losses[among].sum(axis=1) for table in tables], axis=0)
        return sorted(among[np.argsort(total, kind="stable")][: -(-len(among) // 2)].tolist())
