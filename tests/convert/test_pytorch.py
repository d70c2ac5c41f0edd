"""Layers of torch.nn taken over, and given back: outputs, gradients and training are the same."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm
from torch.testing import assert_close

from gatewise.convert.pytorch import from_torch, to_torch
from gatewise.errors import InputError
from gatewise.nn.cells import GRUCell, LSTMCell, RNNCell
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.reference.conventions import CONVENTIONS

KINDS = [(nn.LSTM, LSTM), (nn.GRU, GRU), (nn.RNN, RNN)]
OPTIONS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"num_layers": 3, "bias": False}]

LAYERS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
CONVERTIBLE = [key for key, rules in CONVENTIONS.items() if rules.reset != "before"]


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


def test_ten_optimiser_steps(kinds) -> None:
    """Trained side by side both have the same losses and weights, and the module is not touched by our training."""
    module = kinds[0](3, 5, num_layers=2, bidirectional=True, dtype=torch.float64)
    layer, x = from_torch(module), torch.randn(6, 4, 3, dtype=torch.float64)
    start = {name: weight.clone() for name, weight in layer.state_dict().items()}
    target, losses = torch.randn(6, 4, 10, dtype=torch.float64), {layer: [], module: []}
    for trained, own in losses.items():
        optimizer = torch.optim.SGD(trained.parameters(), lr=0.5, momentum=0.9)
        for _ in range(10):
            optimizer.zero_grad()
            loss = (trained(x)[0] - target).square().mean()
            loss.backward()
            optimizer.step()
            own.append(loss.item())

    assert losses[layer] == pytest.approx(losses[module], rel=1e-10, abs=0)
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
        (nn.RNN(3, 5, nonlinearity="relu"), "an RNN with nonlinearity='relu', expected 'tanh'"),
        (nn.RNNCell(3, 5, nonlinearity="relu"), "an RNN with nonlinearity='relu', expected 'tanh'"),
        (nn.Linear(3, 5), r"a torch\.nn\.modules\.linear\.Linear, expected a torch\.nn\.LSTM.*from_torch\(model\."),
        (GRU(3, 5), r"a gatewise\.nn\.layers\.GRU"),
    ],
)
def test_refused_modules(module: nn.Module, message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(InputError, match=message):
        from_torch(module)


@pytest.mark.parametrize("key", CONVERTIBLE, ids="-".join)
@pytest.mark.parametrize("options", OPTIONS)
def test_outputs_and_gradients_in_torch(key: tuple[str, str], options: dict[str, object]) -> None:
    """From every convention: outputs, states, and the gradients of x, hx and every parameter, in float64."""
    torch.manual_seed(22)
    layer = LAYERS[key[0]](3, 5, convention=key[1], dtype=torch.float64, **options)
    module = to_torch(layer)
    x = torch.randn(4, 6, 3, dtype=torch.float64, requires_grad=True)
    rows = 4 if layer.batch_first else 6
    hx = tuple(torch.randn(len(layer._slots), rows, 5, dtype=torch.float64) for _ in range(1 + (key[0] == "lstm")))

    (output, state), (wanted, reached) = (run(x, hx if len(hx) > 1 else hx[0]) for run in (module, layer))

    assert type(module).__name__ == type(layer).__name__
    assert_close((output, parts(state)), (wanted, parts(reached)))
    probe = torch.randn_like(output)
    found, expected = (
        torch.autograd.grad(
            (y * probe).sum() + sum(part.square().sum() for part in parts(after)), [x, *run.parameters()]
        )
        for y, after, run in ((output, state, module), (wanted, reached, layer))
    )
    assert_close(found[0], expected[0])
    with torch.no_grad():  # gradients, laid out as torch lays its weights
        for parameter, gradient in zip(layer.parameters(), expected[1:], strict=True):
            parameter.copy_(gradient)
    for (name, wanted), gradient in zip(to_torch(layer).named_parameters(), found[1:], strict=True):
        if not name.startswith("bias_hh") or layer.rules.biases == 2:
            assert_close(gradient, wanted.detach())


def test_every_reset_after_weighs_the_old_state() -> None:
    """As torch does, so that no rows of z need be negated on the way."""
    assert {rules.update for rules in CONVENTIONS.values() if rules.reset == "after"} == {"state"}


@pytest.mark.parametrize("key", CONVERTIBLE, ids="-".join)
@pytest.mark.parametrize("options", OPTIONS)
def test_there_and_back(key: tuple[str, str], options: dict[str, object]) -> None:
    """The same bits: outputs of the layer, and weights of the module."""
    torch.manual_seed(23)
    layer, x = LAYERS[key[0]](3, 5, convention=key[1], **options), torch.randn(4, 6, 3)

    module = to_torch(layer)
    again = from_torch(module)

    assert torch.equal(again(x)[0], layer(x)[0])
    weights = to_torch(again).state_dict()
    assert list(weights) == list(module.state_dict())
    assert all(torch.equal(weights[name], weight) for name, weight in module.state_dict().items())
    if key[1] == "torch":
        assert all(torch.equal(weights[name], weight) for name, weight in layer.state_dict().items())


def test_a_missing_bias_is_zeros() -> None:
    """The second bias of a convention that has one."""
    weights = to_torch(LSTM(3, 5, num_layers=2)).state_dict()

    assert all(weight.eq(0).all() == name.startswith("bias_hh") for name, weight in weights.items())


@pytest.mark.parametrize("layer", [LSTM, GRU, RNN])
def test_what_is_given_back(layer) -> None:
    """Dtype, flags and dropout come along; the weights are copies; nothing is drawn from torch's generator."""
    own = layer(3, 5, num_layers=2, dropout=0.25, batch_first=True, dtype=torch.float16, convention="torch").eval()
    own.bias_ih_l0.requires_grad_(False)
    before = torch.get_rng_state()

    module = to_torch(own)

    assert torch.equal(torch.get_rng_state(), before)
    assert (module.training, module.dropout, module.batch_first) == (False, 0.25, True)
    assert (module.weight_ih_l0.dtype, module.weight_ih_l0.device.type) == (torch.float16, "cpu")
    assert [name for name, weight in module.named_parameters() if not weight.requires_grad] == ["bias_ih_l0"]
    assert module.weight_hh_l1.data_ptr() != own.weight_hh_l1.data_ptr()
    assert to_torch(own.train()).training


