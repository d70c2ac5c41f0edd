"""What is seen of a layer is what it computed."""

from typing import Any

import numpy as np
import pytest
import torch

import gatewise
from gatewise.errors import InputError
from gatewise.explain import gates
from gatewise.explain.reach import of_answer, reach
from gatewise.explain.trace import read_by
from gatewise.model.network import Network
from gatewise.run.plan import Shape

I, H, T = 3, 5, 17
CONVENTIONS = {
    "LSTM": ("textbook", "onnx"),
    "GRU": ("textbook", "torch", "keras", "onnx"),
    "RNN": ("textbook", "torch"),
}
CELLS = [(name, convention) for name, each in CONVENTIONS.items() for convention in each]


def layer(name: str, convention: str, **more: Any) -> Any:
    """A layer with large weights, so that its gates move."""
    made = getattr(gatewise, name)(I, H, convention=convention, generator=torch.Generator().manual_seed(3), **more)
    for parameter in made.parameters():
        parameter.data *= 3
    return made


def signal() -> torch.Tensor:
    return torch.randn(T, I, generator=torch.Generator().manual_seed(5))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("both", [False, True], ids=["forward", "both ways"])
@pytest.mark.parametrize(("name", "convention"), CELLS)
def test_named_parts_make_the_output(name: str, convention: str, both: bool) -> None:
    """Gates are those of the weights, and h made of the parts is the layer's own output, to float32."""
    made, x = layer(name, convention, bidirectional=both), signal()
    with torch.no_grad():
        output = made(x)[0].numpy()

    seen = gates(made, x)

    assert seen.directions == 1 + both
    np.testing.assert_array_equal(seen.h, output)
    for k, sums in enumerate(seen.sums):
        own, old = slice(k * H, (k + 1) * H), seen.before("h", k)
        at = {letter: array[:, own] for letter, array in seen.arrays.items()}
        total = {n: x.numpy() @ s.x.T + old @ s.h.T + s.b for n, s in sums.items()}
        if name == "LSTM":
            np.testing.assert_allclose(at["c"], at["f"] * seen.before("c", k) + at["i"] * at["g"], atol=1e-6)
            h = at["o"] * np.tanh(at["c"])
        elif name == "GRU":
            new = at["z"] if seen.update == "candidate" else 1 - at["z"]
            h = (1 - new) * old + new * at["n"]
            s = sums["n"]
            inner = (at["r"] * old) @ s.h.T if s.inside is None else at["r"] * (old @ s.h.T + s.inside)
            np.testing.assert_allclose(at["n"], np.tanh(x.numpy() @ s.x.T + s.b + inner), atol=2e-6)
        else:
            h = np.tanh(total["h"])
        np.testing.assert_allclose(h, output[:, own], atol=1e-6)
        for letter in seen.gates:
            np.testing.assert_allclose(at[letter], sigmoid(total[letter]), atol=2e-6)


def test_other_models_are_looked_into() -> None:
    """Torch's layers, any depth, and a learned state; the last steps start where the ones before them ended."""
    theirs = torch.nn.GRU(I, H, num_layers=2)
    with torch.no_grad():
        output, _ = theirs(signal())

    seen = gates(theirs, signal())
    assert seen.reset == "after"
    np.testing.assert_allclose(seen.h, output.numpy(), atol=1e-6)
    np.testing.assert_array_equal(gates(theirs, signal(), depth=0).h, seen.x)

    mine = gatewise.LSTM(I, H, init=gatewise.Init(learn_state=True))
    mine.h_0.data += 0.5
    assert gates(mine, signal()).before("h")[0, 0] == 0.5
    cut = seen.last(4)
    np.testing.assert_array_equal(cut.before("h"), seen.before("h")[-4:])


def test_what_is_no_published_cell_or_no_sequence() -> None:
    """A variant has arrays but no sums; a letter of another cell and a batch are refused with what there is."""
    varied = gates(layer("LSTM", "textbook", variant=gatewise.Variant(peepholes=True)), signal())

    assert varied.f.shape == (T, H)
    with pytest.raises(InputError, match="as published"):
        varied.openers()
    with pytest.raises(AttributeError, match="gru has no 'f': it has r, z, n, h"):
        gates(layer("GRU", "textbook"), signal()).f  # noqa: B018
    with pytest.raises(InputError, match="one sequence"):
        gates(layer("GRU", "textbook"), signal()[None])


