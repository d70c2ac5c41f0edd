"""Stamps: every form gives the same instants, whole or not at all; two readings are asked about; all are written."""

import time
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.data.stamps import read_clock, read_stamps
from gatewise.data.written import written
from gatewise.data.zones import repeated_hour, zone_named
from gatewise.errors import DataError, OptionError

FORMS = [
    (["2024-03-29", "2024-04-01"], "2024-03-29"),
    (["2024/03/29", "2024/04/01"], "2024-03-29"),
    (["2024.03.29", "2024.04.01"], "2024-03-29"),
    (["2024. 3. 29.", "2024. 4. 1."], "2024-03-29"),
    (["2024-3-9", "2024-10-11"], "2024-03-09"),
    (["29.03.2024", "01.04.2024"], "2024-03-29"),
    (["29/03/2024", "01/04/2024"], "2024-03-29"),
    (["03/29/2024", "04/01/2024"], "2024-03-29"),
    (["29-03-2024", "01-04-2024"], "2024-03-29"),
    (["03-29-2024", "04-01-2024"], "2024-03-29"),
    (["03/29/24", "04/01/24"], "2024-03-29"),
    (["29/03/99", "31/03/68"], "1999-03-29"),
    (["12.31.2023", "01.15.2024"], "2023-12-31"),
    (["01.02.2024", "03.04.2024"], "2024-02-01"),
    (["Mar 29, 2024", "Apr 1, 2024"], "2024-03-29"),
    (["March 29, 2024", "April 01, 2024"], "2024-03-29"),
    (["Mar 29 2024", "Apr 01 2024"], "2024-03-29"),
    (["Mar-29-2024", "Apr-01-2024"], "2024-03-29"),
    (["29-Mar-24", "01-Apr-24"], "2024-03-29"),
    (["29-MAR-2024", "01-APR-2024"], "2024-03-29"),
    (["29 Mar 2024", "1 Apr 2024"], "2024-03-29"),
    (["29Mar2024", "01Apr2024"], "2024-03-29"),
    (["29th March 2024", "1st April 2024"], "2024-03-29"),
    (["2024-Mar-29", "2024-Apr-01"], "2024-03-29"),
    (["Fri, 29 Mar 2024", "Mon, 1 Apr 2024"], "2024-03-29"),
    (["Friday, March 29, 2024", "Monday, April 1, 2024"], "2024-03-29"),
    (["29. März 2024", "1. April 2024"], "2024-03-29"),
    (["29. Mrz 2024", "1. Dez 2024"], "2024-03-29"),
    (["Freitag, 29.03.2024", "Montag, 01.04.2024"], "2024-03-29"),
    (["29 mars 2024", "1 août 2024"], "2024-03-29"),
    (["29 de marzo de 2024", "1 de abril de 2024"], "2024-03-29"),
    (["2024년 3월 29일", "2024년 4월 1일"], "2024-03-29"),
    (["2024년 03월 29일 오후 3시", "2024년 03월 30일 오전 12시"], "2024-03-29T15:00"),
    (["2024년 3월 29일 15시 30분", "2024년 3월 29일 16시 30분"], "2024-03-29T15:30"),
    (["2024-03-29 (금)", "2024-03-30 (토)"], "2024-03-29"),
    (["2024-03-29 오후 3:05", "2024-03-30 오전 12:05"], "2024-03-29T15:05"),
    (["2024年3月29日", "2024年4月1日"], "2024-03-29"),
    (["2024년 3월", "2024년 4월"], "2024-03-01"),
    (["2024년", "2025년"], "2024-01-01"),
    (["2024년 2분기", "2024년 3분기"], "2024-04-01"),
    (["2024년 하반기", "2025년 상반기"], "2024-07-01"),
    (["2024-03", "2024-04"], "2024-03-01"),
    (["2024/03", "2024/04"], "2024-03-01"),
    (["03/2024", "04/2024"], "2024-03-01"),
    (["03.2024", "04.2024"], "2024-03-01"),
    (["2024M03", "2024M04"], "2024-03-01"),
    (["Mar-24", "Apr-24", "May-24"], "2024-03-01"),
    (["Mar 2024", "Apr 2024"], "2024-03-01"),
    (["March 2024", "April 2024"], "2024-03-01"),
    (["Mar '24", "Apr '24"], "2024-03-01"),
    (["MAR2024", "APR2024"], "2024-03-01"),
    (["2024 Mar", "2024 Apr"], "2024-03-01"),
    (["Dez 2024", "Jan 2025"], "2024-12-01"),
    (["2024Q2", "2024Q3"], "2024-04-01"),
    (["2024-Q2", "2024-Q3"], "2024-04-01"),
    (["2024 Q2", "2024 Q3"], "2024-04-01"),
    (["Q2 2024", "Q3 2024"], "2024-04-01"),
    (["Q2-24", "Q3-24"], "2024-04-01"),
    (["2Q24", "3Q24"], "2024-04-01"),
    (["2. Quartal 2024", "3. Quartal 2024"], "2024-04-01"),
    (["2024H2", "2025H1"], "2024-07-01"),
    (["H2 2024", "H1 2025"], "2024-07-01"),
    (["2. Halbjahr 2024", "1. Halbjahr 2025"], "2024-07-01"),
    (["2024-W13", "2024-W14"], "2024-03-25"),
    (["2024W13", "2024W14"], "2024-03-25"),
    (["2020-W53", "2021-W01"], "2020-12-28"),
    (["KW 13/2024", "KW 14/2024"], "2024-03-25"),
    (["2024-W13-5", "2024-W13-6"], "2024-03-29"),
    (["2024-089", "2024-090"], "2024-03-29"),
    (["2024-03-25/2024-03-31", "2024-04-01/2024-04-07"], "2024-03-25"),
    (["2024-03-29 15:04", "2024-03-29 16:04"], "2024-03-29T15:04"),
    (["2024-03-29T15:04:05", "2024-03-29T16:04:05"], "2024-03-29T15:04:05"),
    (["2024-03-29T15:04:05.123456", "2024-03-29T16:04:05.5"], "2024-03-29T15:04:05.123456"),
    (["2024-03-29 15:04:05.123456789", "2024-03-29 16:04:05.000000000"], "2024-03-29T15:04:05.123456"),
    (["2024-03-29 15:04:05,250", "2024-03-29 16:04:05,500"], "2024-03-29T15:04:05.250"),
    (["2024-03-29 15", "2024-03-29 16"], "2024-03-29T15:00"),
    (["2024-03-29 15:04Z", "2024-03-29 16:04Z"], "2024-03-29T15:04"),
    (["2024-03-29 15:04:05 UTC", "2024-03-29 16:04:05 UTC"], "2024-03-29T15:04:05"),
    (["2024-03-29 15:04:05 GMT", "2024-03-29 16:04:05 GMT"], "2024-03-29T15:04:05"),
    (["2024-03-29 15:04:05 +0000 UTC", "2024-03-29 16:04:05 +0000 UTC"], "2024-03-29T15:04:05"),
    (["2024-03-29T15:04+01", "2024-03-29T16:04+01"], "2024-03-29T15:04"),
    (["2024-03-29T15:04+0100", "2024-03-29T16:04+0100"], "2024-03-29T15:04"),
    (["2024-03-29T15:04+01:00", "2024-03-29T16:04+01:00"], "2024-03-29T15:04"),
    (["2024-03-29 15:04 CET", "2024-03-29 16:04 CET"], "2024-03-29T15:04"),
    (["2024-02-29T15:04+01:00[Europe/Berlin]", "2024-02-29T16:04+01:00[Europe/Berlin]"], "2024-02-29T15:04"),
    (["2024-02-29 15:04 Europe/Berlin", "2024-02-29 16:04 Europe/Berlin"], "2024-02-29T15:04"),
    (["2024-03-29 15:00:00+01:00", "2024-07-29 15:00:00+02:00"], "2024-03-29T15:00"),
    (["2024-10-27 02:30:00+02:00", "2024-10-27 02:30:00+01:00"], "2024-10-27T00:30"),
    (["29.03.2024 18.05", "29.03.2024 19.05"], "2024-03-29T18:05"),
    (["29.03.2024 18.05.06", "29.03.2024 19.05.06"], "2024-03-29T18:05:06"),
    (["29.03.2024, 18:05 Uhr", "29.03.2024, 19:05 Uhr"], "2024-03-29T18:05"),
    (["3/29/2024 3:04:05 PM", "3/29/2024 12:04:05 AM"], "2024-03-29T15:04:05"),
    (["3/29/2024 3 pm", "3/30/2024 12 am"], "2024-03-29T15:00"),
    (["29.03.2024 24:00", "30.03.2024 01:00"], "2024-03-30T00:00"),
    (["29/Mar/2024:15:04:05 +0100", "29/Mar/2024:16:04:05 +0100"], "2024-03-29T15:04:05"),
    (["Fri Mar 29 15:04:05 2024", "Fri Mar 29 16:04:05 2024"], "2024-03-29T15:04:05"),
    (["Fri, 29 Mar 2024 15:04:05 GMT", "Fri, 29 Mar 2024 16:04:05 GMT"], "2024-03-29T15:04:05"),
    (["20240329T150405", "20240329T160405"], "2024-03-29T15:04:05"),
    (["20240329 1504", "20240329 1604"], "2024-03-29T15:04"),
    (["20240329_150405", "20240329_160405"], "2024-03-29T15:04:05"),
    (["2024-03-29-15.04.05", "2024-03-29-16.04.05"], "2024-03-29T15:04:05"),
    (["2024-03-29", "2024-03-29 12:00"], "2024-03-29T00:00"),
]


