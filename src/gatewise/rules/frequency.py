"""Every symbol comes as often as in training, whatever came before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gatewise.tasks.next_symbol import NextSymbol, frequencies, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.next_symbol import SymbolExamples
    from gatewise.tasks.protocol import Task


class Frequency:
    """Every symbol comes as often as in training, whatever came before it; see `SymbolRule`."""

    name: ClassVar[str] = "frequency"

    def applies(self, task: Task) -> bool:
        """To next symbols."""
        return isinstance(task, NextSymbol)

    def fit(self, task: NextSymbol, examples: SymbolExamples, ids: NDArray[np.int64]) -> Arrays:
        """The logarithm of each symbol's share, shape (outputs,)."""
        return {"logs": np.log(frequencies(examples.targets(ids), task.section))}

    def outputs(self, arrays: Arrays, examples: SymbolExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """What it says of the true symbols, shape (N, 2)."""
        return said(arrays["logs"], examples.targets(ids))

    def following(self, arrays: Arrays, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Logarithm of the probability of each symbol after those with these ``numbers``, shape (outputs,)."""
        return arrays["logs"]

    def back(self, arrays: Arrays) -> int:
        """Nothing is looked at."""
        return 0
