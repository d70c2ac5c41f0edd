"""Tables: files and frames are read as written, the time column is found, and bad tables are told apart."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gatewise.data.reading import Reading
from gatewise.data.stamps import read_stamps
from gatewise.data.table import read_frame, to_series
from gatewise.errors import DataError, OptionError

ROWS = "day,y,wind\n2020-01-01,1,5\n2020-01-02,2.5,\n2020-01-03,NA,7\n"
DAYS = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[us]")


def written(folder: Path, text: str | bytes, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def series_of(folder: Path, text: str, features=None, **options):
    return to_series(read_frame(written(folder, text)), Reading(**{"target": "y", **options}), features=features)


def test_a_last_row_without_a_line_end_is_a_row(tmp_path):
    """Many programs end a file so."""
    assert read_frame(written(tmp_path, ROWS.rstrip())).equals(read_frame(written(tmp_path, ROWS, "ended.csv")))


def with_times(*stamps: str) -> str:
    return "when,y\n" + "".join(f"{stamp},{value}\n" for value, stamp in enumerate(stamps))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.csv", ROWS),
        ("DATA.CSV", ROWS),
        ("data.csv", "\ufeff" + ROWS),
        ("data.csv", ROWS.replace("\n", "\r\n") + "\r\n"),
        ("data.csv", "day, y ,wind\n2020-01-01, 1 ,5\n2020-01-02,2.5,null\n2020-01-03,?,7\n\n"),
        ("data.csv", ROWS.encode("utf-16")),
        ("data.csv", ROWS.replace(",", ";")),
        ("data.csv", ROWS.replace(",", ";").replace("2.5", "2,5")),
        ("data.csv", "day;y;wind\n2020-01-01;1;5,000\n2020-01-02;2,5;\n2020-01-03;;7,000\n"),
        ("data.txt", ROWS.replace(",", "\t")),
        ("data.tsv", ROWS.replace(",", "\t")),
        ("data.csv.gz", gzip.compress(ROWS.encode(), mtime=0)),
    ],
)
def test_text_files_of_all_kinds_read_alike(tmp_path, name, text):
    """Separator, line end, encoding, packing and missing marks do not change what is read."""
    series = to_series(read_frame(written(tmp_path, text, name)), Reading(target="y"))
    assert (series.features, series.time) == (("y", "wind"), "day")
    np.testing.assert_array_equal(series.values, [[1, 5], [2.5, np.nan], [np.nan, 7]])
    np.testing.assert_array_equal(series.stamps, DAYS)


def in_memory(kind: str):
    columns = {
        "day": DAYS,
        "y": [1.0, 2.5, None],
        "wind": [5, None, 7],
        "sky": ["a", None, "b"],
        "wet": [True, False, True],
    }
    if kind == "mapping":
        return columns
    if kind == "polars":
        return pl.DataFrame(columns)
    if kind == "lazy":
        return pl.LazyFrame(columns)
    frame = pd.DataFrame(columns)
    return {
        "pandas": frame,
        "pandas nullable": frame.astype({"wind": "Int64", "wet": "boolean", "sky": "category"}),
        "pandas object": frame.astype({"y": object, "sky": object}),
        "pandas index": frame.set_index("day"),
        "pandas zone": frame.assign(day=frame["day"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
        "pandas period": frame.set_index(pd.PeriodIndex(frame["day"], freq="D", name="day")).drop(columns="day"),
    }[kind]


def test_an_index_with_a_name_is_a_column():
    """Who names an index means something by it; a plain count without a name says nothing."""
    years = pd.Index(range(1990, 2010), name="year")
    frame = pd.DataFrame({"y": np.arange(20.0)}, index=years)
    assert read_frame(frame).columns == ["year", "y"]
    assert read_frame(frame.rename_axis(None)).columns == ["y"]
    assert read_frame(frame.assign(year=1.0)).columns == ["y", "year"]


@pytest.mark.parametrize(
    "kind",
    [
        "mapping",
        "polars",
        "lazy",
        "pandas",
        "pandas nullable",
        "pandas object",
        "pandas index",
        "pandas zone",
        "pandas period",
    ],
)
def test_frames_of_all_kinds_read_alike(kind):
    """A table in memory gives the same numbers whatever library holds it; booleans become 0 and 1."""
    series = to_series(read_frame(in_memory(kind)), Reading(target="y"))
    assert (series.features, series.time) == (("y", "wind", "wet"), "day")
    np.testing.assert_array_equal(series.values, [[1, 5, 1], [2.5, np.nan, 0], [np.nan, 7, 1]])
    np.testing.assert_array_equal(series.stamps, DAYS)
    assert "left out, text or dates: sky" in series.notes


def test_parquet_reads_as_it_was_written(tmp_path):
    """A Parquet file keeps its types, and its hash is that of the same table in memory."""
    frame = in_memory("polars")
    frame.write_parquet(tmp_path / "data.parquet")
    series = to_series(read_frame(tmp_path / "data.parquet"), Reading(target="y"))
    assert series.sha256() == to_series(frame, Reading(target="y")).sha256()


@pytest.mark.parametrize(
    ("stamps", "second"),
    [
        (["2020-01-30", "2020-01-31"], "2020-01-31"),
        (["2020/1/30", "2020/1/31"], "2020-01-31"),
        (["30.01.2020", "31.01.2020"], "2020-01-31"),
        (["01/30/2020", "01/31/2020"], "2020-01-31"),
        (["30/01/2020", "31/01/2020"], "2020-01-31"),
        (["2020-01", "2020-02"], "2020-02-01"),
        (["2020/01", "2020/02"], "2020-02-01"),
        (["2020-01-30 10:00", "2020-01-30 11:30"], "2020-01-30T11:30"),
        (["2020-01-30T10:00:00", "2020-01-30T10:00:01"], "2020-01-30T10:00:01"),
        (["2020-01-30 10:00:00", "2020-01-30 10:00:00.25"], "2020-01-30T10:00:00.25"),
        (["2020-01-30 00:00:10", "2020-01-31"], "2020-01-31"),
        (["2020-01-30 10:00:30", "2020-01-30 10:01"], "2020-01-30T10:01"),
        (["2020-01-30T10:00Z", "2020-01-30T11:00Z"], "2020-01-30T11:00"),
        (["2020-01-30 10:00:00+02:00", "2020-01-30 10:00:00+01:00"], "2020-01-30T09:00"),
        (["1/30/2020 9:05 AM", "1/30/2020 1:05 PM"], "2020-01-30T13:05"),
        (["30.01.2020 9:05", "30.01.2020 13:05"], "2020-01-30T13:05"),
    ],
)
def test_forms_of_dates(tmp_path, stamps, second):
    """Each usual form of date is found as the time column and read to the microsecond, zones as UTC."""
    series = series_of(tmp_path, with_times(*stamps))
    assert series.time == "when"
    assert series.stamps[1] == np.datetime64(second)


@pytest.mark.parametrize("stamp", ["12", "1.5", "2020-13", "v2020-01-01", "10:30", "20200101"])
def test_what_is_no_date(stamp):
    """Numbers, clocks alone and impossible months are not taken as dates."""
    reading = read_stamps(pl.Series("when", [stamp]))
    assert reading is None or reading.bad == 0


def test_compact_dates_only_under_a_time_name(tmp_path):
    """Whole numbers such as 20200131 are dates in a column that is named like one, and numbers elsewhere."""
    dated = series_of(tmp_path, "date,y\n20200131,1\n20200201,2\n")
    assert dated.stamps[1] == np.datetime64("2020-02-01")
    assert series_of(tmp_path, "serial,y\n20200131,1\n20200201,2\n").features == ("y", "serial")


@pytest.mark.parametrize("header", ["index", "t", ""])
def test_increasing_numbers_under_a_time_name_are_the_time(tmp_path, header):
    """A counter is taken as the time, with a note; the unnamed column that pandas writes is one."""
    series = series_of(tmp_path, f"{header},y\n1990,3\n1991,5\n1992,4\n")
    assert series.stamps.tolist() == [1990.0, 1991.0, 1992.0]
    assert series.step_text() == "1"
    assert series.season == 1
    assert any("taken as the time" in note for note in series.notes)


def test_no_time_column_keeps_file_order(tmp_path):
    """Without dates or a counter the rows stay as they come, and a note says so."""
    series = series_of(tmp_path, "wind,y\n3,9\n1,2\n2,5\n")
    assert series.time is None
    assert series.stamps is None
    assert series.values[:, 0].tolist() == [9, 2, 5]
    assert any("no time column found" in note for note in series.notes)
    assert "in file order" in series.describe()[0]


def test_of_two_date_columns_the_one_without_repeats_is_the_time(tmp_path):
    """A column of dates that repeats beside one that does not is no time; the other is."""
    text = "stamp,date,y\n2020-01-01T00:00,2020-01-01,1\n2020-01-01T12:00,2020-01-01,2\n2020-01-02T00:00,2020-01-02,3\n"
    series = series_of(tmp_path, text)
    assert series.time == "stamp"
    assert any("left out" in note and "date" in note for note in series.notes)


def test_rows_are_sorted_by_time(tmp_path):
    """Rows out of order are sorted with their values, and a note says so."""
    series = series_of(tmp_path, with_times("2020-01-03", "2020-01-01", "2020-01-02"))
    assert series.values[:, 0].tolist() == [1, 2, 0]
    assert "the rows were not in order and are sorted by when" in series.notes


@pytest.mark.parametrize(("duplicates", "y", "wind"), [("first", 1.0, np.nan), ("last", 3.0, 8.0), ("mean", 2.0, 6.0)])
def test_repeated_time_stamps_are_merged_as_asked(tmp_path, duplicates, y, wind):
    """First, last and the mean of the known values; the other rows stay as they are."""
    text = "day,y,wind\n2020-01-02,5,7\n2020-01-01,1,\n2020-01-01,2,4\n2020-01-01,3,8\n"
    series = series_of(tmp_path, text, duplicates=duplicates)
    np.testing.assert_array_equal(series.values, [[y, wind], [5, 7]])
    assert series.duplicates == duplicates
    assert f"2 rows of a repeated time stamp merged: {duplicates}" in series.notes


def test_covariates_that_say_nothing_are_left_out(tmp_path):
    """Text, empty and constant columns are named in notes; a slip in a column of numbers is shown."""
    text = "y,sky,gap,flat,slip,ok\n1,sun,,3,1,TRUE\n2,rain,NA,3,2,FALSE\n3,fog,,3,<1,TRUE\n"
    series = series_of(tmp_path, text)
    assert series.features == ("y", "ok")
    assert "left out, text or dates: sky, slip ('<1' in row 3)" in series.notes
    assert "left out, no values: gap" in series.notes
    assert "left out, constant: flat" in series.notes


def test_given_features_come_in_their_order(tmp_path):
    """For prediction the columns asked for come as asked, constant or empty, and others are ignored."""
    text = "extra,wind,rain,y\n1,4,,2\n2,4,,2\n"
    series = series_of(tmp_path, text, features=("y", "rain", "wind"))
    np.testing.assert_array_equal(series.values, [[2, np.nan, 4], [2, np.nan, 4]])
    assert series.features == ("y", "rain", "wind")


@pytest.mark.parametrize(
    ("step", "season", "words"),
    [
        (timedelta(minutes=10), 144, "10 minutes"),
        (timedelta(minutes=15), 96, "15 minutes"),
        (timedelta(minutes=30), 48, "30 minutes"),
        (timedelta(hours=1), 24, "1 hour"),
        (timedelta(days=1), 7, "1 day"),
        (timedelta(days=7), 52, "1 week"),
        (timedelta(seconds=2.5), 24, "2,500 milliseconds"),
        (timedelta(hours=5), 1, "5 hours"),
        ("1mo", 12, "1 month"),
        ("1q", 4, "3 months"),
        ("6mo", 2, "6 months"),
        ("1y", 1, "1 year"),
        (timedelta(days=360), 1, "360 days"),
    ],
)
def test_the_season_follows_from_the_time_step(step, season, words):
    """The step is the median one, calendar months and years count as regular, and the season is the usual one."""
    first = datetime(2019, 1, 1)
    if isinstance(step, str):
        stamps = pl.datetime_range(first, datetime(2030, 1, 1), step, eager=True)
    else:
        stamps = [first + number * step for number in range(30)]
    series = to_series(pl.DataFrame({"when": stamps, "y": np.arange(len(stamps))}), Reading(target="y"))
    assert series.season == season
    assert series.step_text() == words
    assert series.inserted == 0


def test_days_without_weekends_have_a_week_of_five():
    """Trading days repeat after five rows, and a weekend is no gap."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(60)]
    trading = [day for day in days if day.weekday() < 5]
    series = to_series(pl.DataFrame({"day": trading, "y": np.arange(len(trading))}), Reading(target="y"))
    assert series.season == 5
    assert "gaps in the time stamps: none" in series.describe()


