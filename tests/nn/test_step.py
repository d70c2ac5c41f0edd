"""A layer step by step is the layer over the sequence."""

import copy
import pickle

import pytest
import torch
from torch.nn.utils.parametrize import register_parametrization
from torch.testing import assert_close

from gatewise.errors import InputError
from gatewise.kernels import native
from gatewise.nn.layers import GRU, LSTM, RNN


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def walk(layer, x, state=None):
    """Outputs of x step by step, and the state after it."""
    outputs = []
    for x_t in x:
        output, state = layer.step(x_t, state)
        outputs.append(output)
    return torch.stack(outputs), state


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 3, "bias": False}, {"batch_first": True}, {"checkpoint": 2}], ids=str
)
def test_equal_to_the_bit(make, normal, state_of, dtype, options: dict[str, object]) -> None:
    """The kernels' step has the bits of their pass over the sequence, from a given state or none, of any rows."""
    layer = make(**options).to(dtype)
    for rows in (None, 1, 4, 40):
        shape = () if rows is None else (rows,)
        x, hx = normal(6, *shape, 3).to(dtype), state_of(layer, layer.num_layers, *shape, 5)
        hx = tuple(part.to(dtype) for part in hx) if isinstance(hx, tuple) else hx.to(dtype)
        for given in (None, hx):
            with torch.inference_mode():
                outputs, state = walk(layer, x, given)
                whole, reached = layer(x.transpose(0, 1) if layer.batch_first and rows else x, given)
            assert torch.equal(outputs, whole.transpose(0, 1) if layer.batch_first and rows else whole), rows
            assert all(torch.equal(a, b) for a, b in zip(parts(state), parts(reached), strict=True)), rows


@pytest.mark.parametrize("convention", ["keras", "keras-reset-before", "onnx", "onnx-reset-after", "torch"])
def test_other_conventions(normal, convention: str) -> None:
    """Blocks in any order."""
    layer, x = GRU(3, 5, num_layers=2, dtype=torch.float64, convention=convention), normal(6, 4, 3)

    with torch.no_grad():
        assert torch.equal(walk(layer, x)[0], layer(x)[0])


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_gradients(make, normal, monkeypatch, reference: bool, batch_first: bool) -> None:
    """Where gradients are wanted they flow through the steps, states included, on either path."""
    if reference:
        monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
    layer, x = make(num_layers=2, batch_first=batch_first), normal(6, 4, 3).requires_grad_()
    leaves = [x, *layer.parameters()]

    outputs, state = walk(layer, x)
    whole, reached = layer(x.transpose(0, 1) if batch_first else x)

    wanted = whole.transpose(0, 1) if batch_first else whole
    assert_close((outputs, parts(state)), (wanted, parts(reached)), rtol=0, atol=1e-13)
    found = torch.autograd.grad(outputs.pow(3).sum() + parts(state)[-1].sum(), leaves)
    assert_close(found, torch.autograd.grad(wanted.pow(3).sum() + parts(reached)[-1].sum(), leaves))


def test_dropout_acts_in_training(make, normal) -> None:
    """As in a call over a sequence; evaluation drops nothing."""
    layer, plain, x = make(num_layers=2, dropout=0.9), make(num_layers=2), normal(4, 3)

    with torch.no_grad():
        assert not torch.equal(layer.step(x)[0], plain.step(x)[0])
        assert torch.equal(layer.eval().step(x)[0], plain.step(x)[0])


@pytest.mark.parametrize("how", ["data", "in place", "assigned", "loaded"])
def test_changed_weights_are_seen(make, normal, how: str) -> None:
    """Weights stay packed between steps, and are packed again when their numbers have changed, in whatever way."""
    layer, other, x = make(), make(), normal(4, 3)
    other.reset_parameters(torch.Generator().manual_seed(8))
    with torch.no_grad():
        before = layer.step(x)[0]
        for name, weight in other.named_parameters():
            if how == "data":
                layer.get_parameter(name).data = weight.data
            elif how == "in place":
                layer.get_parameter(name).data.copy_(weight)
            elif how == "assigned":
                setattr(layer, name, torch.nn.Parameter(weight))
        if how == "loaded":
            layer.load_state_dict(other.state_dict())

        after = layer.step(x)[0]

    assert not torch.equal(after, before)
    assert torch.equal(after, other.step(x)[0])


class Doubled(torch.nn.Module):
    """A parametrization: twice what is trained."""

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return 2 * weight


