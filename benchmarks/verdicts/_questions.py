"""The comparisons whose verdicts are checked: real data sets, and data with a truth planted in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    """One data set, what is asked of it, and which verdicts are right.

    Attributes:
        name: Of its run folders.
        source: The path below the folder of data sets; for planted truths the task of ``gatewise make``.
        options: Of ``gatewise compare``, without their dashes.
        right: Verdicts that are right; empty where only an exhaustive run can say.
        pairs: Of its exhaustive run.
    """

    name: str
    source: str
    options: dict[str, str] = field(default_factory=dict)
    right: frozenset[str] = frozenset()
    pairs: int = 40

    @property
    def keywords(self) -> dict[str, Any]:
        """The options as `gatewise.run.options` takes them."""
        return {name: int(value) if name == "horizon" else value for name, value in self.options.items()}

    @property
    def arguments(self) -> list[str]:
        """The options as they are typed."""
        return [word for name, value in self.options.items() for word in (f"--{name.replace('_', '-')}", value)]


def _series(name: str, file: str, target: str, horizon: int, **more: str) -> Question:
    return Question(name, f"{name}/{file}", {"target": target, "horizon": str(horizon), **more})


MANY = 80
"""Pairs where a truth shows late: three quarters of them are 60, the most that `gatewise compare` trains."""


def _planted(task: str, right: str, name: str | None = None, pairs: int = 40, **options: str) -> Question:
    of = {} if task in ("shuffled-labels", "counting") else {"target": "y"}
    return Question(name or task, task, of | options, frozenset(right.split()), pairs)


SETS = ("italypowerdemand", "japanesevowels", "ecg200", "gunpoint", "syntheticcontrol", "basicmotions")

REAL = [
    *(Question(name, name) for name in SETS),
    _series("air-passengers", "airline-passengers.csv", "Passengers", 12),
    _series("daily-min-temperatures", "daily-min-temperatures.csv", "Temp", 7),
    _series("monthly-sunspots", "monthly-sunspots.csv", "Sunspots", 12),
    _series("etth1", "ETTh1.csv", "OT", 24),
    _series("nyc-taxi", "taxi_new_york_passengers.csv", "#Passengers", 48),
    _series("vic-electricity", "vic_electricity.csv", "Demand", 48, time="Time"),
]

_LARGE_LSTM = {"match": "none", "hidden": "lstm=40,gru=2"}
_LARGE_GRU = {"match": "none", "hidden": "lstm=2,gru=40"}
_LINES = {"pieces": "lines", "split": "longer", "cue": "b", "metric": "solved"}

PLANTED = [
    _planted("white-noise", "neither"),
    _planted("random-walk", "neither", pairs=MANY),
    _planted("ar2", "neither"),
    _planted("shuffled-labels", "neither"),
    _planted("tent-map", "equal not-worse"),
    # Of width 2 many a GRU fails; an LSTM is nearly as good as a large GRU, which is ahead by less than the margin.
    _planted("tent-map", "lstm", "tent-map-large-lstm", **_LARGE_LSTM),
    _planted("tent-map", "equal not-worse gru", "tent-map-large-gru", **_LARGE_GRU),
    # All pairs put the larger cell .003 to .006 above the rule to beat, within the margin: neither beats it, too.
    Question("italy-large-lstm", "italypowerdemand", _LARGE_LSTM, frozenset({"lstm", "neither"}), MANY),
    Question("italy-large-gru", "italypowerdemand", _LARGE_GRU, frozenset({"gru", "neither"}), MANY),
    _planted("counting", "lstm", pairs=MANY),
    Question("anbncn", "anbncn", _LINES, frozenset({"lstm"}), MANY),
]

SELVES = [question for question in REAL if question.name not in ("nyc-taxi", "vic-electricity")]
"""The ten sets on which a cell is set against itself."""

SYMBOLS = [
    Question("tiny-shakespeare", "tiny-shakespeare/input.txt"),
    Question(
        "bpi12-w-events",
        "bpi12-w-events/bpi_12_w.csv",
        {"case": "CaseID", "activity": "ActivityID", "time": "CompleteTimestamp"},
    ),
    Question("jsb-chorales", "jsb-chorales/JSB_Chorales.mat"),
    Question("piano-midi", "piano-midi/Piano_midi.mat"),
    Question("names-by-nationality", "names-by-nationality/names"),
    Question("sms-spam", "sms-spam/sms.tsv"),
    Question("review-polarity", "review-polarity/review_polarity.tar.gz"),
    Question("free-spoken-digits", "free-spoken-digits", {"name_pattern": "{label}_{group}_{index}.wav"}),
    Question("dna-promoters", "dna-promoters/promoters.data"),
]
"""The nine sets of texts, events, music and sounds."""

KINDS = {
    "exhaustive": [*REAL, *PLANTED],
    "default": REAL,
    "planted": PLANTED,
    "selves": SELVES,
    "short": SYMBOLS,
    "long": SYMBOLS,
}
"""What is measured on which sets: a pool of fits, or `gatewise compare` from end to end."""

SEEDS = {"exhaustive": (0,), "default": (0,), "planted": (0, 1, 2), "selves": (0, 1, 2), "short": (0,), "long": (1,)}
"""Of the runs of each set. What is long has another seed than what it is to uphold: where both end at the same look,
they would be the same fits."""

BUDGETS = {"default": "3m", "planted": "3m", "selves": "1m", "short": "3m", "long": "30m"}
"""Of end-to-end runs: as long as a comparison takes by default; shorter where only a false winner counts; ten times as
long where that is to uphold what the default claims."""
