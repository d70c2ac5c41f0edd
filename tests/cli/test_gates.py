"""``gatewise gates`` and ``gatewise cells`` as a user meets them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewise.cli import main
from gatewise.errors import OptionError
from gatewise.explain.run import scene
from gatewise.explain.trace import gates
from gatewise.model.model import load
from gatewise.model.network import Network
from gatewise.reference.conventions import parameter_count

ROOT = Path(__file__).parents[2]
RUNS, DATA = ROOT / "tests" / "fixtures" / "format-4", ROOT / "tests" / "fixtures" / "data"
WEATHER = ROOT / "examples" / "seattle-weather.csv"


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Type a command; its exit status."""
    monkeypatch.setattr(sys, "argv", ["gatewise", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_cells_need_no_torch() -> None:
    """Equations, roles and counts, for the sizes that are asked for."""
    program = (
        "import sys; from gatewise.cli import app; sys.argv = ['gatewise', 'cells', '--input', '3', '--hidden', '10']\n"
    )
    program += "try: app()\nexcept SystemExit: print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.endswith("False\n")
    for cell, convention in (("lstm", "textbook"), ("gru", "textbook"), ("gru", "torch"), ("rnn", "textbook")):
        assert f"= {parameter_count(cell, 3, 10, convention=convention):,}\n" in said
    assert "f_t = σ(W_f [h_{t-1}, x_t] + b_f)" in said
    assert "forget gate: how much of the old cell state stays" in said
    assert "a quarter less" in said


def test_a_page_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It lies in the run folder, shows the cell that is asked for first, and says what it shows."""
    run = tmp_path / "run"
    shutil.copytree(RUNS / "forecast", run)

    assert typed(monkeypatch, "gates", run, WEATHER, "--cell", "gru", "--example", 500) == 0

    assert capsys.readouterr().out == f"{run / 'microscope.html'}\n"
    [block] = re.findall(r'id="data">(.*?)</script>', (run / "microscope.html").read_text("utf-8"), re.DOTALL)
    [shown] = json.loads(block)
    assert shown["title"] == "the 16 rows up to row 500"
    assert shown["first"] == "gru"
    assert [each["title"] for each in shown["networks"]] == ["LSTM", "GRU"]
    assert shown["networks"][1]["about"] == [
        "GRU of 7 units: the network that is handed over.",
        "Trained on rows up to 2015-12-31 (all 1,461 rows).",
        "It answers what ridge-calendar-own leaves, in units of 0.7554.",
        "Inputs are in units of their spread in training, 0 is their mean.",
    ]
    assert shown["networks"][0]["channels"][-1] == "year cos 2"


@pytest.mark.parametrize(
    ("run", "data"),
    [
        ("classify", DATA / "counting.npz"),
        ("classify-steps", DATA / "wear.csv"),
        ("regress", DATA / "last.npz"),
        ("regress-steps", DATA / "wear.csv"),
    ],
)
def test_any_task_can_be_looked_into(run: str, data: Path) -> None:
    """What is shown is what the stored network computes on the example."""
    found = scene(RUNS / run, data, example=2)

    for shown in found.networks:
        network = load(RUNS / run / "models" / shown.label).network
        assert isinstance(network, Network)
        np.testing.assert_array_equal(gates(network.layer, shown.gates.x).h, shown.gates.h)
        assert len(shown.channels) == shown.gates.x.shape[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected one such as runs/"),
        (("RUN", "DATA", "--example", "10"), "expected one from 16 to 1,461"),
        (("RUN", "DATA", "--cell", "grue"), "did you mean gru?"),
        (("RUN", "--teach"), "takes no RUN"),
        (("RUN",), "the data of .* are gone: there is no .*Type: gatewise gates .* FILE"),
    ],
)
def test_mistakes(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The message says what to type, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    place = {"RUN": str(RUNS / "forecast"), "DATA": str(WEATHER)}

    assert typed(monkeypatch, "gates", *(place.get(word, word) for word in words)) == 2

    assert re.search(said, capsys.readouterr().err)
    assert not (RUNS / "forecast" / "microscope.html").exists()


@pytest.mark.parametrize(("task", "data"), [("next-symbol", "orders.csv"), ("next-frame", "chords.json")])
def test_what_comes_next_can_be_looked_into(task: str, data: str) -> None:
    """A piece from its beginning, as the stored network reads it; each step is called what is read there."""
    found = scene(RUNS / task, DATA / data, example=2)

    assert re.fullmatch(r"example 2 of \d+", found.title)
    assert found.symbols is (task == "next-symbol")
    for shown in found.networks:
        model = load(RUNS / task / "models" / shown.label)
        assert model.network is not None
        section, steps = model.section, shown.gates.steps
        if task == "next-symbol":
            alphabet: Any = section["alphabet"]
            assert found.at[0] == "^"
            codes = [len(alphabet) + 1, *(alphabet.index(symbol) + 1 for symbol in found.at[1:])]
            read = np.array(codes, np.float32)[:, None]
        else:
            assert found.at == ()
            frames = json.loads((DATA / data).read_text("utf-8"))["train"][1]
            assert steps == len(frames)
            on = [{str(key) for key in frame} for frame in frames]
            read = np.array([[name in each for name in model.data.features] for each in on], np.float32)
            assert read.sum() == sum(map(len, frames))
        np.testing.assert_array_equal(gates(model.network, read).h, shown.gates.h)
        assert len(shown.channels) == shown.gates.x.shape[1]
        assert not [sentence for sentence in shown.about if "spread in training" in sentence]


def test_a_long_text_is_shown_from_its_beginning(tmp_path: Path) -> None:
    """As far as it goes on a page."""
    (tmp_path / "long.csv").write_text("order,step\n" + "a,pack\n" * 700 + "b,pack\nb,ship\n", "utf-8")
    found = scene(RUNS / "next-symbol", tmp_path / "long.csv")

    assert found.title == "the first 512 of 701 steps of example 1 of 2"
    assert found.networks[0].gates.steps == 512

    with pytest.raises(OptionError, match="--example 3: there are 2 examples, numbered from 1 to 2"):
        scene(RUNS / "next-symbol", tmp_path / "long.csv", example=3)
