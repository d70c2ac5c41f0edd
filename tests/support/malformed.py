"""Inputs that cannot be used as they are, each with a well-formed twin, made by `written`."""

# ruff: noqa: E501 - a case a line

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 80
RNG = np.random.default_rng(5)
SALES = [f"{value:.1f}" for value in 20 + 5 * np.sin(np.arange(ROWS) * 2 * np.pi / 7) + RNG.normal(size=ROWS)]
DAYS = [f"{datetime(2023, 1, 9) + timedelta(days=day):%Y-%m-%d}" for day in range(ROWS)]
HOURS = [f"{datetime(2023, 3, 1) + timedelta(hours=hour):%Y-%m-%d %H:%M}" for hour in range(ROWS)]
X = RNG.normal(size=(24, 10, 2))
Y = np.arange(24) % 2

Content = str | bytes | dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One malformed input.

    Attributes:
        name: What is wrong.
        bad: Text or bytes of a file, or arrays of an .npz.
        good: Of its twin.
        told: Words that the message has: of the cause, and of the remedy.
        asked: Options for both.
        twin: Options of the twin in their place; None for the same ones.
        file: Name of the file.
        twin_file: Name of the twin's, where it is another.
    """

    name: str
    bad: Content
    good: Content
    told: tuple[str, ...]
    asked: dict[str, str] = field(default_factory=lambda: {"target": "sales"})
    twin: dict[str, str] | None = None
    file: str = "shop.csv"
    twin_file: str = ""


def written(content: Content, path: Path) -> Path:
    """Write a file."""
    if isinstance(content, dict):
        np.savez(path, **content)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(*columns: tuple[str, list[str]], sep: str = ",") -> str:
    """A table as text."""
    rows = zip(*(cells for _, cells in columns), strict=True)
    return "\n".join([sep.join(name for name, _ in columns), *map(sep.join, rows)]) + "\n"


def changed(cells: list[str], **at: str) -> list[str]:
    """The cells, some of them changed: ``_3="x"`` the fourth."""
    found = list(cells)
    for place, cell in at.items():
        found[int(place[1:])] = cell
    return found


def arrays(**changes: Any) -> dict[str, Any]:
    """Arrays of sequences, some of them changed; None leaves one out."""
    return {name: value for name, value in ({"X": X, "y": Y} | changes).items() if value is not None}


PLAIN = table(("day", DAYS), ("sales", SALES))
LINES = PLAIN.splitlines()
STORES = ["north"] * (ROWS // 2) + ["south"] * (ROWS // 2)
TWICE = DAYS[: ROWS // 2] * 2
LONG = table(("store", STORES), ("day", TWICE), ("sales", SALES))
TRIALS = [f"p{row // 8}" for row in range(ROWS)]
STEPS = [str(row % 8) for row in range(ROWS)]
KINDS = ["up" if row // 8 % 2 else "down" for row in range(ROWS)]
TRIAL = table(("trial", TRIALS), ("step", STEPS), ("force", SALES), ("kind", KINDS))
AS_TRIALS = {"target": "kind", "sequence": "trial"}
TS = "@problemName toy\n@timeStamps false\n@univariate true\n@classLabel true a b\n@data\n" + "".join(
    f"{','.join(SALES[k : k + 8])}:{'ab'[k // 8 % 2]}\n" for k in range(0, ROWS, 8)
)
UCR = "".join("\t".join([str(k // 8 % 2 + 1), *SALES[k : k + 8]]) + "\n" for k in range(0, ROWS, 8))
IRREGULAR = [
    f"{datetime(2023, 3, 1) + timedelta(minutes=int(m)):%Y-%m-%d %H:%M}" for m in np.cumsum(RNG.integers(1, 90, ROWS))
]
DST = [f"{datetime(2023, 10, 29) + timedelta(hours=h if h < 3 else h - 1):%Y-%m-%d %H:%M}" for h in range(ROWS)]
WIDE = table(("day", DAYS), *((f"shop{k}", SALES[k:] + SALES[:k]) for k in range(3)))
ACROSS = table(
    ("shop", ["a", "b", "c"]), *((day, [SALES[k], SALES[k + 1], SALES[k + 2]]) for k, day in enumerate(DAYS[:60]))
)

MONTHLY = table(("day", [f"{month:02}/01/2023" for month in range(1, 13)]), ("sales", SALES[:12]))
NO_OPTIONS: dict[str, str] = {}


def _text_files() -> list[Case]:
    lines = LINES
    short = [*lines[:9], lines[9].split(",")[0], *lines[10:]]
    extra = [*lines[:9], lines[9] + ",7", *lines[10:]]
    return [
        Case("an empty file", "", PLAIN, ("shop.csv", "empty")),
        Case("blank lines alone", "\n\n \n", PLAIN, ("shop.csv", "empty")),
        Case("names without rows", "day,sales\n", PLAIN, ("no rows", "expected data")),
        Case("comments alone", "# a\n# b\n", PLAIN, ("comments alone", "expected column names")),
        Case("a short row", "\n".join(short), PLAIN, ("line 10", "got 1 cell", "expected 2")),
        Case("a long row", "\n".join(extra), PLAIN, ("line 10", "got 3 cells", "expected 2")),
        Case("a name twice", table(("day", DAYS), ("sales", SALES), ("sales", SALES)), PLAIN, ("sales", "rename")),
        Case("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), PLAIN, ("shop.csv",)),
        Case("a workbook under .csv", b"PK\x03\x04" + bytes(range(200)), PLAIN, ("shop.csv",)),
        Case("bytes without a form", bytes(RNG.integers(0, 256, 4000, dtype=np.uint8)), PLAIN, ("shop.csv",)),
        Case("a cut archive", gzip.compress(PLAIN.encode())[:-40], gzip.compress(PLAIN.encode()), ("shop.csv.gz",), file="shop.csv.gz"),
        Case("no archive at all", PLAIN, gzip.compress(PLAIN.encode()), ("shop.csv.gz",), file="shop.csv.gz"),
        Case("an open quote", PLAIN.replace(SALES[5], '"' + SALES[5], 1), PLAIN, ("shop.csv",)),
        Case("points and commas as decimal marks", table(("day", DAYS), ("sales", changed(SALES, _7='"2,50"'))), PLAIN, ("2,50", "--decimal")),
        Case("a mark that may part thousands", table(("day", DAYS), ("sales", [f"{i % 9 + 1}.{i:03}" for i in range(ROWS)]), sep=";"), table(("day", DAYS), ("sales", [f"{i % 9 + 1}.{i:03}" for i in range(ROWS)]), sep=";"), ("two ways", "--decimal"), twin={"target": "sales", "decimal": "."}),
        Case("a first line that may be names", "2019,2020\n" + "".join(f"{2019 + i},{2020 + i}\n" for i in range(30)), table(("a", SALES), ("b", SALES[::-1])), ("line 1", "add a line of names"), {"target": "b"}),
        Case("a log that is text", "".join(f"line {i} of the log says nothing\n" for i in range(50)), PLAIN, ("--target", "column 1")),
        Case("JSON under .csv", json.dumps([{"day": d, "sales": s} for d, s in zip(DAYS, SALES, strict=True)]), PLAIN, ("shop.csv", "JSON")),
        Case("a broken line of JSON", '{"day": "2023-01-01", "sales": 1}\n{"day": ', "".join(json.dumps({"day": d, "sales": float(s)}) + "\n" for d, s in zip(DAYS, SALES, strict=True)), ("shop.jsonl",), file="shop.jsonl"),
        Case("text under .parquet", PLAIN, PLAIN, ("shop.parquet",), file="shop.parquet", twin_file="shop.csv"),
        Case("text under .xlsx", PLAIN, PLAIN, ("shop.xlsx",), file="shop.xlsx", twin_file="shop.csv"),
        Case("an unknown ending", PLAIN, PLAIN, ("shop.docx", "gatewise reads"), file="shop.docx", twin_file="shop.csv"),
    ]  # fmt: skip


def _series() -> list[Case]:
    return [
        Case("no target named", PLAIN, PLAIN, ("--target", "sales"), NO_OPTIONS, {"target": "sales"}),
        Case("a target that is not there", PLAIN, PLAIN, ("--target", "did you mean sales"), {"target": "sale"}, {"target": "sales"}),
        Case("a target of text", table(("day", DAYS), ("sales", changed(SALES, _4="sold out"))), PLAIN, ("sold out", "row 5", "numbers")),
        Case("no numbers", table(("day", DAYS), ("sales", ["many"] * ROWS)), PLAIN, ("many", "numbers")),
        Case("a constant target", table(("day", DAYS), ("sales", ["7"] * ROWS)), PLAIN, ("7 in every row", "--target")),
        Case("a target without values", table(("day", DAYS), ("sales", [""] * ROWS), ("temp", SALES)), table(("day", DAYS), ("sales", SALES), ("temp", SALES[::-1])), ("no value at all", "--target")),
        Case("infinite values", table(("day", DAYS), ("sales", changed(SALES, _9="inf"))), PLAIN, ("infinite", "row 10", "empty")),
        Case("an infinite covariate", table(("day", DAYS), ("sales", SALES), ("temp", changed(SALES[::-1], _9="-inf"))), table(("day", DAYS), ("sales", SALES), ("temp", SALES[::-1])), ("temp", "infinite", "empty")),
        Case("a time that is not there", PLAIN, PLAIN, ("--time", "did you mean day"), {"target": "sales", "time": "days"}, {"target": "sales", "time": "day"}),
        Case("target and time the same", PLAIN, PLAIN, ("--target and --time",), {"target": "sales", "time": "sales"}, {"target": "sales"}),
        Case("a stamp missing", table(("day", changed(DAYS, _6="")), ("sales", SALES)), PLAIN, ("day", "missing value", "row 7")),
        Case("mixed forms of dates", table(("day", changed(DAYS, _6="7 Febr 2023 or so")), ("sales", SALES)), PLAIN, ("day", "row 7", "--time")),
        Case("dates of two orders", MONTHLY, MONTHLY, ("--dates dmy", "--dates mdy"), twin={"target": "sales", "dates": "mdy"}),
        Case("an unknown zone", table(("at", HOURS), ("sales", SALES)), table(("at", HOURS), ("sales", SALES)), ("Berlin", "zone"), {"target": "sales", "zone": "Berlin"}, {"target": "sales", "zone": "Europe/Berlin"}),
        Case("an hour that comes twice", table(("at", DST), ("sales", SALES)), table(("at", DST), ("sales", SALES)), ("twice", "--zone"), twin={"target": "sales", "zone": "Europe/Berlin"}),
        Case("an hour that never was", table(("at", [h.replace("03-01", "03-26") for h in HOURS[:24]]), ("sales", SALES[:24])), table(("at", HOURS), ("sales", SALES)), ("2023-03-26", "Europe/Berlin"), {"target": "sales", "zone": "Europe/Berlin"}, {"target": "sales", "zone": "UTC"}),
        Case("a zone that is a word", table(("at", [f"{hour} IST" for hour in HOURS]), ("sales", SALES)), table(("at", HOURS), ("sales", SALES)), ("IST", "--zone")),
        Case("a day twice", table(("day", changed(DAYS, _6=DAYS[5])), ("sales", SALES)), table(("day", changed(DAYS, _6=DAYS[5])), ("sales", SALES)), ("repeat", "--series", "--duplicates"), twin={"target": "sales", "duplicates": "mean"}),
        Case("several series", LONG, LONG, ("2 series", "--series store"), twin={"target": "sales", "series": "store"}),
        Case("several series without a name", table(("day", TWICE), ("sales", SALES)), PLAIN, ("begins anew", "row 41", "--series")),
        Case("a counter that begins anew", table(("idx", [str(i % 40) for i in range(ROWS)]), ("sales", SALES)), table(("idx", [str(i) for i in range(ROWS)]), ("sales", SALES)), ("anew", "--series")),
        Case("no step in time", table(("at", IRREGULAR), ("sales", SALES)), table(("at", IRREGULAR), ("sales", SALES)), ("no step", "--every", "--gaps keep"), twin={"target": "sales", "gaps": "keep"}),
        Case("missing days refused", table(("day", DAYS[:30] + DAYS[33:]), ("sales", SALES[3:])), table(("day", DAYS[:30] + DAYS[33:]), ("sales", SALES[3:])), ("3 steps", "--gaps fill"), {"target": "sales", "gaps": "refuse"}, {"target": "sales"}),
        Case("a counter that runs down", table(("when", [str(500 - i) for i in range(ROWS)]), ("sales", SALES)), table(("when", [str(500 - i) for i in range(ROWS)]), ("sales", SALES)), ("run down", "--time"), twin={"target": "sales", "time": "when"}),
        Case("two columns of dates", table(("ordered", DAYS), ("shipped", [DAYS[i * 7 % ROWS] for i in range(ROWS)]), ("sales", SALES)), table(("ordered", DAYS), ("shipped", [DAYS[i * 7 % ROWS] for i in range(ROWS)]), ("sales", SALES)), ("several columns hold times", "--time"), twin={"target": "sales", "time": "ordered"}),
        Case("a series column that is not there", LONG, LONG, ("--series", "did you mean store"), {"target": "sales", "series": "stores"}, {"target": "sales", "series": "store"}),
        Case("a target that names the series", LONG, LONG, ("--target and --series",), {"target": "sales", "series": "sales"}, {"target": "sales", "series": "store"}),
        Case("a name of a series missing", table(("store", changed(STORES, _3="")), ("day", TWICE), ("sales", SALES)), LONG, ("store",), {"target": "sales", "series": "store"}),
        Case("a series a row", ACROSS, ACROSS, ("--layout rows",), {"target": DAYS[3]}, {"layout": "rows"}),
        Case("a layout that there is not", PLAIN, PLAIN, ("--layout", "wide"), {"target": "sales", "layout": "tall"}, {"target": "sales"}),
        Case("one column as wide", PLAIN, PLAIN, ("--layout wide", "expected a column a series"), {"layout": "wide"}, {"target": "sales"}),
        Case("a series column of a wide table", WIDE, WIDE, ("--series", "leave it out"), {"layout": "wide", "series": "day"}, {"layout": "wide"}),
        Case("duplicates without a time", table(("sales", SALES), ("temp", SALES[::-1])), PLAIN, ("--duplicates", "--time"), {"target": "sales", "duplicates": "mean"}),
        Case("options of sequences", PLAIN, PLAIN, ("--order", "--sequence"), {"target": "sales", "order": "day"}, {"target": "sales"}),
        Case("too few rows", table(("day", DAYS[:6]), ("sales", SALES[:6])), PLAIN, ("rows",)),
        Case("a horizon beyond the rows", PLAIN, PLAIN, ("horizon",), {"target": "sales", "horizon": "70"}, {"target": "sales"}),
    ]  # fmt: skip


def _sequences() -> list[Case]:
    one = np.zeros(24, dtype=int)
    nothing = X.copy()
    nothing[:, :, 1] = np.nan
    endless = X.copy()
    endless[3, 2, 1] = np.inf
    archive = dict(asked=NO_OPTIONS, file="toy.npz")  # noqa: C408
    trials = dict(asked=AS_TRIALS, file="trials.csv")  # noqa: C408
    ts = dict(asked=NO_OPTIONS, file="toy.ts")  # noqa: C408
    return [
        Case("an archive without labels", arrays(y=None), arrays(), ("toy.npz", "y"), **archive),
        Case("labels of another number", arrays(y=Y[:20]), arrays(), ("20", "24"), **archive),
        Case("an array of one axis", arrays(X=X[:, 0, 0]), arrays(), ("X", "shape"), **archive),
        Case("an array of four axes", arrays(X=X[..., None]), arrays(), ("X", "shape"), **archive),
        Case("labels of two axes that are no classes", arrays(y=RNG.normal(size=(24, 3))), arrays(), ("y",), **archive),
        Case("one class alone", arrays(y=one), arrays(), ("class",), **archive),
        Case("a class of one sequence", arrays(y=np.r_[2, Y[1:]]), arrays(), ("class",), **archive),
        Case("lengths beyond the steps", arrays(lengths=np.full(24, 11)), arrays(lengths=np.full(24, 10)), ("lengths", "10"), **archive),
        Case("lengths of zero", arrays(lengths=np.r_[0, np.full(23, 10)]), arrays(lengths=np.full(24, 10)), ("lengths",), **archive),
        Case("lengths of another number", arrays(lengths=np.full(23, 10)), arrays(lengths=np.full(24, 10)), ("lengths", "24"), **archive),
        Case("a channel without values", arrays(X=nothing), arrays(), ("channel 2", "leave it out"), **archive),
        Case("no values at all", arrays(X=np.full_like(X, np.nan)), arrays(), ("every value is missing",), **archive),
        Case("an infinite step", arrays(X=endless), arrays(), ("channel 2 of sequence 4", "infinity", "write NaN"), **archive),
        Case("labels that are missing", arrays(y=np.where(Y == 0, np.nan, 1.0)), arrays(), ("y",), **archive),
        Case("groups that hold one class each", arrays(groups=Y), arrays(groups=np.arange(24) // 2 % 6), ("group",), **archive),
        Case("groups of another number", arrays(groups=Y[:5]), arrays(groups=np.arange(24) // 2 % 6), ("groups",), **archive),
        Case("a group that is not there", arrays(), arrays(), ("--group",), asked={"group": "who"}, twin=NO_OPTIONS, file="toy.npz"),
        Case("objects in an archive", arrays(X=np.array([[1], [1, 2]], dtype=object)), arrays(), ("toy.npz",), **archive),
        Case("a broken archive", b"PK\x03\x04broken", arrays(), ("toy.npz",), **archive),
        Case("a target for an archive", arrays(), arrays(), ("--target", "leave it out"), asked={"target": "y"}, twin=NO_OPTIONS, file="toy.npz"),
        Case("a .ts file without @data", TS.replace("@data\n", ""), TS, ("toy.ts", "@data"), **ts),
        Case("a .ts file of an unknown class", TS.replace(":a", ":c", 1), TS, ("toy.ts", "c"), **ts),
        Case("a .ts row without its class", TS.replace(":a", "", 1), TS, ("toy.ts", "line"), **ts),
        Case("a .ts row with a word", TS.replace(SALES[2], "many", 1), TS, ("toy.ts", "many"), **ts),
        Case("a text that may be sequences or a table", UCR, UCR, ("--layout ucr",), asked=NO_OPTIONS, twin={"layout": "ucr"}, file="waves.tsv"),
        Case("a sequence column that is not there", TRIAL, TRIAL, ("--sequence", "did you mean trial"), asked={"target": "kind", "sequence": "trials"}, twin=AS_TRIALS, file="trials.csv"),
        Case("a class that changes in a sequence", table(("trial", TRIALS), ("step", STEPS), ("force", SALES), ("kind", changed(KINDS, _3="up"))), TRIAL, ("kind", "p0"), **trials),
        Case("a step twice in a sequence", table(("trial", TRIALS), ("step", changed(STEPS, _3="2")), ("force", SALES), ("kind", KINDS)), TRIAL, ("step",), asked=AS_TRIALS | {"order": "step"}, file="trials.csv"),
        Case("an order that is not there", TRIAL, TRIAL, ("--order",), asked=AS_TRIALS | {"order": "steps"}, twin=AS_TRIALS | {"order": "step"}, file="trials.csv"),
        Case("sequences without a channel", table(("trial", TRIALS), ("step", STEPS), ("kind", KINDS)), TRIAL, ("kind",), **trials),
    ]  # fmt: skip


CASES: tuple[Case, ...] = (*_text_files(), *_series(), *_sequences())
