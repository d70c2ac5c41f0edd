"""Covariates that give the target away: they are left out, and told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gatewise.data.split import first_tested
from gatewise.languages import Told, mark
from gatewise.text import counted, named

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from gatewise.data.series import Series

ALIKE = 0.999
"""Changes of two columns with a larger correlation are those of one column."""

OWN = 0.99
"""Of a target whose changes repeat that much by themselves no column is said to lead it."""

FEWEST_CHANGES = 24


def without_leaks(series: Series, horizon: int, keep: Collection[str]) -> Series:
    """The series without the covariates that give a target away.

    A covariate that is known ahead does so if it is the target in disguise at the same step: the same changes, or a
    part of a sum whose parts are all known. One of the past only does so if it leads the target: its changes are
    those that the target has up to ``horizon`` steps later. Lags of the target in it are legitimate. Only rows before
    the first test step are looked at.

    Args:
        series: As it was read.
        horizon: Steps that are forecast.
        keep: Covariates that stay, whatever they give away.
    """
    steps = series.timeline.steps
    early = steps - steps.min() < first_tested(steps, series.test_start)
    known = [name for name in series.known if name not in keep and name not in series.categories]
    notes: dict[str, Told] = {}
    for place, target in enumerate(series.targets):
        for name in series.features[len(series.targets) :]:
            if name in keep or name in notes or name in series.categories:
                continue
            ahead = [0] if name in known else range(1, horizon + 1)
            step = _leads(series, name, place, early, ahead)
            if step is not None:
                when = Told("at the same time") if step == 0 else Told("{steps} earlier", steps=counted(step, "step"))
                notes[name] = Told("it moves as {name} does, {when}", name=named(target), when=when)
        rest = [name for name in known if name not in notes]
        for name in _parts_of_sum(series, rest, place, early):
            notes[name] = Told("{name} is a sum of it and other columns known ahead", name=named(target))
    if not notes:
        return series
    kept = [place for place, name in enumerate(series.features) if name not in notes]
    form = mark("left out, it gives the target away: {name} ({why}). To use it all the same, type: --keep {typed}")
    told = [Told(form, name=named(name), why=why, typed=name) for name, why in notes.items()]
    return replace(
        series,
        features=tuple(series.features[place] for place in kept),
        values=series.values[:, kept],
        known=tuple(name for name in series.known if name not in notes),
        notes=(*series.notes, *told),
    )


def _leads(series: Series, name: str, target: int, early: NDArray[np.bool_], ahead: Collection[int]) -> int | None:
    """The first of ``ahead`` steps by which a column's changes are the target's; None where they are not."""
    column, goal = series.values[:, series.features.index(name)], series.values[:, target]
    for step in ahead:
        if _alike(series, column, goal, step, early) > ALIKE and (
            step == 0 or _alike(series, goal, goal, step, early) < OWN
        ):
            return step
    return None


def _alike(
    series: Series, one: NDArray[np.float64], other: NDArray[np.float64], step: int, early: NDArray[np.bool_]
) -> float:
    """Correlation of the changes of ``one`` with those of ``other`` a number of steps later, within stretches."""
    rows = np.flatnonzero(early & (series.timeline.before >= 1) & (series.timeline.room > step))
    rows = rows[early[np.minimum(rows + step, len(early) - 1)]]
    first, later = one[rows] - one[rows - 1], other[rows + step] - other[rows + step - 1]
    both = np.isfinite(first) & np.isfinite(later) & ((first != 0.0) | (later != 0.0))
    first, later = first[both], later[both]
    if len(first) < FEWEST_CHANGES or not first.any() or not later.any():
        return 0.0
    spread = float(first.std() * later.std())
    return abs(float(((first - first.mean()) * (later - later.mean())).mean()) / spread) if spread > 0.0 else 0.0


def _parts_of_sum(series: Series, known: list[str], target: int, early: NDArray[np.bool_]) -> list[str]:
    """Of the covariates known ahead those whose weighted sum is the target, at the same step."""
    if len(known) < 2:
        return []
    columns = [series.features.index(name) for name in known]
    rows = np.flatnonzero(early & (series.timeline.before >= 1))
    changes = series.values[rows] - series.values[rows - 1]
    changes = changes[np.isfinite(changes[:, [target, *columns]]).all(axis=1)]
    if len(changes) < max(FEWEST_CHANGES, 4 * len(known)):
        return []
    goal = changes[:, target]
    weights, *_ = np.linalg.lstsq(changes[:, columns], goal, rcond=None)
    left = goal - changes[:, columns] @ weights
    if not goal.any() or float(left @ left) > (1.0 - ALIKE**2) * float(goal @ goal):
        return []
    return [
        name
        for name, weight, column in zip(known, weights, columns, strict=True)
        if abs(weight) * changes[:, column].std() > 0.01 * goal.std()
    ]
