"""Work for worker processes, which import it from here."""

import os
import signal

import torch

from gatewise.tasks.protocol import Task


def seen(task: Task, item: int) -> tuple[int, str, int, int]:
    """What a worker knows: the item, the metric of its setting, the test part's size, its process."""
    return item, task.setting.metric, len(task.parts(0, "pair", item).test), os.getpid()


def threads(task: Task, item: int) -> int:
    """Threads that a worker computes with."""
    return torch.get_num_threads()


def fails(task: Task, item: int) -> None:
    """A fault of the work."""
    raise RuntimeError(f"job {item}")


def killed(task: Task, item: int) -> None:
    """The system ends the process, as it does for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
