"""Bands around forecasts of the models to hand over, from what pairs and simple rules said of the test windows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gatewise.rules.score import fit, outputs
from gatewise.run.card import Bands
from gatewise.stats.conformal import half_widths
from gatewise.tasks import named
from gatewise.tasks.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gatewise.experiment.runner import Runner
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.tasks.protocol import Task

LEVELS = (80, 95)
"""Per cent of new values that a band is to hold."""


class Said(NamedTuple):
    """What was said of the test windows of one split."""

    split: int
    refit: bool  # whether pairs were trained again on all before their test part
    networks: dict[str, NDArray[np.float32]]  # cell -> outputs of each pair, shape (pairs, N, outputs)
    rules: tuple[str, ...]  # which are asked again


def said(runner: Runner, rung: int, split: int, rules: tuple[str, ...], *, refit: bool) -> Said:
    """What the pairs on one split said, as stored; a cell whose outputs were not stored is left out."""
    found: dict[str, list[NDArray[np.float32]]] = {cell: [] for cell in runner.plan.cells}
    for key, each in runner.said(rung, split):
        found[key.cell].append(each.astype(np.float32))
    return Said(split, refit, {cell: np.stack(each) for cell, each in found.items() if each}, rules)


def bands_of(runner: Runner, workers: Workers, asks: Sequence[Said]) -> dict[str, Bands]:
    """Cell or simple rule -> its bands; empty for a task without bands.

    Args:
        runner: Has the plan.
        workers: Compute.
        asks: What was said, of every split.
    """
    plan = runner.plan
    task = named(plan.task)
    if not issubclass(task, Forecast) or not task.takes_bands(plan.section):
        return {}
    found = dict(workers.map(misses, plan.setting, asks))
    off = [found[k].off for k in range(len(asks))]
    return {
        name: banded(
            np.concatenate([grouped(each[name], plan.ensemble) for each in off], axis=1), shares=found[0].shares
        )
        for name in off[0]
        if all(name in each for each in off)
    }


class Misses(NamedTuple):
    """How far each pair, and each rule, was off on the test windows of a split."""

    off: dict[str, NDArray[np.float64]]  # cell or rule -> shape (pairs, N, steps, targets)
    shares: bool  # of the forecasts; else in the scale of each series


def misses(task: Task, ask: Said) -> Misses:
    """How far the forecasts were off that were made of the test windows."""
    assert isinstance(task, Forecast)  # others have no bands
    parts = task.parts(ask.split, "pair", 0)
    seen = task.examples(replace(parts, train=parts.before) if ask.refit else parts)
    off = {
        cell: np.stack([task.misses(seen, each, parts.test) for each in pairs]) for cell, pairs in ask.networks.items()
    }
    examples = task.examples(parts)
    for rule in ask.rules:
        fitted = fit(rule, task, examples, parts.before)
        off[rule] = task.misses(examples, outputs(fitted, examples, parts.test), parts.test)[None]
    return Misses(off, task.grows)


def grouped(off: NDArray[np.float64], members: int) -> NDArray[np.float64]:
    """Misses of the mean of ``members`` pairs or so, as an ensemble's are; shape (groups, N, steps, targets)."""
    groups = max(1, len(off) // members)
    found: NDArray[np.float64] = np.stack([each.mean(axis=0) for each in np.array_split(off, groups)])
    return found


def banded(off: NDArray[np.float64], *, shares: bool = False) -> Bands:
    """The bands from misses of shape (groups, N, steps, targets), which may be ``shares`` of the forecasts."""
    half = {level: half_widths(off, level / 100) for level in LEVELS}
    return Bands(
        windows=off.shape[1],
        shares=shares,
        half={level: tuple(map(tuple, found.tolist())) for level, found in half.items() if found is not None},
    )
