"""Anchors: a forecast that a network starts from, so that it learns what the anchor leaves."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.rules.protocol import Fitted
from gatewise.rules.score import fit, points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.run.options import AnchorName
    from gatewise.tasks.protocol import Examples, Lines, Task


PREFIX = "anchor."
"""Begins the names of an anchor's arrays in the file of a model's weights."""


@dataclass(frozen=True)
class Anchor:
    """What forecasts of a network are measured from; it is a part of the trained model.

    A forecast is the anchor's plus ``unit`` times what the network answers. A network whose head begins at 0 thus
    begins as its anchor, and one that finds nothing to learn stays there.

    Attributes:
        name: ``rule`` for a fitted simple rule; ``last`` for the last value; ``mean`` for the training mean, and
            ``none`` for the same without a head that begins at 0, which is the plain network of the textbooks.
        rule: The simple rule; None for the others.
        unit: Root mean square of what the anchor leaves of the training targets, in the task's own unit.
    """

    name: AnchorName
    rule: Fitted | None
    unit: float

    def under(self, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The anchor's own forecasts in the task's unit, shape (N, outputs)."""
        if self.rule is not None:
            return points(self.rule, examples, ids)
        found: NDArray[np.float64] = examples.resting(ids, "last" if self.name == "last" else "mean")
        return found

    def stored(self) -> tuple[dict[str, Any], Arrays]:
        """What a model's JSON and its weights' file keep of it."""
        rule = self.rule.name if self.rule else None
        arrays = self.rule.arrays if self.rule else {}
        return {"name": self.name, "rule": rule, "unit": self.unit}, {PREFIX + k: v for k, v in arrays.items()}

    @classmethod
    def of(cls, stored: dict[str, Any], arrays: dict[str, Any]) -> Anchor:
        """What was stored of one, from the model's JSON and all arrays of its weights' file."""
        own = {name.removeprefix(PREFIX): value for name, value in arrays.items() if name.startswith(PREFIX)}
        return cls(stored["name"], Fitted(stored["rule"], own) if stored["rule"] else None, stored["unit"])


MOST_SHARED = 16
"""Fitted rules that a process keeps, the newest; a comparison of three splits learns from about eight parts."""

_shared_rules: dict[bytes, Fitted] = {}
_lock = threading.Lock()


def _shared(rule: str, task: Task, examples: Any, ids: NDArray[np.int64], targets: NDArray[Any]) -> Fitted:
    """The rule fitted on the examples ``ids``; kept by all that decides it, and by what it has to forecast."""
    told = hashlib.sha256(repr((rule, task.setting)).encode())
    for array in (ids, targets):
        told.update(np.ascontiguousarray(array).data)
    key = told.digest()
    with _lock:
        found = _shared_rules.get(key)
    if found is None:
        found = fit(rule, task, examples, ids)
        with _lock:
            _shared_rules[key] = found
            while len(_shared_rules) > MOST_SHARED:
                del _shared_rules[next(iter(_shared_rules))]
    return found


class Anchored:
    """Examples seen from an anchor: targets are what it leaves, in its unit. Everything else is as in the examples.

    Args:
        examples: The examples, in the task's own unit.
        anchor: What the network starts from; None where the task has none, and examples are seen as they are.
    """

    def __init__(self, examples: Examples, anchor: Anchor | None) -> None:
        self.own, self.anchor = examples, anchor
        self._known: tuple[NDArray[np.int64], NDArray[np.float64]] | None = None

    @classmethod
    def fit(
        cls, name: AnchorName, rule: str, task: Task, examples: Any, ids: NDArray[np.int64], seen: NDArray[np.int64]
    ) -> Anchored:
        """Learn an anchor from training examples alone, and see all examples from it.

        A rule that this process has fitted to the same before is shared, and so has the same bits: it may take seconds
        where there are many series, and the fits of a comparison learn from few different parts.

        Args:
            name: The kind of anchor.
            rule: Name of the simple rule, for ``rule``.
            task: A task with an anchor: a forecast.
            examples: Its examples.
            ids: The training examples, which the rule learns from.
            seen: Those of them that networks learn from; the unit is learned from these.
        """
        targets = examples.targets(seen)
        fitted = _shared(rule, task, examples, ids, targets) if name == "rule" else None
        begun = Anchor(name, fitted, 1.0)
        found = cls(examples, begun)
        left = targets - found._under(begun, seen)
        found.anchor = replace(begun, unit=float(np.sqrt(np.mean(left**2))) or 1.0)
        return found

    @property
    def learned(self) -> Any:
        """What the training part taught."""
        return self.own.learned

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Prepared inputs and their lengths."""
        return self.own.inputs(ids)

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where the prepared inputs lie."""
        return self.own.lines(ids)

    def targets(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What the anchor leaves of the targets, in its unit, shape (N, outputs)."""
        if self.anchor is None:
            return self.own.targets(ids)
        left = self.own.targets(ids) - self._under(self.anchor, ids)
        return (left / self.anchor.unit).astype(np.float32)

    def plain(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[Any]:
        """A network's outputs in the task's own unit, the anchor's forecasts added."""
        if self.anchor is None:
            return outputs
        under = self._under(self.anchor, ids)
        each = outputs.shape[1] // under.shape[1]  # the quantiles of a target all start from its anchor
        return np.repeat(under, each, axis=1) + self.anchor.unit * outputs

    def _under(self, anchor: Anchor, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The anchor's forecasts; those of the last examples asked for are kept, for a part is validated many times."""
        if self._known is None or self._known[0] is not ids:
            self._known = ids, anchor.under(self.own, ids)
        return self._known[1]

    def scores(self, outputs: NDArray[Any], ids: NDArray[np.int64]) -> NDArray[Any]:
        """The metric's loss of each example, shape (N,)."""
        return self.own.scores(self.plain(outputs, ids), ids)
