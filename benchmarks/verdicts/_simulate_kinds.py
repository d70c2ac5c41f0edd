"""Right and wrong answers in blocks of many sizes, such as copies of one message, with a rare kind of example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from _simulate import HARD, LOOKS, MARGIN, RARE_ACCIDENT, Made, Rates, Told, idle, rates, told

from gatewise.seeds import stream
from gatewise.stats.decide import decide, ends
from gatewise.stats.interval import Followed
from gatewise.stats.reach import reach
from gatewise.stats.skill import linearised
from gatewise.stats.variance import crossed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.stats.variance import Parts, Scope

LARGEST, TAIL = 60, 1.5
"""Sizes of blocks: Pareto's with this exponent, rounded up, and no larger."""

POPULATION = 100_000
"""Blocks that test parts are drawn from."""


@dataclass(frozen=True)
class Kinds:
    """What is simulated.

    Attributes:
        many: Test blocks.
        least: The rare kind comes only in blocks of so many examples or more.
        difference: Share of all examples that are of the rare kind, in margins: the first cell gets these right and the
            second gets them wrong.
        looks: The plan's looks.
        draws: Comparisons to simulate.
    """

    many: int
    least: int
    difference: float = 1.0
    looks: tuple[int, ...] = LOOKS
    draws: int = 4000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        looks = "/".join(map(str, self.looks))
        kind = f"rare kind in blocks of {self.least} or more"
        return (
            f"accuracy in {self.many} blocks of 1 to {LARGEST}, {kind}, looks {looks}, difference {self.difference:g}"
        )


KINDS = [
    Kinds(many, least, difference, looks)
    for looks in ((8,), LOOKS)
    for many, leasts in ((50, (1,)), (200, (1, 3)), (1000, (1, 3, 10)), (3000, (1, 3, 10)))
    for least in leasts
    for difference in (0.0, 1.0)
]
"""Blocks that are so large are no rarity in the test part."""

RARITIES = [Kinds(many, 10, 1.0, looks) for looks in ((8,), LOOKS) for many in (200, 400)]
"""The rare kind comes in large blocks alone, and a test part has few of these."""


def simulate_kinds(case: Kinds, draws: int) -> Rates:
    """Simulate a case."""
    rng = np.random.default_rng(stream(0, "kinds", case.name))
    sizes = np.ceil(rng.pareto(TAIL, POPULATION)).clip(1, LARGEST)
    return rates([_compare(case, sizes, rng) for _ in range(draws)])


def _compare(case: Kinds, sizes: NDArray[np.float64], rng: np.random.Generator) -> Told:
    counts = sizes[rng.integers(len(sizes), size=case.many)]
    share = case.difference * MARGIN * sizes.sum() / sizes[sizes >= case.least].sum()  # of blocks that may be rare
    kind = rng.random(case.many)
    rare, hard = (counts >= case.least) & (kind < share), kind > 1.0 - HARD
    first, second = (_right(case, counts, wrong, rng) for wrong in (hard, hard | rare))
    baseline = rng.binomial(counts.astype(np.int64), 0.5)
    tables = [linearised(part, counts) for part in (first - second, first - baseline, second - baseline)]
    bounded = reach(counts)
    parts: list[list[Parts]] = []
    for pairs in case.looks:
        parts.append([crossed(table[:pairs], reach=bounded) for table in tables])
        final = pairs == case.looks[-1]
        difference, *over = (_followed(case, parts, k, "tuned", final=final) for k in range(3))
        claims = decide(difference, over, MARGIN)
        if ends(claims) or final or idle(parts[-1]):
            break
    true, kept = case.difference * MARGIN, 1.0 - 2.0 * RARE_ACCIDENT
    above, given = kept * (1.0 - HARD - true) + RARE_ACCIDENT - 0.5, kept * float((counts * rare).sum() / counts.sum())
    made = Made(tables[1], tables[2], (given, above + true, above), (true, above + true, above))
    return told(made, (difference, *over), claims, _followed(case, parts, 0, "test-part", final=final))


def _followed(case: Kinds, parts: Sequence[Sequence[Parts]], which: int, scope: Scope, *, final: bool) -> Followed:
    return Followed(tuple(each[which].within(scope) for each in parts), case.looks[-1], final)


def _right(
    case: Kinds, counts: NDArray[np.float64], wrong: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float64]:
    """How many examples of each block a cell gets right, shape (pairs, blocks), but for a few accidents."""
    accidents = rng.binomial(counts.astype(np.int64), RARE_ACCIDENT, size=(case.looks[-1], case.many))
    right: NDArray[np.float64] = np.where(wrong, accidents, counts - accidents)
    return right
