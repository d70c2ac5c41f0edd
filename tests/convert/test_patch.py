"""Programs of torch's run with gatewise's layers in the place of torch's, and know nothing of it."""

import pickle
import sys
import warnings
from abc import ABC
from pathlib import Path

import pytest
import torch
from torch import nn, randn
from torch.testing import assert_close

import gatewise
from gatewise import patched
from gatewise.convert import patch

LAYERS, CELLS = ("LSTM", "GRU", "RNN"), ("LSTMCell", "GRUCell", "RNNCell")
OWN = {name: getattr(nn, name) for name in (*LAYERS, *CELLS)}


def parts(results: object) -> list[torch.Tensor]:
    return [results] if isinstance(results, torch.Tensor) else [part for each in results for part in parts(each)]


def pair(name: str, *sizes: int, **options: object) -> tuple[nn.Module, nn.Module]:
    """One of ours that was made in torch's place, and torch's own of the same weights."""
    with gatewise.patch_torch():
        ours = getattr(nn, name)(*sizes, **options)
    theirs = OWN[name](*sizes, **options)
    theirs.load_state_dict(ours.state_dict())
    assert type(ours) is getattr(patch, name)
    return ours, theirs


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patch, "_told", set())


@pytest.mark.parametrize("name", LAYERS)
def test_the_same_program(name: str) -> None:
    """A seeded training has the same weights to begin with, the same losses, and files that torch's layers read."""
    losses = {}
    for ours in (False, True):
        with gatewise.patch_torch() if ours else warnings.catch_warnings():
            torch.manual_seed(5)
            kind = getattr(nn, name)
            layer = kind(3, 5, 2, batch_first=True, dropout=0.3, bidirectional=True, dtype=torch.float64)
            assert isinstance(layer, kind)
            optimizer, losses[ours] = torch.optim.Adam(layer.parameters(), 0.01), []
            for _ in range(5):
                output, _ = layer(randn(4, 6, 3, dtype=torch.float64))
                loss = output.relu_().square().mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses[ours].append(loss.item())
    OWN[name](3, 5, 2, bidirectional=True, dtype=torch.float64).load_state_dict(layer.state_dict())

    assert type(layer) is getattr(patch, name)
    assert_close(losses[True], losses[False], rtol=1e-10, atol=0)
    assert getattr(nn, name) is OWN[name]
    assert repr(pickle.loads(pickle.dumps(layer))) == repr(layer)


@pytest.mark.parametrize("name", CELLS)
def test_the_same_loop(name: str) -> None:
    """A seeded training of two cells in a loop over steps: PyTorch's time_sequence_prediction, with its closure."""
    losses, lstm = {}, name == "LSTMCell"
    for ours in (False, True):
        with gatewise.patch_torch() if ours else warnings.catch_warnings():
            torch.manual_seed(5)
            cells = nn.ModuleList([getattr(nn, name)(1, 7), getattr(nn, name)(7, 7), nn.Linear(7, 1)]).double()
            assert isinstance(cells[0], getattr(nn, name))
            assert isinstance(cells[0], nn.RNNCellBase)
            series, losses[ours] = randn(4, 12, dtype=torch.float64).cumsum(1), []
            optimizer = torch.optim.LBFGS(cells.parameters(), lr=0.5)

            def closure(cells=cells, series=series, ours=ours, optimizer=optimizer) -> torch.Tensor:
                states, said = [None, None], []
                for x in series[:, :-1].split(1, dim=1):
                    for depth in range(2):
                        states[depth] = cells[depth](x, states[depth])
                        x = states[depth][0] if lstm else states[depth]
                    said.append(cells[2](x))
                loss = (torch.cat(said, 1) - series[:, 1:]).square().mean()
                optimizer.zero_grad()
                loss.backward()
                losses[ours].append(loss.item())
                return loss

            for _ in range(2):
                optimizer.step(closure)
    OWN[name](1, 7, dtype=torch.float64).load_state_dict(cells[0].state_dict())

    assert type(cells[0]) is getattr(patch, name)
    assert_close(losses[True], losses[False], rtol=1e-8, atol=0)
    assert getattr(nn, name) is OWN[name]
    assert repr(pickle.loads(pickle.dumps(cells))) == repr(cells)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_torchs_own_function(name: str, dtype: torch.dtype) -> None:
    """Also of weights that are rounded later: the same numbers as torch's, and `kernel_path` says which."""
    ours, theirs = pair(name, 3, 5)
    x = randn(*((4, 3) if name in CELLS else (6, 4, 3)))
    assert gatewise.kernel_path(ours, x).path == "native"
    ours, theirs, x = ours.to(dtype), theirs.to(dtype), x.to(dtype)

    assert_close(parts(ours(x)), parts(theirs(x)), rtol=0, atol=0)
    told = gatewise.kernel_path(ours, x)

    assert (told.path, told.isa) == ("torch", None)
    assert str(dtype).removeprefix("torch.") in told.reason
    if name in LAYERS:
        packed = nn.utils.rnn.pack_padded_sequence(x, [6, 3, 2, 1])
        assert_close(ours(packed)[0].data, theirs(packed)[0].data, rtol=0, atol=0)
        with pytest.raises(gatewise.GatewiseError, match="expected whole numbers"):
            ours(x, lengths=torch.ones(4))  # an argument of ours is for our own path


