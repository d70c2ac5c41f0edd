"""Results are a matter of a row, its weights and its own steps alone, to the last bit."""

from collections.abc import Iterator

import pytest
import torch
from passes import BLOCKS, Case, Problem, draw, results, run
from torch.testing import assert_close

from gatewise.kernels.arrays import Inputs
from gatewise.reference.scan import Factors
from gatewise.reference.steps import Steps, running


@pytest.fixture
def threads() -> Iterator[None]:
    """Leave the number of threads as it was."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def rows(problem: Problem, chosen: list[int]) -> Problem:
    """A batch of some rows of a batch that is laid out (T, N, ...)."""
    x, h_0, c_0, *weights = problem.inputs
    dropped, *still = problem.factors
    factors = (part if part is None else part[..., chosen, :].contiguous() for part in (dropped, *still))
    x, h_0, c_0 = (None if p is None else p.detach()[:, chosen].requires_grad_() for p in (x, h_0, c_0))
    steps = Steps._make(None if part is None else part[chosen] for part in problem.steps)
    return Problem(problem.call, Inputs(x, h_0, c_0, *weights), steps, Factors._make(factors))


def changed(problem: Problem, place: tuple[object, ...], value: float) -> Problem:
    """The same problem with other numbers somewhere in x."""
    x = problem.inputs.x.detach().clone()
    x[place] = value
    return problem._replace(inputs=problem.inputs._replace(x=x.requires_grad_()))


def same(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether two tensors have the same bits."""
    return first.numpy(force=True).tobytes() == second.numpy(force=True).tobytes()


EVERYTHING = {"mask": True, "reset": True, "peepholes": True, "dropped": True, "still": True}


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    ("size", "dtype", "uneven"),
    [
        ((40, 70, 9, 24), torch.float32, {"lengths": True}),
        ((40, 70, 9, 24), torch.float64, EVERYTHING),
        ((60, 1, 20, 48), torch.float32, EVERYTHING),
        ((12, 300, 5, 17), torch.float64, {"lengths": True}),
        ((7, 3, 4, 288), torch.float32, {"lengths": True}),
        ((7, 3, 4, 288), torch.float64, EVERYTHING),
    ],
    ids=str,
)
def test_one_thread_or_two(
    isa: str, threads: None, cell: str, size: tuple[int, ...], dtype: torch.dtype, uneven: dict[str, bool]
) -> None:
    """Work is cut by shape alone: outputs and all gradients are the same bits.

    Of the last size the steps are long and the rows few, so that several threads share a block.
    """
    problem = draw(Case(cell, size, **uneven), dtype)
    found = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        found.append(results("native", problem, gates=False))

    for other in found[1:]:
        assert all(same(other[name], value) for name, value in found[0].items())


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    ("dtype", "uneven"),
    [(torch.float32, {}), (torch.float64, {"lengths": True}), (torch.float32, EVERYTHING), (torch.float64, EVERYTHING)],
    ids=str,
)
def test_a_row_does_not_depend_on_its_batch(isa: str, cell: str, dtype: torch.dtype, uneven: dict[str, bool]) -> None:
    """A row alone, in another order, or among fewer rows: the same bits of output, states and their gradients."""
    problem = draw(Case(cell, (11, 41, 7, 19), **uneven), dtype)
    whole = run_rowwise(problem)

    for chosen in ([0], [40], [17], [40, 3, 22, 8], list(range(40, -1, -1)), list(range(33))):
        part = run_rowwise(rows(problem, chosen))
        assert all(same(part[name], whole[name][:, chosen]) for name in part), chosen


def run_rowwise(problem: Problem) -> dict[str, torch.Tensor]:
    """Outputs, and gradients for a loss whose gradient is the same for a row in any batch."""
    kept = run("native", problem, gates=False)
    leaves = [part for part in problem.inputs[:3] if part is not None]
    gradients = torch.autograd.grad(sum(value.pow(3).sum() for value in kept.values()), leaves)
    return kept | dict(zip(("dx", "dh_0", "dc_0"), gradients, strict=False))


