"""Simulated comparisons: tables of skill with a known difference, judged look by look as a run judges them."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy import special
from scipy.signal import lfilter

from gatewise.judge.looks import LOOKS as ALL
from gatewise.seeds import stream
from gatewise.stats.decide import WINNER, Claim, beats, decide, ends, known, pairs_are_worth_it, pairs_may_decide
from gatewise.stats.interval import Followed
from gatewise.stats.posterior import posterior
from gatewise.stats.reach import UNBOUNDED, reach
from gatewise.stats.variance import Parts, Scope, crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

MARGIN, REFERENCE = 0.01, 12
"""The margin, and the pairs at which shares of variance and the standard error are stated."""

LOOKS = (8, 12, 20, 30)
"""What a small budget pays for; `gatewise.judge.looks.LOOKS` is what a large one does."""

Noise = Literal[
    "normal", "heavy", "moderate", "skewed", "failing", "failing mildly", "log-normal", "failing deep", "failing often"
]


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
        ties: Share of the runs in which both cells make the very same forecasts.
        hidden: Share of the blocks' variance that has a long memory (0.9), too small to be seen from block to block.
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
    ties: float = 0.0
    hidden: float = 0.0
    accuracy: bool = False
    draws: int = 4000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        noise = f"runs {self.runs}, tests {self.tests}" + (", mirrored" if self.mirrored else "")
        tied = f", correlation {self.correlation:g}" if self.correlation else ""
        tied += f", {self.hidden:g} of long memory" if self.hidden else ""
        noise += f", {self.ties:.0%} ties" if self.ties else ""
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
        strict: A winner by more than the margin, or a cell that is shown to be no worse, which is not so, both at the
            error of a winner: what was counted as wrong before claims were told apart.
        word: A verdict that is not so.
        better: A cell shown to be better, in any scope, which is not.
        safe: `equal` or not worse, in any scope, which is not so.
        claim: Any claim, of any kind and in any scope, which is not so.
        winner: A cell named better.
        equal: `equal` or `not-worse`.
        undecided: No verdict.
        covered: The interval at the last look taken holds the true difference.
        pairs: Pairs trained, on average.
    """

    strict: float
    word: float
    better: float
    safe: float
    claim: float
    winner: float
    equal: float
    undecided: float
    covered: float
    pairs: float

    def record(self) -> dict[str, float]:
        """As a row."""
        return asdict(self)


class Stated(NamedTuple):
    """Of the cell ahead: the probabilities that it is better, by a flat prior too, and at most the margin worse."""

    better: float
    flat: float
    is_better: bool
    safe: float
    is_safe: bool


class Told(NamedTuple):
    """What one comparison said.

    Attributes:
        word: The verdict.
        false: Fields of `Rates` that count it as an error.
        covered: Whether the interval holds the true difference.
        pairs: Pairs trained.
        stated: Of the cell ahead, what is stated; None where there was no noise to judge by.
    """

    word: str
    false: frozenset[str]
    covered: bool
    pairs: int
    stated: Stated | None


def rates(told: Sequence[Told]) -> Rates:
    """Shares of all comparisons of a case."""
    draws, words = len(told), Counter(one.word for one in told)
    errors = {
        name: sum(name in one.false for one in told) / draws for name in ("strict", "word", "better", "safe", "claim")
    }
    return Rates(
        **errors,
        winner=(words["first"] + words["second"]) / draws,
        equal=(words["equal"] + words["not-worse"]) / draws,
        undecided=words["undecided"] / draws,
        covered=sum(one.covered for one in told) / draws,
        pairs=sum(one.pairs for one in told) / draws,
    )


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
                    yield replace(case, runs="failing mildly", mirrored=mirrored)
                    yield replace(case, runs="moderate", tests="moderate", mirrored=mirrored)
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


