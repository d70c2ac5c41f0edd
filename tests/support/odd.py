"""Small data of every kind, each odd in several ways that reading has to say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def rows(count: int, *columns: Callable[[int], object], mark: str = ",") -> str:
    """Lines of a table, a function of the row's number for each column."""
    return "".join(mark.join(str(column(row)) for column in columns) + "\n" for row in range(count))


def wave(row: int) -> str:
    """A number that goes up and down, a little noisy."""
    return f"{10 + 5 * np.sin(row / 5) + 0.3 * np.sin(7.7 * row * row):.2f}"


def day(row: int) -> str:
    """Days from 2024 on."""
    return str(np.datetime64("2024-01-01") + row)


def daily(folder: Path) -> Path:
    """A title, totals, a constant, an identifier, a category, a value for missing ones, gaps, the newest row first."""
    found = [
        (day(row), wave(row), "same", row * 3, "rs"[row % 2], -999 if row % 9 == 4 else wave(row + 3))
        for row in range(120)
        if row not in (50, 51)
    ]
    lines = [",".join(map(str, each)) for each in reversed(found)]
    path = folder / "daily.csv"
    path.write_text("\n".join(["Sales of a shop,,,,,", "date,sales,kind,number,store,heat", *lines, "Total,999,,,,"]))
    return path


def german(folder: Path) -> Path:
    """Decimal commas, days before months, an empty column, several lines of names, letters of Latin-1."""
    body = rows(
        80,
        lambda row: f"{row % 28 + 1:02}.{row // 28 + 1:02}.2023",
        lambda row: wave(row).replace(".", ","),
        lambda row: wave(row + 11).replace(".", ","),
        lambda _: "",
        mark=";",
    )
    path = folder / "german.csv"
    path.write_bytes(f"Datum;Menge;Größe;leer\n{body}".encode("latin-1"))
    return path


def hourly(folder: Path) -> Path:
    """Two series with office hours, a repeated time stamp, and rows out of order."""
    hours = [f"{day(row)} {hour:02}:00" for row in range(40) if (row % 7) < 5 for hour in range(8, 17)]
    lines = [f"{shop},{hour},{wave(row + 40 * len(shop))}" for shop in ("a", "bb") for row, hour in enumerate(hours)]
    lines[3], lines[9] = lines[9], lines[3]
    path = folder / "hourly.csv"
    path.write_text("\n".join(["shop,time,load", *lines, lines[-1]]) + "\n")
    return path


def plain(folder: Path) -> Path:
    """No time, and a column that leads the target."""
    values = [float(wave(row)) + (row * 7919) % 13 for row in range(150)]
    lines = [f"{values[row]:.3f},{values[min(row + 1, 149)]:.3f}" for row in range(150)]
    path = folder / "plain.csv"
    path.write_text("\n".join(["level,ahead", *lines]) + "\n")
    return path


def monthly(folder: Path) -> Path:
    """Ends of months, and a long outage."""
    months = [np.datetime64("2000-01") + k for k in range(130) if not 60 <= k < 90]
    lines = [f"{(month + 1).astype('datetime64[D]') - 1},{wave(k)}" for k, month in enumerate(months)]
    path = folder / "monthly.csv"
    path.write_text("\n".join(["date,flow", *lines]) + "\n")
    return path


def long(folder: Path) -> Path:
    """Sequences of rows with groups, a counter, an identifier, text, a constant, and unbalanced classes."""
    lines = [
        f"s{unit},{step},{wave(step + unit)},{unit * 17},{'xy'[step % 2]},1,{'down' if unit % 9 else 'up'},p{unit % 4}"
        for unit in range(40)
        for step in range(6 + unit % 3)
    ]
    path = folder / "long.csv"
    path.write_text("\n".join(["unit,step,wear,serial,mode,same,class,person", *lines]) + "\n")
    return path


def arrays(folder: Path) -> Path:
    """Arrays with channels before time, ends that are missing, an own split, and one that is not read."""
    rng = np.random.default_rng(0)
    X = np.cumsum(rng.normal(size=(60, 3, 30)), axis=2)
    X[:20, :, 25:] = np.nan
    y = np.arange(60) % 2
    path = folder / "arrays.npz"
    np.savez(path, X_train=X[:40], y_train=y[:40], X_test=X[40:], y_test=y[40:], weights=rng.normal(size=7))
    return path


def prose(folder: Path) -> Path:
    """A text."""
    path = folder / "prose.txt"
    path.write_text("It was the best of times, it was the worst of times.\n" * 30, "utf-8")
    return path


def labelled(folder: Path) -> Path:
    """Texts with classes: an empty one, some that repeat, classes that differ by blanks alone."""
    said = [("bad", "neg "), ("good", "pos")]
    lines = [f'"a film that was {said[row % 2][0]} number {row % 50}",{said[row % 2][1]}' for row in range(80)]
    path = folder / "reviews.csv"
    path.write_text("\n".join(["text,label", *lines, '"",pos']) + "\n")
    return path


def events(folder: Path) -> Path:
    """An event log with a case of one event."""
    lines = [f"c{case},{'abcd'[(case + at) % 4]},{day(case)} 10:0{at}" for case in range(20) for at in range(4)]
    path = folder / "events.csv"
    path.write_text("\n".join(["case,activity,at", *lines, "c99,a,2024-05-01 10:00"]) + "\n")
    return path


def chords(folder: Path) -> Path:
    """Pieces with a channel that is never on, one of a single step, and a part that is not read."""
    piece = [[60, 64], [60], [], [62, 67]]
    path = folder / "chords.json"
    path.write_text(json.dumps({"train": [piece * 3] * 8 + [[[60]]], "test": [piece * 2] * 4, "notes": [piece]}))
    return path


def sounds(folder: Path) -> Path:
    """Sounds of two rates, one of two channels, and a file that is none."""
    for label, pitch in (("low", 300.0), ("high", 1200.0)):
        for index in range(6):
            rate = 8000 if index else 4000
            tone = 0.5 * np.sin(2 * np.pi * pitch * np.arange(rate // 8) / rate)
            path = folder / "sounds" / label / f"{index}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.stack([tone, tone], axis=1) if index == 5 else tone, rate)
    return folder / "sounds"


ODD: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "daily": (daily, {"target": "sales", "missing": ("-999",)}),
    "german": (german, {"target": "Menge"}),
    "hourly": (hourly, {"target": "load", "series": "shop", "duplicates": "mean"}),
    "resampled": (hourly, {"target": "load", "series": "shop", "every": "1d"}),
    "plain": (plain, {"target": "level"}),
    "monthly": (monthly, {"target": "flow"}),
    "long": (long, {"sequence": "unit", "target": "class"}),
    "steps": (long, {"sequence": "unit", "target": "wear", "per_step": True}),
    "remaining": (long, {"sequence": "unit", "remaining": True, "cap": 3}),
    "longer": (long, {"sequence": "unit", "target": "class", "split": "longer", "group": "none"}),
    "arrays": (arrays, {}),
    "prose": (prose, {"pieces": "text"}),
    "lines": (prose, {"pieces": "lines"}),
    "labelled": (labelled, {"text": "text", "target": "label"}),
    "events": (events, {"case": "case", "activity": "activity"}),
    "chords": (chords, {}),
    "sounds": (sounds, {}),
}
"""Name -> what writes the data, and how they are to be read."""
