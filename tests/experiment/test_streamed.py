"""Where each step is answered, the kernels' optimiser steps do what PyTorch's do: fifty steps in float64."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
import torch

from gatewise.experiment.loops.lanes import lanes
from gatewise.experiment.loops.protocol import Lesson
from gatewise.experiment.loops.streamed import StreamedPlain
from gatewise.experiment.loops.streamed_native import StreamedNative, can_stream
from gatewise.model.network import Network
from gatewise.run.plan import Embedded, Shape
from gatewise.tasks.stretches import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

CODED = Embedded(channel=1, values=29)
PIECES = {"whole": (3, 17, 9, 1, 12, 20, 5, 14, 8), "long": (240, 7, 130), "longer than is read at once": (2600, 30)}
ROWS, LONGEST = 4, 21


def stream(pieces: str, loss: str, outputs: int, dtype: Any) -> Stream:
    """Random steps; of classes nothing is told at some."""
    rng, lengths = np.random.default_rng(5), np.array(PIECES[pieces])
    count = int(lengths.sum())
    x = np.stack([rng.normal(size=count), rng.integers(0, 30, count)], axis=1).astype(dtype)
    targets: Any = rng.integers(-1, outputs, count)
    if loss == "binary":
        targets = (rng.random((count, outputs)) < 0.3).astype(dtype)
    return Stream(x, targets, np.cumsum(lengths) - lengths, lengths)


CASES: list[tuple[str, int, str, str, int, float]] = [
    # cell, width, pieces, loss, outputs, dropout
    ("lstm", 18, "long", "cross-entropy", 7, 0.2),
    ("lstm", 5, "whole", "binary", 37, 0.0),
    ("gru", 37, "whole", "cross-entropy", 70, 0.3),
    ("gru", 6, "long", "binary", 3, 0.1),
    ("gru-after", 18, "long", "cross-entropy", 33, 0.0),
    ("rnn", 7, "long", "binary", 20, 0.0),
]


def learned(case: Any, dtype: Any) -> tuple[Network, Lesson]:
    """A network with random weights, biases too, and what it is taught."""
    cell, hidden, pieces, loss, outputs, dropout = case
    shape = Shape(readout="each", embedded=(CODED,))
    kind = torch.float64 if dtype is np.float64 else torch.float32
    network, draws = Network(cell, 2, hidden, outputs, torch.Generator(), shape).to(kind), torch.Generator()
    draws.manual_seed(3)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draws, dtype=kind) * 0.4
    of, generator = stream(pieces, loss, outputs, dtype), torch.Generator().manual_seed(4)
    ids, nothing = np.arange(len(of.x)), cast("Any", None)
    return network, Lesson(nothing, ids, of.targets, loss, (), 0.02, dropout, generator, 0.01, None, of)


def taught(
    kind: type[StreamedNative | StreamedPlain],
    case: Any,
    dtype: Any,
    steps: int,
    between: Callable[[], Any] = lambda: None,
) -> StreamedNative | StreamedPlain:
    """The loop after some steps, the rate a little lower at each."""
    network, lesson = learned(case, dtype)
    assert can_stream(network, lesson)
    assert lesson.stream is not None
    loop, order = kind(network, lesson), lanes(lesson.stream.starts, lesson.stream.lengths, ROWS, LONGEST, 2)
    for step, stretches in zip(range(steps), order, strict=False):
        loop.share = 1.0 - 0.01 * step
        assert loop.step(stretches)
        between()
    return loop


def apart(first: Any, second: Any) -> float:
    """The largest difference of a tensor's numbers, relative to the largest of them."""
    pairs = zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


def told(case: Any) -> np.ndarray[Any, Any]:
    """Steps that something is told of, in no order."""
    of = learned(case, np.float64)[1].targets
    ids = np.flatnonzero(of >= 0) if of.ndim == 1 else np.arange(len(of))
    found: np.ndarray[Any, Any] = np.random.default_rng(6).permutation(ids)
    return found


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case[:4])))
def test_fifty_steps_are_those_of_pytorch(case: Any) -> None:
    """Averaged weights, and what is kept of the answers, agree to 1e-9 of the largest in float64."""
    ours, plain = (taught(kind, case, np.float64, 50) for kind in (StreamedNative, StreamedPlain))
    ids = told(case)
    found, expected = ours.outputs(ids), plain.outputs(ids)

    assert apart(ours, plain) < 1e-9
    assert np.abs(found - expected).max() < 1e-9 * np.abs(expected).max()
    assert 0 < expected[:, 1].mean() < 1 or case[3] == "binary"


@pytest.mark.usefixtures("one_thread")
def test_answers_within_long_pieces_are_those_of_pytorch() -> None:
    """Of some steps alone, each read from a fixed number of steps before it on."""
    case = ("gru", 5, "longer than is read at once", "cross-entropy", 7, 0.0)
    ours, plain = (taught(kind, case, np.float64, 1) for kind in (StreamedNative, StreamedPlain))
    ids = told(case)[:300]

    assert np.abs(ours.outputs(ids) - plain.outputs(ids)).max() < 1e-9


@pytest.mark.usefixtures("one_thread")
def test_float32_is_near() -> None:
    """As far apart as rounding is."""
    ours, plain = (taught(kind, CASES[0], np.float32, 5) for kind in (StreamedNative, StreamedPlain))
    found, expected = (loop.outputs(told(CASES[0]))[:, 0] for loop in (ours, plain))

    assert apart(ours, plain) < 1e-4
    assert np.abs(found - expected).max() < 1e-4


def test_the_state_is_carried() -> None:
    """Where it is not, a fit is another."""
    network, lesson = learned(CASES[0], np.float64)
    carried, cut = taught(StreamedNative, CASES[0], np.float64, 5), StreamedNative(network, lesson)
    assert lesson.stream is not None
    for each in islice(lanes(lesson.stream.starts, lesson.stream.lengths, ROWS, LONGEST, 2), 5):
        cut.step(each._replace(carried=np.zeros(ROWS, dtype=bool)))

    assert apart(carried, cut) > 1e-3


def test_nothing_depends_on_its_company() -> None:
    """Another fit in between, another number of threads, and which steps are answered together change no bit."""
    alone, threads = taught(StreamedNative, CASES[2], np.float32, 9), torch.get_num_threads()
    other, ids = taught(StreamedNative, CASES[0], np.float32, 1), told(CASES[2])
    torch.set_num_threads(2)
    ours = taught(StreamedNative, CASES[2], np.float32, 9, lambda: other.outputs(np.arange(5)))
    torch.set_num_threads(threads)
    together = ours.outputs(ids)

    assert apart(ours, alone) == 0.0
    assert np.array_equal(together, np.concatenate([alone.outputs(ids[k : k + 1]) for k in range(len(ids))]))