@pytest.mark.parametrize("cell", BLOCKS)
def test_a_bad_row_stays_alone(isa: str, cell: str) -> None:
    """NaN or infinity in one row changes no bit of another's outputs, states or gradients."""
    problem = draw(Case(cell, (6, 9, 4, 11)), torch.float32)
    clean, others = run_rowwise(problem), [0, 1, 2, 3, 4, 6, 7, 8]

    for value in (float("nan"), float("inf")):
        bad = changed(problem, (2, 5, 1), value)
        dirty = run_rowwise(bad)
        assert not same(dirty["y"][:, 5], clean["y"][:, 5])
        assert_close(dirty["y"], run("reference", bad)["y"], equal_nan=True)
        assert all(same(dirty[name][:, others], clean[name][:, others]) for name in clean)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    "uneven",
    [{"lengths": True}, {"lengths": True, "reverse": True}, {"mask": True}, {"mask": True, "reverse": True}],
    ids=str,
)
def test_padding_reaches_nothing(isa: str, cell: str, uneven: dict[str, bool]) -> None:
    """Any numbers where a row does not run give the same bits everywhere, weight gradients included."""
    problem = draw(Case(cell, (8, 9, 4, 11), reset=True, **uneven), torch.float32)
    padding = ~running(problem.steps, 8, torch.device("cpu")).t()
    clean = results("native", problem)

    for value in (float("nan"), float("inf"), -1e30):
        found = results("native", changed(problem, (padding,), value))
        assert all(same(found[name], part) for name, part in clean.items())
        assert found["dx"][padding].eq(0).all()
        assert found["y"][padding].eq(0).all()


@pytest.mark.parametrize("cell", BLOCKS)
def test_gradients_where_a_row_does_not_run_are_not_read(isa: str, cell: str) -> None:
    """NaN among the gradients of outputs there changes nothing."""
    problem = draw(Case(cell, (8, 9, 4, 11), lengths=True, mask=True), torch.float32)
    padding = ~running(problem.steps, 8, torch.device("cpu")).t()
    leaves = [part for part in problem.inputs if part is not None]
    y = run("native", problem, gates=False)["y"]
    weight = torch.randn(y.shape)

    clean = torch.autograd.grad(y, leaves, weight, retain_graph=True)
    found = torch.autograd.grad(y, leaves, weight.masked_fill(padding.unsqueeze(2), float("nan")))

    assert all(same(first, second) for first, second in zip(clean, found, strict=True))


NORMED = {"mask": True, "reset": True, "normed": True}


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    ("size", "options"),
    [
        ((150, 2, 3, 5), {"lengths": True, "reverse": True}),  # ahead
        ((150, 2, 3, 5), NORMED),
        ((200, 37, 4, 9), {"lengths": True, "reverse": True}),  # blocks
        ((200, 37, 4, 9), NORMED),
        ((70, 2, 5, 192), {}),  # a team
    ],
    ids=str,
)
def test_states_alone_give_the_same_gradients(
    isa: str, cell: str, size: tuple[int, ...], options: dict, threads: None
) -> None:
    """Kept every 64 or 128 steps, and with one thread or two."""
    found = []
    for stretch, count in ((0, 1), (64, 2), (128, 1)):
        torch.set_num_threads(count)
        found.append(results("native", draw(Case(cell, size, **options, stretch=stretch), torch.float32), gates=False))

    assert all(same(whole, other[name]) for other in found[1:] for name, whole in found[0].items())


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("uneven", [{"lengths": True}, EVERYTHING], ids=str)
def test_models_in_one_call_do_not_meet(isa: str, cell: str, uneven: dict[str, bool]) -> None:
    """Three models in one call give the bits of three calls, gradients of the weights included."""
    problems = [draw(Case(cell, (7, 35, 4, 11), **uneven), torch.float32, seed=seed) for seed in range(3)]
    parts = [zip(*(p.inputs for p in problems), strict=True)]
    x, h_0, c_0, *weights = (None if p[0] is None else torch.stack(p).detach().requires_grad_() for p in parts[0])
    h_0, c_0 = (None if p is None else p.detach().squeeze(1).requires_grad_() for p in (h_0, c_0))
    beside = [
        None if part[0] is None else torch.stack(part)
        for part in zip(*((*p.steps, *p.factors) for p in problems), strict=True)
    ]

    outputs = torch.ops.gatewise.recurrent(x, h_0, c_0, *weights, *beside, *problems[0].call, True)[:3]
    leaves = [part for part in (x, h_0, c_0, *weights) if part is not None]
    together = torch.autograd.grad(sum(output.pow(3).sum() for output in outputs), leaves)

    for m, problem in enumerate(problems):
        own = list(run("native", problem, gates=False).values())
        alone = torch.autograd.grad(
            sum(output.pow(3).sum() for output in own), [part for part in problem.inputs if part is not None]
        )
        assert all(same(ours[m], output.reshape(ours[m].shape)) for ours, output in zip(outputs, own, strict=False))
        assert all(
            same(ours[m], gradient.reshape(ours[m].shape)) for ours, gradient in zip(together, alone, strict=True)
        )
