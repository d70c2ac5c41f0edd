"""`gatewise.kernel_path` says which path a call takes, and why; the call takes it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
import torch
from torch.autograd import forward_ad
from torch.nn.utils import prune
from torch.nn.utils.rnn import pack_padded_sequence
from torch.testing import assert_close

import gatewise
from gatewise.errors import InputError
from gatewise.kernels import native, ops
from gatewise.nn.layers import GRU, LSTM

X = torch.zeros(7, 4, 3)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that calls really take."""
    paths: list[str] = []
    run = ops.run

    def noted(path: str, *arguments: object, **options: object) -> object:
        paths.append(path)
        return run(path, *arguments, **options)

    monkeypatch.setattr(ops, "run", noted)
    return paths


def check(layer: torch.nn.Module, x: object, taken: list[str], path: str, reason: str, **options: object) -> None:
    told = gatewise.kernel_path(layer, x, **options)
    layer(x, **options)
    assert (told.path, set(taken)) == (path, {path})
    assert reason in told.reason
    assert told.reason[0].islower() or told.reason.startswith("GATEWISE") or told.reason.startswith("torch")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", [{}, {"lengths": [7, 1, 0, 3]}], ids=str)
def test_native(taken: list[str], dtype: torch.dtype, options: dict[str, object]) -> None:
    """Plain calls on the CPU run on the kernels, and instruction set and threads are told."""
    layer = LSTM(3, 5, num_layers=2, bidirectional=True, dtype=dtype)

    check(layer, X.to(dtype), taken, "native", "the kernels are called directly", **options)

    told = gatewise.kernel_path(layer, X.to(dtype))
    assert (told.isa, told.threads) == (native.NATIVE.isa, torch.get_num_threads())


def test_every_form_of_input(taken: list[str]) -> None:
    """Single sequences, packed ones, given states, either layout."""
    layer = GRU(3, 5)

    check(layer, X[:, 0], taken, "native", "")
    check(layer, pack_padded_sequence(X, [7, 4, 4, 1]), taken, "native", "")
    check(layer, X, taken, "native", "", hx=torch.zeros(1, 4, 5))
    check(GRU(3, 5, batch_first=True), X, taken, "native", "")
    check(GRU(3, 5, convention="keras"), X, taken, "native", "")


@pytest.mark.parametrize(
    ("dtype", "reason"), [(torch.bfloat16, "tensors are bfloat16"), (torch.float16, "these tensors are float16")]
)
def test_other_dtypes(taken: list[str], dtype: torch.dtype, reason: str) -> None:
    """The reference computes in any dtype."""
    check(GRU(3, 5, dtype=dtype), X.to(dtype), taken, "reference", reason)


def test_other_devices(taken: list[str]) -> None:
    """The reference computes on any device."""
    check(GRU(3, 5, device="meta"), X.to("meta"), taken, "reference", "these tensors are on meta")


class Tagged(torch.Tensor):
    """A tensor of somebody's own kind."""


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (X.as_subclass(Tagged), "which a Tagged does not show"),
        (torch._neg_view(X), "lazily negated"),
    ],
)
def test_unusual_tensors(taken: list[str], x: torch.Tensor, reason: str) -> None:
    """Numbers that memory does not show are left to PyTorch."""
    check(GRU(3, 5), x, taken, "reference", reason)


def test_unusual_weights(taken: list[str]) -> None:
    """A weight of somebody's own kind counts as well."""
    layer = GRU(3, 5)
    layer.weight_hh_l0 = torch.nn.Parameter(layer.weight_hh_l0.detach().as_subclass(Tagged))

    check(layer, X, taken, "reference", "Tagged")


def test_weights_that_are_computed(taken: list[str]) -> None:
    """Parametrizations and pruned weights run on the kernels and get their gradients; a bias taken away is none."""
    normed, pruned, bare = GRU(3, 5), GRU(3, 5), GRU(3, 5)
    wanted = normed(X)[0]
    torch.nn.utils.parametrizations.weight_norm(normed, "weight_hh_l0")
    prune.l1_unstructured(pruned, "weight_hh_l0", 0.5)
    bare.bias_ih_l0 = None
    without = GRU(3, 5, bias=False)
    without.load_state_dict(bare.state_dict())

    check(normed, X, taken, "native", "")
    check(pruned, X, taken, "native", "")

    assert_close(normed(X)[0], wanted)
    normed(X)[0].sum().backward()
    assert normed.parametrizations.weight_hh_l0.original0.grad.ne(0).any()
    assert torch.equal(bare(X)[0], without(X)[0])


