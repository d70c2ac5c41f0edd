"""What the data allow: the task, the plan's data section, and the splits to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.frames import Frames
from gatewise.data.symbols import Symbols
from gatewise.errors import DataError, OptionError
from gatewise.tasks import meant, on

if TYPE_CHECKING:
    from gatewise.data.shapes import Data
    from gatewise.run.options import Options
    from gatewise.run.plan import Setting, SplitPlan
    from gatewise.tasks.protocol import Described, Task


def question(data: Data, options: Options) -> tuple[type[Task], Described, str]:
    """What is asked of the data: the task, what was read for it, and the metric.

    Raises:
        DataError: The data are too few, or no numbers to be squared.
        OptionError: An option or the metric belongs to another task.
    """
    refuse_extremes(data)
    task = meant(data, options)
    described = task.describe(data, options)
    metric = options.metric or next(iter(task.metrics))
    if metric not in task.metrics:
        raise OptionError(
            f"--metric {metric} does not fit these data ({task.name}), expected one of: {', '.join(task.metrics)}."
            f" Type: --metric {next(iter(task.metrics))}"
        )
    return task, described, metric


def refuse_extremes(data: Data) -> None:
    """Refuse numbers whose squares are no numbers any more.

    Raises:
        DataError: The message names the column.
    """
    if isinstance(data, Symbols | Frames):
        return
    largest = np.max(np.nan_to_num(np.abs(data.values)), axis=tuple(range(data.values.ndim - 1)))
    for feature, size in zip(data.features, largest.tolist(), strict=True):
        if size > 1e100 or 0.0 < size < 1e-100:
            raise DataError(
                f"the values of {feature} reach {size:.3g}, expected sizes between 1e-100 and 1e100, for losses square"
                " them. Bring them in another unit"
            )


def usable_splits(data: Data, setting: Setting, candidates: tuple[SplitPlan, ...]) -> tuple[SplitPlan, ...]:
    """The splits to choose from: those whose every part holds enough.

    Raises:
        DataError: There is none; the message names the part that stays empty.
    """
    lacking = {splits: _lacking(on(data, setting._replace(splits=splits))) for splits in candidates}
    usable = tuple(splits for splits in candidates if lacking[splits] is None)
    if usable:
        return usable
    last = candidates[-1]
    task = on(data, setting._replace(splits=last))
    raise task.too_few(data, task.setting, lacking[last] or "test")


def can_rehearse(task: Task) -> bool:
    """Whether there are rows enough for an origin before the first one."""
    return task.lacks(0, task.parts(0, "rehearse", 0)) is None


def _lacking(task: Task) -> str | None:
    """The first part of any split that holds too little; None when all hold enough."""
    splits = task.setting.splits
    for split in range(splits.count):
        # Pairs without a validation part train on more than tuning fits do, and are tested on the same.
        pairs = [("pair", 1)] if splits.validated else []
        for phase, draws in [("tune", splits.tuning_folds), *pairs]:
            for draw in range(draws):
                found = task.lacks(split, task.parts(split, phase, draw))
                if found is not None:
                    return found
    return None
