"""Stretches to train on: long pieces are read on in lanes, short ones whole, in random order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.tasks.stretches import Stretches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FEWEST = 16
"""Steps of each lane at least: fewer data fill fewer lanes."""

POOLED = 16
"""Rows that are read together are sorted by length among so many times as many."""


def lanes(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], count: int, longest: int, seed: int
) -> Iterator[Stretches]:
    """Endless stretches of ``count`` rows, each of which goes on where it stopped until its piece ends.

    In every pass each step is read once. A piece that is longer than a lane's share of all steps is cut, at places that
    differ from pass to pass, so that all lanes have as much to read.
    Source: Mikolov 2012, Statistical language models based on neural networks; Williams and Peng 1990, An efficient
    gradient-based algorithm for on-line training of recurrent network trajectories, Neural Computation 2.

    Args:
        starts: The first step of each piece.
        lengths: Steps of each piece.
        count: Rows.
        longest: Steps of a stretch at most.
        seed: Draws the order and where pieces are cut.
    """
    rng, total = np.random.default_rng(seed), int(lengths.sum())
    count = min(count, max(1, total // FEWEST))
    share = max(longest, -(-total // count))
    at, ends = np.zeros((2, count), dtype=np.int64)
    waiting, taken = np.empty((2, 0), dtype=np.int64), 0
    while True:
        over = np.flatnonzero(at >= ends)
        while waiting.shape[1] - taken < len(over):
            more = _shuffled(_cut(starts, lengths, share, longest, rng), count, longest, rng)
            waiting, taken = np.concatenate([waiting[:, taken:], more], axis=1), 0
        at[over], ends[over] = waiting[:, taken : taken + len(over)]
        taken += len(over)
        carried = np.ones(count, dtype=bool)
        carried[over] = False
        steps = np.minimum(ends - at, longest)
        yield Stretches(at.copy(), steps, carried)
        at += steps


def _cut(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], share: int, longest: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """First step and end of the parts of one pass, shape (2, parts)."""
    long = lengths > share
    parts = [np.stack([starts, starts + lengths])[:, ~long]]
    for start, length in zip(starts[long], lengths[long], strict=True):
        edges = np.arange(start + rng.integers(longest, share + 1), start + length, share)
        edges = np.concatenate([[start], edges, [start + length]])
        parts.append(np.stack([edges[:-1], edges[1:]]))
    return np.concatenate(parts, axis=1)


def _shuffled(parts: NDArray[np.int64], count: int, longest: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The parts in random order; where each is read whole, those that are read together are about as long."""
    parts = parts[:, rng.permutation(parts.shape[1])]
    sizes = parts[1] - parts[0]
    if sizes.max() > longest:
        return parts
    pool = np.arange(len(sizes)) // (POOLED * count)
    parts = parts[:, np.lexsort((sizes, pool))]
    whole = parts.shape[1] // count
    order = np.arange(whole * count).reshape(whole, count)[rng.permutation(whole)]
    return parts[:, np.concatenate([order.reshape(-1), np.arange(whole * count, parts.shape[1])])]
