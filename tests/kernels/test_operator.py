"""The registered operator: PyTorch's own checks, torch.compile, torch.export, and vmap over models and inputs."""

import io

import pytest
import torch
from passes import BLOCKS, CELLS, INPUTS, Case, draw
from torch import library
from torch.func import functional_call, stack_module_state, vmap
from torch.testing import assert_close

from gatewise.errors import InputError
from gatewise.kernels import native
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.recurrent import Recurrent
from gatewise.reference.steps import running

LAYERS = {"lstm": (LSTM, "torch"), "gru-before": (GRU, "onnx"), "gru-after": (GRU, "torch"), "rnn": (RNN, "torch")}
I, H = 3, 5


def layer(cell: str, seed: int = 3, **options: object) -> Recurrent:
    kind, convention = LAYERS[cell]
    generator = torch.Generator().manual_seed(seed)
    return kind(I, H, dtype=torch.float64, convention=convention, generator=generator, **options)


def arguments(cell: str, *, uneven: bool, wanted: bool, stretch: int = 0) -> tuple[object, ...]:
    """Of the operator, for two models."""
    names = ("lengths", "mask", "reset", "hard", "peepholes", "normed", "dropped", "still")
    case = Case(cell, (4, 3, 2, 5), biases=2, stretch=stretch, **dict.fromkeys(names, uneven))
    call, inputs, steps, factors = draw(case)
    x, h_0, c_0, *weights = (None if part is None else part.detach() for part in inputs)
    states = (None if part is None else part.repeat(2, 1, 1) for part in (h_0, c_0))
    stacked = (None if part is None else torch.stack([part, part.flip(0)]) for part in (x, *weights))
    x, *weights = (None if part is None else part.requires_grad_(wanted) for part in stacked)
    beside = (None if part is None else torch.stack([part, part.flip(0)]) for part in (*steps, *factors))
    return x, *states, *weights, *beside, *call


@pytest.mark.parametrize(
    ("cell", "uneven", "stretch"),
    [("lstm", False, 0), ("lstm", True, 64), ("gru-before", True, 0), ("gru-after", True, 0), ("rnn", True, 64)],
)
def test_opcheck(cell: str, uneven: bool, stretch: int) -> None:
    """Schema, shapes without numbers, autograd and tracing are as PyTorch wants them, of both operators."""
    operator = torch.ops.gatewise.recurrent.default
    for wanted, keep in ((False, False), (False, True), (True, True)):
        library.opcheck(operator, (*arguments(cell, uneven=uneven, wanted=wanted, stretch=stretch), keep))
    given = arguments(cell, uneven=uneven, wanted=False, stretch=stretch)
    y, h_n, _, *kept = operator(*given, True)
    gradients = (torch.ones_like(y), torch.ones_like(h_n), None, None, None)
    for asked in (
        [part is not None for part in given[: len(INPUTS)]],
        [False] * 3 + [True, False, True] + [False] * 4,
    ):
        library.opcheck(torch.ops.gatewise.recurrent_backward.default, (*gradients, y, *kept, *given, asked))


@pytest.mark.parametrize("cell", BLOCKS)
def test_gradients_of_a_call_that_kept_nothing(cell: str) -> None:
    """Right all the same: backward runs forward again."""
    given = arguments(cell, uneven=True, wanted=True)
    leaves = [given[k] for k in (0, 3, 4, 5, 6, 7) if given[k] is not None]

    outputs = [torch.ops.gatewise.recurrent(*given, keep)[0] for keep in (False, True)]

    first, second = (torch.autograd.grad(y.pow(3).sum(), leaves) for y in outputs)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("cell", "lengths", "dynamic"),
    [*((cell, True, None) for cell in CELLS), ("lstm", False, None), ("rnn", True, True)],
)
def test_compile(cell: str, lengths: bool, dynamic: bool | None) -> None:
    """One graph for forward and backward, other batch sizes and lengths included, with the bits of eager mode."""
    torch.compiler.reset()
    model = layer(cell, bidirectional=cell == "lstm", batch_first=True)
    compiled = torch.compile(
        lambda x, steps: model(x, lengths=steps), fullgraph=True, backend="aot_eager", dynamic=dynamic
    )
    for rows, steps in ((4, 7), (6, 9)):
        x = torch.randn(rows, steps, I, dtype=torch.float64, requires_grad=True)
        own = torch.randint(0, steps + 1, (rows,)) if lengths else None
        leaves = [x, *model.parameters()]
        found, wanted = (run(x, own)[0] for run in (compiled, lambda x, own: model(x, lengths=own)))
        assert torch.equal(found, wanted)
        gradients = (torch.autograd.grad(y.pow(3).sum(), leaves) for y in (found, wanted))
        assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_compile_with_gates_steps_and_bad_lengths(cell: str) -> None:
    """Gates come out of a compiled call, a step compiles, and lengths are checked when it runs."""
    torch.compiler.reset()
    model, x = layer(cell), torch.randn(6, 4, I, dtype=torch.float64)
    lengths = torch.tensor([6, 2, 0, 5])

    def gates(x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(model(x, lengths=lengths, return_gates=True)[2])

    compiled = torch.compile(gates, fullgraph=True, backend="aot_eager")

    assert_close(compiled(x, lengths), gates(x, lengths), rtol=0, atol=0)
    with pytest.raises(InputError, match="a length of 7, expected 0 to T = 6"):
        compiled(x, lengths + 1)
    with torch.no_grad():
        step = torch.compile(model.step, fullgraph=True, backend="aot_eager")
        assert torch.equal(step(x[0])[0], model.step(x[0])[0])
        one = model(x[:1])[0]  # which the layer notes, and a compiler passes over
        assert torch.equal(torch.compile(model, fullgraph=True, backend="aot_eager")(x[:1])[0], one)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("strict", [False, True])
def test_export(cell: str, strict: bool) -> None:
    """A program for any batch, saved and loaded, computes what the layer does."""

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer(cell, batch_first=True)

        def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            return self.layer(x, lengths=lengths)[0]

    model, batch = Model(), torch.export.Dim("batch", min=2, max=64)
    given = (torch.randn(4, 7, I, dtype=torch.float64), torch.tensor([7, 0, 3, 5]))
    program = torch.export.export(model, given, dynamic_shapes=({0: batch}, {0: batch}), strict=strict)
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)

    loaded = torch.export.load(file).module()

    x, lengths = torch.randn(9, 7, I, dtype=torch.float64), torch.randint(0, 8, (9,))
    assert torch.equal(loaded(x, lengths), model(x, lengths))
    assert any("gatewise.recurrent" in str(node.target) for node in program.graph.nodes)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_vmap_over_models(cell: str, batch_first: bool) -> None:
    """Many models in one call: the outputs and gradients of one after the other, to the bit."""
    models = [layer(cell, seed, batch_first=batch_first) for seed in range(3)]
    parameters, _ = stack_module_state(models)
    x, lengths = torch.randn(6, 4, I, dtype=torch.float64), torch.randint(1, 5, (6 if batch_first else 4,))

    y, states = vmap(lambda own: functional_call(models[0], own, (x,), {"lengths": lengths}))(parameters)

    found = torch.autograd.grad(y.pow(3).sum(), list(parameters.values()))
    for m, model in enumerate(models):
        wanted, state = model(x, lengths=lengths)
        assert torch.equal(y[m], wanted)
        assert torch.equal((states[0] if cell == "lstm" else states)[m], state[0] if cell == "lstm" else state)
        gradients = torch.autograd.grad(wanted.pow(3).sum(), list(model.parameters()))
        assert all(torch.equal(all_[m], own) for all_, own in zip(found, gradients, strict=True))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("own", [(), ("lengths",), ("hx",), ("lengths", "hx")], ids=str)
