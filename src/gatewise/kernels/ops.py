"""Run a layer over a sequence on the path that was chosen for it: one function for all paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from gatewise.kernels import cudnn, eager, exported, native, plain, registered
from gatewise.kernels.arrays import LSTM, unpacked
from gatewise.reference.scan import PLAIN
from gatewise.reference.steps import EVERY, running

if TYPE_CHECKING:
    from torch import Tensor

    from gatewise.kernels.arrays import Call, Inputs, Outputs
    from gatewise.reference.scan import Factors
    from gatewise.reference.steps import Steps

    States = tuple[Tensor, ...]


def run(
    path: str, call: Call, inputs: Inputs, steps: Steps = EVERY, factors: Factors = PLAIN, *, gates: bool = False
) -> tuple[Tensor, States, States]:
    """Run a cell over a sequence.

    Args:
        path: ``native``, ``registered``, ``cudnn`` or ``reference``, from `gatewise.kernels.path.choose`.
        call: Which cell, direction and layout.
        inputs: x, initial state and weights, without an axis of models.
        steps: Which steps each row runs, without an axis of models.
        factors: Factors of recurrent dropout and zoneout, without an axis of models.
        gates: Whether to return gates and cell states.

    Returns:
        y: h at every step, in the layout of x.
        states: The final state: h_n, and c_n of an LSTM, each of shape (1, N, H).
        gates: Every gate and candidate in the order of `gatewise.reference.scan.GATES`, then the cell state of an LSTM,
            in the layout of y and 0 where a row does not run; empty if not asked for.

    Raises:
        InputError: On the native path, a length is below 0 or above T.
    """
    if path == "reference":
        return plain.run(call, inputs, steps, factors, gates=gates)
    if path == "cudnn":
        assert all(part is None for part in (*steps, *factors, gates or None))  # `choose` sees to it
        return *cudnn.run(call, inputs), ()
    if path == "registered" and exported.exporting():
        return exported.run(call, inputs, steps, factors, gates=gates)
    outputs = (eager if path == "native" else registered).run(call, inputs, steps, factors, gates=gates)
    y, h_n, c_n, *_ = outputs
    states = (h_n,) if c_n is None or call.cell != LSTM else (h_n, c_n)
    return y, states, _gates(call, outputs, steps) if gates else ()


def _gates(call: Call, outputs: Outputs, steps: Steps) -> States:
    """The kept gates one by one, set to 0 at steps that a row does not run, where the kernels write nothing."""
    y, _, _, gates, cells, _ = outputs
    padded = (
        native.layout(y.dtype is torch.float64, call.cell, y.shape[-1]).padded if cells is None else cells.shape[-1]
    )
    parts = [part for part in unpacked(call, gates, cells, y.shape[-1], padded) if part is not None]
    run = running(steps, y.shape[1 if call.batch_first else 0], y.device)
    if run is None:
        return tuple(parts)
    still = ~(run if call.batch_first else run.t()).unsqueeze(2)
    return tuple(part.masked_fill(still, 0.0) for part in parts)
