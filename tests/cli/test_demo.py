"""``gatewise demo``: two comparisons in one budget, on data that the package carries; what trains is stood in for."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gatewise.cli import main
from gatewise.comparison import Comparison
from gatewise.run.folder import RunFolder

if TYPE_CHECKING:
    from gatewise.run.options import Invocation

demo = import_module("gatewise.cli.demo")  # the package has the command under that name

ROOT = Path(__file__).parents[2]
FINISHED = RunFolder(ROOT / "tests" / "fixtures" / "format-4" / "forecast")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, Invocation]]:
    """What would be compared, in an empty folder."""
    found: list[tuple[Path, Invocation]] = []

    def compared(data: Path, call: Invocation, since: float) -> Comparison:
        found.append((data, call))
        return Comparison(FINISHED, FINISHED.verdict())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "compared", compared)
    return found


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *typed: str) -> tuple[int, str, str]:
    """Exit code and both outputs."""
    monkeypatch.setattr(sys, "argv", ["gatewise", "demo", *typed])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, out, err


def test_two_comparisons_share_the_budget(
    asked: list[tuple[Path, Invocation]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a command one can type, which asks for what is compared; a sentence follows each first screen."""
    for _ in range(2):  # a second time in the same folder
        code, out, _ = said(capsys, monkeypatch, "--budget", "90s", "--seed", "7")
        assert code == 0
    typed = [shlex.split(line)[1:] for line in out.splitlines() if line.startswith("$ gatewise compare ")]
    assert len(typed) == 2 == out.count("It teaches: ")
    for words, (data, call) in zip(typed, asked[-2:], strict=True):
        assert words[:3] == ["gatewise", "compare", str(data)]
        assert re.search(r"--budget \d+s --seed 7$", " ".join(words))
        assert call.seed == 7
        assert data.read_bytes() == (ROOT / "examples" / data.name).read_bytes()
    first, second = (call.budget or 0 for _, call in asked[-2:])
    assert 44 <= first <= 45
    assert 88 <= second <= 89, "all that the first one left"


@pytest.mark.parametrize("verdict", ["lstm", "gru", "equal", "undecided"])
@pytest.mark.parametrize("recommendation", ["gru", "baseline"])
def test_what_it_teaches_fits_what_was_found(verdict: str, recommendation: str) -> None:
    """No sentence says that something was shown which was not; each fits a terminal."""
    found = FINISHED.verdict().model_copy(update={"verdict": verdict, "recommendation": recommendation})
    for part in demo.PARTS:
        lesson = part.taught(found)
        assert max(map(len, lesson.splitlines())) <= 80
    chaos, weather = (part.taught(found) for part in demo.PARTS)
    net = recommendation == "gru"
    assert ("far better than every simple rule" in chaos) is net
    assert ("shown to be equally good" in chaos) is (verdict == "equal" and net)
    assert ("is shown to be the better one" in chaos) is (verdict in ("lstm", "gru") and net)
    assert ("you need no network" in weather) is not net


def test_a_file_of_the_users_is_left_alone(
    asked: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Exit 2, and what to do."""
    (tmp_path / "demo").mkdir()
    mine = tmp_path / "demo" / "tent-map.csv"
    mine.write_text("mine")
    code, _, err = said(capsys, monkeypatch)
    assert (code, mine.read_text(), asked) == (2, "mine", [])
    assert "is there already and is not the demo's. Move it away" in err


def test_a_budget_for_one_is_refused(
    asked: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is written."""
    code, _, err = said(capsys, monkeypatch, "--budget", "30s")
    assert code == 2
    assert "got 30 seconds for 2 comparisons, expected at least 41. Type: --budget 100s" in err
    assert not any(tmp_path.iterdir())


def test_ctrl_c_ends_all(asked: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 130; the second comparison does not begin."""

    def stopped(*_: object) -> Comparison:
        asked.append(None)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "compared", stopped)
    assert said(capsys, monkeypatch)[0] == 130
    assert asked == [None]


def test_the_package_carries_the_data() -> None:
    """What the demo reads is installed by name."""
    installed = re.search(
        r"install\(FILES (.*?) DESTINATION gatewise/examples\)", (ROOT / "CMakeLists.txt").read_text()
    )
    assert installed is not None
    assert installed[1].split() == sorted(f"examples/{part.file}" for part in demo.PARTS)
