"""A file for each sequence: in a folder a class, or beside a table that has the label of each file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from gatewise.data.columns import known_text
from gatewise.data.readers.delimited import Delimited
from gatewise.data.readers.parquet import Parquet
from gatewise.data.readers.raw import FileRows, Table
from gatewise.data.readers.textsigns import is_prose
from gatewise.data.readers.written_text import beginning
from gatewise.data.source import entries, has_ending
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

WANTED = (
    "a folder for each class with one CSV or Parquet file for each sequence (walking/001.csv); or one file for each "
    "sequence and a table labels.csv with the columns file and label"
)

TABLES = (Delimited(), Parquet())
"""Readers of one sequence's file."""

PARTS = {
    "train": "train",
    "training": "train",
    "val": "train",
    "validation": "train",
    "test": "test",
    "testing": "test",
}
"""Folders that hold a part of the data."""

KEY, LABEL, PART = "(file)", "(label)", "split"
"""Columns that are added to the rows of the files."""


class File(NamedTuple):
    """The file of one sequence."""

    path: Path
    label: str | None
    part: str | None
    more: Mapping[str, str]


class Arranged(NamedTuple):
    """The files of a folder, and what to say of how they were found; ``lacks`` says why they have no label."""

    files: list[File]
    notes: tuple[Told, ...] = ()
    lacks: str = ""


def file_rows(folder: Path) -> FileRows | None:
    """The rows of all sequences of a folder; None where it is of no kind that is known.

    Raises:
        DataError: A file cannot be read, has other columns than the first, or is not in the label table.
    """
    found = arranged(folder, _is_table)
    return None if found is None else _rows(found, folder, named(folder.resolve().name))


def arranged(folder: Path, is_one: Callable[[Path], bool]) -> Arranged | None:
    """The files of a folder with their labels; None where nothing says what they are.

    Args:
        folder: Holds folders named after classes, in folders of parts or not; or files and a table of their labels.
        is_one: Whether a file holds a sequence, by its name.

    Raises:
        DataError: The label table names a file that is not there, or one twice.
    """
    there = _shown(folder)
    folders = [path for path in there if path.is_dir()]
    tables = [path for path in there if path.is_file() and _is_table(path)]
    if folders and all(path.name.lower() in PARTS for path in folders) and len(folders) > 1:
        parts = [
            file
            for path in folders
            for file in _classes([p for p in _shown(path) if p.is_dir()], PARTS[path.name.lower()], is_one)
        ]
        return Arranged(parts) if parts else None
    if folders:
        files = _classes(folders, None, is_one)
        if files and len({file.label for file in files}) == 1 and len(tables) > 0:
            labelled = _labelled(folder, tables, [file.path for file in files])
            if labelled is not None:
                return labelled
        left = [path.name for path in tables]
        notes = (Told("not read, beside the folders of the classes: {names}", names=listed(left)),) if left else ()
        return Arranged(files, notes) if files else None
    return _labelled(folder, tables, [path for path in there if path.is_file() and is_one(path)])


def _classes(folders: Sequence[Path], part: str | None, is_one: Callable[[Path], bool]) -> list[File]:
    """The files of folders that are named after their class."""
    return [
        File(path, folder.name, part, {})
        for folder in folders
        for path in _shown(folder)
        if path.is_file() and is_one(path)
    ]


def _labelled(folder: Path, tables: Sequence[Path], files: Sequence[Path]) -> Arranged | None:
    """The files that a label table names; without such a table None, for nothing says that a file is a sequence."""
    for table in sorted(tables, key=lambda path: ("label" not in path.stem.lower(), path.name)):
        others = [path for path in files if path != table]
        found = _naming(table, folder, others)
        if found is None:
            continue
        column, frame, paths = found
        return _with_labels(folder, table, column, frame, paths)
    return None


def _naming(table: Path, folder: Path, others: Sequence[Path]) -> tuple[str, pl.DataFrame, dict[str, Path]] | None:
    """The column of a table that names files of the folder, with the table and the files by name; None without one."""
    if len(others) < 2:
        return None
    names: dict[str, Path] = {}
    for path in others:
        names |= {path.name: path, path.stem: path, path.relative_to(folder).as_posix(): path}
    frame = _read(table)
    for column in frame.columns:
        held = known_text(frame[column]).drop_nulls().to_list()
        if len(held) and sum(str(value).removeprefix("./") in names for value in held) > len(held) / 2:
            return column, frame, names
    return None


