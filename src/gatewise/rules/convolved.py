"""Ridge on convolutions of whole sequences: how often each convolution exceeds each of a few thresholds.

Source: Dempster, Schmidt and Webb 2021, MiniRocket, arXiv:2012.08791: 84 kernels of nine weights, six of them -1 and
three 2, at several dilations; thresholds are quantiles of what the convolutions are in training; of each the share of
steps above it is kept. It is written out here in NumPy, because the libraries that have it compile it with numba,
which weighs more than gatewise.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy  # its parts are loaded when they are used

from gatewise.rules.lags import ALPHAS
from gatewise.rules.protocol import linear, numeric_inputs
from gatewise.rules.summaries import summaries
from gatewise.tasks.classify import Classify
from gatewise.tasks.regress import Regress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.protocol import Task

WEIGHTS = 9
"""Weights of a kernel."""

TRIPLES = np.array(list(itertools.combinations(range(WEIGHTS), 3)))
"""Which weights of each kernel are 2, shape (84, 3)."""

DILATIONS, THRESHOLDS, MIXES = 6, 4, 7
"""Dilations at most; thresholds of each convolution; mixes of channels at each dilation, each for a seventh of the
kernels."""

MOST_LEARNED = 2_000
"""Sequences that are learned from at most, evenly spaced."""

MOST_STEPS = 3_000_000
"""Where all sequences together have more steps than this, some ten seconds of convolutions, the rule takes no part."""

LENT = 16
"""Training sequences whose convolutions give the thresholds."""

LEAST_SPREAD = 1e-3
"""Features that spread less are not scaled up further."""

AT_ONCE = 50_000
"""Steps of sequences that are convolved at once, to stay in the processor's cache."""


def dilations(longest: int) -> NDArray[np.int64]:
    """Steps between weights: 1, 2 and so on to where a kernel spans the longest sequence."""
    most = np.log2(max(1.0, (longest - 1) / (WEIGHTS - 1)))
    return np.unique((2.0 ** np.linspace(0.0, most, DILATIONS)).astype(np.int64))


