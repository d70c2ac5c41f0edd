"""A layer over a sequence on the path that was chosen for it: one face for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.kernels import eager, native, plain, registered
from gatewise.kernels.arrays import LSTM, unpacked

if TYPE_CHECKING:
    from torch import Tensor

    from gatewise.kernels.arrays import Call, Inputs, Outputs

    States = tuple[Tensor, ...]


def run(
    path: str, call: Call, inputs: Inputs, lengths: Tensor | None = None, *, gates: bool = False
) -> tuple[Tensor, States, States]:
    """Run a cell over a sequence.

    Args:
        path: ``native``, ``registered`` or ``reference``, from `gatewise.kernels.path.choose`.
        call: Which cell, direction and layout.
        inputs: x, initial state and weights, without an axis of models.
        lengths: Steps of each row, shape (N,), int64; None where all rows fill T.
        gates: Whether gates and cell states are returned.

    Returns:
        h at every step, laid out as x; the final state, each of shape (1, N, H); every gate and candidate in the
        order of `gatewise.reference.scan.GATES` and the cell states of an LSTM, laid out as x and 0 past a row's
        length, or nothing.

    Raises:
        InputError: On the native path, a length is not within 0 to T.
    """
    if path == "reference":
        return plain.run(call, inputs, lengths, gates=gates)
    outputs = (eager if path == "native" else registered).run(call, inputs, lengths, gates=gates)
    y, h_n, c_n, *_ = outputs
    states = (h_n,) if c_n is None or call.cell != LSTM else (h_n, c_n)
    return y, states, _gates(call, outputs, lengths) if gates else ()


def _gates(call: Call, outputs: Outputs, lengths: Tensor | None) -> States:
    """What is kept, gate by gate; memory behind a row's length holds anything, so zeros take its place."""
    y, _, _, gates, cells = outputs
    padded = (
        native.layout(y.dtype is torch.float64, call.cell, y.shape[-1]).padded if cells is None else cells.shape[-1]
    )
    parts = [part for part in unpacked(call, gates, cells, y.shape[-1], padded) if part is not None]
    if lengths is None:
        return tuple(parts)
    active = torch.arange(y.shape[1 if call.batch_first else 0], device=y.device) < lengths.unsqueeze(1)
    padding = ~(active if call.batch_first else active.t()).unsqueeze(2)
    return tuple(part.masked_fill(padding, 0.0) for part in parts)
