"""How the kernels behave in autograd: which gradients, of what, once and twice, and what is kept for them."""

import pytest
import torch
from passes import BLOCKS, INPUTS, Case, Problem, draw, results, run
from torch.testing import assert_close
from torch.utils.checkpoint import checkpoint

from gatewise.kernels import native
from gatewise.kernels.arrays import Inputs

SMALL = (3, 3, 2, 4)


def of(problem: Problem, *, gates: bool = True):
    """The outputs as a function of the inputs that are there."""
    there = [part is not None for part in problem.inputs]

    def outputs(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        given = iter(tensors)
        inputs = Inputs(*(next(given) if is_there else None for is_there in there))
        return tuple(run("native", problem._replace(inputs=inputs), gates=gates).values())

    return outputs, [part for part in problem.inputs if part is not None]


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    "options",
    [
        {"biases": 2},
        {"biases": 0, "lengths": True, "reverse": True},
        {"mask": True, "reset": True, "peepholes": True, "dropped": True, "still": True},
        {"normed": True, "lengths": True, "dropped": True},
    ],
    ids=str,
)
def test_gradcheck(cell: str, options: dict[str, object]) -> None:
    """First and second derivatives are those of finite differences, through outputs, states and gates.

    The second ones along a direction drawn at random, for one by one they take a hundred times as long.
    """
    outputs, tensors = of(draw(Case(cell, SMALL, **options)))

    assert torch.autograd.gradcheck(outputs, tensors)
    assert torch.autograd.gradgradcheck(outputs, tensors, fast_mode=True)


WANTED = [("x",), ("h_0",), ("weight_ih",), ("weight_hh",), ("bias_hh",), ("x", "bias_ih")]


@pytest.mark.parametrize(
    ("cell", "wanted"), [*((cell, wanted) for cell in BLOCKS for wanted in WANTED), ("lstm", ("c_0",))], ids=str
)
def test_only_what_is_asked_for(cell: str, wanted: tuple[str, ...]) -> None:
    """Any choice of inputs gets its gradients, the same as among all."""
    problem = draw(Case(cell, (5, 4, 3, 6), biases=2, lengths=True))
    asked = {
        name: None if part is None else part.detach().requires_grad_(name in wanted)
        for name, part in zip(INPUTS, problem.inputs, strict=True)
    }
    whole, y = results("reference", problem, gates=False), run("native", problem._replace(inputs=Inputs(**asked)))["y"]

    generator = torch.Generator().manual_seed(17)
    weight = torch.randn(y.shape, dtype=torch.float64, generator=generator)
    found = torch.autograd.grad(y, [asked[name] for name in wanted], weight)

    leaves = [getattr(problem.inputs, name) for name in wanted]
    assert_close(found, torch.autograd.grad(run("reference", problem)["y"], leaves, weight))
    assert_close(y, whole["y"])


def test_nothing_asked_for_is_nothing_recorded() -> None:
    """Without gradients there is no graph, and nothing is kept."""
    problem = draw(Case("lstm", (5, 4, 3, 6)))
    plain = problem._replace(inputs=Inputs(*(None if p is None else p.detach() for p in problem.inputs)))
    kept: list[torch.Tensor] = []

    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        with torch.no_grad():
            first = run("native", problem, gates=False)
        second = run("native", plain, gates=False)

    assert kept == []
    assert not any(output.requires_grad for output in (*first.values(), *second.values()))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize(
    ("dtype", "options"),
    [(torch.float32, {}), (torch.float64, {"normed": True}), (torch.float32, {"stretch": 64, "normed": True})],
    ids=str,
)
def test_memory_kept(cell: str, dtype: torch.dtype, options: dict[str, object]) -> None:
    """Inputs, output, and a row of gates (and a cell state) for each step and row, or a state each stretch: no more."""
    steps, rows, _, hidden = size = (130, 5, 3, 6)
    problem = draw(Case(cell, size, biases=2, **options), dtype)
    normed = problem.inputs.gains is not None
    layout = native.layout(dtype == torch.float64, problem.call.cell, hidden, normed)
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        y = run("native", problem, gates=False)["y"]

    known = {part.data_ptr() for part in (y, *problem.inputs) if part is not None}
    states = 2 if cell == "lstm" else 1
    inside = steps * rows * (layout.width + layout.products + (layout.padded if cell == "lstm" else 0))
    if problem.call.stretch:
        inside = 3 * rows * states * hidden
    assert sum(size for place, size in kept.items() if place not in known) == inside * y.element_size()
    assert kept.keys() >= {y.data_ptr(), problem.inputs.x.data_ptr()}


@pytest.mark.parametrize("what", ["x", "weight_hh"])
def test_changes_of_inputs_are_noticed(what: str) -> None:
    """Inputs that backward reads must not change in between."""
    problem = draw(Case("lstm", (5, 4, 3, 6)))
    outputs = run("native", problem)

    with torch.no_grad():
        getattr(problem.inputs, what).mul_(2)

    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        outputs["h_n"].sum().backward()


