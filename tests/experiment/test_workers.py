"""Where jobs are computed does not matter."""

import os
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tiny import sequences, series, task_of
from work import fails, killed, seen, threads

from gatewise.errors import RunError
from gatewise.experiment.workers import shared
from gatewise.experiment.workers.inline import Inline
from gatewise.experiment.workers.local import Local

if TYPE_CHECKING:
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.run.plan import Setting


def test_every_call_brings_its_setting() -> None:
    """Workers keep nothing of the call before: the same pool serves one setting after the other."""
    data = series()
    setting = task_of(data).setting
    other = setting._replace(metric="mae", splits=task_of(data, count=3).setting.splits)
    with Local(data, 2) as local:
        pools: list[Workers] = [local, Inline(data)]
        found = [[dict(pool.map(seen, asked, [5, 6, 7])) for asked in (setting, other, setting)] for pool in pools]

    for local_found, inline_found in zip(*found, strict=True):
        assert {k: row[:3] for k, row in local_found.items()} == {k: row[:3] for k, row in inline_found.items()}
    assert [row[0][1] for row in found[0]] == ["mse", "mae", "mse"]
    assert found[0][0][0][2] != found[0][1][0][2]
    assert os.getpid() not in {row[3] for answers in found[0] for row in answers.values()}
    assert {row[3] for answers in found[1] for row in answers.values()} == {os.getpid()}


def test_a_worker_has_one_thread() -> None:
    """Bits of a fit do not depend on the number of cores."""
    data = sequences()
    with Local(data, 1) as pool:
        assert dict(pool.map(threads, task_of(data).setting, [0])) == {0: 1}


@pytest.mark.parametrize("inline", [True, False])
def test_a_fault_reaches_the_caller(inline: bool) -> None:
    """It is not swallowed by the pool."""
    data = sequences()
    setting: Setting = task_of(data).setting
    if inline:
        with pytest.raises(RuntimeError, match="job 3"):
            list(Inline(data).map(fails, setting, [3]))
        return
    with Local(data, 1) as pool, pytest.raises(RuntimeError, match="job 3"):
        list(pool.map(fails, setting, [3]))


def test_a_killed_process_is_told_in_words() -> None:
    """The system kills for want of memory: what to type stands in the message."""
    data = sequences()
    with Local(data, 1) as pool, pytest.raises(RunError, match=r"ran out of memory.*gatewise resume.*--workers 1"):
        list(pool.map(killed, task_of(data).setting, [0]))


def test_processes_that_start_before_the_data_are_copies_of_one() -> None:
    """What they need is imported once; they compute the same, with one thread, and end with the pool."""
    data = sequences()
    setting = task_of(data).setting
    with Local(None, 2) as early, Local(data, 2) as late:
        early.given(data)
        found, expected = (dict(pool.map(seen, setting, [5, 6, 7])) for pool in (early, late))
        assert {k: row[:3] for k, row in found.items()} == {k: row[:3] for k, row in expected.items()}
        assert dict(early.map(threads, setting, [0])) == {0: 1}
        processes = {row[3] for row in found.values()}
    assert not [process for process in processes if Path(f"/proc/{process}").exists()]


def test_a_copy_that_is_killed_is_told_in_words() -> None:
    """As with any other process."""
    data = sequences()
    with Local(None, 1) as pool, pytest.raises(RunError, match=r"ran out of memory"):
        list(pool.given(data).map(killed, task_of(data).setting, [0]))


def test_what_copies_come_from_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there are any: it is told in the same words."""
    with Local(None, 1) as pool:

        def lost(*given: object) -> None:
            raise EOFError("unexpected EOF")

        monkeypatch.setattr(forkserver, "connect_to_new_process", lost)
        with pytest.raises(RunError, match=r"ran out of memory"):
            pool.given(sequences())


PROGRAM = """
import os, sys, time
from pathlib import Path
from gatewise.experiment.workers.local import Local

print("ran", flush=True)
began = time.monotonic()
with Local(None, 1) as pool:
    if sys.argv[1:] == ["used"]:
        pool._begin_copies()
        print(pool._executor.submit(os.getpid).result(), flush=True)
        time.sleep(60)
print(time.monotonic() - began)
"""


def test_a_program_that_guards_nothing_is_not_run_again_by_its_copies(tmp_path: Path) -> None:
    """A copy would import it; and when the program is killed, its copies and what they are copied from end."""
    (tmp_path / "program.py").write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, tmp_path / "program.py", "used"], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        ran, process = (program.stdout.readline().strip() for _ in range(2))
        program.kill()
        rest = program.stdout.read()  # ends when nobody is left who could write
    assert ran == "ran"
    assert process.isdigit()
    assert rest == ""


def test_a_pool_that_gets_no_data_ends_at_once(tmp_path: Path) -> None:
    """After a mistake in a call nobody waits for imports: neither the program nor who reads what it prints."""
    (tmp_path / "program.py").write_text(PROGRAM)
    with subprocess.Popen([sys.executable, tmp_path / "program.py"], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        ran, seconds = (program.stdout.readline().strip() for _ in range(2))
        printed = time.monotonic()
        rest = program.stdout.read()  # ends when nobody is left who could write
        waited = time.monotonic() - printed
    assert (ran, rest) == ("ran", "")
    assert float(seconds) < 1.5  # imports take longer
    assert waited < 1.5


def test_processes_share_one_copy_of_the_data(tmp_path: Path) -> None:
    """Arrays come out of a file as they went in, aligned; what one reader changes no other one sees."""
    data = series()
    shared.write(data, tmp_path / "data")
    one, other = shared.read(tmp_path / "data"), shared.read(tmp_path / "data")
    one.values[0, 0] += 1.0

    assert (one.features, one.source) == (data.features, data.source)
    assert one.values.ctypes.data % shared.ALIGNED == 0
    np.testing.assert_array_equal(other.values, data.values)
    np.testing.assert_array_equal(one.values[1:], data.values[1:])
