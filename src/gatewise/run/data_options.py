"""Rows of the options table that say how the data are to be read; `gatewise.data.reading.Reading` has them by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gatewise.run.checks import column, one_of, optional, place, text, whole
from gatewise.run.row import Given, row, table

DATA = "Data"


def _values(given: str | Sequence[str]) -> tuple[str, ...]:
    """Each value, without outer blanks."""
    return tuple(str(value).strip() for value in (given.split(",") if isinstance(given, str) else given))


@table
class DataOptions:
    """How the data are to be read, checked."""

    target: str | None = row(
        DATA, "The column to forecast.", default=None, value="COLUMN", check=optional(column), example="sales"
    )
    time: str | None = row(
        DATA,
        "The column with the time of each row. Several between commas make one stamp; none takes the rows as they"
        " come.",
        default=None,
        value="COLUMN",
        shown="found by itself",
        example="date",
    )
    duplicates: str | None = row(
        DATA,
        "Which row to keep when several have the same time: first, last, or their mean.",
        default=None,
        value="first|last|mean",
        shown="refused",
        check=optional(one_of("first", "last", "mean")),
        example="first",
    )
    dates: str | None = row(
        DATA,
        "The order of day, month and year in dates that can be read in several ways.",
        default=None,
        value="dmy|mdy|ymd",
        shown="found by itself, asked for where several fit",
        check=optional(one_of("dmy", "mdy", "ymd")),
        example="dmy",
        before=None,
    )
    zone: str | None = row(
        DATA,
        "The time zone of times that are written without one.",
        default=None,
        value="ZONE",
        shown="as written",
        check=optional(text),
        example="Europe/Berlin",
        before=None,
    )
    series: str | None = row(
        DATA,
        "The column, or columns with commas between, that name the series of a table that holds several. One model"
        " learns from all of them.",
        default=None,
        value="COLUMN",
        shown="one series",
        example="store",
        before=None,
    )
    layout: str | None = row(
        DATA,
        "Where several series stand in a table: long (one below the other), wide (a column each) or rows (a row each)."
        " Which axis of an array is time: ntc (sequences, time, channels) or nct (sequences, channels, time); frames"
        " for arrays of 0 and 1 that say what is on. Of a text: ucr for sequences, one a line, the class first.",
        default=None,
        value="LAYOUT",
        shown="long; of an array what its values tell",
        check=optional(one_of("long", "wide", "rows", "ntc", "nct", "ucr", "frames")),
        example="wide",
        before=None,
    )
    gaps: str | None = row(
        DATA,
        "What to do with missing time steps: fill them in as missing values, refuse, or keep the rows as if evenly"
        " spaced.",
        default=None,
        value="fill|refuse|keep",
        shown="fill",
        check=optional(one_of("fill", "refuse", "keep")),
        example="keep",
        before="keep",
    )
    every: str | None = row(
        DATA,
        "Make rows of equal steps of an irregular log: 30s, 10m, 1h, 1d, 1w or 1mo. Of MIDI the beats a step: 1/4.",
        default=None,
        value="STEP",
        check=optional(text),
        example="1h",
        before=None,
    )
    aggregate: str | None = row(
        DATA,
        "With --every: how the rows of one step are made one.",
        default=None,
        value="mean|sum|last",
        shown="mean",
        check=optional(one_of("mean", "sum", "last")),
        example="sum",
        before=None,
    )
    known: str | None = row(
        DATA,
        "The covariates, with commas between, that are known ahead, such as prices or holidays. Of the others only the"
        " past is used.",
        default=None,
        value="COLUMNS",
        check=optional(text),
        example="holiday,price",
        before=None,
    )
    keep: str | None = row(
        DATA,
        "Covariates to use although they seem to give the target away.",
        default=None,
        value="COLUMNS",
        check=optional(text),
        example="orders",
        before=None,
    )
    decimal: str | None = row(
        DATA,
        "The decimal mark of numbers in text, a point or a comma; the other one may part thousands.",
        default=None,
        value=".|,",
        shown="found by itself",
        check=optional(one_of(".", ",")),
        example=",",
        before=None,
    )
    missing: Given[str | Sequence[str] | None, tuple[str, ...] | None] = row(
        DATA,
        "Values that stand for a missing one, besides empty cells, NA and the like.",
        default=None,
        value="VALUES",
        check=optional(_values),
        example="-200,999",
        before=None,
    )
    sheet: str | None = row(
        DATA,
        "The sheet of a workbook, or the file of an archive, to read.",
        default=None,
        value="NAME",
        shown="the only one",
        check=optional(text),
        example="2024",
        before=None,
    )
    sequence: str | None = row(
        DATA,
        "The column, or columns with commas between, that say which sequence each row of a table belongs to: --target"
        " is then told of whole sequences.",
        default=None,
        value="COLUMN",
        example="trial",
        before=None,
    )
    order: str | None = row(
        DATA,
        "With --sequence: the column that orders the rows of a sequence; none takes them as they come.",
        default=None,
        value="COLUMN",
        shown="found by itself",
        example="time",
        before=None,
    )
    group: str | None = row(
        DATA,
        "What says whose each sequence is, such as a subject: a column, or an array of an archive. Sequences of one"
        " are kept on one side of every split; none keeps nothing together.",
        default=None,
        value="NAME",
        shown="found by its name",
        example="subject",
        before=None,
    )
    resplit: bool = row(
        DATA,
        "Leave the data's own split into training and test aside.",
        default=False,
        typed=bool,
        shown="the own split counts",
        before=False,
    )
    split: str | None = row(
        DATA,
        "How sequences are split: longer learns from the shorter ones and tests on the longer.",
        default=None,
        value="longer",
        shown="in folds, or as the data say",
        check=optional(one_of("longer")),
        example="longer",
        before=None,
    )
    test: Given[str | Path | None, str | None] = row(
        DATA,
        "A file with what is tested and never learned from: the rows after the table's last, or more sequences.",
        default=None,
        value="FILE",
        shown="a part of the data",
        check=optional(place),
        example="test.csv",
        before=None,
    )
    test_labels: Given[str | Path | None, str | None] = row(
        DATA,
        "With --remaining and --test: a file with a number for each test sequence, in their order: the steps left"
        " after its last row, which alone is tested.",
        default=None,
        value="FILE",
        shown="every step is tested",
        check=optional(place),
        example="RUL.txt",
        before=None,
    )
    split_at: Given[str | int | None, str | None] = row(
        DATA,
        "The first row or time to test on; what comes before is learned from. Of sequences, the number of the first.",
        default=None,
        value="DATE|ROW",
        shown="a part of the data",
        check=optional(column),
        example="2016-01-01",
        before=None,
    )
    per_step: bool = row(
        DATA,
        "With --sequence: --target is told of each step of a sequence, from the steps up to it.",
        default=False,
        typed=bool,
        shown="told of whole sequences",
        before=False,
    )
    remaining: bool = row(
        DATA,
        "With --sequence: learn how many steps are left to the end of a sequence, at each step.",
        default=False,
        typed=bool,
        shown="--target",
        before=False,
    )
    cap: int | None = row(
        DATA,
        "With --remaining: larger numbers of steps count as this one.",
        default=None,
        value="N",
        typed=int,
        shown="no cap",
        check=optional(whole(1)),
        example="125",
        before=None,
    )
    name_pattern: str | None = row(
        DATA,
        "What the names of sound files say, fields in braces: {label} is the class; files of one {group} are kept on"
        " one side of every split; {split} is train or test; other fields are names for --group.",
        default=None,
        value="PATTERN",
        shown="the folder or a table of labels says the class",
        check=optional(text),
        example="{label}_{group}_{index}.wav",
        before=None,
    )
    rate: int | None = row(
        DATA,
        "The samples a second that sounds are brought to.",
        default=None,
        value="HZ",
        typed=int,
        shown="the most common",
        check=optional(whole(1000)),
        example="16000",
        before=None,
    )
    hop: int | None = row(
        DATA,
        "The milliseconds from step to step of a sound; a step is a window of 2.5 times that.",
        default=None,
        value="MS",
        typed=int,
        shown="10, or more where sounds are longer than 3 seconds",
        check=optional(whole(1, 10_000)),
        example="20",
        before=None,
    )
    case: str | None = row(
        DATA,
        "Of an event log: the column that says which case an event belongs to. What comes next in a case is then"
        " learned; the order is that of --time.",
        default=None,
        value="COLUMN",
        check=optional(column),
        shown="case:concept:name, where it is there",
        example="case",
        before=None,
    )
    activity: str | None = row(
        DATA,
        "Of an event log: the column with the name of each event.",
        default=None,
        value="COLUMN",
        check=optional(column),
        shown="concept:name, where it is there",
        example="activity",
        before=None,
    )
    cue: str | None = row(
        DATA,
        "Of texts: behind the first of this symbol in each, all are determined by those before, and `solved` asks for"
        " them alone.",
        default=None,
        value="SYMBOL",
        shown="solved asks for every symbol",
        check=optional(column),
        example="=",
        before=None,
    )
    symbols: str | None = row(
        DATA,
        "What a text is read in: characters or words.",
        default=None,
        value="characters|words",
        shown="characters; of longer texts to classify, words",
        check=optional(one_of("characters", "words")),
        example="words",
        before=None,
    )
    pieces: str | None = row(
        DATA,
        "Of a text file: whether each of its lines stands alone, or all of it is one text.",
        default=None,
        value="lines|text",
        shown="found by itself, asked for where both may be",
        check=optional(one_of("lines", "text")),
        example="lines",
        before=None,
    )
    longest: int | None = row(
        DATA,
        "Of texts to classify: how many characters or words are read of each at most.",
        default=None,
        value="N",
        typed=int,
        shown="512",
        check=optional(whole(2)),
        example="1000",
        before=None,
    )
    text: str | None = row(
        DATA,
        "The column of a table that holds texts; --target names their class.",
        default=None,
        value="COLUMN",
        shown="found by itself in a table of texts and classes",
        check=optional(column),
        example="message",
        before=None,
    )
