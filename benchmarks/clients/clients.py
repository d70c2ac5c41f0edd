"""Strangers' programs with gatewise's layers in the place of torch's: the same losses, and how much sooner.

    make clients                           everything, about an hour on two cores
    make clients ARGS='--only skorch'      trainings whose name has this word
    make clients ARGS='--rounds 9'         more pairs of runs for the speed
    make clients ARGS='--ci'               what CI runs: PyTorch's module tests and ONNX's vectors

Losses are compared in float64, one training of each kind of layer from one seed. Speed is the processor time of torch's
run over that of ours, in float32 on one thread, of pairs of runs that take turns in going first: the median, and the
range that holds it with a probability of 95 % by order statistics, which takes six pairs; fewer give the whole range.

The bars: no median below 0.97, every range reaches 1.0, and the geometric mean of the medians is at least 1.4.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

import _keras
import _modules
import _vectors
from _trainings import TRAININGS

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-8
LEAST, MEAN = 0.97, 1.4
"""The smallest median, and the smallest geometric mean of all."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", metavar="WORD", help="trainings whose name has this word")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs for the speed; 0 for none")
    parser.add_argument("--ci", action="store_true", help="PyTorch's module tests and ONNX's vectors alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    options = parser.parse_args()
    wrong = [] if options.only else [*_modules.check(), *_vectors.check()]
    rows = []
    if not options.ci:
        wrong += _keras.check() if not options.only or options.only in "Keras" else []
        print("\n| client | layers' calls | losses differ by | torch's time / ours | range |\n|---|---|---|---|---|")
        for name in (name for name in TRAININGS if options.only in name):
            row = _measured(name, options.rounds)
            rows.append(row)
            print(_line(row), flush=True)
            if row["error"] or row["differ"] > TOLERANCE:
                wrong.append(f"{name}: {row['error'] or row['differ']}")
        timed = [row for row in rows if row["ratios"]]
        wrong += [f"{row['name']}: {said}" for row in timed for said in _slow(row["ratios"])]
        if timed:
            mean = statistics.geometric_mean(statistics.median(row["ratios"]) for row in timed)
            print(f"\nGeometric mean of {len(timed)}: {mean:.2f}")
            wrong += [f"geometric mean {mean:.2f}, expected {MEAN}"] if mean < MEAN and not options.only else []
    if options.json is not None:
        options.json.write_text(json.dumps({"rows": rows, "wrong": wrong}, indent=2) + "\n", "utf-8")
    sys.exit("\n".join(["", *wrong]) if wrong else 0)


def _measured(name: str, rounds: int) -> dict[str, object]:
    """Losses of a training with either kind of layer, and the ratios of its times."""
    try:
        theirs, ours = (_run(name, patched, "--double") for patched in (False, True))
        pairs = [_pair(name, pair % 2 == 1) for pair in range(rounds)]
    except RuntimeError as error:
        return {"name": name, "error": str(error), "differ": 0.0, "calls": 0, "ratios": []}
    same_length = len(theirs["losses"]) == len(ours["losses"]) > 0
    error = "" if same_length else f"{len(theirs['losses'])} losses of torch's layers, {len(ours['losses'])} of ours"
    if not ours["calls"]:
        error = "no layer of gatewise was called"
    both = zip(theirs["losses"], ours["losses"], strict=False)
    differ = max((abs(a - b) / max(abs(a), 1e-3) for a, b in both), default=0.0)
    return {"name": name, "error": error, "differ": differ, "calls": ours["calls"],
            "ratios": [first / second for first, second in pairs]}  # fmt: skip


def _pair(name: str, ours_first: bool) -> tuple[float, float]:
    """Seconds of torch's run and of ours."""
    took = {patched: _run(name, patched)["seconds"] for patched in (ours_first, not ours_first)}
    return took[False], took[True]


def _range(ratios: list[float]) -> tuple[float, float]:
    """From which to which of the sorted ratios their median lies with a probability of 95 %."""
    ratios, count, beyond, rank = sorted(ratios), len(ratios), 0.0, 0
    while (beyond := beyond + math.comb(count, rank) / 2**count) <= 0.025:
        rank += 1
    rank = max(rank - 1, 0)
    return ratios[rank], ratios[-1 - rank]


def _slow(ratios: list[float]) -> list[str]:
    """What a client's ratios have below the bars."""
    median, (_, high) = statistics.median(ratios), _range(ratios)
    found = [f"median {median:.2f}, expected {LEAST}"] if median < LEAST else []
    return found + ([f"range ends at {high:.2f}, expected 1.0"] if high < 1.0 else [])


def _run(name: str, patched: bool, *options: str) -> dict[str, object]:
    """Train in a process of its own."""
    way = ["-m", "gatewise.patched"] if patched else []
    command = [sys.executable, *way, str(HERE / "_train.py"), name, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{'gatewise' if patched else 'torch'}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _line(row: dict[str, object]) -> str:
    if row["error"]:
        return f"| {row['name']} | {row['calls']} | {row['error']} | | |"
    ratios = row["ratios"]
    shown = f"{statistics.median(ratios):.2f} | {_range(ratios)[0]:.2f} to {_range(ratios)[1]:.2f}" if ratios else " | "
    return f"| {row['name']} | {row['calls']} | {row['differ']:.1g} | {shown} |"


if __name__ == "__main__":
    main()
