"""The table of features: on which path each runs with every cell, and that values and gradients are the reference's."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch.autograd import forward_ad
from torch.func import functional_call, grad, hessian, jvp, stack_module_state, vmap
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence
from torch.testing import assert_close

from gatewise.kernels import ops
from gatewise.nn.init import Init
from gatewise.nn.layers import GRU, LSTM, RNN
from gatewise.nn.paths import KernelPath, kernel_path
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.regularize import Regularize
from gatewise.nn.truncated import truncated
from gatewise.nn.variant import Variant

CELLS = {
    "lstm": (LSTM, "textbook"),
    "gru before": (GRU, "textbook"),
    "gru after": (GRU, "torch"),
    "rnn": (RNN, "textbook"),
}
GATED = ("lstm", "gru before", "gru after")
pytestmark = pytest.mark.usefixtures("one_thread")
T, N, I, H = 7, 4, 3, 5

FEATURES = {  # arguments of the layer; "cells" that have it, what is "given" to the call, "form" and "steps" of x
    "plain": {},
    "no biases": {"bias": False},
    "two layers with dropout": {"num_layers": 2, "dropout": 0.3},
    "both directions": {"bidirectional": True},
    "batch first": {"batch_first": True},
    "one sequence": {"form": "one"},
    "one sequence, batch first, marks": {"form": "one", "batch_first": True, "given": "hx mask reset"},
    "state": {"given": "hx", "num_layers": 2, "bidirectional": True},
    "packed": {"form": "packed", "bidirectional": True},
    "packed, batch first, state": {"form": "packed", "batch_first": True, "given": "hx"},
    "lengths": {"given": "lengths"},
    "mask": {"given": "mask"},
    "reset": {"given": "reset"},
    "lengths, mask, reset": {"given": "hx lengths mask reset", "bidirectional": True},
    "gates": {"given": "gates"},
    "recurrent dropout": {"regularize": Regularize(recurrent_dropout=0.3)},
    "weight dropout": {"regularize": Regularize(weight_dropout=0.3)},
    "zoneout": {"regularize": Regularize(zoneout=0.3)},
    "zoneout of c": {"regularize": Regularize(zoneout_cell=0.3), "cells": ["lstm"]},
    "all regularisers, deep": {
        "regularize": Regularize(recurrent_dropout=0.2, weight_dropout=0.3, zoneout=0.1),
        "num_layers": 2, "dropout": 0.2,
    },
    "all regularisers, c too": {
        "regularize": Regularize(recurrent_dropout=0.2, weight_dropout=0.3, zoneout=0.1, zoneout_cell=0.4),
        "cells": ["lstm"],
    },
    "layer norm": {"variant": Variant(layer_norm=True)},
    "layer norm, no biases": {"variant": Variant(layer_norm=True), "bias": False, "bidirectional": True},
    "peepholes": {"variant": Variant(peepholes=True), "cells": ["lstm"]},
    "coupled": {"variant": Variant(coupled=True), "cells": ["lstm"]},
    "coupled with peepholes": {"variant": Variant(coupled=True, peepholes=True), "cells": ["lstm"]},
    "hard sigmoid": {"variant": Variant(hard_sigmoid=0.2)},
    "lstm as torch": {"convention": "torch", "cells": ["lstm"]},
    "lstm as keras": {"convention": "keras", "cells": ["lstm"]},
    "lstm as onnx": {"convention": "onnx", "cells": ["lstm"]},
    "z weighs h, one bias": {"convention": "keras-reset-before", "cells": ["gru before"]},
    "z weighs h, two biases": {"convention": "onnx", "cells": ["gru before"]},
    "z weighs h, as keras": {"convention": "keras", "cells": ["gru after"]},
    "z weighs h, as onnx": {"convention": "onnx-reset-after", "cells": ["gru after"]},
    "learned state": {"init": Init(learn_state=True), "num_layers": 2},
    "learned state, one sequence": {"init": Init(learn_state=True), "form": "one"},
    "checkpoint": {"checkpoint": 64, "steps": 150},
    "checkpoint and all else": {
        "checkpoint": 64, "steps": 70, "given": "hx lengths mask reset", "bidirectional": True, "batch_first": True,
        "variant": Variant(layer_norm=True, hard_sigmoid=0.2),
        "regularize": Regularize(recurrent_dropout=0.2, weight_dropout=0.3, zoneout=0.1),
    },
    "chunks": {"form": "chunks", "given": "hx lengths mask reset", "num_layers": 2},
}  # fmt: skip
ROWS = [(cell, feature) for feature, row in FEATURES.items() for cell in row.get("cells", GATED)]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=seeded(seed))


def made(cell: str, seed: int = 3, **options: Any) -> Recurrent:
    """A layer all of whose parameters are random, those too that begin at 0 or 1."""
    kind, convention = CELLS[cell]
    layer = kind(I, H, **{"dtype": torch.float64, "convention": convention} | options)
    with torch.no_grad():
        for k, (name, parameter) in enumerate(layer.named_parameters()):
            drawn = normal(*parameter.shape, seed=100 * seed + k).to(parameter)
            parameter.copy_(drawn + 1 if name.startswith(("gains", "cell_norm")) else 0.6 * drawn)
    return layer


def vectors(state: Any) -> tuple[torch.Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def drawn(layer: Recurrent, steps: int, form: str, given: str) -> tuple[list[torch.Tensor], dict[str, Any]]:
    """Leaves x, and h_0 and c_0 where they are given; and what the call is given beside x."""
    rows = () if form == "one" else (N,)
    x = normal(*rows, steps, I, seed=1) if layer.batch_first else normal(steps, *rows, I, seed=1)
    state = [
        normal(layer.num_layers * layer._directions, *rows, H, seed=7 + k) for k in range(1 + isinstance(layer, LSTM))
    ]
    leaves = [part.requires_grad_() for part in (x, *(state if "hx" in given else []))]
    mask, reset = (torch.rand(N, steps, generator=seeded(k)) < share for k, share in ((5, 0.7), (6, 0.2)))
    mask[0], mask[1, 0], mask[1, steps // 2], mask[2] = True, False, False, False  # gaps at the left and within
    options = {
        "hx": tuple(leaves[1:]) if isinstance(layer, LSTM) else leaves[-1],
        "lengths": torch.tensor([steps - 2, steps, steps - 1, 0]),
        "mask": mask if rows else mask[1],
        "reset": reset if rows else reset[1],
        "return_gates": True,
    }
    return leaves, {name: part for name, part in options.items() if name.removeprefix("return_") in given.split()}


def values(layer: Recurrent, form: str, x: Any, options: dict[str, Any]) -> list[torch.Tensor]:
    """All that a call returns."""
    if form == "chunks":
        return [part for y, state in truncated(layer, x, steps=3, **options) for part in (y, *vectors(state))]
    y, state, *gates = layer(x, generator=seeded(), **options)
    assert isinstance(y, PackedSequence) == (form == "packed")
    return [y.data if form == "packed" else y, *vectors(state), *(part for kept in gates for part in kept)]


@pytest.mark.parametrize(("cell", "feature"), ROWS)
def test_feature(monkeypatch: pytest.MonkeyPatch, cell: str, feature: str) -> None:
    """The kernels run it, in float32 too; outputs, states, gates and every gradient are those of the reference."""
    options = {"form": "", "given": "", "steps": T, "cells": ()} | FEATURES[feature]
    form, given, steps, _ = (options.pop(name) for name in ("form", "given", "steps", "cells"))
    layer, run, taken, outputs = made(cell, **options), ops.run, [], []
    leaves, beside = drawn(layer, steps, form, given)
    x = leaves[0]
    if form == "packed":
        x = pack_padded_sequence(x, [steps - 2, steps, 1, 3], layer.batch_first, enforce_sorted=False)
    leaves += layer.parameters()

    for training in (True, False) if layer.dropout or layer.regularize else (True,):
        found = []
        for path in ("", "reference"):

            def on_path(chosen: str, *rest: Any, to: str = path, **more: Any) -> Any:
                taken.append(to or chosen)
                return run(to or chosen, *rest, **more)

            monkeypatch.setattr("gatewise.kernels.ops.run", on_path)
            parts = values(layer.train(training), form, x, beside)
            loss = sum((normal(*part.shape, seed=k) * part).sum() for k, part in enumerate(parts))
            gradients = torch.autograd.grad(loss, leaves, allow_unused=True, retain_graph=True)
            assert all(gradient is not None and gradient.ne(0).any() for gradient in gradients)
            found.append((parts, gradients))
        assert_close(found[0], found[1], rtol=1e-9, atol=1e-11)
        outputs.append(found[0][0][0])

    assert kernel_path(layer, x, **beside).path == "native"
    beside.pop("hx", None)
    assert kernel_path(layer.float(), x.to(torch.float32), **beside).path == "native"
    assert set(taken) == {"native", "reference"}
    assert len(outputs) == 1 or not torch.equal(*outputs)  # rest is something else than training


def dual(call: Callable[..., torch.Tensor], layer: Recurrent, x: torch.Tensor) -> object:
    with forward_ad.dual_level():
        return call(layer, forward_ad.make_dual(x, x))


SLOW = {  # what the kernels do not do, and the word for it in the reason
    "bfloat16": ("tensors are bfloat16", lambda call, layer, x: call(layer.bfloat16(), x.bfloat16())),
    "forward mode": ("forward-mode", dual),
    "grad": ("torch.func transforms other than vmap", lambda call, layer, x: grad(partial(call, layer))(x)),
    "hessian": ("forward-mode", lambda call, layer, x: hessian(partial(call, layer))(x)),
    "jvp": ("forward-mode", lambda call, layer, x: jvp(partial(call, layer), (x,), (x,))),
}


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # PyTorch's own forward mode
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("what", SLOW)
def test_on_the_reference_path(monkeypatch: pytest.MonkeyPatch, cell: str, what: str) -> None:
    """What only plain operations do is said, with the reason, and done."""
    told: list[KernelPath] = []
    taken: list[str] = []
    run = ops.run
    monkeypatch.setattr(ops, "run", lambda path, *rest, **more: (taken.append(path), run(path, *rest, **more))[1])

    def call(layer: Recurrent, x: torch.Tensor) -> torch.Tensor:
        told.append(kernel_path(layer, x))
        return layer(x)[0].square().sum()

    word, outer = SLOW[what]
    outer(call, made(cell, checkpoint=64), normal(3, 2, I, seed=1))

    assert {(each.path, each.isa, each.threads) for each in told} == {("reference", None, None)}
    assert all(word in each.reason for each in told)
    assert set(taken) == {"reference"}


@pytest.mark.parametrize(
    ("cell", "variant"), [*((c, None) for c in CELLS), *((c, Variant(layer_norm=True)) for c in GATED)]
)
def test_half_precision(cell: str, variant: Variant | None) -> None:
    """Outputs and all gradients are the kernels' float32 ones as far as bfloat16 holds them; none is missing."""
    layer, x, found = made(cell, dtype=torch.float32, variant=variant), normal(T, N, I, seed=1).float(), []

    def call(layer: Recurrent, x: torch.Tensor) -> torch.Tensor:
        y = layer(x)[0].float()
        gradients = torch.autograd.grad(y.square().sum(), list(layer.parameters()))
        found.append([y, *(gradient.float() for gradient in gradients)])
        return y

    call(layer, x)
    SLOW["bfloat16"][1](call, layer, x)

    for wanted, other in zip(*found, strict=True):
        assert 0 < (wanted - other).norm() < 0.05 * wanted.norm()


