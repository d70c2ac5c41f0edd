"""Series that share shocks, forecast by two cells with a known difference: do blocks of the calendar do?

The plan, the windows and the test blocks are those that the product makes for a table of several series. The errors of
the forecasts are simulated, and judged by the product's own code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import polars as pl
from _simulate import LOOKS, MARGIN, Made, Noise, Rates, Told, draw, rates, told
from scipy.signal import lfilter

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment.plan import Purse, draft, make_plan
from gatewise.judge.looks import look_at
from gatewise.judge.tables import Pairs
from gatewise.run.options import options
from gatewise.seeds import stream
from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.run.plan import Plan

WINDOW, HORIZON = 12, 4
"""Steps a forecast looks back and ahead; a test block is one step of the calendar at which forecasts begin."""

BAR = 2.0
"""Mean squared error of the simple rule, where that of both cells is close to 1: they lie far above it."""

OF_PAIRS = ("losses", "capped")
"""Fields of `Pairs` that have a row for each pair as tuned."""

RUN = 0.01
"""Standard deviation, from one training run to the next, of how far a network follows the shared shocks."""


@dataclass(frozen=True)
class Panel:
    """What is simulated.

    An error is what nobody foresees, which both cells have in common, and what a cell makes of it: ``reaction`` is the
    standard deviation of its own part, beside errors of a standard deviation of 1. Both consist of a shock, one for all
    series at each step of the calendar, and of noise of each series.

    Attributes:
        series: How many.
        steps: Of the calendar.
        shared: Share of the variance that the shocks have.
        memory: Correlation of an error with the one a step before, in shocks and in noise.
        reaction: Size of what a cell adds to the errors.
        shocks: Distribution of the shocks' innovations.
        uneven: Whether series begin and end at different times.
        looks: The plan's looks.
        difference: The true one, in margins.
        units: What counts as a test block: a window of the calendar over all series, as the product has it, or each
            window of each series.
        draws: Comparisons to simulate.
    """

    series: int
    shared: float
    memory: float
    reaction: float = 0.1
    steps: int = 1200
    shocks: Noise = "normal"
    uneven: bool = False
    looks: tuple[int, ...] = LOOKS
    difference: float = 0.0
    units: Literal["windows", "series x windows"] = "windows"
    draws: int = 2000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        shape = f"{self.series} {'uneven ' if self.uneven else ''}series of {self.steps} steps"
        looks = "/".join(map(str, self.looks))
        return (
            f"{shape}, {self.shared:g} shared, {self.shocks} shocks, memory {self.memory:g}, reaction"
            f" {self.reaction:g}, looks {looks}, difference {self.difference:g}, blocks of {self.units}"
        )


class Tested(NamedTuple):
    """The windows that are tested, of all splits.

    Attributes:
        plan: The plan.
        member: The series of each window, shape (windows,).
        step: The first step that it forecasts, shape (windows,).
        block: Its test block, shape (windows,).
        splits: First block of each split.
    """

    plan: Plan
    member: NDArray[np.int64]
    step: NDArray[np.int64]
    block: NDArray[np.int64]
    splits: NDArray[np.int64]


def _panels() -> Iterator[Panel]:
    """Without a difference, where every winner is false; at one margin either way, where more is wrong; and beyond."""
    for looks in ((8,), LOOKS):
        for difference in (0.0, 1.0, -1.0):
            for series, shared in ((3, 0.5), (20, 0.5), (20, 0.9), (100, 0.2)):
                for memory in (0.0, 0.9):
                    yield Panel(series, shared, memory, looks=looks, difference=difference)
            base = Panel(20, 0.9, 0.9, looks=looks, difference=difference)
            yield from (replace(base, memory=0.97), replace(base, shocks="skewed"), replace(base, uneven=True))
            yield from (replace(base, reaction=0.02), replace(base, reaction=0.2))
    for difference in (-10.0, -3.0, 3.0, 10.0):
        yield from (Panel(20, 0.2, 0.0, difference=difference), Panel(20, 0.9, 0.9, difference=difference))


PANELS = [*_panels()]

_SHARED = ((0.2, 0.0), (0.2, 0.9), (0.5, 0.0), (0.5, 0.9), (0.9, 0.0), (0.9, 0.9))

APART = [Panel(20, shared, memory, units="series x windows", draws=500) for shared, memory in _SHARED]
"""The same with each window of each series as a block: what the product must not do."""


# --------------------------------------------------------------------------------------------------
# What the product makes of such a table


@cache
def windows_tested(series: int, steps: int, units: str, *, uneven: bool) -> Tested:
    """The plan for a table of several series, and the windows it tests on."""
    table = look(_table(series, steps, uneven=uneven), Reading(target="sold", series="shop"))
    asked = options(target="sold", series="shop", window=WINDOW, horizon=HORIZON, season=1, fits=10_000)
    plan = make_plan(draft(table, asked), asked, Purse("fits", 10_000))
    task = on(table, plan.setting)
    timeline = table.timeline
    member, step, block, splits = [], [], [], [0]
    for split in range(plan.splits.count):
        parts = task.parts(split, "pair", 0)
        member.append(timeline.members[parts.test])
        step.append(timeline.steps[parts.test] - timeline.steps.min())
        number = parts.test_block if units == "windows" else np.arange(len(parts.test))
        block.append(splits[-1] + number)
        splits.append(splits[-1] + int(number.max()) + 1)
    return Tested(plan, *map(np.concatenate, (member, step, block)), np.array(splits[:-1]))


def _table(series: int, steps: int, *, uneven: bool) -> pl.DataFrame:
    """A table of shops and days; of uneven series each third one begins late, and each fourth ends early."""
    rng = np.random.default_rng(series)
    days = np.datetime64("2020-01-01") + np.arange(steps)
    parts = []
    for shop in range(series):
        first = steps // 2 if uneven and shop % 3 == 1 else 0
        end = 4 * steps // 5 if uneven and shop % 4 == 2 else steps
        seen = days[first:end]
        parts.append(pl.DataFrame({"shop": f"shop {shop:03}", "day": seen, "sold": rng.normal(100, 10, len(seen))}))
    return pl.concat([part.with_columns(pl.col("shop").cast(pl.String)) for part in parts])


# --------------------------------------------------------------------------------------------------
# One comparison


def simulate_panel(case: Panel, draws: int) -> Rates:
    """Simulate a case."""
    rng = np.random.default_rng(stream(0, "panels", case.name))
    found = windows_tested(case.series, case.steps, case.units, uneven=case.uneven)
    return rates([_compare(case, found, rng) for _ in range(draws)])


def _compare(case: Panel, found: Tested, rng: np.random.Generator) -> Told:
    """One comparison, judged look by look as `gatewise.experiment.confirm` judges it."""
    plan = found.plan.model_copy(update={"looks": case.looks, "pairs": case.looks[-1]})
    pairs = _pairs(case, found, rng)
    before: tuple[int, ...] = ()
    for count in case.looks:
        look = look_at(plan, _until(pairs, count), final=count == case.looks[-1], before=before)
        before = (*before, count)
        if look.clear or look.hopeless:
            break
    seen = look.seen
    over = [seen.over(cell, seen.pairs.bar) for cell in plan.cells[:2]]
    true = (case.difference * MARGIN, 0.5, 0.5)
    return told(Made(seen.table(), seen.table(), true, true), (seen.judged("tuned"), *over), look.claims["tuned"], None)


def _pairs(case: Panel, found: Tested, rng: np.random.Generator) -> Pairs:
    """All pairs: squared errors of both cells and of the simple rule, summed over the windows of each test block."""
    steps = int(found.step.max()) + HORIZON
    at = found.member[:, None], found.step[:, None] + np.arange(HORIZON)
    surprise = _errors(case, steps, rng)
    shock, foreseen_by_none = surprise.mean(axis=0)[at[1]], surprise[at]
    more = BAR * MARGIN * np.array([max(-case.difference, 0.0), max(case.difference, 0.0)])
    losses = {}
    for cell, variance in zip(found.plan.cells, case.reaction**2 + more, strict=True):
        error = foreseen_by_none + np.sqrt(variance) * _errors(case, steps, rng)[at]
        follows = RUN * rng.standard_normal((case.looks[-1], 1))
        # (error + follows * shock)**2 of every run, without an array of all of them
        losses[cell] = _summed(found, error**2) + 2 * follows * _summed(found, error * shock)
        losses[cell] += follows**2 * _summed(found, shock**2)
    bar = BAR * _summed(found, foreseen_by_none**2)
    none = np.zeros((case.looks[-1], len(found.splits)), dtype=np.int64)
    return Pairs(
        losses,
        dict.fromkeys(found.plan.cells, bar[None][:0]),
        dict.fromkeys(found.plan.cells, none[:0]),
        dict.fromkeys(found.plan.cells, none.astype(bool)),
        found.splits,
        {"simple": bar},
        bar,
        np.bincount(found.block).astype(np.float64),
    )


def _errors(case: Panel, steps: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Errors of mean 0 and variance 1, shape (series, steps): a shock for all series, and noise of each."""
    shock = _remembered(draw(case.shocks, False, rng, (1, steps)), case.memory)
    noise = _remembered(rng.standard_normal((case.series, steps)), case.memory)
    return np.sqrt(case.shared) * shock + np.sqrt(1.0 - case.shared) * noise


def _remembered(fresh: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """A first-order autoregression along the last axis, of the variance that its innovations have."""
    scale = np.sqrt(1.0 - memory * memory)
    found: NDArray[np.float64] = lfilter([scale], [1.0, -memory], fresh, axis=-1)
    return found


def _summed(found: Tested, loss: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of each block, shape (blocks,), over its windows' means, of a loss (windows, horizon)."""
    return np.bincount(found.block, weights=loss.mean(axis=1))


def _until(pairs: Pairs, count: int) -> Pairs:
    """The first ``count`` pairs."""
    first = {name: {cell: table[:count] for cell, table in getattr(pairs, name).items()} for name in OF_PAIRS}
    return replace(pairs, **first)