def test_gaps_are_counted_and_the_first_is_shown(tmp_path):
    """Missing steps become rows without values, and a note says how many there are and where the first is."""
    series = series_of(tmp_path, with_times("2020-01-01", "2020-01-02", "2020-01-05", "2020-01-06"))
    assert "2 missing steps filled in as missing values, the first after 2020-01-02" in series.notes
    assert np.isnan(series.values[:, 0]).tolist() == [False, False, True, True, False, False]
    assert [str(stamp)[:10] for stamp in series.stamps[2:4]] == ["2020-01-03", "2020-01-04"]


@pytest.mark.parametrize("to", [pl.DataFrame, lambda columns: pd.DataFrame({k: list(v) for k, v in columns.items()})])
def test_times_with_a_zone_are_turned_to_utc(to):
    """An hour that the clock shows twice is two hours."""
    local = pl.Series([datetime(2020, 10, 25, hour) for hour in range(3)]).dt.replace_time_zone("UTC")
    frame = to({"when": local.dt.convert_time_zone("Europe/Berlin"), "y": [1.0, 2.0, 3.0]})
    series = to_series(read_frame(frame), Reading(target="y"))
    assert series.stamps.tolist() == [datetime(2020, 10, 25, hour) for hour in range(3)]


def test_the_block_of_what_was_understood(tmp_path):
    """Rows, span, step, target, covariates, missing values, gaps and season, a line each."""
    assert series_of(tmp_path, ROWS).describe() == [
        "3 rows, 2020-01-01 to 2020-01-03 (day), step 1 day",
        "target: y, 1 to 2.5, mean 1.75",
        "covariates: wind",
        "missing values: y 1, wind 1",
        "gaps in the time stamps: none",
        "season: 7 steps",
    ]


