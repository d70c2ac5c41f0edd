"""A cell set against itself, its configuration chosen from a noisy tuning table: is the luck of the choice counted?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from _simulate import LOOKS, MARGIN, Made, Rates, Told, idle, rates, told

from gatewise.experiment.choice import Row, Table, Tuned
from gatewise.experiment.tune import configurations
from gatewise.seeds import stream
from gatewise.stats.decide import decide, ends
from gatewise.stats.interval import Followed
from gatewise.stats.variance import choice_variance, crossed

if TYPE_CHECKING:
    from numpy.typing import NDArray

TESTS = 50
"""Test blocks."""

RUN, TEST = 0.005, 0.002
"""Standard deviation of a pair's difference from run to run, and of the mean of the test blocks."""


@dataclass(frozen=True)
class Choosing:
    """What is simulated.

    Attributes:
        spread: How far the configurations' true skills lie apart.
        noise: Standard deviation of a configuration's validation score.
        listed: Configurations in the list.
        validation: Validation blocks.
        difference: True difference between the cells, in margins, at any configuration.
        redrawn: Whether every pair chooses anew, as a run does; otherwise the best on the table is taken throughout.
        draws: Comparisons to simulate.
    """

    spread: float
    noise: float
    redrawn: bool
    listed: int = 10
    validation: int = 30
    difference: float = 0.0
    draws: int = 2000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        chosen = "redrawn" if self.redrawn else "chosen once"
        return (
            f"spread {self.spread:g}, noise {self.noise:g}, {self.listed} listed, {self.validation} validate,"
            f" difference {self.difference:g}, {chosen}"
        )


_NOISES = ((0.03, 0.01), (0.03, 0.03), (0.1, 0.01), (0.1, 0.03), (0.1, 0.1), (0.3, 0.1))

CHOICES = [
    *(Choosing(*noises, redrawn) for redrawn in (False, True) for noises in _NOISES),
    *(Choosing(*noises, True, difference=1.0) for noises in _NOISES),
    *(Choosing(*noises, True, listed, validation) for listed, validation in ((3, 5), (6, 10)) for noises in _NOISES),
]


def choose(case: Choosing, draws: int) -> Rates:
    """Simulate a case; without a difference the two cells are the same, so every winner is false."""
    rng = np.random.default_rng(stream(0, "choices", case.name))
    return rates([_compare(case, number, rng) for number in range(draws)])


def _compare(case: Choosing, number: int, rng: np.random.Generator) -> Told:
    true = -np.abs(case.spread * rng.standard_normal(case.listed))
    tables = {(cell, 0): _tuning(case, true, rng) for cell in ("a", "b")}
    tuned = Tuned(configurations(case.listed, (32,), 0), tables, {}, 0, ())
    chosen = {cell: _chosen(case, tuned, cell, number) for cell in ("a", "b")}
    noise = np.sqrt(TESTS) * TEST * rng.standard_normal(TESTS)
    skill = {
        cell: true[numbers] + RUN / np.sqrt(2.0) * rng.standard_normal(LOOKS[-1]) for cell, numbers in chosen.items()
    }
    scope: Literal["tuned", "anew"] = "anew" if case.redrawn else "tuned"
    seen = []
    for pairs in LOOKS:
        table = case.difference * MARGIN + (skill["a"] - skill["b"])[:pairs, None] + noise
        luck = sum(choice_variance(skill[cell][:pairs], chosen[cell][:pairs]) for cell in ("a", "b"))
        seen.append(crossed(table, luck))
        final = pairs == LOOKS[-1]
        difference = Followed(tuple(parts.within(scope) for parts in seen), LOOKS[-1], final)
        claims = decide(difference, (), MARGIN)  # both far above the baseline
        if ends(claims) or final or idle((seen[-1],)):
            break
    far = (case.difference * MARGIN, 1.0, 1.0)
    return told(Made(table, table, far, far), (difference,), claims, None)


def _tuning(case: Choosing, true: NDArray[np.float64], rng: np.random.Generator) -> Table:
    """Validation losses of one cell's list.

    Second fits are not simulated: they meet the same validation examples, whose luck this is about, so the table would
    be the same one, and pairs choose among what they would choose anyway.
    """
    noise = np.sqrt(case.validation) * case.noise * rng.standard_normal((case.listed, case.validation))
    losses = (noise - true[:, None]) / case.validation
    return Table({number: Row(0, ((row,),)) for number, row in enumerate(losses)})


def _chosen(case: Choosing, tuned: Tuned, cell: str, number: int) -> NDArray[np.int64]:
    """The configuration of every pair."""
    if not case.redrawn:
        return np.full(LOOKS[-1], tuned.choice(cell, 0))
    return np.array([tuned.redraw(cell, 0, pair, number) for pair in range(LOOKS[-1])])
