"""Which classes were taken for which, counted by hand; what is said of the columns and the parts."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tiny import sequences, series, task_of

from gatewise.experiment.answers import answers
from gatewise.experiment.inputs import inputs
from gatewise.experiment.mistakes import mistakes
from gatewise.run.fits import Key
from gatewise.tasks.classify import Classify
from gatewise.tasks.regress import Regress
from gatewise.tasks.regress_steps import RegressSteps


def runner_of(task: Any, told: dict[str, list[Any]]) -> tuple[Any, Any]:
    """A runner whose pairs said this of the test examples of the only split, and its workers."""
    keys = {Key("pair", cell, 0, 0, 0, k, 0): each for cell, pairs in told.items() for k, each in enumerate(pairs)}
    plan = SimpleNamespace(
        task=task.name,
        section=task.setting.section,
        cells=tuple(told),
        setting=task.setting,
        splits=task.setting.splits,
    )
    kept = [(key, said.astype(np.float16)) for key, said in keys.items()]
    runner = SimpleNamespace(plan=plan, said=lambda rung, split: kept)
    each = SimpleNamespace(map=lambda work, _, items: ((k, work(task, item)) for k, item in enumerate(items)))
    return runner, each


def test_mistakes_are_counted_over_pairs() -> None:
    """Two pairs of which one is right throughout, and the other told one example of class 0 to be of class 1."""
    task = task_of(sequences(test_start=40), metric="accuracy")
    assert isinstance(task, Classify)
    truth = task.labels[task.parts(0, "pair", 0).test]
    right = np.eye(2)[truth] * 4.0
    wrong = right.copy()
    first = int(np.flatnonzero(truth == 0)[0])
    wrong[first] = [-3.0, 3.0]
    found = mistakes(*runner_of(task, {"lstm": [right, wrong], "gru": [right, right]}), 0)

    assert found is not None
    assert found.classes == ("down", "up")
    assert found.tests == 2
    n, m = (truth == 0).sum(), (truth == 1).sum()
    assert found.confusion == {"lstm": ((n - 0.5, 0.5), (0.0, m)), "gru": ((n, 0.0), (0.0, m))}
    worst = found.hardest[0]
    assert (worst.example, worst.truth) == (str(40 + first + 1), "down")
    assert worst.right == {"lstm": 0.5, "gru": 1.0}
    assert len(worst.values) == task.lengths[40 + first]


def test_other_tasks_make_no_mistakes_of_classes() -> None:
    """A forecast tells no classes, and of an old run nothing is kept."""
    task = task_of(sequences(test_start=40), metric="accuracy")
    assert mistakes(*runner_of(task, {"lstm": [], "gru": []}), 0) is None
    assert mistakes(*runner_of(task_of(series()), {"lstm": [], "gru": []}), 0) is None


def test_numbers_are_told_in_their_own_unit() -> None:
    """The mean of both pairs of a cell, beside the true numbers."""
    task = task_of(replace(sequences(test_start=40), labels=None, classes=(), numbers=np.arange(60.0)))
    assert isinstance(task, Regress)
    parts = task.parts(0, "pair", 0)
    right = task.examples(parts).targets(parts.test)
    found = answers(*runner_of(task, {"lstm": [right - 0.5, right + 0.5], "gru": [right, right]}), 0)

    assert found is not None
    assert found.truth == pytest.approx(task.numbers[parts.test])
    assert found.told["lstm"] == pytest.approx(found.truth, abs=0.02)
    assert found.told["gru"] == pytest.approx(found.truth, abs=0.02)


def test_numbers_of_steps_are_told_too() -> None:
    """Each step of the test sequences, beside what the networks told of it."""
    data = sequences(test_start=40)
    inside = np.arange(data.values.shape[1]) < data.lengths[:, None]
    goals = np.where(inside, np.arange(60.0)[:, None] + np.arange(data.values.shape[1]), np.nan)
    task = task_of(replace(data, labels=None, classes=(), goals=goals, goal="left"))
    assert isinstance(task, RegressSteps)
    parts = task.parts(0, "pair", 0)
    right = task.examples(parts).targets(parts.test)
    found = answers(*runner_of(task, {"lstm": [right], "gru": [right]}), 0)

    assert found is not None
    assert 0 < len(found.truth) <= 400
    assert set(found.truth) <= set(goals[40:][inside[40:]])
    assert found.told["gru"] == pytest.approx(found.truth, abs=0.05)


def test_columns_and_parts_are_those_of_the_data() -> None:
    """Roles, gaps and ranges of the columns; parts that follow each other in time and end with the data."""
    task = task_of(series(), horizon=3)
    found = inputs(task, 2)

    target, other = found.columns
    assert (target.role, other.role, found.among) == ("target", "past", 2)
    assert target.most == task.rows.values[:, 0].max()
    assert other.missing == pytest.approx(np.isnan(task.rows.values[:, 1]).mean())
    for split in range(2):
        train, validation, test = (part for part in found.parts if part.split == split)
        assert train.last < validation.first
        assert validation.last < test.first
    assert found.parts[-1].last == pytest.approx(400, abs=3)