def test_a_bias_that_is_added_is_frozen_with_the_other() -> None:
    """What the layer does not train, torch does not."""
    layer = LSTM(3, 5, num_layers=2)
    layer.bias_ih_l1.requires_grad_(False)

    frozen = [name for name, weight in to_torch(layer).named_parameters() if not weight.requires_grad]

    assert frozen == ["bias_ih_l1", "bias_hh_l1"]


def test_weights_that_are_computed_are_given_back() -> None:
    """The numbers of a parametrization; a bias taken away is zeros."""
    layer, x = RNN(3, 5), torch.randn(4, 6, 3)
    parametrizations.weight_norm(layer, "weight_hh_l0")
    torch.nn.init.ones_(layer.parametrizations.weight_hh_l0.original0)
    layer.bias_ih_l0 = None

    assert_close(to_torch(layer)(x)[0], layer(x)[0])


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            GRU(3, 5),
            "a GRU with reset before the product, expected reset after it: torch.nn's is another function.*"
            'Keep this layer.*made with convention="torch"',
        ),
        (GRU(3, 5, convention="onnx"), "a GRU with reset before the product"),
        (
            LSTM(3, 5, init=Init(learn_state=True)),
            r"a layer with a learned initial state.*torch\.nn\.LSTM has no such parameter.*strict=False.*as hx",
        ),
        (
            nn.GRU(3, 5),
            r"a torch\.nn\.modules\.rnn\.GRU, expected a gatewise LSTM, GRU or RNN, or a cell.*Type to_t",
        ),
    ],
)
def test_refused_layers(layer: nn.Module, message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(InputError, match=message):
        to_torch(layer)


@pytest.mark.parametrize(("theirs", "ours"), [(nn.LSTMCell, LSTMCell), (nn.GRUCell, GRUCell), (nn.RNNCell, RNNCell)])
@pytest.mark.parametrize("bias", [True, False])
def test_cells(theirs, ours, bias: bool) -> None:
    """Torch's cells taken over and given back: outputs, the gradients of x, hx and every parameter, and the bits."""
    torch.manual_seed(24)
    module = theirs(3, 5, bias=bias, dtype=torch.float64).eval()
    before = torch.get_rng_state()
    cell = from_torch(module)
    again = to_torch(cell)
    assert torch.equal(torch.get_rng_state(), before)
    x, *hx = (torch.randn(4, size, dtype=torch.float64, requires_grad=True) for size in (3, 5, 5))
    hx = tuple(hx) if ours is LSTMCell else hx[0]

    found, wanted = parts(cell(x, hx)), parts(module(x, hx))

    assert (type(cell), type(again), cell.training, again.training) == (ours, theirs, False, False)
    assert_close(found, wanted)
    assert_close(parts(cell(x[1])), parts(module(x[1])))
    got, expected = (
        torch.autograd.grad(sum(k * part.pow(3).sum() for k, part in enumerate(after, 1)), [x, *parts(hx), *weights])
        for after, weights in ((found, cell.parameters()), (wanted, module.parameters()))
    )
    assert_close(got, expected)
    assert list(again.state_dict()) == list(module.state_dict())
    assert all(torch.equal(again.state_dict()[name], weight) for name, weight in module.state_dict().items())


@pytest.mark.parametrize(("cell", "convention"), [(LSTMCell, "onnx"), (GRUCell, "keras"), (RNNCell, "textbook")])
def test_cells_of_other_conventions(cell, convention: str) -> None:
    """Row blocks in torch's order, zeros for the bias that is missing."""
    own, x = cell(3, 5, convention=convention, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)

    assert_close(to_torch(own)(x), own(x))
    with pytest.raises(InputError, match="a GRU with reset before the product"):
        to_torch(GRUCell(3, 5))


COMPUTED = {
    "weight_norm": weight_norm,
    "parametrization": parametrizations.weight_norm,
    "spectral_norm": spectral_norm,
    "pruned": lambda module, name: prune.l1_unstructured(module, name, 0.5),
}


@pytest.mark.filterwarnings("ignore:.*torch.nn.utils.weight_norm.* is deprecated:FutureWarning")
@pytest.mark.parametrize("way", COMPUTED)
def test_computed_weights(kinds, way: str) -> None:
    """Weights are converted as the next call computes them, both ways, also right after others were loaded."""
    x = torch.randn(6, 2, 3)
    for kind, options, convert in ((kinds[0], {}, from_torch), (kinds[1], {"convention": "torch"}, to_torch)):
        module, other = (kind(3, 5, **options) for _ in range(2))
        for each in (module, other):
            COMPUTED[way](each, "weight_hh_l0")
        module.load_state_dict(other.state_dict())

        converted = convert(module.eval())

        assert converted.get_parameter("weight_hh_l0").requires_grad
        assert_close(converted(x)[0], module(x)[0])


def test_a_layer_of_ours_is_no_module_of_torch(kinds) -> None:
    """It is a torch.nn.RNNBase, yet there is nothing to convert."""
    with pytest.raises(InputError, match=r"got a gatewise.*expected a torch"):
        from_torch(kinds[1](3, 5))
