"""Tables 1 to 6: whole sequences, training and inference, against the peers and against the peak."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from _peers import BEFORE, LAYERS, MissingError, Size, inputs, loop, onnx_call, ours, torchs, training_step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _report import Row
    from _run import Run, Task

LOOP_HIDDEN = 64
"""The plain loop runs at sizes up to this H."""

ONNX_REST = 0.04
"""Seconds of rest between contestants with onnxruntime: its threads spin for 30 ms after a run, torch's for 10."""


def _rate(size: Size, layer: str, milliseconds: float, *, training: bool) -> float:
    return size.flops(layer, training=training) / milliseconds / 1e6


# 1, 2, 3: a training step


def training(layer: str, run: Run) -> list[Task]:
    """Tables 1, 2 and 3."""
    return [
        run.task(f"{layer} {size}", partial(_training_row, run, layer, size), size.flops(layer, training=True))
        for size in run.sizes
    ]


def _training_row(run: Run, layer: str, size: Size) -> Row:
    own, (x, gradient) = ours(layer, size), inputs(size)
    contestants = {"ours": own, "torch": torchs(layer, size, own)}
    if layer == BEFORE and size.H <= LOOP_HIDDEN:
        contestants["loop"] = loop(size, own)
    took = run.race({name: training_step(module, x, gradient) for name, module in contestants.items()})
    row: Row = {"size": str(size), **took, "ratio": took["torch"] / took["ours"]}
    row["loop_ratio"] = took["loop"] / took["ours"] if "loop" in took else None
    return row | {"gflops": _rate(size, layer, took["ours"], training=True)}


# 4, 5: inference


def inference(layers: Sequence[str], run: Run) -> list[Task]:
    """Tables 4 and 5."""
    return [
        run.task(f"{layer} {size}", partial(_inference_row, run, layer, size), size.flops(layer, training=False), 3)
        for layer in layers
        for size in run.sizes
    ]


def _inference_row(run: Run, layer: str, size: Size) -> Row:
    own, (x, _) = ours(layer, size), inputs(size)
    x = x.detach()
    calls: dict[str, Callable[[], object]] = {"ours": partial(own, x), "torch": partial(torchs(layer, size, own), x)}
    try:
        calls["onnx"] = onnx_call(layer, own, x)
    except MissingError as absent:
        run.notes.append(str(absent))
    with torch.inference_mode():
        took = run.race(calls, rest=ONNX_REST if "onnx" in calls else 0.0)
    best = min(took["torch"], took.get("onnx", took["torch"]))
    row: Row = {"layer": layer, "size": str(size), **took, "ratio": best / took["ours"]}
    return row | {"gflops": _rate(size, layer, took["ours"], training=False)}


# 6: how much of the machine a training step uses


def share(run: Run) -> list[Task]:
    """Table 6."""
    return [
        run.task(f"{layer} {size}", partial(_share_row, run, layer, size), size.flops(layer, training=True))
        for layer in LAYERS
        for size in run.sizes
        if size.H >= 128 and size.B >= 32
    ]


def _share_row(run: Run, layer: str, size: Size) -> Row:
    """Of the highest peak, and of the peak that the machine has in the same race."""
    x, gradient = inputs(size)
    multiply_adds, flops = run.peak.contestant()
    took = run.race({"ours": training_step(ours(layer, size), x, gradient), "peak": multiply_adds})
    rate, peak = _rate(size, layer, took["ours"], training=True), flops / took["peak"] / 1e6
    row: Row = {"layer": layer, "size": str(size), "ours": took["ours"], "gflops": rate}
    return row | {"peak": peak, "percent_then": 100 * rate / peak}
