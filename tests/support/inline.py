"""Workers that are no processes: what is trained is trained here, at once."""

from collections.abc import Callable, Iterator, Sequence

import torch

from gatewise.experiment.train import Task


class Inline:
    """A pool of one: calls the work in this process, on one thread, in whatever order it is told."""

    def __init__(self, task: Task, workers: int = 1, *, backwards: bool = False) -> None:
        self.task, self.workers, self.splits, self.backwards = task, workers, task.splits, backwards

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def map(self, work: Callable[[Task, object], object], items: Sequence[object]) -> Iterator[tuple[int, object]]:
        """As `Pool.map`."""
        self.task.splits = self.splits
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for k in range(len(items))[:: -1 if self.backwards else 1]:
                yield k, work(self.task, items[k])
        finally:
            torch.set_num_threads(threads)
