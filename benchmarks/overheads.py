"""What a comparison takes beside its fits: worker start, prices, costs, verdict and report.

    python benchmarks/overheads.py DATA [BUDGET] [WORKERS]

On the data of `gatewise demo` and on etth1. Each comparison is a program of its own, from its start to its end, as the
command line runs it. Of every stage it prints the seconds; those with a star are no rules, tuning, pairs or models, and
their sum is `beside fits`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

BESIDE = (
    "start, reading",
    "measuring speed",
    "plan",
    "measuring how fast cells run",
    "verdict, report",
    "screen",
    "exit",
)
"""Stages that are no rules, tuning, pairs or models."""

CHILD = """
import sys, time
began = float(sys.argv[1])
import importlib, json
cli = importlib.import_module("gatewise.cli.compare")

class Watch:
    def __init__(self):
        self.marks = [("start, reading", began)]
    def stage(self, text, total):
        self.marks.append((text, time.time()))
    def advance(self):
        if self.marks[-1][0] in ("measuring speed", "measuring how fast cells run"):
            after = {"measuring speed": "plan", "measuring how fast cells run": "verdict, report"}[self.marks[-1][0]]
            self.marks.append((after, time.time()))
    def note(self, text):
        pass
    def __enter__(self):
        return self
    def __exit__(self, *gone):
        pass

watch, show = Watch(), cli.show
cli._progress = lambda: watch

def shown(*what, **how):
    watch.marks.append(("screen", time.time()))
    show(*what, **how)
    watch.marks.append(("end", time.time()))
    print("MARKS" + json.dumps(watch.marks), flush=True)

cli.show = shown
sys.argv = ["gatewise", "compare", *sys.argv[2:]]
importlib.import_module("gatewise.cli").main()
"""


def measured(path: Path, asked: dict[str, object]) -> tuple[dict[str, float], float]:
    """Seconds of each stage, and of the whole program."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        told = [f"--{name}={value}" for name, value in {**asked, "out": Path(folder) / "run"}.items()]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(began), str(path), *told], check=True, stdout=subprocess.PIPE, text=True
        )
        whole = time.time() - began
    marks = json.loads(done.stdout.rpartition("MARKS")[2])
    stages: dict[str, float] = {}
    for (name, first), (_, then) in pairwise(marks):
        stages[name] = stages.get(name, 0.0) + then - first
    return stages | {"exit": whole - (marks[-1][1] - began)}, whole


def main() -> None:
    """A block for each set."""
    if len(sys.argv) < 2:
        sys.exit((__doc__ or "").strip())
    data, budget = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "30s"
    more = {"workers": int(sys.argv[3])} if len(sys.argv) > 3 else {}
    examples = Path(__file__).parents[1] / "examples"
    sets = (
        (examples / "tent-map.csv", {"target": "y", "params": 2000}),
        (examples / "seattle-weather.csv", {"target": "temp_max", "horizon": 7}),
        (data / "etth1" / "ETTh1.csv", {"target": "OT", "horizon": 24}),
    )
    for path, asked in sets:
        stages, whole = measured(path, asked | more | {"budget": budget})
        beside = sum(seconds for name, seconds in stages.items() if name in BESIDE)
        print(f"{path.stem}, --budget {budget}: {whole:.1f} s, beside fits {beside:.1f} s")
        for name, seconds in stages.items():
            print(f"    {seconds:6.2f} s  {name}{'  *' if name in BESIDE else ''}")


if __name__ == "__main__":
    main()
