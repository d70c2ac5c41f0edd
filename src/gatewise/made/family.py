"""A family of made data: what it is, and the best score that anything can reach on it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

WARM_UP = 500
"""Steps made and dropped, so that a stationary series starts anywhere on its way."""


@dataclass(frozen=True)
class Family:
    """A kind of data that can be made.

    Attributes:
        name: As typed after ``gatewise make``.
        about: What they are, in one line.
        source: Where the process, or the question it settles, is described.
        kind: A ``table`` with the column y, ``sequences`` with a class or number each, or a ``text`` of lines.
        size: Rows, sequences or lines, unless told otherwise.
        metric: What ``best`` is measured in: ``mse`` in the square of y's unit, of a table one step ahead,
            ``accuracy``, or ``solved``, the share of lines of which every determined symbol is told.
        best: The best expectation that any predictor has of it; the generator's docstring gives the formula.
        generate: From (size, random generator) to the arrays of the file, by name; of a text the one array ``text``.
        cue: Of a text: behind the first of these signs in a line every symbol is determined by the line so far.
        longer: Whether lines are to be tested that are longer than those learned from.
    """

    name: str
    about: str
    source: str
    kind: Literal["table", "sequences", "text"]
    size: int
    metric: Literal["mse", "accuracy", "solved"]
    best: float
    generate: Callable[[int, np.random.Generator], dict[str, NDArray[Any]]]
    cue: str = ""
    longer: bool = False

    def command(self, path: Path) -> str:
        """What to type to compare on a file of it."""
        words = ["--target", "y"] if self.kind == "table" else []
        if self.kind == "text":
            words = ["--pieces", "lines", *(["--split", "longer"] * self.longer), "--cue", self.cue]
            words += ["--metric", self.metric]
        return shlex.join(["gatewise", "compare", str(path), *words])