@pytest.mark.parametrize(("texts", "first"), FORMS, ids=[texts[0] for texts, _ in FORMS])
def test_forms(texts, first):
    """Each form is read whole, its first stamp is the one meant, and what is written back reads the same."""
    read = read_stamps(pl.Series("when", texts))

    assert (read.bad, read.share, read.orders, read.doubt) == (None, 1.0, (), "")
    assert read.values[0] == np.datetime64(first)
    again = read_stamps(pl.Series("when", written(read.values, read.writing)).cast(pl.String), bare=True)
    if "24:00" not in texts[0] and ".123456789" not in texts[0]:
        assert (again.values == read.values).all()


@pytest.mark.parametrize(
    ("texts", "bare"),
    [
        (["20240329", "20240330"], "2024-03-29"),
        ([20240329, 20240330], "2024-03-29"),
        (["202412", "202501"], "2024-12-01"),
        (["2024", "2025"], "2024-01-01"),
        (["20240329150405", "20240329160405"], "2024-03-29T15:04:05"),
        (["202403291504", "202403291604"], "2024-03-29T15:04"),
        (["2024032915", "2024032916"], "2024-03-29T15:00"),
    ],
)
def test_digits_alone_are_dates_only_where_time_is_known(texts, bare):
    """Digits alone are dates in a column known to hold times, and are written back as digits."""
    column = pl.Series("when", texts)
    assert read_stamps(column) is None
    read = read_stamps(column, bare=True)
    assert (read.bad, read.values[0]) == (None, np.datetime64(bare))
    assert written(read.values, read.writing).to_list() == [int(text) for text in texts]


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["01/02/2020", "03/04/2020"], ("dmy", "mdy")),
        (["05/06/07", "06/06/07"], ("dmy", "mdy", "ymd")),
        (["29/03/24", "30/03/24"], ("dmy", "ymd")),
        (["05.03.07", "06.03.07"], ("dmy", "ymd")),
        (["1-2-2020 10:00", "3-4-2020 10:00"], ("dmy", "mdy")),
    ],
)
def test_two_readings_are_left_to_the_user(texts, orders):
    """Dates that can be read in several orders say which, and ``order`` decides."""
    assert read_stamps(pl.Series("when", texts)).orders == orders
    for order in orders:
        assert read_stamps(pl.Series("when", texts), order=order).orders == ()
    assert read_stamps(pl.Series("when", ["01/02/2020"]), order="dmy").values[0] == np.datetime64("2020-02-01")