def test_outputs_may_change() -> None:
    """Outputs that backward reads are computed again where they have been changed."""
    problem = draw(Case("lstm", (5, 4, 3, 6)))
    found = []
    for what in ("", "y", "forget"):
        outputs = run("native", problem)
        with torch.no_grad():
            outputs.get(what, torch.zeros(())).mul_(2)
        loss = outputs["h_n"].sum() + outputs["cell"].sum()
        found.append(torch.autograd.grad(loss, [problem.inputs.x, problem.inputs.weight_hh]))

    assert_close([*found[1:]], [found[0]] * 2, rtol=0, atol=0)


def expanded(y: torch.Tensor) -> torch.Tensor:
    return torch.ones((), dtype=y.dtype).expand(y.shape)


def transposed(y: torch.Tensor) -> torch.Tensor:
    return torch.randn(y.shape[::-1], dtype=y.dtype).permute(2, 1, 0)


def part(y: torch.Tensor) -> torch.Tensor:
    return torch.randn(*y.shape[:-1], 3 * y.shape[-1], dtype=y.dtype)[..., 1 : 1 + y.shape[-1]]


def negated(y: torch.Tensor) -> torch.Tensor:
    return torch._neg_view(torch.randn(y.shape, dtype=y.dtype))


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_gradients_in_any_memory(cell: str, batch_first: bool) -> None:
    """Gradients of the outputs may lie anywhere."""
    problem = draw(Case(cell, (5, 4, 3, 6), batch_first=batch_first))
    leaves = [part for part in problem.inputs if part is not None]
    ours, wanted = (list(run(path, problem, gates=False).values()) for path in ("native", "reference"))

    for form in (expanded, transposed, part, negated):
        given = [form(output) for output in wanted]
        found = torch.autograd.grad(ours, leaves, given, retain_graph=True)
        assert_close(found, torch.autograd.grad(wanted, leaves, given, retain_graph=True))


@pytest.mark.parametrize(
    ("cell", "name"),
    [*((cell, name) for cell in BLOCKS for name in ("y", "h_n", "candidate")), ("lstm", "c_n"), ("lstm", "cell")],
)
def test_one_output_alone(cell: str, name: str) -> None:
    """A gradient of one output only."""
    problem = draw(Case(cell, (5, 4, 3, 6), lengths=True))
    ours, wanted = (run(path, problem) for path in ("native", "reference"))
    leaves = [part for part in problem.inputs if part is not None]

    found, expected = (
        torch.autograd.grad(outputs[name].pow(3).sum(), leaves, allow_unused=True, materialize_grads=True)
        for outputs in (ours, wanted)
    )

    assert_close(found, expected)


def test_what_inputs_owe_to_each_other_counts_once() -> None:
    """In second derivatives too, where the weights are computed from x and one tensor is both states."""
    call, inputs, steps, _ = draw(Case("lstm", (3, 2, 3, 4)))
    mixing = torch.randn(4 * 4, 3, dtype=torch.float64)

    def penalty(path: str) -> torch.Tensor:
        x = inputs.x.detach().requires_grad_()
        own = inputs._replace(x=x, weight_ih=mixing * x.mean((0, 1)), c_0=inputs.h_0)
        loss = sum(output.pow(3).sum() for output in run(path, Problem(call, own, steps), gates=False).values())
        (slope,) = torch.autograd.grad(loss, x, create_graph=True)
        return torch.autograd.grad(slope.square().sum(), [x, inputs.h_0, inputs.weight_hh])

    assert_close(penalty("native"), penalty("reference"))


def test_backward_twice() -> None:
    """A graph that is kept gives the same gradients again."""
    problem = draw(Case("gru-before", (5, 4, 3, 6)))
    y = run("native", problem)["y"]

    first = torch.autograd.grad(y.sum(), problem.inputs.x, retain_graph=True)
    second = torch.autograd.grad(y.sum(), problem.inputs.x)

    assert torch.equal(first[0], second[0])


def test_saved_tensors_may_be_moved_in_between() -> None:
    """Hooks that pack what is kept elsewhere, and checkpointing, change nothing."""
    problem = draw(Case("lstm", (5, 4, 3, 6), batch_first=True))
    leaves = [part for part in problem.inputs if part is not None]
    moved = problem._replace(inputs=problem.inputs._replace(x=problem.inputs.x.transpose(0, 1).clone().transpose(0, 1)))
    expected = torch.autograd.grad(run("native", problem)["y"].sum(), leaves)

    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t.clone()):
        y = run("native", moved)["y"]
    found = torch.autograd.grad(y.sum(), leaves)
    outputs, tensors = of(problem, gates=False)
    again = torch.autograd.grad(checkpoint(outputs, *tensors, use_reentrant=False)[0].sum(), tensors)

    assert all(torch.equal(first, second) for first, second in zip(found, expected, strict=True))
    assert all(torch.equal(first, second) for first, second in zip(again, expected, strict=True))


@pytest.mark.parametrize("vectorize", [False, True])
def test_jacobian(vectorize: bool) -> None:
    """Gradients of many outputs at once, batched by torch.autograd."""
    problem = draw(Case("gru-after", (2, 2, 2, 3)))

    def y(path: str):
        return lambda x: run(path, problem._replace(inputs=problem.inputs._replace(x=x)), gates=False)["y"]

    ours, wanted = (
        torch.autograd.functional.jacobian(y(path), problem.inputs.x, vectorize=vectorize)
        for path in ("native", "reference")
    )
    assert_close(ours, wanted)
