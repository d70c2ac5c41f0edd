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

OWN = {name: getattr(nn, name) for name in ("LSTM", "GRU", "RNN")}


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patch, "_told", set())


@pytest.mark.parametrize("name", OWN)
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


def test_what_is_not_served_is_torchs_own() -> None:
    """Relu, a mistake, and a device without kernels: torch's layer or torch's error, and the reason once."""
    with gatewise.patch_torch():
        with pytest.warns(UserWarning, match=r"torch\.nn\.RNN stays torch's own: got nonlinearity='relu'") as told:
            layers = [nn.RNN(3, 5, nonlinearity="relu") for _ in range(3)]
        with pytest.raises(ValueError, match="dropout should be a number in range"):
            nn.GRU(3, 5, dropout=2.0)
        with pytest.raises((RuntimeError, AssertionError), match="CUDA"):
            nn.GRU(3, 5, device="cuda")
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
    """torch.jit.script compiles torch's own layer with the same parameters."""
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
