"""No processes at all: the caller computes, one job after the other. For debugging and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gatewise.data.shapes import Data
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

_A = TypeVar("_A")
_R = TypeVar("_R")


class Inline:
    """Workers without a process of their own; see `Workers`.

    The caller's number of threads counts: with one thread the fits are those of any other workers, bit for bit.
    """

    count = 1

    def __init__(self, data: Data) -> None:
        self._data = data

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item, in order."""
        for k, item in enumerate(items):
            yield k, work(on(self._data, setting), item)