@pytest.mark.parametrize("name", OWN)
def test_moved_to_another_device(name: str) -> None:
    """Tensors that no kernel reads take torch's own function."""
    ours, _ = pair(name, 3, 5)
    x = torch.zeros(4, 3, device="meta") if name in CELLS else torch.zeros(6, 4, 3, device="meta")
    taken = []
    ours.theirs = type(
        "Counting", (), {"forward": lambda *given: (taken.append(given[1]), OWN[name].forward(*given))[1]}
    )

    assert {part.shape[-1] for part in parts(ours.to("meta")(x))} == {5}

    assert taken == [x]
    assert gatewise.kernel_path(ours, x)[:2] == ("torch", None)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_traced(name: str) -> None:
    """torch.jit.trace records torch's own function, so that the trace takes any number of steps and rows."""
    ours, theirs = pair(name, 3, 5)
    traced = torch.jit.trace(ours, randn(4, 3) if name in CELLS else randn(6, 4, 3))
    x = randn(2, 3) if name in CELLS else randn(9, 2, 3)

    assert_close(parts(traced(x)), parts(theirs(x)))


def test_one_row_of_a_large_rnn_cell() -> None:
    """Where torch's product of a row with a weight is quicker, a call without gradients is torch's own to the bit."""
    ours, theirs = pair("RNNCell", 16, 1024)
    x, h = randn(1, 16), randn(1, 1024)
    with torch.no_grad():
        assert gatewise.kernel_path(ours, x).path == "torch"
        assert gatewise.kernel_path(ours, x[0]).path == "torch"
        assert torch.equal(ours(x, h), theirs(x, h))
        assert gatewise.kernel_path(ours, randn(2, 16)).path == "native"
        assert gatewise.kernel_path(pair("RNNCell", 16, 896)[0], x).path == "native"
        assert gatewise.kernel_path(pair("RNNCell", 16, 1536)[0], x).path == "native"
        assert gatewise.kernel_path(pair("LSTMCell", 16, 1024)[0], x).path == "native"
        with pytest.raises(gatewise.GatewiseError, match="expected a tensor"):
            ours("x")
    assert gatewise.kernel_path(ours, x).path == "native"


