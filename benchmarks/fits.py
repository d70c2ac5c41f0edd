"""Where the time of an optimiser step goes, and how many steps a second there are beside plain PyTorch.

    python benchmarks/fits.py                 the tables, some three minutes on one core that does nothing else
    python benchmarks/fits.py --only demo     some rows, by name
    python benchmarks/fits.py --quick         does it run at all; its figures mean nothing

Everything is the processor time of one thread: of the loop that fits run in (gatewise.experiment.loops.native), and of
the same network, batches and loss in plain PyTorch: `torch.nn.LSTM` and `torch.nn.GRU`, rows gathered by an index,
clipping, fused Adam, the running average of the weights; no DataLoader. Contestants take turns within each round, and
a ratio is the median over the rounds. torch has no textbook GRU, whose reset gate acts before the product: against ours
stands torch.nn.GRU, which is quicker, and in a column of its own the textbook's equations as a loop over time.
"""

from __future__ import annotations

import argparse
import platform
from copy import deepcopy
from pathlib import Path
from statistics import median
from time import thread_time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import rnn

from gatewise.experiment.loops.native import Native, can_teach
from gatewise.experiment.loops.protocol import CLIP, Lesson
from gatewise.kernels import native
from gatewise.model.network import Network
from gatewise.run.plan import Shape
from gatewise.tasks.protocol import Lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from gatewise.rules.anchor import Anchored

CELLS = ("lstm", "gru")

STAGES = ("gather", "forward", "head, loss", "backward", "update")
"""Of a step; what is left is Python's. Forward and backward are the kernels of the layer, or torch's."""

EXAMPLES, FRESH, RATE = 2000, 0.01, 1e-3

ROUNDS, SECONDS = 15, 0.06
"""Rounds of a race, and the least processor seconds of a turn in it."""


class Row(NamedTuple):
    """Shapes that fits have: of each cell its own width, as parameters are matched."""

    steps: int
    batch: int
    channels: int
    widths: tuple[int, int]
    outputs: int
    classes: bool = False
    ragged: bool = False


ROWS = {
    "demo": Row(16, 32, 19, (38, 45), 7),
    "demo, batch 16": Row(16, 16, 19, (38, 45), 7),
    "demo, batch 64": Row(16, 64, 19, (38, 45), 7),
    "etth1": Row(48, 32, 17, (41, 48), 24),
    "etth1, window 96": Row(96, 32, 17, (41, 48), 24),
    "japanesevowels": Row(29, 32, 12, (43, 50), 9, classes=True, ragged=True),
    "gunpoint": Row(150, 16, 1, (46, 53), 2, classes=True),
}


