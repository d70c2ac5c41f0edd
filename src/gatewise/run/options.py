"""What a user may ask for, checked before anything is read or trained."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.arms import labels
from gatewise.errors import OptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METRICS = {"forecast": ("mse", "mae"), "classify": ("accuracy", "log-loss")}
MATCHES = ("params", "width", "time", "none")
DEFAULT_BUDGET = "3m"
FEWEST_FITS = 4

WIDEST = 4096
"""Largest hidden size that may be stated: some 70 million parameters of an LSTM, hours a fit on a processor."""


@dataclass(frozen=True)
class Options:
    """Everything a comparison can be asked for, besides the data.

    Attributes:
        target: Forecast: the column to predict.
        time: Forecast: the column that orders the rows.
        duplicates: Forecast: how equal time stamps are resolved, ``first``, ``last`` or ``mean``.
        horizon: Forecast: steps ahead.
        window: Forecast: input steps; None to choose by season and horizon.
        season: Forecast: steps in one season; None to read it off the time stamps.
        cells: Labels of the cells, the first two judged.
        params: Wanted parameters of each model.
        match: On what terms the cells meet: equal ``params``, ``width`` or training ``time``; ``none`` for ``hidden``.
        metric: None for the task's first: ``mse`` or ``accuracy``.
        margin: Differences in skill up to this size are practically nothing.
        seed: Of every random stream.
        budget: Seconds; None with ``fits``.
        fits: Number of fits; None with ``budget``.
        hidden: The label and the hidden size of each cell, in their order, which take the place of ``params``; None
            unless ``match`` is ``none``.
    """

    target: str | None
    time: str | None
    duplicates: str | None
    horizon: int
    window: int | None
    season: int | None
    cells: tuple[str, ...]
    params: int
    match: str
    metric: str | None
    margin: float
    seed: int
    budget: float | None
    fits: int | None
    hidden: tuple[tuple[str, int], ...] | None = None


def options(
    *,
    target: str | None = None,
    time: str | None = None,
    duplicates: str | None = None,
    horizon: int = 1,
    window: int | None = None,
    season: int | None = None,
    cells: str | Sequence[str] = "lstm,gru",
    params: int = 10_000,
    match: str = "params",
    metric: str | None = None,
    margin: float = 0.01,
    seed: int = 0,
    budget: str | float | None = None,
    fits: int | None = None,
    hidden: str | Mapping[str, int] | None = None,
) -> Options:
    """Check the options.

    Raises:
        OptionError: One of them is out of its range; the message names it.
    """
    names = [name.strip() for name in cells.split(",") if name.strip()] if isinstance(cells, str) else list(cells)
    check_whole("--horizon", horizon, 1, "7 forecasts the next seven steps")
    check_whole("--params", params, 1, "10000")
    check_whole("--seed", seed, 0, "0")
    for name, value in (("--window", window), ("--season", season)):
        if value is not None:
            check_whole(name, value, 1, "24")
    if not (math.isfinite(margin) and 0.0 < margin < 1.0):
        raise OptionError(
            f"--margin {margin!r} is out of range; wanted: a difference above 0 and below 1. Type: --margin 0.01"
        )
    _one_of("--match", match, MATCHES)
    if metric is not None:
        _one_of("--metric", metric, [m for metrics in METRICS.values() for m in metrics])
    if duplicates is not None:
        _one_of("--duplicates", duplicates, ("first", "last", "mean"))
    if budget is not None and fits is not None:
        raise OptionError("--budget and --fits were both given; wanted: one of them. Leave one out")
    if fits is not None:
        check_whole("--fits", fits, FEWEST_FITS, "100")
    seconds = None if fits is not None else parse_duration(DEFAULT_BUDGET if budget is None else budget)
    arms = labels(names)
    return Options(
        target=target,
        time=time,
        duplicates=duplicates,
        horizon=horizon,
        window=window,
        season=season,
        cells=arms,
        params=params,
        match=match,
        metric=metric,
        margin=float(margin),
        seed=seed,
        budget=seconds,
        fits=fits,
        hidden=_widths(hidden, match, arms),
    )


def _widths(
    hidden: str | Mapping[str, int] | None, match: str, cells: tuple[str, ...]
) -> tuple[tuple[str, int], ...] | None:
    """The hidden size of each cell, in the cells' order, where ``--match none`` asks for it."""
    example = "--match none --hidden " + ",".join(f"{cell}=32" for cell in cells)
    if match != "none":
        if hidden is None:
            return None
        raise OptionError(f"--hidden came with --match {match}, which finds the widths; wanted: none. Type: {example}")
    stated = _pairs(hidden, example) if isinstance(hidden, str) else {} if hidden is None else dict(hidden)
    for label in stated:
        if label not in cells:
            raise OptionError(f"--hidden: {label!r} is none of --cells; {nearest(str(label), cells)}. Type: {example}")
    lacking = [cell for cell in cells if cell not in stated]
    if lacking:
        raise OptionError(
            f"--match none: no width came for {', '.join(lacking)}; wanted: one for each of --cells. Type: {example}"
        )
    for label, width in stated.items():
        if not _is_whole(width, 1) or width > WIDEST:
            raise OptionError(
                f"--hidden {label}={width} is out of range; wanted: a whole number from 1 to {WIDEST}. Type: {example}"
            )
    return tuple((cell, stated[cell]) for cell in cells)


def _pairs(text: str, example: str) -> dict[str, int]:
    """Widths by label from ``lstm=40,gru=2``."""
    found: dict[str, int] = {}
    for part in text.split(","):
        label, _, width = (piece.strip() for piece in part.partition("="))
        if not width.isdecimal():
            raise OptionError(f"--hidden {part.strip()!r} is no cell and its width, a whole number. Type: {example}")
        if label in found:
            raise OptionError(f"--hidden: {label} came twice; wanted: one width for each of --cells. Type: {example}")
        found[label] = int(width)
    return found


_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def parse_duration(text: str | float) -> float:
    """Seconds from ``90``, ``90s``, ``2m``, ``1.5h`` or ``1h30m``.

    Raises:
        OptionError: It is no duration, or not above zero.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)(min|[smh]?)", str(text).strip().lower())
    whole = "".join(number + unit for number, unit in parts)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not parts or whole != str(text).strip().lower() or not 0.0 < seconds < 1e7:
        raise OptionError(f"--budget {str(text)!r} is no time to spend; wanted: a time above zero. Type: --budget 2m")
    return seconds


def default_workers() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """The number of worker processes: as asked, or one a processor.

    Raises:
        OptionError: Fewer than one.
    """
    if workers is None:
        return default_workers()
    check_whole("--workers", workers, 1, "2")
    return workers


def check_whole(name: str, value: object, least: int, example: str) -> None:
    """Refuse an option that is no whole number from ``least`` on; ``example`` is what to type after its name.

    Raises:
        OptionError: The message names it.
    """
    if not _is_whole(value, least):
        raise OptionError(
            f"{name} {value!r} is out of range; wanted: a whole number from {least} on. Type: {name} {example}"
        )


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _one_of(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise OptionError(
            f"{name} {value!r} is not known; wanted one of: {', '.join(choices)}. Type: {name} {choices[0]}"
        )
