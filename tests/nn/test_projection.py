"""The LSTM with a projection of h is torch's: outputs, states and all gradients."""

import copy

import pytest
import torch
from torch import Tensor, nn, randn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import gatewise
from gatewise.errors import OptionError
from gatewise.nn.init import Init
from gatewise.nn.layers import LSTM
from gatewise.nn.regularize import Regularize
from gatewise.nn.variant import Variant

T, N, I, H = 6, 4, 3, 7
P = 2  # so small that torch's own function runs what it can
float64 = torch.float64


def pair(size: int = P, **options: object) -> tuple[LSTM, nn.LSTM]:
    theirs = nn.LSTM(I, H, proj_size=size, dtype=float64, **options)
    ours = LSTM(I, H, proj_size=size, dtype=float64, convention="torch", **options)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def state(directions: int, *rows: int, size: int = P) -> tuple[Tensor, Tensor]:
    return randn(directions, *rows, size, dtype=float64).requires_grad_(), randn(directions, *rows, H, dtype=float64)


OPTIONS = [{}, {"bias": False, "batch_first": True}, {"num_layers": 3, "bidirectional": True, "dropout": 0.3}]


@pytest.mark.parametrize("size", [P, 5])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_against_torch(options: dict[str, object], given: bool, packed: bool, size: int) -> None:
    """NeuralForecast's recurrent LSTM, and every option of torch's, from zeros and from a state; called twice."""
    torch.manual_seed(3)
    ours, theirs = pair(size, **options)
    x, hx = randn(N, T, I, dtype=float64).requires_grad_(), state(len(ours._slots), N, size=size) if given else None
    own = x if ours.batch_first else x.transpose(0, 1)
    if packed:
        own = pack_padded_sequence(x, [4, 6, 1, 3], batch_first=True, enforce_sorted=False)
    found = []
    for layer in (ours, ours, theirs):
        torch.manual_seed(5)
        output, (h_n, c_n) = layer(own, hx)
        output = output.data if packed else output
        loss = (output * output.detach().cos()).sum() + h_n.square().sum() + c_n.square().sum()
        leaves = [x, *layer.parameters(), *(hx[:1] if hx else ())]
        found.append([output, h_n, c_n, *torch.autograd.grad(loss, leaves, retain_graph=True)])

    assert gatewise.kernel_path(ours, own, hx).path == ("native" if packed or (size == 5 and not given) else "torch")
    assert_close(found[0], found[2], rtol=1e-10, atol=1e-12)
    assert_close(found[1], found[2], rtol=1e-10, atol=1e-12)


def by_hand(
    layer: LSTM, x: Tensor, start: tuple[Tensor, Tensor], run: Tensor, reset: Tensor, back: bool
) -> list[Tensor]:
    """One direction, row by row and step by step, as the options of the layer are documented."""
    ending = "_l0_reverse" if back else "_l0"
    ih, hh, hr, bias = (getattr(layer, name + ending) for name in ("weight_ih", "weight_hh", "weight_hr", "bias_ih"))
    outputs, finals = [], []
    for row in range(N):
        h, c, own, pending = start[0][row], start[1][row], {}, False
        for t in reversed(range(T)) if back else range(T):
            pending = pending or (bool(reset[row, t]) and not back)
            if run[row, t]:
                if pending:
                    h, c, pending = torch.zeros_like(h), torch.zeros_like(c), False
                i, f, g, o = (ih @ x[t, row] + hh @ h + bias).chunk(4)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = hr @ (o.sigmoid() * c.tanh())
                own[t] = h
            pending = pending or (bool(reset[row, t]) and back and bool(own))
        outputs.append(torch.stack([own.get(t, torch.zeros_like(h)) for t in range(T)]))
        finals.append(torch.cat([h, c]))
    return [torch.stack(outputs, 1), torch.stack(finals)]


