"""The finished runs of the present format in tests/fixtures, one of every task, which newer ones have to read.

After a format was raised, and until it is released, type from the root: python tests/support/finished.py
"""

from __future__ import annotations

import shutil
from pathlib import Path

import gatewise
from gatewise.model.model import load
from gatewise.run.folder import RunFolder
from gatewise.run.upgrade import STEPS

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"

RUNS = {
    "forecast": (ROOT / "examples" / "seattle-weather.csv", {"target": "temp_max", "horizon": 7, "params": 600}),
    "classify": (FIXTURES / "data" / "counting.npz", {"params": 400}),
    "regress": (FIXTURES / "data" / "last.npz", {"params": 400}),
    "classify-steps": (
        FIXTURES / "data" / "wear.csv",
        {"target": "state", "sequence": "unit", "per_step": True, "params": 400},
    ),
    "regress-steps": (
        FIXTURES / "data" / "wear.csv",
        {"target": "wear", "sequence": "unit", "per_step": True, "params": 400},
    ),
    "next-symbol": (FIXTURES / "data" / "orders.csv", {"case": "order", "activity": "step", "params": 400}),
}
"""Task -> its data, and what is asked of them."""

ROWS = 7
"""Predicted rows that are kept."""


def make(task: str, folder: Path) -> None:
    """Run a comparison and keep what it leaves, but for the page and the lock."""
    data, asked = RUNS[task]
    shutil.rmtree(folder, ignore_errors=True)
    gatewise.compare(data, **asked, fits=24, out=folder)
    run = RunFolder(folder)
    run.create(run.header().model_copy(update={"source": data.name}))
    for idle in (run.report_path, folder / ".fits.sqlite.lock"):
        idle.unlink()
    for model in ("lstm", "gru", "baseline"):
        load(folder / "models" / model).predict(data).head(ROWS).write_csv(folder / f"predicted-{model}.csv")


def main() -> None:
    """Make all of them."""
    present = 1 + max(map(len, STEPS.values()))
    for task in RUNS:
        make(task, FIXTURES / f"format-{present}" / task)


if __name__ == "__main__":
    main()
