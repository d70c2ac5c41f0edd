"""Optimiser steps by the kernels alone on stretches of a stream: each step is answered, and the state is carried on."""

from __future__ import annotations

from ctypes import addressof
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.experiment.loops.native import LOSSES, NativeDescent
from gatewise.kernels import native
from gatewise.model.flat import served
from gatewise.tasks.protocol import Lines
from gatewise.tasks.stretches import calls, readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.experiment.loops.protocol import Lesson
    from gatewise.model.network import Network
    from gatewise.tasks.stretches import Reading, Stretches

TOLD = ("cross-entropy", "binary")
"""The losses of which the kernels keep what `gatewise.model.losses.TOLD` does."""


def can_stream(network: Network, lesson: Lesson) -> bool:
    """Whether the kernels compute this network and this loss at each step of the lesson's stream."""
    stream = lesson.stream
    if stream is None or lesson.loss not in TOLD or network.shape.readout != "each":
        return False
    wanted = np.dtype(np.int64) if lesson.loss == "cross-entropy" else stream.x.dtype
    return (
        lesson.noise is None
        and stream.targets.dtype == wanted
        and stream.targets.flags.c_contiguous
        and network.shape.window is None
        and served(network, Lines(stream.x, stream.starts[:1], stream.lengths[:1], 1))
    )


class StreamedNative(NativeDescent):
    """See `StreamLoop`.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught; `can_stream` says whether it can.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        super().__init__(network, lesson)
        assert lesson.stream is not None
        self._stream = lesson.stream
        self._training.x = self._answers.x = self._stream.x.ctypes.data
        self._training.targets, self._answers.loss = self._stream.targets.ctypes.data, LOSSES[lesson.loss]
        self._roomy = 0

    def step(self, stretches: Stretches) -> bool:
        """Take a step on these steps of the stream; False, and nothing done, if the loss is not finite."""
        to, (starts, lengths, carried) = self._training, stretches
        steps = int(lengths.max())
        if to.rows != len(starts) or steps > self._roomy:
            self._make_room(len(starts), steps)
        to.steps = steps
        self._starts[:], self._lengths[:] = starts, lengths
        if not carried.all():
            for state in self._states:
                state[:, ~carried] = 0.0
        return self._descend(to.rows, steps, self.network.head.in_features)

    def _make_room(self, rows: int, steps: int) -> None:
        """Memory for stretches of so many rows of up to so many steps, and for their states."""
        to = self._training
        if to.rows != rows:
            self._starts, self._lengths = np.empty((2, rows), dtype=np.int64)
            to.places = to.starts = self._starts.ctypes.data  # targets are numbered as steps are
            to.lengths = self._lengths.ctypes.data
            shape = (self.network.shape.directions, rows, self.network.layer.hidden_size)
            self._states = np.zeros((2, *shape), dtype=self._stream.x.dtype)
            to.h_0 = to.h_n = self._states[0].ctypes.data
            to.c_0 = to.c_n = self._states[1].ctypes.data
        to.rows, to.steps, self._roomy = rows, steps, steps
        self._room = self._workspace(to.examples, training=True)

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What the averaged network says of the steps ``ids``, shape (N, 2)."""
        found = np.zeros((len(ids), 2))
        for call in calls(readings(self._stream, ids)):
            found[call.which] = self._told(call, ids[call.which])
        return found

    def _told(self, call: Reading, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What is kept of the answers at the steps ``ids``, which are those that one call is about."""
        to, count, steps, targets = self._answers, len(call.starts), int(call.lengths.max()), self._stream.targets
        asked = np.full((count, steps, *targets.shape[1:]), -1, dtype=targets.dtype)
        asked[call.rows, call.places] = targets[ids]
        first, told = np.arange(count) * steps, np.empty((count, steps, 2), dtype=self._stream.x.dtype)
        to.rows, to.steps, to.starts, to.lengths = count, steps, call.starts.ctypes.data, call.lengths.ctypes.data
        to.targets, to.places, to.told = asked.ctypes.data, first.ctypes.data, told.ctypes.data
        room = self._workspace(to.examples, training=False)  # by this name it stays until all is answered
        native.extension().answer(addressof(to), self._double)
        del room
        found: NDArray[Any] = told[call.rows, call.places]
        return found
