"""Simulated comparisons: tables of skill with a known difference, judged look by look as a run judges them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from gatewise.experiment.plan import LOOKS as ALL
from gatewise.seeds import stream
from gatewise.stats.blocks import grouping, merge
from gatewise.stats.decide import FEWEST_BLOCKS, Decision, decide
from gatewise.stats.variance import Crossed, crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

MARGIN, REFERENCE = 0.01, 12
"""The margin, and the pairs at which shares of variance and the standard error are stated."""

LOOKS = (8, 12, 20, 30)
"""What a small budget pays for; `gatewise.experiment.plan.LOOKS` is what a large one does."""

Noise = Literal["normal", "heavy", "skewed", "failing", "log-normal", "failing deep", "failing often"]


@dataclass(frozen=True)
class Case:
    """What is simulated.

    Attributes:
        pairs: Share of the variance that the training runs make, at `REFERENCE` pairs.
        blocks: Share that the test blocks make; the rest is noise of single cells of the table.
        runs: Distribution over runs.
        tests: Distribution over blocks.
        many: Number of blocks.
        correlation: Between neighbouring blocks.
        looks: The plan's looks.
        difference: The true one, in margins.
        sharpness: The margin in standard errors at `REFERENCE` pairs.
        mirrored: Whether skewed noise leans to the other side.
        above: Skill of the second cell over the baseline, in margins.
        shared: Standard error of noise that both cells have in common against the baseline, in margins, as block
            effects correlated like the others.
        accuracy: Right or wrong on each example instead, all noise given by that: the first cell is right on a rare
            kind of example that the second gets wrong, and they agree on all others but for a few accidents.
        draws: Comparisons to simulate.
    """

    pairs: float
    blocks: float
    runs: Noise = "normal"
    tests: Noise = "normal"
    many: int = 100
    correlation: float = 0.0
    looks: tuple[int, ...] = LOOKS
    difference: float = 1.0
    sharpness: float = 8.0
    mirrored: bool = False
    above: float = 50.0
    shared: float = 0.01
    accuracy: bool = False
    draws: int = 4000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        noise = f"runs {self.runs}, tests {self.tests}" + (", mirrored" if self.mirrored else "")
        tied = f", correlation {self.correlation:g}" if self.correlation else ""
        looks = "/".join(map(str, self.looks))
        if self.accuracy:
            return f"accuracy, {self.many} examples, looks {looks}, difference {self.difference:g}"
        bar = f", {self.above:g} above the baseline, {self.shared:g} in common" if self.above < 50 else ""
        return (
            f"shares {self.pairs:.2g}:{self.blocks:.2g}, {noise}, {self.many} blocks{tied}, looks {looks},"
            f" difference {self.difference:g}, sharpness {self.sharpness:g}{bar}"
        )


@dataclass(frozen=True)
class Rates:
    """What came out, as shares of the comparisons.

    Attributes:
        wrong: A verdict that is not so.
        winner: A cell named better.
        equal: `equal` or `not-worse`.
        undecided: No verdict.
        covered: The 95 % interval at the last look taken holds the true difference.
    """

    wrong: float
    winner: float
    equal: float
    undecided: float
    covered: float

    def record(self) -> dict[str, float]:
        """As a row."""
        return asdict(self)


# --------------------------------------------------------------------------------------------------
# The grid

_SHARES = ((0.99, 0.005), (0.9, 0.06), (1 / 3, 1 / 3), (0.1, 0.1), (0.04, 0.92))


def _worst() -> Iterator[Case]:
    """At a true difference of one margin, where two mistakes are open, with noise small against it."""
    for pairs, blocks in _SHARES:
        base = Case(pairs, blocks)
        for looks in ((8,), (8, 12), LOOKS):
            for many in (20, 100):
                case = replace(base, many=many, looks=looks)
                yield case
                yield replace(case, runs="heavy", tests="heavy")
                for mirrored in (False, True):
                    yield replace(case, runs="skewed", mirrored=mirrored)
                    yield replace(case, runs="failing", mirrored=mirrored)
                    yield replace(case, tests="skewed", mirrored=mirrored)
            yield replace(base, many=5, looks=looks)
            yield replace(base, many=8, tests="skewed", looks=looks)
            yield replace(base, many=1000, looks=looks)
            yield replace(base, many=1000, looks=looks, runs="skewed")
        for case in (replace(base, many=20, looks=ALL), replace(base, many=100, looks=ALL)):
            yield case
            for mirrored in (False, True):
                yield replace(case, runs="skewed", mirrored=mirrored)
                yield replace(case, runs="failing", mirrored=mirrored)
    for pairs, blocks in ((0.02, 0.96), (0.3, 0.6)):
        for looks in ((8,), LOOKS):
            for many in (20, 40, 100, 300):
                for correlation in (0.3, 0.6):
                    yield Case(pairs, blocks, many=many, correlation=correlation, looks=looks)


def _bar() -> Iterator[Case]:
    """Cells at the bar, where none should be named as above it, or one margin over it, where `neither` is wrong."""
    for looks in ((8,), LOOKS):
        for many, correlation in ((20, 0.0), (100, 0.0), (40, 0.6), (100, 0.6)):
            case = Case(0.3, 0.6, many=many, correlation=correlation, looks=looks, shared=0.125)
            yield replace(case, above=0.0, difference=0.0)
            yield replace(case, above=1.0, difference=0.0)
            yield replace(case, above=1.0)
            yield replace(case, above=0.0, difference=2.0)


def _accuracy() -> Iterator[Case]:
    """Small test parts, on which a rare kind of example may not occur at all."""
    for looks in ((8,), LOOKS, ALL):
        for many in (20, 40, 100, 300, 1000):
            yield Case(0.0, 0.0, accuracy=True, many=many, looks=looks)


def _elsewhere() -> Iterator[Case]:
    """Other true differences and more noise: fewer mistakes are open there; what is left undecided shows."""
    for pairs, blocks in _SHARES[1:]:
        for runs in ("normal", "skewed"):
            for difference in (0.0, 0.5, 1.0, 2.0):
                for sharpness in (1.0, 2.0, 4.0):
                    yield Case(pairs, blocks, runs=runs, difference=difference, sharpness=sharpness, draws=2000)


def _beyond() -> Iterator[Case]:
    """More than the rules promise to bear."""
    for looks in ((8,), LOOKS):
        for runs in ("log-normal", "failing deep", "failing often"):
            yield Case(0.9, 0.06, runs=runs, looks=looks)
        for many in (20, 40, 100):
            yield Case(0.3, 0.6, many=many, correlation=0.8, looks=looks)
        yield Case(0.02, 0.96, many=10, correlation=0.6, looks=looks)
        yield Case(0.04, 0.92, many=5, tests="skewed", looks=looks)


CASES = [*_worst(), *_bar(), *_accuracy(), *_elsewhere()]
BEYOND = [*_beyond()]

# --------------------------------------------------------------------------------------------------
# One comparison


def simulate(case: Case, draws: int) -> Rates:
    """Simulate a case."""
    rng = np.random.default_rng(stream(0, "calibration", case.name))
    outcomes, covered = Counter[str](), 0
    for _ in range(draws):
        decision = _compare(case, rng)
        outcomes[decision.outcome] += 1
        low, high = decision.difference.interval(0.95)
        covered += low <= case.difference * MARGIN <= high
    share = {outcome: count / draws for outcome, count in outcomes.items()}
    return Rates(
        wrong=sum(rate for outcome, rate in share.items() if is_wrong(outcome, case.difference, case.above)),
        winner=share.get("first", 0.0) + share.get("second", 0.0),
        equal=share.get("equal", 0.0) + share.get("not-worse", 0.0),
        undecided=share.get("undecided", 0.0),
        covered=covered / draws,
    )


def is_wrong(outcome: str, difference: float, above: float) -> bool:
    """Whether a verdict is not so; the second cell, ``above`` margins over the baseline, is the cheaper one."""
    return {
        "first": difference <= 1.0 or above + difference <= 0.0,
        "second": difference >= -1.0 or above <= 0.0,
        "equal": abs(difference) >= 1.0 or above <= 0.0,
        "not-worse": difference >= 1.0 or above <= 0.0,
        "neither": max(above, above + difference) >= 1.0,
        "undecided": False,
    }[outcome]


def _compare(case: Case, rng: np.random.Generator) -> Decision:
    """One comparison, judged look by look until there is a verdict."""
    first, second = (_accuracy_tables if case.accuracy else _tables)(case, rng)
    for number, pairs in enumerate(case.looks, 1):
        difference, *over = (_seen(case, table[:pairs]) for table in (first - second, first, second))
        last = pairs == case.looks[-1]
        decision = decide(difference, (over[0], over[1]), margin=MARGIN, looks=case.looks, last=last, cheaper="second")
        if decision.outcome != "undecided" or (number > 1 and decision.cause == "test-data"):
            break
    return decision


def _seen(case: Case, table: NDArray[np.float64]) -> Crossed:
    """The mean of a table, blocks of a series joined as `gatewise.judge.tables` joins them.

    With equal references the pseudo-values of a block are its sum over the blocks' mean size.
    """
    reach = 1.0 if case.accuracy else 0.0
    if not case.correlation:
        return crossed(table, reach=reach)
    group, independent = grouping(table.mean(axis=0), FEWEST_BLOCKS)
    size = table.shape[1] / (table.shape[1] // group)
    return crossed(merge(table, group) / size, reach=reach, independent=independent)


def _tables(case: Case, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Skill of the two cells over the baseline, each of shape (pairs, blocks)."""
    pairs, many = case.looks[-1], case.many
    scale = MARGIN / case.sharpness
    by_run = np.sqrt(case.pairs * REFERENCE) * draw(case.runs, case.mirrored, rng, (pairs, 1))
    by_block = np.sqrt(case.blocks * many) * _tied(case, rng)
    cells = np.sqrt((1.0 - case.pairs - case.blocks) * REFERENCE * many) * rng.standard_normal((pairs, many))
    shared = case.shared * MARGIN * np.sqrt(many) * _tied(case, rng)
    second = np.full((pairs, many), case.above * MARGIN) + shared
    return second + case.difference * MARGIN + scale * (by_run + by_block + cells), second


