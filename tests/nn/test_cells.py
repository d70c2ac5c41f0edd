"""A cell is one step of the layer: values, gradients, paths, names, messages."""

import copy
import inspect

import pytest
import torch
from torch import nn
from torch.testing import assert_close

import gatewise
from gatewise.errors import InputError, OptionError
from gatewise.kernels import native, ops
from gatewise.nn.cells import Cell, GRUCell, LSTMCell, RNNCell
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.reference.conventions import CONVENTIONS

CELLS = {"lstm": (LSTMCell, LSTM, nn.LSTMCell), "gru": (GRUCell, GRU, nn.GRUCell), "rnn": (RNNCell, RNN, nn.RNNCell)}


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def whole(state: tuple[torch.Tensor, ...]):
    return state if len(state) > 1 else state[0]


@pytest.fixture(params=CONVENTIONS, ids="-".join)
def both(request: pytest.FixtureRequest) -> tuple[Cell, nn.Module]:
    """A cell of every convention, and the layer of the same weights."""
    (kind, layer, _), convention = CELLS[request.param[0]], request.param[1]
    cell = kind(3, 5, dtype=torch.float64, convention=convention, generator=torch.Generator().manual_seed(3))
    layer = layer(3, 5, dtype=torch.float64, convention=convention)
    with torch.no_grad():
        for name, weight in cell.named_parameters():
            layer.get_parameter(f"{name}_l0").copy_(weight)
    return cell, layer


