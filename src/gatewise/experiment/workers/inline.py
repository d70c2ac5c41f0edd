"""No processes at all: the caller computes, one job after the other. For debugging and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import torch

from gatewise.experiment.environment import environment
from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gatewise.data.shapes import Data
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

_A = TypeVar("_A")
_R = TypeVar("_R")


class Inline:
    """A worker without a process of its own; see `Workers`. It computes with one thread, as every worker does."""

    def __init__(self, data: Data, count: int = 1) -> None:
        self.count = 1
        self._data = data

    def __enter__(self) -> Inline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def environments(self) -> list[dict[str, Any]]:
        """This machine."""
        return [environment(self.count)]

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item, in order."""
        for k, item in enumerate(items):
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                found = work(on(self._data, setting), item)
            finally:
                torch.set_num_threads(threads)
            yield k, found