LATER = [
    (cell, options)
    for cell in CELLS
    for options in ({"variant": Variant(layer_norm=True)}, {"checkpoint": 64})
    if cell != "rnn" or "checkpoint" in options
]
"""What the tests of the operator do not make: layer norm, and more steps than are kept at once."""
LONG = 70


@pytest.mark.parametrize("cell", CELLS)
def test_second_derivatives(monkeypatch: pytest.MonkeyPatch, cell: str) -> None:
    """Of a layer that keeps little for the first, with layer norm where the cell has it, they are the reference's."""
    layer = made(cell, checkpoint=64, variant=None if cell == "rnn" else Variant(layer_norm=True))
    x, run, found = normal(LONG, 2, I, seed=1).requires_grad_(), ops.run, []
    leaves = [x, *layer.parameters()]
    for path in ("native", "reference"):
        monkeypatch.setattr(ops, "run", lambda _, *rest, to=path, **more: run(to, *rest, **more))
        first = torch.autograd.grad(layer(x)[0].pow(2).sum(), leaves, create_graph=True)
        found.append((first, torch.autograd.grad(sum(part.pow(2).sum() for part in first), leaves)))

    assert_close(found[0], found[1], rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("cell", "options"), LATER, ids=str)
def test_compiled_and_exported(cell: str, options: dict[str, object]) -> None:
    """One graph, forward and backward, of any batch, and an exported program have the bits of eager mode."""
    torch.compiler.reset()
    layer, given = made(cell, **options), torch.tensor([LONG, 66, 0, 3])
    whole = normal(LONG, N, I, seed=1)
    torch._dynamo.mark_dynamic(whole, 1)
    torch._dynamo.mark_dynamic(given, 0)
    compiled = torch.compile(lambda x, lengths: layer(x, lengths=lengths)[0], fullgraph=True, backend="aot_eager")

    for x, lengths in ((whole, given), (normal(LONG, 3, I, seed=2), given[:3])):
        leaves = [x.requires_grad_(), *layer.parameters()]
        with torch.compiler.set_stance("default" if x.shape[1] == N else "fail_on_recompile"):
            found, wanted = compiled(x, lengths), layer(x, lengths=lengths)[0]
        assert torch.equal(found, wanted)
        gradients = (torch.autograd.grad(y.pow(3).sum(), leaves) for y in (found, wanted))
        assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))

    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(layer, (whole.detach(),), dynamic_shapes={"input": {1: batch}})
    assert torch.equal(program.module()(x)[0], layer(x)[0])


