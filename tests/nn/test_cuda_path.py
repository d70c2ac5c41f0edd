"""What `gatewise.kernel_path` says of CUDA, and that the layer does so; FakeTensors stand for a GPU's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.autograd import forward_ad

import gatewise
from gatewise import GRU, LSTM, RNN, Regularize, Variant
from gatewise.errors import InputError
from gatewise.kernels import native, ops
from gatewise.kernels.cudnn import Asked
from gatewise.kernels.path import choose
from gatewise.nn import recurrent
from gatewise.reference.conventions import preset
from gatewise.reference.scan import Weights

MODE = FakeTensorMode()


class StoppedError(Exception):
    """A call has come to its path."""


def fake(like: torch.Tensor, kind: type[FakeTensor] = FakeTensor) -> FakeTensor:
    """A tensor that says that it is on CUDA."""
    return kind(MODE, torch.empty_like(like, device="meta"), torch.device("cuda"))


X = fake(torch.zeros(7, 4, 3))


def on_cuda(layer: torch.nn.Module) -> torch.nn.Module:
    """The layer with such parameters; without gradients, which torch cannot make without CUDA."""
    for name, parameter in list(layer.named_parameters()):
        setattr(layer, name, torch.nn.Parameter(fake(parameter), requires_grad=False))
    return layer


@pytest.fixture(autouse=True)
def cudnn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that has cuDNN."""
    monkeypatch.setattr(torch, "cudnn_is_acceptable", lambda x: True)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that calls come to; they end there. No lengths are looked at: FakeTensors have no numbers."""
    paths: list[str] = []

    def noted(path: str, *_: object, **__: object) -> None:
        paths.append(path)
        raise StoppedError

    monkeypatch.setattr(ops, "run", noted)
    monkeypatch.setattr(recurrent, "check_steps", lambda *_: None)
    return paths


def check(layer: torch.nn.Module, taken: list[str], path: str, reason: str, x: object = X, **options: object) -> None:
    with MODE:
        told = gatewise.kernel_path(layer, x, **options)
        with pytest.raises(StoppedError):
            layer(x, **options)
    assert (told.path, taken) == (path, [path])
    assert (told.isa, told.threads) == (None, None)
    assert reason in told.reason


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize(
    "make",
    [
        lambda: LSTM(3, 5),
        lambda: LSTM(3, 5, 2, bidirectional=True, dropout=0.5, batch_first=True),
        lambda: LSTM(3, 5, bias=False, convention="onnx"),
        lambda: LSTM(3, 5, variant=Variant(coupled=True)),
        lambda: LSTM(3, 5, regularize=Regularize(weight_dropout=0.5)).eval(),
        lambda: GRU(3, 5, convention="torch"),
        lambda: GRU(3, 5, convention="keras"),
        lambda: GRU(3, 5, convention="torch", regularize=Regularize(recurrent_dropout=0.5)).eval(),
        lambda: RNN(3, 5),
    ],
)
def test_cudnn(taken: list[str], make: Callable[[], torch.nn.Module], dtype: torch.dtype) -> None:
    """What torch's function computes."""
    layer = make()

    check(on_cuda(layer.to(dtype)), taken, "cudnn", "cuDNN runs it", fake(torch.zeros(7, 4, 3, dtype=dtype)))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: GRU(3, 5), 'cuDNN\'s GRU is that of convention="torch"'),
        (lambda: GRU(3, 5, convention="keras-reset-before"), "reset after the product, z weighing the old state"),
        (lambda: GRU(3, 5, convention="torch", variant=Variant(hard_sigmoid=0.2)), "hard sigmoids"),
        (lambda: LSTM(3, 5, variant=Variant(peepholes=True)), "cuDNN's LSTM has no peepholes"),
        (lambda: LSTM(3, 5, regularize=Regularize(recurrent_dropout=0.5)), "neither recurrent dropout nor zoneout"),
        (lambda: RNN(3, 5, regularize=Regularize(zoneout=0.5)), "neither recurrent dropout nor zoneout"),
        (lambda: LSTM(3, 5, regularize=Regularize(zoneout_cell=0.5)).eval(), "neither recurrent dropout nor zoneout"),
    ],
)
def test_layers_that_are_something_else(taken: list[str], make: Callable[[], torch.nn.Module], reason: str) -> None:
    """What torch's function has not."""
    check(on_cuda(make()), taken, "reference", reason)


@pytest.mark.parametrize("name", ["lengths", "mask", "reset"])
def test_steps(taken: list[str], name: str) -> None:
    """Whatever says which steps a row runs, or where it begins anew."""
    given = torch.zeros(4, dtype=torch.int64) if name == "lengths" else torch.ones(4, 7, dtype=torch.bool)

    check(on_cuda(LSTM(3, 5)), taken, "reference", "lengths, a mask or resets", **{name: fake(given)})


def test_gates(taken: list[str]) -> None:
    """Gates are shown by plain operations; what the layer refuses, the answer refuses."""
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.zeros(7, 4, 3), [7, 4, 4, 1])

    check(on_cuda(LSTM(3, 5)), taken, "reference", "cuDNN does not show its gates", return_gates=True)
    with pytest.raises(InputError, match="return_gates=True with a PackedSequence"):
        gatewise.kernel_path(LSTM(3, 5), packed, return_gates=True)
    with pytest.raises(InputError, match="return_gates, expected none, since a cell takes one step"):
        gatewise.kernel_path(gatewise.LSTMCell(3, 5), torch.zeros(4, 3), return_gates=True)


