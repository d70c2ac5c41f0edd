"""Optimiser steps in PyTorch on stretches of a stream: each step is answered, and the state is carried on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gatewise.experiment.loops.plain import Descent
from gatewise.model.losses import LOSSES, TOLD
from gatewise.tasks.stretches import calls, readings

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.experiment.loops.protocol import Lesson
    from gatewise.model.network import Network, State
    from gatewise.tasks.stretches import Stream, Stretches

NUMBERS = 1 << 22
"""Outputs that are in memory at once to be scored."""


class StreamedPlain(Descent):
    """Forward by the network's own calls, backward by autograd; see `StreamLoop`.

    Args:
        network: An untrained network; it is trained in place.
        lesson: What it is taught.
    """

    def __init__(self, network: Network, lesson: Lesson) -> None:
        super().__init__(network, lesson)
        assert lesson.stream is not None
        self._stream: Stream = lesson.stream
        self._state: State | None = None

    def step(self, stretches: Stretches) -> bool:
        """Take a step on these steps of the stream; False, and nothing done, if the loss is not finite."""
        lesson = self._lesson
        at, told = _places(self._stream, stretches.starts, stretches.lengths)
        begins = None if self._state is None else _carried(self._state, stretches.carried)
        read, state = self._moving.states(torch.from_numpy(self._stream.x[at]), _lengths(stretches.lengths), begins)
        self._state = _detached(state)
        out = self._moving.answers(read, dropout=lesson.dropout, generator=lesson.generator)
        wanted = torch.from_numpy(self._stream.targets[at[told]])
        return self._descend(LOSSES[lesson.loss](out[torch.from_numpy(told)], wanted))

    def outputs(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """What the averaged network says of the steps ``ids``, shape (N, 2)."""
        return answered(self.network, self._stream, ids, self._lesson.loss)


def answered(network: Network, stream: Stream, ids: NDArray[np.int64], loss: str) -> NDArray[Any]:
    """What is kept of a network's answers at the steps ``ids``, shape (N, 2); see `TOLD`."""
    found: NDArray[Any] = np.zeros((len(ids), 2))
    with torch.inference_mode():
        for call in calls(readings(stream, ids)):
            at, _ = _places(stream, call.starts, call.lengths)
            read, _ = network.states(torch.from_numpy(stream.x[at]), torch.from_numpy(call.lengths))
            found[call.which] = _told(network, read[call.rows, call.places], stream.targets[ids[call.which]], loss)
    return found


def _told(network: Network, read: Tensor, targets: NDArray[Any], loss: str) -> NDArray[Any]:
    """What is kept of the answers to outputs of the layer, shape (M, H), a part of them after the other."""
    size = max(1, NUMBERS // network.head.out_features)
    parts = [slice(k, k + size) for k in range(0, len(read), size)]
    each = [TOLD[loss](network.answers(read[part]), torch.from_numpy(targets[part])) for part in parts]
    found: NDArray[Any] = torch.cat(each).numpy()
    return found


def _places(
    stream: Stream, starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The steps of each row, beyond its end the last one again, and at which of them something is told, (N, T) each."""
    place = np.arange(int(lengths.max()))
    inside = place < lengths[:, None]
    at = starts[:, None] + np.minimum(place, lengths[:, None] - 1)
    targets = stream.targets[at]
    return at, inside & (targets >= 0 if targets.ndim == 2 else True)


def _carried(state: State, carried: NDArray[np.bool_]) -> State:
    """The state where it is carried, zeros where not."""
    kept = torch.from_numpy(carried)[None, :, None]
    return tuple(part * kept for part in state) if isinstance(state, tuple) else state * kept  # type: ignore[return-value]


def _detached(state: State) -> State:
    """The state, cut off from what it was computed from."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()  # type: ignore[return-value]


def _lengths(lengths: NDArray[np.int64]) -> Tensor | None:
    """Steps of each row; None where all are equal."""
    return None if (lengths == lengths[0]).all() else torch.from_numpy(lengths)
