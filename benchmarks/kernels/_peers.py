"""The contestants: gatewise's layers, torch's, a plain loop, and onnxruntime, on the same weights and inputs."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import gatewise

if TYPE_CHECKING:
    from collections.abc import Callable

LSTM, AFTER, BEFORE = "LSTM", "GRU reset after", "GRU reset before"
LAYERS = (LSTM, AFTER, BEFORE)
GATES = {LSTM: 4, AFTER: 3, BEFORE: 3}

ONNX_GATES = {LSTM: ("input", "output", "forget", "candidate"), AFTER: ("update", "reset", "candidate")}
ONNX_GATES[BEFORE] = ONNX_GATES[AFTER]
ONNX_TOLERANCE = 1e-5
"""Largest difference of an output at which onnxruntime still computes the same function."""


class MissingError(Exception):
    """Something to measure is not there; the text says what and why."""


class Size(NamedTuple):
    """Batch B, steps T, inputs I, hidden units H."""

    B: int
    T: int
    I: int
    H: int

    def __str__(self) -> str:
        return ",".join(map(str, self))

    def flops(self, layer: str, *, training: bool) -> float:
        """Floating-point operations of the products, the backward pass counted as two forward."""
        return 2.0 * self.T * self.B * GATES[layer] * self.H * (self.I + self.H) * (3 if training else 1)


class TextbookLoop(nn.Module):
    """The textbook GRU as one writes it in plain torch: inputs projected at once, then a loop over time."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias_ih_l0 = nn.Parameter(torch.empty(3 * hidden_size))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Output (T, N, H) and the last state (1, N, H) from x (T, N, I)."""
        parts = (2 * self.hidden_size, self.hidden_size)
        for_gates, for_candidate = F.linear(x, self.weight_ih_l0, self.bias_ih_l0).split(parts, 2)
        gates_hh, candidate_hh = (weight.t() for weight in self.weight_hh_l0.split(parts))
        h = x.new_zeros(x.shape[1], self.hidden_size)
        outputs = []
        for gates_x, candidate_x in zip(for_gates.unbind(), for_candidate.unbind(), strict=True):
            reset, update = torch.addmm(gates_x, h, gates_hh).sigmoid().chunk(2, 1)
            candidate = torch.addmm(candidate_x, reset * h, candidate_hh).tanh()
            h = torch.lerp(h, candidate, update)
            outputs.append(h)
        return torch.stack(outputs), h.unsqueeze(0)


def ours(layer: str, size: Size, **options: Any) -> Any:
    """The layer of gatewise: the default LSTM and GRU, and torch's convention for the reset after."""
    if layer == LSTM:
        return gatewise.LSTM(size.I, size.H, **options)
    return gatewise.GRU(size.I, size.H, convention="torch" if layer == AFTER else "textbook", **options)


def torchs(layer: str, size: Size, own: nn.Module) -> nn.Module:
    """The layer of torch.nn with gatewise's weights. It has no reset before: there it computes another function."""
    return _copied(nn.LSTM(size.I, size.H) if layer == LSTM else nn.GRU(size.I, size.H), own)


def loop(size: Size, own: nn.Module) -> nn.Module:
    """The plain loop with the weights of gatewise's textbook GRU."""
    return _copied(TextbookLoop(size.I, size.H), own)


def _copied(peer: nn.Module, own: nn.Module) -> nn.Module:
    """Take over the weights; a second bias that gatewise does not have is 0."""
    weights = dict(own.named_parameters())
    with torch.no_grad():
        for name, weight in peer.named_parameters():
            weight.copy_(weights[name] if name in weights else torch.zeros_like(weight))
    return peer


def inputs(size: Size) -> tuple[Tensor, Tensor]:
    """Draw x (T, N, I), which wants a gradient, and the fixed gradient of the output (T, N, H)."""
    x = torch.randn(size.T, size.B, size.I, requires_grad=True)
    return x, torch.randn(size.T, size.B, size.H)


def training_step(layer: nn.Module, x: Tensor, gradient: Tensor, **options: Any) -> Callable[[], tuple[Tensor, ...]]:
    """Forward, and backward to x and every parameter."""
    wanted = (x, *layer.parameters())

    def call() -> tuple[Tensor, ...]:
        return torch.autograd.grad(layer(x, **options)[0], wanted, gradient)

    return call


def onnx_call(layer: str, own: nn.Module, x: Tensor) -> Callable[[], object]:
    """The operator of onnxruntime on gatewise's weights and x, checked to compute the same outputs.

    Raises:
        MissingError: It is not installed, or computes something else.
    """
    absent = [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]
    if absent:
        raise MissingError(f"onnxruntime is passed over: not installed. Type pip install {' '.join(absent)}")
    session = _session(_onnx_model(layer, own))
    binding = session.io_binding()
    binding.bind_cpu_input("X", x.detach().numpy())
    for name in ("Y", "Y_h"):
        binding.bind_output(name)
    session.run_with_iobinding(binding)
    with torch.inference_mode():
        expected = own(x)[0].numpy()
    difference = float(np.abs(binding.copy_outputs_to_cpu()[0].squeeze(1) - expected).max())
    if not difference <= ONNX_TOLERANCE:
        raise MissingError(f"onnxruntime is passed over: its {layer} differs from gatewise's by {difference:.1e}")
    return partial(session.run_with_iobinding, binding)


def _session(model: Any) -> Any:
    """A session with torch's number of threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _onnx_model(layer: str, own: nn.Module) -> Any:
    """One operator, its weights inside the model so that onnxruntime can pack them beforehand."""
    from onnx import TensorProto, helper, numpy_helper

    blocks = _onnx_blocks(layer, own)
    hidden = blocks["R"].shape[2]
    options: dict[str, Any] = {} if layer == LSTM else {"linear_before_reset": int(layer == AFTER)}
    operator = "LSTM" if layer == LSTM else "GRU"
    node = helper.make_node(operator, ["X", *blocks], ["Y", "Y_h"], hidden_size=hidden, **options)
    graph = helper.make_graph(
        [node],
        "benchmark",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["T", "N", blocks["W"].shape[2]])],
        [
            helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["T", 1, "N", hidden]),
            helper.make_tensor_value_info("Y_h", TensorProto.FLOAT, [1, "N", hidden]),
        ],
        [numpy_helper.from_array(block, name) for name, block in blocks.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def _onnx_blocks(layer: str, own: Any) -> dict[str, np.ndarray]:
    """The operator's W (1, G·H, I), R (1, G·H, H) and B (1, 2·G·H); its z weighs the old state in both GRUs."""
    order = gatewise.gate_order(own)
    weights = {name: weight.detach().numpy() for name, weight in own.named_parameters()}

    def arranged(packed: np.ndarray) -> np.ndarray:
        parts = dict(zip(order, np.split(packed, len(order)), strict=True))
        if layer == BEFORE:
            parts["update"] = -parts["update"]  # 1 - σ(a) = σ(-a)
        return np.concatenate([parts[gate] for gate in ONNX_GATES[layer]])

    bias = weights["bias_ih_l0"]
    biases = [arranged(bias), arranged(weights.get("bias_hh_l0", np.zeros_like(bias)))]
    return {
        "W": arranged(weights["weight_ih_l0"])[None],
        "R": arranged(weights["weight_hh_l0"])[None],
        "B": np.concatenate(biases)[None],
    }
