"""Steps after the first, which skip the full checks: they compute what it would, whatever has changed."""

import copy
import io
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, vector_to_parameters

import gatewise
from gatewise.kernels import native, single
from gatewise.nn.cells import Cell, GRUCell, LSTMCell, RNNCell

SIZE = (3, 5, 7)  # N, I, H
CELLS = {
    "lstm": lambda **options: LSTMCell(*SIZE[1:], **options),
    "gru-before": lambda **options: GRUCell(*SIZE[1:], **options),
    "gru-after": lambda **options: GRUCell(*SIZE[1:], convention="torch", **options),
    "rnn": lambda **options: RNNCell(*SIZE[1:], convention="torch", **options),
}
each_cell = pytest.mark.parametrize("kind", CELLS)


def arguments(cell: Cell, rows: int = SIZE[0], dtype: torch.dtype = torch.float64):
    """X and the state: asymmetric, of sizes that all differ."""
    draw = torch.Generator().manual_seed(7)
    x = torch.randn(rows, cell.input_size, dtype=dtype, generator=draw)
    states = [torch.randn(rows, cell.hidden_size, dtype=dtype, generator=draw) for _ in range(2)]
    return x, tuple(states) if isinstance(cell, LSTMCell) else states[0]


def parts(state) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def checked(cell: Cell, x, hx) -> tuple[torch.Tensor, ...]:
    """What the reference computes with the weights as they are now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "NATIVE", native.Native(None, "", "asked for"))
        patch.setattr(single, "fits", lambda *_: False)
        return parts(cell(x, hx))


def exchanged(cell: Cell) -> None:
    with torch.no_grad():
        cell.weight_hh.set_(torch.randn_like(cell.weight_hh))


def swapped(cell: Cell) -> None:
    other = nn.Parameter(torch.randn_like(cell.weight_ih))
    torch.utils.swap_tensors(cell.weight_ih, other)


def optimised(cell: Cell, **options) -> None:
    sum(part.sum() for part in parts(cell(*arguments(cell)))).backward()
    torch.optim.Adam(cell.parameters(), lr=0.1, **options).step()


def in_inference(cell: Cell) -> None:
    with torch.inference_mode():
        cell.weight_hh.data.mul_(-1.5)


CHANGES: dict[str, Callable[[Cell], object]] = {
    "data.copy_": lambda cell: cell.weight_hh.data.copy_(torch.randn_like(cell.weight_hh)),
    "data.mul_": lambda cell: cell.weight_ih.data.mul_(-2.0),
    "data =": lambda cell: setattr(cell.weight_ih, "data", cell.weight_ih.data.t().contiguous().t() * 2),
    "bias": lambda cell: cell.bias_ih.data.add_(1.0),
    "no bias": lambda cell: setattr(cell, "bias_ih", None),
    "adam": optimised,
    "fused adam": lambda cell: optimised(cell, fused=True),
    "load_state_dict": lambda cell: cell.load_state_dict({k: v + 1 for k, v in cell.state_dict().items()}),
    "assign": lambda cell: cell.load_state_dict({k: v + 1 for k, v in cell.state_dict().items()}, assign=True),
    "vector": lambda cell: vector_to_parameters(torch.randn(sum(p.numel() for p in cell.parameters())).double(),
                                                cell.parameters()),
    "weight_norm": lambda cell: parametrizations.weight_norm(cell, "weight_hh").parametrizations.weight_hh
                   .original0.data.mul_(3.0),
    "pruned": lambda cell: prune.random_unstructured(cell, "weight_hh", 0.5),
    "share_memory": lambda cell: [part.data.mul_(2.0) for part in cell.share_memory().parameters()],
    "set_": exchanged,
    "swapped": swapped,
    "another": lambda cell: setattr(cell, "weight_hh", nn.Parameter(-cell.weight_hh.detach())),
    "inference": in_inference,
    "numpy": lambda cell: cell.weight_hh.detach().numpy().__imul__(-1.0),
}  # fmt: skip


# A cell of two biases has both or none.
@pytest.mark.parametrize(
    ("kind", "change"), [(k, c) for k in CELLS for c in CHANGES if k == "gru-before" or c != "no bias"]
)
def test_a_change_of_the_weights_is_seen(kind: str, change: str) -> None:
    """However it is made, the next step has it, with gradients and without."""
    cell = CELLS[kind](dtype=torch.float64)
    x, hx = arguments(cell)
    before = [part.detach() for part in parts(cell(x, hx))]
    assert cell._ready is not None

    CHANGES[change](cell)

    wanted = checked(cell, x, hx)
    assert not torch.equal(before[0], wanted[0])
    for _ in range(2):
        torch.testing.assert_close(parts(cell(x, hx)), wanted)
        with torch.no_grad():
            torch.testing.assert_close(parts(cell(x, hx)), wanted)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("rows", [2, None])
def test_a_step_from_no_state(kind: str, rows: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is remembered beside a step from a state: both have the full checks once, and one from zeros has its bits."""
    cell, prepared, prepare = CELLS[kind](dtype=torch.float64), [], Cell._prepare
    monkeypatch.setattr(Cell, "_prepare", lambda *given: (prepared.append(given), prepare(*given))[1])
    x, hx = arguments(cell, rows or 1)
    x, zeros = (x if rows else x[0]), [torch.zeros_like(part if rows else part[0]) for part in parts(hx)]
    wanted = parts(cell(x, tuple(zeros) if kind == "lstm" else zeros[0]))

    for _ in range(3):
        for inputs in (x, x.clone().requires_grad_()):
            assert all(torch.equal(a, b) for a, b in zip(parts(cell(inputs)), wanted, strict=True))
    with torch.no_grad():
        cell.weight_ih.mul_(2.0)

    assert len(prepared) == 2
    assert not torch.equal(parts(cell(x))[0], wanted[0])
    got = torch.autograd.grad(parts(cell(x))[0].sum(), list(cell.parameters()))
    patient = [part.detach() for part in got]
    monkeypatch.setattr(single, "fits", lambda *_: False)
    torch.testing.assert_close(patient, list(torch.autograd.grad(parts(cell(x))[0].sum(), list(cell.parameters()))))
    assert copy.deepcopy(cell)._ready_first is None