def test_a_sequence_of_other_channels_is_refused() -> None:
    """Of a layer and of a network, with what was got and what is expected, and that the axes may be exchanged."""
    wide, network = torch.zeros(T, 5), Network("gru", 4, H, 1, torch.Generator().manual_seed(0))
    with pytest.raises(InputError, match=rf"shape \({T}, 5\), with 5 channels, expected 4: so many does the network"):
        gates(network, wide)
    with pytest.raises(InputError, match=r"expected 4: so many does the layer read .*\(T, 4\)\. Type x\.T, if"):
        gates(gatewise.LSTM(4, H), torch.zeros(4, 9))


def test_what_gates_say() -> None:
    """A forget gate of 0.9 remembers ten steps, and so does a z of 0.1 where it weighs the candidate."""
    lstm, gru = layer("LSTM", "textbook"), layer("GRU", "textbook")
    for made, row, logit in ((lstm, 1, np.log(9)), (gru, 1, -np.log(9))):
        for parameter in made.parameters():
            parameter.data.zero_()
        made.bias_ih_l0.data[row * H : (row + 1) * H] = logit
        np.testing.assert_allclose(gates(made, signal()).memory_times(), -1 / np.log(0.9), rtol=1e-4)
    lstm.weight_ih_l0.data[0, 2] = 7.0
    lstm.bias_ih_l0.data[3 * H] = 5.0

    seen = gates(lstm, signal())

    assert seen.saturation()["o"].open.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    opened = seen.openers()["i"]
    np.testing.assert_allclose(opened.inputs[0], [0, 0, 7 * signal()[:, 2].std(correction=0)], rtol=1e-5)
    assert opened.state[0] == 0.0


@pytest.mark.parametrize("both", [False, True], ids=["forward", "both ways"])
@pytest.mark.parametrize(("name", "convention"), CELLS)
def test_reach_is_the_gradient(name: str, convention: str, both: bool) -> None:
    """Of the final state after a state k steps back, as torch differentiates the rest of the sequence."""
    made, x = layer(name, convention, bidirectional=both).double(), signal().double()
    back = 4

    found = reach(gates(made, x))

    assert found["h"].shape == (1 + both, T)
    np.testing.assert_allclose(found["h"][:, 0], np.sqrt(H))
    if both:
        return
    with torch.no_grad():
        _, at = made(x[: T - back])
    at = at if isinstance(at, tuple) else (at,)

    def rest(*state: torch.Tensor) -> torch.Tensor:
        last: torch.Tensor = made(x[T - back :], state if len(state) > 1 else state[0])[0][-1]
        return last

    slopes = torch.autograd.functional.jacobian(rest, at)
    np.testing.assert_allclose(found["h"][0, back], slopes[0].norm(), rtol=1e-6)
    if name == "LSTM":  # the cell state acts by way of the h of its own step as well
        o, c = (torch.from_numpy(gates(made, x).arrays[n][T - back - 1]) for n in "oc")
        whole = slopes[1][:, 0] + slopes[0][:, 0] * o * (1 - c.tanh() ** 2)
        np.testing.assert_allclose(found["c"][0, back], whole.norm(), rtol=1e-6)


@pytest.mark.parametrize("readout", ["last", "pooled"])
def test_reach_of_an_answer(readout: Any) -> None:
    """The derivative of a network's answer goes by way of all that its head reads."""
    network = Network("gru", I, H, 40, torch.Generator().manual_seed(1), Shape(readout=readout)).double()
    x = signal().double()
    read = read_by(network, x)
    seen = gates(network, x)
    inputs = read.clone().requires_grad_()

    found = reach(seen, of_answer(network, seen))["h"][0]

    answer = network(inputs[None])[0]
    slope = torch.stack([torch.autograd.grad(a, inputs, retain_graph=True)[0][0] for a in answer])
    # The first input acts by way of the first state alone: its slope is that state's derivative times the step's own.
    first = inputs[:1].detach().clone().requires_grad_()
    after = network.layer(first)[0][0]
    step = torch.stack([torch.autograd.grad(a, first, retain_graph=True)[0][0] for a in after])
    least, most = np.linalg.svd(step.numpy(), compute_uv=False)[[-1, 0]]
    assert least * found[-1] <= slope.norm() <= most * found[-1] * 1.000001
    assert found[0] > 0


def test_what_is_left_of_a_long_way_is_nothing() -> None:
    """A gradient that has vanished is 0 from there on, at every step that there is."""
    made = layer("RNN", "textbook")
    for parameter in made.parameters():
        parameter.data *= 1e-3

    found = reach(gates(made, torch.cat([signal()] * 4)))["h"][0]

    assert found.shape == (4 * T,)
    assert found[0] > 0
    assert found[-1] == 0
