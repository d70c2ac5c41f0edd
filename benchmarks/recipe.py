"""What each part of the recipe is worth: one part after the other is left out, on public data sets, for both cells.

    python benchmarks/recipe.py DATA --only gunpoint,air-passengers --seeds 5     DATA has the sets

All fits have the default configuration: nothing is tuned. A fit without a part has the same seeds as the one with it. A
table shows by how much the loss on the test part grows without it, in percent of the loss of the whole recipe: the mean
over seeds ± its standard error. Networks are refit on all rows before the origin, the rehearsal apart.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import torch

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment import learner
from gatewise.experiment import train as training
from gatewise.experiment.match import Ends, widths
from gatewise.experiment.plan import EVALUATIONS, PATIENCE, Draft, draft, steps_for
from gatewise.experiment.tune import configurations
from gatewise.rules.score import applying, score
from gatewise.run.fits import Key
from gatewise.run.options import Options
from gatewise.tasks import on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from gatewise.run.plan import Shape
    from gatewise.tasks.protocol import Task

SERIES: dict[str, dict[str, Any]] = {
    "air-passengers/airline-passengers.csv": {"target": "Passengers", "horizon": 12},
    "daily-min-temperatures/daily-min-temperatures.csv": {"target": "Temp", "horizon": 7},
    "monthly-sunspots/monthly-sunspots.csv": {"target": "Sunspots", "horizon": 12},
    "etth1/ETTh1.csv": {"target": "OT", "horizon": 24},
    "nyc-taxi/taxi_new_york_passengers.csv": {"target": "#Passengers", "horizon": 48},
}
SEQUENCES = ("gunpoint", "ecg200", "basicmotions", "japanesevowels", "syntheticcontrol", "italypowerdemand")
SETS: dict[str, dict[str, Any]] = SERIES | {name: {} for name in SEQUENCES}
"""Path below DATA -> what is asked."""

CELLS = ("lstm", "gru")

MARGIN = 0.01
"""What a fit calls an improvement; it changes no loss."""


@dataclass(frozen=True)
class Recipe:
    """The recipe, or what is left of it.

    Attributes:
        options: Of the comparison.
        setting: Fields of the configuration.
        shape: Fields of the network's shape.
        refit: Whether networks are refit on all rows before the origin.
        changed: Module and name -> what takes its place in the code.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    setting: Mapping[str, Any] = field(default_factory=dict)
    shape: Mapping[str, Any] = field(default_factory=dict)
    refit: bool = True
    changed: Mapping[tuple[Any, str], Any] = field(default_factory=dict)


OF_FORECASTS = {
    "no anchor": Recipe(setting={"anchor": "none"}),
    "anchor: the last value": Recipe(setting={"anchor": "last"}),
    "no calendar terms": Recipe(options={"calendar": False}),
    "no averaged weights": Recipe(changed={(learner, "DECAY"): 0.0}),
    "initial weights as torch's": Recipe(shape={"init": "torch"}),
    "no refit": Recipe(refit=False),
}
OF_SEQUENCES = {
    "no noise on the inputs": Recipe(setting={"noise": 0.0}),
    "readout: the last state": Recipe(shape={"readout": "last"}),
    "initial weights as torch's": Recipe(shape={"init": "torch"}),
    "one learning rate, no cosine": Recipe(changed={(training, "along_cosine"): training.steadily}),
}
"""What is left out -> the recipe without it."""


def losses(path: Path, asked: Mapping[str, Any], recipe: Recipe, seeds: int) -> NDArray[np.float64]:
    """The test loss of both cells, shape (cells, seeds), by the metric that the task takes unless asked."""
    options = Options(fits=400, **asked, **recipe.options)
    data = look(path, Reading.of(options))
    drafted = draft(data, options)
    task = on(data, drafted.setting)
    shape = drafted.recipe.shape.model_copy(update=dict(recipe.shape))
    # Whatever the head reads, networks keep the number of parameters.
    hidden = widths(options, Ends(drafted.setting.data.channels, drafted.setting.data.outputs, shape))
    rules = [_best_rule(task, split) for split in range(task.setting.splits.count)]
    found = np.empty((len(CELLS), seeds))
    with ExitStack() as stack:
        for (module, name), value in recipe.changed.items():
            stack.enter_context(patch.object(module, name, value))
        for row, cell in enumerate(CELLS):
            for seed in range(seeds):
                jobs = [_job(drafted, recipe, shape, hidden[cell], cell, k, rule, seed) for k, rule in enumerate(rules)]
                found[row, seed] = np.mean([_loss(task, job) for job in jobs])
    return found


def _job(
    drafted: Draft, recipe: Recipe, shape: Shape, hidden: int, cell: str, split: int, rule: str, seed: int
) -> training.Job:
    """One fit at the default configuration."""
    usual = configurations(1, drafted.batch_sizes, 0, dict(drafted.recipe.usual) | dict(recipe.setting))[0]
    steps = steps_for(drafted.training, drafted.setting.splits, drafted.recipe)
    weights = len(CELLS) * seed + CELLS.index(cell)
    return training.Job(
        Key("pair", cell, 0, 0, split, seed, weights),
        order=seed,
        hidden_size=hidden,
        configuration=usual,
        steps=steps,
        evaluations=EVALUATIONS,
        patience=PATIENCE,
        margin=MARGIN,
        shape=shape.within(usual),
        rule=rule,
        refit=recipe.refit and drafted.recipe.refits,
    )


def _best_rule(task: Task, split: int) -> str:
    """The simple rule that validates best, which is the anchor; whole sequences have none."""
    if task.name != "forecast":
        return ""
    scores = [score(task, name, split) for name in applying(task)]
    return min(scores, key=lambda one: sum(one.validation)).name


def _loss(task: Task, job: training.Job) -> float:
    return sum(training.train(task, job).fit.test) / len(task.parts(job.key.split, "pair", job.key.draw).test)


def _grown(without: NDArray[np.float64], whole: NDArray[np.float64]) -> str:
    """By how many percent of the whole recipe's loss the loss grows: mean over seeds ± standard error."""
    grown = 100.0 * (without - whole) / (whole.mean() or 1.0)
    error = grown.std(ddof=1) / np.sqrt(len(grown)) if len(grown) > 1 else np.nan
    return f"{grown.mean():+.1f} % ± {error:.1f}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("--only", help="sets by the name of their folder, such as gunpoint,etth1")
    parser.add_argument("--seeds", type=int, default=5, help="fits of each cell and split")
    given = parser.parse_args()
    torch.set_num_threads(1)
    for path, asked in SETS.items():
        name = path.split("/", maxsplit=1)[0]
        if given.only and name not in given.only.split(","):
            continue
        whole = losses(given.data / path, asked, Recipe(), given.seeds)
        means = ", ".join(f"{cell} {row.mean():.4g}" for cell, row in zip(CELLS, whole, strict=True))
        print(f"\n{name}: test loss of the whole recipe: {means}\n\n| without | {' | '.join(CELLS)} |\n|---|---|---|")
        for part, recipe in (OF_FORECASTS if asked else OF_SEQUENCES).items():
            found = losses(given.data / path, asked, recipe, given.seeds)
            rows = [_grown(without, own) for without, own in zip(found, whole, strict=True)]
            print(f"| {part} | {' | '.join(rows)} |", flush=True)


if __name__ == "__main__":
    main()
