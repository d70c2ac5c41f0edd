"""Public data sets, each compared and predicted on from its files as they are with one command: `make data`.

The sets lie in ../shared/data and are not part of the project; where they are absent, so it is said. A name after the
script runs that set alone; ``--brief`` runs those that take a moment. docs/data.md shows the commands.
"""

from __future__ import annotations

import itertools
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiny import BRIEF_ALONE

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PLACE = next((up / "shared" / "data" for up in ROOT.parents if (up / "shared" / "data").is_dir()), ROOT / "absent")
SMALL = "--fits 4 --workers 1"
"""What keeps a comparison short, with few steps a fit in one process; it is added to every command."""

WIDE = 6000
"""Parameters where inputs or outputs are many: a network of one unit has more than 400."""


@dataclass(frozen=True)
class DataSet:
    """One command.

    Attributes:
        name: Folder of the set.
        asked: What follows ``gatewise compare``: the file, below the folder of all sets, and the options.
        new: What is predicted on; empty for the file itself.
        brief: Whether it takes a moment.
        params: Parameters of the networks, few.
    """

    name: str
    asked: str
    new: str = ""
    brief: bool = False
    params: int = 400

    @property
    def command(self) -> str:
        """The command as the page shows it."""
        return f"gatewise compare {self.asked}"

    @property
    def predicted(self) -> str:
        """The file to predict on."""
        return self.new or shlex.split(self.asked)[0]


SETS = (
    DataSet("air-passengers", "air-passengers/airline-passengers.csv --target Passengers", brief=True),
    DataSet("air-quality-valencia", "air-quality-valencia/air_quality_valencia.csv --target no2 --horizon 24"),
    DataSet("basicmotions", "basicmotions", brief=True),
    DataSet(
        "bpi12-w-events", "bpi12-w-events/bpi_12_w.csv --case CaseID --activity ActivityID --time CompleteTimestamp"
    ),
    DataSet("cardano-sentiment", "cardano-sentiment"),
    DataSet(
        "cmapss-fd001",
        "cmapss-fd001/train_FD001.txt --sequence 'column 1' --remaining --cap 125"
        " --test cmapss-fd001/test_FD001.txt --test-labels cmapss-fd001/RUL_FD001.txt",
        new="cmapss-fd001/test_FD001.txt",
    ),
    DataSet("daily-min-temperatures", "daily-min-temperatures/daily-min-temperatures.csv --target Temp"),
    DataSet("demo-multi-series", "demo-multi-series/demo_multi_series.csv --target value --series series_id"),
    DataSet(
        "demo-multi-series",
        "demo-multi-series/demo_multi_series_exog.csv --target air_temperature --series series_id",
        brief=True,
    ),
    DataSet("dna-promoters", "dna-promoters/promoters.data"),
    DataSet("ecg200", "ecg200"),
    DataSet("ecg200", "'ecg200/ECG200_*.txt'", brief=True),
    DataSet("etth1", "etth1/ETTh1.csv --target OT --horizon 24"),
    DataSet("exchange-rate", "exchange-rate/exchange_rate.txt.gz --target 'column 8' --time none"),
    DataSet("free-spoken-digits", "free-spoken-digits --name-pattern '{label}_{group}_{index}.wav'"),
    DataSet("gunpoint", "gunpoint"),
    DataSet("italypowerdemand", "italypowerdemand"),
    DataSet("japanesevowels", "japanesevowels"),
    DataSet("jsb-chorales", "jsb-chorales/JSB_Chorales.mat", params=WIDE),
    DataSet("jsb-chorales", "jsb-chorales/jsb-chorales-quarter.json", params=WIDE),
    DataSet("jsb-chorales", "jsb-chorales/jsb-chorales-16th.json", params=WIDE),
    DataSet("m4-hourly", "m4-hourly/Hourly-train.csv --layout rows --horizon 48 --test m4-hourly/Hourly-test.csv"),
    DataSet("monthly-sunspots", "monthly-sunspots/monthly-sunspots.csv --target Sunspots"),
    DataSet("names-by-nationality", "names-by-nationality/names"),
    DataSet("nyc-taxi", "nyc-taxi/taxi_new_york_passengers.csv --target '#Passengers'"),
    DataSet("piano-midi", "piano-midi/Piano_midi.mat", params=WIDE),
    DataSet("review-polarity", "review-polarity/review_polarity.tar.gz"),
    DataSet("sms-spam", "sms-spam/sms.tsv"),
    DataSet("syntheticcontrol", "syntheticcontrol"),
    DataSet("tecator", "tecator"),
    DataSet("tiny-shakespeare", "tiny-shakespeare/input.txt"),
    DataSet("turbine-emission", "turbine-emission/turbine_emission.csv --target NOX"),
    DataSet("vic-electricity", "vic-electricity/vic_electricity.csv --target Demand"),
)
"""Every set that gatewise has a task for, in the order of their names."""


@dataclass(frozen=True)
class Ran:
    """What came of one set.

    Attributes:
        understood: The block that says what was understood, or the last lines where the command failed.
        seconds: Wall time of comparing and predicting.
        rows: Rows predicted; 0 where that failed.
        failed: What failed; empty where nothing did.
    """

    understood: str
    seconds: float
    rows: int
    failed: str


Called = subprocess.CompletedProcess[str]


def apart(arguments: list[str]) -> Called:
    """Call gatewise in a process of its own."""
    return subprocess.run([*BRIEF_ALONE, *arguments], cwd=PLACE, capture_output=True, text=True, check=False)


def run(found: DataSet, out: Path, call: Callable[[list[str]], Called] = apart) -> Ran:
    """Compare on a set and predict on its file, as a user would.

    Args:
        found: The set.
        out: A folder that is not there yet.
        call: Calls the command line in PLACE.
    """
    begun = time.monotonic()
    asked = shlex.split(f"{found.asked} --params {found.params} {SMALL}")
    compared = call(["compare", *asked, "--out", str(out)])
    if compared.returncode:
        return Ran(compared.stderr[-2000:], time.monotonic() - begun, 0, f"compare ended with {compared.returncode}")
    told = call(["predict", str(out), found.predicted])
    seconds = time.monotonic() - begun
    rows = max(len(told.stdout.splitlines()) - 1, 0)
    block = _block(compared.stderr)
    if told.returncode or not rows:
        return Ran(block + told.stderr[-2000:], seconds, rows, f"predict ended with {told.returncode}")
    return Ran(block, seconds, rows, "")


def _block(printed: str) -> str:
    """The lines of what was understood: those before the run folder is named, without the clock before them."""
    lines = [line.partition("] ")[2] for line in printed.splitlines()]
    return "\n".join(itertools.takewhile(lambda line: not line.startswith("run folder"), lines))


def main(wanted: list[str]) -> int:
    """Run all sets, those named, or the brief ones; 1 where one fails."""
    if not PLACE.is_dir():
        print("skipped: there is no ../shared/data with the data sets")
        return 0
    chosen = [s for s in SETS if (s.brief if "--brief" in wanted else not wanted or s.name in wanted)]
    failures = 0
    with tempfile.TemporaryDirectory() as place:
        for number, found in enumerate(chosen):
            ran = run(found, Path(place) / str(number))
            failures += bool(ran.failed)
            print(f"{'FAILED' if ran.failed else 'ok':7}{ran.seconds:6.1f} s  {found.command}  {ran.failed}")
            print("\n".join(f"    {line}" for line in ran.understood.splitlines()))
            print(f"    predicted: {ran.rows:,} rows on {found.predicted}", flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} commands ran")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
