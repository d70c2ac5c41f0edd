"""JSON: an object a line, an array of objects, or an object of columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from gatewise.data.source import content, has_ending, is_file
from gatewise.errors import DataError
from gatewise.text import counted, named, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds

LARGEST = 512 << 20
"""Bytes of a .json file, which is held in memory many times over; JSON lines have no such bound."""

WANTED = 'an object a row, [{"time": "2024-01-01", "y": 1.5}, ...], or an array a column, {"time": [...], "y": [...]}'


class Json:
    """Objects become rows; what one of them lacks is missing."""

    holds: Holds = "table"
    endings: tuple[str, ...] = (".jsonl", ".ndjson", ".json")
    reads = ".jsonl or .json"

    def takes(self, source: object) -> bool:
        """A file of one of the endings."""
        return is_file(source, self.endings)

    def read(self, source: str | Path) -> pl.DataFrame:
        """Read all keys as columns."""
        path = Path(source)
        data = content(path)
        if has_ending(path, (".json",)):
            try:
                return _table(path, _parsed(path, data))
            except DataError:
                if not _may_be_lines(data):
                    raise
        return _lines(path, data)


def _may_be_lines(data: bytes) -> bool:
    """Whether the first line is an object of its own, so that the ending .json is but a name."""
    first, _, rest = data.strip().partition(b"\n")
    try:
        return bool(rest) and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _parsed(path: Path, data: bytes) -> Any:
    if len(data) > LARGEST:
        raise DataError(
            f"{named(path.name)} has {len(data):,} bytes; at most {LARGEST:,} are read of a .json file: write JSON "
            "lines (.jsonl), CSV or Parquet"
        )
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{named(path.name)} is no JSON: {quoted(error, 80)}; expected {WANTED}") from error


def _table(path: Path, found: Any) -> pl.DataFrame:
    """The table that a JSON value is."""
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        return _frame(path, found)
    if isinstance(found, dict) and found and all(isinstance(column, list) for column in found.values()):
        lengths = {name: len(column) for name, column in found.items()}
        first, *others = lengths
        odd = next((name for name in others if lengths[name] != lengths[first]), None)
        if odd is not None:
            raise DataError(
                f"{named(path.name)}: {quoted(odd)} has {counted(lengths[odd], 'value')} and {quoted(first)} "
                f"{lengths[first]:,}; expected as many in each column"
            )
        return _frame(path, found)
    raise DataError(f"{named(path.name)} holds {_said(found)}; expected {WANTED}")


def _said(found: Any) -> str:
    """What a value is, for a message."""
    if isinstance(found, list):
        return "an array that holds other things than objects" if found else "an empty array"
    if isinstance(found, dict):
        inner = [name for name, value in found.items() if isinstance(value, list)]
        return f"an object with the table inside of {quoted(inner[0])}, perhaps" if inner else "an object of no arrays"
    return "a single value"


def _lines(path: Path, data: bytes) -> pl.DataFrame:
    rows = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{named(path.name)}, line {number:,}: {quoted(line, 40)} is no JSON; expected one object a line, such "
                'as {"time": "2024-01-01", "y": 1.5}'
            ) from error
        if not isinstance(row, dict):
            raise DataError(f"{named(path.name)}, line {number:,}: got {quoted(line, 40)}; expected one object a line")
        rows.append(row)
    if not rows:
        raise DataError(f"{named(path.name)} holds no rows; expected one object a line")
    return _frame(path, rows)


def _frame(path: Path, found: Any) -> pl.DataFrame:
    try:
        return pl.DataFrame(found, strict=False, infer_schema_length=None)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{named(path.name)} does not make a table: {quoted(error, 100)}; expected {WANTED}") from error
