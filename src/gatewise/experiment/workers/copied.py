"""Worker processes as copies of one that has imported what they need, which takes seconds, once for all of them."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, get_context, parent_process
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.context import BaseContext


def offered() -> bool:
    """Whether this system copies processes safely: elsewhere its own libraries may not survive it."""
    return sys.platform == "linux"


def begun(needed: str, variables: Mapping[str, str]) -> BaseContext:
    """Begin the process that is copied; it imports while the caller goes on.

    Args:
        needed: The module that imports what copies need.
        variables: Of the environment, of that process and its copies.

    Returns:
        What makes the copies, for a pool of processes.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload([needed])
    with _set(variables), without_main():
        forkserver.ensure_running()
    return context


@contextmanager
def without_main() -> Iterator[None]:
    """Hide the caller's program from processes that are begun meanwhile: they would run all that it does not guard."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment, for what is begun meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def ended() -> None:
    """End the process that is copied at once, also while it imports: it would hold the caller's output open."""
    server: Any = getattr(forkserver, "_forkserver", None)  # the standard library has no other way to it
    process = getattr(server, "_forkserver_pid", None)
    if process is not None:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        server._stop()


def end_with_caller() -> None:
    """Called in a thread of a copy: end the copy when the caller has gone, killed without a word perhaps."""
    caller = parent_process()
    while caller is not None and caller.is_alive():
        time.sleep(0.5)
    os._exit(1)
