"""The kernels' optimiser steps do what PyTorch's do: every network, loss and readout, fifty steps in float64."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch

from gatewise.experiment.loops.native import Native, can_teach
from gatewise.experiment.loops.plain import Plain
from gatewise.experiment.loops.protocol import Lesson
from gatewise.model.network import Network
from gatewise.run.plan import Embedded, Shape
from gatewise.tasks.protocol import Lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.anchor import Anchored

CHANNELS, STEPS, COUNT = 3, 11, 83
LEVELS = (0.1, 0.35, 0.8)
CODED = {0: 30, 2: 5}
"""Channels that number the values of categories, in examples that have some, and how many values."""


class Made:
    """Random examples that overlap, ragged where ``lengths`` says so; all sizes different."""

    def __init__(self, *, ragged: bool, dtype: Any = np.float64, coded: bool = False) -> None:
        rng = np.random.default_rng(8)
        self.x = rng.normal(size=(COUNT + 2 * STEPS, CHANNELS)).astype(dtype)
        for channel, values in CODED.items():
            self.x[:, channel] = rng.integers(0, values + 1, len(self.x)) if coded else self.x[:, channel]
        self._lengths = rng.integers(1, STEPS + 1, COUNT) if ragged else None
        self._beyond = 3.0 if coded else 99.0

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """They begin at every step, in no order."""
        lengths = None if self._lengths is None else self._lengths[ids]
        return Lines(self.x, (ids * 7) % COUNT, lengths, STEPS)

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
        """The same, copied; something that must not matter beyond the ends."""
        _, starts, lengths, steps = self.lines(ids)
        x = self.x[starts[:, None] + np.arange(steps)]
        if lengths is not None:
            x[np.arange(steps) >= lengths[:, None]] = self._beyond
        return x, lengths


def lesson(
    examples: Made, loss: str, outputs: int, *, dropout: float = 0.0, fresh: float = 0.01, noise: Any = None
) -> Lesson:
    """What is to be learned of some of the examples."""
    rng = np.random.default_rng(9)
    training = rng.permutation(COUNT)[:61]
    quantiles = LEVELS if loss == "pinball" else ()
    targets: Any = rng.normal(size=(61, outputs // (len(quantiles) or 1))).astype(examples.x.dtype)
    if loss == "cross-entropy":
        targets = rng.integers(0, outputs, 61)
    generator = torch.Generator().manual_seed(4)
    told = cast("Anchored", examples)
    return Lesson(told, training, targets, loss, quantiles, 0.02, dropout, generator, fresh, noise)


def network(cell: str, hidden: int, outputs: int, shape: Shape, dtype: torch.dtype = torch.float64) -> Network:
    """With random weights, biases too."""
    made = Network(cell, CHANNELS, hidden, outputs, torch.Generator(), shape).to(dtype)
    draws = torch.Generator().manual_seed(3)
    for parameter in made.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draws, dtype=dtype) * 0.4
    return made


TABLES = {"embedded": tuple(Embedded(channel=channel, values=values) for channel, values in CODED.items())}
POOLED, BOTH = {"readout": "pooled"}, {"readout": "pooled", "bidirectional": True}
WINDOW: dict[str, Any] = {"normalisation": "window", "targets": 2}

CASES: list[tuple[str, int, str, int, bool, dict[str, Any], float]] = [
    # cell, width, loss, outputs, ragged, shape, dropout
    ("lstm", 5, "squared", 4, False, {}, 0.0),
    ("lstm", 18, "cross-entropy", 7, True, POOLED, 0.3),
    ("lstm", 6, "pinball", 6, False, BOTH, 0.0),
    ("lstm", 37, "absolute", 70, False, {"window": 5, **WINDOW}, 0.0),
    ("gru", 5, "cross-entropy", 4, True, BOTH, 0.2),
    ("gru", 18, "squared", 8, False, WINDOW, 0.1),
    ("gru", 37, "pinball", 9, False, {"window": 4}, 0.0),
    ("gru", 6, "absolute", 1, True, {}, 0.0),
    ("gru-after", 5, "squared", 33, True, {"bidirectional": True}, 0.0),
    ("gru-after", 18, "pinball", 3, True, POOLED, 0.2),
    ("rnn", 6, "absolute", 2, False, {**BOTH, **WINDOW}, 0.2),
    ("rnn", 37, "cross-entropy", 2, False, POOLED, 0.0),
    ("lstm", 18, "cross-entropy", 5, True, {**BOTH, **TABLES}, 0.2),
    ("gru", 6, "squared", 3, False, {"window": 5, **TABLES}, 0.0),
    ("gru-after", 5, "absolute", 4, True, {"embedded": TABLES["embedded"][1:]}, 0.0),
    ("rnn", 7, "pinball", 6, False, {"normalisation": "window", "targets": 2, "embedded": TABLES["embedded"][1:]}, 0.0),
]


def taught(
    kind: type[Native | Plain], case: Any, dtype: Any, steps: int, rows: int, noise: Any = None
) -> Native | Plain:
    """The loop after some steps, the rate a little lower at each."""
    cell, hidden, loss, outputs, ragged, shape, dropout = case
    examples = Made(ragged=ragged, dtype=dtype, coded="embedded" in shape)
    start = network(cell, hidden, outputs, Shape(**shape), torch.float64 if dtype is np.float64 else torch.float32)
    learned = lesson(examples, loss, outputs, dropout=dropout, noise=noise)
    assert can_teach(start, learned)
    loop, order = kind(start, learned), np.random.default_rng(2)
    for step in range(steps):
        loop.share = 1.0 - 0.01 * step
        assert loop.step(order.integers(0, 61, rows))
    return loop


def apart(first: Native | Plain, second: Native | Plain) -> float:
    """The largest difference of a tensor's numbers, relative to the largest of them."""
    pairs = zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case[:3])))
