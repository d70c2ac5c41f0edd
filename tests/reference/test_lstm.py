"""The LSTM against its equations written out in NumPy, against torch.nn, and its gradients."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import preset
from gatewise.reference.scan import Weights, scan

CONVENTIONS = ["textbook", "torch", "keras", "onnx"]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def lstm(x, h, c, weights, order):
    """The design's equations in float64, one matrix a gate, each acting on [h, x]."""
    W_i, b_i, W_f, b_f, W_c, b_c, W_o, b_o = (
        block
        for gate in ("input", "forget", "candidate", "output")
        for block in (
            np.hstack([np.split(p.detach().numpy(), 4)[order.index(gate)] for p in (weights[1], weights[0])]),
            sum(np.split(b.detach().numpy(), 4)[order.index(gate)] for b in weights[2:4] if b is not None),
        )
    )
    out = []
    for x_t in x:
        hx = np.hstack([h, x_t])
        f = sigmoid(hx @ W_f.T + b_f)
        i = sigmoid(hx @ W_i.T + b_i)
        candidate = np.tanh(hx @ W_c.T + b_c)
        c = f * c + i * candidate
        o = sigmoid(hx @ W_o.T + b_o)
        h = o * np.tanh(c)
        out.append(h)
    return np.stack(out), h, c


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_equations(problem, convention: str) -> None:
    """Every step's h and the final h and c are those of the equations."""
    x, (h, c), weights = problem("lstm", convention)
    rules = preset("lstm", convention)

    output, (h_n, c_n) = scan(x, (h, c), weights, rules)

    expected = lstm(*(part.detach().numpy() for part in (x, h, c)), weights, rules.gates)
    for got, wanted in zip((output, h_n, c_n), expected, strict=True):
        np.testing.assert_allclose(got.detach().numpy(), wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_gradients(problem, convention: str) -> None:
    """First and second derivatives agree with finite differences in x, the states and every parameter."""
    x, state, weights = problem("lstm", convention, size=(3, 2, 1, 2))
    rules = preset("lstm", convention)

    def run(x, h, c, *packed):
        output, (h_n, c_n) = scan(x, (h, c), Weights(*packed), rules)
        return output, h_n, c_n

    inputs = (x, *state, *(p for p in weights if p is not None))
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


def test_same_as_torch(problem) -> None:
    """Outputs, states and all gradients are those of torch.nn.LSTM."""
    x, (h, c), weights = problem("lstm", "torch")
    module = torch.nn.LSTM(x.shape[2], h.shape[1], dtype=torch.float64)
    with torch.no_grad():
        for theirs, ours in zip(module.parameters(), weights[:4], strict=True):
            theirs.copy_(ours)

    output, (h_n, c_n) = scan(x, (h, c), weights, preset("lstm", "torch"))
    wanted, (h_w, c_w) = module(x, (h[None], c[None]))

    assert_close((output, h_n, c_n), (wanted, h_w[0], c_w[0]))
    probe = torch.linspace(-1, 2, output.numel(), dtype=torch.float64).view_as(output)
    got = torch.autograd.grad((output * probe).sum() + (c_n * c_n).sum(), [x, h, c, *weights[:4]])
    expected = torch.autograd.grad((wanted * probe).sum() + (c_w * c_w).sum(), [x, h, c, *module.parameters()])
    assert_close(got, expected)
