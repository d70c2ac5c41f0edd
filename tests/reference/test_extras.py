"""What may set a cell apart, against the papers' equations written out in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from gatewise.reference.conventions import preset
from gatewise.reference.scan import Factors, Weights, scan, trace

T, N, H = 6, 4, 5


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def hard(a):
    return np.clip(0.2 * a + 0.5, 0, 1)


def arrays(*tensors):
    return [np.zeros(0) if part is None else part.detach().numpy() for part in tensors]


def lstm(x, h, c, weights, *, gate=sigmoid, peepholes=None, dropped=1.0, still_h=0.0, still_c=0.0):
    """Of the textbook's convention: blocks input, forget, candidate, output."""
    w, u, b = arrays(*weights[:3])
    p_i, p_f, p_o = np.zeros((3, H)) if peepholes is None else peepholes
    out = []
    for t, x_t in enumerate(x):
        i, f, g, o = np.split(x_t @ w.T + (h * dropped) @ u.T + b, 4, axis=1)
        i, f, g = gate(i + p_i * c), gate(f + p_f * c), np.tanh(g)
        new = f * c + i * g
        o = gate(o + p_o * new)
        k_h, k_c = (k[t] if np.ndim(k) else k for k in (still_h, still_c))
        h, c = k_h * h + (1 - k_h) * (o * np.tanh(new)), k_c * c + (1 - k_c) * new
        out.append((h, c))
    return tuple(np.stack(part) for part in zip(*out, strict=True))


def gru(x, h, weights, reset, *, gate=sigmoid, dropped=1.0, still_h=0.0):
    """Blocks reset, update, candidate; z weighs the candidate, or with reset after the old state."""
    w, u, b, d = arrays(*weights[:4])
    d = d if len(d) else np.zeros(3 * H)
    out = []
    for t, x_t in enumerate(x):
        seen, own = h * dropped, x_t @ w.T + b
        r = gate(own[:, :H] + seen @ u[:H].T + d[:H])
        z = gate(own[:, H : 2 * H] + seen @ u[H : 2 * H].T + d[H : 2 * H])
        if reset == "before":
            n, z = np.tanh(own[:, 2 * H :] + (r * seen) @ u[2 * H :].T + d[2 * H :]), 1 - z
        else:
            n = np.tanh(own[:, 2 * H :] + r * (seen @ u[2 * H :].T + d[2 * H :]))
        k = still_h[t] if np.ndim(still_h) else still_h
        h = k * h + (1 - k) * (z * h + (1 - z) * n)
        out.append(h)
    return np.stack(out)


def draw(*shape, seed=2):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def same(ours, theirs):
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-12, atol=1e-13)


MASKS = [(draw(T, N, H, seed=seed) > 0).double() for seed in (3, 4)]
DROPPED = (draw(N, H, seed=5) > -0.5).double() / 0.7


def test_peepholes(problem) -> None:
    """Gers and Schmidhuber 2000: input and forget gate see c before the step, the output gate c after it."""
    x, (h, c), weights = problem("lstm")
    peepholes = draw(3, H)

    output, _, inside = trace(x, (h, c), weights._replace(peepholes=peepholes), preset("lstm", "textbook"))

    wanted, cells = lstm(*arrays(x, h, c), weights, peepholes=peepholes.numpy())
    same(output, wanted)
    same(inside[-1], cells)


@pytest.mark.parametrize("rates", [tuple(MASKS), (torch.tensor(0.3).double(), torch.tensor(0.6).double())])
def test_zoneout_of_the_lstm(problem, rates) -> None:
    """Krueger et al. 2017, equations 8 and 9: h is made of the cell state without zoneout."""
    x, (h, c), weights = problem("lstm")
    still_h, still_c = (rate.expand(T, N, H) for rate in rates)

    output, (h_n, c_n) = scan(x, (h, c), weights, preset("lstm", "textbook"), factors=Factors(None, still_h, still_c))

    wanted, cells = lstm(*arrays(x, h, c), weights, still_h=still_h.numpy(), still_c=still_c.numpy())
    same(output, wanted)
    same(h_n, wanted[-1])
    same(c_n, cells[-1])


@pytest.mark.parametrize(("convention", "reset"), [("textbook", "before"), ("torch", "after")])
@pytest.mark.parametrize("extra", [{}, {"dropped": DROPPED}, {"still_h": MASKS[0]}], ids=["hard", "dropped", "still"])
def test_gru(problem, convention: str, reset: str, extra: dict[str, torch.Tensor]) -> None:
    """Hard gates; dropout of the state in the products alone, not where z weighs it; zoneout."""
    x, (h,), weights = problem("gru", convention)
    rules = preset("gru", convention) if extra else replace(preset("gru", convention), hard_slope=0.2)

    output, _ = scan(x, (h,), weights, rules, factors=Factors(**extra))

    same(
        output,
        gru(
            *arrays(x, h),
            weights,
            reset,
            gate=sigmoid if extra else hard,
            **{name: part.numpy() for name, part in extra.items()},
        ),
    )


@pytest.mark.parametrize("extra", [{}, {"dropped": DROPPED}], ids=["hard", "dropped"])
def test_lstm(problem, extra: dict[str, torch.Tensor]) -> None:
    """Hard gates, and dropout of h: c passes untouched."""
    x, (h, c), weights = problem("lstm")
    rules = preset("lstm", "textbook") if extra else replace(preset("lstm", "textbook"), hard_slope=0.2)

    output, _ = scan(x, (h, c), weights, rules, factors=Factors(**extra))

    given = {name: part.numpy() for name, part in extra.items()}
    same(output, lstm(*arrays(x, h, c), weights, gate=sigmoid if extra else hard, **given)[0])


def test_rnn(problem) -> None:
    """Dropout and zoneout of the plain network."""
    x, (h,), weights = problem("rnn")
    w, u, b, state = *arrays(*weights[:3]), h.detach().numpy()

    output, _ = scan(x, (h,), weights, preset("rnn", "textbook"), factors=Factors(DROPPED, MASKS[0]))

    for t, x_t in enumerate(x.detach().numpy()):
        new = np.tanh(x_t @ w.T + (state * DROPPED.numpy()) @ u.T + b)
        state = np.where(MASKS[0][t].numpy() > 0, state, new)
        same(output[t], state)


def test_a_hard_gate_that_is_full_lets_no_gradient_through() -> None:
    """Beyond ±2.5 of its sum, with a slope of 0.2, a gate is 0 or 1 and stays so."""
    x = torch.tensor([[[3.0]], [[-3.0]], [[1.0]]], dtype=torch.float64, requires_grad=True)
    weights = Weights(*(torch.tensor([[1.0], [1.0], [0.5]], dtype=torch.float64), torch.zeros(3, 1).double()))
    rules = replace(preset("gru", "textbook"), hard_slope=0.2)

    _, _, (_, update, _) = trace(x, (torch.zeros(1, 1).double(),), weights, rules)

    assert_close(update.flatten(), torch.tensor([1.0, 0.0, 0.7]).double())
    (slope,) = torch.autograd.grad(update.sum(), x)
    assert_close(slope.flatten(), torch.tensor([0.0, 0.0, 0.2]).double())
