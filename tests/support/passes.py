"""One pass of a cell over a sequence with all its gradients, on any path: what the kernels' tests compare."""

from typing import NamedTuple

import torch
from torch import Tensor

from gatewise.kernels import ops
from gatewise.kernels.arrays import Call, Inputs
from gatewise.reference.scan import PLAIN, Factors
from gatewise.reference.steps import Steps

CELLS = {"lstm": 0, "gru-before": 1, "gru-after": 2, "rnn": 3}
BLOCKS = {"lstm": 4, "gru-before": 3, "gru-after": 3, "rnn": 1}
INPUTS = Inputs._fields
GATES = {
    "lstm": ("input", "forget", "candidate", "output", "cell"),
    "gru-before": ("reset", "update", "candidate"),
    "gru-after": ("reset", "update", "candidate"),
    "rnn": ("candidate",),
}


class Case(NamedTuple):
    """What a pass is: cell, sizes, options."""

    cell: str
    size: tuple[int, int, int, int]  # T, N, I, H
    biases: int = 1
    update_is_state: bool = False
    reverse: bool = False
    batch_first: bool = False
    lengths: bool = False
    mask: bool = False
    reset: bool = False
    state: bool = True
    hard: bool = False
    peepholes: bool = False  # of an LSTM
    dropped: bool = False
    still: bool = False
    normed: bool = False  # not of an RNN
    stretch: int = 0


def label(case: Case) -> str:
    """A case as a test's name: cell, size, and the options that are not the usual ones."""
    usual = Case._field_defaults
    chosen = {name: value for name, value in case._asdict().items() if name in usual and value != usual[name]}
    return "-".join([case.cell, "x".join(map(str, case.size)), *(f"{name}={value}" for name, value in chosen.items())])


class Problem(NamedTuple):
    """A case with numbers."""

    call: Call
    inputs: Inputs
    steps: Steps
    factors: Factors = PLAIN


def draw(case: Case, dtype: torch.dtype = torch.float64, *, seed: int = 5, scale: float = 0.6) -> Problem:
    """Random numbers for a case, asymmetric and of all sizes; every tensor asks for gradients."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float = 1.0) -> Tensor:
        return (scale * torch.randn(*shape, dtype=torch.float64, generator=generator)).to(dtype).requires_grad_()

    steps, rows, inputs, hidden = case.size
    packed = BLOCKS[case.cell] * hidden
    weights = [normal(packed, size, scale=scale * min(1.0, 2 * size**-0.5)) for size in (inputs, hidden)]
    biases = [normal(packed, scale=scale) if k < case.biases else None for k in range(2)]
    h_0 = normal(1, rows, hidden) if case.state else None
    c_0 = normal(1, rows, hidden) if case.state and case.cell == "lstm" else None
    x = normal(rows, steps, inputs) if case.batch_first else normal(steps, rows, inputs)
    lengths = torch.randint(0, steps + 1, (rows,), generator=generator) if case.lengths else None
    mask, reset = (
        torch.rand(rows, steps, generator=generator) < share if wanted else None
        for share, wanted in ((0.7, case.mask), (0.2, case.reset))
    )
    slope = 0.25 if case.hard else 0.0
    call = Call(CELLS[case.cell], case.update_is_state, case.reverse, case.batch_first, slope, case.stretch)
    lstm, normed = case.cell == "lstm", case.normed and case.cell != "rnn"
    peepholes = normal(3, hidden, scale=0.5 * scale) if case.peepholes and lstm else None
    gains = normal(2, packed) if normed else None
    cell_norm = normal(2, hidden) if normed and lstm else None
    shares = [
        torch.rand(steps, rows, hidden, generator=generator).to(dtype) for _ in range(1 + lstm if case.still else 0)
    ]
    dropped = (torch.rand(rows, hidden, generator=generator) < 0.7).to(dtype) / 0.7 if case.dropped else None
    factors = Factors(dropped, *shares)
    return Problem(
        call, Inputs(x, h_0, c_0, *weights, *biases, peepholes, gains, cell_norm), Steps(lengths, mask, reset), factors
    )


def run(path: str, problem: Problem, *, gates: bool = True) -> dict[str, Tensor]:
    """Outputs by name: y, h_n, c_n, and the gates."""
    call, inputs, steps, factors = problem
    y, state, kept = ops.run(path, call, inputs, steps, factors, gates=gates)
    names = next(names for cell, names in GATES.items() if CELLS[cell] == call.cell)
    return dict(zip(("y", "h_n", "c_n"), (y, *state), strict=False)) | dict(zip(names, kept, strict=False))


def results(path: str, problem: Problem, *, gates: bool = True) -> dict[str, Tensor]:
    """Outputs, and the gradient of every input for random gradients of every output."""
    outputs = run(path, problem, gates=gates)
    generator = torch.Generator().manual_seed(17)
    loss = torch.zeros((), dtype=torch.float64)
    for output in outputs.values():
        weight = torch.randn(output.shape, dtype=torch.float64, generator=generator).to(output)
        loss = loss + (output * weight).sum()
    leaves = {name: part for name, part in zip(INPUTS, problem.inputs, strict=True) if part is not None}
    gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True, materialize_grads=True)
    return outputs | {f"d{name}": gradient for name, gradient in zip(leaves, gradients, strict=True)}


def in_float64(problem: Problem) -> Problem:
    """The same numbers in float64."""
    parts = (None if part is None else part.detach().double().requires_grad_() for part in problem.inputs)
    factors = Factors._make(None if part is None else part.double() for part in problem.factors)
    return Problem(problem.call, Inputs(*parts), problem.steps, factors)


def disturbed(problem: Problem, share: float, *, seed: int) -> Problem:
    """The same numbers in float64, each of the inputs off by at most this share of itself."""
    generator = torch.Generator().manual_seed(seed)
    exact = in_float64(problem)
    parts = (
        None
        if part is None
        else (
            part.detach() * (1 + share * (2 * torch.rand(part.shape, dtype=part.dtype, generator=generator) - 1))
        ).requires_grad_()
        for part in exact.inputs
    )
    return exact._replace(inputs=Inputs(*parts))
