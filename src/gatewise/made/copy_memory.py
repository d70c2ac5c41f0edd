"""Lines that end with what they began with, a long way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

LETTERS, KEPT, WAIT = "abcdefgh", 10, 30
"""Letters of `copy_memory`, how many of them a line begins with, and for how many symbols they are kept."""


def copy_memory(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make lines of ten of eight letters, thirty times x, one z, and the same ten letters again; shape (size,).

    The ten letters are drawn, each as likely as the others, and all behind them is determined by the line so far:
    whoever keeps them gets all of it right, so the best share of solved lines is 1, and the fewest bits a symbol are
    10 log₂ 8 / 51 = 0.588. The literature gives x and z as inputs and asks for the letters in other channels; here
    each symbol of the text is told from those before it, so that letters that were told are read too.
    """
    kept = np.array(list(LETTERS))[rng.integers(0, len(LETTERS), (size, KEPT))]
    begins = ["".join(line) for line in kept.tolist()]
    return {"text": np.array([f"{line}{'x' * WAIT}z{line}" for line in begins])}


COPY_MEMORY = Family(
    name="copy-memory",
    about="ten letters, repeated after a wait of thirty symbols",
    source=(
        "Hochreiter and Schmidhuber 1997, Long Short-Term Memory, Neural Computation 9; in this form Arjovsky, Shah and"
        " Bengio 2016, Unitary Evolution Recurrent Neural Networks, arXiv:1511.06464"
    ),
    kind="text",
    size=3_000,
    metric="solved",
    best=1.0,
    generate=copy_memory,
    cue="x",
)
