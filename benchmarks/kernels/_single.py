"""Table 17: one time step a call, cells and layers, at every size of a grid, against torch's."""

from __future__ import annotations

from functools import partial
from itertools import product, repeat
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

import torch
from _peers import Size
from torch import Tensor, nn

import gatewise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from _report import Row
    from _run import Run, Task

GRID = [Size(N, 1, I, H) for N, I, H in product((1, 16, 256), (16, 64, 512), (16, 64, 256, 1024))]
SMALL = 256
"""Up to this H a row counts in the geometric mean."""

PAIRS, SAMPLE = 15, 0.004
"""Pairs of samples for a row, and processor seconds of one sample."""

RANK = 4
"""The fourth smallest to the fourth largest of fifteen ratios hold their median with a probability of 96.5 %."""

PEERS: dict[str, tuple[Callable[..., nn.Module], Callable[..., nn.Module]]] = {
    "LSTMCell": (gatewise.LSTMCell, nn.LSTMCell),
    "GRUCell reset after": (partial(gatewise.GRUCell, convention="torch"), nn.GRUCell),
    "GRUCell reset before": (gatewise.GRUCell, nn.GRUCell),
    "RNNCell": (gatewise.RNNCell, nn.RNNCell),
    "LSTM": (gatewise.LSTM, nn.LSTM),
    "GRU reset after": (partial(gatewise.GRU, convention="torch"), nn.GRU),
    "GRU reset before": (gatewise.GRU, nn.GRU),
    "RNN": (gatewise.RNN, nn.RNN),
}


def single(run: Run) -> list[Task]:
    """Table 17."""
    sizes = [GRID[0], GRID[17]] if run.quick else GRID
    return [
        run.task(f"{name} {size}", partial(_row, run, name, size, training=training))
        for name in PEERS
        for size in sizes
        for training in (False, True)
    ]


def _row(run: Run, name: str, size: Size, *, training: bool) -> Row:
    """Pairs of samples in turns, in processor time: the median of their ratios, and its interval."""
    is_cell, lstm = "Cell" in name, "LSTM" in name
    shape: tuple[int, ...] = (size.B,) if is_cell else (1, size.B)
    x = torch.randn(*shape, size.I, requires_grad=training)
    states = [torch.randn(*shape, size.H, requires_grad=training) for _ in range(2)]
    hx, gradient = tuple(states) if lstm else states[0], torch.randn(*shape, size.H)
    leaves = [x, *states[: 2 if lstm else 1]]
    calls = [_call(make(size.I, size.H), x, hx, leaves, gradient, training=training) for make in PEERS[name]]
    with torch.set_grad_enabled(training):
        count = _count(calls[1])
        pairs = []
        for pair in range(5 if run.quick else PAIRS):
            first = pair % 2
            took = {place: _seconds(calls[place], count) for place in (first, 1 - first)}
            pairs.append((took[0], took[1]))
    ratios = sorted(theirs / own for own, theirs in pairs)
    ratio, rank = median(ratios), min(RANK, len(ratios)) - 1
    return {
        "layer": name, "what": "training" if training else "forward", "size": str(size),
        "ours": 1e6 * median(own for own, _ in pairs), "torch": 1e6 * median(theirs for _, theirs in pairs),
        "ratio": ratio, "low": ratios[rank], "high": ratios[-1 - rank], "small": ratio if size.H <= SMALL else None,
    }  # fmt: skip


def _call(
    module: nn.Module, x: Tensor, hx: Any, leaves: Sequence[Tensor], gradient: Tensor, *, training: bool
) -> Callable[[], object]:
    """A step from a given state, or a step and its gradients of x, the state and every parameter."""
    if not training:
        return partial(module, x, hx)
    wanted = (*leaves, *module.parameters())

    def call() -> object:
        after = module(x, hx)
        return torch.autograd.grad(
            after if isinstance(after, Tensor) else after[0], wanted, gradient, allow_unused=True
        )

    return call


def _count(call: Callable[[], object]) -> int:
    """How many calls make a sample."""
    count = 1
    while count * _seconds(call, count) < SAMPLE:
        count *= 2
    return count


def _seconds(call: Callable[[], object], count: int) -> float:
    began = process_time()
    for _ in repeat(None, count):
        call()
    return (process_time() - began) / count
