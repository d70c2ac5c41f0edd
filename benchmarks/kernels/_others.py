"""Tables 7 to 12: gates, lengths, one step, many models, the import, and the errors."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import torch
from _peers import AFTER, BEFORE, LAYERS, LSTM, MissingError, Size, inputs, loop, ours, torchs, training_step
from _run import QUICK
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _report import Row
    from _run import Run, Task

    from gatewise.kernels.native import Extension

STEP_TOLERANCE = 1e-5
"""Largest difference at which the native step still computes what the layer does."""

# 7, 8: what options cost


def gates(run: Run) -> list[Task]:
    """Table 7."""
    size = QUICK[0] if run.quick else Size(64, 100, 64, 128)
    flops = size.flops(LSTM, training=True)
    return [run.task(f"{layer} {size}", partial(_gates_row, run, layer, size), flops) for layer in LAYERS]


def _gates_row(run: Run, layer: str, size: Size) -> Row:
    own, (x, gradient) = ours(layer, size), inputs(size)
    plain, gates = training_step(own, x, gradient), training_step(own, x, gradient, return_gates=True)
    took = run.race({"ours": plain, "option": gates})
    return {"layer": layer, "size": str(size), **took, "ratio": took["option"] / took["ours"]}


def lengths(run: Run) -> list[Task]:
    """Table 8."""
    full = [Size(64, 100, 64, 128), Size(32, 100, 32, 64), Size(64, 100, 128, 256)]
    return [
        run.task(f"{layer} {size}", partial(_lengths_row, run, layer, size), size.flops(layer, training=True))
        for size in (QUICK[:1] if run.quick else full)
        for layer in LAYERS
    ]


def _lengths_row(run: Run, layer: str, size: Size) -> Row:
    """Lengths spread evenly over 1 to T, in random order: their mean is that of the uniform distribution."""
    own, (x, gradient) = ours(layer, size), inputs(size)
    lengths = torch.linspace(1, size.T, size.B).round().long()[torch.randperm(size.B)]
    full, part = training_step(own, x, gradient), training_step(own, x, gradient, lengths=lengths)
    took = run.race({"ours": full, "option": part})
    share = lengths.sum().item() / (size.T * size.B)
    return {"layer": layer, "size": str(size), **took, "share": share, "ratio": took["option"] / took["ours"]}


# 9: one step


def step(run: Run) -> list[Task]:
    """Table 9."""
    return [run.task(layer, partial(_step_row, run, layer), contestants=4) for layer in LAYERS]


def _step_row(run: Run, layer: str) -> Row:
    size = Size(1, 1, 64, 64)
    own, x = ours(layer, size), torch.randn(1, 1, size.I)
    with torch.inference_mode():
        calls = _torch_steps(layer, size, own, x)
        calls["native"] = _native_step(run.native, layer, size, own, x[0])
        calls["module"] = partial(own.step, x[0], own(x)[1])
        took = run.race(calls)
    return {"layer": layer, **{name: 1e3 * milliseconds for name, milliseconds in took.items()}}


def _torch_steps(layer: str, size: Size, own: nn.Module, x: torch.Tensor) -> dict[str, Callable[[], object]]:
    """One step of torch's layer, and of its cell."""
    module, cell = torchs(layer, size, own), (nn.LSTMCell if layer == LSTM else nn.GRUCell)(size.I, size.H)
    state = module(x)[1]
    return {"torch": partial(module, x, state), "cell": partial(cell, x[0], cell(x[0]))}


def _native_step(native: Extension, layer: str, size: Size, own: nn.Module, x: torch.Tensor) -> Callable[[], object]:
    """A step by raw pointers, as the layers make it; the arrays live as long as the call does."""
    weights = dict(own.named_parameters())
    states = torch.randn(4, 1, size.H)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    pointers = [weights[name].data_ptr() if name in weights else 0 for name in names]
    h, c, h_next, c_next = (part.data_ptr() for part in states)
    cells = (c, c_next) if layer == LSTM else (0, 0)
    cell = {LSTM: 0, BEFORE: 1, AFTER: 2}[layer]
    stepper = native.Stepper(False, cell, layer == AFTER, size.I, size.H)
    call = partial(stepper.step, *pointers, 1, x.data_ptr(), h, cells[0], h_next, cells[1], 0)
    call.__dict__["alive"] = (states, x, own)
    call()
    before = (states[:1], states[1:2]) if layer == LSTM else states[:1]
    difference = (states[2] - own(x[None], before)[0][0]).abs().max().item()
    if not difference <= STEP_TOLERANCE:
        raise MissingError(f"the native step of the {layer} differs from the layer's by {difference:.1e}: not timed")
    return call


