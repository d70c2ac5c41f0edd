"""New rows to forecast from: read as those that were learned from, checked against them, and their steps ahead."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gatewise.data.ahead import steps_ahead
from gatewise.data.calendar import Calendar
from gatewise.data.covariates import lacking
from gatewise.data.series import Series, moment
from gatewise.data.table import read_table, to_series
from gatewise.data.terms import Terms
from gatewise.data.timeline import Timeline
from gatewise.data.times import NOTHING_FOUND
from gatewise.errors import DataError, OptionError
from gatewise.languages import Told, mark
from gatewise.tasks.protocol import Fresh
from gatewise.tasks.quantiles import column, nearest_median
from gatewise.tasks.rows import Rows, places
from gatewise.tasks.windows import ForecastExamples, ForecastLearned
from gatewise.text import both, counted, listed, named, with_commas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.data.reading import Reading
    from gatewise.run.card import Bands
    from gatewise.run.plan import DataPlan
    from gatewise.tasks.forecast_section import ForecastSection


_OPTION = re.compile(r"--(series|duplicates|dates|zone|time|target|every|gaps|decimal|layout)\b")
"""Options of compare that a message on reading may name."""


def fresh_rows(data: DataPlan, section: ForecastSection, learned: ForecastLearned, source: object, back: int) -> Fresh:
    """The last window of each series in a table, and the steps after it.

    Rows at the end of a series whose targets are blank are steps to be forecast.

    Args:
        data: The plan's common part.
        section: The plan's section.
        learned: What the training part taught.
        source: What the user brings, or a series that was read and checked already.
        back: Steps that a simple rule looks back, where that is more than the network's window.

    Raises:
        DataError: The table does not fit the model.
    """
    series, told = (source, []) if isinstance(source, Series) else _read(data, section, source)
    ends, notes = _ends(series, section.horizon)
    notes = [*told, *notes, *_ends_apart(series, section)]
    series, ends, left = _long_enough(series, ends, data.window, 0 if series is source else back)
    notes += left
    learned, more = _learned_for(series, section, learned)
    known = places(data.features, section.known)
    _check_known(series, ends, known, section.horizon)
    rows = Rows(
        series.values, series.timeline, len(section.targets), known, _numbers(series, section), _terms(series, section)
    )
    how = (data.window, section.horizon, "mse", np.ones_like(learned.mean), section.quantiles)
    examples = ForecastExamples(rows, learned, *how)
    columns = steps_ahead(series, ends, section.horizon)

    def table(outputs: NDArray[Any]) -> pl.DataFrame:
        return pl.DataFrame([*columns, *_forecast(examples.quantiles(outputs, ends), section)])

    def banded(table: pl.DataFrame, bands: Bands) -> pl.DataFrame:
        own = learned.scale[examples.members(ends)][:, None]
        unit = np.ones_like(own) if bands.shares else own  # shares are of the table's own forecasts
        halves = {level: (unit * np.array(half)).reshape(-1, rows.targets) for level, half in bands.half.items()}
        return table.select(
            column
            for name in table.columns
            for column in (pl.col(name), *_bands(name, section.targets, halves, shares=bands.shares))
        )

    return Fresh(examples, ends, table, (*notes, *more, *_no_median(section)), banded)


def _bands(name: str, targets: Sequence[str], halves: dict[int, NDArray[np.float64]], *, shares: bool) -> list[pl.Expr]:
    """The columns that follow a target's: ``sales_lo80, sales_hi80, sales_lo95, sales_hi95``."""
    if name not in targets:
        return []
    half = {level: pl.Series(values[:, targets.index(name)]) for level, values in halves.items()}
    unit = pl.col(name).abs() if shares else pl.lit(1.0)
    return [
        (pl.col(name) + sign * unit * pl.lit(half[level])).alias(f"{name}_{side}{level}")
        for level in half
        for side, sign in (("lo", -1.0), ("hi", 1.0))
    ]


def _read(data: DataPlan, section: ForecastSection, source: object) -> tuple[Series, list[Told]]:
    """A table read as the training table was, and what is to be said of reading it."""
    calendar = Calendar.of(section.calendar) if section.calendar else None
    try:
        brought = read_table(source, section.how, taught=True)
        _check_columns(brought.frame, section.how)
        series = to_series(
            brought.frame, section.how, features=data.features, categories=data.categories, calendar=calendar
        )
    except (OptionError, DataError) as error:
        if not _OPTION.search(str(error)):
            raise
        raise DataError(
            f"{error}. predict reads a table as the training table was read and takes no such option: change the "
            "table, or train a model on it"
        ) from error
    # That there are no times is no news to a model that was trained without.
    kept = [note for note in series.notes if note != NOTHING_FOUND or section.how.time]
    return series, [*brought.notes, *kept]