def _with_labels(folder: Path, table: Path, column: str, frame: pl.DataFrame, names: dict[str, Path]) -> Arranged:
    """The files that a label table names, with what it says of each."""
    held = known_text(frame[column]).to_list()
    missing = [str(value) for value in held if str(value).removeprefix("./") not in names]
    if missing:
        raise DataError(
            f"{named(table.name)} names {counted(len(missing), 'file')} that the folder {quoted(folder, 120)} does not "
            f"hold, such as {quoted(missing[0])}; expected each of them there: bring it, or take out its row"
        )
    twice, times = Counter(names[str(value).removeprefix("./")] for value in held).most_common(1)[0]
    if times > 1:
        raise DataError(
            f"{named(table.name)} names {quoted(twice.name)} {times:,} times; expected one row for each file"
        )
    rest = [name for name in frame.columns if name != column]
    likely = [
        name for name in rest if name.strip().lower() in ("label", "class", "target", "y", "activity", "category")
    ]
    label = likely[0] if likely else rest[0] if len(rest) == 1 else None
    texts = {name: known_text(frame[name]).to_list() for name in rest}
    files = [
        File(
            names[str(value).removeprefix("./")],
            None if label is None else texts[label][row],
            None,
            {name: texts[name][row] or "" for name in rest if name != label},
        )
        for row, value in enumerate(held)
    ]
    read = {file.path for file in files}
    left = sorted({path.name for path in names.values()} - {path.name for path in read})
    notes = [Told("labels are column {name} of {table}", name=named(label), table=named(table.name))] if label else []
    notes += [Told("not in {table}, not read: {names}", table=named(table.name), names=listed(left))] if left else []
    lacks = "" if label else (
        f"which column of {named(table.name)} is the label? It has {listed(frame.columns)}; expected two columns, file "
        "and label, or one of them named label"
    )  # fmt: skip
    return Arranged(files, tuple(notes), lacks)


def _rows(found: Arranged, folder: Path, source: str) -> FileRows:
    """All rows below each other."""
    frames: list[pl.DataFrame] = []
    files = found.files
    for file in files:
        frame = _read(file.path)
        if frames and frame.columns != frames[0].columns[: frame.width]:
            raise DataError(
                f"{quoted(file.path.relative_to(folder).as_posix(), 80)} has the columns {listed(frame.columns)} and "
                f"{quoted(files[0].path.relative_to(folder).as_posix(), 80)} has others; expected one set of columns"
            )
        frames.append(_beside(frame, file, folder))
    wide = {frame.width for frame in frames}
    if len(wide) > 1:
        raise DataError(f"the files of {source} have different numbers of columns; expected the same in every file")
    has_label = any(file.label is not None for file in files)
    label = LABEL if has_label else None
    return FileRows(pl.concat(frames, how="vertical_relaxed"), source, KEY, label, found.lacks, found.notes)


def _beside(frame: pl.DataFrame, file: File, folder: Path) -> pl.DataFrame:
    """The rows of a file, with its name and what is said of it."""
    said = {KEY: file.path.relative_to(folder).as_posix(), **file.more}
    said |= {LABEL: file.label} if file.label is not None else {}
    said |= {PART: file.part} if file.part is not None else {}
    held = [name for name in said if name in frame.columns]
    if held:
        raise DataError(
            f"the column {named(held[0])} stands in {quoted(file.path.name)} and beside it; rename one of them"
        )
    return frame.with_columns(pl.lit(text, dtype=pl.String).alias(name) for name, text in said.items())


def _read(path: Path) -> pl.DataFrame:
    read = next(reader for reader in TABLES if reader.takes(path)).read(path)
    frame = read.frame if isinstance(read, Table) else read
    assert isinstance(frame, pl.DataFrame)  # a reader of tables
    if not frame.height:
        raise DataError(f"{quoted(path.name)} has no rows; expected one for each step of its sequence")
    return frame


def _shown(folder: Path) -> list[Path]:
    return [path for path in entries(folder) if not path.name.startswith((".", "__"))]


def _is_table(path: Path) -> bool:
    """Whether it is a table by its ending; what people write about data is none, by its name or by its words."""
    if not any(reader.takes(path) for reader in TABLES) or has_ending(path, (".md", "readme.txt")):
        return False
    return not (has_ending(path, (".txt",)) and is_prose(beginning(path)))
