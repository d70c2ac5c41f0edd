"""What a simple rule is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.tasks.protocol import Task

Arrays = dict[str, "NDArray[np.float64]"]


class Rule(Protocol):
    """A simple rule that a recurrent net has to beat; it answers in the network's own units.

    It says itself to which tasks it applies: their class and their examples are what ``fit`` and ``outputs`` get.
    """

    name: ClassVar[str]

    def applies(self, task: Task) -> bool:
        """Whether the rule can be asked what the task asks, on its data and by its plan."""

    def fit(self, task: Any, examples: Any, ids: NDArray[np.int64]) -> Arrays:
        """Learn the rule's numbers from the examples ``ids``."""

    def outputs(self, arrays: Arrays, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs for the examples ``ids``, shape (N, outputs), as a network would give them."""

    def back(self, arrays: Arrays) -> int:
        """Steps that the rule looks back beyond the network's inputs; 0 where it needs no more than these."""


class SymbolRule(Rule, Protocol):
    """A rule that tells the next symbol.

    Its ``outputs`` are of shape (N, 2): of each example the logarithm of the true symbol's probability, in nats, and 1
    where that symbol is the likeliest.
    """

    def following(self, arrays: Arrays, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithm of the probability of each symbol after those with these ``numbers``, shape (outputs,).

        Args:
            arrays: The rule's numbers.
            numbers: What came so far, from the edge on that every piece begins with, shape (n,).
        """


class FrameRule(Rule, Protocol):
    """A rule that tells which channels are on next.

    Its ``outputs`` are of shape (N, 2): of each example the logarithm of the true frame's probability, in nats, and 1
    where each of its channels is what is likelier.
    """

    def following(self, arrays: Arrays, frames: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logarithm of the odds of each channel to be on after these frames, shape (channels,).

        Args:
            arrays: The rule's numbers.
            frames: 0 and 1, shape (steps, channels).
        """


@dataclass(frozen=True)
class Fitted:
    """A fitted rule: its name and its numbers."""

    name: str
    arrays: Arrays


def numeric_inputs(examples: Any, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
    """Prepared inputs and lengths of examples; of a category the commonest values as channels of 0 and 1."""
    x, lengths = examples.inputs(ids)
    return examples.learned.inputs.numeric(x), lengths


def linear(weight: NDArray[np.float64], bias: NDArray[np.float64], outputs: int) -> Arrays:
    """Weights (outputs, inputs) and bias (outputs,) as arrays of one rank, whatever scikit-learn squeezed.

    They lie row by row, as safetensors writes them down: it takes those of another order for the same bytes.
    """
    weight = np.ascontiguousarray(np.reshape(weight, (outputs, -1)))
    return {"weight": weight, "bias": np.broadcast_to(bias, (outputs,)).copy()}


def logistic_weights(model: Any, classes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (classes, inputs) and bias (classes,) of scikit-learn's logistic regression, which may not know all.

    A class not seen in training has e⁻³⁰ of the odds.
    """
    weight, bias, present = model.coef_, model.intercept_, model.classes_
    if len(present) == 2:  # scikit-learn keeps one row for two classes
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    full = np.zeros((classes, weight.shape[1])), np.full(classes, -30.0)
    full[0][present], full[1][present] = weight, bias
    return full
