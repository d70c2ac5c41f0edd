"""Which classes the networks of both cells took for which when they were tested, and which examples were hardest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from gatewise.run.mistakes import Hard, Mistakes
from gatewise.tasks import named
from gatewise.tasks.classify import Classify
from gatewise.tasks.classify_steps import ClassifySteps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.experiment.runner import Runner
    from gatewise.experiment.workers.protocol import Workers
    from gatewise.tasks.protocol import Task

HARDEST = 8
"""Examples that are shown."""

POINTS = 160
"""Steps of an example that are shown at most."""

SYMBOLS = 240
"""Symbols of a text that are shown at most."""


class Ask(NamedTuple):
    """What was said of the test examples of one split."""

    split: int
    outputs: dict[str, list[NDArray[np.float16]]]  # cell -> of each pair, shape (N, classes)


class Told(NamedTuple):
    """What came of the tests of one split."""

    ids: NDArray[np.int64]  # the test examples
    truth: NDArray[np.int64]  # the class of each
    told: dict[str, NDArray[np.int64]]  # cell -> how many pairs told each class, shape (N, classes)
    surprise: NDArray[np.float64]  # of each example: -log of the share that its class was given, mean over all


def mistakes(runner: Runner, workers: Workers, rung: int) -> Mistakes | None:
    """What to show of mistakes; None for tasks without classes, and where no outputs are stored."""
    plan = runner.plan
    if not issubclass(named(plan.task), Classify | ClassifySteps):
        return None
    asks = [_kept(runner, rung, split) for split in range(plan.splits.count)]
    if not all(ask.outputs[cell] for ask in asks for cell in plan.cells[:2]):
        return None
    found = dict(workers.map(_told, plan.setting, asks))
    splits = [found[k] for k in range(len(asks))]
    classes = plan.section["classes"]
    assert isinstance(classes, list | tuple)
    [(_, hardest)] = workers.map(_hardest, plan.setting, [_worst(splits)])
    return Mistakes(
        classes=tuple(map(str, classes)),
        confusion={cell: _confusion([(each.truth, each.told[cell]) for each in splits]) for cell in plan.cells[:2]},
        tests=max(len(asks[0].outputs[cell]) for cell in plan.cells[:2]),
        hardest=hardest,
    )


def _kept(runner: Runner, rung: int, split: int) -> Ask:
    found: dict[str, list[NDArray[np.float16]]] = {cell: [] for cell in runner.plan.cells[:2]}
    for key, outputs in runner.said(rung, split):
        if key.cell in found:
            found[key.cell].append(outputs)
    return Ask(split, found)


def _told(task: Task, ask: Ask) -> Told:
    assert isinstance(task, Classify | ClassifySteps)
    ids = task.parts(ask.split, "pair", 0).test
    truth, classes = task.labels[ids], task.setting.data.outputs
    told, surprise = {}, np.zeros(len(ids))
    for cell, each in ask.outputs.items():
        told[cell] = np.zeros((len(ids), classes), dtype=np.int64)
        for outputs in each:
            even = outputs.astype(np.float64) if task.balance is None else task.balance.outputs(outputs)
            told[cell][np.arange(len(ids)), even.argmax(axis=1)] += 1
            surprise -= special.log_softmax(even, axis=1)[np.arange(len(ids)), truth] / len(each)
    return Told(ids, truth, told, surprise)


def _confusion(splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> tuple[tuple[float, ...], ...]:
    """For each true class, for each told class: examples, the mean over pairs."""
    classes = splits[0][1].shape[1]
    total = np.zeros((classes, classes))
    for truth, told in splits:
        np.add.at(total, truth, told / told.sum(axis=1, keepdims=True))
    return tuple(tuple(round(value, 3) for value in row) for row in total.tolist())


class Worst(NamedTuple):
    """The examples that are shown."""

    ids: tuple[int, ...]
    truth: tuple[int, ...]
    told: tuple[dict[str, NDArray[np.int64]], ...]  # of each: cell -> how many pairs told each class


def _worst(splits: list[Told]) -> Worst:
    """The examples whose classes were given the least, of all splits."""
    ranked = sorted(
        (-float(each.surprise[k]), int(each.ids[k]), number, k)
        for number, each in enumerate(splits)
        for k in np.argsort(-each.surprise)[:HARDEST]
    )[:HARDEST]
    places = [(splits[number], k) for _, _, number, k in ranked]
    return Worst(
        ids=tuple(int(each.ids[k]) for each, k in places),
        truth=tuple(int(each.truth[k]) for each, k in places),
        told=tuple({cell: counts[k] for cell, counts in each.told.items()} for each, k in places),
    )


def _hardest(task: Task, worst: Worst) -> tuple[Hard, ...]:
    assert isinstance(task, Classify | ClassifySteps)
    classes = task.setting.section["classes"]
    assert isinstance(classes, list | tuple)
    found = []
    for k, truth, told in zip(worst.ids, worst.truth, worst.told, strict=True):
        name, values, text = _shown(task, k)
        found.append(
            Hard(
                example=name,
                truth=str(classes[truth]),
                right={cell: float(counts[truth] / counts.sum()) for cell, counts in told.items()},
                told={cell: str(classes[int(counts.argmax())]) for cell, counts in told.items()},
                values=values,
                text=text,
            )
        )
    return tuple(found)


def _shown(task: Classify | ClassifySteps, k: int) -> tuple[str, tuple[float | None, ...], str]:
    """What an example is called, its first channel, and its text where it is one."""
    data = task.setting.data
    if isinstance(task, ClassifySteps):
        sequence, step = int(task.places[0][k]), int(task.places[1][k])
        name, first, stop = f"{sequence + 1}, step {step + 1}", max(0, step + 1 - task.window), step + 1
    else:
        sequence, first, stop = k, 0, int(task.lengths[k])
        name = str(k + 1)
    series = task.values[sequence, first:stop, 0]
    if data.features[0] not in data.categories:
        thin = series[:: max(1, -(-len(series) // POINTS))]
        return name, tuple(None if np.isnan(value) else float(value) for value in thin), ""
    if len(data.features) > 1 or "symbols" not in str(task.setting.section.get("reading")):
        return name, (), ""
    values = data.categories[data.features[0]]
    between = "" if data.features[0] == "character" else " "
    symbols = [values[int(number) - 1] if number > 0 else "\ufffd" for number in np.nan_to_num(series[:SYMBOLS])]
    return name, (), between.join(symbols) + ("…" if len(series) > SYMBOLS else "")
