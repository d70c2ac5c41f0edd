"""How long a table of a million rows takes to be read and windowed, and how much memory it takes."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from gatewise.cli import RETURNED

os.environ.setdefault(*RETURNED)  # as the command line does, before polars is imported

import polars as pl

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.run.options import options
from gatewise.run.plan import Setting
from gatewise.tasks import meant, on

ROWS, COLUMNS = 1_000_000, 10


def peak() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write(path: Path) -> None:
    """A CSV file of numbers every five minutes, in a process of its own, so that its memory does not count."""
    rng = np.random.default_rng(0)
    day = np.sin(np.arange(ROWS) * 2 * np.pi / 288)
    times = pl.datetime_range(
        pl.datetime(2000, 1, 1), pl.datetime(2000, 1, 1) + pl.duration(minutes=5 * (ROWS - 1)), "5m", eager=True
    )
    columns = {f"c{k}": np.round(10 + day + rng.normal(size=ROWS), 4) for k in range(COLUMNS)}
    pl.DataFrame({"time": times, **columns}).write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")


def measure(path: Path) -> None:
    """Read the file, make the windows of the first batch, and print what it took."""
    before, begun, worked = peak(), time.perf_counter(), time.process_time()
    series = look(path, Reading(target="c0"))
    read, held = time.perf_counter() - begun, peak() - before
    asked = options()
    task = meant(series, asked)
    described = task.describe(series, asked)
    made = on(
        series, Setting(task.name, described.section, described.data, task.splits(series, described)[0], "mse", 0)
    )
    parts = made.parts(0, "pair", 0)
    inputs, _ = made.examples(parts).inputs(parts.train[:64])
    numbers = series.values.nbytes / 2**20
    whole = time.perf_counter() - begun
    print(f"numbers {numbers:.0f} MB; read in {read:.1f} s, peak {held:.0f} MB, {held / numbers:.1f} times the numbers")
    held = peak() - before
    print(
        f"with the first batch {inputs.shape} {whole:.1f} s, peak {held:.0f} MB, {held / numbers:.1f} times the numbers"
    )
    print(f"{time.process_time() - worked:.1f} s of processor time")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        import subprocess

        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "million.csv"
            subprocess.run([sys.executable, __file__, str(file)], check=True)
            measure(file)