def _tied() -> Iterator[Case]:
    """Runs in which both cells make the same forecasts, short series, and windows of a horizon, which are more tied."""
    for looks in ((8,), LOOKS):
        for ties in (0.3, 0.7):
            for difference in (0.0, 1.0):
                for pairs, blocks in ((0.9, 0.06), (0.3, 0.6), (0.04, 0.92)):
                    yield Case(pairs, blocks, ties=ties, difference=difference, looks=looks)
        for difference in (0.0, 1.0):
            for correlation, many in ((0.3, 10), (0.6, 12), (0.8, 100), (0.8, 300)):
                yield Case(0.3, 0.6, many=many, correlation=correlation, looks=looks, difference=difference)


def _none() -> Iterator[Case]:
    """No difference at all, where every winner is false."""
    for pairs, blocks in _SHARES:
        for looks in ((8,), LOOKS, ALL):
            case = Case(pairs, blocks, looks=looks, difference=0.0, many=20)
            yield from (case, replace(case, runs="heavy", tests="heavy"))
            yield from (replace(case, runs="skewed"), replace(case, runs="failing"), replace(case, tests="skewed"))
    for looks in ((8,), LOOKS):
        for many in (20, 100):
            yield from (Case(0.3, 0.6, many=many, correlation=rho, looks=looks, difference=0.0) for rho in (0.3, 0.6))


def _accuracy() -> Iterator[Case]:
    """Small test parts, on which a rare kind of example may not occur at all."""
    for looks in ((8,), LOOKS, ALL):
        for many in (20, 40, 100, 300, 1000):
            yield from (Case(0.0, 0.0, accuracy=True, many=many, looks=looks, difference=d) for d in (0.0, 1.0))


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
        for many in (20, 40):
            yield Case(0.3, 0.6, many=many, correlation=0.8, looks=looks)
        yield Case(0.02, 0.96, many=10, correlation=0.6, looks=looks)
        yield Case(0.3, 0.6, many=100, hidden=0.3, looks=looks)
        yield Case(0.3, 0.6, many=300, correlation=0.95, looks=looks)
        yield Case(0.04, 0.92, many=5, tests="skewed", looks=looks)


CASES = list(dict.fromkeys([*_worst(), *_bar(), *_tied(), *_none(), *_accuracy(), *_elsewhere()]))
BEYOND = [*_beyond()]

# --------------------------------------------------------------------------------------------------
# One comparison