RARE_ACCIDENT, HARD = 0.001, 0.05
"""Share of examples on which a fit errs by accident, and on which both cells err."""


def _accuracy_tables(case: Case, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right (1) or wrong (0) on each example, less a baseline that is right on every other one."""
    pairs, many = case.looks[-1], case.many
    kind = rng.random(many)
    rare, hard = kind < case.difference * MARGIN, kind > 1.0 - HARD
    baseline = rng.integers(0, 2, size=many)

    def right(cell: NDArray[np.bool_]) -> NDArray[np.float64]:
        return (cell ^ (rng.random((pairs, many)) < RARE_ACCIDENT)).astype(np.float64) - baseline

    return right(~hard), right(~hard & ~rare)


def _tied(case: Case, rng: np.random.Generator) -> NDArray[np.float64]:
    """Effects of the blocks, neighbours correlated as in a first-order autoregression."""
    fresh = draw(case.tests, case.mirrored, rng, (case.many,))
    if not case.correlation:
        return fresh
    tied, rho = fresh.copy(), case.correlation
    for k in range(1, case.many):
        tied[k] = rho * tied[k - 1] + np.sqrt(1.0 - rho * rho) * fresh[k]
    return tied


def _failing(rng: np.random.Generator, shape: tuple[int, ...], share: float, depth: float) -> NDArray[np.float64]:
    """Normal, but a share of the runs has failed and lies ``depth`` standard deviations lower."""
    values = rng.standard_normal(shape) - depth * (rng.random(shape) < share)
    scaled: NDArray[np.float64] = (values + share * depth) / np.sqrt(1.0 + share * (1.0 - share) * depth * depth)
    return scaled


_NOISE: dict[Noise, Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "heavy": lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3.0),
    "skewed": lambda rng, shape: rng.standard_exponential(shape) - 1.0,
    "failing": lambda rng, shape: _failing(rng, shape, 0.08, 5.0),
    "log-normal": lambda rng, shape: (np.exp(rng.standard_normal(shape)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e),
    "failing deep": lambda rng, shape: _failing(rng, shape, 0.08, 10.0),
    "failing often": lambda rng, shape: _failing(rng, shape, 0.2, 5.0),
}
"""Distributions of mean 0 and variance 1."""


def draw(kind: Noise, mirrored: bool, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Noise of mean 0 and variance 1."""
    values = _NOISE[kind](rng, shape)
    return -values if mirrored else values
