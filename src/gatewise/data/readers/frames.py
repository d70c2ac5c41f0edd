"""Tables in memory: polars and pandas frames, and mappings of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import polars.selectors as cs

from gatewise.errors import DataError
from gatewise.text import listed, quoted

if TYPE_CHECKING:
    from gatewise.data.readers.protocol import Holds


class Frames:
    """pandas is not imported: who has a frame of it has pandas."""

    holds: Holds = "table"
    endings: tuple[str, ...] = ()
    reads = 'a polars or pandas DataFrame, or a mapping such as {"time": [...], "y": [...]}'

    def takes(self, source: object) -> bool:
        """A frame, or a mapping of names to columns."""
        return isinstance(source, pl.DataFrame | pl.LazyFrame | pl.Series | Mapping) or _is_pandas(source)

    def read(self, source: Any) -> pl.DataFrame:
        """The table as a polars frame."""
        if isinstance(source, pl.LazyFrame):
            return _in_seconds(_collected(source))
        if isinstance(source, pl.Series):
            return _in_seconds(source.alias(source.name or "value").to_frame())
        if isinstance(source, pl.DataFrame):
            return _in_seconds(source)
        return _from_mapping(source) if isinstance(source, Mapping) else _from_pandas(source)


def _collected(source: pl.LazyFrame) -> pl.DataFrame:
    try:
        return source.collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"the LazyFrame cannot be collected: {quoted(error, 120)}; check what it reads") from error


def _in_seconds(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lengths of time as numbers of seconds."""
    return frame.with_columns(cs.duration().dt.total_microseconds() / 1e6)


def _is_pandas(source: object) -> bool:
    return type(source).__module__.partition(".")[0] == "pandas" and (
        hasattr(source, "columns") or hasattr(source, "to_frame")
    )


def _from_mapping(source: Mapping[Any, Any]) -> pl.DataFrame:
    try:
        return pl.DataFrame({str(name): column for name, column in source.items()}, strict=False)
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise DataError(
            f"the mapping does not make a table: {quoted(error, 120)}; expected one column of equal length a name"
        ) from error


def _from_pandas(source: Any) -> pl.DataFrame:
    """Convert column by column, without pyarrow; an index with a name, or of no plain numbers, becomes a column."""
    if not hasattr(source, "columns"):
        source = source.to_frame("value" if source.name is None else source.name)
    if (
        source.index.nlevels > 1
        or getattr(source.index.dtype, "kind", "O") in "MmO"
        or "period" in str(source.index.dtype)
        or (source.index.name is not None and source.index.name not in source.columns)
    ):
        source = source.reset_index()
    names = [str(name) for name in source.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(f"the DataFrame has several columns of one name: {listed(repeated)}; rename all but one")
    return pl.DataFrame([_pandas_column(name, source.iloc[:, place]) for place, name in enumerate(names)])


def _pandas_column(name: str, column: Any) -> pl.Series:
    kind = getattr(column.dtype, "kind", "O")
    if kind == "M":
        return pl.Series(name, column.to_numpy(dtype="datetime64[us]"))
    if kind in "iufb":
        missing = column.isna().any()
        return pl.Series(name, column.to_numpy(dtype=float, na_value=np.nan) if missing else column.to_numpy())
    return pl.Series(name, [None if gone else str(value) for value, gone in zip(column, column.isna(), strict=True)])