def test_gaps_and_resets_by_hand() -> None:
    """With lengths, a mask, resets and a given state, both ways: rows that run nothing keep their state."""
    torch.manual_seed(4)
    layer = LSTM(I, H, proj_size=P, dtype=float64, bidirectional=True)
    x, hx = randn(T, N, I, dtype=float64).requires_grad_(), state(2, N)
    lengths, mask, reset = torch.tensor([6, 0, 5, 4]), torch.rand(N, T) < 0.7, torch.rand(N, T) < 0.3
    run = mask & (torch.arange(T) < lengths.unsqueeze(1))

    output, (h_n, c_n) = layer(x, hx, lengths=lengths, mask=mask, reset=reset)
    sides = [by_hand(layer, x, (hx[0][k], hx[1][k]), run, reset, back=k == 1) for k in range(2)]
    wanted = [torch.cat([side[0] for side in sides], 2), torch.stack([side[1] for side in sides])]
    got = [output, torch.cat([h_n, c_n], 2)]

    assert_close(got, wanted, rtol=1e-10, atol=1e-12)
    leaves = [x, hx[0], *layer.parameters()]
    losses = [sum((part * part.detach().cos()).sum() for part in parts) for parts in (got, wanted)]
    grads = [torch.autograd.grad(loss, leaves) for loss in losses]
    assert_close(grads[0], grads[1], rtol=1e-9, atol=1e-11)


def test_ways_in_and_out() -> None:
    """Steps, conversion both ways, the face, gates, a summary and compilation."""
    ours, theirs = pair(num_layers=2)
    x = randn(T, N, I, dtype=float64)
    output, (h_n, _) = ours(x)
    streamed, reached = [], None
    with torch.no_grad():
        for x_t in x:
            y, reached = ours.step(x_t, reached)
            streamed.append(y)

    assert_close(torch.stack(streamed), output)
    assert_close(gatewise.from_torch(theirs)(x)[0], output)
    assert_close(gatewise.to_torch(ours)(x)[0], output)
    assert ours(x, return_gates=True)[2].input.shape == (2, T, N, H)
    assert ours.summary(h_n).shape == (N, P)
    assert "proj_size=2" in repr(ours)
    ours.check_forward_args(x, (h_n, torch.zeros(2, N, H)), None)
    assert_close(torch.vmap(lambda x: ours(x)[0])(x.unsqueeze(0))[0], output)


def test_what_has_changed_since_a_call_is_seen() -> None:
    """Weights, settings, a copy, and options of a call; a generator draws the dropout."""
    ours, _ = pair(num_layers=2, dropout=0.5)
    x = randn(T, N, I, dtype=float64)

    def drawn(seed: int) -> Tensor:
        return ours(x, generator=torch.Generator().manual_seed(seed))[0]

    ours(x)
    noted = ours._ready
    assert noted is not None
    assert_close(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    assert copy.deepcopy(ours)._ready is None
    before = ours.eval()(x)[0]
    assert_close(ours(x)[0], before)
    ours.weight_hr_l1.data.mul_(2.0)
    assert_close(ours(x)[0], gatewise.to_torch(ours)(x)[0])
    assert not torch.equal(ours(x)[0], before)
    assert not ours(x, lengths=[0] * N)[0].any()


def test_derivatives() -> None:
    """First and second, by differences."""
    layer = LSTM(2, 3, proj_size=2, dtype=float64)
    x, h, c = (randn(*shape, dtype=float64, requires_grad=True) for shape in ((3, 2, 2), (1, 2, 2), (1, 2, 3)))
    torch.autograd.gradcheck(lambda x, h, c: layer(x, (h, c))[0], (x, h, c))
    torch.autograd.gradgradcheck(lambda x: layer(x)[0], (x,))


@pytest.mark.parametrize(
    "options",
    [
        {"proj_size": H},
        {"proj_size": -1},
        {"proj_size": 2, "variant": Variant(peepholes=True)},
        {"proj_size": 2, "regularize": Regularize(zoneout=0.1)},
        {"proj_size": 2, "init": Init()},
    ],
)
def test_refused(options: dict[str, object]) -> None:
    """Other sizes, and what torch's projected LSTM does not have."""
    with pytest.raises(OptionError, match="proj_size"):
        LSTM(I, H, **options)
