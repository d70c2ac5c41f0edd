"""Tables 13 to 16: what a layer's options cost, uneven batches against packed ones, long sequences, and other paths."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import torch
from _peers import AFTER, BEFORE, LAYERS, LSTM, Size, inputs, ours, torchs, training_step
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gatewise
from gatewise import Init, Regularize, Variant
from gatewise.kernels.path import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from _report import Row
    from _run import Run, Task

_GATED: dict[str, dict[str, Any]] = {
    "layer norm": {"variant": Variant(layer_norm=True)},
    "zoneout of h": {"regularize": Regularize(zoneout=0.1)},
    "recurrent dropout": {"regularize": Regularize(recurrent_dropout=0.2)},
    "weight dropout": {"regularize": Regularize(weight_dropout=0.2)},
    "hard sigmoid": {"variant": Variant(hard_sigmoid=0.2)},
    "learned state": {"init": Init(learn_state=True)},
    "checkpoint": {"checkpoint": 64},
}
_LSTM_ALONE: dict[str, dict[str, Any]] = {
    "zoneout of h and c": {"regularize": Regularize(zoneout=0.1, zoneout_cell=0.1)},
    "peepholes": {"variant": Variant(peepholes=True)},
    "coupled": {"variant": Variant(coupled=True)},
}
_MASKED = "mask and reset"


def named(layer: str, option: str) -> str:
    """The row of an option."""
    return f"{layer}, {option}"


# 13: what options cost


def options(run: Run) -> list[Task]:
    """Table 13."""
    size = Size(4, 66, 3, 8) if run.quick else Size(64, 100, 64, 128)
    rows = [
        (layer, option) for layer in LAYERS for option in (*_GATED, *(_LSTM_ALONE if layer == LSTM else ()), _MASKED)
    ]
    return [
        run.task(f"{named(*row)} {size}", partial(_option_row, run, *row, size), size.flops(row[0], training=True))
        for row in rows
    ]


def _option_row(run: Run, layer: str, option: str, size: Size) -> Row:
    plain, (x, gradient) = ours(layer, size), inputs(size)
    call: dict[str, torch.Tensor] = {}
    if option == _MASKED:
        marks = torch.rand(2, size.B, size.T)
        call = {"mask": marks[0] < 0.8, "reset": marks[1] < 0.02}
    with_option = ours(layer, size, **(_GATED | _LSTM_ALONE).get(option, {}))
    path = gatewise.kernel_path(with_option, x, **call).path
    took = run.race(
        {"ours": training_step(plain, x, gradient), "option": training_step(with_option, x, gradient, **call)}
    )
    return {
        "layer": named(layer, option),
        "size": str(size),
        "path": path,
        **took,
        "ratio": took["option"] / took["ours"],
    }


# 14: uneven batches


def packed(run: Run) -> list[Task]:
    """Table 14."""
    size = Size(4, 20, 3, 8) if run.quick else Size(64, 400, 32, 64)
    return [
        run.task(f"{layer} {size}", partial(_packed_row, run, layer, size), 20 * size.flops(layer, training=True))
        for layer in (LSTM, AFTER)
    ]


def _packed_row(run: Run, layer: str, size: Size) -> Row:
    """Lengths spread evenly over 1 to T, in random order; as a mask, as lengths, and as torch takes them."""
    own, (x, gradient) = ours(layer, size), inputs(size)
    peer = torchs(layer, size, own)
    lengths = torch.linspace(1, size.T, size.B).round().long()[torch.randperm(size.B)]
    mask = torch.arange(size.T) < lengths[:, None]
    wanted = (x, *peer.parameters())
    order = pack_padded_sequence(gradient, lengths, enforce_sorted=False).data

    def packed_step() -> object:
        output, _ = peer(pack_padded_sequence(x, lengths, enforce_sorted=False))
        return torch.autograd.grad(output.data, wanted, order)

    took = run.race({
        "ours": training_step(own, x, gradient, mask=mask),
        "lengths": training_step(own, x, gradient, lengths=lengths),
        "torch": packed_step,
    })  # fmt: skip
    return {"layer": layer, "size": str(size), **took, "ratio": took["torch"] / took["ours"]}


# 15: long sequences


def checkpoint(run: Run) -> list[Task]:
    """Table 15."""
    size = Size(2, 200, 3, 8) if run.quick else Size(8, 100_000, 16, 128)
    return [
        run.task(f"{layer} {size}", partial(_checkpoint_row, run, layer, size), size.flops(layer, training=True))
        for layer in LAYERS
    ]


def _checkpoint_row(run: Run, layer: str, size: Size) -> Row:
    """Seconds long, so each is run twice in turns and the faster counts; what is kept beyond x and y is counted."""
    plain, (x, gradient) = ours(layer, size), inputs(size)
    sparing = ours(layer, size, checkpoint=256)
    sparing.load_state_dict(plain.state_dict())
    kept = [_kept(each, x) for each in (plain, sparing)]
    first, second = training_step(plain, x, gradient), training_step(sparing, x, gradient)
    took: dict[str, float] = {}
    for _ in range(2):
        for name, step in (("ours", first), ("option", second)):
            took[name] = min(took.get(name, float("inf")), 1e3 * _seconds(step))
    same = all(torch.equal(a, b) for a, b in zip(first(), second(), strict=True))
    row: Row = {"layer": layer, "size": str(size), **took, "ratio": took["option"] / took["ours"]}
    return row | {
        "kept": kept[0] / 1e6,
        "sparing": kept[1] / 1e6,
        "share": kept[1] / kept[0],
        "differ": float(not same),
    }


def _kept(layer: nn.Module, x: torch.Tensor) -> float:
    """Bytes that a call keeps for backward, beside x, y and the weights."""
    found: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        found[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        y = layer(x)[0]
    known = {part.data_ptr() for part in (x, y, *layer.parameters())}
    return float(sum(size for place, size in found.items() if place not in known))


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


# 16: what is not on the kernels' path


def paths(run: Run) -> list[Task]:
    """Table 16."""
    size = Size(4, 10, 3, 8) if run.quick else Size(32, 100, 32, 64)
    return [
        run.task(f"{layer} {size}", partial(_path_row, run, layer, size), 20 * size.flops(layer, training=True))
        for layer in LAYERS
    ]


def _path_row(run: Run, layer: str, size: Size) -> Row:
    """A training step on the kernels, and what else may be asked, as multiples of it."""
    own, (x, gradient) = ours(layer, size), inputs(size)
    half = ours(layer, size).to(torch.bfloat16)
    half_x, half_gradient = x.detach().to(torch.bfloat16).requires_grad_(), gradient.to(torch.bfloat16)
    step, tangent = training_step(own, x, gradient), torch.randn_like(x)

    def on_reference() -> object:
        with patch("gatewise.nn.recurrent.choose", lambda *_: Choice("reference", "asked for")):
            return step()

    def twice() -> object:
        (first,) = torch.autograd.grad(own(x)[0], x, gradient, create_graph=True)
        return torch.autograd.grad(first.pow(2).sum(), (x, *own.parameters()))

    took = run.race({
        "ours": step,
        "reference": on_reference,
        "bfloat16": training_step(half, half_x, half_gradient),
        "forward_ad": lambda: torch.func.jvp(lambda x: own(x)[0], (x.detach(),), (tangent,)),
        "second": twice,
    })  # fmt: skip
    return {"layer": layer, "size": str(size), "ours": took["ours"]} | {
        name: milliseconds / took["ours"] for name, milliseconds in took.items() if name != "ours"
    }


ASKED = (
    named(LSTM, "layer norm"),
    named(LSTM, "zoneout of h"),
    named(LSTM, "zoneout of h and c"),
    named(BEFORE, "recurrent dropout"),
)
"""Options that have a bar."""
