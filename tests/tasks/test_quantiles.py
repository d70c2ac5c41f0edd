"""Quantiles of forecasts: in order, scored as scikit-learn does, told in columns, and as often right as they say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import mean_pinball_loss
from tests.support.tiny import sequences, series, task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.errors import DataError, OptionError, PredictionNote
from gatewise.experiment.learner import Learner
from gatewise.experiment.train import Job, train
from gatewise.metrics import QUANTILES, metric_named
from gatewise.model.losses import loss_named
from gatewise.model.model import Model, load
from gatewise.rules.anchor import Anchored
from gatewise.rules.score import applying, fit, outputs, points
from gatewise.run.fits import Key
from gatewise.run.plan import Configuration, Shape
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.quantiles import column, nearest_median, of_errors, rising

if TYPE_CHECKING:
    from pathlib import Path

    from gatewise.run.plan import AnchorName


TWO = (0.25, 0.8)


def job(cell: str = "gru", steps: int = 20, anchor: AnchorName | None = "rule") -> Job:
    """A small fit, which starts from ridge regression unless it is told otherwise."""
    configuration = Configuration(learning_rate=0.01, batch_size=32, dropout=0.0, anchor=anchor)
    shape = Shape(zero_head=anchor == "rule")
    return Job(Key("pair", cell, 0, 0, 0, 0, 5), 3, 10, configuration, steps, 20, 6, 0.01, shape, "ridge")


def table(rows: int = 200) -> pl.DataFrame:
    """Two shops with two columns to forecast, of very unequal sizes."""
    rng, day = np.random.default_rng(0), pl.date(2023, 1, 1)
    days = pl.date_range(day, day + pl.duration(days=rows - 1), eager=True)
    return pl.concat(
        pl.DataFrame(
            {
                "shop": [name] * rows,
                "day": days,
                "y": 5.0 * size + size * rng.normal(size=rows),
                "z": rng.normal(size=rows),
            }
        )
        for name, size in (("a", 1.0), ("b", 50.0))
    )


def several(rows: int = 200) -> Series:
    """The table as two series of two targets."""
    found = look(table(rows), Reading(target="y,z", series="shop"))
    assert isinstance(found, Series)
    return found


def gaussian(seed: int, rows: int = 3000) -> Series:
    """A noisy week whose shocks last, of normal distribution."""
    rng = np.random.default_rng(seed)
    values = np.zeros(rows)
    for k, shock in enumerate(rng.normal(size=rows)):
        values[k] = 0.7 * values[k - 1] + shock
    values += 2.0 * np.sin(2.0 * np.pi * np.arange(rows) / 7)
    return Series(
        targets=("y",), time=None, features=("y",), values=values[:, None], stamps=None, duplicates=None,
        source="noise", notes=(),
    )  # fmt: skip


def quantile_task(data: Series, quantiles: tuple[float, ...] = QUANTILES, horizon: int = 3, **reading: str) -> Forecast:
    """A forecast of quantiles on one split."""
    found = task_of(data, count=1, horizon=horizon, quantiles=quantiles, season=7, **reading)
    assert isinstance(found, Forecast)
    return found


# --------------------------------------------------------------------------------------------------
# Order, names and errors


def test_quantiles_never_cross() -> None:
    """Whatever order the outputs of one number are in, the quantiles of each rise; other numbers are left alone."""
    found = rising(np.array([[3.0, 1.0, 2.0, -1.0, -2.0, 5.0]]), 3)

    assert found.tolist() == [[[1.0, 2.0, 3.0], [-2.0, -1.0, 5.0]]]
    assert rising(np.array([[3.0, 1.0]]), 1).tolist() == [[[3.0], [1.0]]]


def test_order_costs_nothing() -> None:
    """The pinball loss of ordered quantiles is as small as that of crossing ones, or smaller."""
    rng = np.random.default_rng(0)
    crossing, true = rng.normal(size=(200, 6)), rng.normal(size=(200, 2))
    loss = metric_named("pinball").at(QUANTILES).loss

    assert (loss(rising(crossing, 3).reshape(200, 6), true, 1.0) <= loss(crossing, true, 1.0) + 1e-12).all()


def test_quantiles_of_errors_are_as_often_right_as_they_say() -> None:
    """Of nine errors the first and the last are the quantiles 0.1 and 0.9 for a tenth; each number has its own."""
    errors = np.stack([np.arange(9.0), 10.0 * np.arange(9.0)], axis=1)

    assert of_errors(errors, QUANTILES) == pytest.approx(np.array([[0.0, 4.0, 8.0], [0.0, 40.0, 80.0]]))


@pytest.mark.parametrize(
    ("quantiles", "places"),
    [((0.1, 0.5, 0.9), [1]), ((0.1, 0.9), [0, 1]), ((0.6, 0.9), [0]), ((0.3, 0.4, 0.6, 0.7), [1, 2]), ((0.05,), [0])],
)
def test_the_point_is_what_is_nearest_to_the_median(quantiles: tuple[float, ...], places: list[int]) -> None:
    """Two that are equally near share it."""
    assert nearest_median(quantiles).tolist() == places
    assert column("y", 0.05) == "y_q0.05"


# --------------------------------------------------------------------------------------------------
# Scores


def test_scores_are_those_of_scikit_learn() -> None:
    """Mean over quantiles, steps and targets of mean_pinball_loss, each series and target in its unit."""
    task = quantile_task(several(), TWO)
    parts = task.parts(0, "pair", 0)
    examples, ids = task.examples(parts), parts.test
    answered = np.random.default_rng(0).normal(size=(len(ids), task.setting.data.outputs))
    assert task.setting.data.outputs == 3 * 2 * 2

    found, true = examples.quantiles(answered, ids), examples.future(ids)
    assert found.shape == (len(ids), 3, 2, 2)
    assert (np.diff(found, axis=-1) >= 0.0).all()
    unit = task._units[examples.members(ids)]
    expected = np.mean(
        [
            [
                mean_pinball_loss(true[k, :, place] / unit[k, place], found[k, :, place, at] / unit[k, place], alpha=q)
                for place in range(2)
                for at, q in enumerate(TWO)
            ]
            for k in range(len(ids))
        ],
        axis=1,
    )
    assert examples.scores(answered, ids) == pytest.approx(expected, rel=1e-9)


def test_one_series_is_scored_in_its_own_unit() -> None:
    """As for the absolute error, half of which the loss of the median is."""
    parts = quantile_task(series()).parts(0, "pair", 0)
    losses = []
    for asked in ({"quantiles": (0.5,)}, {"metric": "mae"}):
        task = task_of(series(), count=1, horizon=3, season=7, **asked)
        examples = task.examples(parts)
        losses.append(examples.scores(np.zeros((len(parts.test), 3)), parts.test))

    assert losses[0] == pytest.approx(losses[1] / 2.0)


def test_the_training_loss_is_what_is_scored() -> None:
    """In the network's unit."""
    rng = np.random.default_rng(0)
    answered, true = (rng.normal(size=(20, width)).astype(np.float32) for width in (6, 3))
    found = loss_named("pinball", TWO)(torch.from_numpy(answered), torch.from_numpy(true))

    assert float(found) == pytest.approx(metric_named("pinball").at(TWO).loss(answered, true, 1.0).mean(), rel=1e-5)


