"""One example of a run's data, as its models read it, and its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gatewise.errors import OptionError
from gatewise.text import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKED_AT = 200
"""Examples among which the longest is shown where none is asked for."""


class Example(NamedTuple):
    """One example as a model reads it.

    Attributes:
        x: Its prepared input, shape (T, channels).
        title: What it is.
        at: What each step is called; empty where they have numbers alone.
    """

    x: NDArray[Any]
    title: str
    at: tuple[str, ...]


def check_number(number: int, count: int) -> None:
    """Check the number of an example, from 1 on.

    Raises:
        OptionError: There are not so many.
    """
    if not 1 <= number <= count:
        raise OptionError(f"--example {number}: there are {counted(count, 'example')}, numbered from 1 to {count:,}")