def test_another_default_device(taken: list[str]) -> None:
    """What a call makes by the way lies where its tensors lie."""
    layer = LSTM(3, 5)

    with torch.device("meta"):
        output, _, gates = layer(X, lengths=[7, 1, 0, 3], return_gates=True)

    assert {output.device.type, gates.cell.device.type} == {"cpu"}
    assert set(taken) == {"native"}


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_forward_mode(taken: list[str]) -> None:
    """A mode that changes what operations mean."""
    with forward_ad.dual_level():
        check(GRU(3, 5), X, taken, "reference", "a forward-mode level is active")


@pytest.mark.parametrize(
    ("stacked", "transform", "path", "reason"),
    [
        (1, torch.vmap, "registered", "under torch.vmap"),
        (2, lambda f: torch.vmap(torch.vmap(f)), "registered", "under torch.vmap"),
        (0, lambda f: torch.func.grad(lambda x: f(x).sum()), "reference", "torch.func transforms other than vmap"),
        (1, lambda f: torch.vmap(torch.func.grad(lambda x: f(x).sum())), "reference", "other than vmap"),
        (1, lambda f: torch.func.grad(lambda x: torch.vmap(f)(x).sum()), "reference", "other than vmap"),
    ],
)
def test_transforms(
    taken: list[str], stacked: int, transform: Callable[..., Callable[..., object]], path: str, reason: str
) -> None:
    """Vmap alone has an operator; everything else of torch.func takes plain operations."""
    layer, told = GRU(3, 5), []

    def call(x: torch.Tensor) -> torch.Tensor:
        told.append(gatewise.kernel_path(layer, x))
        return layer(x)[0]

    transform(call)(torch.zeros(*(2,) * stacked, 7, 4, 3))

    assert told[0].path == path
    assert set(taken) == {path}
    assert reason in told[0].reason


def test_compiling() -> None:
    """Under torch.compile the kernels are an operator."""
    torch.compiler.reset()
    layer, graphs = GRU(3, 5), []

    def backend(graph: torch.fx.GraphModule, _: object) -> object:
        graphs.append(graph.code)
        return graph

    torch.compile(layer, backend=backend, fullgraph=True)(X)

    assert "torch.ops.gatewise.recurrent" in graphs[0]


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Converting a tensor:torch.jit.TracerWarning")
def test_tracing(taken: list[str]) -> None:
    """torch.jit.trace gets plain operations, which run without gatewise."""
    torch.jit.trace(GRU(3, 5), (X,), check_trace=False)

    assert set(taken) == {"reference"}


def test_a_dispatch_mode(taken: list[str]) -> None:
    """What watches operators gets one to see."""
    with torch.utils.flop_counter.FlopCounterMode(display=False):
        check(GRU(3, 5), X, taken, "registered", "a torch dispatch mode is active")


def test_no_extension(taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason why there are no kernels is passed on."""
    monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "the kernels are on holiday"))

    check(GRU(3, 5), X, taken, "reference", "the kernels are on holiday")


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, nullcontext])
def test_with_and_without_gradients(taken: list[str], context: Callable[[], AbstractContextManager[object]]) -> None:
    """The path does not depend on whether gradients are wanted."""
    with context():
        check(LSTM(3, 5), X, taken, "native", "")


def test_refused() -> None:
    """Other modules, and arguments that the layer would refuse."""
    with pytest.raises(InputError, match=r"a torch\.nn\.modules\.rnn\.GRU.*gatewise\.from_torch\(module\)"):
        gatewise.kernel_path(torch.nn.GRU(3, 5), X)
    with pytest.raises(InputError, match="expected 3 channels"):
        gatewise.kernel_path(GRU(3, 5), X[..., :2])
