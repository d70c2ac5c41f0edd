"""Where jobs are computed does not matter."""

import os
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