def test_what_chooses_sees_ordered_quantiles() -> None:
    """Crossing outputs are judged as what is predicted of them; the guess by errors beats the one by the level."""
    task = quantile_task(series())
    targets = task.examples(parts := task.parts(0, "pair", 0)).targets(parts.train)
    trivial = task.trivial(targets, targets)
    crossed = trivial.reshape(len(targets), -1, 3)[:, :, ::-1].reshape(len(targets), -1)

    assert task.selection(crossed, targets) == pytest.approx(task.selection(trivial, targets))
    assert task.selection(trivial, targets).mean() < task.selection(np.zeros_like(trivial), targets).mean()


# --------------------------------------------------------------------------------------------------
# Calibration


def below(task: Forecast, answered: list[np.ndarray]) -> np.ndarray:
    """The share of what came that lies below each quantile, mean over the steps ahead."""
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    true = examples.future(parts.test)[..., None]
    shares = [(true < examples.quantiles(found, parts.test)).mean(axis=(0, 1, 2)) for found in answered]
    found: np.ndarray = np.mean(shares, axis=0)
    return found


def test_rules_and_cells_hold_what_they_say_of_normal_noise(one_thread: None) -> None:
    """Within 4 points, over three series: 10 %, half and 90 % lie below; some 80 % between the outer quantiles."""
    shares: dict[str, list[np.ndarray]] = {}
    for seed in range(3):
        task = quantile_task(gaussian(seed), horizon=4)
        parts = task.parts(0, "pair", 0)
        examples = task.examples(parts)
        for name in applying(task):
            found = outputs(fit(name, task, examples, parts.before), examples, parts.test)
            shares.setdefault(name, []).append(below(task, [found]))
        for cell, anchor in (("lstm", "none"), ("gru", "rule")):
            shares.setdefault(cell, []).append(below(task, [train(task, job(cell, 300, anchor)).tested]))

    assert {"lstm", "gru", "last-value", "seasonal-naive", "ridge"} <= set(shares)
    for name, each in shares.items():
        share = np.mean(each, axis=0)
        assert share == pytest.approx(np.array(QUANTILES), abs=0.04), name
        assert share[2] - share[0] == pytest.approx(0.8, abs=0.05), name


