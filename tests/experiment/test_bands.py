"""Bands of models: from the misses of pairs, of ensembles and of rules, in the scale of each series."""

import numpy as np
import polars as pl
import pytest
from tiny import series, task_of

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.experiment.bands import Said, banded, grouped, misses
from gatewise.tasks.forecast import Forecast


def test_misses_are_those_of_the_stored_outputs() -> None:
    """True minus forecast at each step of each test window; a rule is asked again as it was scored."""
    task = task_of(series(), horizon=3)
    assert isinstance(task, Forecast)
    parts = task.parts(1, "pair", 0)
    examples = task.examples(parts)
    right = examples.targets(parts.test)
    off = misses(task, Said(1, False, {"gru": np.stack([right, right + 1.0])}, ("last-value",))).off

    assert np.abs(off["gru"][0]).max() < 1e-5
    assert off["gru"][1] == pytest.approx(np.full_like(off["gru"][1], -examples.learned.spread[0, 0]), rel=1e-4)
    values = task.rows.values[:, 0]
    expected = values[parts.test[:, None] + np.arange(3)] - values[parts.test - 1][:, None]
    assert off["last-value"][0, :, :, 0] == pytest.approx(expected)


def test_what_grows_has_bands_that_are_shares_of_the_forecast() -> None:
    """A positive series that doubles does; others do not: too little, below 0, or after the origin."""
    rows = np.arange(200.0)
    tables = [100 + rows, 400 + rows, rows - 1, np.where(rows < 110, 100, 100 + 5 * (rows - 110)) + rows % 2]
    tasks = [task_of(look(pl.DataFrame({"y": y}), Reading(target="y", time="none")), horizon=2) for y in tables]
    task = tasks[0]
    assert isinstance(task, Forecast)
    parts = task.parts(1, "pair", 0)
    found = misses(task, Said(1, False, {}, ("last-value",)))

    assert [each.grows for each in tasks] == [True, False, False, False]
    assert found.shares
    last = task.rows.values[parts.test - 1, 0]
    assert found.off["last-value"][0, :, :, 0] == pytest.approx(np.array([1.0, 2.0]) / last[:, None])


def test_a_share_is_multiplied_by_the_forecast() -> None:
    """Of a forecast of 100 a fifth to both sides is 80 to 120; one below 0 has a band as well."""
    data = look(pl.DataFrame({"y": 100.0 + np.arange(60.0)}), Reading(target="y", time="none"))
    task = task_of(data, horizon=2, window=4)
    assert isinstance(task, Forecast)
    learned = task.examples(task.whole()).learned
    fresh = Forecast.fresh(task.setting.data, task.setting.section, learned, data, 0)
    assert fresh.banded is not None
    table = fresh.table(np.zeros((1, 2), dtype=np.float32)).with_columns(y=pl.Series([100.0, -50.0]))
    found = fresh.banded(table, banded(np.full((1, 5, 2, 1), 0.2), shares=True))

    assert found["y_lo80"].to_list() == pytest.approx([80.0, -60.0])
    assert found["y_hi80"].to_list() == pytest.approx([120.0, -40.0])


def test_an_ensemble_is_off_as_the_mean_of_its_members() -> None:
    """Pairs are grouped as many as the ensemble has members; too few make one group."""
    off = np.random.default_rng(0).normal(size=(5, 9, 2, 1))

    assert grouped(off, 1) == pytest.approx(off)
    assert grouped(off, 2).shape == (2, 9, 2, 1)
    assert grouped(off, 9) == pytest.approx(off.mean(axis=0)[None])


def test_no_band_without_enough_windows() -> None:
    """80 % from 4 on, 95 % from 19 on."""
    rng = np.random.default_rng(0)

    assert [sorted(banded(rng.normal(size=(2, n, 3, 1))).half) for n in (3, 4, 18, 19)] == [[], [80], [80], [80, 95]]


def test_a_table_has_the_bands_beside_each_target() -> None:
    """Several series and targets: each in its own scale."""
    rows = 60
    frame = pl.DataFrame(
        {
            "store": ["north"] * rows + ["south"] * rows,
            "day": [*pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 2, 29), eager=True)] * 2,
            "units": np.concatenate([np.sin(np.arange(rows)), 100.0 * np.cos(np.arange(rows))]),
            "price": np.concatenate([np.cos(np.arange(rows)), np.sin(np.arange(rows))]),
        }
    )
    data = look(frame, Reading(target="units,price", series="store"))
    task = task_of(data, horizon=2, target="units,price", series="store", window=4)
    assert isinstance(task, Forecast)
    learned = task.examples(task.whole()).learned
    fresh = Forecast.fresh(task.setting.data, task.setting.section, learned, frame, 0)
    table = fresh.table(np.zeros((2, task.setting.data.outputs), dtype=np.float32))
    bands = banded(np.broadcast_to(np.array([[1.0, 2.0], [3.0, 4.0]]), (1, 20, 2, 2)))
    assert fresh.banded is not None
    found = fresh.banded(table, bands)

    names = [f"{target}{end}" for target in ("units", "price") for end in ("", "_lo80", "_hi80", "_lo95", "_hi95")]
    assert found.columns == ["store", "day", *names]
    for k, target in enumerate(("units", "price")):
        half = (found[f"{target}_hi95"] - found[f"{target}_lo95"]).to_numpy().reshape(2, 2) / 2
        assert half == pytest.approx(learned.scale[:, k][:, None] * np.array([1.0 + k, 3.0 + k]))
        middle = (found[f"{target}_hi80"] + found[f"{target}_lo80"]) / 2
        assert middle.to_list() == pytest.approx(found[target].to_list())
