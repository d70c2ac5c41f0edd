"""Frames as a forecaster takes and gives them back: which columns are meant, and the user's own kind and types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from gatewise.data.columns import numbers
from gatewise.data.table import read_frame
from gatewise.errors import OptionError
from gatewise.text import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG = {"target": "y", "time": "ds", "series": "unique_id"}
"""Names of the columns of a long frame, as NeuralForecast, StatsForecast and Prophet have them."""


def columns_of(source: Any, target: str | None, time: str | None, series: str | None) -> dict[str, str | None]:
    """The columns that are meant: those that were named, else those of a frame with ``unique_id, ds, y``.

    Raises:
        OptionError: No target was named, and none is known by its name.
    """
    there = [str(name) for name in _columns(source)]
    found = {"target": target, "time": time, "series": series}
    if LONG["time"] in there:
        found = {name: found[name] or (column if column in there else None) for name, column in LONG.items()}
    if found["target"] is None:
        raise _no_target(there, source)
    return found


def _no_target(there: list[str], source: Any) -> OptionError:
    usable = [column.name for column in read_frame(source).iter_columns() if numbers(column).bad is None]
    got = f"Got a frame with the columns {listed(there)}"
    if not usable:
        return OptionError(f"{got}, none of numbers; expected one to forecast")
    return OptionError(
        f"which column is to be forecast? {got}; expected unique_id, ds and y, or the name of a column of"
        f" numbers. Type: SequenceForecaster(target={usable[-1]!r})"
    )


def with_columns_only(source: Any) -> Any:
    """The frame; an index called unique_id, as older NeuralForecast has it, is made a column."""
    index = getattr(source, "index", None)
    named = getattr(index, "name", None) == LONG["series"] and LONG["series"] not in _columns(source)
    return source.reset_index() if named else source


def like(forecast: pl.DataFrame, source: Any) -> Any:
    """The forecast as a frame of the kind that ``source`` is, its columns of the types that they have there."""
    if isinstance(source, pl.DataFrame | pl.LazyFrame):
        types = source.collect_schema()
        wanted = {name: types[name] for name in forecast.columns if name in types and not types[name].is_float()}
        known = {
            name: kind for name, kind in wanted.items() if not kind.is_numeric() or not forecast[name].dtype.is_float()
        }
        return forecast.with_columns(pl.col(name).cast(kind, strict=False) for name, kind in known.items())
    if not hasattr(source, "iloc"):
        return forecast
    frame = type(source)({name: _plain(forecast[name]) for name in forecast.columns})
    for name in frame.columns:
        if name in source.columns and not forecast[name].dtype.is_float():
            frame[name] = _typed(frame[name], source[name].dtype)
    return frame


def _plain(column: pl.Series) -> NDArray[Any]:
    if column.dtype.is_temporal():
        return column.cast(pl.Datetime("us")).to_numpy()
    return column.to_numpy()


def _typed(column: Any, dtype: Any) -> Any:
    """A pandas column of the type that it has in the user's frame; times are in UTC where it has a zone."""
    zone = getattr(dtype, "tz", None)
    if zone is not None:
        return column.dt.tz_localize("UTC").dt.tz_convert(zone).astype(dtype)
    return column.astype(dtype)


def _columns(source: Any) -> list[Any]:
    if isinstance(source, str | Path):
        return read_frame(source).columns
    if isinstance(source, pl.LazyFrame):
        return source.collect_schema().names()
    return list(getattr(source, "columns", source))
