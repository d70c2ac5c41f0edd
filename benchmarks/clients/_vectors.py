"""ONNX's own test vectors of its operators LSTM, GRU and RNN, computed by layers; and models exported and run."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnx.backend.test.case.node import collect_testcases
from torch import nn

import gatewise
from gatewise.reference.conventions import CONVENTIONS

KINDS = {"LSTM": gatewise.LSTM, "GRU": gatewise.GRU, "RNN": gatewise.RNN}


def check() -> list[str]:
    """Compare with every vector and every exported model; print a line for each, return what is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = [case for case in collect_testcases(None) if case.model.graph.node[0].op_type in KINDS]
        apart = {case.name: _vector(case) for case in cases}
        print(f"ONNX's vectors: {len(apart)}, at most {max(apart.values()):.1g} apart")
        exported = {f"{cell} {name} {options}": _exported(cell, name, options) for cell, name, options in _models()}
    print(
        f"Exported, and run by onnxruntime at other sizes: {len(exported)}, at most {max(exported.values()):.1g} apart"
    )
    return [f"{name}: {off:.2g} apart" for name, off in (apart | exported).items() if off > 1e-5]


def _vector(case: Any) -> float:
    """How far the layer is from a vector."""
    node, (given, expected) = case.model.graph.node[0], case.data_sets[0]
    settings = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    inputs = dict(zip((name for name in node.input if name), map(torch.tensor, given), strict=True))
    kind, ways = node.op_type, settings.get("direction", b"forward").decode()
    form = "torch" if kind == "RNN" else "onnx"
    if settings.get("linear_before_reset"):
        form = "onnx-reset-after"
    variant = gatewise.Variant(peepholes=True) if "P" in inputs else None
    x, layout = inputs["X"], settings.get("layout", 0)
    layer = KINDS[kind](
        x.shape[-1], settings["hidden_size"], batch_first=bool(layout), bidirectional=ways == "bidirectional",
        convention=form, variant=variant,
    )  # fmt: skip
    with torch.no_grad():
        for k, slots in enumerate(layer._slots):
            _fill(layer, slots, inputs, k)
    time = 1 if layout else 0
    given_states = [inputs[name] for name in ("initial_h", "initial_c") if name in inputs]
    state = [part.transpose(0, 1) if layout else part for part in given_states]
    hx = None if not state else tuple(state) if kind == "LSTM" else state[0]
    lengths = inputs.get("sequence_lens")
    own = x.flip(time) if ways == "reverse" else x
    y, after = layer(own, hx, lengths=lengths)
    y = (y.flip(time) if ways == "reverse" else y).unflatten(-1, (len(layer._slots), -1))
    results = [y if layout else y.transpose(1, 2)]
    results += [part.transpose(0, 1) if layout else part for part in (after if isinstance(after, tuple) else (after,))]
    named = [result.detach().numpy() for name, result in zip(node.output, results, strict=False) if name]
    return max(float(np.abs(got - wanted).max()) for got, wanted in zip(named, expected, strict=True))


def _fill(layer: nn.Module, slots: dict[str, Any], inputs: dict[str, torch.Tensor], k: int) -> None:
    """Put the weights of one direction into the layer."""
    rows = inputs["W"].shape[1]
    both = inputs["B"][k] if "B" in inputs else torch.zeros(2 * rows)
    values = {"weight_ih": inputs["W"][k], "weight_hh": inputs["R"][k], "bias_ih": both[:rows], "bias_hh": both[rows:]}
    if "P" in inputs:
        i, o, f = inputs["P"][k].chunk(3)
        values["peepholes"] = torch.stack([i, f, o])
    for name, value in values.items():
        layer.get_parameter(slots[name][0]).copy_(value)


def _models() -> list[tuple[str, str, dict[str, Any]]]:
    stacked = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    return [(cell, name, options) for cell, name in CONVENTIONS for options in ({}, stacked)]


class _Model(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, ...]:
        y, after = self.layer(x, lengths=lengths)
        return y, *(after if isinstance(after, tuple) else (after,))


def _exported(cell: str, name: str, options: dict[str, Any]) -> float:
    """How far onnxruntime is from the layer, for other numbers of steps and rows than were exported."""
    model = _Model(KINDS[cell.upper()](3, 5, convention=name, **options)).eval()
    first, second = torch.export.Dim("first", max=99), torch.export.Dim("second", max=99)
    batch = first if options else second
    program = torch.onnx.export(
        model, (torch.randn(6, 6, 3), torch.tensor([6, 0, 3, 1, 2, 6])), dynamo=True, verbose=False,
        dynamic_shapes={"x": {0: first, 1: second}, "lengths": {0: batch}},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        program.save(file)
        session = onnxruntime.InferenceSession(file)
        x, lengths = torch.randn(4, 9, 3) if options else torch.randn(9, 4, 3), torch.tensor([9, 2, 0, 5])
        names = [one.name for one in session.get_inputs()]
        got = session.run(None, dict(zip(names, (x.numpy(), lengths.numpy()), strict=True)))
    return max(float((torch.tensor(a) - b).abs().max()) for a, b in zip(got, model(x, lengths), strict=True))
