"""Looking: the source's kind decides the task, and real files of many kinds are understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.series import Series
from gatewise.data.shapes import SequenceSet
from gatewise.errors import DataError, InputError, OptionError

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
X = np.arange(24.0).reshape(4, 3, 2)
Y = [0, 1, 1, 0]


@pytest.fixture
def folder(tmp_path):
    """A folder with one file of each kind."""
    (tmp_path / "weather.csv").write_text("date,temp,wind\n2020-01-01,1,2\n2020-01-02,2,1\n")
    (tmp_path / "toy.ts").write_text("@classLabel true a b\n@data\n1,2:a\n2,1:b\n1,1:a\n2,2:b\n")
    (tmp_path / "notes.docx").write_text("?")
    np.savez(tmp_path / "toy.npz", X=X, y=Y)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [("weather.csv", {"target": "temp"}, Series), ("toy.ts", {}, SequenceSet), ("toy.npz", {}, SequenceSet)],
)
@pytest.mark.parametrize("path", [str, Path])
def test_the_files_ending_decides(folder, name, options, kind, path):
    """A table is a series to forecast, .ts and .npz are sequences to classify; the source is the file's name."""
    data = look(path(folder / name), Reading(**options))
    assert isinstance(data, kind)
    assert data.source == name


@pytest.mark.parametrize(
    ("source", "options", "kind"),
    [
        (pl.DataFrame({"X": [1, 2], "y": [2, 1]}), {"target": "y"}, Series),
        ({"X": [1, 2], "y": [2, 1]}, {"target": "y"}, Series),
        ({"X": X, "y": Y}, {}, SequenceSet),
        ((X, Y), {}, SequenceSet),
        ([X, Y, [1, 2, 3, 3]], {}, SequenceSet),
    ],
)
def test_the_shape_in_memory_decides(source, options, kind):
    """Columns of one axis are a table, even under the names X and y; an X of more axes is sequences."""
    assert isinstance(look(source, Reading(**options)), kind)


@pytest.mark.parametrize(
    ("name", "options", "error", "message"),
    [
        (
            "weather.csv",
            {},
            OptionError,
            r"Name it with --target; columns of numbers in weather.csv: temp, wind. For example: "
            r"gatewise compare \S*weather.csv --target wind",
        ),
        (
            "toy.ts",
            {"target": "a"},
            OptionError,
            "--target: belongs to a table; got sequences from toy.ts, whose classes",
        ),
        ("toy.npz", {"time": "a", "duplicates": "mean"}, OptionError, "--time, --duplicates: belongs to a table"),
        ("wether.csv", {"target": "temp"}, DataError, r"there is no file 'wether.csv' .*did you mean weather.csv"),
        ("no/weather.csv", {"target": "temp"}, DataError, "there is no file .*weather.csv', and no folder"),
        ("notes.docx", {}, DataError, r"notes.docx is of no kind that can be read; gatewise reads tables \(.csv, .tsv"),
        ("", {}, DataError, "is no data set: .*it holds notes.docx, toy.npz, toy.ts, weather.csv"),
        ("null\0.csv", {"target": "temp"}, DataError, "there is no file"),
    ],
)
def test_what_is_missing_or_does_not_belong(folder, name, options, error, message):
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(error, match=message):
        look(folder / name, Reading(**options))


def test_an_example_command_can_be_typed(tmp_path):
    """Names that the shell would misread are quoted in the example command."""
    (tmp_path / "my data.csv").write_text("#Passengers\n1\n2\n")
    with pytest.raises(OptionError, match=r"compare '\S*my data.csv' --target '#Passengers'"):
        look(tmp_path / "my data.csv")


def test_the_example_of_the_project():
    """The shipped weather data read as daily rows with three covariates and a category."""
    weather = look(ROOT / "examples" / "seattle-weather.csv", Reading(target="temp_max"))
    kinds = tuple(f"weather={kind}" for kind in ("drizzle", "fog", "rain", "snow", "sun"))
    assert weather.features == ("temp_max", "precipitation", "temp_min", "wind", *kinds)
    assert (len(weather.values), weather.season, str(weather.stamps[-1])[:10]) == (1461, 7, "2015-12-31")
    assert weather.inserted == 0
    assert weather.notes == ("one column of 0 and 1 for each value of weather",)


shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data sets are not beside the repository")


@shared
@pytest.mark.parametrize(
    ("name", "target", "rows", "features", "time", "season", "gaps", "missing"),
    [
        ("etth1/ETTh1.csv", "OT", 17420, 7, "date", 24, 0, 0),
        ("air-passengers/airline-passengers.csv", "Passengers", 144, 1, "Month", 12, 0, 0),
        ("daily-min-temperatures/daily-min-temperatures.csv", "Temp", 3650, 1, "Date", 7, 2, 2),
        ("monthly-sunspots/monthly-sunspots.csv", "Sunspots", 2820, 1, "Month", 12, 0, 0),
        ("nyc-taxi/taxi_new_york_passengers.csv", "#Passengers", 10320, 1, "time", 48, 0, 0),
        ("turbine-emission/turbine_emission.csv", "NOX", 36733, 11, "datetime", 24, 0, 0),
        ("vic-electricity/vic_electricity.csv", "Demand", 52608, 3, "Time", 48, 0, 0),
        ("air-quality-valencia/air_quality_valencia.csv", "pm2.5", 43824, 10, "datetime", 24, 0, 1992),
    ],
)
def test_real_tables(name, target, rows, features, time, season, gaps, missing):
    """Real tables are understood as their descriptions say."""
    series = look(SHARED / name, Reading(target=target))
    assert series.values.shape == (rows + gaps, features)
    assert (series.time, series.season, series.inserted) == (time, season, gaps)
    assert np.isnan(series.values[:, 0]).sum() == missing


@shared
@pytest.mark.parametrize(
    ("name", "shape", "classes", "test_start", "shortest"),
    [
        ("japanesevowels", (640, 29, 12), 9, 270, 7),
        ("italypowerdemand", (1096, 24, 1), 2, 67, 24),
        ("gunpoint", (200, 150, 1), 2, 50, 150),
        ("basicmotions", (80, 100, 6), 4, 40, 100),
        ("ecg200", (200, 96, 1), 2, 100, 96),
        ("syntheticcontrol", (600, 60, 1), 6, 300, 60),
    ],
)
def test_real_sequences(name, shape, classes, test_start, shortest):
    """Real folders of .ts files are understood as their descriptions say."""
    data = look(SHARED / name)
    assert data.values.shape == shape
    assert (len(data.classes), data.test_start, data.lengths.min()) == (classes, test_start, shortest)


@shared
@pytest.mark.parametrize(
    ("name", "target", "message"),
    [
        ("ecg200/ECG200_TRAIN.txt", "column 1", "--target: belongs to a table; got sequences from ECG200_TRAIN.txt"),
        ("demo-multi-series/demo_multi_series.csv", "value", "5 series: every time of timestamp .* for each series_id"),
    ],
)
def test_real_data_that_cannot_be_compared_on_yet(name, target, message):
    """Real data of kinds that are not handled say so."""
    with pytest.raises(InputError, match=message):
        look(SHARED / name, Reading(target=target))


def test_a_column_named_date_that_holds_none_is_a_mistake() -> None:
    """Taking the rows as they come would be a guess; the first value that is no time is shown."""
    frame = pl.DataFrame({"y": [1.0, 2.0, 3.0], "Date": ["soon", "later", "at last"]})

    with pytest.raises(DataError, match=r"column Date does not read as times: 'soon' in row 1"):
        look(frame, Reading(target="y"))


def test_sequences_without_a_value() -> None:
    """Nothing but missing values is nothing to learn from."""
    with pytest.raises(DataError, match="every value is missing"):
        look((np.full((6, 4, 1), np.nan), np.arange(6) % 2))


def test_an_empty_folder_is_told_before_its_options(tmp_path: Path) -> None:
    """The folder is the mistake, not --target."""
    with pytest.raises(DataError, match="is no data set"):
        look(tmp_path, Reading(target="y"))
