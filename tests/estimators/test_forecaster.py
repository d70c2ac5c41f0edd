"""The forecaster: its contract with scikit-learn, and with the frames that it takes."""

import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from gatewise import SequenceForecaster
from gatewise.errors import PredictionNote

QUICK: dict[str, Any] = {"cell": "gru", "fits": 1, "params": 300, "horizon": 3}


def long_frame(rows: int = 90, names: tuple[Any, ...] = ("b", "a")) -> pd.DataFrame:
    """Noisy weeks of several series with a covariate, as NeuralForecast takes them."""
    rng = np.random.default_rng(0)
    week = np.sin(np.arange(rows) * 2 * np.pi / 7)
    days = pd.date_range("2023-01-01", periods=rows, freq="D")
    parts = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": days,
                "y": 10.0 * place + week + 0.1 * rng.normal(size=rows),
                "price": rng.normal(size=rows),
            }
        )
        for place, name in enumerate(names)
    ]
    return pd.concat(parts, ignore_index=True)


def plain_frame(rows: int = 90) -> pd.DataFrame:
    """One series under names of its own."""
    found = long_frame(rows, ("only",)).drop(columns="unique_id")
    return found.rename(columns={"ds": "day", "y": "sales"})


DF = long_frame()


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks are soon learned."""
    monkeypatch.setattr("gatewise.experiment.plan.STEPS", (150, 150))


@cache
def fitted_once() -> SequenceForecaster:
    """What most tests ask; nobody may change it."""
    return SequenceForecaster(**QUICK).fit(DF)


def test_quantiles_have_columns_of_their_own() -> None:
    """Beside the point forecast, in a frame of the same kind; the point is the median."""
    found = SequenceForecaster(**QUICK, quantiles=[0.9, 0.1, 0.5]).fit(DF).predict()

    assert found.columns.tolist() == ["unique_id", "ds", "y", "y_q0.1", "y_q0.5", "y_q0.9"]
    assert found["y"].tolist() == found["y_q0.5"].tolist()
    assert (found["y_q0.1"] < found["y_q0.9"]).all()


def test_a_long_frame_needs_no_names() -> None:
    """`unique_id, ds, y` as they are; the forecast has the same columns, types and names."""
    found = fitted_once().predict()

    assert found.columns.tolist() == ["unique_id", "ds", "y"]
    assert found.dtypes.tolist() == DF.dtypes[:3].tolist()
    assert found["unique_id"].tolist() == ["a"] * 3 + ["b"] * 3
    assert found["ds"].tolist() == pd.date_range("2023-04-01", periods=3, freq="D").tolist() * 2
    assert np.allclose(
        found["y"], np.sin(np.arange(90, 93) * 2 * np.pi / 7).tolist() * 2 + 10 * (found.index < 3), atol=1
    )
    assert fitted_once().feature_names_in_ == ["y", "price"]


def test_the_rows_that_were_fitted_on_give_the_same_as_no_rows() -> None:
    """`predict()` goes on from there."""
    assert fitted_once().predict(DF).equals(fitted_once().predict())


def test_new_rows_are_gone_on_from() -> None:
    """Later rows of one series: three steps after them."""
    more = long_frame(120)
    found = fitted_once().predict(more[more["unique_id"] == "b"].tail(40))

    assert found["unique_id"].tolist() == ["b"] * 3
    assert found["ds"].tolist() == pd.date_range("2023-05-01", periods=3, freq="D").tolist()


def test_the_order_of_the_rows_does_not_matter() -> None:
    """A shuffled frame gives the same model and the same forecast, in the same order."""
    shuffled = DF.sample(frac=1.0, random_state=0)
    again = clone(fitted_once()).fit(shuffled)

    assert again.model_weights_ == fitted_once().model_weights_
    assert again.predict().equals(fitted_once().predict())
    with pytest.warns(PredictionNote, match="the rows were not in order and are sorted by ds"):
        assert fitted_once().predict(shuffled).equals(fitted_once().predict())


def test_a_shuffled_frame_of_one_series_gives_the_same() -> None:
    """Time orders it."""
    table = plain_frame()
    first, again = (
        SequenceForecaster(target="sales", **QUICK).fit(rows).predict()
        for rows in (table, table.sample(frac=1.0, random_state=1))
    )

    assert first.equals(again)


def test_frames_are_left_as_they_were() -> None:
    """Neither `fit` nor `predict` writes into what it is given, nor gives away what it keeps."""
    given = DF.copy(deep=True)
    fitted = SequenceForecaster(**QUICK).fit(given)
    fitted.predict(given)
    kept = fitted.predict()
    kept["y"] = 0.0

    assert given.equals(DF)
    assert fitted.predict().equals(fitted_once().predict())


def test_a_refit_is_fresh() -> None:
    """What was fitted before has no part in it."""
    used = SequenceForecaster(target="sales", **QUICK).fit(plain_frame()).set_params(target=None).fit(DF)

    assert used.model_weights_ == fitted_once().model_weights_
    assert used.predict().equals(fitted_once().predict())


def test_parameters_are_got_set_and_cloned() -> None:
    """As scikit-learn's users do it; nothing is checked or changed before a fit."""
    made = SequenceForecaster(horizon=5, target="sales", reading={"gaps": "keep"})
    copy = clone(made)

    assert copy.get_params() == made.get_params()
    assert made.set_params(horizon=-1).get_params()["horizon"] == -1
    assert copy.horizon == 5
    assert set(vars(made)) == set(made.get_params())
    assert "horizon=5" in repr(copy)


def test_fitted_forecasters_can_be_pickled() -> None:
    """What comes back forecasts the same, with and without new rows."""
    back = pickle.loads(pickle.dumps(fitted_once()))

    assert back.predict().equals(fitted_once().predict())
    assert back.predict(DF).equals(fitted_once().predict(DF))