@pytest.mark.parametrize("how", ["transposed", "computed"])
def test_weights_that_lie_elsewhere_are_seen(normal, how: str) -> None:
    """Between two steps the same memory is read the other way round, or a parameter becomes a computed one."""
    layer, x = RNN(3, 5, dtype=torch.float64), normal(4, 3)
    with torch.no_grad():
        _, state = layer.step(x)
        before, _ = layer.step(x, state)
        if how == "transposed":
            layer.weight_hh_l0.data = layer.weight_hh_l0.data.t()
        else:
            register_parametrization(layer, "weight_hh_l0", Doubled())

        after, _ = layer.step(x, state)

        assert not torch.equal(after, before)
        assert torch.equal(after, layer(x.unsqueeze(0), state)[0][0])


def test_a_state_on_another_device_is_refused_after_steps(make, normal) -> None:
    """What the last step found right is not taken for granted of the next state."""
    layer, x = make(), normal(4, 3)
    with torch.no_grad():
        _, state = layer.step(x)
        elsewhere = tuple(part.to("meta") for part in parts(state))
        with pytest.raises(InputError, match="h_0 on meta, expected cpu"):
            layer.step(x, elsewhere if isinstance(state, tuple) else elsewhere[0])


def test_outputs_are_the_callers(make, normal) -> None:
    """Nothing that a step returned changes with the next, or with each other."""
    layer, x = make(), normal(2, 4, 3)
    with torch.no_grad():
        first, state = layer.step(x[0])
        kept = [part.clone() for part in (first, *parts(state))]
        layer.step(x[1], state)
        assert all(torch.equal(part, other) for part, other in zip((first, *parts(state)), kept, strict=True))
        first.zero_()
        assert all(torch.equal(part, other) for part, other in zip(parts(state), kept[1:], strict=True))


def test_copies_and_pickles(make, normal) -> None:
    """What is packed is no part of a layer's state: copies, pickles and state dicts do not carry it."""
    layer, x = make(), normal(4, 3)
    with torch.no_grad():
        wanted = layer.step(x)[0]
        names = set(layer.state_dict())
        for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), copy.copy(layer)):
            assert torch.equal(other.step(x)[0], wanted)
            assert set(other.state_dict()) == names

        other = copy.deepcopy(layer)
        other.reset_parameters()
        assert torch.equal(layer.step(x)[0], wanted)
        assert not torch.equal(other.step(x)[0], wanted)


def test_no_rows(make) -> None:
    """An empty batch is no error."""
    layer = make()
    with torch.no_grad():
        output, state = layer.step(torch.zeros(0, 3, dtype=torch.float64))

    assert output.shape == (0, 5)
    assert all(part.shape == (1, 0, 5) for part in parts(state))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (torch.zeros(7, 4, 3),),
            r"GRU\.step: got x_t of shape \(7, 4, 3\), expected .*\(N, 3\), or \(3,\).*layer\.step\(x\[t\]\)",
        ),
        (([1.0],), "x_t of type list"),
        ((torch.zeros(4, 2),), r"x_t of shape \(4, 2\), expected 3 channels"),
        ((torch.zeros(4, 3).double(),), r"x_t of dtype torch\.float64, expected torch\.float32"),
        ((torch.zeros(4, 3), torch.zeros(1, 3, 5)), r"h_0 of shape \(1, 3, 5\), expected \(1, 4, 5\)"),
        ((torch.zeros(3), torch.zeros(1, 1, 5)), r"h_0 of shape \(1, 1, 5\), expected \(1, 5\)"),
        ((torch.zeros(4, 3), (torch.zeros(1, 4, 5),)), "a state that is a tuple of 1, expected h_0"),
    ],
)
def test_refused(arguments: tuple[object, ...], message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with torch.no_grad(), pytest.raises(InputError, match=message):
        GRU(3, 5).step(*arguments)


def test_no_step_both_ways() -> None:
    """The second direction begins at an end that has not come yet."""
    with pytest.raises(
        InputError, match=r"LSTM\.step: got a bidirectional layer.*Make the layer with bidirectional=False"
    ):
        LSTM(3, 5, bidirectional=True).step(torch.zeros(4, 3))


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")
def test_hooks_run(make, normal) -> None:
    """A step runs what a call runs before and after it: weight norm of weights just loaded, a log."""
    layer, other, x, seen = make(), make(), normal(6, 4, 3), []
    for each in (layer, other):
        torch.nn.utils.weight_norm(each, "weight_hh_l0")
    other.weight_hh_l0_g.data.mul_(3)
    with torch.no_grad():
        walk(layer, x)
        layer.load_state_dict(other.state_dict())
        outputs, _ = walk(layer, x)
        torch.nn.utils.remove_weight_norm(layer, "weight_hh_l0")
        walk(layer, x)
        layer.register_forward_hook(lambda *given: seen.append(given[-1][0].shape))
        walk(layer, x)

    assert_close(outputs, other(x)[0])
    assert seen == [(1, 4, 5)] * 6
