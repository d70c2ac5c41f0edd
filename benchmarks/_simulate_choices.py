"""A cell set against itself, its configuration chosen from a noisy tuning table: is the luck of the choice counted?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from _simulate import LOOKS, MARGIN, Rates

from gatewise.experiment.tune import Table, Tuned
from gatewise.seeds import stream
from gatewise.stats.decide import decide
from gatewise.stats.variance import choice_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIGURATIONS, VALIDATION, TESTS = 10, 30, 50
"""In the list; validation blocks; test blocks."""

RUN, TEST = 0.005, 0.002
"""Standard deviation of a pair's difference from run to run, and of the mean of the test blocks."""


@dataclass(frozen=True)
class Choosing:
    """What is simulated.

    Attributes:
        spread: How far the configurations' true skills lie apart.
        noise: Standard deviation of a configuration's validation score.
        redrawn: Whether every pair chooses anew, as a run does; otherwise the best on the table is taken throughout.
        draws: Comparisons to simulate.
    """

    spread: float
    noise: float
    redrawn: bool
    draws: int = 2000

    @property
    def name(self) -> str:
        """Short and unambiguous."""
        return f"spread {self.spread:g}, noise {self.noise:g}, {'redrawn' if self.redrawn else 'chosen once'}"


CHOICES = [
    Choosing(spread, noise, redrawn)
    for redrawn in (False, True)
    for spread, noise in ((0.03, 0.01), (0.03, 0.03), (0.1, 0.01), (0.1, 0.03), (0.1, 0.1), (0.3, 0.1))
]


def choose(case: Choosing, draws: int) -> Rates:
    """Simulate a case; the two cells are the same, so every winner is false."""
    rng = np.random.default_rng(stream(0, "choices", case.name))
    outcomes, covered = Counter[str](), 0
    for number in range(draws):
        outcome, interval = _compare(case, number, rng)
        outcomes[outcome] += 1
        covered += interval[0] <= 0.0 <= interval[1]
    winner = (outcomes["first"] + outcomes["second"]) / draws
    return Rates(
        wrong=winner,
        winner=winner,
        equal=(outcomes["equal"] + outcomes["not-worse"]) / draws,
        undecided=outcomes["undecided"] / draws,
        covered=covered / draws,
    )


def _compare(case: Choosing, number: int, rng: np.random.Generator) -> tuple[str, tuple[float, float]]:
    true = -np.abs(case.spread * rng.standard_normal(CONFIGURATIONS))
    tuned = Tuned((), {(cell, 0): _tuning(case, true, rng) for cell in ("a", "b")}, 0, ())
    chosen = {cell: _chosen(case, tuned, cell, number) for cell in ("a", "b")}
    noise = np.sqrt(TESTS) * TEST * rng.standard_normal(TESTS)
    skill = {
        cell: true[numbers] + RUN / np.sqrt(2.0) * rng.standard_normal(LOOKS[-1]) for cell, numbers in chosen.items()
    }
    for pairs in LOOKS:
        first = 0.5 + skill["a"][:pairs, None] + noise
        second = 0.5 + np.broadcast_to(skill["b"][:pairs, None], first.shape)
        luck = tuple(choice_variance(skill[cell][:pairs], chosen[cell][:pairs]) for cell in ("a", "b"))
        decision = decide(
            first, second, np.full(TESTS, -9.0), margin=MARGIN, looks=LOOKS, last=pairs == LOOKS[-1],
            cheaper="second", choices=(luck[0], luck[1]),
        )  # fmt: skip
        if decision.outcome != "undecided":
            break
    return decision.outcome, decision.difference.interval(0.95)


def _tuning(case: Choosing, true: NDArray[np.float64], rng: np.random.Generator) -> Table:
    """Validation losses of one cell's list."""
    noise = np.sqrt(VALIDATION) * case.noise * rng.standard_normal((CONFIGURATIONS, VALIDATION))
    return Table((noise - true[:, None]) / VALIDATION, np.zeros(CONFIGURATIONS, dtype=np.int64))


def _chosen(case: Choosing, tuned: Tuned, cell: str, number: int) -> NDArray[np.int64]:
    """The configuration of every pair."""
    if not case.redrawn:
        return np.full(LOOKS[-1], tuned.choice(cell, 0))
    return np.array([tuned.redraw(cell, 0, pair, number) for pair in range(LOOKS[-1])])
