"""Several files of one table: their rows below each other, in the natural order of the files' names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from gatewise.data.readers.arrow import Arrow
from gatewise.data.readers.delimited import Delimited
from gatewise.data.readers.excel import Excel
from gatewise.data.readers.jsons import Json
from gatewise.data.readers.parquet import Parquet
from gatewise.data.readers.raw import Table, natural
from gatewise.data.source import entries
from gatewise.errors import DataError
from gatewise.languages import Told
from gatewise.text import counted, listed, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds, Reader

FORMATS: tuple[Reader, ...] = (Delimited(), Parquet(), Arrow(), Json(), Excel())
"""Readers of one of the files."""

COLUMN = "file"
"""The column that says which file a row is of, where the files are several series."""

MOST_FILES = 5_000


class Stacked:
    """Files that a pattern matches, or a folder of tables with the same columns."""

    holds: Holds = "table"
    endings: tuple[str, ...] = ()
    reads = ""

    def takes(self, source: object) -> bool:
        """Paths, or a folder that holds nothing but tables of one format and the same columns."""
        if isinstance(source, tuple):
            return bool(source) and all(isinstance(path, Path) for path in source)
        if not isinstance(source, str | Path) or not Path(source).is_dir():
            return False
        files = shown(Path(source))
        if len(files) < 2 or not all(path.is_file() and _reader(path) for path in files):
            return False
        if len({path.suffix.lower() for path in files}) > 1 or len(files) > MOST_FILES:
            return False
        if any("label" in path.stem.lower() for path in files):
            return False
        try:
            return len({_columns(path) for path in files}) == 1
        except DataError:
            return False

    def read(self, source: object) -> Table:
        """Read all files, and say in which order."""
        paths = list(source) if isinstance(source, tuple) else shown(Path(str(source)))
        by_name = {str(path): path for path in paths}
        files = [by_name[name] for name in natural(list(by_name))]
        if len(files) > MOST_FILES:
            raise DataError(f"{len(files):,} files match; at most {MOST_FILES:,} are read: make one table of them")
        tables = [_table(path) for path in files]
        first = tables[0].frame.columns
        for path, table in zip(files, tables, strict=True):
            if sorted(table.frame.columns) != sorted(first):
                missing = [name for name in first if name not in table.frame.columns]
                more = [name for name in table.frame.columns if name not in first]
                raise DataError(
                    f"{named(path.name)} has other columns than {named(files[0].name)}: it lacks "
                    f"{listed(missing) or 'none'} and has {listed(more) or 'none'} more; "
                    "give tables with the same columns, or one file alone"
                )
        frames = [table.frame.select(first) for table in tables]
        notes = list(dict.fromkeys(note for table in tables for note in table.notes))
        notes.append(
            Told(
                "{files} read below each other in the order of their names, from {first} to {last}",
                files=counted(len(files), "file"),
                first=named(files[0].name),
                last=named(files[-1].name),
            )
        )
        if _repeats(frames):
            name = COLUMN if COLUMN not in first else "file name"
            frames = [
                frame.with_columns(pl.lit(path.stem).alias(name)) for frame, path in zip(frames, files, strict=True)
            ]
            notes.append(
                Told(
                    "the files hold the same {value} again, as several series do: the column {name} says which file "
                    "a row is of (--series {typed})",
                    value=quoted(first[0]),
                    name=quoted(name),
                    typed=name,
                )
            )
        return Table(pl.concat(frames, how="vertical_relaxed"), tuple(notes))


def shown(folder: Path) -> list[Path]:
    """What a folder holds, but for hidden files and those that say something of the data."""
    aside = ("readme", "license", "licence")
    return [p for p in entries(folder) if not p.name.startswith(".") and p.stem.lower() not in aside]


def _reader(path: Path) -> Reader | None:
    return next((reader for reader in FORMATS if reader.takes(path)), None)


def _table(path: Path) -> Table:
    reader = _reader(path)
    if reader is None:
        wanted = ", ".join(ending for reader in FORMATS for ending in reader.endings)
        raise DataError(f"{named(path.name)} is no table that can be read below others; expected {wanted}")
    found = reader.read(path)
    assert isinstance(found, Table | pl.DataFrame)  # a reader of tables
    return found if isinstance(found, Table) else Table(found)


def _columns(path: Path) -> tuple[str, ...]:
    """The first line of a text, the columns of any other table."""
    if Delimited().takes(path) and not path.name.lower().endswith(".gz"):
        with path.open("rb") as opened:
            return (opened.readline(1 << 16).decode("utf-8", "replace").strip(),)
    return tuple(_table(path).frame.columns)


def _repeats(frames: list[pl.DataFrame]) -> bool:
    """Whether the first column that names each row of a file holds a name of one file in another too."""
    for name in frames[0].columns:
        columns = [frame[name].cast(pl.String) for frame in frames]
        if all(column.n_unique() == len(column) and len(column) > 1 for column in columns):
            together = pl.concat(columns)
            return bool(together.n_unique() < len(together))
    return False
