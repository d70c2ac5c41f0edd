"""Inputs that cannot be used as they are get a message with cause and remedy, and exit 2; their twins are read."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from malformed import CASES, written

import gatewise.experiment.run  # noqa: F401 - what is heavy is imported before the clock runs
from gatewise.cli import main
from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.run.options import options

SMALL = ("--fits", "4", "--params", "200", "--workers", "1")
NAMES = [case.name for case in CASES]


def _flags(case) -> list[str]:
    return [part for name, value in case.asked.items() for part in (f"--{name}", value)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_is_refused(case, tmp_path, capsys, monkeypatch):
    """The message names the cause and what to do; the exit is 2; nothing was trained and nothing is left behind."""
    path = written(case.bad, tmp_path / case.file)
    out = tmp_path / "run"
    monkeypatch.setattr(sys, "argv", ["gatewise", "compare", str(path), *_flags(case), *SMALL, "--out", str(out)])
    begun = time.process_time()
    with pytest.raises(SystemExit) as ended:
        main()
    message = capsys.readouterr().err
    assert ended.value.code == 2, message
    assert time.process_time() - begun < 5
    refused = message[message.index("gatewise: ") :]
    assert all(word in refused for word in case.told), message
    assert not out.exists()


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_its_twin_is_read(case, tmp_path):
    """The same kind of input, in good form or with what the message asked for, is read."""
    path = written(case.good, tmp_path / (case.twin_file or case.file))
    asked = case.asked if case.twin is None else case.twin
    data = look(path, Reading.of(options(**asked)))
    assert data.values.size


@pytest.mark.parametrize("case", CASES[::48], ids=NAMES[::48])
def test_a_user_sees_no_traceback(case, tmp_path):
    """In a process of its own: two lines at most, exit 2. Two stand for all: each is refused above in this one."""
    path = written(case.bad, tmp_path / case.file)
    asked = [sys.executable, "-m", "gatewise", "compare", str(path), *_flags(case), *SMALL]
    ran = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stdout + ran.stderr
    assert ran.stderr.splitlines()[-1].startswith("gatewise: ")


def test_there_are_enough():
    """Sixty different ones."""
    assert len(set(NAMES)) == len(NAMES) >= 60
