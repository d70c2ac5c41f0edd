"""Categories of many values from the table to a prediction: what is learned of them, and what new ones change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import torch
from tiny import task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.errors import PredictionNote
from gatewise.experiment.handover import Weights, from_all
from gatewise.experiment.match import Ends, match_parameters, model_parameters
from gatewise.experiment.train import Job, train
from gatewise.model.model import revived
from gatewise.rules.score import fit
from gatewise.run.fits import Key
from gatewise.run.plan import Configuration
from gatewise.tasks import named
from gatewise.tasks.protocol import Described

if TYPE_CHECKING:
    from gatewise.tasks.protocol import Task

ROWS, VALUES = 240, 20
KIND = np.random.default_rng(3).integers(0, VALUES, ROWS)


def days(new: str = "") -> pl.DataFrame:
    """A number that follows from the category of the day, known ahead; the last rows have a value of their own."""
    names = np.array([f"event {k:02}" for k in KIND])
    if new:
        names[200:] = new
    load = np.sin(KIND) + 0.1 * np.random.default_rng(0).normal(size=ROWS)
    return pl.DataFrame({"load": load, "event": names})


def visits(new: str = "") -> pl.DataFrame:
    """Sequences of events whose class follows from the last of them."""
    rng = np.random.default_rng(1)
    last = rng.integers(0, VALUES, size=(60, 6))
    names = np.array([f"event {k:02}" for k in last.ravel()], dtype=object)
    if new:
        names[6 * 45 :] = new
    who = np.repeat(np.arange(60), 6)
    part = np.where(who < 45, "train", "test")
    label = np.repeat(np.where(last[:, -1] % 2, "odd", "even"), 6)
    return pl.DataFrame({"who": [f"v{k}" for k in who], "event": names.tolist(), "class": label, "part": part})


def job(task: Task, steps: int = 20) -> Job:
    """A small fit."""
    shape = named(task.name).recipe(described(task)).shape
    anchor = "none" if task.name == "forecast" else None
    configuration = Configuration(learning_rate=0.02, batch_size=16, dropout=0.0, anchor=anchor)
    return Job(Key("pair", "gru", 0, 0, 0, 0, 5), 3, 6, configuration, steps, 5, 9, 0.01, shape.within(configuration))


def described(task: Task) -> Described:
    """What the plan says of it."""
    return Described(task.setting.data, task.setting.section)


MADE = {
    "forecast": (days, Reading(target="load", known="event")),
    "classify": (visits, Reading(sequence="who", target="class")),
}


@pytest.mark.parametrize("name", MADE)
def test_a_new_value_in_test_rows_changes_nothing_that_is_fitted(name: str, one_thread: None) -> None:
    """Sizes, tables, weights and the linear rule are the same; what it is tested on is not."""
    made, reading = MADE[name]
    first, second = (task_of(look(made(new), reading), count=1) for new in ("", "never seen"))

    assert first.setting.data.categories == second.setting.data.categories
    assert len(first.setting.data.categories["event"]) == VALUES
    ours, others = train(first, job(first)), train(second, job(second))
    assert repr(ours.learned) == repr(others.learned)
    assert ours.fit.validation == others.fit.validation
    assert ours.fit.test != others.fit.test
    for mine, theirs in zip(ours.network.state_dict().values(), others.network.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)
    rule = "ridge" if name == "forecast" else "logistic"
    parts = first.parts(0, "pair", 0)
    fitted = [fit(rule, task, task.examples(parts), parts.train).arrays for task in (first, second)]
    for key, array in fitted[0].items():
        np.testing.assert_array_equal(array, fitted[1][key])


def test_linear_rules_see_columns_of_the_commonest_values() -> None:
    """A number of a value is no number to them: they see 16 columns of 0 and 1."""
    task = task_of(look(days(), MADE["forecast"][1]), count=1)
    parts = task.parts(0, "pair", 0)
    prepared = task.examples(parts).learned.inputs
    x, _ = task.examples(parts).inputs(parts.train)
    told = prepared.numeric(x)
    seen, counts = np.unique(x[..., 1], return_counts=True)

    assert told.shape[-1] == 1 + 16 == task.setting.data.numeric
    np.testing.assert_array_equal(told[..., 0], x[..., 0])
    assert told[..., 1:].sum(axis=-1).max() == 1.0
    known = prepared.known[1]
    np.testing.assert_array_equal(told[..., 1], x[..., 1] == known[0])
    assert set(known.tolist()) == set(seen[seen > 0].astype(int).tolist())
    assert counts.max() > 0


def test_a_model_that_is_stored_answers_alike_and_tells_of_a_value_it_does_not_know() -> None:
    """Handed over, saved, read: the same answers; a value it does not know is one that is missing."""
    made, reading = MADE["forecast"]
    task = task_of(look(made(), reading), count=1, target="load", known="event")
    trained = train(task, job(task, 60))
    model = from_all(task, Weights(job(task).start, (trained.network.to_bytes(),), (60,), "0"))
    again = revived(*model.stored())
    tables = [made().with_columns(load=pl.when(pl.int_range(ROWS) < ROWS - 1).then("load")) for _ in range(3)]
    last = pl.int_range(ROWS) == ROWS - 1
    other = tables[1].with_columns(event=pl.when(last).then(pl.lit("event 07")).otherwise("event"))
    new = tables[2].with_columns(event=pl.when(last).then(pl.lit("flood")).otherwise("event"))

    with pytest.warns(PredictionNote):
        plain, known = again.predict(tables[0])["load"][0], again.predict(other)["load"][0]
    with pytest.warns(PredictionNote) as notes:
        unknown = again.predict(new)["load"][0]
    assert any("does not know" in str(note.message) and str(note.message).endswith(": flood") for note in notes)
    with pytest.warns(PredictionNote):
        assert model.predict(tables[0])["load"][0] == plain
    assert len({plain, known, unknown}) == 3
    assert abs(known - np.sin(7)) < 1.0


def test_cells_get_the_same_tables_beside_the_parameters_that_are_matched() -> None:
    """`--params` counts layer and head, and what tables hold comes on top of both."""
    task = task_of(look(days(), MADE["forecast"][1]), count=1)
    shape, data = job(task).shape, task.setting.data
    ends = Ends(data.channels, data.outputs, shape)
    found = match_parameters(("lstm", "gru"), 2000, ends)
    sizes = [model_parameters(cell, width, ends) - 21 * 5 for cell, width in found.items()]

    assert shape.tables == 21 * 5
    assert max(abs(size / 2000 - 1) for size in sizes) < 0.1