@pytest.fixture(params=["native", "reference"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either path."""
    if request.param == "reference":
        monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
    return request.param


@pytest.mark.parametrize("kind", CELLS)
def test_constructor_has_torchs_arguments_in_order(kind: str) -> None:
    """What is typed for torch is typed here, positions included; our own arguments have names only."""
    ours, _, theirs = CELLS[kind]

    arguments = inspect.signature(ours).parameters.values()

    wanted = [name for name in inspect.signature(theirs).parameters if name != "self"]
    assert [a.name for a in arguments if a.kind is a.POSITIONAL_OR_KEYWORD] == wanted
    assert [a.name for a in arguments if a.kind is a.KEYWORD_ONLY] == ["convention", "init", "generator"]


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
def test_torchs_convention_has_torchs_state_dict_and_weights(kind: str, bias: bool) -> None:
    """Names, shapes and, from the same seed, the initial weights are torch's to the letter; both load the other's."""
    ours, _, theirs = CELLS[kind]
    torch.manual_seed(5)
    module = theirs(3, 5, bias=bias)
    torch.manual_seed(5)
    cell = ours(3, 5, bias=bias, convention="torch")

    assert list(cell.state_dict()) == list(module.state_dict())
    assert all(torch.equal(cell.state_dict()[name], weight) for name, weight in module.state_dict().items())
    cell.load_state_dict(module.state_dict())
    module.load_state_dict(cell.state_dict())


def test_one_step_of_the_layer(both, path: str, normal) -> None:
    """The layer over a sequence of one step: the same bits, and the gradients of x, hx and every parameter."""
    for rows in (None, 1, 4):
        for given in (True, False):
            check_one_step(*both, normal, rows, given)


def check_one_step(cell: Cell, layer: nn.Module, normal, rows: int | None, given: bool) -> None:
    shape = () if rows is None else (rows,)
    x = normal(*shape, 3).requires_grad_()
    hx = tuple(normal(*shape, 5).requires_grad_() for _ in range(1 + (cell.cell == "lstm"))) if given else ()

    found = parts(cell(x, whole(hx) if given else None))

    output, state = layer(x.unsqueeze(0), whole(tuple(part.unsqueeze(0) for part in hx)) if given else None)
    wanted = tuple(part.squeeze(0) for part in parts(state))
    assert torch.equal(found[0], output.squeeze(0))
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
    assert all(part.shape == (*shape, 5) for part in found)
    probes = [normal(*shape, 5) for _ in found]
    got, expected = (
        torch.autograd.grad(sum((p * part).sum() for p, part in zip(probes, after, strict=True)), [x, *hx, *weights])
        for after, weights in ((found, cell.parameters()), (wanted, layer.parameters()))
    )
    assert_close(got, expected, rtol=1e-12, atol=1e-14)


def test_a_loop_is_the_layer(both, normal) -> None:
    """Step after step, gradients through all of them included."""
    (cell, layer), x = both, normal(6, 4, 3)

    state, outputs = None, []
    for x_t in x:
        state = cell(x_t, state)
        outputs.append(parts(state)[0])

    wanted, reached = layer(x)
    assert_close(torch.stack(outputs), wanted, rtol=0, atol=1e-14)
    assert_close(tuple(part.unsqueeze(0) for part in parts(state)), parts(reached), rtol=0, atol=1e-14)
    got = torch.autograd.grad(torch.stack(outputs).pow(3).sum(), list(cell.parameters()))
    assert_close(got, torch.autograd.grad(wanted.pow(3).sum(), list(layer.parameters())))


def test_derivatives(both, normal) -> None:
    """First and second, against finite differences."""
    cell, _ = both
    hx = tuple(normal(2, 5).requires_grad_() for _ in range(1 + (cell.cell == "lstm")))
    names, weights = zip(*cell.named_parameters(), strict=True)

    def call(x: torch.Tensor, *leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        given, own = leaves[: len(hx)], dict(zip(names, leaves[len(hx) :], strict=True))
        return parts(torch.func.functional_call(cell, own, (x, whole(given))))

    leaves = (normal(2, 3).requires_grad_(), *hx, *(weight.detach().requires_grad_() for weight in weights))
    assert torch.autograd.gradcheck(call, leaves)
    assert torch.autograd.gradgradcheck(call, leaves, fast_mode=True)


@pytest.mark.parametrize("kind", CELLS)
def test_path(path: str, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """`gatewise.kernel_path` says which path a cell takes, and the cell takes it."""
    taken, run = [], ops.run
    monkeypatch.setattr(ops, "run", lambda path, *given, **more: (taken.append(path), run(path, *given, **more))[1])
    cell = CELLS[kind][0](3, 5)

    for x in (torch.zeros(4, 3), torch.zeros(3)):
        cell(x)
        assert gatewise.kernel_path(cell, x).path == path
    half = CELLS[kind][0](3, 5, dtype=torch.bfloat16)
    assert parts(half(x.bfloat16()))[0].dtype is torch.bfloat16
    assert "bfloat16" in gatewise.kernel_path(half, x.bfloat16()).reason or path == "reference"
    assert taken == [path, path, "reference"]


@pytest.mark.parametrize("kind", CELLS)
def test_no_rows(kind: str) -> None:
    """An empty batch is no error."""
    assert all(part.shape == (0, 5) for part in parts(CELLS[kind][0](3, 5)(torch.zeros(0, 3))))


def test_many_cells_in_one_call(both, normal) -> None:
    """Stacked parameters under torch.vmap."""
    cell, x = both[0], normal(4, 3)
    other = copy.deepcopy(cell)
    other.reset_parameters(torch.Generator().manual_seed(8))
    stacked, _ = torch.func.stack_module_state([cell, other])

    found = torch.vmap(lambda own: torch.func.functional_call(cell, own, (x,)))(stacked)

    for row, one in enumerate((cell, other)):
        assert_close(tuple(part[row] for part in parts(found)), parts(one(x)), rtol=0, atol=1e-14)
    assert not torch.equal(parts(found)[0][0], parts(found)[0][1])


def test_init(both, normal) -> None:
    """A cell begins as the layer of the same seed does, and learns a state of shape (H,)."""
    cell, layer = both
    init = Init(learn_state=True)
    cell, layer = (
        type(one)(
            3, 5, convention=one.convention, init=init, generator=torch.Generator().manual_seed(4), dtype=torch.float64
        )
        for one in (cell, layer)
    )
    for name, weight in cell.named_parameters():
        other = layer.get_parameter(name if name in cell._learned else f"{name}_l0")
        assert torch.equal(weight.reshape(other.shape), other)
    own = [cell.get_parameter(name) for name in cell._learned]
    with torch.no_grad():
        hx = tuple(part.copy_(normal(5)).repeat(4, 1).requires_grad_() for part in own)
    x = normal(4, 3)

    found, wanted = parts(cell(x)), parts(cell(x, whole(hx)))

    assert [tuple(part.shape) for part in own] == [(5,)] * len(hx)
    assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
    assert_close(parts(cell(x[2])), tuple(part[2] for part in wanted), rtol=0, atol=1e-14)
    got = torch.autograd.grad(sum(part.pow(3).sum() for part in found), own)
    expected = torch.autograd.grad(sum(part.pow(3).sum() for part in wanted), hx)
    assert_close(got, tuple(part.sum(0) for part in expected))


def test_state_dicts() -> None:
    """A round trip, and a foreign convention refused with what to type."""
    cell, other = GRUCell(3, 5), GRUCell(3, 5)
    other.load_state_dict(cell.state_dict())
    assert torch.equal(other.weight_hh, cell.weight_hh)

    for foreign in (nn.GRUCell(3, 5).state_dict(), dict(nn.GRUCell(3, 5).state_dict())):
        with pytest.raises(
            InputError, match=r"GRUCell: got a state dict in the torch convention.*from_torch.* for a torch.nn.GRUCell"
        ):
            cell.load_state_dict(foreign)
    with pytest.raises(InputError, match="textbook convention"):
        GRUCell(3, 5, convention="torch").load_state_dict(cell.state_dict())


def test_printed_and_asked() -> None:
    """As torch prints, and the order of gates."""
    assert repr(LSTMCell(3, 5)) == "LSTMCell(3, 5)"
    assert repr(GRUCell(3, 5, bias=False, convention="keras")) == "GRUCell(3, 5, bias=False, convention='keras')"
    assert "chrono=90" in repr(GRUCell(3, 5, init=Init(chrono=90)))
    assert gatewise.gate_order(GRUCell(3, 5, convention="keras")) == ("update", "reset", "candidate")
    assert RNNCell(3, 5, True, "tanh").nonlinearity == "tanh"


@pytest.mark.parametrize(
    ("cell", "options", "message"),
    [
        (RNNCell, {"nonlinearity": "relu"}, r"nonlinearity='relu', expected 'tanh'.*torch\.nn\.RNNCell for relu"),
        (GRUCell, {"hidden_size": -1}, "hidden_size=-1, expected a whole number from 0 on"),
        (GRUCell, {"input_size": 1.5}, r"input_size=1\.5"),
        (LSTMCell, {"bias": "tanh"}, "bias='tanh', expected True or False"),
        (GRUCell, {"convention": "pytorch"}, "convention='pytorch' is no convention of the GRU; did you mean torch"),
        (RNNCell, {"init": Init(chrono=90)}, "chrono=90 for the RNN, expected a cell with gates"),
    ],
)
def test_refused_arguments(cell: type[Cell], options: dict[str, object], message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(OptionError, match=message):
        cell(**({"input_size": 3, "hidden_size": 5} | options))


@pytest.mark.parametrize(
    ("cell", "arguments", "message"),
    [
        (
            GRUCell,
            (torch.zeros(7, 4, 3),),
            r"GRUCell: got x_t of shape \(7, 4, 3\), expected .*\(N, 3\), or \(3,\).*Type grucell\(x\[t\], hx\) step "
            r"by step, or make a gatewise\.GRU",
        ),
        (GRUCell, ([1.0],), "x_t of type list"),
        (GRUCell, (torch.zeros(4, 2),), r"x_t of shape \(4, 2\), expected 3 channels"),
        (GRUCell, (torch.zeros(4, 3).double(),), r"x_t of dtype torch\.float64, expected torch\.float32"),
        (
            GRUCell,
            (torch.zeros(4, 3), torch.zeros(3, 5)),
            r"h_0 of shape \(3, 5\), expected \(4, 5\), \(N, hidden_size\)\.",
        ),
        (GRUCell, (torch.zeros(3), torch.zeros(1, 5)), r"h_0 of shape \(1, 5\), expected \(5,\), unbatched"),
        (GRUCell, (torch.zeros(4, 3), (torch.zeros(4, 5),)), "a state that is a tuple of 1, expected h_0"),
        (
            LSTMCell,
            (torch.zeros(4, 3), torch.zeros(4, 5)),
            r"a state that is a Tensor.*tuple \(h_0, c_0\)",
        ),
    ],
)
def test_refused(cell: type[Cell], arguments: tuple[object, ...], message: str) -> None:
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(InputError, match=message):
        cell(3, 5)(*arguments)


def test_no_lengths() -> None:
    """`gatewise.kernel_path` asks cells too, and a single step has no length."""
    with pytest.raises(InputError, match=r"GRUCell: got lengths, expected none, since a cell takes one step\. Leave"):
        gatewise.kernel_path(GRUCell(3, 5), torch.zeros(4, 3), lengths=[1, 1, 1, 1])