def _forecast(values: NDArray[np.float64], section: ForecastSection) -> list[pl.Series]:
    """The columns of each target, from values of shape (series, horizon, targets, quantiles)."""
    columns, levels = [], section.quantiles
    for place, target in enumerate(section.targets):
        own = values[:, :, place].reshape(-1, values.shape[-1])
        columns.append(pl.Series(target, own[:, nearest_median(levels)].mean(axis=1) if levels else own[:, 0]))
        columns += [pl.Series(column(target, level), own[:, k]) for k, level in enumerate(levels)]
    return columns


def _no_median(section: ForecastSection) -> list[Told]:
    """What to say where the point forecast is not the median."""
    levels = section.quantiles
    if not levels or 0.5 in levels:
        return []
    nearest, names = [str(levels[place]) for place in nearest_median(levels)], listed(section.targets)
    if len(nearest) == 1:
        form = mark("no median was asked for: the column {names} holds the quantile nearest to it, {nearest}")
    else:
        form = mark("no median was asked for: the column {names} holds the mean of the quantiles {nearest}")
    return [Told(form, names=names, nearest=both(nearest))]


def _check_columns(frame: pl.DataFrame, how: Reading) -> None:
    """Refuse a table without a column that the training table was read by.

    Raises:
        DataError: Names the column.
    """
    if how.layout in ("wide", "rows"):
        return
    for said in (how.target, how.time, how.series):
        if said in (None, "none") or said in frame.columns:
            continue
        parts = [part.strip() for mark in (",", " + ") if mark in str(said) for part in str(said).split(mark)]
        missing = [name for name in parts or [str(said)] if name not in frame.columns]
        if missing and (not parts or len(missing) < len(set(parts)) or said == how.target):
            raise lacking(missing[0], frame)


def _ends_apart(series: Series, section: ForecastSection) -> list[Told]:
    """What to say where series end at different times, or the table ends before the training table did."""
    if series.stamps is None:
        return []
    lasts = series.stamps[series.timeline.starts[1:] - 1]
    told = []
    if series.zone != section.zone and isinstance(lasts[0], np.datetime64):
        got, expected = (zone or Told("no zone") for zone in (series.zone, section.zone))
        if series.zone and section.zone:
            form = mark("the times have {got}, those the model was trained on {expected}: they are kept as written")
        else:
            form = mark(
                "the times have {got}, those the model was trained on {expected}: both are taken as they are written"
            )
        told.append(Told(form, got=got, expected=expected))
    if len(np.unique(lasts)) > 1:
        told.append(
            Told(
                "the series end at different times, from {first} to {last}",
                first=moment(lasts.min()),
                last=moment(lasts.max()),
            )
        )
    before = section.ends and not _later(lasts.max(), section.ends)
    if before:
        told.append(
            Told(
                "the table ends at {stamp}, before the data the model was trained on ({ends}): it may have seen "
                "what it forecasts",
                stamp=moment(lasts.max()),
                ends=section.ends,
            )
        )
    return told


def _later(stamp: np.datetime64 | np.float64, ends: str) -> bool:
    """Whether a stamp is the training table's end, or after it."""
    if isinstance(stamp, np.datetime64):
        return bool(stamp >= np.datetime64(ends.replace(" ", "T"), "us"))
    return bool(float(stamp) >= float(ends.replace(",", "")))


def _ends(series: Series, horizon: int) -> tuple[NDArray[np.int64], list[Told]]:
    """The row that each series is forecast from, shape (series,), and what to say of blank ends."""
    starts, targets = series.timeline.starts, len(series.targets)
    ends: list[int] = []
    blanks: list[int] = []
    for first, last in pairwise(starts):
        known = np.flatnonzero(~np.isnan(series.values[first:last, :targets]).all(axis=1))
        if not len(known):
            raise DataError(
                f"{_called(series, len(ends))}: no row has a value of {listed(series.targets)}; bring the rows before "
                "those to forecast too"
            )
        end = int(first + known[-1] + 1)
        ends.append(end)
        blanks.append(int(last - end))
    most = max(blanks)
    if most > horizon:
        raise DataError(
            f"{_called(series, blanks.index(most))}: the last {most:,} rows have no {listed(series.targets)}, and the "
            f"model forecasts {counted(horizon, 'step')} ahead. Bring at most {counted(horizon, 'row')} without it at "
            f"the end, or train a model with --horizon {most}"
        )
    if not most:
        return np.array(ends), []
    rows, names = counted(most, "row"), listed(series.targets)
    if min(blanks) < most:
        rows = Told("{low:,} to {high:,} rows", low=min(blanks), high=most)
    if most == 1:
        return np.array(ends), [
            Told("the last {rows} has no {names}: it is the first step forecast", rows=rows, names=names)
        ]
    return np.array(ends), [
        Told("the last {rows} have no {names}: they are the steps forecast", rows=rows, names=names)
    ]


