"""Lanes: every step once a pass, the state carried within a piece alone; carried states are those of one pass."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from gatewise.experiment.loops.lanes import lanes
from gatewise.experiment.loops.streamed import answered
from gatewise.model.network import Network
from gatewise.run.plan import Embedded, Shape
from gatewise.tasks.stretches import BEFORE, CHUNK, LONGEST, Stream, readings

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("lengths", [[1000], [7, 300, 2, 90, 40], [5, 3, 8, 2, 6, 4] * 20])
def test_each_step_is_read_once_a_pass(lengths: list[int]) -> None:
    """Whatever the pieces; a row that is carried goes on where it stopped."""
    sizes = np.array(lengths, dtype=np.int64)
    starts, total = np.cumsum(sizes) - sizes, int(sizes.sum())
    piece = np.repeat(np.arange(len(sizes)), sizes)
    read, ends = np.zeros(total, dtype=int), np.zeros(4, dtype=int)
    for stretch in lanes(starts, sizes, 4, 16, seed=3):
        for row, (start, length, carried) in enumerate(zip(*stretch, strict=True)):
            assert length <= 16
            assert len(np.unique(piece[start : start + length])) == 1
            assert not carried or start == ends[row]
            read[start : start + length] += 1
            ends[row] = start + length
        if read.sum() >= 3 * total:
            break

    assert read.min() >= 2
    assert read.max() <= 4


def test_the_same_seed_gives_the_same_stretches() -> None:
    """Another one gives others."""
    sizes = np.array([400, 300], dtype=np.int64)

    def first(seed: int) -> list[NDArray[np.int64]]:
        return [each.starts for each in islice(lanes(np.array([0, 400]), sizes, 4, 16, seed), 5)]

    assert np.array_equal(first(1), first(1))
    assert not np.array_equal(first(1), first(2))


def network(cell: str) -> Network:
    """A small one."""
    shape = Shape(readout="each", embedded=(Embedded(channel=0, values=6, numbers=5),))
    return Network(cell, 1, 9, 7, torch.Generator().manual_seed(1), shape).double()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_carried_state_equals_one_long_pass(cell: str) -> None:
    """Three stretches one after the other, and all at once."""
    made, x = network(cell), torch.randint(0, 7, (2, 30, 1)).double()
    whole, last = made.states(x)
    state, parts = None, []
    for k in range(0, 30, 10):
        h, state = made.states(x[:, k : k + 10], None, state)
        parts.append(h)

    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    torch.testing.assert_close(state, last)


def test_a_score_does_not_depend_on_what_is_scored_beside_it() -> None:
    """Steps of a long piece, of a short one, alone and together; short pieces are read from their beginning."""
    rng, lengths = np.random.default_rng(2), np.array([LONGEST + 900, 50])
    codes = rng.integers(0, 7, lengths.sum())
    stream = Stream(codes.astype(np.float64)[:, None], np.roll(codes, -1), np.array([0, lengths[0]]), lengths)
    made, ids = network("gru"), np.array([3, CHUNK - 1, CHUNK, LONGEST + 899, LONGEST + 900, LONGEST + 949])

    together = answered(made, stream, ids, "cross-entropy")
    alone = np.concatenate([answered(made, stream, ids[k : k + 1], "cross-entropy") for k in range(len(ids))])
    reads = readings(stream, ids)

    np.testing.assert_allclose(together, alone, rtol=1e-12)
    assert reads.places[2] == BEFORE
    assert reads.places[-1] == 49