def test_the_hash_is_of_the_data_alone(tmp_path):
    """File format, path and notes leave the hash alone; a value, a name, a stamp or the target changes it."""
    plain = series_of(tmp_path, ROWS).sha256()
    assert (
        to_series(read_frame(written(tmp_path, ROWS.replace(",", "\t"), "b.tsv")), Reading(target="y")).sha256()
        == plain
    )
    assert series_of(tmp_path, ROWS.replace("NA,7", ",7.0")).sha256() == plain
    for old, new in (("2.5", "2.6"), ("wind", "gust"), ("01-03", "01-04"), ("NA", "0")):
        assert series_of(tmp_path, ROWS.replace(old, new)).sha256() != plain, new
    assert series_of(tmp_path, ROWS, target="wind").sha256() != plain


def test_numbers_are_read_to_the_last_digit(tmp_path):
    """Float64 values written by repr come back bit for bit."""
    values = np.random.default_rng(0).standard_normal(200) * 10.0 ** np.arange(-100, 100)
    series = series_of(tmp_path, "y\n" + "\n".join(map(repr, values.tolist())) + "\n")
    np.testing.assert_array_equal(series.values[:, 0], values)


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        (
            ROWS,
            {"target": "wnd"},
            OptionError,
            "--target wnd: there is no such column; did you mean wind[?] There are: day, y",
        ),
        (ROWS, {"time": "date"}, OptionError, "--time date: there is no such column"),
        (ROWS, {"target": "day", "time": "day"}, OptionError, "--target and --time both name day"),
        ("y\n1\n2\n", {"duplicates": "mean"}, OptionError, "--duplicates needs a time column"),
        ("y,sky\n1,drizzle\n2,\n", {"target": "sky"}, DataError, r"target sky holds 'drizzle' in row 1.*of numbers: y"),
        ("y,z\n1 2,1\n2,2\n", {}, DataError, r"target y holds '1 2' in row 1; expected numbers only"),
        ("y,z\n3,1\n3,2\n", {}, DataError, "target y is 3 in every row; there is nothing to forecast"),
        ("y,z\n,1\nNA,2\n", {}, DataError, "target y has no value at all"),
        (
            "y,z\n1,2\n2,inf\n3,-inf\n",
            {},
            DataError,
            "column z has 2 infinite values, the first in row 2; leave a cell empty",
        ),
        ("y\n1\n1e999\n", {}, DataError, "column y has 1 infinite value, the first in row 2"),
        (
            with_times("2020-01-01", "soon"),
            {"time": "when"},
            DataError,
            r"column when .*: 'soon' in row 2; expected one form",
        ),
        (
            with_times("2020-01-01", "2020-01-02", "2020-01-32"),
            {},
            DataError,
            "'2020-01-32' in row 3; expected one form",
        ),
        ("t,y\nsoon,1\nlater,2\n", {"time": "t"}, DataError, r"column t does not read as times: 'soon' in row 1"),
        ("t,y\n1,1\ninf,2\n", {"time": "t"}, DataError, r"column t does not read as times: 'inf' in row 2"),
        (
            with_times("2020-01-01", "", "2020-01-03"),
            {},
            DataError,
            "time column when has 1 missing value, the first in row 2",
        ),
        ("t,y\n1,1\nNA,2\n", {"time": "t"}, DataError, "time column t has 1 missing value, the first in row 2"),
        (
            with_times("01/02/2020", "03/04/2020"),
            {},
            DataError,
            "such as '01/02/2020', can be read as day/month/year.*--dates dmy|mdy, or write them",
        ),
        (
            with_times("2020-01-01", "2020-01-01", "2020-01-02"),
            {},
            DataError,
            r"1 row of column when repeat.*such as 2020-01-01.*--series COLUMN.*--duplicates first\|last\|mean",
        ),
        ("a,b,y\n2020-01-01,2021-01-01,1\n2020-01-02,2021-01-02,2\n", {}, OptionError, "times: a, b; .*--time a"),
        ("a,b,y\n2020-01-01,2021-01-01,1\n2020-01-01,2021-01-01,2\n", {}, OptionError, "times: a, b; .*--time a"),
        (
            ROWS,
            {"features": ("y", "rain")},
            DataError,
            "the table lacks rain, expected as in training; did you mean wind[?]",
        ),
        (ROWS, {"features": ("wind", "y")}, OptionError, "features must start with the target y"),
        (
            "y,wind\n1,a\n",
            {"features": ("y", "wind")},
            DataError,
            "column wind holds 'a' in row 1; expected numbers only",
        ),
    ],
)
def test_tables_that_cannot_be_compared_on(tmp_path, text, options, error, message):
    """Each message says what was got, what is expected and what to type."""
    with pytest.raises(error, match=message):
        series_of(tmp_path, text, **options)