def test_vmap_over_inputs(cell: str, batch_first: bool, own: tuple[str, ...]) -> None:
    """Inputs, lengths and states stacked along any axis, weights shared; nested too; gates and all."""
    model = layer(cell, batch_first=batch_first)
    x, rows = torch.randn(6, 5, 2, 4, I, dtype=torch.float64), 2 if batch_first else 4
    lengths = torch.randint(0, (4 if batch_first else 2) + 1, (6, 5, rows))
    h, c = torch.randn(2, 6, 5, 1, rows, H, dtype=torch.float64)
    lengths, h, c = (part if name in own else part[0, 0] for part, name in ((lengths, "lengths"), (h, "hx"), (c, "hx")))

    def call(x: torch.Tensor, lengths: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[object, ...]:
        hx = (h, c) if cell == "lstm" else h
        y, state, gates = model(x, hx, lengths=lengths, return_gates=True)
        return (y, *(state if cell == "lstm" else (state,)), *gates)

    dims = (0, *(0 if name in own else None for name in ("lengths", "hx", "hx")))
    found = vmap(vmap(call, dims, out_dims=1), dims)(x, lengths, h, c)
    moved = vmap(vmap(call, (2, *dims[1:]), out_dims=1), dims)(x.movedim(1, 3), lengths, h, c)

    for a in range(6):
        for b in range(5):
            parts = (part[a, b] if name in own else part for part, name in ((lengths, "lengths"), (h, "hx"), (c, "hx")))
            for output, other, wanted in zip(found, moved, call(x[a, b], *parts), strict=True):
                assert torch.equal(output[a, :, b], wanted)
                assert torch.equal(other[a, :, b], wanted)


@pytest.mark.parametrize("uneven", ["lengths", "mask"])
def test_what_has_no_meaning_is_zero(uneven: str) -> None:
    """Kept gates of steps that a row does not run, whatever the memory held: the operator's outputs are all read."""
    call, inputs, steps, factors = draw(Case("lstm", (50, 64, 2, 16), **{uneven: True}))
    stacked = [None if p is None else p.detach().unsqueeze(0) for p in (inputs.x, *inputs[3:], *steps, *factors)]
    x, h_0, c_0, *rest = stacked[0], inputs.h_0.detach(), inputs.c_0.detach(), *stacked[1:], *call
    idle = ~running(steps, 50, torch.device("cpu")).t()

    before = native.extension().kept(True, (50, 64, 64)).fill_(float("nan"))
    del before
    gates = torch.ops.gatewise.recurrent(x, h_0, c_0, *rest, True)[3]

    assert gates.shape == (1, 50, 64, 64)  # without a gap that would be cleared all the same
    assert gates[0][idle].eq(0).all()


def test_a_dispatch_mode_sees_the_operator() -> None:
    """What watches operators sees the kernels as one."""
    seen = []

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    model, x = layer("lstm"), torch.randn(6, 4, I, dtype=torch.float64)
    with Watch():
        y, _ = model(x)

    assert "gatewise.recurrent.default" in seen
    assert torch.equal(y, model(x)[0])
