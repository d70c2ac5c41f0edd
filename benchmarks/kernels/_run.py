"""What the tables share: the sizes, how long to measure, and what makes a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from _peers import Size
from _timing import race

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from _report import Row
    from _timing import Peak

    from gatewise.kernels.native import Extension

SIZES = [
    Size(32, 100, 16, 32),
    Size(32, 100, 32, 64),
    Size(64, 100, 64, 128),
    Size(64, 100, 128, 256),
    Size(128, 200, 128, 256),
    Size(32, 100, 512, 512),
    Size(1, 100, 32, 64),
    Size(1, 1000, 32, 64),
    Size(256, 50, 8, 16),
]
QUICK = [Size(4, 10, 3, 8), Size(32, 10, 16, 128)]


@dataclass
class Run:
    """What the tables share."""

    quick: bool
    native: Extension
    peak: Peak
    order: random.Random
    notes: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Of a race, for each contestant."""
        return 0.01 if self.quick else 1.2

    @property
    def rounds(self) -> int:
        """Of a race, at least."""
        return 3 if self.quick else 7

    @property
    def sizes(self) -> list[Size]:
        """Of the layers."""
        return QUICK if self.quick else SIZES

    def race(self, contestants: Mapping[str, Callable[[], object]], *, rest: float = 0.0) -> dict[str, float]:
        """Median milliseconds of each contestant."""
        took = race(contestants, seconds=self.seconds, rounds=self.rounds, rest=rest, order=self.order)
        return {name: 1e3 * seconds for name, seconds in took.items()}

    def task(self, label: str, measure: Callable[[], Row], flops: float = 0.0, contestants: int = 2) -> Task:
        """A task with a guess of its seconds: 50 GFLOP/s."""
        return Task(label, measure, contestants * max(self.seconds, self.rounds * flops / 5e10))


@dataclass(frozen=True)
class Task:
    """What makes one row."""

    label: str
    measure: Callable[[], Row]
    weight: float