@pytest.mark.parametrize(("cell", "options"), LATER, ids=str)
def test_vmap(cell: str, options: dict[str, object]) -> None:
    """Over models, and over inputs of one model: outputs and gradients of one after the other, to the bit."""
    models = [made(cell, seed, **options) for seed in range(3)]
    parameters, _ = stack_module_state(models)
    x, lengths = normal(LONG, N, I, seed=1), torch.tensor([LONG, 66, 0, 3])

    y = vmap(lambda own: functional_call(models[0], own, (x,), {"lengths": lengths})[0])(parameters)
    many = torch.stack([x, x.flip(0)]).requires_grad_()
    rows = vmap(lambda x: models[0](x, lengths=lengths)[0])(many)

    found = torch.autograd.grad(y.pow(3).sum(), list(parameters.values()))
    for m, model in enumerate(models):
        wanted = model(x, lengths=lengths)[0]
        gradients = torch.autograd.grad(wanted.pow(3).sum(), list(model.parameters()))
        assert torch.equal(y[m], wanted)
        assert all(torch.equal(all_[m], own) for all_, own in zip(found, gradients, strict=True))
    leaves = [many, *models[0].parameters()]
    wanted = torch.stack([models[0](each, lengths=lengths)[0] for each in many])
    assert torch.equal(rows, wanted)
    found, gradients = (torch.autograd.grad(y.pow(3).sum(), leaves) for y in (rows, wanted))
    assert torch.equal(found[0], gradients[0])
    assert_close(found, gradients, rtol=1e-12, atol=1e-12)
