"""Results that outlive the machine: a line of JSON each, in files that are committed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.run.write import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]

RESULTS = Path(__file__).parents[1] / "results"
"""Where records lie."""


class Records:
    """Records of one file, one for each value of the fields that name them, in their order.

    The file is replaced as a whole, by one process at a time: none sees half of it, none loses what another adds.
    """

    def __init__(self, path: Path, *names: str) -> None:
        self.path, self._names = path, names

    def read(self) -> dict[tuple[Any, ...], Record]:
        """All records, by what names them."""
        lines = self.path.read_text("utf-8").splitlines() if self.path.is_file() else []
        return {self._key(record): record for record in map(json.loads, lines)}

    def add(self, record: Record) -> None:
        """Add a record; it takes the place of the one with its name."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(self.path.parent):
            records = self.read() | {self._key(record): record}
            lines = [json.dumps(records[key], sort_keys=True, allow_nan=False) + "\n" for key in sorted(records)]
            write_text(self.path, "".join(lines))

    def _key(self, record: Record) -> tuple[Any, ...]:
        return tuple(record[name] for name in self._names)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is in here; the system lets the next one in when a process dies."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
