"""Data that many processes of a machine read: written once into a file, which all of them map into memory."""

from __future__ import annotations

import mmap
import pickle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ALIGNED = 64
"""Bytes that an array's place in the file is a multiple of."""


def write(found: object, path: Path) -> None:
    """Write an object: its arrays as they lie in memory, and before them what it is made of."""
    buffers: list[pickle.PickleBuffer] = []
    frame = pickle.dumps(found, protocol=5, buffer_callback=buffers.append)
    arrays = [buffer.raw() for buffer in buffers]
    head = pickle.dumps((frame, [len(array) for array in arrays]))
    with path.open("wb") as file:
        file.write(len(head).to_bytes(8, "little"))
        file.write(head)
        for array in arrays:
            file.write(b"\0" * (-file.tell() % ALIGNED))
            file.write(array)


def read(path: Path) -> Any:
    """The object in a file that `write` wrote, its arrays in memory that all readers share until they change it."""
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    place = 8 + int.from_bytes(view[:8], "little")
    frame, lengths = pickle.loads(view[8:place])  # noqa: S301 written by the process that started this one
    arrays = []
    for length in lengths:
        place += -place % ALIGNED
        arrays.append(view[place : place + length])
        place += length
    return pickle.loads(frame, buffers=arrays)  # noqa: S301
