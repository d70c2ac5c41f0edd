"""Formats of tables and sequences: each gives what its twin in CSV gives, or says what is wrong and what to do."""

from __future__ import annotations

import bz2
import datetime
import gzip
import io
import lzma
import sys
import tarfile
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from office import write_ods, write_xlsx

from gatewise.data import containers
from gatewise.data.look import look
from gatewise.data.readers import brought
from gatewise.data.reading import Reading
from gatewise.errors import DataError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [(datetime.date(2024, 1, 1) + datetime.timedelta(day), day % 7 + day / 3) for day in range(60)]
TABLE = pl.DataFrame(ROWS, schema=["day", "y"], orient="row")
SHEET: list[list[object]] = [["day", "y"], *map(list, ROWS)]
TEXT = TABLE.write_csv().encode()
ARFF = "@relation r\n@attribute day date 'yyyy-MM-dd'\n@attribute y numeric\n@data\n" + "\n".join(
    f"{day},{y!r}" for day, y in ROWS
)


def zipped(names: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(names: dict[str, bytes], mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.parquet": TABLE.write_parquet,
    "a.arrow": TABLE.write_ipc,
    "a.feather": TABLE.write_ipc,
    "a.ipc": TABLE.write_ipc_stream,
    "a.jsonl": TABLE.write_ndjson,
    "a.ndjson": TABLE.write_ndjson,
    "a.json": TABLE.write_json,
    "columns.json": lambda path: path.write_text(str(TABLE.cast(pl.String).to_dict(as_series=False)).replace("'", '"')),
    "a.xlsx": lambda path: write_xlsx(path, {"data": SHEET, "empty": []}),
    "titled.xlsx": lambda path: write_xlsx(path, {"data": [["Sales of the year"], [], *SHEET, ["Total", 999.5]]}),
    "a.ods": lambda path: write_ods(path, {"data": SHEET}),
    "a.arff": lambda path: path.write_text(ARFF),
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(TEXT)),
    "a.csv.xz": lambda path: path.write_bytes(lzma.compress(TEXT)),
    "a.csv.bz2": lambda path: path.write_bytes(bz2.compress(TEXT)),
    "a.zip": lambda path: path.write_bytes(zipped({"in/a.csv": TEXT, "__MACOSX/._a.csv": b"x", "README.txt": b"x"})),
    "up.zip": lambda path: path.write_bytes(zipped({"../../a.csv": TEXT})),
    "deep.zip": lambda path: path.write_bytes(zipped({"a.csv.gz": gzip.compress(TEXT)})),
    "a.tar.gz": lambda path: path.write_bytes(tarred({"in/a.csv": TEXT})),
    "a.tgz": lambda path: path.write_bytes(tarred({"a.csv": TEXT})),
    "a.tar": lambda path: path.write_bytes(tarred({"a.csv": TEXT}, "w:")),
    "packed.csv": lambda path: path.write_bytes(gzip.compress(TEXT)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_format_gives_what_csv_gives(name: str, tmp_path: Path) -> None:
    """Values and times are the same whatever the file is."""
    (tmp_path / "twin.csv").write_bytes(TEXT)
    WRITERS[name](tmp_path / name)

    found = look(tmp_path / name, Reading(target="y"))

    twin = look(tmp_path / "twin.csv", Reading(target="y"))
    np.testing.assert_array_equal(found.values, twin.values)
    np.testing.assert_array_equal(found.stamps, twin.stamps)


MALFORMED: dict[str, tuple[bytes, str]] = {
    "a.xlsx": (b"PK\x03\x04", r"a\.xlsx is a damaged ZIP archive|cannot be read as a workbook"),
    "excel.csv": (zipped({"xl/workbook.xml": b""}), r"is an Excel workbook by what it holds; name it 'excel\.xlsx'"),
    "zip.csv": (zipped({"a.txt": b""}), r"is a ZIP archive by what it holds; name it 'zip\.csv\.zip'"),
    "parquet.csv": (b"PAR1" + bytes(20), r"is Parquet by what it holds; name it 'parquet\.parquet'"),
    "page.csv": (
        b"<!DOCTYPE html><html>",
        r"web page \(HTML\) by what it holds.*does not read; save it",
    ),
    "json.csv": (b'[{"y": 1}]', r"is JSON by what it holds; name it 'json\.json'"),
    "csv.parquet": (b"a,b\n1,2\n", r"csv\.parquet cannot be read as a table"),
    "csv.arrow": (b"a,b\n1,2\n", r"csv\.arrow cannot be read as a table"),
    "a.json": (b'{"meta": 1, "data": [1]}', r"inside of 'data', perhaps; expected an object a row"),
    "odd.json": (b'{"x": [1, 2], "y": [1]}', r"'y' has 1 value and 'x' 2; expected as many"),
    "a.jsonl": (b'{"y": 1}\n{"y": \n', r"a\.jsonl, line 2: .* is no JSON; expected one object a line"),
    "a.arff": (
        b"@relation r\n@attribute s string\n@data\nx\n",
        r"a\.arff cannot be read: .*leave out",
    ),
    "wave.arff": (
        b"@relation r\n" + b"".join(b"@attribute a%d numeric\n" % n for n in range(9)) + b"@attribute t {1,2}\n@data\n"
        b"1,2,3,4,5,6,7,8,9,1\n",
        r"looks like sequences, a row each: 9 steps from 'a0' on.*\.npz",
    ),
    "many.arff": (b"@relation r\n@attribute x relational\n@end x\n@data\n", r"relational.*give the \.ts file"),
    "a.npy": (b"\x93NUMPYxx", r"a\.npy is no \.npy file: .*save it by np\.save"),
    "broken.csv.gz": (gzip.compress(TEXT)[:50], r"broken\.csv\.gz cannot be unpacked: .*check that the file is whole"),
    "none.zip": (zipped({"a.exe": b"x"}), r"none\.zip holds no file that gatewise reads; it holds a\.exe"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused(name: str, tmp_path: Path) -> None:
    """The message names the cause and what to do."""
    content, message = MALFORMED[name]
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=message):
        look(tmp_path / name, Reading(target="y"))


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the bound is not unpacked; a ZIP that says so is not even begun."""
    monkeypatch.setattr(containers, "ANY_TIMES", 1 << 16)
    zeros = b"y\n" + b"0\n" * (1 << 20)
    for name, content in (
        ("a.csv.gz", gzip.compress(zeros)),
        ("a.zip", zipped({"a.csv": zeros})),
        ("a.tgz", tarred({"a.csv": zeros})),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=r"unpacked; at most [\d,]+ bytes are read"):
            look(tmp_path / name, Reading(target="y"))


def test_sheets_are_asked_about(tmp_path: Path) -> None:
    """Of several sheets with rows one has to be named; the others are listed."""
    path = write_xlsx(tmp_path / "a.xlsx", {"2023": SHEET, "2024": SHEET})

    with pytest.raises(OptionError, match=r"Name it with --sheet, for example --sheet '2023'; there are: 2023, 2024"):
        look(path, Reading(target="y"))
    with pytest.raises(OptionError, match=r"no such sheet; there are"):
        look(path, Reading(target="y", sheet="2025"))
    assert len(look(path, Reading(target="y", sheet="2024")).values) == 60


def test_numbers_of_a_sheet_keep_all_digits(tmp_path: Path) -> None:
    """A third is a third, beside a text too."""
    path = write_xlsx(tmp_path / "a.xlsx", {"s": [["y", "x"], [1 / 3, 1e-9 / 3], [2.5, 2 / 3], [None, 1.0], [4, 3]]})

    assert look(path, Reading(target="y", time="none")).values[0].tolist() == [1 / 3, 1e-9 / 3]


def test_files_are_stacked_in_natural_order(tmp_path: Path) -> None:
    """A pattern or a folder of like tables is one table; a note says so."""
    (tmp_path / "part2.csv").write_text(TABLE[:30].write_csv())
    (tmp_path / "part10.csv").write_text(TABLE[30:].write_csv())

    for source in (tmp_path, str(tmp_path / "*.csv")):
        found = look(source, Reading(target="y"))
        assert found.values[:, 0].tolist() == TABLE["y"].to_list()
        assert any("2 files read below each other" in note for note in found.notes)

    (tmp_path / "part11.csv").write_text("day,z\n2024-01-01,1\n")
    with pytest.raises(DataError, match=r"part11\.csv has other columns than part2\.csv: it lacks y and has z more"):
        look(str(tmp_path / "*.csv"), Reading(target="y"))
    with pytest.raises(DataError, match=r"no file matches"):
        look(str(tmp_path / "*.tsv"), Reading(target="y"))


def test_files_of_one_time_are_several_series(tmp_path: Path) -> None:
    """Files that begin anew are never glued: a column says which file a row is of."""
    for name in ("north", "south"):
        (tmp_path / f"{name}.csv").write_text(TABLE.write_csv())

    with pytest.raises(OptionError, match=r"--series file"):
        look(tmp_path, Reading(target="y"))
    assert look(tmp_path, Reading(target="y", series="file")).names == (("north",), ("south",))


def test_one_file_of_an_archive_is_named(tmp_path: Path) -> None:
    """Several tables of other columns are asked about, and one is read by its name."""
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.csv": TEXT, "b.csv": b"t,u\n1,2\n"}))

    with pytest.raises(DataError):
        look(path, Reading(target="y"))
    assert len(look(path, Reading(target="y", sheet="a.csv")).values) == 60


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is piped in is read by what it holds."""
    brought.piped.cache_clear()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(TEXT)))

    assert len(look("-", Reading(target="y")).values) == 60
    brought.piped.cache_clear()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
    with pytest.raises(DataError, match="standard input is empty"):
        look("-", Reading(target="y"))


def ucr(mark: str, seed: int = 0, classes: tuple[str, ...] = ("1", "-1")) -> str:
    values = np.random.default_rng(seed).normal(size=(20, 12))
    return "\n".join(mark.join([classes[row % 2], *(f"{v:.6f}" for v in line)]) for row, line in enumerate(values))


@pytest.mark.parametrize("mark", [",", "\t", "  "])
def test_ucr_text(mark: str, tmp_path: Path) -> None:
    """The class is first, whatever parts the values; a pair has its own split."""
    (tmp_path / "Wave_TRAIN.txt").write_text(ucr(mark))
    (tmp_path / "Wave_TEST.txt").write_text(ucr(mark, 1, ("1.0000000e+00", "-1.0")))

    alone = look(tmp_path / "Wave_TRAIN.txt")
    both = look(tmp_path)

    assert alone.values.shape == (20, 12, 1)
    assert alone.classes == ("-1", "1")
    assert (both.values.shape, both.test_start, both.classes) == ((40, 12, 1), 20, ("-1", "1"))


def test_what_may_be_ucr_text_is_asked_about(tmp_path: Path) -> None:
    """Without a name that tells, both readings and the option are named."""
    path = tmp_path / "data.csv"
    path.write_text(ucr(","))

    with pytest.raises(OptionError, match=r"--layout ucr reads data\.csv as labelled seq.*\.npz.*if it is a table"):
        look(path)
    assert look(path, Reading(layout="ucr")).values.shape == (20, 12, 1)

    path.write_text(ucr(",") + "\n1,2,3\n")
    with pytest.raises(DataError, match=r"data\.csv, line 21: got 3 values; expected 13"):
        look(path, Reading(layout="ucr"))


def test_arrays(tmp_path: Path) -> None:
    """Arrays and tensors of one or two axes are tables; three axes lack their classes."""
    values = np.cos(np.arange(60.0)).reshape(30, 2)
    np.save(tmp_path / "a.npy", values)
    np.save(tmp_path / "three.npy", np.zeros((3, 4, 5)))

    for source in (tmp_path / "a.npy", values, torch.tensor(values)):
        assert look(source, Reading(target="column 2")).values[:, 0].tolist() == values[:, 1].tolist()
    with pytest.raises(DataError, match=r"three\.npy has shape \(3, 4, 5\), sequences without classes.*np\.savez"):
        look(tmp_path / "three.npy")


def test_frames() -> None:
    """Lazy frames, Series with dates, and an index that holds the dates."""
    days = pd.date_range("2024-01-01", periods=60, name="day")
    y = [row[1] for row in ROWS]
    for source in (
        TABLE.lazy(),
        pd.DataFrame({"y": y}, index=days),
        pd.DataFrame({"y": y}, index=days.to_period("D")),
        pd.Series(y, index=days, name="y"),
    ):
        found = look(source, Reading(target="y"))
        assert found.values[:, 0].tolist() == y
        assert found.time is not None
