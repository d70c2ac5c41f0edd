"""The tanh RNN against its equation written out in NumPy, against torch.nn, and its gradients."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import preset
from gatewise.reference.scan import Weights, scan

CONVENTIONS = ["textbook", "torch"]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_equation(problem, convention: str) -> None:
    """Every step is tanh(W [h, x] + b)."""
    x, (h,), weights = problem("rnn", convention)
    W = np.hstack([weights.weight_hh.detach().numpy(), weights.weight_ih.detach().numpy()])
    b = sum(bias.detach().numpy() for bias in weights[2:] if bias is not None)

    output, (h_n,) = scan(x, (h,), weights, preset("rnn", convention))

    state = h.detach().numpy()
    for x_t, got in zip(x.detach().numpy(), output.detach().numpy(), strict=True):
        state = np.tanh(np.hstack([state, x_t]) @ W.T + b)
        np.testing.assert_allclose(got, state, rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(h_n.detach().numpy(), output[-1].detach().numpy())


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_gradients(problem, convention: str) -> None:
    """First and second derivatives agree with finite differences."""
    x, state, weights = problem("rnn", convention, size=(3, 2, 1, 2))

    def run(x, h, *packed):
        return scan(x, (h,), Weights(*packed), preset("rnn", convention))[0]

    inputs = (x, *state, *(p for p in weights if p is not None))
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


def test_same_as_torch(problem) -> None:
    """Outputs, state and all gradients are those of torch.nn.RNN."""
    x, (h,), weights = problem("rnn", "torch")
    module = torch.nn.RNN(x.shape[2], h.shape[1], dtype=torch.float64)
    with torch.no_grad():
        for theirs, ours in zip(module.parameters(), weights[:4], strict=True):
            theirs.copy_(ours)

    output, (h_n,) = scan(x, (h,), weights, preset("rnn", "torch"))
    wanted, h_w = module(x, h[None])

    assert_close((output, h_n), (wanted, h_w[0]))
    got = torch.autograd.grad(output.square().sum(), [x, h, *weights[:4]])
    assert_close(got, torch.autograd.grad(wanted.square().sum(), [x, h, *module.parameters()]))