GARBAGE = np.random.default_rng(1).bytes(4000)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", " \n\n", "a.csv is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "a.csv is empty"),
        (
            "a.csv.gz",
            gzip.compress(ROWS.encode(), mtime=0)[:-12],
            "a.csv.gz cannot be unpacked: .*check that the file is whole",
        ),
        ("a.csv", "day,y\n", "a.csv has column names but no rows"),
        ("a.csv", "day,y\n\n\n", "a.csv has column names but no rows"),
        ("a.csv", GARBAGE, "a.csv is not text: it starts with the bytes .*save it as text"),
        ("a.csv", b"PK\x03\x04" + GARBAGE, r"a.csv is a damaged ZIP archive by what it holds"),
        ("a.parquet", GARBAGE, "a.parquet cannot be read as a table"),
        ("a.parquet", b"PAR1" + GARBAGE + b"PAR1", "a.parquet cannot be read as a table"),
        ("a.csv", "y,z,y\n1,2,3\n", "a.csv has several columns of one name: y; rename"),
        ("a.csv", "y,z\n1,2\n1,2,3\n", "a.csv, line 3: got 3 cells; expected 2 as in line 1"),
        ("a.csv", 'y,z\n1,"2\n', "a.csv cannot be read as a table"),
        ("a.csv", f'"{"y" * 200_000}\n1\n', "a.csv cannot be read as a table"),
        ("a.xlsx", b"PK", r"a.xlsx cannot be read as a workbook: .*save it as .xlsx or .csv"),
    ],
)
def test_files_that_are_no_tables(tmp_path, name, text, message):
    """Empty, binary, damaged, headless, ragged and foreign files each have their message."""
    with pytest.raises(DataError, match=message):
        read_frame(written(tmp_path, text, name))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"a": [1, 2], "b": [1]}, "the mapping does not make a table: .*equal length"),
        ({}, "the table has no columns"),
        ({"a": []}, "the table has column names but no rows"),
        (
            np.zeros((3, 2, 1)),
            r"a ndarray is not a table .*; expected a path, or an array .*, or a polars or pandas DataFrame",
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "several columns of one name: a"),
    ],
)
def test_memory_that_is_no_table(source, message):
    """What is no table in memory is refused with what was wanted."""
    with pytest.raises(DataError, match=message):
        read_frame(source)


def test_latin_1_text_is_read(tmp_path):
    """Text that is not UTF-8 is read as Latin-1, so that an accent in a name does no harm."""
    assert read_frame(written(tmp_path, "température,y\n1,2\n".encode("latin-1"))).columns == ["température", "y"]


def test_a_file_without_permission(tmp_path, monkeypatch):
    """A file that may not be read says so, and how to look at its permissions."""

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = written(tmp_path, ROWS)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"data.csv' may not be read by you; check its permissions"):
        read_frame(path)


def test_text_of_the_data_cannot_break_the_terminal(tmp_path):
    """Control characters are escaped and long values cut, in names and in cells."""
    with pytest.raises(DataError) as caught:
        to_series(pl.DataFrame({"\x1b[31mred": ["\x1b[2J" + "x" * 500]}), Reading(target="\x1b[31mred"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250
