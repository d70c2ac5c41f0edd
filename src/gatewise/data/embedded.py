"""Categories of many values, each a column of whole numbers: which they are, and how wide values are embedded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Categories = Mapping[str, tuple[str, ...]]
"""The values of each column of whole numbers, by its name."""

NO_CATEGORIES: Categories = MappingProxyType({})

MOST_COLUMNS = 16
"""A category with more values is not a column of 0 and 1 for each but one column of whole numbers."""

WIDEST, WIDEST_WORDS = 16, 32
"""Numbers that a value is embedded in at most; and where there are more values than a category has: words."""

MOST_VALUES = 1000
"""Text with more values is no category."""


def width(values: int) -> int:
    """In how many numbers each of so many values is embedded: the square root, rounded up, and at most `WIDEST`.

    >>> width(120), width(5000)
    (11, 32)
    """
    return min(WIDEST if values <= MOST_VALUES else WIDEST_WORDS, math.ceil(math.sqrt(values)))


def places(features: Sequence[str], categories: Categories) -> tuple[int, ...]:
    """Where the features stand that are whole numbers of values."""
    return tuple(place for place, name in enumerate(features) if name in categories)
