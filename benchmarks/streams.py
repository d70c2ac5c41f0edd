"""Optimiser steps of fits that answer each step of a text: where their time goes, and steps a second beside PyTorch.

    python benchmarks/streams.py                  the tables, some three minutes on one core that does nothing else
    python benchmarks/streams.py --only words     some rows, by name
    python benchmarks/streams.py --quick          does it run at all; its figures mean nothing

As fits.py: the processor time of one thread, of the loop that fits run in and of plain PyTorch, which is the usual
network of characters: `nn.Embedding`, `torch.nn.LSTM` or `GRU` whose state is carried on, a linear head on each output,
cross-entropy, clipping, fused Adam. Both read the same text in as many lanes, stretch after stretch. How much of a
step's multiplications the processor could do in that time is in the last column: no loop can do more than all of them.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import thread_time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from fits import CELLS, RATE, STAGES, Found, Turns, processor, race
from torch import nn
from torch.nn import functional as F

from gatewise.experiment.loops.lanes import lanes
from gatewise.experiment.loops.protocol import CLIP, Lesson
from gatewise.experiment.loops.streamed_native import StreamedNative, can_stream
from gatewise.kernels import native
from gatewise.model.network import Network
from gatewise.run.plan import Embedded, Shape
from gatewise.tasks.stretches import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

BATCH, TEXT = 32, 400_000
"""Lanes, and symbols of the text."""


class Row(NamedTuple):
    """Shapes that fits of texts have: of each cell its own width, as parameters are matched."""

    steps: int
    symbols: int
    widths: tuple[int, int]


ROWS = {
    "tiny-shakespeare, 200,000 parameters, 64 steps": Row(64, 65, (210, 242)),
    "tiny-shakespeare, 200,000 parameters, 128 steps": Row(128, 65, (210, 242)),
    "tiny-shakespeare, 20,000 parameters, 64 steps": Row(64, 65, (57, 65)),
    "words, 64 steps": Row(64, 2000, (90, 94)),
}


def ours(row: Row, cell: str, width: int) -> tuple[Callable[[], None], NDArray[np.float64]]:
    """A step of ours, and the seconds of its stages so far."""
    codes = text(row)
    x, one = codes[:-1, None].astype(np.float32), np.zeros(1, dtype=np.int64)
    stream = Stream(x, codes[1:] - 1, one, one + len(x))
    nothing, coded = cast("Any", None), Embedded(channel=0, values=row.symbols)
    shape = Shape(readout="each", init="literature", embedded=(coded,))
    network = Network(cell, 1, width, row.symbols, torch.Generator().manual_seed(0), shape)
    draws = torch.Generator()
    lesson = Lesson(
        nothing, np.arange(len(x)), stream.targets, "cross-entropy", (), RATE, 0.0, draws, 1.0, None, stream
    )
    assert can_stream(network, lesson)
    loop, seconds = StreamedNative(network, lesson), np.zeros(len(STAGES))
    order = lanes(stream.starts, stream.lengths, BATCH, row.steps, 0)
    loop.measure(seconds)

    def step() -> None:
        loop.step(next(order))

    return step, seconds


def text(row: Row) -> NDArray[np.int64]:
    """Random symbols, numbered from 1 on."""
    return np.random.default_rng(0).integers(1, row.symbols + 1, TEXT)


class Plain(nn.Module):
    """A table of symbols, a layer of torch's and a linear head."""

    def __init__(self, row: Row, kind: type[nn.Module], width: int) -> None:
        super().__init__()
        coded = Embedded(channel=0, values=row.symbols)
        self.table = nn.Embedding(row.symbols + 1, coded.width)
        self.layer, self.head = kind(coded.width, width, batch_first=True), nn.Linear(width, row.symbols)


def plain(row: Row, kind: type[nn.Module], width: int) -> tuple[Callable[[], None], NDArray[np.float64]]:
    """A step of plain PyTorch, and the seconds of its stages so far."""
    torch.manual_seed(0)
    network, turns, state, at = Plain(row, kind, width), Turns(), None, 0
    adam = torch.optim.Adam(network.parameters(), lr=RATE, fused=True)
    codes = text(row)[: TEXT // BATCH * BATCH].reshape(BATCH, -1)
    x, targets = torch.from_numpy(codes[:, :-1]), torch.from_numpy(codes[:, 1:] - 1)

    def step() -> None:
        nonlocal state, at
        turns.begin()
        if at + row.steps > x.shape[1]:
            state, at = None, 0
        own, target = x[:, at : at + row.steps], targets[:, at : at + row.steps]
        at += row.steps
        turns.end(0)
        y, state = network.layer(network.table(own), state)
        state = detached(state)
        turns.end(1)
        loss = F.cross_entropy(network.head(y).flatten(0, 1), target.flatten())
        turns.end(2)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        turns.end(3)
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        adam.step()
        turns.end(4)

    return step, turns.seconds


def detached(state: Any) -> Any:
    """The state, from which no gradient goes back."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else cast("Tensor", state).detach()


def multiplications(row: Row, cell: str, width: int) -> float:
    """Floating-point operations of the matrix products of a step: forward, and twice as many back."""
    embedded = Embedded(channel=0, values=row.symbols).width
    layer = (4 if cell == "lstm" else 3) * width * (width + embedded)
    return 6.0 * BATCH * row.steps * (layer + width * row.symbols)


def peak() -> float:
    """Floating-point operations a second of multiply-adds that load and store nothing, the median."""
    tries = []
    for _ in range(9):
        began = thread_time()
        _, operations = native.extension().fused_multiply_adds(False, 1, 2_000_000)
        tries.append(operations / (thread_time() - began))
    return float(median(tries))


def table(found: dict[tuple[str, str], dict[str, Found]]) -> list[str]:
    """Shares of both, and the ratios."""
    most, stages = peak(), " | ".join((*STAGES, "rest"))
    lines = [
        f"| text | cell | loop | ms a step | {stages} | of the peak |",
        f"|---|---|---|{'---:|' * (len(STAGES) + 3)}",
    ]
    for (name, cell), each in found.items():
        for who, of in each.items():
            shares = " | ".join(f"{share:.0%}" for share in (*of.shares, 1.0 - of.shares.sum()))
            done = multiplications(ROWS[name], cell, ROWS[name].widths[CELLS.index(cell)]) / (1e-6 * of.micros) / most
            lines.append(f"| {name} | {cell} | {who} | {of.micros / 1000:.1f} | {shares} | {done:.0%} |")
    lines += ["", "| text | cell | steps a second, times torch.nn's |", "|---|---|---:|"]
    return lines + [f"| {n} | {c} | {each['ours'].times(each['torch']):.2f} |" for (n, c), each in found.items()]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=[""], help="rows, by how their names begin")
    parser.add_argument("--quick", action="store_true", help="does it run at all")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{processor()}, {native.NATIVE.isa}, torch {torch.__version__}, one thread\n")
    found = {}
    for name, row in ROWS.items():
        for place, cell in enumerate(CELLS):
            if name.startswith(tuple(asked.only)):
                kind, width = (nn.LSTM, nn.GRU)[place], row.widths[place]
                contestants = {"ours": ours(row, cell, width), "torch": plain(row, kind, width)}
                found[name, cell] = race(contestants, quick=asked.quick)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
