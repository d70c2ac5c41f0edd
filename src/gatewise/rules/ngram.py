"""What came after the last few symbols before, smoothed after Kneser and Ney."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.rules.kneserney import Read, levels, smoothed, table, tell
from gatewise.tasks.next_symbol import NextSymbol, frequencies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.next_symbol import SymbolExamples, SymbolSection
    from gatewise.tasks.protocol import Task

ORDERS = 6
"""Symbols of the longest grams, the one that is told counted."""

HELD_OUT = 0.1
"""The last of what is learned from, this share of it, chooses the order; then all of it is counted."""

MOST = 3_000_000
"""So many symbols are counted at most, the last ones: some ten seconds, and a gigabyte."""


class NGram:
    """Grams of up to six symbols by interpolated Kneser-Ney smoothing with Chen and Goodman's three discounts.

    See `gatewise.rules.protocol.SymbolRule` for what it answers.
    """

    name: ClassVar[str] = "n-gram"

    def applies(self, task: Task) -> bool:
        """To next symbols."""
        return isinstance(task, NextSymbol)

    def fit(self, task: NextSymbol, examples: SymbolExamples, ids: NDArray[np.int64]) -> Arrays:
        """The grams of the order that tells the last of the examples best, as `smoothed` has them."""
        read = _read(examples, np.sort(ids)[-MOST:])
        symbols = task.section.outputs
        base = _base(task.section)
        border = len(read.ids) - max(1, round(HELD_OUT * len(read.ids)))
        counted = levels(read._replace(ids=read.ids[:border]), symbols, ORDERS)
        held = read._replace(ids=read.ids[border:])
        losses = [-np.log(tell(smoothed(counted[: k + 1], base), held).shares).mean() for k in range(ORDERS)]
        order = int(np.argmin(losses)) + 1
        return smoothed(levels(read, symbols, order), base)

    def outputs(self, arrays: Arrays, examples: SymbolExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """What it says of the true symbols, shape (N, 2)."""
        found = tell(arrays, _read(examples, ids))
        return np.stack([np.log(found.shares), found.likely == examples.targets(ids)], axis=1)

    def following(self, arrays: Arrays, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithm of the probability of each symbol after those with these ``numbers``, shape (outputs,)."""
        last = Read(numbers, numbers, np.zeros(1, np.int64), np.array([len(numbers) - 1]))
        found: NDArray[np.float64] = np.log(table(arrays, last)[0])
        return found

    def back(self, arrays: Arrays) -> int:
        """A piece is read from its beginning."""
        return 0


def _read(examples: SymbolExamples, ids: NDArray[np.int64]) -> Read:
    stream = examples.stream
    return Read(stream.x[:, 0].astype(np.int64), stream.targets, stream.starts, ids)


def _base(section: SymbolSection) -> NDArray[np.float64]:
    """Shares of all numbers where nothing is known: alike, but of what is never told."""
    return frequencies(np.empty(0, np.int64), section)
