"""What the simple rules reach on public series: mean loss on validation and on test windows, over all splits.

python benchmarks/simple_rules.py DATA [NAME ...]     DATA is the folder of data sets; NAME one of `SERIES`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment.plan import draft
from gatewise.rules.score import applying, score
from gatewise.run.options import options
from gatewise.tasks import on

if TYPE_CHECKING:
    from gatewise.tasks.protocol import Task

EXAMPLES = Path(__file__).parents[1] / "examples"

SERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "air-passengers": ("air-passengers/airline-passengers.csv", {"target": "Passengers", "horizon": 12}),
    "seattle-weather": (str(EXAMPLES / "seattle-weather.csv"), {"target": "temp_max", "horizon": 7}),
    "daily-min": ("daily-min-temperatures/daily-min-temperatures.csv", {"target": "Temp", "horizon": 7}),
    "sunspots": ("monthly-sunspots/monthly-sunspots.csv", {"target": "Sunspots", "horizon": 12}),
    "etth1": ("etth1/ETTh1.csv", {"target": "OT", "horizon": 24}),
    "nyc-taxi": ("nyc-taxi/taxi_new_york_passengers.csv", {"target": "#Passengers", "horizon": 48}),
    "vic-electricity": ("vic-electricity/vic_electricity.csv", {"target": "Demand", "horizon": 48, "time": "Time"}),
}


def task_of(folder: Path, name: str) -> Task:
    """The forecast of one series, on all splits that its rows allow."""
    path, asked = SERIES[name]
    chosen = options(**asked)
    data = look(folder / path, Reading.of(chosen))
    return on(data, draft(data, chosen).setting)


def main() -> None:
    """A line for each rule: the validation before the first origin, which chooses the bar; the test of each split."""
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(SERIES):
        sys.exit((__doc__ or "").strip())
    for name in sys.argv[2:] or SERIES:
        task = task_of(Path(sys.argv[1]), name)
        splits = range(task.setting.splits.count)
        parts = [task.parts(split, "tune", 0) for split in splits]
        found = {rule: [score(task, rule, split) for split in splits] for rule in applying(task)}
        windows = sum(len(trial.validation) for trial in task.trials(0))
        first = {rule: sum(scored[0].validation) / windows for rule, scored in found.items()}
        bar = min(first, key=lambda rule: first[rule])
        print(f"{name}: {windows} validation windows before the first origin")
        for rule, scored in found.items():
            each = [sum(one.test) / len(part.test) for one, part in zip(scored, parts, strict=True)]
            whole = np.average(each, weights=[len(part.test) for part in parts])
            shown = ", ".join(f"{value:.5g}" for value in each)
            mark = " <- bar" if rule == bar else ""
            print(f"  {rule:20} validation {first[rule]:<11.5g} test {whole:<11.5g} ({shown}){mark}", flush=True)


if __name__ == "__main__":
    main()
