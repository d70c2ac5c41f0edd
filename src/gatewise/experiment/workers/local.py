"""Worker processes on this machine: one thread each, the data sent once, jobs in any order."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from loky import ProcessPoolExecutor, as_completed

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

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

_data: Data | None = None
"""The user's data, in a worker process; set once at its start and never changed."""


class Local:
    """A pool of worker processes; see `Workers`. Use as a context manager.

    The processes are separate programs, so a caller needs no ``if __name__ == "__main__"``. They ignore Ctrl-C, which
    the caller answers by leaving the context: that kills them at once. When the caller dies they notice and end.
    """

    def __init__(self, data: Data, count: int) -> None:
        self.count = count
        self._executor = ProcessPoolExecutor(
            max_workers=count, initializer=_start, initargs=(data, os.getpid()), env=_ONE_THREAD, timeout=None
        )

    def __enter__(self) -> Local:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, kill_workers=True)

    def environments(self) -> list[dict[str, Any]]:
        """This machine."""
        return [environment(self.count)]

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item; yields (position, result) as they end."""
        futures = {self._executor.submit(_call, work, setting, item): k for k, item in enumerate(items)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _start(data: Data, parent: int) -> None:
    global _data
    _data = data
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent has gone, killed without a word perhaps."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _call(work: Callable[[Task, Any], _R], setting: Setting, item: Any) -> _R:
    assert _data is not None
    return work(on(_data, setting), item)
