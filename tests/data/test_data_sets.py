"""Public data sets: one command each, from their files as they are; the page shows these commands."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from data_sets import PLACE, SETS, run

from gatewise.cli import main
from gatewise.experiment.workers.inline import Inline

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_page_shows_the_commands():
    """docs/data.md and the script name the same sets with the same commands, in the same order."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if "`gatewise compare " in line]
    assert rows == [f"| {found.name} | `{found.command}` |" for found in SETS]


@pytest.fixture
def here(monkeypatch, capsys):
    """The command line in this process, with few steps a fit: each process of its own takes longer to start."""
    monkeypatch.chdir(PLACE)
    monkeypatch.setattr("gatewise.comparison.Local", Inline)
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (60, 60))

    def call(arguments):
        monkeypatch.setattr(sys, "argv", ["gatewise", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return CompletedProcess(arguments, left.value.code, said.out, said.err)

    return call


@pytest.mark.skipif(not PLACE.is_dir(), reason="the data sets of ../shared/data are not there")
@pytest.mark.parametrize("found", [found for found in SETS if found.brief], ids=lambda found: found.name)
def test_a_set_is_compared_and_predicted_on(found, tmp_path, here):
    """The command runs, says what it understood, and its model predicts on the same file."""
    ran = run(found, tmp_path / "run", here)
    assert not ran.failed, ran.understood
    assert "missing values:" in ran.understood


@pytest.mark.long
@pytest.mark.skipif(not PLACE.is_dir(), reason="the data sets of ../shared/data are not there")
@pytest.mark.parametrize("found", [found for found in SETS if not found.brief], ids=lambda found: found.name)
def test_the_larger_sets_as_well(found, tmp_path):
    """So do those that take longer."""
    ran = run(found, tmp_path / "run")
    assert not ran.failed, ran.understood