class Made:
    """Random examples of a row, each by itself in memory."""

    def __init__(self, row: Row) -> None:
        rng = np.random.default_rng(0)
        self.steps = row.steps
        self.x = rng.normal(size=(EXAMPLES * row.steps, row.channels)).astype(np.float32)
        self.lengths = rng.integers(row.steps // 4, row.steps + 1, EXAMPLES) if row.ragged else None
        self.targets: NDArray[Any] = rng.normal(size=(EXAMPLES, row.outputs)).astype(np.float32)
        if row.classes:
            self.targets = rng.integers(0, row.outputs, EXAMPLES)

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Where examples lie."""
        return Lines(self.x, ids * self.steps, None if self.lengths is None else self.lengths[ids], self.steps)


class Turns:
    """The time of stages, taken one after the other."""

    def __init__(self) -> None:
        self.seconds = np.zeros(len(STAGES))
        self._last = 0.0

    def begin(self) -> None:
        """A step begins."""
        self._last = thread_time()

    def end(self, stage: int) -> None:
        """A stage of it ends."""
        now = thread_time()
        self.seconds[stage] += now - self._last
        self._last = now


def batches(row: Row) -> Callable[[], NDArray[np.int64]]:
    """The next batch: all examples in a random order, again and again."""
    order, at = np.random.default_rng(2).permutation(EXAMPLES), 0

    def following() -> NDArray[np.int64]:
        nonlocal at
        first, at = at, (at + row.batch) % (EXAMPLES - row.batch)
        return order[first : first + row.batch]

    return following


def ours(row: Row, cell: str, width: int) -> tuple[Callable[[], None], NDArray[np.float64]]:
    """A step of ours, and the seconds of its stages so far."""
    made, loss = Made(row), "cross-entropy" if row.classes else "squared"
    lesson = Lesson(
        cast("Anchored", made), np.arange(EXAMPLES), made.targets, loss, (), RATE, 0.0, torch.Generator(), FRESH
    )
    shape = Shape(readout="pooled" if row.classes else "last", init="literature")
    network = Network(cell, row.channels, width, row.outputs, torch.Generator().manual_seed(0), shape)
    assert can_teach(network, lesson)
    loop, following, seconds = Native(network, lesson), batches(row), np.zeros(len(STAGES))
    loop.measure(seconds)

    def step() -> None:
        loop.step(following())

    return step, seconds


class Textbook(nn.Module):
    """The textbook's GRU, a loop over time in plain operations."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.of_inputs = nn.Linear(inputs, 3 * hidden)
        self.gates, self.candidate = nn.Linear(hidden, 2 * hidden, bias=False), nn.Linear(hidden, hidden, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs at every step, and the last one; rows of one length."""
        h, all_h = x.new_zeros(len(x), self.candidate.out_features), []
        for x_t in self.of_inputs(x).unbind(1):
            first, last = x_t.split([2 * h.shape[1], h.shape[1]], dim=1)
            r, z = torch.sigmoid(first + self.gates(h)).chunk(2, dim=1)
            h = torch.lerp(h, torch.tanh(last + self.candidate(r * h)), z)
            all_h.append(h)
        return torch.stack(all_h, dim=1), h[None]


class Plain(nn.Module):
    """A layer of torch's and a linear head."""

    def __init__(self, row: Row, kind: type[nn.Module], width: int) -> None:
        super().__init__()
        self.row = row
        self.layer = kind(row.channels, width) if kind is Textbook else kind(row.channels, width, batch_first=True)
        self.head = nn.Linear(width * (3 if row.classes else 1), row.outputs)

    def read(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """The layer's outputs and its last states."""
        if lengths is None:
            y, state = self.layer(x)
        else:
            y, state = self.layer(rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            y, _ = rnn.pad_packed_sequence(y, batch_first=True)
        return y, (state[0] if isinstance(state, tuple) else state)[-1]

    def answer(self, y: Tensor, h: Tensor, lengths: Tensor | None) -> Tensor:
        """Outputs of the head."""
        if not self.row.classes:
            out: Tensor = self.head(h)
            return out
        mean, most = y.mean(1), y.amax(1)
        if lengths is not None:
            beyond = (torch.arange(y.shape[1]) >= lengths[:, None])[..., None]
            mean, most = y.sum(1) / lengths[:, None], y.masked_fill(beyond, -torch.inf).amax(1)
        out = self.head(torch.cat([h, mean, most], 1))
        return out


def plain(row: Row, kind: type[nn.Module], width: int) -> tuple[Callable[[], None], NDArray[np.float64]]:
    """A step of plain PyTorch, and the seconds of its stages so far."""
    made, following, turns = Made(row), batches(row), Turns()
    torch.manual_seed(0)
    network = Plain(row, kind, width)
    average, adam = deepcopy(network), torch.optim.Adam(network.parameters(), lr=RATE, fused=True)
    pairs = [[p.data for p in each.parameters()] for each in (average, network)]
    x, targets = torch.from_numpy(made.x).reshape(EXAMPLES, row.steps, row.channels), torch.from_numpy(made.targets)
    lengths = None if made.lengths is None else torch.from_numpy(made.lengths)
    loss_of = F.cross_entropy if row.classes else F.mse_loss

    def step() -> None:
        turns.begin()
        ids = torch.from_numpy(following())
        own, target, steps = x[ids], targets[ids], None if lengths is None else lengths[ids]
        turns.end(0)
        y, h = network.read(own, steps)
        turns.end(1)
        loss = loss_of(network.answer(y, h, steps), target)
        turns.end(2)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        turns.end(3)
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        adam.step()
        torch._foreach_lerp_(*pairs, FRESH)
        turns.end(4)

    return step, turns.seconds


class Found(NamedTuple):
    """What was measured of one contestant: processor seconds a step in each round, and the shares of its stages."""

    rounds: list[float]
    shares: NDArray[np.float64]

    @property
    def micros(self) -> float:
        """Microseconds a step, the median."""
        return 1e6 * median(self.rounds)

    def times(self, other: Found) -> float:
        """How many times as many steps a second as another."""
        return median(theirs / own for own, theirs in zip(self.rounds, other.rounds, strict=True))


def race(contestants: dict[str, tuple[Callable[[], None], NDArray[np.float64]]], *, quick: bool) -> dict[str, Found]:
    """Turns of all contestants in every round."""
    counts = {}
    for name, (step, _) in contestants.items():
        step()
        began = thread_time()
        step()
        counts[name] = 1 if quick else max(1, round(SECONDS / max(1e-6, thread_time() - began)))
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _, seconds in contestants.values():
        seconds[:] = 0.0
    for _ in range(2 if quick else ROUNDS):
        for name, (step, _) in contestants.items():
            began = thread_time()
            for _ in range(counts[name]):
                step()
            taken[name].append((thread_time() - began) / counts[name])
    return {name: Found(each, contestants[name][1] / (sum(each) * counts[name])) for name, each in taken.items()}


def measured(row: Row, cell: str, *, quick: bool) -> dict[str, Found]:
    """Ours, torch's, and of a GRU of one length the textbook's loop."""
    width = row.widths[CELLS.index(cell)]
    contestants = {"ours": ours(row, cell, width)}
    contestants["torch"] = plain(row, nn.LSTM if cell == "lstm" else nn.GRU, width)
    if cell == "gru" and not row.ragged:
        contestants["loop"] = plain(row, Textbook, width)
    return race(contestants, quick=quick)


def table(found: dict[tuple[str, str], dict[str, Found]]) -> list[str]:
    """Shares of both, and the ratios."""
    stages = " | ".join((*STAGES, "rest"))
    lines = [f"| fit | cell | loop | µs a step | {stages} |", f"|---|---|---|{'---:|' * (len(STAGES) + 2)}"]
    for (name, cell), each in found.items():
        for who in ("ours", "torch"):
            of = each[who]
            shares = " | ".join(f"{share:.0%}" for share in (*of.shares, 1.0 - of.shares.sum()))
            lines.append(f"| {name} | {cell} | {who} | {of.micros:.0f} | {shares} |")
    lines += [
        "",
        "| fit | cell | steps a second, times torch.nn's | the textbook's loop | outside of kernels and update |",
    ]
    lines.append("|---|---|---:|---:|---:|")
    for (name, cell), each in found.items():
        of, loop = each["ours"], ""
        if "loop" in each:
            loop = f"{of.times(each['loop']):.1f}"
        outside = 1.0 - of.shares[[1, 3, 4]].sum()
        lines.append(f"| {name} | {cell} | {of.times(each['torch']):.2f} | {loop} | {outside:.0%} |")
    return lines


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=ROWS, nargs="+", default=list(ROWS), help="rows")
    parser.add_argument("--quick", action="store_true", help="does it run at all")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{processor()}, {native.NATIVE.isa}, torch {torch.__version__}, one thread\n")
    found = {(name, cell): measured(ROWS[name], cell, quick=asked.quick) for name in asked.only for cell in CELLS}
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