def _check_known(series: Series, ends: NDArray[np.int64], known: tuple[int, ...], horizon: int) -> None:
    """Refuse a table that lacks what is known ahead."""
    for member, (end, last) in enumerate(zip(ends, series.timeline.starts[1:], strict=True)):
        for place in known:
            there = series.values[end : min(end + horizon, last), place]
            if len(there) < horizon or np.isnan(there).any():
                got = counted(int((~np.isnan(there)).sum()), "value")
                raise DataError(
                    f"{_called(series, member)}: the model knows {named(series.features[place])} ahead, and the table "
                    f"has {got} of it after the last {listed(series.targets)}; bring {counted(horizon, 'row')} with it "
                    f"and with no {listed(series.targets)} at the end"
                )


def _long_enough(
    series: Series, ends: NDArray[np.int64], window: int, back: int
) -> tuple[Series, NDArray[np.int64], list[Told]]:
    """The series that reach back far enough, the rows they are forecast from, and what to say of the others.

    A window lies in one stretch of a series. A simple rule looks back over outages, and at the first row of a series
    that begins later than the table does, as it did in training; a table that begins too late may have been cut off.

    Raises:
        DataError: None does.
    """
    timeline = series.timeline
    stretch = np.minimum(timeline.before[ends - 1] + 1, ends - timeline.starts[:-1])
    reach = timeline.steps[ends - 1] + 1 - timeline.steps.min()
    short = (stretch < window) | (reach < back)
    if not short.any():
        return series, ends, []
    if short.all():
        rows = stretch[0] if stretch[0] < window else reach[0]
        raise _too_short(series, ends, 0, int(rows), max(window, back))
    kept, rows = np.flatnonzero(~short), ~short[timeline.members]
    fewer = replace(
        series,
        values=series.values[rows],
        stamps=None if series.stamps is None else series.stamps[rows],
        timeline=Timeline(timeline.steps[rows], np.searchsorted(kept, timeline.members[rows])),
        names=tuple(series.names[member] for member in kept),
    )
    names = with_commas([" ".join(series.names[member]) for member in np.flatnonzero(short)])
    told = Told(
        "not forecast, without the last {rows:,} rows in one piece that the model reads: {names}",
        rows=max(window, back),
        names=names,
    )
    return fewer, np.cumsum(rows)[ends[kept] - 1], [told]


def _too_short(series: Series, ends: NDArray[np.int64], member: int, rows: int, expected: int) -> DataError:
    cut = series.timeline.cuts[series.timeline.cuts < ends[member]]
    after = (
        f" after the long outage before {moment(series.stamps[cut[-1]])}"
        if len(cut) and series.stamps is not None and cut[-1] >= series.timeline.starts[member]
        else ""
    )
    which = f"{_called(series, member)}: " if series.keys else ""
    return DataError(
        f"{which}need at least the last {expected:,} rows, got {rows:,}{after}. Bring the rows before them too"
    )


def _terms(series: Series, section: ForecastSection) -> Terms | None:
    """The calendar terms that the model knows; None where it knows none.

    Raises:
        DataError: The table has no time stamps to compute them from.
    """
    if not section.terms:
        return None
    if series.stamps is None or section.calendar is None:
        raise DataError(
            f"{series.source} has no time stamps, and the model knows {counted(len(section.terms), 'term')} of the"
            " calendar. Bring the column of the time, or train a model with --no-calendar"
        )
    return Terms(section.terms, Calendar.of(section.calendar), series.stamps)


def _numbers(series: Series, section: ForecastSection) -> NDArray[np.int64] | None:
    """The number of each series among those learned from, -1 for a new one; None for one series without a name."""
    known = {name: place for place, name in enumerate(section.names)}
    return np.array([known.get(name, -1) for name in series.names]) if series.keys else None


def _learned_for(
    series: Series, section: ForecastSection, learned: ForecastLearned
) -> tuple[ForecastLearned, list[Told]]:
    """What was learned, in the order of the series at hand; a series that is new is scaled by its own rows."""
    if not series.keys:
        return learned, []
    found = _numbers(series, section)
    assert found is not None
    new = [name for name, place in zip(series.names, found, strict=True) if place < 0]
    places = np.maximum(found, 0)
    numbers = {name: getattr(learned, name)[places].copy() for name in ("mean", "spread", "drift", "center", "scale")}
    ratio = np.median(learned.spread / learned.scale, axis=0)
    for member in np.flatnonzero(found < 0):
        first, last = series.timeline.starts[member : member + 2]
        own = series.values[first:last, : len(series.targets)]
        scale = np.nanstd(own, axis=0)
        numbers["mean"][member] = numbers["center"][member] = np.nanmean(own, axis=0)
        numbers["scale"][member] = np.where(scale > 0.0, scale, 1.0)
        numbers["spread"][member] = numbers["scale"][member] * ratio
        numbers["drift"][member] = 0.0
    told = Told(
        "new to the model, scaled by their own rows: {names}", names=with_commas([" ".join(name) for name in new])
    )
    return replace(learned, **numbers), [told] if new else []


def _called(series: Series, member: int) -> str:
    """A series by its name, for a message."""
    return f"series {' '.join(series.names[member])}" if series.keys else series.source
