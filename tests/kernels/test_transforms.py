"""Transforms of torch.func and forward mode: right, by the reference where the kernels cannot."""

import pytest
import torch
from torch.autograd import forward_ad
from torch.func import functional_call, grad, jacfwd, jacrev, jvp, vmap
from torch.testing import assert_close

from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.variant import Variant

# PyTorch's own: its forward mode still scripts, and tracing is on its way out
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Converting a tensor:torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore:(Iterating over a|Using len to get) tensor:torch.jit.TracerWarning"),
]

CELLS = [(LSTM, "textbook"), (GRU, "textbook"), (GRU, "torch"), (RNN, "textbook")]
LATER = [{"variant": Variant(layer_norm=True)}, {"checkpoint": 64}]
KINDS = [(*cell, {}) for cell in CELLS] + [
    (*cell, options) for cell in CELLS for options in LATER if cell[0] is not RNN or "checkpoint" in options
]


def name(kind: tuple[type[Recurrent], str, dict[str, object]]) -> str:
    return "-".join([kind[0].__name__, kind[1], *kind[2]])


@pytest.fixture(params=KINDS, ids=name)
def model(request: pytest.FixtureRequest) -> Recurrent:
    """A small layer of every kind, also with layer norm and with little kept for backward."""
    kind, convention, options = request.param
    generator = torch.Generator().manual_seed(3)
    return kind(3, 4, dtype=torch.float64, convention=convention, generator=generator, **options)


@pytest.fixture
def x() -> torch.Tensor:
    """Four sequences of five steps."""
    return torch.randn(5, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


def loss(model: Recurrent, x: torch.Tensor) -> torch.Tensor:
    """Depends on outputs and on the final state, not linearly."""
    y, state = model(x)
    return y.pow(3).sum() + (state[1] if isinstance(model, LSTM) else state).square().sum()


def test_per_example_gradients(model: Recurrent, x: torch.Tensor) -> None:
    """Vmap of grad is the gradient of each example by itself."""
    parameters = {name: weight.detach() for name, weight in model.named_parameters()}

    def of_one(own: dict[str, torch.Tensor], row: torch.Tensor) -> torch.Tensor:
        return functional_call(model, own, (row,))[0].pow(3).sum()

    found = vmap(grad(of_one), in_dims=(None, 1))(parameters, x)

    for row in range(4):
        wanted = torch.autograd.grad(model(x[:, row])[0].pow(3).sum(), list(model.parameters()))
        assert_close(tuple(each[row] for each in found.values()), wanted)


def test_jvp(model: Recurrent, x: torch.Tensor) -> None:
    """A derivative along a direction, in both of PyTorch's forms, is the gradient times the direction."""
    leaf, direction = x.clone().requires_grad_(), torch.randn_like(x)
    (slope,) = torch.autograd.grad(loss(model, leaf), leaf)
    wanted = (slope * direction).sum()

    _, found = jvp(lambda given: loss(model, given), (x,), (direction,))
    with forward_ad.dual_level():
        dual = forward_ad.unpack_dual(loss(model, forward_ad.make_dual(x, direction))).tangent

    assert_close(found, wanted)
    assert_close(dual, wanted)


def test_forward_mode_in_backward(model: Recurrent, x: torch.Tensor) -> None:
    """A dual tensor that first comes in the backward pass keeps its tangent."""
    leaf = x.clone().requires_grad_()
    y, _ = model(leaf)
    weight, direction = torch.randn_like(y), torch.randn_like(y)

    with forward_ad.dual_level():
        (slope,) = torch.autograd.grad(y, leaf, forward_ad.make_dual(weight, direction))
        tangent = forward_ad.unpack_dual(slope).tangent

    (wanted,) = torch.autograd.grad(model(leaf)[0], leaf, direction)
    assert_close(tangent, wanted)


def test_hessian(model: Recurrent, x: torch.Tensor) -> None:
    """Second derivatives by any composition are those of autograd."""
    small = x[:2, :1]
    wanted = torch.autograd.functional.hessian(lambda given: loss(model, given), small)

    for outer in (jacrev, jacfwd):
        for inner in (jacrev, jacfwd):
            assert_close(outer(inner(lambda given: loss(model, given)))(small), wanted)


@pytest.mark.parametrize("model", KINDS[: len(CELLS)], indirect=True, ids=name)
def test_compiled_transforms(model: Recurrent, x: torch.Tensor) -> None:
    """What torch.compile makes of a transform is right too."""
    torch.compiler.reset()
    slope, x = grad(lambda given: loss(model, given)), x[:2]
    many = vmap(lambda given: model(given)[0])

    assert_close(torch.compile(slope, backend="aot_eager")(x), slope(x))
    assert_close(torch.compile(many, backend="aot_eager")(x.unsqueeze(0)), many(x.unsqueeze(0)))


def test_tracing(model: Recurrent, x: torch.Tensor) -> None:
    """torch.jit.trace records what can run without gatewise."""
    traced = torch.jit.trace(model, (x,))

    other = torch.randn_like(x)
    assert_close(traced(other)[0], model(other)[0])
