"""Report and panel of finished runs are what they were when somebody last looked at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from golden import GOLDEN, RUNS, files, name

from gatewise.run.folder import open_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("run", RUNS, ids=name)
def test_report_and_panel_are_as_they_were(run: Path) -> None:
    """To the letter, drawings aside; `python tests/support/golden.py` writes them anew."""
    for ending, content in files(open_run(run)).items():
        assert content == (GOLDEN / f"{name(run)}.{ending}").read_text("utf-8")


def test_every_golden_file_has_a_run() -> None:
    """None is left over."""
    assert {path.stem for path in GOLDEN.iterdir()} == {name(run) for run in RUNS}
