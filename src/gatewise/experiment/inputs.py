"""What the networks read, column by column, and where each part of a split lies, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.run.inputs import Column, Inputs, Part
from gatewise.tasks.forecast import Forecast
from gatewise.tasks.sequences import SequenceTask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.tasks.protocol import Task

MOST = 60
"""Columns that are described."""


def inputs(task: Task, splits: int) -> Inputs:
    """The columns, and the parts of so many splits; symbols and frames have no columns."""
    return Inputs(columns=_columns(task), among=len(task.setting.data.features), parts=_parts(task, splits))


def _columns(task: Task) -> tuple[Column, ...]:
    if isinstance(task, Forecast):
        values = task.series.values
    elif isinstance(task, SequenceTask):
        inside = np.arange(task.values.shape[1]) < task.lengths[:, None]
        values = task.values[inside]
    else:
        return ()
    names = task.setting.data.features[:MOST]
    return tuple(_column(task, name, values[:, k]) for k, name in enumerate(names))


def _column(task: Task, name: str, values: NDArray[np.float64]) -> Column:
    categories = len(task.setting.data.categories.get(name, ()))
    there = values[~np.isnan(values)]
    told = not categories and len(there) > 0
    return Column(
        name=name,
        role=_role(task, name),
        values=categories,
        missing=1.0 - len(there) / max(1, len(values)),
        least=float(there.min()) if told else None,
        middle=float(np.median(there)) if told else None,
        most=float(there.max()) if told else None,
    )


def _role(task: Task, name: str) -> Any:
    if not isinstance(task, Forecast):
        return "input"
    return "target" if name in task.series.targets else "known" if name in task.series.known else "past"


def _parts(task: Task, splits: int) -> tuple[Part, ...]:
    found = []
    for split in range(splits):
        parts = task.parts(split, "pair", 0)
        kinds: tuple[tuple[Any, NDArray[np.int64]], ...] = (
            ("train", parts.train),
            ("validation", parts.validation),
            ("test", parts.test),
        )
        for kind, ids in kinds:
            first, last = _span(task, ids)
            found.append(Part(split=split, part=kind, examples=len(ids), first=first, last=last))
    return tuple(found)


def _span(task: Task, ids: NDArray[np.int64]) -> tuple[Any, Any]:
    """Where the targets of these windows begin and end in time, over all series."""
    if not isinstance(task, Forecast) or not len(ids):
        return None, None
    series, ends = task.series, ids + task.horizon - 1
    if series.stamps is None:
        steps = series.timeline.steps - series.timeline.steps.min() + 1
        return float(steps[ids].min()), float(steps[ends].max())
    first, last = series.stamps[ids].min(), series.stamps[ends].max()
    if series.stamps.dtype.kind != "M":
        return float(first), float(last)
    return str(np.datetime_as_string(first, unit="s")), str(np.datetime_as_string(last, unit="s"))