@each_cell
@pytest.mark.parametrize("rows", [2, None])
def test_derivatives(kind: str, rows: int | None) -> None:
    """First and second derivatives of a step that skips the checks, with a batch axis and without."""
    cell = type(CELLS[kind]())(2, 3, bias=rows is not None, convention=CELLS[kind]().convention, dtype=torch.float64)
    x, hx = arguments(cell, rows or 1)
    given = [part if rows else part[0] for part in (x, *parts(hx))]
    leaves = [part.requires_grad_() for part in (*given, *cell.parameters())]

    def step(x, h, *rest):
        return cell(x, (h, rest[0]) if kind == "lstm" else h)

    step(*leaves)
    assert cell._ready is not None
    assert torch.autograd.gradcheck(step, leaves, fast_mode=True)
    assert torch.autograd.gradgradcheck(step, leaves, fast_mode=True)


@each_cell
@pytest.mark.parametrize("size", [(1, 3, 5), (2, 16, 16), (4, 37, 50), (13, 17, 33), (70, 40, 96), (140, 5, 130)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_against_float64(kind: str, size: tuple[int, int, int], dtype: torch.dtype) -> None:
    """States and every gradient, at sizes that fill the kernels' tiles and that do not."""
    rows, *widths = size
    cell = type(CELLS[kind]())(*widths, convention=CELLS[kind]().convention)
    exact, cell = copy.deepcopy(cell).double(), cell.to(dtype)
    x, hx = arguments(exact, rows)
    weights = [torch.randn_like(part) for part in parts(hx)]

    def results(module: Cell, dtype: torch.dtype, step) -> list[torch.Tensor]:
        given = [part.to(dtype).requires_grad_() for part in (x, *parts(hx))]
        after = step(module, given[0], tuple(given[1:]) if kind == "lstm" else given[1])
        total = sum((part * weight.to(dtype)).sum() for part, weight in zip(parts(after), weights, strict=True))
        return [*parts(after), *torch.autograd.grad(total, [*given, *module.parameters()])]

    cell(x.to(dtype), tuple(p.to(dtype) for p in hx) if kind == "lstm" else hx.to(dtype))
    share = 5e-6 if dtype is torch.float32 else 5e-14
    for ours, wanted in zip(results(cell, dtype, Cell.__call__), results(exact, torch.float64, checked), strict=True):
        assert (ours.double() - wanted).abs().max() <= share * wanted.abs().max()


def layer_of(kind: str, *widths: int, **options) -> gatewise.LSTM | gatewise.GRU | gatewise.RNN:
    kinds = {"lstm": gatewise.LSTM, "rnn": gatewise.RNN}
    return kinds.get(kind, gatewise.GRU)(*widths, convention=CELLS[kind]().convention, **options)


@each_cell
@pytest.mark.parametrize("widths", [(5, 7), (37, 50)])
def test_bits_are_those_of_a_sequence(kind: str, widths: tuple[int, int]) -> None:
    """A step has the bits that the same step has within a longer sequence, whatever the number of rows and threads."""
    layer = layer_of(kind, *widths)
    cell = type(CELLS[kind]())(*widths, convention=layer.convention)
    layer.load_state_dict({f"{name}_l0": part for name, part in cell.state_dict().items() if "." not in name})
    x, hx = arguments(cell, 70, torch.float32)
    with torch.no_grad():
        state = tuple(part[None] for part in hx) if kind == "lstm" else hx[None]
        two, _ = layer(torch.stack([x, x]), state)
        for rows in (70, 5, 4, 3, 2, 1):
            given = (x[:rows], tuple(part[:rows] for part in parts(hx)) if kind == "lstm" else hx[:rows])
            cell(*given)
            assert torch.equal(parts(cell(*given))[0], two[0][:rows])


def test_other_arguments_are_checked() -> None:
    """A step of another shape, layout or dtype after one that was checked."""
    cell = LSTMCell(*SIZE[1:])
    x, (h, c) = arguments(cell, dtype=torch.float32)
    with torch.no_grad():
        wanted = cell(x, (h, c))
        apart = torch.stack([x, x], 2)[..., 0], torch.stack([h, h], 2)[..., 0]
        torch.testing.assert_close(cell(apart[0], (apart[1], c)), wanted)
        torch.testing.assert_close(cell(x[:2], (h[:2], c[:2]))[0], wanted[0][:2])
        torch.testing.assert_close(cell(x, [h, c]), wanted)
        for bad in ((x.double(), (h, c)), (x, h), (x[:, :4], (h, c)), (x, (h[:2], c)), (x, (h, None))):
            with pytest.raises(RuntimeError, match="LSTMCell: got"):
                cell(*bad)


def test_outputs_may_change_before_backward() -> None:
    """As torch's cells, whose backward does not read their outputs."""
    cell = GRUCell(*SIZE[1:])
    x, h = arguments(cell, dtype=torch.float32)
    for _ in range(2):
        cell(x, h).mul_(2.0).sum().backward()


def test_a_copy_makes_its_own() -> None:
    """Copies and pickles of a cell have none of what the first step kept, and hooks of the cell run at every step."""
    cell, calls = RNNCell(*SIZE[1:]), []
    given = arguments(cell, dtype=torch.float32)
    cell(*given)
    file = io.BytesIO()
    torch.save(cell, file)
    for other in (copy.deepcopy(cell), torch.load(io.BytesIO(file.getvalue()), weights_only=True)):
        assert other._ready is None
        other.weight_hh.data.mul_(2.0)
        torch.testing.assert_close(parts(other(*given)), checked(other, *given))
    cell.register_forward_hook(lambda *_: calls.append(1))
    cell(*given), cell(*given)
    assert len(calls) == 2


def results_of(layer, x, hx, leaves) -> list[torch.Tensor]:
    """Output, states, first and second derivatives of a step of a layer."""
    y, state = layer(x, hx)
    outputs = (y, *parts(state))
    total = sum((k + part.cos() * part).sum() for k, part in enumerate(outputs))
    first = torch.autograd.grad(total, leaves, create_graph=True)
    second = torch.autograd.grad(sum((part * part).sum() for part in first), [x, *layer.parameters()])
    return [*outputs, *first, *second]


@each_cell
@pytest.mark.parametrize("form", ["steps first", "batch first", "one sequence"])
@pytest.mark.parametrize("given", [False, True])
def test_a_layer_of_one_step(kind: str, form: str, given: bool) -> None:
    """Its second call skips the checks, and has the results and derivatives of the first; changes of it are seen."""
    layer = layer_of(kind, *SIZE[1:], batch_first=form == "batch first", dtype=torch.float64)
    rows = [] if form == "one sequence" else [SIZE[0]]
    x = torch.randn(*([*rows, 1] if layer.batch_first else [1, *rows]), SIZE[1], dtype=torch.float64)
    states = tuple(torch.randn(1, *rows, SIZE[2], dtype=torch.float64) for _ in range(1 + (kind == "lstm")))
    leaves = [part.requires_grad_() for part in (x, *(states if given else ()), *layer.parameters())]
    hx = (states if kind == "lstm" else states[0]) if given else None
    wanted = results_of(layer, x, hx, leaves)
    assert layer._ready is not None

    for ours, expected in zip(results_of(layer, x, hx, leaves), wanted, strict=True):
        torch.testing.assert_close(ours, expected)
    with torch.no_grad():
        y, state = layer(x, hx)
        assert torch.equal(y, wanted[0])
        y.zero_()  # is not the final state
        assert torch.equal(parts(state)[0], wanted[1])
        assert not layer(x, hx, mask=torch.zeros(*rows, 1).bool())[0].any()
        layer.weight_ih_l0.data.mul_(3.0)
        assert not torch.equal(layer(x, hx)[0], wanted[0])