class Tagged(FakeTensor):
    """A tensor of somebody's own kind."""


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (fake(torch.zeros(7, 4, 3), Tagged), "which a Tagged does not show"),
        (fake(torch.zeros(7, 0, 3)), "no empty tensors"),
    ],
)
def test_tensors(taken: list[str], x: FakeTensor, reason: str) -> None:
    """What cuDNN does not take."""
    check(on_cuda(LSTM(3, 5)), taken, "reference", reason, x)


@pytest.mark.filterwarnings("ignore:Complex modules are a new feature:UserWarning")
def test_other_dtypes(taken: list[str]) -> None:
    """Dtypes that cuDNN's function does not have."""
    layer = on_cuda(LSTM(3, 5).to(torch.complex64))

    check(layer, taken, "reference", "computes in no complex64", fake(torch.zeros(7, 4, 3, dtype=torch.complex64)))


def test_turned_off(taken: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By torch's switch and by ours; nothing is said against cuDNN where only the extension is missing."""
    layer = on_cuda(LSTM(3, 5))

    with torch.backends.cudnn.flags(enabled=False):
        check(layer, taken, "reference", "torch.backends.cudnn.enabled is False")
    taken.clear()
    monkeypatch.setattr(native, "NATIVE", native.load({"GATEWISE_KERNEL": "reference"}))
    check(layer, taken, "reference", "GATEWISE_KERNEL=reference turns the native kernels off, and cuDNN")
    taken.clear()
    monkeypatch.setattr(native, "NATIVE", native.Native(None, "", "the kernels are on holiday"))
    check(layer, taken, "cudnn", "")
    taken.clear()
    monkeypatch.setattr(torch, "cudnn_is_acceptable", lambda x: False)
    check(layer, taken, "reference", "torch has no cuDNN here for float32 on cuda")


@contextmanager
def autocast() -> Iterator[None]:
    """``torch.autocast("cuda")``, which does nothing without CUDA."""
    torch.set_autocast_enabled("cuda", True)
    try:
        yield
    finally:
        torch.set_autocast_enabled("cuda", False)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize(
    ("context", "reason"), [(autocast, "torch.autocast is active"), (forward_ad.dual_level, "forward-mode level")]
)
def test_surroundings(taken: list[str], context: Callable[[], AbstractContextManager[object]], reason: str) -> None:
    """Modes that change what operations mean."""
    layer = on_cuda(LSTM(3, 5))
    with context():
        check(layer, taken, "reference", reason)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize(
    ("transform", "reason"),
    [
        (lambda call: torch.vmap(call)(torch.zeros(2)), "torch.func transforms, vmap among them"),
        (lambda call: torch.func.grad(call)(torch.zeros(())), "torch.func transforms, vmap among them"),
        (lambda call: torch.jit.trace(call, (torch.zeros(()),), check_trace=False), "torch.jit.trace"),
    ],
)
def test_transforms(transform: Callable[[Callable[..., torch.Tensor]], object], reason: str) -> None:
    """Whatever batches, differentiates or records."""
    asked, told = Asked(preset("lstm", "torch"), Weights(X, X), steps=False, factors=False, gates=False), []

    def call(x: torch.Tensor) -> torch.Tensor:
        told.append(choose([X], asked))
        return 2 * x

    transform(call)

    assert choose([X], asked).path == "cudnn"
    assert told[0].path == "reference"
    assert reason in told[0].reason


def test_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.compile gets plain operations."""
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)

    told = gatewise.kernel_path(on_cuda(LSTM(3, 5)), X)

    assert (told.path, "torch.compile" in told.reason) == ("reference", True)


def test_cells(taken: list[str]) -> None:
    """A single step is no sequence; a layer's step is a sequence of one."""
    layer, x = on_cuda(LSTM(3, 5)), fake(torch.zeros(4, 3))

    check(on_cuda(gatewise.LSTMCell(3, 5)), taken, "reference", "a cell takes a single step", x)
    taken.clear()
    with MODE, pytest.raises(StoppedError):
        layer.step(x)
    assert taken == ["cudnn"]


@pytest.mark.parametrize("make", [LSTM, RNN])  # the GRU's function has no FakeTensors
@torch.no_grad()
def test_a_whole_call(make: Callable[..., torch.nn.Module]) -> None:
    """Depths, directions, layout and given states come to torch's function and back."""
    layer, x = on_cuda(make(3, 5, 2, bidirectional=True, batch_first=True)), fake(torch.zeros(4, 7, 3))
    with MODE:
        output, states = layer(x)
        again, _ = layer(x, states)

    assert gatewise.kernel_path(layer, x, states).path == "cudnn"
    assert (again.shape, again.device.type, again.dtype) == ((4, 7, 10), "cuda", torch.float32)
    assert {part.shape for part in (states if layer.cell == "lstm" else (states,))} == {(4, 4, 5)}
    assert output.shape == again.shape


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("field", ["recurrent_dropout", "weight_dropout", "zoneout", "zoneout_cell"])
def test_factors_are_known_before_they_are_made(field: str, training: bool) -> None:
    """`Regularize.multiplies`, which the choice asks, says whether `factors` makes any."""
    regularize = Regularize(**{field: 0.5})
    made = gatewise.nn.regularize.factors(regularize, (7, 4, 5), torch.zeros(1), training=training, generator=None)

    assert regularize.multiplies(training=training) == any(part is not None for part in made)
