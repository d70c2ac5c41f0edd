"""Tuning: one list of random configurations for all cells, searched wider and trained further where it must be."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.experiment.choice import Row, Shared, Spared, Table, Tuned, behind, doubt, pays, settings
from gatewise.experiment.second import limits
from gatewise.judge.looks import CAPPED, FIRST_LOOK
from gatewise.languages import mark, say
from gatewise.run.plan import Configuration
from gatewise.run.verdict import coded
from gatewise.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gatewise.experiment.runner import Runner
    from gatewise.run.fits import Fit
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded

LEARNING_RATES = (1e-3, 5e-2)
"""The list's learning rates are drawn log-uniformly from this range."""

DROPOUTS = (0.0, 0.1, 0.25)

WIDER = 3.0
"""A best learning rate at the edge of the list is followed by one this many times beyond it."""

REHEARSALS = 2
"""Fits of each cell that tell whether pairs are trained again."""

WORST = 1e30
"""A loss that is no number counts as this."""

EDGE = 0.25
"""Share of best fits at an edge of the list, beyond which it is widened."""


DEFAULT_RATE, DEFAULT_BATCH = 0.005, 32


def configurations(
    count: int, batch_sizes: Sequence[int], seed: int, usual: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Configuration, ...]:
    """The list: the default configuration, and others drawn independently and alike, all within the usual setting.

    Args:
        count: Entries of the list.
        batch_sizes: Those that the data fill.
        seed: The plan's.
        usual: Fields of the default configuration; those of its setting hold for the whole list.
    """
    setting = {name: value for name, value in usual.items() if name not in Configuration.OWN}
    rng = np.random.default_rng(stream(seed, "configurations"))
    low, high = map(math.log, LEARNING_RATES)
    drawn = (
        Configuration(
            learning_rate=float(f"{math.exp(rng.uniform(low, high)):.4g}"),
            batch_size=int(rng.choice(batch_sizes)),
            dropout=float(rng.choice(DROPOUTS)),
            **setting,
        )
        for _ in range(count - 1)
    )
    batch = max((size for size in batch_sizes if size <= DEFAULT_BATCH), default=min(batch_sizes))
    return (Configuration(**{"learning_rate": DEFAULT_RATE, "batch_size": batch, "dropout": 0.0, **usual}), *drawn)


def listed(plan: Plan) -> tuple[Configuration, ...]:
    """The plan's list within every setting, the default one first."""
    within = [tuple(each.within(setting) for each in plan.configurations) for setting in plan.settings]
    return (*plan.configurations, *itertools.chain(*within))


def tuning_splits(plan: Plan) -> range:
    """Splits that are tuned each for itself, so that no tested example takes part in its own tuning."""
    return range(plan.splits.count if plan.splits.tuned_each else 1)


def tune(plan: Plan, runner: Runner) -> Tuned:
    """Choose the setting that all cells share, search the list within it, then make sure.

    The list is widened if a best rate lies at its edge, and fits are trained further if best ones end at the cap.
    """
    if len(listed(plan)) == 1:
        found = Tuned(plan.configurations, {}, {}, 0, (coded("nothing-tuned"),), refit=plan.refit != "never")
        return replace(found, limits={} if plan.second_tries else None)
    search = _Search(plan, runner)
    search.settle()
    search.search()
    search.wider()
    search.further()
    search.again()
    search.rehearse()
    return replace(search.tuned(), limits=limits(search.fits, plan.margin) if plan.second_tries else None)


