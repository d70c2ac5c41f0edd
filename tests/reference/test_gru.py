"""The GRU in both variants against its equations written out in NumPy, against torch.nn, and its gradients."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import CONVENTIONS, preset
from gatewise.reference.scan import Weights, scan

PRESETS = [name for cell, name in CONVENTIONS if cell == "gru"]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def blocks(packed, order):
    """Row blocks by gate; zeros for a bias that is not there."""
    return dict(zip(order, [0.0] * 3 if packed is None else np.split(packed.detach().numpy(), 3), strict=True))


def gru(x, h, weights, order, reset, update):
    """The equations in float64, one matrix a gate."""
    V, U, b, d = (blocks(packed, order) for packed in weights[:4])
    out = []
    for x_t in x:
        r = sigmoid(h @ U["reset"].T + x_t @ V["reset"].T + b["reset"] + d["reset"])
        z = sigmoid(h @ U["update"].T + x_t @ V["update"].T + b["update"] + d["update"])
        if reset == "before":
            product = (r * h) @ U["candidate"].T + d["candidate"]
        else:
            product = r * (h @ U["candidate"].T + d["candidate"])
        candidate = np.tanh(product + x_t @ V["candidate"].T + b["candidate"])
        h = (1 - z) * h + z * candidate if update == "candidate" else z * h + (1 - z) * candidate
        out.append(h)
    return np.stack(out)


def run(x, h, weights, convention):
    output, (h_n,) = scan(x, (h,), weights, preset("gru", convention))
    assert torch.equal(h_n, output[-1])
    return output


@pytest.mark.parametrize(
    ("convention", "reset", "update"),
    [
        ("textbook", "before", "candidate"),
        ("torch", "after", "state"),
        ("keras", "after", "state"),
        ("keras-reset-before", "before", "state"),
        ("onnx", "before", "state"),
        ("onnx-reset-after", "after", "state"),
    ],
)
@pytest.mark.parametrize("bias", [True, False])
def test_equations(problem, convention: str, reset: str, update: str, bias: bool) -> None:
    """Every convention computes its own equations, with and without biases."""
    x, (h,), weights = problem("gru", convention, bias=bias)
    order = preset("gru", convention).gates

    expected = gru(x.detach().numpy(), h.detach().numpy(), weights, order, reset, update)

    got = run(x, h, weights, convention).detach().numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("convention", PRESETS)
def test_gradients(problem, convention: str) -> None:
    """First and second derivatives agree with finite differences."""
    x, state, weights = problem("gru", convention, size=(3, 2, 1, 2))

    def output(x, h, *packed):
        return run(x, h, Weights(*packed), convention)

    inputs = (x, *state, *(p for p in weights if p is not None))
    assert torch.autograd.gradcheck(output, inputs)
    assert torch.autograd.gradgradcheck(output, inputs)


def test_reset_after_is_that_of_torch(problem) -> None:
    """Outputs, state and all gradients are those of torch.nn.GRU."""
    x, (h,), weights = problem("gru", "torch")
    module = torch.nn.GRU(x.shape[2], h.shape[1], dtype=torch.float64)
    with torch.no_grad():
        for theirs, ours in zip(module.parameters(), weights[:4], strict=True):
            theirs.copy_(ours)

    output, (wanted, _) = run(x, h, weights, "torch"), module(x, h[None])

    assert_close(output, wanted)
    probe = torch.linspace(-1, 2, output.numel(), dtype=torch.float64).view_as(output)
    got = torch.autograd.grad((output * probe).sum(), [x, h, *weights[:4]])
    assert_close(got, torch.autograd.grad((wanted * probe).sum(), [x, h, *module.parameters()]))


def test_the_variants_are_different_functions(problem) -> None:
    """The same weights give other outputs with reset before and after, whatever the sign of z."""
    x, (h,), weights = problem("gru", "onnx")

    before, after = run(x, h, weights, "onnx"), run(x, h, weights, "onnx-reset-after")

    assert (before - after).abs().max() > 0.05


def test_the_sign_of_z_converts_exactly(problem) -> None:
    """Negated W_z and b_z, and blocks in the other order, turn Keras' reset-before cell into the textbook's."""
    x, (h,), weights = problem("gru", "keras-reset-before")
    z, r, candidate = range(3)

    def converted(packed):
        parts = packed.chunk(3)
        return torch.cat([parts[r], -parts[z], parts[candidate]])

    textbook = Weights(*(None if packed is None else converted(packed) for packed in weights))

    assert_close(run(x, h, textbook, "textbook"), run(x, h, weights, "keras-reset-before"), rtol=0, atol=1e-14)


def test_open_gates_leave_the_plain_network(problem) -> None:
    """With r = 1 and z = 1 the textbook GRU is the tanh RNN."""
    x, (h,), weights = problem("gru")
    size = h.shape[1]
    ih, hh, bias, *_ = (None if packed is None else packed.detach().clone() for packed in weights)
    ih[: 2 * size], hh[: 2 * size], bias[: 2 * size] = 0.0, 0.0, 50.0
    plain = Weights(ih[2 * size :], hh[2 * size :], bias[2 * size :])

    expected, _ = scan(x, (h,), plain, preset("rnn", "textbook"))

    assert_close(run(x, h, Weights(ih, hh, bias), "textbook"), expected, rtol=0, atol=1e-14)