def convolutions(x: NDArray[Any], arrays: Arrays) -> Iterator[NDArray[np.float32]]:
    """One kernel's convolution after the other, each of shape (N, T), with zeros beyond both ends.

    Args:
        x: Shape (N, T, channels), float32.
        arrays: ``dilations``, shape (D,), and ``mixes``, shape (D, mixes, channels), how channels are added up.
    """
    steps = x.shape[1]
    for dilation, mixes in zip(arrays["dilations"].astype(int), arrays["mixes"], strict=True):
        reach = (WEIGHTS // 2) * dilation
        for mix, triples in zip(mixes, np.array_split(TRIPLES, len(mixes)), strict=True):
            # Added up in float64, so that the float32 bits do not depend on how many sequences are looked at together.
            mixed = (x.astype(np.float64) @ mix).astype(np.float32)
            padded = np.pad(mixed, ((0, 0), (reach, reach)))
            seen = [padded[:, k * dilation : k * dilation + steps] for k in range(WEIGHTS)]
            low = -np.sum(seen, axis=0)
            for a, b, c in triples:
                yield low + np.float32(3.0) * (seen[a] + seen[b] + seen[c])


def shares(x: NDArray[Any], lengths: NDArray[np.int64] | None, arrays: Arrays) -> NDArray[np.float64]:
    """Share of each sequence's steps at which each convolution exceeds each threshold, shape (N, features)."""
    inside = None if lengths is None else (np.arange(x.shape[1]) < lengths[:, None])
    steps = x.shape[1] if lengths is None else lengths
    found = []
    for convolved, levels in zip(convolutions(x, arrays), arrays["thresholds"].astype(np.float32), strict=True):
        for level in levels:
            above = convolved > level if inside is None else (convolved > level) & inside
            found.append(above.sum(axis=1) / steps)
    return np.stack(found, axis=1)


def transform(x: NDArray[Any], lengths: NDArray[np.int64] | None) -> Arrays:
    """What makes features of sequences: dilations, mixes of channels and thresholds, of the training sequences x."""
    rng = np.random.default_rng(0)
    steps = np.full(len(x), x.shape[1]) if lengths is None else lengths
    found: Arrays = {"dilations": dilations(int(steps.max())).astype(np.float64)}
    count, channels = len(found["dilations"]), x.shape[2]
    mixes = rng.integers(0, 2, size=(count, min(MIXES, channels), channels)).astype(np.float64)
    mixes[mixes.sum(axis=2) == 0.0] = 1.0
    found["mixes"] = mixes / np.sqrt(mixes.sum(axis=2, keepdims=True))
    lent = rng.permutation(len(x))[:LENT]
    inside = np.arange(x.shape[1]) < steps[lent, None]
    levels = (np.arange(THRESHOLDS) + 0.5) / THRESHOLDS
    found["thresholds"] = np.array([np.quantile(each[inside], levels) for each in convolutions(x[lent], found)])
    return found


def features(arrays: Arrays, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares above thresholds and summaries of the examples ``ids``, shape (N, features)."""
    size = max(1, AT_ONCE // numeric_inputs(examples, ids)[0].shape[1])
    parts = [ids[first : first + size] for first in range(0, len(ids), size)]
    found = np.concatenate([shares(*numeric_inputs(examples, part), arrays) for part in parts])
    return np.concatenate([found, summaries(examples, ids)], axis=1)


def ridge(inputs: NDArray[np.float64], targets: NDArray[np.float64]) -> tuple[Arrays, NDArray[np.float64]]:
    """Ridge regression whose penalty is chosen by leaving out one example at a time.

    Args:
        inputs: Shape (N, features), of mean 0.
        targets: Shape (N, outputs).

    Returns:
        Weight (outputs, features) and bias (outputs,); and the prediction of each example by the others, shape (N,
        outputs). Source: Golub, Heath and Wahba 1979, Technometrics 21, for the residuals of the others.
    """
    mean = targets.mean(axis=0)
    values, vectors = np.linalg.eigh(inputs @ inputs.T)
    turned = vectors.T @ (targets - mean)
    best: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
    for alpha in ALPHAS:
        shrunk = 1.0 / (np.maximum(values, 0.0) + alpha)
        dual = vectors @ (shrunk[:, None] * turned)
        residual = dual / ((vectors**2) @ shrunk)[:, None]
        error = float((residual**2).mean())
        if best is None or error < best[0]:
            best = error, dual, residual
    assert best is not None
    return linear((inputs.T @ best[1]).T, mean, targets.shape[1]), targets - best[2]


class Convolved:
    """Ridge regression on shares above thresholds; of classes, their odds in proportion to its answers."""

    name: ClassVar[str] = "ridge-on-convolutions"

    def applies(self, task: Task) -> bool:
        """To a class or number for each sequence, where all are convolved in bounded time."""
        return isinstance(task, Classify | Regress) and int(task.lengths.sum()) <= MOST_STEPS

    def fit(self, task: Task, examples: Any, ids: NDArray[np.int64]) -> Arrays:
        """What makes the features, their means and scales, weights and bias."""
        ids = ids[:: max(1, -(-len(ids) // MOST_LEARNED))]
        arrays = transform(*numeric_inputs(examples, ids))
        found = features(arrays, examples, ids)
        standard = {"mean": found.mean(axis=0), "scale": np.maximum(found.std(axis=0), LEAST_SPREAD)}
        targets = examples.targets(ids)
        classes = isinstance(task, Classify)
        wanted = 2.0 * np.eye(task.setting.data.outputs)[targets] - 1.0 if classes else targets.astype(np.float64)
        weights, left_out = ridge((found - standard["mean"]) / standard["scale"], wanted)
        times = sharpness(left_out, targets) if classes else 1.0
        return arrays | standard | {name: times * each for name, each in weights.items()}

    def outputs(self, arrays: Arrays, examples: Any, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Outputs, shape (N, outputs)."""
        inputs = (features(arrays, examples, ids) - arrays["mean"]) / arrays["scale"]
        found: NDArray[np.float64] = inputs @ arrays["weight"].T + arrays["bias"]
        return found

    def back(self, arrays: Arrays) -> int:
        """The sequence is enough."""
        return 0


def sharpness(outputs: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    """By how much to multiply outputs, shape (N, classes), so that their softmax tells the targets best."""

    def loss(log: float) -> float:
        logs = scipy.special.log_softmax(np.exp(log) * outputs, axis=1)
        return -float(logs[np.arange(len(targets)), targets].mean())

    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=(-3.0, 4.0), method="bounded").x))
