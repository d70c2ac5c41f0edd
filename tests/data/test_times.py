"""The time axis: found where one column, or several together, can be it; asked about where two can, or none is read."""

import re
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from gatewise.data.reading import Reading
from gatewise.data.times import time_of
from gatewise.errors import GatewiseError

N = 96
HOURS = [datetime(2024, 2, 28) + timedelta(hours=k) for k in range(N)]
DAYS = [datetime(2023, 12, 1) + timedelta(days=k) for k in range(N)]
Y = {"y": [float(k % 7) for k in range(N)]}


def texts(stamps, form):
    """The stamps by strftime."""
    return [stamp.strftime(form) for stamp in stamps]


def found(columns, **options):
    """The time of a table with a target."""
    return time_of(pl.DataFrame(columns | Y), {"y"}, Reading(target="y", **options))


PARTS = {
    "year": [h.year for h in HOURS],
    "month": [h.month for h in HOURS],
    "day": [h.day for h in HOURS],
    "hour": [h.hour for h in HOURS],
}
STORES = {"store": ["a", "b"] * (N // 2), "date": texts([DAYS[k // 2] for k in range(N)], "%Y-%m-%d")}


SECONDS = [datetime(2000, 1, 1) + timedelta(seconds=k) for k in np.random.default_rng(3).permutation(N).tolist()]


def since_1970(stamps):
    """Whole seconds."""
    return [int((stamp - datetime(1970, 1, 1)).total_seconds()) for stamp in stamps]


def test_seconds_out_of_order_are_times_under_a_name_of_time_alone():
    """They stand one behind the other once they are sorted; numbers of any distance, or of another name, do not."""
    uneven = [7 * k * k + 946684800 for k in np.random.default_rng(3).permutation(N).tolist()]

    assert found({"when": since_1970(SECONDS)}).stamps.tolist() == SECONDS
    gone = SECONDS[:40] + SECONDS[47:]
    with_gaps = pl.DataFrame({"when": since_1970(gone), "y": Y["y"][: len(gone)]})
    assert time_of(with_gaps, {"y"}, Reading(target="y")).stamps.tolist() == gone
    assert found({"code": since_1970(SECONDS)}).stamps is None
    assert found({"when": uneven}).stamps is None


@pytest.mark.parametrize(
    ("columns", "options", "name", "stamps", "idle"),
    [
        (PARTS, {}, "year + month + day + hour", HOURS, ()),
        (PARTS, {"time": "year,month,day,hour"}, "year + month + day + hour", HOURS, ()),
        ({"No": range(1, N + 1)} | PARTS, {}, "year + month + day + hour", HOURS, ("No",)),
        ({"Date": texts(HOURS, "%d/%m/%Y"), "Time": texts(HOURS, "%H.%M.%S")}, {}, "Date + Time", HOURS, ()),
        ({"Tag": texts(HOURS, "%d.%m.%Y"), "Uhrzeit": texts(HOURS, "%H:%M")}, {}, "Tag + Uhrzeit", HOURS, ()),
        ({"date": texts(HOURS, "%Y-%m-%d"), "hour": PARTS["hour"]}, {}, "date + hour", HOURS, ()),
        ({"d": texts(HOURS, "%Y-%m-%d"), "t": texts(HOURS, "%H:%M")}, {"time": "d + t"}, "d + t", HOURS, ()),
        ({"Time": texts(HOURS, "%Y-%m-%dT%H:%M:%SZ"), "Date": texts(HOURS, "%Y-%m-%d")}, {}, "Time", HOURS, ("Date",)),
        ({"": range(N), "date": texts(DAYS, "%Y-%m-%d")}, {}, "date", DAYS, ("",)),
        ({"row": range(N, 0, -1), "date": texts(DAYS, "%b %d, %Y")}, {}, "date", DAYS, ("row",)),
        ({"date": texts(DAYS, "%Y-%m-%d"), "year": [d.year for d in DAYS]}, {}, "date", DAYS, ("year",)),
        ({"Trade Date": texts(DAYS[::-1], "%b %d, %Y")}, {}, "Trade Date", DAYS[::-1], ()),
        ({"key": [int(text) for text in texts(DAYS, "%Y%m%d")]}, {}, "key", DAYS, ()),
        ({"time": [int((h - datetime(1970, 1, 1)).total_seconds()) for h in HOURS]}, {}, "time", HOURS, ()),
        ({"x": [(h - datetime(1970, 1, 1)).total_seconds() for h in HOURS]}, {}, "x", HOURS, ()),
        ({"ts": [int((h - datetime(1970, 1, 1)).total_seconds()) * 1000 for h in HOURS]}, {}, "ts", HOURS, ()),
        ({"ts": [int((h - datetime(1970, 1, 1)).total_seconds()) * 10**9 for h in HOURS]}, {}, "ts", HOURS, ()),
        ({"Date": [(h - datetime(1899, 12, 30)) / timedelta(days=1) for h in HOURS]}, {}, "Date", HOURS, ()),
    ],
)
def test_the_time_is_found(columns, options, name, stamps, idle):
    """Joined columns, numbers that stand for time and the best of several; the rest is named as no covariate."""
    time = found(columns, **options)
    assert (time.name, time.idle) == (name, idle)
    assert time.stamps.tolist() == stamps


@pytest.mark.parametrize(
    ("columns", "name", "restarts"),
    [
        ({"time_idx": [k % 32 for k in range(N)]}, "time_idx", 2),
        ({"cycle": [k % 48 + 1 for k in range(N)]}, "cycle", 1),
        ({"x": range(N)}, "x", 0),
        ({"when": [f"t{k}" for k in range(1, N + 1)]}, "when", 0),
    ],
)
def test_counters_are_the_time_with_their_restarts(columns, name, restarts):
    """A counter of rows is the time with a note, and is handed on as it is, in file order."""
    time = found(columns)
    assert time.name == name
    assert (np.diff(time.stamps) < 0).sum() == restarts
    assert "taken as the time" in time.notes[0]


def test_an_update_stamp_does_not_hide_a_repeated_date():
    """The date that rows are about is the time though it repeats; when they were written, by name or not, is idle."""
    late = [DAYS[k // 2] + timedelta(hours=7, seconds=k * k % 977) for k in range(N)]
    for name in ("updated_at", "stamp"):
        time = found(STORES | {name: texts(late, "%Y-%m-%d %H:%M:%S")})
        assert (time.name, time.idle) == ("date", (name,))


def test_none_takes_the_rows_as_they_come():
    """``--time none`` silences all questions."""
    time = found({"days left": range(N, 0, -1)}, time="none")
    assert (time.name, time.stamps) == (None, None)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"days left": range(N, 0, -1)}, {}, "days left.*count what is left.*--time none"),
        ({"days left": range(N, 0, -1)}, {"time": "days left"}, "count what is left.*--time none"),
        ({"index": range(N, 0, -1)}, {}, "index, from 96 to 1, run down.*--time 'index'.*--time none"),
        ({"a": texts(DAYS, "%Y-%m-%d"), "b": texts(DAYS[1:] + DAYS[:1], "%Y-%m-%d")}, {}, "times: a, b;.*--time a"),
        ({"Date": texts(HOURS, "%Y-%m-%d"), "Time": texts(HOURS, "%H:%M")}, {"time": "Date"}, "--time 'Date,Time'"),
        ({"Time": texts(HOURS, "%H:%M")}, {}, "clocks without a date, such as '00:00'.*--time date,Time"),
        ({"month": [k % 12 + 1 for k in range(N)]}, {}, "part of a time by its name.*--time year,month"),
        ({"report date": [f"day {k}x" for k in range(N)]}, {}, "does not read as times: 'day 0x' in row 1.*--time"),
        ({"Time": [0, 4, 2, 6] * (N // 4)}, {}, "Time do not rise from row to row, such as 4 and 2.*--series COLUMN"),
        ({"V1": [f"H{k}" for k in range(N)]}, {}, "V1 counts from 'H0' to 'H95'.*series of its own"),
        ({"d": ["01/02/2020"] * N}, {"time": "d"}, r"day/month/year \(--dates dmy\), month/day/year.*dmy|mdy"),
        ({"d": ["2024-01-01 10:00 IST"] * N}, {"time": "d"}, "names the zone 'IST'.*name the zone"),
        ({"d": texts(DAYS, "%Y-%m-%d")}, {"time": "d,e"}, "--time e: there is no such column"),
        ({"d": texts(DAYS, "%Y-%m-%d")}, {"zone": "Berlin"}, "--zone 'Berlin': there is no such zone.*Europe/Berlin"),
        (PARTS | {"day": [31] * N}, {"time": "year,month,day"}, "day '31' in row 1 make no stamp"),
    ],
)
def test_what_cannot_be_decided_is_asked(columns, options, message):
    """A message says what was got and what to type, the option that helps first."""
    with pytest.raises(GatewiseError, match=message):
        found(columns, **options)


def test_numbers_that_rise_within_each_series():
    """Also where a series has two rows, which by itself would look like no time that begins anew."""
    time = [0, 5, 10, 15, 0, 5, *range(0, 5 * (N - 6), 5)]
    chick = [1] * 4 + [2] * 2 + [3] * (N - 6)
    assert found({"chick": chick, "Time": time}, series="chick").name == "Time"


def test_the_hour_that_comes_twice_asks_for_the_zone():
    """``--zone`` is named before ``--duplicates``; given, the stamps are even; ``--duplicates`` is an answer too."""
    start = datetime(2024, 10, 26)
    instants = pl.Series([start + timedelta(hours=k) for k in range(N)]).dt.replace_time_zone("UTC")
    columns = {"t": instants.dt.convert_time_zone("Europe/Berlin").dt.strftime("%d.%m.%Y %H:%M")}
    with pytest.raises(GatewiseError) as refused:
        found(columns)
    message = str(refused.value)
    assert re.search("2024-10-27 02:00 twice", message)
    assert 0 < message.index("--zone") < message.index("--duplicates")
    time = found(columns, zone="Europe/Berlin")
    assert (np.diff(time.stamps) == np.timedelta64(1, "h")).all()
    assert (time.zone, time.writing.shown) == ("UTC", "Europe/Berlin")
    assert found(columns, duplicates="mean").zone == ""
