"""Slips that a table is asked about, and what an earlier table taught of another: far stamps, decimal marks, zones."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from gatewise.data.look import look
from gatewise.data.reading import Reading
from gatewise.data.table import read_table
from gatewise.data.written import as_csv
from gatewise.errors import DataError, OptionError
from gatewise.run.options import options
from gatewise.understand import understand

DAYS = [date(2024, 1, 1) + timedelta(days=number) for number in range(60)]
HOURS = [datetime(2024, 1, 1) + timedelta(hours=number) for number in range(72)]


def table(folder, rows, names=("when", "load"), name="table.csv"):
    """A file with semicolons between its cells."""
    path = folder / name
    path.write_text("\n".join(";".join(map(str, row)) for row in [names, *rows]) + "\n")
    return path


@pytest.mark.parametrize(("stamp", "which"), [("2034-01-01", "last"), ("1970-01-01", "first")])
@pytest.mark.parametrize("place", [0, 30, 60])
def test_one_stamp_far_from_all_others_is_asked_about(tmp_path, stamp, which, place):
    """Wherever its row stands in the file; --gaps fill says that it is right."""
    rows = [(day, number % 7 + 0.25) for number, day in enumerate(DAYS)]
    path = table(tmp_path, [*rows[:place], (stamp, 3.5), *rows[place:]])

    with pytest.raises(DataError, match=f"the {which} row, at {stamp}, lies .* correct the stamp .* --gaps fill"):
        look(path, Reading(target="load"))
    assert len(look(path, Reading(target="load", gaps="fill")).values) == 61


def test_an_outage_between_rows_is_none(tmp_path):
    """A series that goes on after a long outage is cut, as ever."""
    rows = [(day, number % 7 + 0.25) for number, day in enumerate(DAYS)]
    later = [(day + timedelta(days=400), value) for day, value in rows]

    assert "outage" in str(look(table(tmp_path, rows + later), Reading(target="load")).notes)


@pytest.mark.parametrize(
    ("behind", "zone"), [("Z", "UTC"), ("+01:00", "+01:00"), (" KST", "+09:00"), (" UTC", "UTC"), ("+0530", "+05:30")]
)
@pytest.mark.parametrize("said", [None, "day,clock"])
def test_a_clock_with_a_zone_is_joined_to_its_day(tmp_path, behind, zone, said):
    """The zone is kept; the clock stays as it is written where its offset never changes."""
    rows = [(f"{hour:%Y-%m-%d}", f"{hour:%H:%M:%S}{behind}", hour.hour + 0.5) for hour in HOURS]
    series = look(table(tmp_path, rows, ("day", "clock", "load")), Reading(target="load", time=said))

    assert (series.time, series.zone) == ("day + clock", zone)
    np.testing.assert_array_equal(series.stamps, np.array(HOURS, dtype="datetime64[us]"))


def test_clocks_of_two_offsets_are_turned_to_utc(tmp_path):
    """The hour that comes twice is told apart by what stands behind it."""
    first = datetime(2024, 10, 26, 22)
    ahead = [2 if first + timedelta(hours=number) < datetime(2024, 10, 27, 1) else 1 for number in range(30)]
    walls = [first + timedelta(hours=number + more) for number, more in enumerate(ahead)]
    rows = [(f"{t:%Y-%m-%d}", f"{t:%H:%M}+0{more}:00", t.hour + 0.5) for t, more in zip(walls, ahead, strict=True)]
    series = look(table(tmp_path, rows, ("day", "clock", "load")), Reading(target="load"))

    assert (series.zone, series.inserted) == ("UTC", 0)
    assert series.stamps[0] == np.datetime64(first)


def test_an_earlier_table_teaches_the_decimal_mark(tmp_path):
    """What may be read in two ways is read as the earlier table was; what can be read in one way only is read so."""
    doubtful = table(tmp_path, [(day, f"100,1{number:02}") for number, day in enumerate(DAYS)])
    certain = table(tmp_path, [(day, f"100.{number:02}") for number, day in enumerate(DAYS)], name="point.csv")
    reading = Reading(target="load", decimal=",")

    assert read_table(doubtful, reading, taught=True).frame["load"][1] == 100.101
    found = read_table(certain, reading, taught=True)
    assert found.frame["load"][1] == 100.01
    assert "read with a decimal point, those of the table to learn from had a comma" in str(found.notes)


def test_a_decimal_comma_that_was_found_is_taught(tmp_path):
    """It stands in what reading leaves behind, and the test file is read by it."""
    rows = [(day, f"{100 + number % 7},25") for number, day in enumerate(DAYS)]
    later = [(day + timedelta(days=60), f"{100 + number % 7},125") for number, day in enumerate(DAYS[:20])]
    learned, tested = table(tmp_path, rows), table(tmp_path, later, name="test.csv")

    assert look(learned, Reading(target="load")).decimal == ","
    whole = look(learned, Reading(target="load", test=str(tested)))
    assert whole.values[-1, 0] == 105.125


def test_sequences_have_no_gaps_to_keep(tmp_path):
    """The option is refused, not left aside."""
    arrays = {"X": np.random.default_rng(0).normal(size=(20, 9, 2)), "y": np.arange(20) % 2}
    np.savez(tmp_path / "waves.npz", **arrays)

    with pytest.raises(OptionError, match=r"--gaps keep: belongs to a table with time stamps.*leave it out"):
        understand(str(tmp_path / "waves.npz"), options(gaps="keep"), plan=None, out=tmp_path / "run")


def test_a_measurement_beside_events_names_no_series(tmp_path):
    """Two events at one time are no series of each distance; a number that comes again at each time is."""
    times = [HOURS[0] + timedelta(minutes=17 * number + number % 5) for number in range(200)]
    times[50] = times[49]
    events = [(when, number * 31 % 83, number % 9 + 0.5) for number, when in enumerate(times)]
    with pytest.raises(DataError, match=r"1 row of column when repeat a time stamp"):
        look(table(tmp_path, events, ("when", "distance", "load")), Reading(target="load"))

    sensors = [(hour, sensor, hour.hour + sensor + 0.5) for hour in HOURS for sensor in (3, 5, 8)]
    with pytest.raises(OptionError, match="Type: --series sensor"):
        look(table(tmp_path, sensors, ("when", "sensor", "load")), Reading(target="load"))


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        ([f"{['styczeń', 'luty', 'marzec'][k % 3]} {2000 + k // 3}" for k in range(40)], "when rises from row to row"),
        ([f"{k % 4 + 1}e trim. {2000 + k // 4}" for k in range(40)], "rises from row to row"),
        ([f"{k // 2}:{k % 2 * 30:02}:00" for k in range(70)], "clocks|rises from row to row"),
        ([f"{2000 + k}/{k + 1:02}" for k in range(12)], "rises from row to row"),
        ([f"{2000 + k // 4}{k % 4 + 1}" for k in range(40)], "leap from 20004 to 20011"),
        ([f"{2000 + k // 4}.{k % 4 + 1}" for k in range(40)], "leap from 2000.4 to 2001.1"),
    ],
)
def test_a_column_that_goes_on_and_is_no_time_known_is_asked_about(tmp_path, stamps, said):
    """Stamps of an unknown language or form, seasons of two years, quarters as digits: never the order of the file."""
    name = "quarter" if "leap" in said else "spell"
    path = table(tmp_path, [(stamp, row % 7 + 0.25) for row, stamp in enumerate(stamps)], (name, "load"))

    with pytest.raises((DataError, OptionError), match=said.replace("when", name)):
        look(path, Reading(target="load"))


def test_subjects_whose_clocks_lie_over_each_other_are_series(tmp_path):
    """No stamp repeats, but time begins anew where the subject changes."""
    rows = [(who, f"{k * 6.9 + who * 0.13:.3f}", k % 7 + 0.25) for who in range(1, 9) for k in range(20)]

    with pytest.raises(OptionError, match=r"begins anew in row 21, 7 times in all, as subject#.*--series 'subject#'"):
        look(table(tmp_path, rows, ("subject#", "test_time", "load")), Reading(target="load"))


def test_a_clock_of_halves_with_a_zone_is_joined(tmp_path):
    """``01:00 PM EST`` beside a day."""
    rows = [(f"{hour:%Y-%m-%d}", f"{hour:%I:%M %p} EST", hour.hour + 0.5) for hour in HOURS]

    assert look(table(tmp_path, rows, ("day", "clock", "load")), Reading(target="load")).zone == "-05:00"


def test_months_of_korea_with_dots_are_read(tmp_path):
    """``2015. 1.``."""
    rows = [(f"{2015 + k // 12}. {k % 12 + 1}.", k % 12 + 0.25) for k in range(48)]

    assert "step 1 month" in str(look(table(tmp_path, rows), Reading(target="load")).describe())


def test_an_index_of_text_and_lengths_of_time_are_columns():
    """A pandas index of text is no idle label; a length of time in polars counts seconds."""
    pandas, values = pytest.importorskip("pandas"), [float(k % 7) for k in range(48)]
    months = pandas.DataFrame({"load": values}, index=[f"{2015 + k // 12}-{k % 12 + 1:02}" for k in range(48)])
    lengths = pl.DataFrame({"t": [timedelta(minutes=15 * k) for k in range(48)], "load": values})

    assert "step 1 month" in str(look(months, Reading(target="load")).describe())
    assert "step 900" in str(look(lengths, Reading(target="load")).describe())


def test_hours_of_a_few_days_are_no_months(tmp_path):
    """01/01 to 05/01 in no order, every three hours, may be days of January or firsts of five months: asked."""
    stamps = [datetime(2000, 1, 1) + timedelta(hours=3 * (k * 7 % 40)) for k in range(40)]
    path = table(tmp_path, [(f"{stamp:%d/%m/%Y %H:%M}", stamp.hour + 0.5) for stamp in stamps])

    with pytest.raises(DataError, match="--dates dmy"):
        look(path, Reading(target="load"))


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        (datetime(2001, 3, 31, 22), "2001-03-31T22:00"),
        (datetime(2001, 3, 31, 22, 0, 5), "2001-03-31T22:00:05"),
        (datetime(2001, 3, 31, 22, 0, 0, 250_000), "2001-03-31T22:00:00.250000"),
    ],
)
def test_predictions_write_moments_as_short_as_they_are(stamp, shown):
    """No idle seconds and no idle parts of them."""
    assert as_csv(pl.DataFrame({"t": [stamp], "y": [1.5]})).splitlines()[1] == f"{shown},1.5"


def test_midnight_behind_its_day_is_the_end_of_it(tmp_path):
    """Hours 1 to 24 of which the last is written 00:00: in file order, an hour apart."""
    hours = [f"2024-03-{1 + k // 24:02} {(k + 1) % 24:02}:00" for k in range(24 * 5)]
    path = tmp_path / "hours.csv"
    path.write_text("time,y\n" + "".join(f"{hour},{k}\n" for k, hour in enumerate(hours)))
    series = look(path, Reading(target="y"))
    assert (series.values[:, 0] == np.arange(120.0)).all()
    assert series.stamps is not None
    assert set(np.diff(series.stamps).tolist()) == {timedelta(hours=1)}
    assert any("00:00 behind the last hour of a day" in note for note in series.notes)

    swapped = [hours[1], hours[0], *hours[2:]]  # rows in no order: nothing is known of midnights
    path.write_text("time,y\n" + "".join(f"{hour},{k}\n" for k, hour in enumerate(swapped)))
    assert not any("00:00 behind" in note for note in look(path, Reading(target="y")).notes)
