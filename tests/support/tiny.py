"""Small tasks that train in a moment."""

import sys
from typing import Any

import numpy as np

from gatewise.data.series import Series
from gatewise.data.shapes import Data, SequenceSet
from gatewise.run.options import options
from gatewise.run.plan import Setting
from gatewise.tasks import meant, on
from gatewise.tasks.protocol import Task

FEW_STEPS = "import gatewise.experiment.plan as plan; plan.STEPS = (60, 60)"
"""What a program begins with in which no test asks how good a fit is: few steps a fit where the plan counts by fits."""

ALONE = (
    f"{FEW_STEPS}; import gatewise.comparison as run, gatewise.experiment.workers.inline as own; run.Local = own.Inline"
    "; import contextlib, gatewise.cli.workers as early; early.early = lambda call: contextlib.nullcontext()"
)
"""The same, and it trains in its own process: starting others takes longer than small fits."""

BRIEF, BRIEF_ALONE = (
    [sys.executable, "-c", f"{first}; from gatewise.cli import main; main()"] for first in (FEW_STEPS, ALONE)
)
"""The command line with these beginnings."""


def series(rows: int = 400, seed: int = 0) -> Series:
    """A noisy tent map with a covariate and a few gaps: what comes next depends on what was."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows)
    for t in range(1, rows):
        y[t] = 1 - 1.5 * abs(y[t - 1]) + 0.1 * rng.normal()
    values = np.stack([y, rng.normal(size=rows)], axis=1)
    values[rng.integers(0, rows // 2, size=9), 1] = np.nan
    return Series(
        targets=("y",),
        time=None,
        features=("y", "u"),
        values=values,
        stamps=None,
        duplicates=None,
        source="map",
        notes=(),
    )


def sequences(n: int = 60, seed: int = 0, test_start: int | None = None) -> SequenceSet:
    """Rising or falling noisy ramps of unequal length."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(5, 12, size=n)
    labels = np.arange(n) % 2
    values = rng.normal(size=(n, 11, 1)) + np.where(labels, 0.5, -0.5)[:, None, None] * np.arange(11)[:, None]
    values[np.arange(11) >= lengths[:, None]] = np.nan
    return SequenceSet(
        values=values, lengths=lengths, labels=labels, classes=("down", "up"), features=("channel 1",),
        test_start=test_start, source="ramps", notes=(),
    )  # fmt: skip


def task_of(data: Data, *, count: int = 2, horizon: int = 1, **asked: Any) -> Task:
    """The task on some data with ``count`` splits; of a set with a split of its own, that one."""
    chosen = options(horizon=horizon if isinstance(data, Series) else 1, **asked)
    task = meant(data, chosen)
    common, section = described = task.describe(data, chosen)
    recipes = task.splits(data, described)
    splits = next((splits for splits in recipes if splits.count == count), recipes[-1])
    return on(data, Setting(task.name, section, common, splits, chosen.metric or task.metrics[0], 0))
