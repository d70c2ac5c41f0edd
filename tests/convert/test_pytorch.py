"""Layers of torch.nn taken over: outputs, gradients and training are the same."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from gatewise.convert.pytorch import from_torch
from gatewise.errors import InputError
from gatewise.nn.layers import GRU, LSTM, RNN

KINDS = [(nn.LSTM, LSTM), (nn.GRU, GRU), (nn.RNN, RNN)]
OPTIONS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"num_layers": 3, "bias": False}]


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.fixture(params=KINDS, ids=lambda kinds: kinds[1].cell)
def kinds(request):
    """A layer of torch.nn and ours, torch seeded."""
    torch.manual_seed(21)
    return request.param


@pytest.mark.parametrize("options", OPTIONS)
def test_outputs_and_gradients(kinds, options: dict[str, object]) -> None:
    """Outputs, states and the gradients of x and every parameter, in float64."""
    module = kinds[0](3, 5, dtype=torch.float64, **options)
    layer = from_torch(module)
    x = torch.randn(4, 6, 3, dtype=torch.float64, requires_grad=True)

    (output, state), (wanted, reached) = layer(x), module(x)

    assert type(layer) is kinds[1]
    assert_close((output, parts(state)), (wanted, parts(reached)))
    probe = torch.randn_like(output)
    loss = (output * probe).sum() + sum(part.square().sum() for part in parts(state))
    expected = (wanted * probe).sum() + sum(part.square().sum() for part in parts(reached))
    got = torch.autograd.grad(loss, [x, *layer.parameters()])
    assert_close(got, torch.autograd.grad(expected, [x, *module.parameters()]))


def test_five_optimiser_steps(kinds) -> None:
    """Trained side by side on one loss, both keep the same weights, and the module is not touched by our training."""
    module = kinds[0](3, 5, num_layers=2, bidirectional=True, dtype=torch.float64)
    layer, x = from_torch(module), torch.randn(6, 4, 3, dtype=torch.float64)
    start = {name: weight.clone() for name, weight in layer.state_dict().items()}
    target = torch.randn(6, 4, 10, dtype=torch.float64)
    for trained in (layer, module):
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.5, momentum=0.9)
        for _ in range(5):
            optimizer.zero_grad()
            (trained(x)[0] - target).square().mean().backward()
            optimizer.step()

    assert_close(dict(layer.state_dict()), dict(module.state_dict()), rtol=1e-10, atol=1e-12)
    assert all((weight - start[name]).abs().max() > 1e-3 for name, weight in layer.state_dict().items())


def test_what_is_taken_over(kinds) -> None:
    """Dtype, flags and dropout come along; the weights are copies; nothing is drawn from torch's generator."""
    module = kinds[0](3, 5, num_layers=2, dropout=0.25, batch_first=True, dtype=torch.float16).eval()
    module.bias_ih_l0.requires_grad_(False)
    before = torch.get_rng_state()

    layer = from_torch(module)

    assert torch.equal(torch.get_rng_state(), before)
    assert (layer.training, layer.dropout, layer.batch_first, layer.convention) == (False, 0.25, True, "torch")
    assert (layer.weight_ih_l0.dtype, layer.weight_ih_l0.device.type) == (torch.float16, "cpu")
    assert not layer.bias_ih_l0.requires_grad
    assert layer.weight_hh_l1.requires_grad
    assert layer.weight_hh_l1.data_ptr() != module.weight_hh_l1.data_ptr()


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (
            nn.LSTM(3, 5, proj_size=2),
            r"an LSTM with proj_size=2 came, wanted proj_size=0.*Keep this layer in torch\.nn",
        ),
        (nn.RNN(3, 5, nonlinearity="relu"), "an RNN with nonlinearity='relu' came, wanted 'tanh'"),
        (nn.Linear(3, 5), r"a torch\.nn\.modules\.linear\.Linear came, wanted a torch\.nn\.LSTM.*from_torch\(model\."),
        (GRU(3, 5), r"a gatewise\.nn\.layers\.GRU came"),
    ],
)
def test_refused_modules(module: nn.Module, message: str) -> None:
    """What came, what was wanted, what to type."""
    with pytest.raises(InputError, match=message):
        from_torch(module)