def test_polars_frames_come_back_as_polars_frames() -> None:
    """With the types that they have."""
    given = pl.DataFrame({name: DF[name].to_list() for name in DF}, schema_overrides={"ds": pl.Datetime("ns")})
    found = SequenceForecaster(**QUICK).fit(given).predict()

    assert found.schema == pl.Schema({"unique_id": pl.String, "ds": pl.Datetime("ns"), "y": pl.Float64})
    assert found["y"].to_list() == fitted_once().predict()["y"].to_list()


def test_a_mapping_of_columns_is_a_frame() -> None:
    """The forecast is a polars frame then."""
    table = plain_frame()
    found = SequenceForecaster(target="sales", **QUICK).fit({name: table[name].to_numpy() for name in table}).predict()

    assert found.columns == ["day", "sales"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_times_with_a_zone_come_back_in_it(zone: str) -> None:
    """The step is an hour of the clock, whatever the zone does."""
    hours = pd.date_range("2023-01-01", periods=200, freq="h", tz=zone)
    given = pd.DataFrame({"ds": hours, "y": np.sin(np.arange(200) * 2 * np.pi / 24)})
    found = SequenceForecaster(**QUICK).fit(given).predict()

    assert found["ds"].tolist() == pd.date_range(hours[-1], periods=4, freq="h")[1:].tolist()
    assert found["ds"].dtype == given["ds"].dtype


def test_series_may_be_numbered_and_stand_in_the_index() -> None:
    """Whole numbers as unique_id come back as whole numbers; so does an index of that name, as a column."""
    numbered = long_frame(names=(2, 10))
    indexed = numbered.set_index("unique_id")
    first, again = (SequenceForecaster(**QUICK).fit(df).predict() for df in (numbered, indexed))

    assert first["unique_id"].tolist() == [2, 2, 2, 10, 10, 10]
    assert first.equals(again)


def test_blank_targets_at_the_end_are_what_is_forecast() -> None:
    """As in `gatewise predict`."""
    given = DF.copy()
    given.loc[given["ds"] > "2023-03-28", "y"] = np.nan
    fitted = SequenceForecaster(**QUICK).fit(given)
    found = fitted.predict()

    assert fitted.notes_[-1] == "the last 3 rows have no y: they are the steps forecast"
    assert found["ds"].tolist() == pd.date_range("2023-03-29", periods=3, freq="D").tolist() * 2


def test_what_is_known_ahead_is_used_and_asked_for() -> None:
    """Fitted without the rows ahead, `predict()` asks for them; with them it forecasts."""
    fitted = SequenceForecaster(known="price", **QUICK).fit(DF)
    ahead = DF.copy()
    ahead.loc[ahead["ds"] > "2023-03-28", "y"] = np.nan

    with pytest.raises(ValueError, match="the model knows price ahead"):
        fitted.predict()
    with pytest.warns(PredictionNote, match="the last 3 rows have no y"):
        assert len(fitted.predict(ahead)) == 6


def test_several_targets_are_forecast_at_once() -> None:
    """A column each."""
    found = SequenceForecaster(target="y,price", **QUICK).fit(DF).predict()

    assert found.columns.tolist() == ["unique_id", "ds", "y", "price"]


def test_a_comparison_trains_what_it_recommends() -> None:
    """`auto` leaves the verdict beside the model."""
    fitted = SequenceForecaster(horizon=1, fits=4, params=300).fit(DF)

    assert fitted.cell_ in ("lstm", "gru", "baseline")
    assert fitted.verdict_ == "undecided"


def test_everything_is_learned_from() -> None:
    """Another last row gives another model: no test part is kept aside. It chooses the best step."""
    changed = DF.copy()
    changed.loc[changed["ds"] == changed["ds"].max(), "y"] += 100.0
    _, learned = (SequenceForecaster(**QUICK).fit(df).model_ for df in (DF, changed))

    assert learned.section["ends"] == "2023-03-31"
    assert not fitted_once().predict()["y"].equals(SequenceForecaster(**QUICK).fit(changed).predict()["y"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SequenceForecaster().predict(), "not fitted yet"),
        (lambda: SequenceForecaster().fit(plain_frame()), "which column is to be forecast\\? .*target='price'"),
        (lambda: SequenceForecaster(target="profit").fit(plain_frame()), "no such column; did you mean price"),
        (lambda: SequenceForecaster().fit(DF.rename(columns={"unique_id": "shop"})), "--series shop"),
        (lambda: SequenceForecaster(cell="best").fit(DF), "cell='best' is not known"),
        (lambda: SequenceForecaster(horizon=0).fit(DF), "horizon"),
        (lambda: SequenceForecaster(horizon=60).fit(DF), "too short"),
        (lambda: SequenceForecaster(metric="accuracy").fit(DF), "does not fit these data"),
        (lambda: SequenceForecaster(reading={"gap": "keep"}).fit(DF), "did you mean gaps"),
        (lambda: SequenceForecaster(**QUICK).fit(pd.concat([DF, DF.tail(1)])), "--duplicates"),
        (lambda: SequenceForecaster().fit(DF.head(0)), "no rows"),
        (lambda: SequenceForecaster().fit([1.0, 2.0]), "not a table that can be read"),
        (lambda: fitted_once().predict(DF.drop(columns="price")), "the table lacks price"),
        (lambda: fitted_once().predict(DF.head(3)), "need at least the last"),
        (lambda: fitted_once().predict(DF.iloc[::2]), "step"),
    ],
)
def test_mistakes_are_told_in_plain_words(call: Callable[[], object], message: str) -> None:
    """All of them are a ValueError."""
    with pytest.raises((ValueError, NotFittedError), match=message):
        call()
