"""Inline workers whose calls end in the opposite order."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gatewise.experiment.workers.inline import Inline
from gatewise.run.plan import Setting
from gatewise.tasks.protocol import Task


class Backwards(Inline):
    """Ends with the first item."""

    def map(
        self, work: Callable[[Task, Any], Any], setting: Setting, items: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        """As `Workers.map`."""
        for k, result in super().map(work, setting, items[::-1]):
            yield len(items) - 1 - k, result
