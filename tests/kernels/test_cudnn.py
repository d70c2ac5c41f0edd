"""Torch's own function, which cuDNN runs on CUDA, computes the reference's equations, on the CPU too."""

from collections.abc import Callable

import pytest
import torch
from passes import Case, Problem, draw, label, results
from torch.testing import assert_close

from gatewise.kernels import cudnn, native, ops
from gatewise.kernels.arrays import Inputs
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.paths import kernel_path
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.variant import Variant

CELLS = ["lstm", "gru-after", "rnn"]
SIZES = [(1, 1, 1, 1), (6, 4, 3, 5), (9, 5, 1, 8)]  # T, N, I, H
OPTIONS = [
    {"biases": 1},
    {"biases": 2, "reverse": True, "batch_first": True},
    {"biases": 0, "reverse": True},
    {"biases": 2, "batch_first": True, "state": False},
    {"biases": 0, "batch_first": True},
    {"biases": 1, "reverse": True, "state": False},
]
CASES = [Case(cell, size, update_is_state=True, **options) for cell in CELLS for size in SIZES for options in OPTIONS]

on_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def compare(problem: Problem, bound: float = 2e-14) -> None:
    """Equal to the reference to a share of each tensor's largest number."""
    ours, wanted = (results(path, problem, gates=False) for path in ("cudnn", "reference"))

    assert ours.keys() == wanted.keys()
    for name, value in wanted.items():
        assert ours[name].shape == value.shape, name
        assert (ours[name] - value).abs().max() <= bound * value.abs().max().clamp(min=1e-30), name


@pytest.mark.parametrize("case", CASES, ids=label)
def test_float64(case: Case) -> None:
    """Every output and every gradient, to 2e-14."""
    compare(draw(case))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("gone", ["bias_ih", "bias_hh"])
def test_one_bias_of_two(cell: str, gone: str) -> None:
    """Either may have been taken away, and in the reset-after GRU they are not the same."""
    problem = draw(Case(cell, (6, 4, 3, 5), biases=2, update_is_state=True))

    compare(problem._replace(inputs=problem.inputs._replace(**{gone: None})))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("grad", [False, True])
def test_what_cudnn_is_given(monkeypatch: pytest.MonkeyPatch, cell: str, grad: bool) -> None:
    """What it wants on a GPU: weights in its own layout, states in one piece, training where gradients may follow."""
    call, inputs, *_ = draw(Case(cell, (6, 4, 3, 5), update_is_state=True))
    apart = [None if part is None else part.repeat_interleave(2, 2)[:, :, ::2] for part in inputs[1:3]]
    name, given = native.CELLS[call.cell], []
    run = cudnn._FUNCTIONS[name]
    monkeypatch.setitem(cudnn._FUNCTIONS, name, lambda *all: (given.extend(all), run(*all))[1])

    with torch.set_grad_enabled(grad):
        cudnn.run(call, inputs._replace(h_0=apart[0], c_0=apart[1]))

    _, hx, weights, biases, _, _, train, *_ = given
    storage, ends = weights[0].untyped_storage(), [weight.data_ptr() + weight.nbytes for weight in weights]
    assert [tuple(weight.shape[1:]) for weight in weights] == [(3,), (5,), (), ()]
    assert [weight.data_ptr() for weight in weights] == [storage.data_ptr(), *ends[:-1]]
    assert ends[-1] == storage.data_ptr() + storage.nbytes()
    assert all(part.is_contiguous() for part in (hx if cell == "lstm" else (hx,)))
    assert (biases, train) == (True, grad)


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (LSTM, {}),
        (LSTM, {"convention": "onnx"}),
        (LSTM, {"variant": Variant(coupled=True)}),
        (GRU, {"convention": "keras"}),
        (RNN, {}),
    ],
    ids=str,
)
def test_whole_layers(
    monkeypatch: pytest.MonkeyPatch, layer: Callable[..., Recurrent], options: dict[str, object]
) -> None:
    """Depths and directions, whatever the convention of the weights."""
    made = layer(3, 5, 2, bidirectional=True, batch_first=True, dtype=torch.float64, **options)
    x, run, parameters = torch.randn(4, 6, 3, dtype=torch.float64), ops.run, list(made.parameters())
    wanted = made(x)
    gradients = torch.autograd.grad(wanted[0].sum(), parameters)

    monkeypatch.setattr(ops, "run", lambda _, *given, **more: run("cudnn", *given, **more))
    found = made(x)

    assert_close(found, wanted, rtol=0, atol=1e-14)
    assert_close(torch.autograd.grad(found[0].sum(), parameters), gradients, rtol=1e-12, atol=1e-13)


@on_cuda
@pytest.mark.parametrize("case", [case for case in CASES if case.size == SIZES[1]], ids=label)
def test_on_cuda(case: Case) -> None:
    """The same on a GPU; torch's warning of weights that do not lie as cuDNN has them would be an error."""
    problem = draw(case)
    parts = (None if part is None else part.detach().cuda().requires_grad_() for part in problem.inputs)

    compare(problem._replace(inputs=Inputs(*parts)), 1e-12)


@on_cuda
@pytest.mark.parametrize("training", [False, True])
def test_derivatives_on_cuda(training: bool) -> None:
    """First ones at rest too; torch refuses second ones, and with cuDNN off they are there."""
    layer = LSTM(3, 5, dtype=torch.float64, device="cuda").train(training)
    x = torch.randn(6, 4, 3, dtype=torch.float64, device="cuda", requires_grad=True)

    def first(*, again: bool) -> torch.Tensor:
        return torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=again)[0]

    assert kernel_path(layer, x).path == "cudnn"
    with pytest.raises(RuntimeError, match="_cudnn_rnn_backward"):
        torch.autograd.grad(first(again=True).sum(), x)
    with torch.backends.cudnn.flags(enabled=False):
        assert kernel_path(layer, x).path == "reference"
        wanted = first(again=True)
        torch.autograd.grad(wanted.sum(), x)
    assert_close(first(again=False), wanted)
