"""How the first comparison of `gatewise demo` was chosen: all pairs of one plan, and the same run with other seeds.

`python benchmarks/verdicts/demo_set.py pairs` trains 60 pairs and judges them after each look; `... seeds 10` runs the
comparison as the demo does, with seeds 1 to 10. Both leave their run folders in runs/demo-set.
"""

from __future__ import annotations

import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

from _exhaustive import train
from _questions import Question
from rich.console import Console

import gatewise
from gatewise.experiment.watch.plain import Plain
from gatewise.judge.looks import LOOKS, look_at
from gatewise.judge.tables import gather
from gatewise.run.folder import RunFolder

ROOT = Path(__file__).parents[2]
OUT = ROOT / "runs" / "demo-set"
PART = import_module("gatewise.cli.demo").PARTS[0]
DATA = ROOT / "examples" / PART.file
BUDGET = "50s"


def pairs(most: int = LOOKS[-1]) -> None:
    """Train all pairs, and say what is shown after each look if it were the last."""
    options = {name: str(value) for name, value in PART.options.items()}
    out = OUT / "pairs"
    train(Question(PART.file, str(DATA), options, pairs=most), DATA, out, 2, Plain(Console(stderr=True)))
    plan = RunFolder(out).header().plan
    with RunFolder(out).stored_fits() as stored:
        fits = stored.read()
    rung = max(key.rung for key in fits if key.phase == "pair")
    for taken in (look for look in LOOKS if look <= most):
        look = look_at(plan, gather(plan, fits, rung, taken), final=True)
        found = look.seen.judged("tuned").now
        claims = ", ".join(f"{claim.kind} ({claim.arm})" for claim in look.claims["tuned"])
        print(f"{taken:3} pairs: {found.estimate:+.3f}, standard error {found.standard_error:.3f}: {claims or 'open'}")


def seeds(count: int) -> None:
    """Run the comparison as the demo does, seed by seed."""
    told: Counter[str] = Counter()
    for seed in range(1, count + 1):
        found = gatewise.compare(DATA, **PART.options, budget=BUDGET, seed=seed, out=OUT / f"seed-{seed}")
        told[found.verdict] += 1
        apart = found.document.difference
        by = f"{apart.estimate:+.3f} ({apart.interval[0]:+.3f} to {apart.interval[1]:+.3f})" if apart else "one pair"
        print(f"seed {seed}: {found.verdict}, {found.recommendation}, {found.document.pairs} pairs, {by}", flush=True)
    print(dict(told))


if __name__ == "__main__":
    if sys.argv[1:2] == ["seeds"]:
        seeds(int(sys.argv[2]))
    else:
        pairs()