class Made(NamedTuple):
    """A simulated table of both cells' skill over the bar.

    Attributes:
        first: Of the first cell, shape (pairs, blocks).
        second: Of the second.
        given: What training runs would show in the long run on these very blocks: the difference, and both cells.
        true: What they would show on new blocks.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    given: tuple[float, float, float]
    true: tuple[float, float, float]


def simulate(case: Case, draws: int) -> Rates:
    """Simulate a case."""
    return rates(list(comparisons(case, draws, np.random.default_rng(stream(0, "calibration", case.name)))))


def comparisons(case: Case, draws: int, rng: np.random.Generator) -> Iterator[Told]:
    """Simulated comparisons of a case, one after the other."""
    for _ in range(draws):
        yield _compare(case, (_accuracy_tables if case.accuracy else _tables)(case, rng))


def _compare(case: Case, made: Made) -> Told:
    """One comparison, judged look by look until a claim ends it or nothing is left to gain."""
    tables = made.first - made.second, made.first, made.second
    seen: list[tuple[Parts, ...]] = []
    for pairs in case.looks:
        seen.append(tuple(_parts(case, table[:pairs]) for table in tables))
        final = pairs == case.looks[-1]
        difference, *over = (_followed(case, seen, k, "tuned", final=final) for k in range(3))
        claims = decide(difference, over, MARGIN)
        if ends(claims) or final or idle(seen[-1]):
            break
    return told(made, (difference, *over), claims, _followed(case, seen, 0, "test-part", final=final))


def idle(parts: Sequence[Parts]) -> bool:
    """Whether more pairs cannot help, as `gatewise.judge.looks.Look.hopeless` has it."""
    difference, *over = parts
    return not pairs_may_decide(difference, over, "tuned", MARGIN) and not pairs_are_worth_it(difference, MARGIN)


def told(made: Made, tuned: tuple[Followed, ...], claims: Sequence[Claim], here: Followed | None) -> Told:
    """What a comparison said, held against the truth.

    Args:
        made: The truth.
        tuned: The difference and both cells over the bar, on new blocks.
        claims: What is shown of them.
        here: The difference on these blocks, of which claims are made as well; None where it is left out.
    """
    difference, *over = tuned
    d, *above = (value / MARGIN for value in made.true)
    low, high = difference.interval(WINNER)
    false = {"claim", *_kinds(one)} if (one := [c for c in claims if is_wrong(c, d, above)]) else set()
    if claims and is_wrong(claims[0], d, above):
        false.add("word")
    if known(difference.now) and difference.now.standard_error > 0.0 and _strictly_wrong((low, high), d):
        false.add("strict")
    if here is not None:
        local = [c for c in decide(here, (), MARGIN) if is_wrong(c, made.given[0] / MARGIN, above)]
        false |= {"claim", *_kinds(local)} if local else set()
    if any(beats(one) and lead <= 0.0 for one, lead in zip(over, above, strict=False)):
        false.add("claim")
    return Told(
        _word(claims), frozenset(false), low <= made.true[0] <= high, difference.now.pairs, _stated(difference, d)
    )


def is_wrong(claim: Claim, difference: float, above: Sequence[float]) -> bool:
    """Whether a claim is not so; ``difference``, and how far both cells are ``above`` the bar, in margins."""
    lead = difference if claim.arm == "first" else -difference
    return {
        "better": lead <= 0.0 or (claim.beyond and lead <= 1.0),
        "equal": abs(difference) >= 1.0,
        "not-worse": lead <= -1.0,
        "neither": max(above) >= 1.0,
    }[claim.kind]


def _kinds(claims: Sequence[Claim]) -> set[str]:
    names = {"better": "better", "equal": "safe", "not-worse": "safe", "neither": "claim"}
    return {names[claim.kind] for claim in claims}


def _strictly_wrong(bounds: tuple[float, float], d: float) -> bool:
    low, high = bounds[0] / MARGIN, bounds[1] / MARGIN
    winner = (low > 1.0 and d <= 1.0) or (high < -1.0 and d >= -1.0)
    return winner or (high < 1.0 and d >= 1.0) or (low > -1.0 and d <= -1.0)


def _word(claims: Sequence[Claim]) -> str:
    if not claims:
        return "undecided"
    return str(claims[0].arm) if claims[0].kind == "better" else claims[0].kind


def _stated(difference: Followed, d: float) -> Stated | None:
    now = difference.now
    if now.standard_error == 0.0 or not known(now):
        return None
    found, sign = posterior(now, MARGIN), 1.0 if now.estimate >= 0.0 else -1.0
    better, safe = (found.above(x) if sign > 0 else 1.0 - found.above(-x) for x in (0.0, -MARGIN))
    flat = float(special.stdtr(now.freedom, abs(now.estimate) / now.standard_error))
    return Stated(better, flat, sign * d > 0.0, safe, sign * d > -1.0)


def _followed(case: Case, seen: Sequence[tuple[Parts, ...]], which: int, scope: Scope, *, final: bool) -> Followed:
    return Followed(tuple(parts[which].within(scope) for parts in seen), case.looks[-1], final)


def _parts(case: Case, table: NDArray[np.float64]) -> Parts:
    """The variance of a table's mean; with equal references a block's own skill is what the product computes."""
    serial = bool(case.correlation or case.hidden)
    return crossed(table, serial=serial, reach=reach(np.ones(table.shape[1])) if case.accuracy else UNBOUNDED)


def _tables(case: Case, rng: np.random.Generator) -> Made:
    """Skill of both cells over the bar, all noise of the difference in the first one."""
    pairs, many = case.looks[-1], case.many
    scale = MARGIN / case.sharpness
    by_run = np.sqrt(case.pairs * REFERENCE) * draw(case.runs, case.mirrored, rng, (pairs, 1))
    by_block = np.sqrt(case.blocks * many) * _tied(case, rng)
    cells = np.sqrt((1.0 - case.pairs - case.blocks) * REFERENCE * many) * rng.standard_normal((pairs, many))
    shared = case.shared * MARGIN * np.sqrt(many) * _tied(case, rng)
    second = np.full((pairs, many), case.above * MARGIN) + shared
    true = case.difference * MARGIN
    lead = true + scale * (by_run + by_block + cells)
    if case.ties:
        # As often as not tied the cells differ by as much more, so that the mean is what it should be.
        lead = np.where(rng.random((pairs, 1)) < case.ties, 0.0, lead / (1.0 - case.ties))
    seen, base = true + scale * float(by_block.mean()), float(second[0].mean())
    above = case.above * MARGIN
    return Made(second + lead, second, (seen, base + seen, base), (true, above + true, above))


RARE_ACCIDENT, HARD = 0.001, 0.05
"""Share of examples on which a fit errs by accident, and on which both cells err."""


def _accuracy_tables(case: Case, rng: np.random.Generator) -> Made:
    """Right (1) or wrong (0) on each example, less a baseline that is right on every other one."""
    pairs, many = case.looks[-1], case.many
    kind = rng.random(many)
    rare, hard = kind < case.difference * MARGIN, kind > 1.0 - HARD
    baseline = rng.integers(0, 2, size=many)

    def right(cell: NDArray[np.bool_]) -> NDArray[np.float64]:
        return (cell ^ (rng.random((pairs, many)) < RARE_ACCIDENT)).astype(np.float64) - baseline

    kept = 1.0 - 2.0 * RARE_ACCIDENT
    seen = kept * float(rare.mean())
    above = kept * (1.0 - HARD - case.difference * MARGIN) + RARE_ACCIDENT - 0.5
    true = case.difference * MARGIN
    return Made(right(~hard), right(~hard & ~rare), (seen, above + true, above), (true, above + true, above))


def _tied(case: Case, rng: np.random.Generator) -> NDArray[np.float64]:
    """Effects of the blocks, neighbours correlated as in a first-order autoregression."""
    fresh = draw(case.tests, case.mirrored, rng, (case.many,))
    if case.hidden:
        return np.sqrt(1.0 - case.hidden) * fresh + np.sqrt(case.hidden) * _remembered(
            rng.standard_normal(case.many), 0.9
        )
    return _remembered(fresh, case.correlation) if case.correlation else fresh


def _remembered(fresh: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """A first-order autoregression of the variance that its innovations have."""
    start, scale = fresh[:1], np.sqrt(1.0 - rho * rho)
    rest, _ = lfilter([scale], [1.0, -rho], fresh[1:], zi=rho * start)
    found: NDArray[np.float64] = np.concatenate([start, rest])
    return found


def _failing(rng: np.random.Generator, shape: tuple[int, ...], share: float, depth: float) -> NDArray[np.float64]:
    """Normal, but a share of the runs has failed and lies ``depth`` standard deviations lower."""
    values = rng.standard_normal(shape) - depth * (rng.random(shape) < share)
    scaled: NDArray[np.float64] = (values + share * depth) / np.sqrt(1.0 + share * (1.0 - share) * depth * depth)
    return scaled


_NOISE: dict[Noise, Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]]] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "heavy": lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3.0),
    "moderate": lambda rng, shape: rng.standard_gamma(4.0, shape) / 2.0 - 2.0,
    "skewed": lambda rng, shape: rng.standard_exponential(shape) - 1.0,
    "failing": lambda rng, shape: _failing(rng, shape, 0.08, 5.0),
    "failing mildly": lambda rng, shape: _failing(rng, shape, 0.08, 3.0),
    "log-normal": lambda rng, shape: (np.exp(rng.standard_normal(shape)) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e),
    "failing deep": lambda rng, shape: _failing(rng, shape, 0.08, 10.0),
    "failing often": lambda rng, shape: _failing(rng, shape, 0.2, 5.0),
}
"""Distributions of mean 0 and variance 1."""


def draw(kind: Noise, mirrored: bool, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Noise of mean 0 and variance 1."""
    values = _NOISE[kind](rng, shape)
    return -values if mirrored else values
