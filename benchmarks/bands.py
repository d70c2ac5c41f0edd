"""How often later values lie in the bands that earlier test windows give, on public series.

    python benchmarks/bands.py DATA FOLDER     DATA has the sets, FOLDER gets a run of each

Of the test windows of a run the earlier half tells the bands, the later half is looked up in them: for both cells and
the rule to beat. Runs that are in FOLDER already are read; the table is printed, and written to results/bands.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import gatewise
from gatewise.experiment.bands import LEVELS, misses, said
from gatewise.experiment.choice import pays
from gatewise.experiment.runner import Runner
from gatewise.experiment.watch.quiet import Quiet
from gatewise.experiment.workers.inline import Inline
from gatewise.judge.rehearsals import rehearsals
from gatewise.judge.tables import bars
from gatewise.run.folder import RunFolder
from gatewise.stats.conformal import half_widths
from gatewise.tasks import on
from gatewise.understand import own_data

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESULTS = Path(__file__).parent / "results" / "bands.json"

SETS: dict[str, dict[str, object]] = {
    "air-passengers/airline-passengers.csv": {"target": "Passengers", "horizon": 3},
    "daily-min-temperatures/daily-min-temperatures.csv": {"target": "Temp", "horizon": 7},
    "monthly-sunspots/monthly-sunspots.csv": {"target": "Sunspots", "horizon": 12},
    "etth1/ETTh1.csv": {"target": "OT", "horizon": 24},
    "nyc-taxi/taxi_new_york_passengers.csv": {"target": "#Passengers", "horizon": 48},
    "demo-multi-series/demo_multi_series.csv": {"target": "value", "series": "series_id", "horizon": 7},
}
"""File -> what is asked for."""

FITS, PARAMS = 12, 2_000


def off(run: Path) -> dict[str, NDArray[np.float64]]:
    """How far both cells and the rule to beat were off in each test window, shape (pairs, windows, steps, targets)."""
    folder = RunFolder(run)
    plan, data = folder.header().plan, own_data(run)
    with folder.stored_fits() as store:
        runner = Runner(plan, store, Inline(data), Quiet())
        rung = max(key.rung for key in runner.fits if key.phase == "pair")
        bar, task = bars(plan, runner.fits)[-1], on(data, plan.setting)
        refit = plan.refit != "never" and pays(rehearsals(runner.fits))  # as the run decided
        splits = range(plan.splits.count)
        each = [misses(task, said(runner, rung, split, (bar,), refit=refit)).off for split in splits]
    # Windows of several series stand series after series; what counts as earlier is time.
    order = [np.argsort(data.timeline.steps[task.parts(split, "pair", 0).test], kind="stable") for split in splits]
    return {
        name: np.concatenate([found[name][:, order[k]] for k, found in enumerate(each)], axis=1) for name in each[0]
    }


def held(found: NDArray[np.float64]) -> dict[int, tuple[int, int]]:
    """Level -> how many values of the later windows lie in the bands that the earlier ones tell, and of how many."""
    middle, counts = found.shape[1] // 2, {}
    for level in LEVELS:
        half = half_widths(found[:, :middle], level / 100)
        if half is not None:
            inside = np.abs(found[:, middle:]) <= half
            counts[level] = int(inside.sum()), inside.size
    return counts


def _text(counts: dict[int, tuple[int, int]]) -> str:
    return ", ".join(f"{level} %: {inside / values:.1%} of {values}" for level, (inside, values) in counts.items())


def main() -> None:
    """The command."""
    data, runs = map(Path, sys.argv[1:])
    table = {}
    for file, asked in SETS.items():
        name = file.split("/", maxsplit=1)[0]
        if not (runs / name / "verdict.json").is_file():
            gatewise.compare(data / file, out=runs / name, fits=FITS, params=PARAMS, keep_test=True, **asked)
        table[name] = {arm: held(found) for arm, found in off(runs / name).items()}
        print(name, {arm: _text(each) for arm, each in table[name].items()})
    for level in LEVELS:
        counts = np.array([arm[level] for each in table.values() for arm in each.values() if level in arm])
        inside, values = counts.sum(axis=0)
        print(f"{level} %: {inside / values:.1%} of {values} values held, all sets pooled")
    RESULTS.write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
