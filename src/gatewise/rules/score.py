"""Fit a rule by name, and score it on a split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.rules import RULES
from gatewise.rules.protocol import Fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Rule
    from gatewise.tasks.protocol import Task


def rule(name: str) -> Rule:
    """The rule of that name."""
    return next(rule for rule in RULES if rule.name == name)


def applying(task: Task) -> tuple[str, ...]:
    """Names of the rules that the nets have to beat on a task."""
    return tuple(rule.name for rule in RULES if rule.applies(task))


def fit(name: str, task: Task, examples: Any, ids: NDArray[np.int64]) -> Fitted:
    """Fit the rule ``name`` on the examples ``ids``."""
    return Fitted(name, rule(name).fit(task, examples, ids))


def outputs(fitted: Fitted, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Outputs of a rule for the examples ``ids``, as a network would give them."""
    return rule(fitted.name).outputs(fitted.arrays, examples, ids)


def back(fitted: Fitted) -> int:
    """Steps that a rule looks back beyond the network's inputs."""
    return rule(fitted.name).back(fitted.arrays)


@dataclass(frozen=True)
class Scored:
    """A rule on one split: the metric's loss on validation and on test, summed over each block."""

    name: str
    validation: tuple[float, ...]
    test: tuple[float, ...]


def score(task: Task, name: str, split: int) -> Scored:
    """Fit and score a rule on one split: for validation on the training part, for test on all before."""
    parts = task.parts(split, "tune", 0)
    examples = task.examples(parts)
    chosen, final = fit(name, task, examples, parts.train), fit(name, task, examples, parts.before)
    validation = examples.scores(outputs(chosen, examples, parts.validation), parts.validation)
    test = examples.scores(outputs(final, examples, parts.test), parts.test)
    return Scored(name, block_sums(validation, parts.validation_block), block_sums(test, parts.test_block))


def block_sums(losses: NDArray[np.float64], block: NDArray[np.int64]) -> tuple[float, ...]:
    """Sum losses of examples, shape (N,), within their blocks."""
    return tuple(np.bincount(block, weights=losses).tolist())
