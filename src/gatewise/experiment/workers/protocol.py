"""What computes jobs: the seam between the comparison and the processes that it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gatewise.run.plan import Setting
    from gatewise.tasks.protocol import Task

_A = TypeVar("_A")
_R = TypeVar("_R")


class Workers(Protocol):
    """Workers that all have the user's data and keep nothing else: each call brings the setting it works by."""

    @property
    def count(self) -> int:
        """How many work at the same time."""

    def environments(self) -> list[dict[str, Any]]:
        """Where the calls are computed, as environment.json has it: one of each kind of machine."""

    def map(self, work: Callable[[Task, _A], _R], setting: Setting, items: Sequence[_A]) -> Iterator[tuple[int, _R]]:
        """Call ``work(task, item)`` for every item, with the task of ``setting`` on the data.

        Yields (position of the item, result), in the order in which the calls end.
        """
