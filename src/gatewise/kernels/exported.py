"""A pass as one of ONNX's own operators LSTM, GRU and RNN, where torch.onnx.export records a model."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch

from gatewise.kernels import native, plain
from gatewise.reference.conventions import preset
from gatewise.reference.scan import GATES

if TYPE_CHECKING:
    from torch import Tensor

    from gatewise.kernels.arrays import Call, Inputs
    from gatewise.reference.scan import Factors
    from gatewise.reference.steps import Steps

    States = tuple[Tensor, ...]

_ORDERS = {
    "lstm": preset("lstm", "onnx").gates,
    "gru": preset("gru", "onnx").gates,
    "rnn": preset("rnn", "torch").gates,
}
"""The order of ONNX's row blocks."""
_PEEPHOLES = (0, 2, 1)
"""Of the peepholes here, those of input, output and forget gate."""


def exporting() -> bool:
    """Whether torch.onnx.export is recording."""
    return torch.compiler.is_compiling() and torch.onnx.is_in_onnx_export()


def run(call: Call, inputs: Inputs, steps: Steps, factors: Factors, *, gates: bool) -> tuple[Tensor, States, States]:
    """Record a layer and direction over a sequence; arguments and results as in `ops.run`.

    What ONNX's operators do not have is recorded as plain operations, step by step, for this number of steps alone.

    Source: the operators' definitions, https://onnx.ai/onnx/operators/onnx__LSTM.html, onnx__GRU.html, onnx__RNN.html.
    """
    lacking = _lacking(inputs, steps, factors, gates=gates)
    if lacking:
        warnings.warn(
            f"torch.onnx.export: ONNX's operators have no {lacking}, so the steps are exported one by one, and the "
            f"model runs sequences of {inputs.x.shape[1 if call.batch_first else 0]} steps alone",
            UserWarning,
            stacklevel=2,
        )
        return plain.run(call, inputs, steps, factors, gates=gates)
    cell, x = native.CELLS[call.cell], inputs.x.transpose(0, 1) if call.batch_first else inputs.x
    count, rows, hidden = x.shape[0], x.shape[1], inputs.weight_hh.shape[-1]
    weight_ih, weight_hh = (_ordered(call, part).unsqueeze(0) for part in (inputs.weight_ih, inputs.weight_hh))
    lengths = None if steps.lengths is None else steps.lengths.to(torch.int32)
    states = [None if part is None else part.reshape(1, rows, hidden) for part in (inputs.h_0, inputs.c_0)]
    given = [x, weight_ih, weight_hh, _biases(call, inputs), lengths, *(states if cell == "lstm" else states[:1])]
    if inputs.peepholes is not None:
        given.append(inputs.peepholes[list(_PEEPHOLES)].reshape(1, -1))
    shapes: list[Any] = [(count, 1, rows, hidden), *[(1, rows, hidden)] * (2 if cell == "lstm" else 1)]
    y, *after = torch.onnx.ops.symbolic_multi_out(
        cell.upper(), given, _attributes(call, int(hidden)), dtypes=[x.dtype] * len(shapes), shapes=shapes
    )
    if lengths is not None:  # a row that runs no step keeps its state
        idle = (lengths == 0).reshape(1, -1, 1)
        own = zip(after, states, strict=False)
        after = [torch.where(idle, torch.zeros_like(part) if old is None else old, part) for part, old in own]
    y = y.squeeze(1)
    return y.transpose(0, 1) if call.batch_first else y, tuple(after), ()


def _attributes(call: Call, hidden: int) -> dict[str, Any]:
    """The operator's attributes."""
    cell, reset = next(key for key, code in native.CODES.items() if code == call.cell)
    found: dict[str, Any] = {"hidden_size": hidden, "direction": "reverse" if call.reverse else "forward"}
    if reset is not None:
        found["linear_before_reset"] = int(reset == "after")
    if call.hard_slope:
        found["activations"] = ["HardSigmoid", *["Tanh"] * (2 if cell == "lstm" else 1)]
        found["activation_alpha"], found["activation_beta"] = [call.hard_slope], [0.5]
    return found


def _ordered(call: Call, packed: Tensor) -> Tensor:
    """Rows in ONNX's order. Its z weighs the old state; where ours weighs the candidate, σ(-a) = 1 - σ(a)."""
    cell = native.CELLS[call.cell]
    hidden = len(packed) // len(GATES[cell])  # slices, which an exporter computes once and for all, and no chunks
    blocks = {gate: packed[k * hidden : (k + 1) * hidden] for k, gate in enumerate(GATES[cell])}
    if cell == "gru" and not call.update_is_state:
        blocks["update"] = -blocks["update"]
    return torch.cat([blocks[gate] for gate in _ORDERS[cell]])


def _biases(call: Call, inputs: Inputs) -> Tensor | None:
    """Both biases of every gate, shape (1, 2·gates·H); None for none."""
    first, second = inputs.bias_ih, inputs.bias_hh
    if first is None:
        return None
    return torch.cat([_ordered(call, first), _ordered(call, torch.zeros_like(first) if second is None else second)])[
        None
    ]


def _lacking(inputs: Inputs, steps: Steps, factors: Factors, *, gates: bool) -> str:
    """What a call has that ONNX's operators do not have; "" for nothing."""
    asked = {
        "mask": steps.mask, "resets": steps.reset, "results for gates": gates or None, "layer norm": inputs.gains,
        "recurrent dropout and zoneout": next((part for part in factors if part is not None), None),
    }  # fmt: skip
    return next((name for name, part in asked.items() if part is not None), "")
