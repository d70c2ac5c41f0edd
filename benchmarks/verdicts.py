"""Are the verdicts right? Cells against themselves, data with a planted truth, and exhaustive runs of real data.

    python benchmarks/verdicts.py exhaustive            40 pairs of both cells on every set; goes on where it stopped
    python benchmarks/verdicts.py default               `gatewise compare` as a user types it, once a real set
    python benchmarks/verdicts.py planted               and three times on each planted truth
    python benchmarks/verdicts.py selves                and three times a set with a cell against itself
    python benchmarks/verdicts.py tables                what came out of all that is there

Names of sets behind the command restrict it to them. docs/statistics.md says what the tables mean.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from _exhaustive import train
from _questions import PLANTED, REAL, SELVES, Question
from _verdict_tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

REPEATS = 3
"""End-to-end runs of each planted truth and of each cell against itself, every one with a seed of its own."""

BUDGETS = {"default": "3m", "planted": "1m", "selves": "1m"}


def main() -> None:
    """The command."""
    options = _options()
    if options.command == "tables":
        sys.exit(not tables(options.out, options.deals))
    asked = _asked(options.command)
    unknown = set(options.names) - {question.name for question in asked}
    if unknown:
        sys.exit(
            f"{options.command} has no set {', '.join(sorted(unknown))}; it has {', '.join(q.name for q in asked)}"
        )
    chosen = [question for question in asked if not options.names or question.name in options.names]
    if options.command == "exhaustive":
        for question in chosen:
            data = _data(question, options)
            train(question, data, options.out / "exhaustive" / question.name, options.workers, _Progress(question.name))
        return
    _end_to_end(chosen, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0], allow_abbrev=False)
    parser.add_argument("command", choices=("exhaustive", "default", "planted", "selves", "tables"))
    parser.add_argument("names", nargs="*", metavar="SET", help="only these sets")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of the real data sets")
    parser.add_argument("--out", type=Path, default=Path("runs/verdicts"), help="where runs and data made are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes of a run")
    parser.add_argument("--deals", type=int, default=2000, help="comparisons dealt from each pool")
    return parser.parse_intermixed_args()


def _asked(command: str) -> list[Question]:
    return {"exhaustive": [*REAL, *PLANTED], "default": REAL, "planted": PLANTED, "selves": SELVES}[command]


def _data(question: Question, options: argparse.Namespace, seed: int = 0) -> Path:
    """The file of a question; planted truths are made where they are not there, others for another seed."""
    real: Path = options.data / question.source
    if real.exists():
        return real.resolve()
    ending = ".csv" if "target" in question.options else ".npz"
    made: Path = (options.out / "data" / f"{question.source}-{seed}{ending}").resolve()
    if not made.is_file():
        made.parent.mkdir(parents=True, exist_ok=True)
        _gatewise("make", question.source, "--seed", str(seed), "--out", str(made))
    return made


def _end_to_end(questions: Iterable[Question], options: argparse.Namespace) -> None:
    """`gatewise compare` in a process of its own, for each seed; finished ones are left alone."""
    kind = options.command
    for question in questions:
        for seed in range(1 if kind == "default" else REPEATS):
            out = options.out / kind / f"{question.name}-{seed}"
            if (out / "verdict.json").is_file():
                continue
            cells = ["--cells", "gru,gru"] if kind == "selves" else []
            print(f"{kind} {question.name}, seed {seed}", flush=True)
            if (out / "plan.json").is_file():
                _gatewise("resume", str(out), "--workers", str(options.workers))
                continue
            _gatewise(
                "compare", str(_data(question, options, seed)), *question.arguments, *cells, "--budget", BUDGETS[kind],
                "--seed", str(seed), "--workers", str(options.workers), "--out", str(out),
            )  # fmt: skip


def _gatewise(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "gatewise", *arguments], check=True, stdout=subprocess.DEVNULL)


class _Progress:
    """A line a stage, and one a minute within it."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self.done = name, 0, 0
        self.started = self.said = time.monotonic()

    def stage(self, text: str, total: int) -> None:
        self.total, self.done = total, 0
        self.started = self.said = time.monotonic()
        self.note(f"{text}: {total} to do")

    def advance(self) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.said > 60.0:
            self.said = now
            left = (now - self.started) / self.done * (self.total - self.done)
            self.note(f"{self.done} of {self.total}, {left / 60.0:.0f} min left")

    def note(self, text: str) -> None:
        print(f"{self.name}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
