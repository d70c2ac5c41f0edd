"""Heat maps as small PNG images, since a mark for each number would make a drawing of megabytes."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Ramp = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]
"""Colours of 0, a half and 1."""

GATE: Ramp = ((238, 241, 244), (111, 165, 207), (8, 58, 107))
STATE: Ramp = ((11, 95, 165), (244, 245, 246), (184, 74, 0))
"""Those of the gate microscope."""

MOST_COLUMNS = 1_200
"""Columns of an image; of longer sequences each is the mean of several steps."""


def heat(values: NDArray[Any], ramp: Ramp) -> str:
    """The address, ``data:image/png;...``, of an image of numbers from 0 to 1, shape (steps, rows); steps run right."""
    stops = np.array(ramp, dtype=np.float64)
    shares = np.nan_to_num(np.clip(_thinned(values), 0.0, 1.0)).T[..., None] * 2.0
    low, high = np.minimum(shares, 1.0), np.maximum(shares - 1.0, 0.0)
    colours = stops[0] + (stops[1] - stops[0]) * low + (stops[2] - stops[1]) * high
    return f"data:image/png;base64,{base64.b64encode(_png(colours.round().astype(np.uint8))).decode()}"


def _thinned(values: NDArray[Any]) -> NDArray[np.float64]:
    every = -(-len(values) // MOST_COLUMNS)
    numbers = values.astype(np.float64)
    if every <= 1:
        return numbers
    starts = np.arange(0, len(values), every)
    means: NDArray[np.float64] = np.add.reduceat(numbers, starts) / np.diff([*starts, len(values)])[:, None]
    return means


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """An image of bytes, shape (rows, columns, 3), as a PNG file.

    Source: the PNG specification, third edition, W3C 2025.
    """
    rows, columns, _ = pixels.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)  # 0: not filtered
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)  # 8 bits of red, green and blue each
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