def test_rows_in_order_under_one_reading_alone_decide():
    """Forty days of a month-first export with small numbers are in order in one way only, and a note says so."""
    days = [datetime(2020, 1, 1) + timedelta(days=k) for k in range(150)]
    texts = [f"{day:%m/%d/%Y}" for day in days if day.day <= 12]
    read = read_stamps(pl.Series("when", texts))
    assert read.orders == ()
    assert read.values[1] == np.datetime64("2020-01-02")
    assert "--dates" in read.notes[0]


@pytest.mark.parametrize(
    ("texts", "bad"),
    [
        (["2024-03-29", "2024-02-30", "2024-04-01"], 1),
        (["29.03.2024", "30.03.2024", "2024-03-31", "01.04.2024"], 2),
        (["Mar 29, 2024", "Mar 30, 2024", "Mrx 31, 2024"], 2),
        (["2024-03-29 10:00", "2024-03-29 11:00", "2024-03-29 25:00"], 2),
        (["3/29/2024 3:00 PM", "3/29/2024 4:00 PM", "3/29/2024 17:00"], 2),
        (["2024-03-29 10:00Z", "2024-03-29 11:00Z", "2024-03-29 12:00"], 2),
        (["2024Q1", "2024Q2", "2024Q5"], 2),
        (["2024-W52", "2024-W51", "2024-W54"], 2),
    ],
)
def test_a_slip_is_shown_with_its_row(texts, bad):
    """A column is read by one form: the first value of another form, or of no day, is named."""
    assert read_stamps(pl.Series("when", texts)).bad == bad


