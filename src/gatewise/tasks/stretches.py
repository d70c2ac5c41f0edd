"""Steps that are answered one by one: where they lie, what is read at once, and what has to be read for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LONGEST = 2048
"""A piece of up to so many steps is read from its beginning to be scored."""

CHUNK, BEFORE = 512, 256
"""A longer one is cut into chunks of so many steps, each read from so many steps before it on."""

ROWS, STEPS = 64, 1 << 15
"""Rows that are read in one call to be scored, and their steps together, at most; fixed, for the bits of scores."""


class Stream(NamedTuple):
    """The steps of all pieces, one piece after the other, and what each step is to be answered.

    Attributes:
        x: What is read at each step, float32 of shape (steps, channels).
        targets: What each is to be answered: its class, int64 of shape (steps,), -1 where nothing is told; or numbers
            of 0 and 1, float32 of shape (steps, outputs).
        starts: The first step of each piece, shape (pieces,).
        lengths: Steps of each piece, shape (pieces,).
    """

    x: NDArray[Any]
    targets: NDArray[Any]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


class Stretches(NamedTuple):
    """What a network reads at once, a row each: steps of the stream that follow each other.

    Attributes:
        starts: The first step of each row, shape (N,).
        lengths: Steps of each row, shape (N,).
        carried: Whether each row begins with the state that the same row of the stretches before ended with, else with
            zeros, shape (N,).
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    carried: NDArray[np.bool_]


class Readings(NamedTuple):
    """What has to be read so that some steps are answered, every row beginning with a state of zeros.

    What a step is answered depends on nothing but its piece: rows begin where a piece does, or at a fixed distance
    before the fixed border of a chunk.

    Attributes:
        starts: The first step of each row, shape (R,).
        lengths: Steps of each row, shape (R,).
        rows: The row that answers each of the steps asked for, shape (N,).
        places: The place of each of them in its row, shape (N,).
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    rows: NDArray[np.int64]
    places: NDArray[np.int64]


class Reading(NamedTuple):
    """Some rows that are read in one call, and what of their answers is asked for.

    Attributes:
        starts: The first step of each row, shape (R,).
        lengths: Steps of each row, shape (R,).
        which: The places of what is answered among all that is asked for, shape (M,).
        rows: The row that answers each of these, shape (M,).
        places: The place of each of these in its row, shape (M,).
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    which: NDArray[np.int64]
    rows: NDArray[np.int64]
    places: NDArray[np.int64]


class Streamed(Protocol):
    """Examples that are the steps of a stream, by number."""

    @property
    def stream(self) -> Stream:
        """Where they lie."""


def pieces_of(starts: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The piece that each step lies in, of pieces that begin at these steps."""
    found: NDArray[np.int64] = np.searchsorted(starts, ids, side="right").astype(np.int64) - 1
    return found


def runs(stream: Stream, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first step and the number of steps of each piece that some of ``ids`` lie in, from its first to its last.

    Args:
        stream: Where steps lie.
        ids: Steps, in order; those of a piece follow each other, but for some that nothing is told of.
    """
    _, first, counts = np.unique(pieces_of(stream.starts, ids), return_index=True, return_counts=True)
    starts = ids[first]
    return starts, ids[first + counts - 1] - starts + 1


def readings(stream: Stream, ids: NDArray[np.int64]) -> Readings:
    """What has to be read to answer the steps ``ids``, which may come in any order."""
    piece = pieces_of(stream.starts, ids)
    offset, long = ids - stream.starts[piece], stream.lengths[piece] > LONGEST
    chunk = np.where(long, offset // CHUNK, 0)
    keys, rows = np.unique(np.stack([piece, chunk]), axis=1, return_inverse=True)
    begins = stream.starts[keys[0]] + np.maximum(0, keys[1] * CHUNK - BEFORE)
    rows = rows.reshape(-1).astype(np.int64)
    places = ids - begins[rows]
    lengths = np.zeros(len(begins), dtype=np.int64)
    np.maximum.at(lengths, rows, places + 1)
    return Readings(begins, lengths, rows, places)


def calls(reads: Readings) -> Iterator[Reading]:
    """The readings in calls of rows that are about as long, and have not too many steps together."""
    by_row = np.argsort(reads.rows, kind="stable")
    edges = np.searchsorted(reads.rows[by_row], np.arange(len(reads.starts) + 1))
    order = np.argsort(reads.lengths, kind="stable")
    while len(order):
        counts = np.arange(1, min(len(order), ROWS) + 1)
        size = max(1, int((counts * reads.lengths[order[: len(counts)]] <= STEPS).sum()))
        rows, order = order[:size], order[size:]
        which = np.concatenate([by_row[edges[row] : edges[row + 1]] for row in rows])
        of = np.repeat(np.arange(size), edges[rows + 1] - edges[rows])
        yield Reading(reads.starts[rows], reads.lengths[rows], which, of, reads.places[which])
