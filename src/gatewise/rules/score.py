"""Fit a rule by name, and score it on a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.rules import RULES
from gatewise.rules.lags import MOST_WINDOWS
from gatewise.rules.protocol import Fitted
from gatewise.tasks.quantiles import around, of_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Rule
    from gatewise.tasks.protocol import Task


OFFSETS = "error_quantiles"
"""Under this name a rule's numbers hold the quantiles of its errors, shape (targets, quantiles)."""


def rule(name: str) -> Rule:
    """The rule of that name."""
    return next(rule for rule in RULES if rule.name == name)


def applying(task: Task) -> tuple[str, ...]:
    """Names of the rules that the nets have to beat on a task."""
    return tuple(rule.name for rule in RULES if rule.applies(task))


def fit(name: str, task: Task, examples: Any, ids: NDArray[np.int64]) -> Fitted:
    """Fit the rule ``name`` on the examples ``ids``.

    Where quantiles are asked for, those of what the rule is off by on these examples are kept with its numbers, for
    each step ahead and target: any rule that forecasts points forecasts quantiles so.
    """
    found = Fitted(name, rule(name).fit(task, examples, ids))
    if not task.quantiles:
        return found
    seen = ids[:: -(-len(ids) // MOST_WINDOWS)]
    errors = examples.targets(seen) - points(found, examples, seen)
    return Fitted(name, found.arrays | {OFFSETS: of_errors(errors, task.quantiles)})


def outputs(fitted: Fitted, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Outputs of a rule for the examples ``ids``, as a network would give them: points, or quantiles around them."""
    found = points(fitted, examples, ids)
    return around(found, fitted.arrays[OFFSETS]) if OFFSETS in fitted.arrays else found


def points(fitted: Fitted, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """The point forecasts of a rule for the examples ``ids``, in the network's unit, shape (N, targets)."""
    return rule(fitted.name).outputs(fitted.arrays, examples, ids)


def back(fitted: Fitted) -> int:
    """Steps that a rule looks back beyond the network's inputs."""
    return rule(fitted.name).back(fitted.arrays)


@dataclass(frozen=True)
class Scored:
    """A rule on one split.

    Attributes:
        name: The rule's.
        validation: The metric's loss summed over each validation block.
        test: The same of each test block.
        tested: Its outputs for the test examples, shape (N, outputs).
    """

    name: str
    validation: tuple[float, ...]
    test: tuple[float, ...]
    tested: NDArray[np.float64]


def score(task: Task, name: str, split: int) -> Scored:
    """Fit and score a rule on one split: for validation in each of the task's trials, for test on all before."""
    validation: tuple[float, ...] = ()
    for trial in task.trials(split):
        seen = task.examples(trial)
        found = outputs(fit(name, task, seen, trial.train), seen, trial.validation)
        validation += block_sums(seen.scores(found, trial.validation), trial.validation_block)
    parts = task.parts(split, "tune", 0)
    if not len(parts.test):  # where all there is is learned from
        return Scored(name, validation, (), np.empty((0, 0)))
    examples = task.examples(parts)
    found = outputs(fit(name, task, examples, parts.before), examples, parts.test)
    return Scored(name, validation, block_sums(examples.scores(found, parts.test), parts.test_block), found)


def block_sums(losses: NDArray[np.float64], block: NDArray[np.int64]) -> tuple[float, ...]:
    """Sum losses of examples, shape (N,), within their blocks."""
    return tuple(np.bincount(block, weights=losses).tolist())
