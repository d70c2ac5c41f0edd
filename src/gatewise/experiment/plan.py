"""The plan: metric, margin, splits, configurations, looks and the work to be done, fixed before any training."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from gatewise.data.schema import SequenceSet, Series
from gatewise.data.split import origins
from gatewise.documents import DataPlan, Plan, SplitPlan, Work
from gatewise.errors import DataError, OptionError
from gatewise.experiment.match import match_parameters, match_width, model_parameters
from gatewise.experiment.tune import configurations
from gatewise.judge import FIRST_LOOK
from gatewise.options import METRICS, Options
from gatewise.tasks.classify import Classify
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from gatewise.experiment.train import Task

LOOKS = (8, 12, 20, 30)
"""Pairs after which the data are judged."""

BATCH_SIZES = (16, 32, 64)

STEPS, PASSES = (400, 1500), 10
"""Where the work is counted in fits: steps of a fit on the first rung, least and most, and about how many times they
visit each training example."""

STEPS_RANGE = (60, 1500)
"""Optimiser steps that a time budget is turned into, least and most."""

GOOD_STEPS = 300
"""A time budget buys this many steps before it buys more splits or configurations."""

RUNGS, WIDER, EVALUATIONS, PATIENCE = 3, 2, 20, 6

SAVED = 0.5
"""Early endings are expected to cut the work of a pair to this share; looks are planned with it."""


def default_window(season: int, horizon: int, rows: int) -> int:
    """Input steps: two seasons and twice the horizon, at least 16, at most a twelfth of the series."""
    return max(1, min(max(2 * season, 2 * horizon, 16), rows // 12))


def data_plan(data: Series | SequenceSet, options: Options) -> DataPlan:
    """What was read, as the plan records it.

    Raises:
        DataError: The series is too short for its window, horizon and test part.
        OptionError: An option of the other task was given.
    """
    if isinstance(data, SequenceSet):
        for name, value in (("--window", options.window), ("--season", options.season)):
            if value is not None:
                raise OptionError(f"{name} belongs to a forecast; these data are sequences to classify. Leave it out")
        if options.horizon != 1:
            raise OptionError("--horizon belongs to a forecast; these data are sequences to classify. Leave it out")
        return DataPlan(
            sha256=data.sha256(),
            examples=len(data.lengths),
            features=data.features,
            channels=len(data.features),
            target=None,
            time=None,
            duplicates=None,
            horizon=0,
            window=int(data.lengths.max()),
            season=1,
            classes=data.classes,
        )
    season = options.season or data.season
    window = options.window or default_window(season, options.horizon, len(data.values))
    _long_enough(len(data.values), window, options)
    return DataPlan(
        sha256=data.sha256(),
        examples=len(data.values),
        features=data.features,
        channels=len(data.features),
        target=data.target,
        time=data.time,
        duplicates=cast("Literal['first', 'last', 'mean'] | None", data.duplicates),
        horizon=options.horizon,
        window=window,
        season=season,
        classes=(),
    )


def _long_enough(rows: int, window: int, options: Options) -> None:
    """Refuse a series that cannot be trained, validated and tested on without overlap."""
    horizon = options.horizon
    # Before the first origin: a window, its targets, a few windows to learn from, gaps and a validation part.
    wanted = max(int((window + 5 * horizon + 16) / 0.6), 2 * (window + horizon))
    if rows >= wanted:
        return
    smaller = max(1, rows // 12)
    hint = "Bring more rows" if horizon == 1 else "Type: a shorter --horizon, or bring more rows"
    hint = f"Type: --window {smaller}" if window > smaller else hint
    raise DataError(
        f"the series is too short: {rows} rows came; a window of {window}, a horizon of {horizon}, training, validation"
        f" and test need at least {wanted}. {hint}"
    )


def build_task(data: Series | SequenceSet, plan: DataPlan, splits: SplitPlan, metric: str, seed: int) -> Task:
    """The task of a plan on its data."""
    if isinstance(data, SequenceSet):
        assert data.labels is not None
        return Classify(data.values, data.lengths, data.labels, data.test_start, plan, splits, metric, seed)
    return Forecast(data.values, plan, splits, metric)


def split_plan(data: Series | SequenceSet, plan: DataPlan, count: int) -> SplitPlan:
    """The splits, ``count`` of them where the data leave a choice."""
    if isinstance(data, Series):
        block = max(plan.window + plan.horizon, plan.season)
        borders = origins(plan.examples, count)
        return SplitPlan(kind="origins", count=count, borders=borders, block=block, tuning_folds=1)
    training = data.test_start or round(len(data.lengths) * (1 - 1 / max(3, count)))
    folds = 3 if training < 300 else 1
    if data.test_start is not None:
        return SplitPlan(kind="own", count=1, borders=(), block=1, tuning_folds=folds)
    if count == 1:
        return SplitPlan(kind="holdout", count=1, borders=(), block=1, tuning_folds=folds)
    return SplitPlan(kind="folds", count=count, borders=(), block=1, tuning_folds=1)


def split_counts(data: Series | SequenceSet) -> tuple[int, ...]:
    """Numbers of splits to choose from, the most telling first: test noise is often the larger half."""
    if isinstance(data, Series):
        return 3, 2, 1
    if data.test_start is not None:
        return (1,)
    smallest = int(np.bincount(cast("np.ndarray[tuple[int], np.dtype[np.int64]]", data.labels)).min())
    return (*(count for count in (5, 3, 2) if count <= smallest), 1)


@dataclass(frozen=True)
class Draft:
    """A plan before its work is laid out: what the data and the options alone decide."""

    task: str
    data: DataPlan
    metric: str
    hidden_size: dict[str, int]
    parameters: dict[str, int]
    batch_sizes: tuple[int, ...]
    training: int


def draft(data: Series | SequenceSet, options: Options) -> Draft:
    """Decide task, metric and widths.

    Raises:
        OptionError: The metric belongs to the other task, or no width fits the parameters.
    """
    described = data_plan(data, options)
    task = "forecast" if isinstance(data, Series) else "classify"
    metric = options.metric or METRICS[task][0]
    if metric not in METRICS[task]:
        raise OptionError(
            f"--metric {metric} does not fit these data ({task}); wanted one of: {', '.join(METRICS[task])}."
            f" Type: --metric {METRICS[task][0]}"
        )
    splits = split_plan(data, described, split_counts(data)[0])
    built = build_task(data, described, splits, metric, options.seed)
    parts = built.parts(0, "tune", 0)
    described = described.model_copy(update={"channels": built.examples(parts).learned.inputs.channels})
    match = match_width if options.match == "width" else match_parameters
    hidden = match(options.cells, options.params, described.channels, built.outputs)
    sizes = {cell: model_parameters(cell, described.channels, h, built.outputs) for cell, h in hidden.items()}
    batches = tuple(b for b in BATCH_SIZES if b <= max(BATCH_SIZES[0], len(parts.train) // 4))
    return Draft(task, described, metric, hidden, sizes, batches, len(parts.train))


# --------------------------------------------------------------------------------------------------
# The work


@dataclass(frozen=True)
class Layout:
    """How the work is divided.

    Attributes:
        splits: Of every pair.
        configurations: In the list.
        steps: Of a fit on the first rung.
        pairs: At most.
    """

    splits: SplitPlan
    configurations: int
    steps: int
    pairs: int


@dataclass(frozen=True)
class Purse:
    """What a comparison may spend, and what things cost.

    Attributes:
        unit: ``fits``, or predicted core ``seconds``.
        total: In that unit.
        step: Cell -> batch size -> core seconds per optimiser step.
        overhead: Cell -> core seconds per fit spent preparing and scoring.
    """

    unit: Literal["fits", "seconds"]
    total: float
    step: dict[str, dict[str, float]] = field(default_factory=dict)
    overhead: dict[str, float] = field(default_factory=dict)


def make_plan(data: Series | SequenceSet, drafted: Draft, options: Options, purse: Purse) -> Plan:
    """Lay out the work that the purse pays for and lock everything that decides the answer.

    Raises:
        OptionError: Too few fits for one pair.
    """
    layout = _by_fits(data, drafted, options) if purse.unit == "fits" else _by_seconds(data, drafted, options, purse)
    return Plan(
        task=cast("Literal['forecast', 'classify']", drafted.task),
        data=drafted.data,
        metric=cast("Literal['mse', 'mae', 'accuracy', 'log-loss']", drafted.metric),
        margin=options.margin,
        seed=options.seed,
        cells=options.cells,
        match=cast("Literal['params', 'width', 'time']", options.match),
        hidden_size=drafted.hidden_size,
        parameters=drafted.parameters,
        splits=layout.splits,
        configurations=configurations(layout.configurations, drafted.batch_sizes, options.seed),
        steps=_steps(layout.steps, options, purse),
        rungs=RUNGS,
        wider=WIDER,
        evaluations=EVALUATIONS,
        patience=PATIENCE,
        looks=looks(layout.pairs),
        pairs=layout.pairs,
        work=Work(
            unit=purse.unit,
            total=purse.total,
            prices=purse.step if purse.unit == "seconds" else {},
            overhead=purse.overhead if purse.unit == "seconds" else {},
        ),
    )


def looks(pairs: int) -> tuple[int, ...]:
    """The looks that ``pairs`` pairs allow: those of `LOOKS`, the last one at the end; none below the first."""
    planned = [n for n in LOOKS if n < pairs]
    return (*planned, pairs) if pairs >= FIRST_LOOK else ()


def _steps(steps: int, options: Options, purse: Purse) -> dict[str, int]:
    """Steps of each cell: equal, or, where training time is matched, in inverse proportion to their price."""
    if options.match != "time":
        return dict.fromkeys(options.cells, steps)
    price = {cell: statistics.fmean(purse.step[cell].values()) for cell in options.cells}
    typical = statistics.fmean(price.values())
    return {cell: max(STEPS_RANGE[0], round(steps * typical / price[cell])) for cell in options.cells}


def _tuning_fits(splits: SplitPlan) -> int:
    """Tuning fits of one configuration and one cell."""
    return splits.tuning_folds * (splits.count if splits.kind == "folds" else 1)


def _by_fits(data: Series | SequenceSet, drafted: Draft, options: Options) -> Layout:
    """Divide a number of fits: the most splits that still allow ten pairs, then configurations, then pairs."""
    assert options.fits is not None
    cells, total = len(options.cells), options.fits
    for count in split_counts(data):
        splits = split_plan(data, drafted.data, count)
        if count == split_counts(data)[-1] or total >= cells * (4 * _tuning_fits(splits) + 10 * splits.count):
            break
    pair = cells * splits.count
    if total < pair:
        raise OptionError(f"--fits {total} do not pay for one pair of {cells} cells. Type: --fits {pair}")
    each = cells * _tuning_fits(splits)
    spare = max(0, total - FIRST_LOOK * pair)
    count = min(12, int(0.35 * total) // each, spare // each)
    count = count if count >= 2 else 1
    left = total - (each * count if count > 1 else 0)
    steps = PASSES * drafted.training // BATCH_SIZES[1]
    return Layout(splits, count, min(max(steps, STEPS[0]), STEPS[1]), min(LOOKS[-1], left // pair))


def _by_seconds(data: Series | SequenceSet, drafted: Draft, options: Options, purse: Purse) -> Layout:
    """Divide core seconds: as many splits, then configurations, as leave `GOOD_STEPS`; then steps, then pairs."""
    price = sum(max(purse.step[cell].values()) for cell in options.cells)
    overhead = sum(purse.overhead[cell] for cell in options.cells)
    choices = [(n, c) for n in split_counts(data) for c in (10, 6)] + [(split_counts(data)[-1], 3)]
    for count, listed in choices:
        splits = split_plan(data, drafted.data, count)
        fits = listed * _tuning_fits(splits) + SAVED * LOOKS[1] * splits.count
        steps = (purse.total / fits - overhead) / price
        if steps >= GOOD_STEPS:
            break
    steps = round(min(max(steps, STEPS_RANGE[0]), STEPS_RANGE[1]))
    each = price * steps + overhead
    left = purse.total - listed * _tuning_fits(splits) * each
    pairs = max(1, int(max(0.0, left) / (SAVED * each * splits.count)))
    # Whoever can pay for two looks may come to pay for all of them, where fits end early.
    return Layout(splits, listed, steps, LOOKS[-1] if pairs >= LOOKS[1] else pairs)