def test_fifty_steps_are_those_of_pytorch(case: Any) -> None:
    """Averaged weights and answers agree to 1e-9 of the largest in float64."""
    ours, plain = (taught(kind, case, np.float64, 50, 17) for kind in (Native, Plain))
    ids = np.arange(COUNT)[::-1].copy()

    assert apart(ours, plain) < 1e-9
    found, expected = ours.outputs(ids), plain.outputs(ids)
    assert np.abs(found - expected).max() < 1e-9 * np.abs(expected).max()


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("case", [CASES[k] for k in (1, 3, 4, 6)], ids=lambda case: "-".join(map(str, case[:3])))
def test_fifty_steps_with_noise_are_those_of_pytorch(case: Any) -> None:
    """The same noise in both, drawn anew for each step; answers are given without any."""
    noise = np.array([0.3, 0.0, 0.1])
    ours, plain, quiet = (
        taught(kind, case, np.float64, 50, 17, drawn)
        for kind, drawn in ((Native, noise), (Plain, noise), (Native, None))
    )
    ids = np.arange(COUNT)

    assert apart(ours, plain) < 1e-9
    assert np.array_equal(ours.outputs(ids), ours.outputs(ids))
    assert apart(ours, quiet) > 1e-3


def test_noise_leaves_other_channels_and_the_examples_as_they_are() -> None:
    """It has its spread where that is asked for, and another draw the next time."""
    examples, places = Made(ragged=False), np.arange(61)
    told = lesson(examples, "squared", 2, noise=np.array([0.3, 0.0, 0.1]))
    x = examples.inputs(told.training)[0]
    first, second = (told.inputs(places)[0] - x for _ in range(2))

    assert first.std(axis=(0, 1)) == pytest.approx([0.3, 0.0, 0.1], rel=0.1)
    assert not np.array_equal(first, second)
    assert np.array_equal(examples.inputs(told.training)[0], x)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("case", CASES[:5:4], ids=lambda case: case[0])
