"""Optimiser steps by the kernels alone: one call a step, from the gathering of a batch to the running average."""

from __future__ import annotations

import math
from copy import deepcopy
from ctypes import addressof
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gatewise.experiment.loops.protocol import CLIP
from gatewise.kernels import native
from gatewise.kernels.call import Answers, Training
from gatewise.model.adam import EPSILON, FIRST, SECOND
from gatewise.model.flat import described, flattened, served
from gatewise.tasks.protocol import Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.experiment.loops.protocol import Lesson
    from gatewise.kernels.call import Examples
    from gatewise.model.network import Network

LOSSES = {"squared": 0, "absolute": 1, "cross-entropy": 2, "pinball": 3, "binary": 4}
"""The kernels' number of each loss."""

OF_EXAMPLES = LOSSES.keys() - {"binary"}
"""Those that the kernels know where each example is answered once."""

MANY = 1 << 20
"""More examples than the kernels answer at once: scratch for so many serves any number."""


def can_teach(network: Network, lesson: Lesson) -> bool:
    """Whether the kernels compute this network and this loss, and can read these examples where they lie."""
    known = lesson.loss in OF_EXAMPLES and network.shape.readout != "each"
    return known and served(network, lesson.examples.lines(lesson.training[:1]))


class NativeDescent:
    """A network that follows the gradient of a loss by Adam, all in memory that the kernels are told of.

    Every call computes on the calling thread alone; csrc/training.h has the arithmetic.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        self.network, self.share, self.loss, self._lesson = deepcopy(network), 1.0, math.nan, lesson
        self._weights, self._average = flattened(network), flattened(self.network)
        self._gradient, *self._moments = (torch.zeros_like(self._weights) for _ in range(3))
        self._levels = torch.tensor(lesson.quantiles, dtype=self._weights.dtype)
        self._double, self._training, self._answers = self._weights.dtype is torch.float64, Training(), Answers()
        self._training.network = self._answers.network = described(self.network)
        self._answers.parameters = self._average.data_ptr()
        self._fill(self._training)

    def _fill(self, to: Training) -> None:
        """Fill in what is the same in all steps."""
        lesson = self._lesson
        to.loss, to.quantiles, to.dropout = LOSSES[lesson.loss], len(lesson.quantiles), lesson.dropout
        to.levels, to.clip, to.epsilon, to.fresh = self._levels.data_ptr(), CLIP, EPSILON, lesson.fresh
        to.first_decay, to.second_decay = FIRST, SECOND
        to.parameters, to.gradient = self._weights.data_ptr(), self._gradient.data_ptr()
        to.first, to.second = (moment.data_ptr() for moment in self._moments)
        to.average = self._average.data_ptr()

    def _workspace(self, examples: Examples, *, training: bool) -> Tensor:
        count = native.extension().workspace(addressof(examples), self._double, training)
        found = native.extension().kept(self._double, [count])
        examples.workspace = found.data_ptr()
        return found

    def _descend(self, *drawn: int) -> bool:
        """Take a step on what is filled in; ``drawn`` is the shape of what the head reads."""
        to, lesson = self._training, self._lesson
        if lesson.dropout > 0.0:
            draws = torch.rand(drawn, generator=lesson.generator)  # by this name they stay until the step is done
            to.drawn = draws.data_ptr()
        to.rate, to.count = lesson.rate * self.share, to.count + 1
        self.loss = float(native.extension().train(addressof(to), self._double))
        return math.isfinite(self.loss)

    def measure(self, seconds: NDArray[np.float64]) -> None:
        """Add what the stages of further steps take, in processor seconds, to ``seconds``; csrc/training.h has them."""
        self._seconds = seconds
        self._training.spent = seconds.ctypes.data


class Native(NativeDescent):
    """See `Loop`.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught; `can_teach` says whether it can.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        super().__init__(network, lesson)
        self._one = lesson.examples.lines(lesson.training[:1])
        self._known = _where_all_lie(lesson) if lesson.noise is None else None
        self._training.targets = lesson.targets.ctypes.data
        self._training.steps = self._answers.steps = _steps(network, self._one)
        self._place(self._answers.examples, self._one)
        self._answers.rows = MANY
        self._answering = self._workspace(self._answers.examples, training=False)

    def _make_room(self, rows: int) -> None:
        """Memory for batches of ``rows`` examples."""
        to = self._training
        to.rows = rows
        self._places, self._starts, self._lengths = np.empty((3, rows), dtype=np.int64)
        to.places = self._places.ctypes.data
        if self._known is not None:
            lengths = None if self._known.lengths is None else self._lengths
            self._place(to.examples, self._known._replace(starts=self._starts, lengths=lengths))
        self._room = self._workspace(to.examples, training=True)

    def _place(self, to: Examples, lines: Lines) -> None:
        """Fill in where examples lie; of each the last steps alone where the network reads no more."""
        to.x = lines.x.ctypes.data + (lines.steps - to.steps) * lines.x.strides[0]
        to.starts = lines.starts.ctypes.data
        to.lengths = None if lines.lengths is None else lines.lengths.ctypes.data

    def step(self, places: NDArray[np.int64]) -> bool:
        """Take a step on the training examples at ``places``; False, and nothing done, if the loss is not finite."""
        to, known = self._training, self._known
        if to.rows != len(places):
            self._make_room(len(places))
        self._places[:] = places
        if known is None:
            lines = self._lines(places)  # by this name they stay until the step is done
            self._place(to.examples, lines)
        else:
            known.starts.take(places, out=self._starts, mode="clip")
            if known.lengths is not None:
                known.lengths.take(places, out=self._lengths, mode="clip")
        return self._descend(to.rows, self.network.head.in_features)

    def _lines(self, places: NDArray[np.int64]) -> Lines:
        """Training examples that are put together for one step."""
        lesson = self._lesson
        if lesson.noise is None:
            return lesson.examples.lines(lesson.training[places])
        x, lengths = lesson.inputs(places)
        count, steps, channels = x.shape
        return Lines(x.reshape(-1, channels), np.arange(count) * steps, lengths, self._one.steps)

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Outputs of the averaged network for the examples ``ids``, shape (N, outputs)."""
        to, lines = self._answers, self._lesson.examples.lines(ids)
        found = np.empty((len(ids), self.network.head.out_features), lines.x.dtype)
        self._place(to.examples, lines)
        to.rows, to.outputs = len(ids), found.ctypes.data
        native.extension().answer(addressof(to), self._double)
        return found


def _where_all_lie(lesson: Lesson) -> Lines | None:
    """Where all training examples lie; None where they lie nowhere together, but are put there when they are asked for.

    Then two of them, asked for one after the other, lie in different memory.
    """
    one, other = (lesson.examples.lines(lesson.training[place]) for place in (slice(0, 1), slice(-1, None)))
    apart = one.x.ctypes.data != other.x.ctypes.data
    return None if apart else lesson.examples.lines(lesson.training)


def _steps(network: Network, one: Lines) -> int:
    """How many steps a network reads of examples like this ``one``."""
    window = network.shape.window
    return one.steps if window is None else min(window, one.steps)
