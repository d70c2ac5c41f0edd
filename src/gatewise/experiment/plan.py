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
from gatewise.tasks.classify import HOLDOUT_FOLDS, Classify
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
    _refuse_extremes(data)
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
            masked=(),
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
    return DataPlan(
        sha256=data.sha256(),
        examples=len(data.values),
        features=data.features,
        masked=(),
        target=data.target,
        time=data.time,
        duplicates=cast("Literal['first', 'last', 'mean'] | None", data.duplicates),
        horizon=options.horizon,
        window=window,
        season=season,
        classes=(),
    )


def _refuse_extremes(data: Series | SequenceSet) -> None:
    """Refuse numbers whose squares are no numbers any more."""
    largest = np.nanmax(np.abs(data.values), axis=tuple(range(data.values.ndim - 1)))
    for feature, size in zip(data.features, largest.tolist(), strict=True):
        if size > 1e100 or 0.0 < size < 1e-100:
            raise DataError(
                f"the values of {feature} reach {size:.3g}; wanted: sizes between 1e-100 and 1e100, for losses square"
                " them. Bring them in another unit"
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
    n = len(data.lengths)
    training = data.test_start or n - -(-n // HOLDOUT_FOLDS)
    folds = 3 if 6 <= training < 300 else 1
    if data.test_start is not None:
        return SplitPlan(kind="own", count=1, borders=(), block=1, tuning_folds=folds)
    if count == 1:
        return SplitPlan(kind="holdout", count=1, borders=(), block=1, tuning_folds=folds)
    return SplitPlan(kind="folds", count=count, borders=(), block=1, tuning_folds=1)


def _split_counts(data: Series | SequenceSet) -> tuple[int, ...]:
    """Numbers of splits to choose from, the most telling first: test noise is often the larger half."""
    if isinstance(data, Series):
        return 3, 2, 1
    if data.test_start is not None:
        return (1,)
    assert data.labels is not None
    smallest = int(np.bincount(data.labels).min())
    return (*(count for count in (5, 3, 2) if count <= smallest), 1)


def offered_splits(data: Series | SequenceSet, plan: DataPlan, metric: str, seed: int) -> tuple[SplitPlan, ...]:
    """The splits to choose from: those whose every part holds something, and of a series at least one whole block.

    Raises:
        DataError: There is none; the message names the part that stays empty.
    """
    candidates = [split_plan(data, plan, count) for count in _split_counts(data)]
    empty = {splits: _empty_part(build_task(data, plan, splits, metric, seed)) for splits in candidates}
    usable = tuple(splits for splits in candidates if empty[splits] is None)
    if usable:
        return usable
    part = empty[candidates[-1]] or "test"
    if isinstance(data, SequenceSet):
        raise DataError(
            f"{len(data.lengths)} sequences came; they leave nothing for {part}. Bring more sequences of each class"
        )
    missing = int(np.isnan(data.values[:, 0]).sum())
    what = f"{plan.examples} rows came" + (f", {missing} of them without a target" if missing else "")
    raise DataError(
        f"the series is too short: {what}; a window of {plan.window} and a horizon of {plan.horizon} leave nothing for"
        f" {part}. {_shorter(data, plan, metric, seed)}"
    )


def _shorter(data: Series, plan: DataPlan, metric: str, seed: int) -> str:
    """What to type instead: a shorter window, or a shorter horizon too, that was tried and goes."""
    for horizon in _halves(plan.horizon):
        for window in _halves(plan.window):
            tried = plan.model_copy(update={"window": window, "horizon": horizon})
            if _empty_part(build_task(data, tried, split_plan(data, tried, 1), metric, seed)) is None:
                return f"Type: --window {window}" + (f" --horizon {horizon}" if horizon < plan.horizon else "")
    return "Bring more rows, or fill the gaps of the target"


def _halves(value: int) -> list[int]:
    """The value, half of it, a quarter, ... down to 1."""
    return [value >> k for k in range(value.bit_length())]


def _empty_part(task: Task) -> str | None:
    """The first part of any split that holds too little; None when all are well filled."""
    splits, block = task.splits, task.splits.block
    for split in range(splits.count):
        for phase, draws in (("tune", splits.tuning_folds), ("pair", 1)):
            for parts in (task.parts(split, phase, draw) for draw in range(draws)):
                for name, part in (("training", parts.train), ("validation", parts.validation), ("test", parts.test)):
                    if not len(part):
                        return name
        if splits.kind == "origins" and splits.borders[split + 1] - splits.borders[split] < block:
            return "test"
    return None


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
    splits: tuple[SplitPlan, ...]


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
    splits = offered_splits(data, described, metric, options.seed)
    built = build_task(data, described, splits[0], metric, options.seed)
    parts = built.parts(0, "tune", 0)
    described = described.model_copy(update={"masked": built.gaps(parts)})
    match = match_width if options.match == "width" else match_parameters
    hidden = match(options.cells, options.params, described.channels, built.outputs)
    sizes = {cell: model_parameters(cell, described.channels, h, built.outputs) for cell, h in hidden.items()}
    batches = tuple(b for b in BATCH_SIZES if b <= max(BATCH_SIZES[0], len(parts.train) // 4))
    return Draft(task, described, metric, hidden, sizes, batches, len(parts.train), splits)


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


def make_plan(drafted: Draft, options: Options, purse: Purse) -> Plan:
    """Lay out the work that the purse pays for and lock everything that decides the answer.

    Raises:
        OptionError: Too few fits for one pair.
    """
    layout = _by_fits(drafted, options) if purse.unit == "fits" else _by_seconds(drafted, options, purse)
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
        # Folds test what other folds train on: what one fold's fits say must not widen or lengthen another's.
        rungs=1 if layout.splits.kind == "folds" else RUNGS,
        wider=0 if layout.splits.kind == "folds" else WIDER,
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


def _by_fits(drafted: Draft, options: Options) -> Layout:
    """Divide a number of fits: the most splits that still allow ten pairs, then configurations, then pairs."""
    assert options.fits is not None
    cells, total = len(options.cells), options.fits
    for splits in drafted.splits:
        if splits is drafted.splits[-1] or total >= cells * (4 * _tuning_fits(splits) + 10 * splits.count):
            break
    pair = cells * splits.count
    if total < pair:
        raise OptionError(f"--fits {total} do not pay for one pair of {cells} cells. Type: --fits {pair}")
    each = cells * _tuning_fits(splits)
    spare = max(0, total - FIRST_LOOK * pair)
    count = min(12, int(0.35 * total) // each, spare // each)
    count = count if count >= 2 else 1
    left = total - (each * count if count > 1 else 0)
    steps = PASSES * drafted.training // BATCH_SIZES[1] * (2 if splits.kind == "folds" else 1)
    return Layout(splits, count, min(max(steps, STEPS[0]), STEPS[1]), min(LOOKS[-1], left // pair))


def _by_seconds(drafted: Draft, options: Options, purse: Purse) -> Layout:
    """Divide core seconds: as many splits, then configurations, as leave `GOOD_STEPS`; then steps, then pairs."""
    price = sum(max(purse.step[cell].values()) for cell in options.cells)
    overhead = sum(purse.overhead[cell] for cell in options.cells)
    choices = [(splits, listed) for splits in drafted.splits for listed in (10, 6)] + [(drafted.splits[-1], 3)]
    for splits, listed in choices:
        fits = listed * _tuning_fits(splits) + SAVED * LOOKS[1] * splits.count
        steps = (purse.total / fits - overhead) / price
        if steps >= GOOD_STEPS:
            break
    steps = round(min(max(steps, STEPS_RANGE[0]), STEPS_RANGE[1]))
    each = price * steps + overhead
    left = purse.total - listed * _tuning_fits(splits) * each
    pairs = max(1, int(max(0.0, left) / (SAVED * each * splits.count)))
    # Fits often end earlier than expected, so the plan looks further than it can pay for; the purse has the last word.
    most = LOOKS[-1] if pairs >= LOOKS[1] else LOOKS[1] if 2 * pairs >= LOOKS[0] else LOOKS[0]
    return Layout(splits, listed, steps, most)
