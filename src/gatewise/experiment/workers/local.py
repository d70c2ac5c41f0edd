"""Worker processes on this machine: one thread each, the data sent once, jobs in any order."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from loky import ProcessPoolExecutor, as_completed
from loky.process_executor import TerminatedWorkerError

from gatewise.errors import RunError
from gatewise.experiment.workers import copied, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gatewise.data.shapes import Data
    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

_A = TypeVar("_A")
_R = TypeVar("_R")

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

_LOADED = "gatewise.experiment.workers.loaded"
"""Has what calls need and is slow to import: workers have it while the caller still reads."""

_KILLED = (
    "a worker process was killed from outside, usually because the machine ran out of memory. What was stored is safe:"
    " go on with gatewise resume and the run's folder, with --workers 1 to need less memory"
)

_read: dict[Path, Data] = {}
"""The user's data, in a worker process, by the file they lie in; read once."""


class Local:
    """A pool of worker processes; see `Workers`. Use as a context manager.

    The processes are separate programs, so a caller needs no ``if __name__ == "__main__"``. They ignore Ctrl-C, which
    the caller answers by leaving the context: that kills them at once. When the caller dies they notice and end.

    Args:
        data: The user's data; None where they are `given` later, by the command line: the processes are begun while it
            reads, on Linux as copies of one.
        count: Processes.
    """

    def __init__(self, data: Data | None, count: int) -> None:
        self.count = count
        self._folder = TemporaryDirectory(prefix="gatewise-", ignore_cleanup_errors=True)
        self._place = Path(self._folder.name) / "data"
        self._copied = data is None and copied.offered()
        self._executor = ProcessPoolExecutor(
            max_workers=count,
            context=copied.begun(_LOADED, _ONE_THREAD) if self._copied else None,
            initializer=_start,
            initargs=(os.getpid(), _LOADED if data is None else "torch", self._copied),
            env=_ONE_THREAD,
            timeout=None,
        )
        if not self._copied:
            self._executor.submit(int)  # a first call starts all of them
        if data is not None:
            self.given(data)

    def given(self, data: Data) -> Local:
        """The same pool, whose processes have the data.

        Raises:
            RunError: There is no room for them in the temporary folder; what the processes are copied from was killed.
        """
        if self._copied:
            self._begin_copies()
        try:
            shared.write(data, self._place)
        except OSError as error:
            raise RunError(
                f"the data could not be written for the worker processes into {self._folder.name}:"
                f" {error.strerror or error}. Free some space, or name another place: TMPDIR=/a/folder gatewise ..."
            ) from error
        return self

    def _begin_copies(self) -> None:
        try:
            with copied.without_main():
                self._executor.submit(int)  # waits for what the processes are copied from
        except (EOFError, ConnectionError) as error:
            raise RunError(_KILLED) from error

    def __enter__(self) -> Local:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True, kill_workers=True)
        if self._copied:
            copied.ended()
        self._folder.cleanup()

    def environments(self) -> list[dict[str, Any]]:
        """This machine."""
        return [importlib.import_module("gatewise.experiment.environment").environment(self.count)]

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item; yields (position, result) as they end.

        Raises:
            RunError: A process was killed, by the system for want of memory perhaps.
        """
        try:
            futures = {
                self._executor.submit(_call, self._place, work, setting, item): k for k, item in enumerate(items)
            }
            for future in as_completed(list(futures)):
                yield futures.pop(future), future.result()  # whoever takes the result is the last to hold it
        except TerminatedWorkerError as error:
            raise RunError(_KILLED) from error


def _start(parent: int, needed: str, is_copy: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch = copied.end_with_caller if is_copy else partial(_end_with, parent)
    threading.Thread(target=watch, daemon=True).start()
    importlib.import_module(needed)  # here, for it is slow: the caller does without it to start processes
    importlib.import_module("torch").set_num_threads(1)


def _end_with(parent: int) -> None:
    """End this process when its parent has gone, killed without a word perhaps."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _call(place: Path, work: Callable[[Task, Any], _R], setting: Setting, item: Any) -> _R:
    if place not in _read:
        _read[place] = shared.read(place)
    return work(importlib.import_module("gatewise.tasks").on(_read[place], setting), item)
