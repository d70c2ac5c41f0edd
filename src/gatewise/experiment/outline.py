"""What the data allow: the plan's data section, the splits to choose from, the task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from gatewise.data.shapes import SequenceSet, Series
from gatewise.data.split import origins
from gatewise.errors import DataError, OptionError
from gatewise.run.plan import DataPlan, SplitPlan
from gatewise.tasks.classify import HOLDOUT_FOLDS, Classify
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from gatewise.experiment.train import Task
    from gatewise.run.options import Options


FEWEST_WINDOWS = 8
"""A series that leaves fewer windows to learn from is too short."""


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
    came = f"{plan.examples} rows came" + (f", {missing} of them without a target" if missing else "")
    raise DataError(
        f"the series is too short: {came}; a window of {plan.window} and a horizon of {plan.horizon} leave too little"
        f" for {part}. {_shorter(data, plan, metric, seed)}"
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
    """The first part of any split that holds too little; None when all are filled."""
    splits, block = task.splits, task.splits.block
    for split in range(splits.count):
        for phase, draws in (("tune", splits.tuning_folds), ("pair", 1)):
            for parts in (task.parts(split, phase, draw) for draw in range(draws)):
                for name, part in (("training", parts.train), ("validation", parts.validation), ("test", parts.test)):
                    if len(part) < (FEWEST_WINDOWS if (splits.kind, name) == ("origins", "training") else 1):
                        return name
        if splits.kind == "origins" and splits.borders[split + 1] - splits.borders[split] < block:
            return "test"
    return None