class _Search:
    """The tuning fits so far: for each (cell, split) and configuration one a validation fold, or two."""

    def __init__(self, plan: Plan, runner: Runner) -> None:
        self.plan, self.runner = plan, runner
        self.listed = list(listed(plan))
        self.splits = tuning_splits(plan)
        self.rung = 0
        self.notes: list[Coded] = []
        self.fits: dict[tuple[str, int], dict[int, list[Fit]]] = {}
        self.shared: dict[int, Shared] = {}
        self.refit = plan.refit != "never"
        self.spared, self.seconds = 0, 0.0

    def settle(self) -> None:
        """Fit the default of every setting; which one all cells share is told by these fits alone."""
        defaults = [numbers[0] for numbers in settings(self.listed)]
        if len(defaults) == 1:
            return
        self.train(say("settings that all cells share"), dict.fromkeys(self.splits, defaults), 0)
        for split, cells in self._by_split().items():
            self.shared[split] = Shared.of([[_row(found[n], self._folds) for n in defaults] for found in cells])

    def search(self) -> None:
        """Fit the whole list within the setting of each split; where there are several validation folds, by a race.

        On the first fold all start, each with all of its steps: what learns slowly loses nothing by it. Configurations
        that the default beats there by more than one standard error are spared the other folds. Both cells race by
        the same rule, each against its own default.
        Source: Maron and Moore 1994, Hoeffding races, NIPS 6; Birattari and others 2002, A racing algorithm for
        configuring metaheuristics, GECCO.
        """
        chosen = {split: self.tuned().setting(split) for split in self.splits}
        missing = {split: [n for n in chosen[split] if n not in self._fitted(split)] for split in self.splits}
        if not self.plan.race or self._folds == 1:
            self.train(say("tuning"), missing, 0)
            return
        started = self._everywhere(missing)
        self._fit(say("tuning, first check"), started, 0, range(1))
        going = [(cell, split, n) for cell, split, n in started if not self._behind(cell, split, n, chosen[split][0])]
        self._fit(say("tuning, further checks"), going, 0, range(1, self._folds))
        self._spare(set(started) - set(going))

    def _behind(self, cell: str, split: int, number: int, default: int) -> bool:
        """Whether a setting's default clearly loses less on the first fold."""
        found = self.fits[cell, split]
        ours, theirs = (_row(found[n][:1], 1) for n in (number, default))
        gains = ours.against(theirs)
        return bool(behind(np.array(gains[0][0].mean()), np.array(doubt(gains))))

    def _spare(self, dropped: set[tuple[str, int, int]]) -> None:
        """Note what the race spared: fits, and about the seconds that they would have taken."""
        for cell, split, _ in dropped:
            made = [fit.seconds for fits in self.fits[cell, split].values() for fit in fits]
            self.spared += self._folds - 1
            self.seconds += (self._folds - 1) * float(np.mean(made))

    @property
    def _folds(self) -> int:
        return self.plan.splits.tuning_folds

    def _fitted(self, split: int) -> dict[int, list[Fit]]:
        return self.fits.get((self.plan.cells[0], split), {})

    def _by_split(self) -> dict[int, list[dict[int, list[Fit]]]]:
        return {split: [self.fits[cell, split] for cell in self.plan.cells] for split in self.splits}

    def train(self, text: str, numbers: Mapping[int, Sequence[int]], rung: int) -> None:
        """Train configurations on a rung: for every split its numbers, the same for all cells."""
        if wanted := self._everywhere(numbers):
            self._fit(text, wanted, rung, range(self._folds))

    def _everywhere(self, numbers: Mapping[int, Sequence[int]]) -> list[tuple[str, int, int]]:
        """For every split its numbers, of all cells."""
        return [(cell, split, n) for split in self.splits for cell in self.plan.cells for n in numbers[split]]

    def _fit(self, text: str, wanted: Sequence[tuple[str, int, int]], rung: int, draws: range) -> None:
        """Fit (cell, split, number) with these draws, one a validation fold; fits of draws before them are kept."""
        jobs = [
            self.runner.job("tune", cell, number, self.listed[number], rung, split, draw)
            for cell, split, number in wanted
            for draw in draws
        ]
        fits, each = self.runner.run(text, jobs), len(draws)
        for k, (cell, split, number) in enumerate(wanted):
            found = self.fits.setdefault((cell, split), {})
            found[number] = [*found.get(number, [])[: draws.start], *fits[k * each : (k + 1) * each]]

    def tables(self) -> dict[tuple[str, int], Table]:
        """Losses at the highest rung reached, of configurations that were fit on every fold."""
        folds = self._folds
        return {
            where: Table({n: _row(fits, folds) for n, fits in found.items() if len(fits) >= folds}, self.plan.race)
            for where, found in self.fits.items()
        }

    def tuned(self) -> Tuned:
        """What was found so far."""
        notes, spared = tuple(self.notes), Spared(self.spared, self.seconds)
        return Tuned(tuple(self.listed), self.tables(), self.shared, self.rung, notes, self.refit, spared)

    def _affords(self, fits_per_cell: int, rung: int, then: int) -> bool:
        """Whether the purse pays for these fits and leaves the first look on rung ``then``."""
        return self.runner.pays(fits_per_cell, rung, then, min(FIRST_LOOK, self.plan.pairs))

    def wider(self) -> None:
        """Add rates beyond an edge of the list while best rates lie there."""
        each = len(self.splits) * self._folds
        for _ in range(self.plan.wider):
            beyond = self._beyond_edge()
            if beyond is None:
                return
            if not self._affords(each, 0, 0):
                self.notes.append(coded("rate-at-edge-unpaid"))
                return
            self.listed.append(beyond)
            added = [len(self.listed) - 1]
            faster = beyond.learning_rate > max(each.learning_rate for each in self.listed[:-1])
            text = mark("tuning, a higher learning rate") if faster else mark("tuning, a lower learning rate")
            self.train(say(text), dict.fromkeys(self.splits, added), 0)
        if self._beyond_edge() is not None:
            self.notes.append(coded("rate-at-edge-widened") if self.plan.wider else coded("rate-at-edge"))

    def _beyond_edge(self) -> Configuration | None:
        """The configuration to add, when best rates lie at an edge too often."""
        tuned = self.tuned()
        rates = [c.learning_rate for c in self.listed]
        best = [self.listed[tuned.choice(cell, split)] for cell, split in self.fits]
        at_edge = [c for c in best if c.learning_rate in (min(rates), max(rates))]
        if len(set(rates)) < 3 or len(at_edge) <= EDGE * len(best):
            return None
        chosen = Counter(at_edge).most_common(1)[0][0]
        factor = WIDER if chosen.learning_rate == max(rates) else 1 / WIDER
        return chosen.model_copy(update={"learning_rate": float(f"{chosen.learning_rate * factor:.4g}")})

    def further(self) -> None:
        """Double the steps of each cell's better half while best fits end at the cap."""
        for rung in range(1, self.plan.rungs):
            if not self._capped():
                return
            wanted = [
                (cell, split, n) for split in self.splits for cell in self.plan.cells for n in self._better_half(cell)
            ]
            most = max(Counter(cell for cell, *_ in wanted).values()) * self._folds
            if not self._affords(most, rung, rung):
                self.notes.append(coded("best-fits-capped"))
                return
            self.rung = rung
            self._fit(say("tuning, {times} times as long", times=2**rung), wanted, rung, range(self._folds))

    def again(self) -> None:
        """Fit once more, with other draws, whatever a pair would choose: from here on pairs choose among these.

        One fit in ten of a rate that is too high may still end well. The best of many such fits is no good
        configuration, and pairs that trained it would show how unstable it is, not how good its cell. The setting's
        default is fit again too, for it is what all are compared with.
        """
        plan, tuned = self.plan, self.tuned()
        wanted = set()
        for split in self.splits:
            here, serves = tuned.setting(split), range(plan.splits.count) if len(self.splits) == 1 else (split,)
            for cell in plan.cells:
                chosen = {n for each in serves for n in tuned.choices(cell, each, plan.pairs, plan.seed)}
                wanted |= {(cell, split, number) for number in {here[0], *chosen} if number in here}
        most = max(Counter(cell for cell, *_ in wanted).values()) * self._folds
        if not self._affords(most, self.rung, self.rung):
            self.notes.append(coded("no-second-fits"))
            return
        self._fit(say("the best settings once more"), sorted(wanted), self.rung, range(self._folds, 2 * self._folds))

    def rehearse(self) -> None:
        """Ask an origin before the first whether pairs should be trained again on all before their test part.

        The decision is one for all cells. Without an answer, for want of rows or of fits, they are.
        """
        plan, tuned = self.plan, self.tuned()
        # Fits whose rate falls are about as long when they are trained again.
        times = 2 if plan.falls and plan.work.unit == "seconds" else 1
        if plan.refit != "rehearsed" or not self._affords(times * REHEARSALS, self.rung, self.rung):
            return
        chosen = {cell: tuned.choice(cell, 0) for cell in plan.cells}
        jobs = [
            self.runner.job("rehearse", cell, number, self.listed[number], self.rung, 0, draw)
            for cell, number in chosen.items()
            for draw in range(REHEARSALS)
        ]
        fits = self.runner.run(say("whether to train again on all rows"), jobs)
        self.refit = pays([(fit.validation, fit.test) for fit in fits])

    def _capped(self) -> bool:
        tuned = self.tuned()
        best = [fit for where in self.fits for fit in self.fits[where][tuned.choice(*where)]]
        return sum(fit.capped for fit in best) > CAPPED * len(best)

    def _better_half(self, cell: str) -> list[int]:
        """The configurations of a cell to train further: the default, and the better half of those furthest on."""
        tuned = self.tuned()
        tables = [table for (name, _), table in tuned.tables.items() if name == cell]
        # Splits that are tuned each for itself are never trained further, so there is one setting.
        here = [number for number in tuned.setting(self.splits[0]) if number in tables[0].rows]
        among = [number for number in here if tables[0].rows[number].rung == self.rung]
        total = {number: sum(table.rows[number].losses.sum() for table in tables) for number in among}
        half = sorted(among, key=lambda number: (total[number], number))[: -(-len(among) // 2)]
        return sorted({here[0], *half})


def _row(fits: Sequence[Fit], folds: int) -> Row:
    """The losses of a configuration's fits: round after round, fold after fold."""
    losses = [np.nan_to_num(np.array(fit.validation), nan=WORST, posinf=WORST) for fit in fits]
    return Row(fits[0].key.rung, tuple(tuple(losses[k : k + folds]) for k in range(0, len(losses), folds)))