def test_a_rule_learns_its_errors_from_what_it_was_fitted_on() -> None:
    """For each step ahead by itself: that of the drift grows; other windows change nothing."""
    task = quantile_task(series(), TWO)
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    rule = fit("last-value", task, examples, parts.train)
    left = examples.targets(parts.train) - points(rule, examples, parts.train)

    assert rule.arrays["error_quantiles"] == pytest.approx(of_errors(left, TWO))
    assert outputs(rule, examples, parts.test).shape == (len(parts.test), 6)
    assert points(rule, examples, parts.test).shape == (len(parts.test), 3)
    plain = task_of(series(), count=1, horizon=3, season=7)
    assert "error_quantiles" not in fit("last-value", plain, plain.examples(parts), parts.train).arrays


def test_a_network_begins_as_the_quantiles_of_its_anchor() -> None:
    """Before the first step it answers what the rule does, quantile by quantile."""
    task = quantile_task(several(), TWO)
    parts = task.parts(0, "pair", 0)
    learner = Learner(task, examples := task.examples(parts), parts.train, job().start)

    begun = learner.examples.plain(learner.outputs(parts.test), parts.test)
    rule = outputs(fit("ridge", task, examples, parts.train), examples, parts.test)
    assert begun == pytest.approx(rule, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("refit", [False, True])
def test_what_a_fit_leaves_of_its_test_part_has_the_score_of_the_fit(refit: bool, one_thread: None) -> None:
    """Also where it was trained again on more rows, whose unit is another."""
    task = quantile_task(several(), TWO)
    found = train(task, replace(job(), refit=refit))
    parts = task.parts(0, "pair", 0)
    scores = task.examples(parts).scores(found.tested, parts.test)

    assert np.bincount(parts.test_block, weights=scores) == pytest.approx(found.fit.test, rel=1e-4)


def test_an_anchor_is_added_to_every_quantile() -> None:
    """A network that answers 0 forecasts the anchor's point in each."""
    task = quantile_task(series())
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    seen = Anchored.fit("rule", "last-value", task, examples, parts.train, parts.train)
    plain = seen.plain(np.zeros((len(parts.test), 9)), parts.test)

    expected = np.repeat(examples.rows.values[parts.test - 1, :1], 9, axis=1).reshape(-1, 3, 1, 3)
    assert examples.quantiles(plain, parts.test) == pytest.approx(expected)
    assert seen.targets(parts.train).shape == (len(parts.train), 3)


# --------------------------------------------------------------------------------------------------
# Models


def rule_of(task: Forecast) -> Model:
    """A fitted rule as a model."""
    parts = task.parts(0, "pair", 0)
    examples = task.examples(parts)
    fitted = fit("ridge", task, examples, parts.before)
    setting = task.setting
    return Model("baseline", setting.task, setting.section, setting.data, examples.learned, (), fitted, "")


def network_of(task: Forecast, anchor: AnchorName) -> Model:
    """A trained network as a model."""
    found, setting = train(task, job(anchor=anchor)), task.setting
    about = (setting.task, setting.section, setting.data, found.learned, (found.network,))
    return Model("gru", *about, None, "", found.learner.examples.anchor)


@pytest.mark.parametrize("what", ["rule", "none", "baseline"])
def test_a_model_predicts_the_same_after_it_was_stored(what: str, tmp_path: Path, one_thread: None) -> None:
    """A column for each quantile beside the point forecast, of each target and series."""
    task = quantile_task(several(), target="y,z", series="shop")
    made = rule_of(task) if what == "baseline" else network_of(task, "rule" if what == "rule" else "none")
    made.save(tmp_path)
    found, again = made.predict(table()), load(tmp_path).predict(table())

    assert found.equals(again)
    own = ["y", "y_q0.1", "y_q0.5", "y_q0.9", "z", "z_q0.1", "z_q0.5", "z_q0.9"]
    assert found.columns == ["shop", "day", *own]
    assert len(found) == 2 * 3
    for target in "yz":
        values = found.select(rf"^{target}_q.*$").to_numpy()
        assert (np.diff(values, axis=1) > 0.0).all()
        assert found[target].equals(found[f"{target}_q0.5"].alias(target))
    size = found.filter(pl.col("shop") == "b")["y_q0.9"] - found.filter(pl.col("shop") == "b")["y_q0.1"]
    assert size.min() > 8.0  # each series on a scale of its own


@pytest.mark.parametrize(
    ("quantiles", "told", "point"),
    [
        ((0.1, 0.9), "holds the mean of the quantiles 0.1 and 0.9", ["y_q0.1", "y_q0.9"]),
        ((0.8, 0.9), "holds the quantile nearest to it, 0.8", ["y_q0.8"]),
    ],
)
def test_a_point_that_is_no_median_is_told(quantiles: tuple[float, ...], told: str, point: list[str]) -> None:
    """The column of the target always has the best point there is."""
    one = table().filter(pl.col("shop") == "a").drop("shop", "z")
    data = look(one, Reading(target="y"))
    assert isinstance(data, Series)
    with pytest.warns(PredictionNote, match=told):
        found = rule_of(quantile_task(data, quantiles, target="y")).predict(one)

    assert found["y"].to_numpy() == pytest.approx(found.select(point).to_numpy().mean(axis=1))


# --------------------------------------------------------------------------------------------------
# What is asked


def test_the_metric_alone_takes_three_quantiles() -> None:
    """`--metric pinball` means 0.1, 0.5 and 0.9, and the plan and its words say so."""
    task = task_of(series(), count=1, horizon=3, metric="pinball")
    assert isinstance(task, Forecast)

    assert (task.quantiles, task.setting.metric, task.setting.data.outputs) == (QUANTILES, "pinball", 9)
    assert task.words(task.setting).subject.startswith("y in quantiles 0.1, 0.5 and 0.9, 3 steps ahead")


def test_of_sequences_they_are_refused() -> None:
    """They belong to a forecast."""
    with pytest.raises(OptionError, match="--quantiles belongs to a forecast"):
        task_of(sequences(), quantiles="0.5")


def test_a_column_with_the_name_of_a_quantile_is_refused() -> None:
    """Or else a forecast would have two columns of one name."""
    named = table().filter(pl.col("shop") == "a").drop("shop").rename({"z": "y_q0.9"})
    data = look(named, Reading(target="y,y_q0.9"))

    with pytest.raises(DataError, match=r"the column y_q0.9 has the name of the forecast of quantile 0.9 of y"):
        task_of(data, quantiles="0.1,0.9")
