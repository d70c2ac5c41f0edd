"""Nothing that is fitted for a forecast sees a test row, whatever the table; targets in disorder teach nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from tiny import series, task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment.train import Job, train
from gatewise.rules.score import applying, fit, outputs
from gatewise.run.fits import Key
from gatewise.run.plan import Configuration
from gatewise.tasks import on

ROWS = 480
JOB = Job(
    Key("pair", "gru", 0, 0, 0, 0, 5),
    3,
    6,
    Configuration(learning_rate=0.01, batch_size=16, dropout=0.1),
    20,
    5,
    9,
    0.01,
)
HOURS = pl.datetime_range(
    pl.datetime(2023, 1, 2), pl.datetime(2023, 1, 2) + pl.duration(hours=ROWS - 1), "1h", eager=True
)


def waves(seed: int) -> np.ndarray:
    """A noisy day, slowly rising."""
    t = np.arange(ROWS)
    return 10 + np.sin(2 * np.pi * t / 24) + 0.01 * t + 0.3 * np.random.default_rng(seed).normal(size=ROWS)


def one(late: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"at": HOURS, "load": waves(0) + late, "wind": waves(1) - late})


def with_gaps(late: np.ndarray) -> pl.DataFrame:
    kept = np.delete(np.arange(ROWS), [50, 51, 90, 300, *range(120, 180)])
    return one(late)[kept.tolist()]


def with_missing(late: np.ndarray) -> pl.DataFrame:
    missing = pl.int_range(pl.len()) % 37 == 5
    return one(late).with_columns(pl.when(missing).then(None).otherwise(pl.col("wind")).alias("wind"))


def several(late: np.ndarray) -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame({"shop": [name] * ROWS, "at": HOURS, "load": size * waves(place) + late, "wind": waves(9) - late})
        for place, (name, size) in enumerate({"a": 1.0, "b": 30.0, "c": 0.2}.items())
    )


def wide(late: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"at": HOURS} | {name: waves(place) * (place + 1) + late for place, name in enumerate("abc")})


TABLES = {
    "one series": (one, Reading(target="load")),
    "gaps": (with_gaps, Reading(target="load")),
    "missing values": (with_missing, Reading(target="load")),
    "several targets": (one, Reading(target="load,wind")),
    "several series": (several, Reading(target="load", series="shop")),
    "wide": (wide, Reading(layout="wide")),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("quantiles", [None, "0.1,0.9"], ids=["points", "quantiles"])
def test_test_rows_change_nothing_that_is_fitted(name, quantiles, one_thread):
    """Other values from the first test step on: seasons, masks, scales, anchors, weights and rules are the same."""
    made, reading = TABLES[name]
    first = task_of(look(made(np.zeros(ROWS)), reading), count=3, horizon=2, quantiles=quantiles)
    border = first.setting.splits.borders[0]
    late = np.where(np.arange(ROWS) < border, 0.0, 5 * np.random.default_rng(1).normal(size=ROWS) + 40)
    second = task_of(look(made(late), reading), count=3, horizon=2, quantiles=quantiles)

    assert first.setting.section == second.setting.section
    assert first.setting.data.masked == second.setting.data.masked
    assert first.setting.splits == second.setting.splits
    ours, others = train(first, JOB), train(second, JOB)
    assert repr(ours.learned) == repr(others.learned)
    assert ours.fit.validation == others.fit.validation
    assert ours.fit.test != others.fit.test
    for mine, theirs in zip(ours.network.state_dict().values(), others.network.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)
    parts = first.parts(0, "pair", 0)
    assert first.gaps(parts) == second.gaps(parts)
    for rule in applying(first) if quantiles else ():  # numbers of a rule of points are among these
        alike(*(fit(rule, task, task.examples(parts), parts.before).arrays for task in (first, second)))


def alike(mine: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> None:
    """The same arrays."""
    assert mine.keys() == theirs.keys()
    for key in mine:
        np.testing.assert_array_equal(mine[key], theirs[key])


@pytest.mark.parametrize("name", TABLES)
def test_validation_rows_change_nothing_that_is_fitted_before_the_refit(name):
    """Other values from the first validated step on: scales, anchors and rules of the training part are the same.

    So are these rules' forecasts from training windows; what is fitted on all before the origin is not.
    """
    made, reading = TABLES[name]
    data = look(made(np.zeros(ROWS)), reading)
    first = task_of(data, count=3, horizon=2)
    parts = first.parts(0, "tune", 0)
    steps = data.timeline.steps - data.timeline.steps.min()
    seen = steps <= steps[parts.train].max() + 1
    assert seen[parts.validation].sum() == 0
    noise = 5 * np.random.default_rng(2).normal(size=data.values.shape) + 40
    second = on(replace(data, values=np.where(seen[:, None], data.values, data.values + noise)), first.setting)

    examples = [task.examples(parts) for task in (first, second)]
    assert repr(examples[0].learned) == repr(examples[1].learned)
    changed = 0
    for rule in applying(first):
        mine, theirs = (fit(rule, task, own, parts.train) for task, own in zip((first, second), examples, strict=True))
        alike(mine.arrays, theirs.arrays)
        np.testing.assert_array_equal(
            outputs(mine, examples[0], parts.train), outputs(theirs, examples[1], parts.train)
        )
        again = [fit(rule, task, own, parts.before) for task, own in zip((first, second), examples, strict=True)]
        changed += repr(again[0].arrays) != repr(again[1].arrays)
    assert changed > 0


def test_targets_in_disorder_teach_nothing(one_thread):
    """A network that learns the tent map is no better than its mean once the training rows are shuffled."""
    data = series(rows=600)
    border = task_of(data, count=1).setting.splits.borders[0]
    mixed = data.values.copy()
    np.random.default_rng(3).shuffle(mixed[:border, 0])
    job = replace(JOB, steps=150)
    right, wrong = (task_of(replace(data, values=values), count=1) for values in (data.values, mixed))
    windows = len(right.parts(0, "pair", 0).test)
    spread = float(np.var(data.values[border:, 0]))
    assert sum(train(right, job).fit.test) / windows < 0.5 * spread
    assert sum(train(wrong, job).fit.test) / windows > 0.9 * spread
