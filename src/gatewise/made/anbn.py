"""Lines to count in: as many b's as a's, and then as many c's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEARNED, TESTED = (1, 40), (41, 80)
"""How many a's a line has, least and most: of those to learn from, of those to test on."""


def strings(letters: str, size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make lines that have each of some letters n times, one letter after the other.

    Two thirds of the lines, to learn from, have n from 1 to 40, the others, to test on, from 41 to 80, each n as likely
    as the others. Nothing tells n, so whether an a or the first b comes is not determined; behind the first b each
    symbol is, and so is the end: whoever counts gets all of them right, so the best share of solved lines is 1.

    Args:
        letters: In their order.
        size: Lines; those to learn from come first.
        rng: Draws the counts.
    """
    training = 2 * size // 3
    drawn = ((LEARNED, training), (TESTED, size - training))
    counts = np.concatenate([rng.integers(least, most + 1, lines) for (least, most), lines in drawn])
    return {"text": np.array(["".join(letter * n for letter in letters) for n in counts.tolist()])}


ANBN = Family(
    name="anbn",
    about="as many b's as a's: what comes next? Tested on longer lines than it was trained on",
    source=(
        "Gers and Schmidhuber 2001, LSTM recurrent networks learn simple context-free and context-sensitive languages,"
        " IEEE Transactions on Neural Networks 12; Weiss, Goldberg and Yahav 2018, arXiv:1805.04908"
    ),
    kind="text",
    size=1_500,
    metric="solved",
    best=1.0,
    generate=partial(strings, "ab"),
    cue="b",
    longer=True,
)

ANBNCN = Family(
    name="anbncn",
    about="as many b's and then c's as a's: what comes next? Tested on longer lines than it was trained on",
    source=ANBN.source,
    kind="text",
    size=1_500,
    metric="solved",
    best=1.0,
    generate=partial(strings, "abc"),
    cue="b",
    longer=True,
)
