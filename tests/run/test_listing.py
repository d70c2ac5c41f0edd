"""The runs of a folder: finished, unfinished, running and broken."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from gatewise.errors import InputError
from gatewise.run.listing import runs

FINISHED = Path(__file__).parents[1] / "fixtures" / "format-4" / "classify"


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A finished run, a stopped one, one with half a verdict, what is left of one, and what is none."""
    for name in ("finished", "stopped", "cut"):
        shutil.copytree(FINISHED, tmp_path / name)
    (tmp_path / "stopped" / "verdict.json").unlink()
    (tmp_path / "cut" / "verdict.json").write_text('{"format": 4, "verd')
    (tmp_path / "rest").mkdir()
    shutil.copy(FINISHED / "verdict.json", tmp_path / "rest")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "plan.txt").write_text("no run")
    return tmp_path


def test_every_run_is_listed_with_its_state(several: Path) -> None:
    """Broken ones with the reason; what is no run is left out."""
    found = {run.path.name: run for run in runs(several)}

    assert {name: run.state for name, run in found.items()} == {
        "finished": "finished",
        "stopped": "unfinished",
        "cut": "broken",
        "rest": "broken",
    }
    assert found["finished"].verdict is not None
    assert found["finished"].data.endswith("counting.npz")
    assert found["finished"].size == sum(path.stat().st_size for path in FINISHED.rglob("*") if path.is_file())
    assert found["stopped"].fits > 0
    assert "is no JSON" in found["cut"].said
    assert "plan.json cannot be read" in found["rest"].said


def test_a_run_that_is_written_to_is_running(several: Path) -> None:
    """While a process holds its lock."""
    with FileLock(several / "stopped" / ".fits.sqlite.lock"):
        assert {run.path.name: run.state for run in runs(several)}["stopped"] == "running"
    assert {run.path.name: run.state for run in runs(several)}["stopped"] == "unfinished"


def test_a_run_folder_lists_itself_and_no_folder_is_told(several: Path) -> None:
    """A path that holds none is no mistake."""
    assert [run.path for run in runs(several / "finished")] == [several / "finished"]
    assert runs(several / "notes") == []
    with pytest.raises(InputError, match=r"elsewhere is not there, expected a folder with runs. Type: gatewise runs"):
        runs(several / "elsewhere")
