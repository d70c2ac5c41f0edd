"""Steps of time: found from the stamps, numbered, and gone on with."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewise.data.calendar import Calendar, find_calendar
from gatewise.data.steps import DAY, HOUR, MINUTE, SECOND, Counted, Equal, Months, Slots

Stamps = np.ndarray[Any, Any]


def even(start: str, step: int, unit: str, rows: int) -> Stamps:
    """Rows at equal steps."""
    return np.datetime64(start, "us") + np.arange(rows) * np.timedelta64(step, unit)


def month_days(first: str, last: str, day: int, step: int = 1) -> Stamps:
    """A day of every month, or its last day where the month is shorter."""
    months = np.arange(first, last, step, dtype="datetime64[M]")
    after = (months + 1).astype("datetime64[D]") - 1
    return np.minimum(months.astype("datetime64[D]") + (day - 1), after).astype("datetime64[us]")


def business_ends(roll: str, offset: int, place: int) -> Stamps:
    """The first or the last business day of every month."""
    months = np.arange("2018-01", "2022-01", dtype="datetime64[M]") + offset
    return np.busday_offset(months.astype("datetime64[D]"), place, roll).astype("datetime64[us]")


def weekdays(stamps: Stamps, *days: int) -> Stamps:
    """The rows of these weekdays; 0 is Monday."""
    return stamps[np.isin((stamps.astype("datetime64[D]").astype(int) + 3) % 7, days)]


def hours(stamps: Stamps, first: int, last: int) -> Stamps:
    """The rows from one hour of the day to another."""
    hour = stamps.astype("datetime64[h]").astype(int) % 24
    return stamps[(hour >= first) & (hour <= last)]


def merged(*parts: Stamps) -> Stamps:
    """Rows in order."""
    return np.unique(np.concatenate(parts))


DAYS = even("2024-01-01", 1, "D", 200)  # Monday to Thursday, 18 July
HOURS = even("2024-01-01", 1, "h", 24 * 60)  # to Thursday, 29 February
MINUTES = even("2024-03-04", 1, "m", 1440 * 19)  # Monday to Friday, 22 March
SHOP = merged(hours(weekdays(HOURS, 0, 1, 2, 3, 4), 9, 18), hours(weekdays(HOURS, 5), 9, 13))
MOMENTS = MINUTES.astype("datetime64[m]").astype(int) % 1440
RNG = np.random.default_rng(0)

NAMED = [
    ("seconds", even("2024-01-01", 1, "s", 90), "1 second", "2024-01-01T00:01:30 2024-01-01T00:01:31"),
    ("100 ms", even("2024-01-01", 100, "ms", 90), "100 milliseconds", "2024-01-01T00:00:09 2024-01-01T00:00:09.1"),
    ("minutes", even("2024-01-01", 1, "m", 90), "1 minute", "2024-01-01T01:30 2024-01-01T01:31"),
    ("5 minutes", even("2024-01-01", 5, "m", 90), "5 minutes", "2024-01-01T07:30 2024-01-01T07:35"),
    ("10 minutes", even("2024-01-01", 10, "m", 90), "10 minutes", "2024-01-01T15:00 2024-01-01T15:10"),
    ("20 minutes at :07", even("2024-01-01T00:07", 20, "m", 9), "20 minutes", "2024-01-01T03:07 2024-01-01T03:27"),
    ("45 minutes", even("2024-01-01", 45, "m", 9), "45 minutes", "2024-01-01T06:45 2024-01-01T07:30"),
    ("hours", HOURS[:50], "1 hour", "2024-01-03T02 2024-01-03T03"),
    ("3 hours", even("2024-01-01", 3, "h", 50), "3 hours", "2024-01-07T06 2024-01-07T09"),
    ("6 hours at 3", even("2024-01-01T03", 6, "h", 50), "6 hours", "2024-01-13T15 2024-01-13T21"),
    ("12 hours", even("2024-01-01T06", 12, "h", 50), "12 hours", "2024-01-26T06 2024-01-26T18"),
    ("days", DAYS, "1 day", "2024-07-19 2024-07-20 2024-07-21"),
    ("days at 7", DAYS + np.timedelta64(7, "h"), "1 day", "2024-07-19T07 2024-07-20T07"),
    ("3 weekends missing", np.delete(DAYS, [5, 6, 40, 41, 75, 76]), "1 day", "2024-07-19 2024-07-20 2024-07-21"),
    ("2 days", even("2024-01-01", 2, "D", 50), "2 days", "2024-04-10 2024-04-12"),
    ("10 days", even("2024-01-01", 10, "D", 50), "10 days", "2025-05-15 2025-05-25"),
    ("weeks, Sundays", even("2024-01-07", 7, "D", 50), "1 week", "2024-12-22 2024-12-29 2025-01-05"),
    ("2 weeks", even("2024-01-05", 14, "D", 20), "2 weeks", "2024-10-11 2024-10-25"),
    ("4 weeks", even("2023-01-02", 28, "D", 9), "4 weeks", "2023-09-11 2023-10-09 2023-11-06"),
    ("30 days", even("2024-01-01", 30, "D", 9), "30 days", "2024-09-27 2024-10-27"),
    ("31 days", even("2024-01-01", 31, "D", 9), "31 days", "2024-10-06 2024-11-06"),
    ("365 days", even("2001-01-01", 365, "D", 12), "365 days", "2012-12-29 2013-12-29"),
    ("months", month_days("2020-01", "2024-02", 1), "1 month", "2024-02-01 2024-03-01 2024-04-01"),
    ("3 months alone", month_days("2023-06", "2023-09", 1), "1 month", "2023-09-01 2023-10-01"),
    ("months at the 15th", month_days("2020-01", "2024-02", 15), "1 month, on day 15", "2024-02-15 2024-03-15"),
    ("months at the 30th", month_days("2020-01", "2024-02", 30), "1 month, on day 30", "2024-02-29 2024-03-30"),
    ("months at the 29th", month_days("2021-01", "2023-02", 29), "1 month, on day 29", "2023-02-28 2023-03-29"),
    ("month ends", month_days("2020-01", "2024-03", 31), "1 month, at its end", "2024-03-31 2024-04-30 2024-05-31"),
    (
        "first business days",
        business_ends("forward", 0, 0),
        "1 month, at its first business day",
        "2022-01-03 2022-02-01",
    ),
    (
        "last business days",
        business_ends("forward", 1, -1),
        "1 month, at its last business day",
        "2022-01-31 2022-02-28",
    ),
    ("2 months", month_days("2020-01", "2024-01", 1, 2), "2 months", "2024-01-01 2024-03-01"),
    ("quarters", month_days("2020-01", "2024-01", 1, 3), "3 months", "2024-01-01 2024-04-01 2024-07-01"),
    ("quarter ends", month_days("2020-03", "2024-01", 31, 3), "3 months, at a month's end", "2024-03-31 2024-06-30"),
    ("4 months", month_days("2020-02", "2024-01", 1, 4), "4 months", "2024-02-01 2024-06-01"),
    ("half-years", month_days("2020-01", "2024-01", 1, 6), "6 months", "2024-01-01 2024-07-01"),
    ("years", month_days("2000-01", "2024-01", 1, 12), "1 year", "2024-01-01 2025-01-01 2026-01-01"),
    ("29 February", month_days("2012-02", "2023-03", 29, 12), "1 year, at a month's end", "2024-02-29 2025-02-28"),
    ("5 years", month_days("1950-01", "2020-01", 1, 60), "5 years", "2020-01-01 2025-01-01"),
    (
        "ten-day periods",
        merged(*(month_days("2022-01", "2024-01", d) for d in (1, 11, 21))),
        None,
        "2024-01-01 2024-01-11",
    ),
    ("half-months", merged(*(month_days("2022-01", "2024-01", d) for d in (15, 31))), None, "2024-01-15 2024-01-31"),
    ("business days", weekdays(DAYS, 0, 1, 2, 3, 4), "1 business day", "2024-07-19 2024-07-22 2024-07-23"),
    ("a Friday last", weekdays(DAYS, 0, 1, 2, 3, 4)[:60], "1 business day", "2024-03-25 2024-03-26 2024-03-27"),
    ("one weekend", DAYS[[2, 3, 4, 7, 8, 9]], "1 business day", "2024-01-11 2024-01-12 2024-01-15"),
    (
        "holidays",
        np.delete(weekdays(DAYS, 0, 1, 2, 3, 4), [0, 30, 64, 65, 90]),
        "1 business day",
        "2024-07-19 2024-07-22",
    ),
    (
        "closing at 16",
        weekdays(DAYS, 0, 1, 2, 3, 4) + np.timedelta64(16, "h"),
        "1 business day",
        "2024-07-19T16 2024-07-22T16",
    ),
    (
        "Monday to Saturday",
        weekdays(DAYS, 0, 1, 2, 3, 4, 5),
        "1 day, Monday to Saturday",
        "2024-07-19 2024-07-20 2024-07-22",
    ),
    ("Sunday to Thursday", weekdays(DAYS, 6, 0, 1, 2, 3), "1 day, Sunday to Thursday", "2024-07-21 2024-07-22"),
    (
        "three days a week",
        weekdays(DAYS, 0, 2, 4),
        "1 day, Monday, Wednesday, Friday",
        "2024-07-19 2024-07-22 2024-07-24",
    ),
    (
        "an office",
        hours(weekdays(HOURS, 0, 1, 2, 3, 4), 8, 16)[: 9 * 40],
        "1 hour, 08:00 to 16:00, Monday to Friday",
        "2024-02-26T08 2024-02-26T09 2024-02-26T10",
    ),
    ("open every day", hours(HOURS, 8, 19), "1 hour, 08:00 to 19:00, every day", "2024-03-01T08 2024-03-01T09"),
    (
        "a shop",
        SHOP[: 55 * 8],
        "1 hour, 09:00 to 18:00, Monday to Friday; 09:00 to 13:00, Saturday",
        "2024-02-26T09 2024-02-26T10",
    ),
    (
        "a trading week",
        weekdays(MINUTES[(MOMENTS >= 570) & (MOMENTS < 960)], 0, 1, 2, 3, 4),
        "1 minute, 09:30 to 15:59, Monday to Friday",
        "2024-03-25T09:30 2024-03-25T09:31",
    ),
    (
        "three readings a day",
        merged(*(DAYS + np.timedelta64(hour, "h") for hour in (8, 12, 18))),
        "4 hours, 08:00, 12:00, 18:00, every day",
        "2024-07-19T08 2024-07-19T12 2024-07-19T18",
    ),
    (
        "a log that jitters",
        even("2024-01-01T10:00:03", 300, "s", 200) + RNG.integers(-3, 4, 200).astype("timedelta64[s]"),
        "5 minutes",
        None,
    ),
    ("rows missing", HOURS[RNG.random(len(HOURS)) > 0.3], "1 hour", "2024-03-01T00 2024-03-01T01"),
]
"""Name, stamps, the step in words, and what comes next."""


@pytest.mark.parametrize(("stamps", "text", "ahead"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED])
def test_named_calendars_are_found_and_gone_on_with(stamps: Stamps, text: str | None, ahead: str | None) -> None:
    """The step in words, the next stamps, and the same calendar after a trip through JSON."""
    found = find_calendar(stamps)
    assert found.calendar is not None
    numbers, on_grid = found.calendar.numbers(stamps)

    assert found.explained == 1.0
    assert on_grid.all()
    assert (np.diff(numbers) > 0).all()
    assert text is None or found.calendar.text == text
    if ahead is not None:
        expected = np.array(ahead.split(), dtype="datetime64[us]")
        assert (found.calendar.stamps(numbers[-1] + 1 + np.arange(len(expected))) == expected).all()
    assert Calendar.of(json.loads(json.dumps(found.calendar.stored()))) == found.calendar


@pytest.mark.parametrize(
    ("calendar", "cycles"),
    [
        (Equal(5 * MINUTE, 0), {"day": 288, "week": 2016, "hour": 12}),
        (Equal(30 * MINUTE, 0), {"day": 48, "week": 336}),
        (Equal(HOUR, 0), {"day": 24, "week": 168}),
        (Equal(SECOND, 0), {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}),
        (Equal(DAY, 0), {"week": 7, "year": 365}),
        (Equal(7 * DAY, 0), {"year": 52}),
        (Equal(28 * DAY, 0), {"year": 13}),
        (Months(1, 0, (31,)), {"year": 12}),
        (Months(3, 0, (1,)), {"year": 4}),
        (Months(12, 0, (1,)), {}),
        (Months(1, 0, (1, 11, 21)), {"year": 36, "month": 3}),
        (Slots.at(np.arange(5) * DAY), {"week": 5, "year": 261}),
        (Slots.at((np.arange(5)[:, None] * DAY + np.arange(8, 17) * HOUR).ravel()), {"day": 9, "week": 45}),
        (Counted(1.0, 0.0, 0.0), {}),
    ],
)
def test_a_calendar_names_what_may_repeat(calendar: Calendar, cycles: dict[str, int]) -> None:
    """The likeliest first."""
    assert calendar.cycles == tuple(cycles.items())


def test_an_irregular_log_keeps_no_step() -> None:
    """In microseconds and in whole seconds, of which all distances are multiples."""
    distances = np.random.default_rng(1).exponential(60.0, 1000)
    log = np.datetime64("2024-01-01", "us") + (np.cumsum(distances) * 1e6).astype("timedelta64[us]")
    for stamps in (log, np.unique(log.astype("datetime64[s]")).astype("datetime64[us]")):
        found = find_calendar(stamps)
        assert (found.calendar, found.step_text) == (None, "no regular step")
        assert found.explained < 0.5


def test_few_rows_are_no_proof() -> None:
    """A step from three rows is a guess that is said; one row has none."""
    found = find_calendar(DAYS[:3])

    assert not found.certain
    assert found.notes == ("a step of 1 day is a guess: there are only 3 different times",)
    assert find_calendar(DAYS[:1]).calendar is None
    assert find_calendar(DAYS[:20]).certain


def test_jitter_is_taken_out_and_told() -> None:
    """A log some seconds early or late is put at its slots; the slots of an office too."""
    late = np.random.default_rng(2).integers(0, 6, 360).astype("timedelta64[s]")
    found = find_calendar(hours(weekdays(HOURS, 0, 1, 2, 3, 4), 8, 16)[:360] + late)

    assert found.calendar is not None
    assert found.calendar.text == "1 hour, 08:00 to 16:00, Monday to Friday"
    assert len(found.notes) == 1
    assert found.notes[0].startswith("the time stamps lie up to")


@pytest.mark.parametrize("stamp", ["2024-07-20", "2024-07-18T12"])
def test_a_stamp_beside_the_steps_is_told(stamp: str) -> None:
    """A Saturday, and noon, among business days."""
    calendar = find_calendar(weekdays(DAYS, 0, 1, 2, 3, 4)).calendar
    assert calendar is not None

    assert not calendar.numbers(np.array([stamp], dtype="datetime64[us]"))[1].any()


@pytest.mark.parametrize(
    ("stamps", "text", "ahead"),
    [
        (np.arange(1.0, 100.0), "1", [100.0, 101.0]),
        (np.round(np.arange(30) * 0.1, 10), "0.1", [3.0, 3.1]),
        (np.arange(30) * 0.1, "0.1", [3.0, 3.1]),
        (np.delete(np.arange(0.0, 400.0, 2.0), [3, 4, 50, 90]), "2", [400.0, 402.0]),
    ],
)
def test_plain_numbers_have_a_step_too(stamps: Stamps, text: str, ahead: list[float]) -> None:
    """Row numbers, tenths of a second, and numbers with gaps."""
    calendar = find_calendar(stamps).calendar
    assert calendar is not None
    numbers, on_grid = calendar.numbers(stamps)

    assert calendar.text == text
    assert on_grid.all()
    assert calendar.stamps(numbers[-1] + np.array([1, 2])).tolist() == ahead


CALENDARS = st.one_of(
    st.builds(
        Equal,
        st.sampled_from([1, 7, 60, 300, 1200, 3600, 10800, 86400, 3 * 86400, 7 * 86400, 28 * 86400]).map(
            lambda seconds: seconds * SECOND
        ),
        st.integers(0, 10**9).map(lambda seconds: seconds * SECOND),
    ),
    st.builds(
        Months,
        st.sampled_from([1, 2, 3, 4, 6, 12]),
        st.integers(0, 700),
        st.sampled_from([(1,), (15,), (28,), (30,), (31,)]),
        st.just(0),
        st.sampled_from([0, 12 * HOUR]),
    ),
    st.builds(
        lambda days, first, count, step: Slots.at(
            (np.array(sorted(days))[:, None] * DAY + first * HOUR + np.arange(count) * step * MINUTE).ravel()
        ),
        st.sampled_from([(0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 6)]),
        st.integers(0, 9),
        st.integers(1, 10),
        st.sampled_from([30, 60]),
    ),
)


@settings(max_examples=300, deadline=None)
@example(Equal(20 * MINUTE, 0), 4, 219, 0, 0.125)
@example(Equal(20 * MINUTE, 0), 0, 237, 0, 0.125)
@example(Equal(HOUR, 0), 0, 241, 373, 0.140625)
@given(CALENDARS, st.integers(-2000, 2000), st.integers(200, 400), st.integers(0, 2**32 - 1), st.floats(0.0, 0.15))
def test_any_calendar_is_found_again(made: Calendar, start: int, rows: int, seed: int, share: float) -> None:
    """With steps missing: the same numbers, up to where they begin, and the same ahead; a Sunday passed three times."""
    kept = np.random.default_rng(seed).random(rows) >= share
    kept[[0, -1]] = True
    numbers = np.flatnonzero(kept) + start
    stamps = made.stamps(numbers)
    found = find_calendar(stamps).calendar
    assert found is not None
    again, on_grid = found.numbers(stamps)

    assert on_grid.all()
    assert (np.diff(again) == np.diff(numbers)).all()
    assert (found.stamps(again) == stamps).all()
    assert (found.stamps(again[-1] + np.arange(1, 8)) == made.stamps(numbers[-1] + np.arange(1, 8))).all()
    assert (made.numbers(stamps)[0] == numbers - numbers[0] + made.numbers(stamps[:1])[0]).all()