def test_float32_is_near(case: Any) -> None:
    """As far apart as rounding is, in batches of more than one block."""
    assert apart(*(taught(kind, case, np.float32, 5, 70) for kind in (Native, Plain))) < 1e-4


class Copied(Made):
    """The same examples, which lie nowhere together until they are asked for."""

    def lines(self, ids: NDArray[np.int64]) -> Lines:
        """Copies, behind each other."""
        x, lengths = self.inputs(ids)
        return Lines(x.reshape(-1, CHANNELS), np.arange(len(ids)) * STEPS, lengths, STEPS)

    def inputs(self, ids: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
        """As before."""
        _, starts, lengths, steps = super().lines(ids)
        return self.x[starts[:, None] + np.arange(steps)], lengths


@pytest.mark.parametrize("ragged", [False, True])
def test_examples_may_be_put_together_when_they_are_asked_for(ragged: bool) -> None:
    """Weights and answers have the bits of those that are read where they lie."""
    found = []
    for kind in (Made, Copied):
        loop = Native(network("gru", 5, 2, Shape()), lesson(kind(ragged=ragged), "squared", 2))
        assert (loop._known is None) == (kind is Copied)
        for first in (0, 9, 30):
            loop.step(np.arange(first, first + 17))
        found.append(loop)

    assert apart(*found) == 0.0
    assert np.array_equal(*(loop.outputs(np.arange(COUNT)) for loop in found))


def test_an_answer_does_not_depend_on_its_company() -> None:
    """Alone or with all others, an example is answered with the same bits."""
    loop = taught(Native, CASES[1], np.float32, 3, 17)
    ids = np.arange(COUNT)
    together = loop.outputs(ids)

    assert np.array_equal(together, np.concatenate([loop.outputs(ids[k : k + 1]) for k in ids]))


def test_a_fit_does_not_depend_on_its_company() -> None:
    """Steps of another fit in between, of other sizes, and another number of threads change no bit."""
    alone, threads = taught(Native, CASES[4], np.float32, 9, 17), torch.get_num_threads()
    cell, hidden, loss, outputs, ragged, shape, dropout = CASES[4]
    learned = lesson(Made(ragged=ragged, dtype=np.float32), loss, outputs, dropout=dropout)
    ours = Native(network(cell, hidden, outputs, Shape(**shape), torch.float32), learned)
    other, order = taught(Native, CASES[1], np.float32, 1, 33), np.random.default_rng(2)
    torch.set_num_threads(2)
    for step in range(9):
        ours.share = 1.0 - 0.01 * step
        ours.step(order.integers(0, 61, 17))
        other.step(np.arange(33))
        other.outputs(np.arange(5))
    torch.set_num_threads(threads)

    assert apart(ours, alone) == 0.0


def test_an_infinite_loss_changes_nothing() -> None:
    """And says so."""
    examples = Made(ragged=False)
    learned = lesson(examples, "squared", 2)
    loop = Native(network("gru", 5, 2, Shape()), learned)
    assert loop.step(np.arange(9))
    before = deepcopy(loop.network.state_dict()), loop._weights.clone(), loop._moments[0].clone()
    learned.targets[4] = np.inf

    assert not loop.step(np.arange(9))
    assert all(torch.equal(a, b) for a, b in zip(before[0].values(), loop.network.state_dict().values(), strict=True))
    assert torch.equal(before[1], loop._weights)
    assert torch.equal(before[2], loop._moments[0])


def test_a_network_of_more_parts_is_not_taught_by_the_kernels() -> None:
    """Whatever is not known to them trains in PyTorch."""
    learned, known = lesson(Made(ragged=True), "squared", 2), network("gru", 5, 2, Shape())
    more = deepcopy(known)
    more.extra = torch.nn.Linear(2, 2)

    assert can_teach(known, learned)
    assert not can_teach(more, learned)
    assert not can_teach(known, learned._replace(loss="huber"))
    assert not can_teach(known.float(), learned)
    assert not can_teach(network("gru", 5, 2, Shape(window=4)), learned)