def test_a_cell_that_inherits_from_torchs() -> None:
    """A program's own cell, with a reset of its own that has torch's signature."""
    with gatewise.patch_torch():

        class Own(nn.GRUCell):
            def reset_parameters(self) -> None:
                for weight in self.parameters():
                    nn.init.constant_(weight, 0.1)

        class OwnLayer(nn.LSTM):
            reset_parameters = Own.reset_parameters

        cell, layer = Own(3, 5), OwnLayer(3, 5)
        assert isinstance(cell, nn.GRUCell)
    plain = OWN["GRUCell"](3, 5)
    Own.reset_parameters(plain)
    x = randn(4, 3)

    assert_close(cell(x), plain(x))
    assert gatewise.kernel_path(cell, x).path == "native"
    assert {part.unique().item() for part in layer.parameters()} == {torch.tensor(0.1).item()}


def test_what_is_not_served_is_torchs_own() -> None:
    """Relu, a mistake, and a device without kernels: torch's layer or torch's error, and the reason once."""
    with gatewise.patch_torch():
        with pytest.warns(UserWarning, match=r"torch\.nn\.RNN stays torch's own: got nonlinearity='relu'") as told:
            layers = [nn.RNN(3, 5, nonlinearity="relu") for _ in range(3)]
        with pytest.raises(ValueError, match="dropout should be a number in range"):
            nn.GRU(3, 5, dropout=2.0)
        with pytest.raises((RuntimeError, AssertionError), match="CUDA"):
            nn.GRU(3, 5, device="cuda")
        with pytest.warns(UserWarning, match=r"torch\.nn\.RNNCell stays torch's own: got nonlinearity='relu'"):
            assert type(nn.RNNCell(3, 5, nonlinearity="relu")) is OWN["RNNCell"]
        assert isinstance(layers[0], nn.RNN)
        assert isinstance(OWN["LSTM"](3, 5), nn.LSTM)
        assert not isinstance(layers[0], nn.LSTM)

    assert len(told) == 1
    assert type(layers[0]) is OWN["RNN"]


def test_classes_of_programs() -> None:
    """Classes that inherit from torch's, beside a class of their own: pytorch-forecasting."""
    with gatewise.patch_torch():

        class Base(ABC, nn.RNNBase):
            def kind(self) -> str:
                return self.mode

        class Own(Base, nn.LSTM):
            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return super().forward(x)[0]

        layer = Own(3, 5)

        assert isinstance(layer, nn.LSTM)
    assert (layer.kind(), layer(torch.zeros(2, 4, 3)).shape) == ("LSTM", (2, 4, 5))
    assert gatewise.kernel_path(layer, torch.zeros(2, 4, 3)).path == "native"


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_scripted() -> None:
    """torch.jit.script compiles torch's own layer or cell with the same parameters."""
    cell, own = pair("LSTMCell", 3, 5)
    assert_close(torch.jit.script(nn.Sequential(cell))(torch.ones(4, 3)), own(torch.ones(4, 3)))
    with gatewise.patch_torch():
        model = nn.Sequential(nn.GRU(3, 5))
    before, x = dict(model.named_parameters()), randn(6, 4, 3)
    wanted = model(x)[0]

    scripted = torch.jit.script(model)

    assert_close(scripted(x)[0], wanted)
    assert all(parameter is before[name] for name, parameter in model.named_parameters())


SCRIPT = """
import sys
import neighbour
from torch.nn import LSTM
print(type(LSTM(3, 5)).__module__, sys.argv[1:], neighbour.WORD, __name__)
"""


def test_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m gatewise.patched`` runs a script with its arguments and neighbours; without one it names the way."""
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    (tmp_path / "neighbour.py").write_text("WORD = 'here'", "utf-8")
    monkeypatch.setattr(sys, "argv", ["patched"])
    monkeypatch.setattr(sys, "path", ["", *sys.path])

    patched.main([str(tmp_path / "script.py"), "--lr", "1"])

    assert capsys.readouterr().out == "gatewise.convert.patch ['--lr', '1'] here __main__\n"
    assert nn.LSTM is OWN["LSTM"]
    with pytest.raises(SystemExit, match=r"Type python -m gatewise\.patched script\.py"):
        patched.main([])
