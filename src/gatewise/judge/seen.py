"""What the pairs say of a difference, look by look and in every scope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from gatewise.metrics import metric_named
from gatewise.stats.decide import Claim, decide
from gatewise.stats.interval import Followed
from gatewise.stats.reach import UNBOUNDED, reach
from gatewise.stats.skill import linearised, skill
from gatewise.stats.variance import Parts, choice_variance, crossed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.judge.tables import Pairs
    from gatewise.run.plan import Plan
    from gatewise.stats.reach import Reach
    from gatewise.stats.variance import Scope


@dataclass(frozen=True)
class Seen:
    """The pairs so far, and the looks at them.

    Attributes:
        plan: The locked plan.
        pairs: All pairs so far.
        taken: Pairs at each look so far, today's being the last one.
        final: Whether no look can follow, whatever the pairs say.
    """

    plan: Plan
    pairs: Pairs
    taken: tuple[int, ...]
    final: bool

    @cached_property
    def reference(self) -> NDArray[np.float64]:
        """What skill is measured against, of each block: the bar's loss, or the number of examples for accuracy."""
        return self.pairs.bar if metric_named(self.plan.metric).unit == "skill" else self.pairs.counts

    @property
    def redrawn(self) -> int:
        """How many pairs were tuned anew as well."""
        return len(self.pairs.anew[self.plan.cells[0]])

    @property
    def defined(self) -> bool:
        """Whether there is anything to measure skill against."""
        return bool(self.reference.sum() > 0.0)

    def scores(self, arm: str) -> NDArray[np.float64]:
        """Skill of an arm in each pair, shape (pairs,)."""
        return skill(self.pairs.losses[arm], self.reference)

    def between(self, first: str, second: str, scope: Scope) -> Followed:
        """Skill of the first arm minus skill of the second."""
        losses = self._losses(scope)
        return self._followed(losses[second] - losses[first], (first, second), scope)

    def judged(self, scope: Scope) -> Followed:
        """The difference of the two judged arms."""
        return self.between(*self._arms, scope)

    def over(self, arm: str, rule: NDArray[np.float64], scope: Scope = "tuned") -> Followed:
        """Skill of an arm minus that of a rule with these losses, shape (blocks,)."""
        return self._followed(rule - self._losses(scope)[arm], (arm,), scope)

    def score(self, arm: str) -> Followed:
        """Skill of an arm."""
        return self._followed(self.reference - self.pairs.losses[arm], (arm,), "tuned")

    def judged_parts(self, scope: Scope) -> Parts:
        """The variance of that difference in parts, at today's look."""
        (first, second), losses = self._arms, self._losses(scope)
        return self._parts(losses[second] - losses[first], (first, second), len(losses[first]), scope)

    def over_parts(self, arm: str) -> Parts:
        """The variance of an arm's skill over the bar in parts, at today's look."""
        return self._parts(self.pairs.bar - self.pairs.losses[arm], (arm,), self.taken[-1], "tuned")

    def table(self) -> NDArray[np.float64]:
        """The difference of the two judged arms as a table whose mean it is, shape (pairs, blocks)."""
        first, second = self._arms
        return linearised(self.pairs.losses[second] - self.pairs.losses[first], self.reference)

    def claims(self, scope: Scope) -> tuple[Claim, ...]:
        """All that is shown of the two judged arms in a scope, in the order of precedence."""
        over = [self.over(arm, self.pairs.bar, scope) for arm in self._arms]
        return decide(self.judged(scope), over, self.plan.margin)

    # ----------------------------------------------------------------------------------------------

    @property
    def _arms(self) -> tuple[str, str]:
        first, second = self.plan.cells[:2]
        return first, second

    def _losses(self, scope: Scope) -> dict[str, NDArray[np.float64]]:
        return self.pairs.anew if scope == "anew" else self.pairs.losses

    def _followed(self, part: NDArray[np.float64], arms: tuple[str, ...], scope: Scope) -> Followed:
        taken = self.taken if scope != "anew" else (*(n for n in self.taken if n < len(part)), len(part))
        means = tuple(self._parts(part, arms, n, scope).within(scope) for n in taken)
        return Followed(means, max((*self.plan.looks, self.taken[-1])), self.final)

    def _parts(self, part: NDArray[np.float64], arms: tuple[str, ...], pairs: int, scope: Scope) -> Parts:
        choices = sum(self._choices(arm, pairs) for arm in arms) if scope == "anew" else 0.0
        table = linearised(part[:pairs], self.reference)
        return crossed(table, choices, serial=self.plan.splits.serial, reach=reach_of(self.plan, self.pairs.counts))

    def _choices(self, arm: str, pairs: int) -> float:
        """Variance of an arm's skill between the configurations that redraws chose.

        Folds choose from a tuning table each, so their variances add up. Origins choose from one table, so their
        choices err together and their standard deviations add up.
        """
        values = np.add.reduceat(self.pairs.anew[arm][:pairs], self.pairs.splits, axis=1) / self.reference.sum()
        chosen = self.pairs.chosen[arm][:pairs]
        found = [choice_variance(values[:, k], chosen[:, k]) for k in range(values.shape[1])]
        return sum(found) if self.plan.splits.tuned_each else sum(np.sqrt(found).tolist()) ** 2


def reach_of(plan: Plan, counts: NDArray[np.float64]) -> Reach:
    """What unseen kinds of example could add to a difference; nothing is known where skill has no bound.

    Args:
        plan: The locked plan.
        counts: Examples in each block, shape (blocks,): one example makes a difference of 1 at most, or of what a
            mistake counts where classes are balanced.
    """
    if metric_named(plan.metric).unit == "skill":
        return UNBOUNDED
    return reach(counts, max(cast("tuple[float, ...]", plan.section.get("weights") or (1.0,))))
