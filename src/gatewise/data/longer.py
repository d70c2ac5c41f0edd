"""Testing on the longer sequences or texts: the length that parts them from those to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.errors import OptionError
from gatewise.text import counted, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SHARE = 1.0 / 3.0
"""About this share of the sequences is tested where the longer ones are."""


def longer_than(lengths: NDArray[np.int64], split: str, *, own: bool, called: str, step: str) -> int:
    """The most steps of those to learn from; those of one length stay together.

    Args:
        lengths: Steps of each sequence or text.
        split: What the user typed.
        own: Whether the data have a split of their own.
        called: What a sequence is called.
        step: What a step of it is called.

    Raises:
        OptionError: There is nothing to part.
    """
    if split != "longer":
        raise OptionError(f"--split {quoted(split)}: expected longer")
    if own:
        raise OptionError("--split longer: got data with a split of their own; type --resplit too, to leave it aside")
    known = np.unique(lengths)
    if len(known) == 1:
        raise OptionError(
            f"--split longer: got {called}s of {counted(int(known[0]), step)} each, expected different lengths; leave"
            " it out"
        )
    tested = np.array([(lengths > border).mean() for border in known[:-1]])
    return int(known[np.argmin(np.abs(tested - TEST_SHARE))])
