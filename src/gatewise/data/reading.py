"""What the user says of how the data are to be read; what is not said, gatewise finds out or asks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


OF_TEST = frozenset({"test", "test_labels", "split_at", "per_step", "remaining", "cap", "cue", "name_pattern"})
"""Options that say what is tested or told of the data at hand; data to predict on are read without them."""


@dataclass(frozen=True)
class Reading:
    """The options on reading, by the names that the options table has for them.

    Attributes:
        target: Column to forecast, or several with commas between them; a table needs it.
        time: Column, or columns with commas between, that order the rows of a table; found where None; ``none`` takes
            the rows as they come.
        duplicates: What to do with rows of one time stamp in a table: first, last or mean; None refuses them.
        dates: Order of day, month and year where the dates leave it open: dmy, mdy or ymd.
        zone: Zone of times that are written without one, and of those to be shown.
        series: Columns that name the series of a long table, with commas between them; ``none`` for one series.
        layout: Where the series stand in a table: long, wide or rows; or which axis of an array is time, ntc or nct;
            or ucr for a text of labelled sequences. Found where None.
        gaps: What to do with missing steps: fill, refuse or keep; None fills.
        every: Step that rows of an irregular log are made rows of, such as ``1h``.
        aggregate: How the rows of a step are made one: mean, sum or last; None takes the mean.
        known: Covariates that are known ahead, with commas between them.
        keep: Covariates that stay although they give the target away, with commas between them.
        decimal: The decimal mark of numbers in text, "." or ","; found where None.
        missing: Values that stand for a missing one, as they are written.
        sheet: Sheet of a workbook, or file of an archive, to read.
        sequence: Columns that name the sequence of each row of a table, with commas between them.
        order: Column that orders the rows of a sequence; found where None; ``none`` takes the rows as they come.
        group: What names whose each sequence is: an array or a column; found where None; ``none`` for nothing.
        resplit: Whether the data's own split is left aside.
        split: How sequences without a split of their own are split: ``longer`` tests on the longer ones.
        test: The file with the rows or sequences to test on.
        test_labels: The file with a number for the last step of each sequence in ``test``.
        split_at: The row, sequence or time stamp that testing begins at.
        per_step: Whether the target is told of each step of a sequence, not of the sequence.
        remaining: Whether the target is how many steps are left to the end of the sequence.
        cap: With ``remaining``: larger numbers count as this one.
        name_pattern: What the names of files say, fields in braces: ``{label}_{group}_{index}.wav``.
        rate: Samples a second that sounds are brought to; the most common where None.
        hop: Milliseconds from step to step of a sound; 10, or more where sounds are long, where None.
        text: Column of a table with a text in each row.
        symbols: What a text is read in: characters or words; found where None.
        pieces: Whether each line of a text file is a piece, ``lines``, or all of it one, ``text``; found where None.
        longest: Symbols that are read of a text to classify at most; None for the usual.
        case: Column that says which case an event of a log is of.
        activity: Column with the name of each event.
        cue: Behind the first of this symbol in a text every one is determined by those before it.
    """

    target: str | None = None
    time: str | None = None
    duplicates: str | None = None
    dates: str | None = None
    zone: str | None = None
    series: str | None = None
    layout: str | None = None
    gaps: str | None = None
    every: str | None = None
    aggregate: str | None = None
    known: str | None = None
    keep: str | None = None
    decimal: str | None = None
    missing: tuple[str, ...] | None = None
    sheet: str | None = None
    sequence: str | None = None
    order: str | None = None
    group: str | None = None
    resplit: bool = False
    split: str | None = None
    test: str | None = None
    test_labels: str | None = None
    split_at: str | None = None
    per_step: bool = False
    remaining: bool = False
    cap: int | None = None
    name_pattern: str | None = None
    rate: int | None = None
    hop: int | None = None
    text: str | None = None
    symbols: str | None = None
    pieces: str | None = None
    longest: int | None = None
    case: str | None = None
    activity: str | None = None
    cue: str | None = None

    @classmethod
    def of(cls, asked: object) -> Reading:
        """The part of the options that says how to read."""
        return cls(**{found.name: getattr(asked, found.name) for found in fields(cls)})

    @classmethod
    def stored(cls, kept: Mapping[str, Any]) -> Reading:
        """What a plan keeps of one."""
        lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
        return cls(**{**kept, **lists})

    def resolved(self, time: str | None) -> dict[str, Any]:
        """What is said of any data, by name, as a plan keeps it, with the time column found where none was named."""
        kept = {name: value for name, value in asdict(self).items() if name not in OF_TEST} | {
            "time": self.time or time
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    @property
    def given(self) -> dict[str, Any]:
        """What was said, by flag: ``{"--target": "sales"}``."""
        values = {f"--{found.name.replace('_', '-')}": getattr(self, found.name) for found in fields(self)}
        return {flag: value for flag, value in values.items() if value not in (None, False)}


NOTHING_SAID = Reading()