@pytest.mark.parametrize("apart", [1, 3])
def test_firsts_of_months_tell_day_and_month(apart):
    """As 12 days in January of every year, or four, they would go on by no step."""
    texts = [f"01/{1 + k * apart % 12:02}/{1990 + k * apart // 12}" for k in range(48)]
    read = read_stamps(pl.Series("when", texts))
    assert (read.orders, read.bad) == ((), None)
    assert (np.diff(read.values.astype("datetime64[M]")) == np.timedelta64(apart, "M")).all()
    assert "months apart" in read.notes[0]


@pytest.mark.parametrize(("first", "form"), [(1, "{}-{:02}"), (9, "{}-{}"), (21, "{:02}-{:02}")])
def test_a_year_by_its_number_and_its_month(first, form):
    """Where rows go on by months over the end of a year, in one series or several; they are written back alike."""
    texts = [form.format(first + k // 12, k % 12 + 1) for k in range(30)]
    for column in (texts, texts[::-1], texts * 2):
        read = read_stamps(pl.Series("when", column))
        assert read.bad is None
        assert written(read.values, read.writing).to_list() == column
        assert np.ptp(read.values.astype("datetime64[M]").astype(int)) == 29
    assert "is read as a year's number and its month" in read.notes[0]


@pytest.mark.parametrize(
    "texts",
    [
        ["2-1", "0-0", "3-12", "1-1"] * 9,
        ["18-25", "26-35"] * 9,
        [f"{d:02}-{m:02}" for m in range(1, 13) for d in (1, 2)],
    ],
    ids=["scores", "ranges", "days"],
)
def test_two_numbers_that_are_no_year_and_month(texts):
    """Scores, ranges, and days of months without a year."""
    assert read_stamps(pl.Series("score", texts)).bad == 0


@pytest.mark.parametrize("texts", [["Mar-01", "Mar-02", "Mar-03"], ["2024-03-29 10:00 CST", "2024-03-29 11:00 CST"]])
def test_what_says_too_little_is_doubted(texts):
    """A month and a number that may be its day, and letters that several zones share, are no stamps."""
    assert read_stamps(pl.Series("when", texts)).doubt


@pytest.mark.parametrize(
    ("texts", "zone"),
    [
        (["2024-03-29 10:00", "2024-03-29 11:00"], ""),
        (["2024-03-29 10:00Z", "2024-03-29 11:00Z"], "UTC"),
        (["2024-03-29 10:00+09:00", "2024-03-29 11:00+09:00"], "+09:00"),
        (["2024-03-29 10:00 KST", "2024-03-29 11:00 KST"], "+09:00"),
        (["2024-03-29 10:00 EST", "2024-03-29 11:00 EST"], "-05:00"),
        (["2024-03-31 00:00+01:00", "2024-04-01 00:00+02:00", "2024-04-02 00:00+02:00"], ""),
        (["2024-03-31 01:00+01:00", "2024-03-31 03:00+02:00", "2024-03-31 04:00+02:00"], "UTC"),
    ],
)
def test_zones(texts, zone):
    """A constant offset keeps the wall clock; a changing one keeps it for whole days, and otherwise means UTC."""
    assert read_stamps(pl.Series("when", texts)).zone == zone


def test_the_repeated_hour_is_told_apart_by_the_order_of_rows():
    """With a zone, half-hours over a night in autumn are even in UTC, and written as they were; backwards too."""
    instants = [datetime(2024, 10, 26, 20) + timedelta(minutes=30 * k) for k in range(40)]
    column = pl.Series("when", instants).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
    texts = column.dt.strftime("%Y-%m-%d %H:%M")
    for way in (texts, texts.reverse()):
        read = read_stamps(way, zone="Europe/Berlin")
        assert sorted(read.values.tolist()) == instants
        assert written(read.values, read.writing).cast(pl.String).to_list() == way.to_list()
    assert repeated_hour(read_stamps(texts).values) == "2024-10-27 02:00"


def test_the_hour_that_spring_skips():
    """It is no gap with a zone; a time in it is not of that zone."""
    instants = [datetime(2024, 3, 30, 20) + timedelta(hours=k) for k in range(12)]
    local = pl.Series("when", instants).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")
    read = read_stamps(local.dt.strftime("%Y-%m-%d %H:%M"), zone="Europe/Berlin")
    assert read.values.tolist() == instants
    with pytest.raises(DataError, match=r"no 2024-03-31 02:30 in Europe/Berlin \(row 1\).*--zone"):
        read_stamps(pl.Series("when", ["2024-03-31 02:30"]), zone="Europe/Berlin")
    with pytest.raises(OptionError, match="did you mean Europe/Berlin"):
        zone_named("Europe/Berlim")


@pytest.mark.parametrize(
    "texts", [["18.00.00", "19.30.00"], ["18:00", "19:30"], ["6:00 PM", "7:30 PM"], ["18시", "19시 30분"]]
)
def test_clocks_alone(texts):
    """A column of clocks is time since midnight."""
    assert read_clock(pl.Series(texts)).tolist() == [timedelta(hours=18), timedelta(hours=19, minutes=30)]


DRESSES = {
    "%Y-%m-%d %H:%M:%S": 1,
    "%Y-%m-%dT%H:%M:%SZ": 1,
    "%Y/%m/%d %H:%M:%S": 1,
    "%d.%m.%Y %H.%M.%S": 1,
    "%b %d, %Y %I:%M:%S %p": 1,
    "%d-%B-%Y %H:%M:%S": 1,
    "%Y%m%dT%H%M%S": 1,
    "%a, %d %b %Y %H:%M:%S GMT": 1,
    "%a %b %d %H:%M:%S %Y": 1,
    "%d/%b/%Y:%H:%M:%S +0000": 1,
    "%Y-%m-%d %H:%M": 60,
    "%Y년 %m월 %d일 %H시 %M분": 60,
    "%Y-%m-%d %H": 3600,
    "%Y-%m-%d": 86400,
    "%G-W%V-%u": 86400,
    "%Y-%j": 86400,
    "%d %B %Y": 86400,
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-2_000_000_000, 3_900_000_000), min_size=1, max_size=30), st.sampled_from(sorted(DRESSES)))
def test_the_same_instants_in_any_form(seconds, form):
    """Any supported form of the same instants gives the same stamps, and is written back alike."""
    stamps = [datetime(1970, 1, 1) + timedelta(seconds=s // DRESSES[form] * DRESSES[form]) for s in seconds]
    texts = [stamp.strftime(form) for stamp in stamps]
    read = read_stamps(pl.Series("when", texts))
    assert (read.bad, read.orders, read.doubt) == (None, (), "")
    assert read.values.tolist() == stamps
    back = read_stamps(pl.Series("when", written(read.values, read.writing)).cast(pl.String))
    assert back.values.tolist() == stamps


def test_a_million_stamps_take_a_moment():
    """ISO stamps are read in bulk: 0.3 s of a core's time, a generous bound here."""
    first = datetime(2000, 1, 1)
    stamps = pl.datetime_range(first, first + timedelta(minutes=999_999), "1m", eager=True)
    texts = stamps.dt.strftime("%Y-%m-%d %H:%M:%S")
    start = time.process_time()
    read = read_stamps(texts)
    assert time.process_time() - start < 2
    assert (read.values == stamps.to_numpy()).all()


def test_an_hour_that_comes_twice_needs_an_order():
    """Rows in no order are refused; where such an hour comes once, the steps of the others say which it is."""
    hours = [f"2024-10-27 {hour:02}:00" for hour in (0, 1, 2, 2, 3, 4, 5, 6, 7, 8)]
    shuffled = [hours[at] for at in (3, 8, 0, 5, 2, 7, 1, 9, 4, 6)]
    with pytest.raises(DataError, match=r"2024-10-27 02:00 comes twice in Europe/Berlin \(row 1\).*sort them by time"):
        read_stamps(pl.Series("when", shuffled), zone="Europe/Berlin")

    three = [f"2024-10-{day} {hour:02}:00" for day in (27, 28) for hour in (2, 5, 8, 11, 14, 17, 20, 23)]
    read = read_stamps(pl.Series("when", three), zone="Europe/Berlin")
    assert set(np.diff(read.values) / np.timedelta64(1, "h")) == {3.0}