# 10: many models in one call


def models(run: Run) -> list[Task]:
    """Table 10."""
    size = QUICK[0] if run.quick else Size(32, 100, 16, 32)
    flops = 8 * size.flops(LSTM, training=True)
    return [run.task(f"{layer} 8 x {size}", partial(_models_row, run, layer, size), flops) for layer in LAYERS]


def _models_row(run: Run, layer: str, size: Size, count: int = 8) -> Row:
    models = [ours(layer, size) for _ in range(count)]
    x, gradient = torch.randn(count, size.T, size.B, size.I), torch.randn(count, size.T, size.B, size.H)
    alone = [x[model].clone().requires_grad_() for model in range(count)]
    steps = [training_step(*each) for each in zip(models, alone, gradient, strict=True)]
    took = run.race({"ours": _together(models, x.requires_grad_(), gradient), "apart": partial(_each, steps)})
    return {"layer": layer, "size": f"{count} x {size}", **took, "ratio": took["apart"] / took["ours"]}


def _each(calls: Sequence[Callable[[], object]]) -> None:
    for call in calls:
        call()


def _together(models: list[nn.Module], x: torch.Tensor, gradient: torch.Tensor) -> Callable[[], object]:
    """A training step of all models: their parameters stacked, one call by vmap."""
    stacked, _ = torch.func.stack_module_state(models)
    every = torch.func.vmap(lambda parameters, x: torch.func.functional_call(models[0], parameters, (x,))[0])
    wanted = (x, *stacked.values())
    return lambda: torch.autograd.grad(every(stacked, x), wanted, gradient)


# 11: import

IMPORTS = {
    "gatewise._native": "import gatewise._native",
    "gatewise.LSTM": "import gatewise; gatewise.LSTM",
}


def imports(run: Run) -> list[Task]:
    """Table 11."""
    return [run.task(name, partial(_import_row, run, name), contestants=5) for name in IMPORTS]


def _import_row(run: Run, name: str) -> Row:
    """Median of fresh processes; the bar is the extension's, the layers' import is for information."""
    program = (
        "import torch; from time import perf_counter; began = perf_counter()\n"
        f"{IMPORTS[name]}\nprint(perf_counter() - began)"
    )
    took = [
        float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)
        for _ in range(1 if run.quick else 5)
    ]
    return {"what": name, "native" if name == "gatewise._native" else "module": 1e3 * median(took)}


# 12: errors


def errors(run: Run) -> list[Task]:
    """Table 12."""
    return [
        run.task(f"{layer} {size}", partial(_errors_row, layer, size), contestants=1)
        for layer in LAYERS
        for size in run.sizes
    ]


def _errors_row(layer: str, size: Size) -> Row:
    """Largest errors against the same function in float64: torch's layer, for the reset before the plain loop."""
    own, (x, gradient) = ours(layer, size), inputs(size)
    peer = loop(size, own) if layer == BEFORE else torchs(layer, size, own)
    row: Row = {"layer": layer, "size": str(size)}
    results = {"ours": _results(own, x, gradient), "torch": _results(peer, x, gradient)}
    exact = _results(peer.double(), x.detach().double().requires_grad_(), gradient.double())
    for name, found in results.items():
        errors = {key: (value.double() - exact[key]).abs().max().item() for key, value in found.items()}
        row[f"{name}_output"] = errors.pop("output")
        row[f"{name}_gradient"] = max(error / exact[key].abs().max().item() for key, error in errors.items())
    return row


def _results(module: nn.Module, x: torch.Tensor, gradient: torch.Tensor) -> dict[str, torch.Tensor]:
    """Outputs and gradients by name."""
    names, parameters = zip(*module.named_parameters(), strict=True)
    output = module(x)[0]
    gradients = torch.autograd.grad(output, (x, *parameters), gradient)
    return {"output": output.detach(), **dict(zip(("x", *names), gradients, strict=True))}
