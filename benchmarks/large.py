"""A table of ten million rows, from the file to the verdict: seconds, and memory of all processes together.

    python benchmarks/large.py [ROWS] [FITS]

It writes the table (five columns, a row a minute), compares both cells on it with as few fits as there can be (4: one
pair, then networks and rules trained up to the last row, every part scored in full), and prints what each stage took.
A network learns from 262,144 windows at most, evenly spread. It fails where all processes
together held more than 12 GB.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

import gatewise

GIB, BAR = 2**30, 12e9


class Memory(threading.Thread):
    """Looks at the memory of this process and its children twice a second; shared pages count once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = self.most = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until it is told to end."""
        while not self.ended.wait(0.5):
            self.peak = max(self.peak, sum(map(_share, _family())) / GIB)

    def since(self) -> float:
        """GiB at most since the last call."""
        found, self.peak = self.peak, 0.0
        self.most = max(self.most, found)
        return found


def _family() -> list[int]:
    """This process and those that come from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sorted(family)


def _share(process: int) -> float:
    """Bytes of a process, its part of what it shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


def table(rows: int, path: Path) -> None:
    """A day's wave, noise that stays a while, and three covariates."""
    rng = np.random.default_rng(0)
    shocks, minutes = rng.normal(size=rows).astype(np.float32), np.arange(rows)
    level = np.cumsum(shocks) * 0.02
    start = datetime(2000, 1, 1)
    stamps = pl.datetime_range(start, start + timedelta(minutes=rows - 1), "1m", eager=True)
    waves = np.sin(2 * np.pi * minutes / 1440.0)
    columns = {"y": waves + level - np.convolve(level, np.ones(500) / 500, "same") + 0.1 * shocks}
    columns |= {f"u{k}": rng.normal(size=rows) for k in range(3)}
    pl.DataFrame({"time": stamps, **columns}).write_csv(path, float_precision=4)


class Watch:
    """Prints what each stage took."""

    def __init__(self, memory: Memory) -> None:
        self.memory, self.text, self.started = memory, "reading", time.monotonic()

    def stage(self, text: str, total: int) -> None:
        """The one before has ended."""
        print(f"{time.monotonic() - self.started:8.1f} s {self.memory.since():6.2f} GiB  {self.text}", flush=True)
        self.text, self.started = f"{text} ({total})", time.monotonic()

    def advance(self) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """What is said beside."""
        if text.startswith("note:"):
            print(text, flush=True)


def main() -> None:
    """Write, compare, tell."""
    rows, fits = (int(given) for given in (*sys.argv[1:], *("10000000", "4")[len(sys.argv) - 1 :]))
    memory = Memory()
    memory.start()
    with tempfile.TemporaryDirectory() as folder:
        path, watch = Path(folder) / "large.csv", Watch(memory)
        table(rows, path)
        print(f"{rows:,} rows, {path.stat().st_size / GIB:.2f} GiB; {time.monotonic() - watch.started:.0f} s to write")
        memory.since()
        watch.started = time.monotonic()
        found = gatewise.compare(
            path,
            target="y",
            horizon=24,
            window=60,
            fits=fits,
            params=3000,
            workers=1,
            out=Path(folder) / "run",
            progress=watch,
        )
        watch.stage("", 0)
        plan = found.folder.header().plan
        print(f"steps of a fit: {plan.steps}; {found.verdict}, {found.document.fits} fits")
        held = memory.most * GIB
        print(f"all processes together held {held / 1e9:.1f} GB at most, expected {BAR / 1e9:.0f}")
        sys.exit(int(held > BAR))


if __name__ == "__main__":
    main()
