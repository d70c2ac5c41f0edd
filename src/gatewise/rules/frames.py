"""Simple rules on channels that are on or off: how often each is on, what it was last, logistic on the last frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy import optimize, sparse, special

from gatewise.tasks.next_frame import NextFrame, odds, said, shares
from gatewise.tasks.stretches import pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gatewise.rules.protocol import Arrays
    from gatewise.tasks.next_frame import FrameExamples
    from gatewise.tasks.protocol import Task

FRAMES = 3
"""The logistic rule looks at so many of the last frames."""

PENALTIES = (1.0, 10.0, 100.0)
"""Half the square of its weights counts so many times as much as a nat of all steps; a tenth of them chooses."""

ITERATIONS = 50
"""Steps of L-BFGS: close enough for a rule."""

MOST_STEPS = 30_000
"""More steps are thinned evenly."""


class ChannelFrequency:
    """Every channel is on as often as in training, whatever came before."""

    name: ClassVar[str] = "channel-frequency"

    def applies(self, task: Task) -> bool:
        """To next frames."""
        return isinstance(task, NextFrame)

    def fit(self, task: NextFrame, examples: FrameExamples, ids: NDArray[np.int64]) -> Arrays:
        """The logarithm of each channel's odds, shape (channels,)."""
        return {"odds": odds(shares(examples.targets(ids)))}

    def outputs(self, arrays: Arrays, examples: FrameExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """What it says of the true frames, shape (N, 2)."""
        return said(arrays["odds"], examples.targets(ids))

    def following(self, arrays: Arrays, frames: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logarithm of each channel's odds to be on after ``frames``, shape (steps, channels)."""
        return arrays["odds"]

    def back(self, arrays: Arrays) -> int:
        """Nothing is looked at."""
        return 0


class RepeatLast:
    """Every channel is as it was at the last step, as surely as it stayed so in training."""

    name: ClassVar[str] = "repeat-last"

    def applies(self, task: Task) -> bool:
        """To next frames."""
        return isinstance(task, NextFrame)

    def fit(self, task: NextFrame, examples: FrameExamples, ids: NDArray[np.int64]) -> Arrays:
        """The logarithm of each channel's odds where it was off, and where it was on, shape (2, channels).

        The share of a channel is drawn towards that of all channels by two steps, so that few steps say little.
        """
        before, on = examples.stream.x[ids].astype(np.float64), examples.targets(ids).astype(np.float64)
        found = []
        for was in (1.0 - before, before):
            stayed, count = (was * on).sum(axis=0), was.sum(axis=0)
            common = np.clip(stayed.sum(), 0.5, None) / (count.sum() + 1.0)
            found.append(odds((stayed + 2.0 * common) / (count + 2.0)))
        return {"odds": np.stack(found)}

    def outputs(self, arrays: Arrays, examples: FrameExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """What it says of the true frames, shape (N, 2)."""
        return said(self._after(arrays, examples.stream.x[ids]), examples.targets(ids))

    def following(self, arrays: Arrays, frames: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logarithm of each channel's odds to be on after ``frames``, shape (steps, channels)."""
        return self._after(arrays, frames[-1])

    def back(self, arrays: Arrays) -> int:
        """The last frame is enough."""
        return 1

    @staticmethod
    def _after(arrays: Arrays, last: NDArray[np.float32]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.where(last > 0.5, arrays["odds"][1], arrays["odds"][0])
        return found


class LogisticFrames:
    """Logistic regression of each channel on all channels of the last frames; before the first one nothing is on."""

    name: ClassVar[str] = "logistic-frames"

    def applies(self, task: Task) -> bool:
        """To next frames."""
        return isinstance(task, NextFrame)

    def fit(self, task: NextFrame, examples: FrameExamples, ids: NDArray[np.int64]) -> Arrays:
        """Weights, shape (channels, `FRAMES` * channels), and bias; the last tenth of the steps chooses the penalty."""
        ids = ids[:: max(1, -(-len(ids) // MOST_STEPS))]
        x, on = _last_frames(examples, ids), examples.targets(ids).astype(np.float32)
        bias = odds(shares(on))
        weight = np.zeros((len(bias), x.shape[1]))
        ever = on.any(axis=0)  # of a channel that never is there is no more to learn
        held, told = len(ids) - max(1, len(ids) // 10), np.ascontiguousarray(on[:, ever])
        start = np.concatenate([weight[ever], bias[ever, None]], axis=1)
        fitted = [_fitted(x[:held], told[:held], penalty, start) for penalty in PENALTIES]
        losses = [-said(_odds(found, x[held:]), told[held:])[:, 0].mean() for found in fitted]
        best = int(np.argmin(losses))
        found = _fitted(x, told, PENALTIES[best], fitted[best])
        weight[ever], bias[ever] = found[:, :-1], found[:, -1]
        return {"weight": weight, "bias": bias}

    def outputs(self, arrays: Arrays, examples: FrameExamples, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """What it says of the true frames, shape (N, 2)."""
        logits = np.asarray(_last_frames(examples, ids) @ arrays["weight"].T) + arrays["bias"]
        return said(logits, examples.targets(ids))

    def following(self, arrays: Arrays, frames: NDArray[np.float32]) -> NDArray[np.float64]:
        """Logarithm of each channel's odds to be on after ``frames``, shape (steps, channels)."""
        last = np.zeros((FRAMES, frames.shape[1]))
        known = frames[::-1][:FRAMES]
        last[: len(known)] = known
        found: NDArray[np.float64] = arrays["weight"] @ last.reshape(-1) + arrays["bias"]
        return found

    def back(self, arrays: Arrays) -> int:
        """The frames it looks at."""
        return FRAMES


def _last_frames(examples: FrameExamples, ids: NDArray[np.int64]) -> Any:
    """The last frames before each step, the last one first: sparse, of shape (N, `FRAMES` * channels)."""
    stream = examples.stream
    offset = ids - stream.starts[pieces_of(stream.starts, ids)]
    each = [sparse.csr_array(stream.x[np.maximum(ids - k, 0)] * (offset >= k)[:, None]) for k in range(FRAMES)]
    return sparse.hstack(each, format="csr", dtype=np.float32)


def _odds(found: NDArray[np.float64], x: Any) -> NDArray[np.float64]:
    logits: NDArray[np.float64] = np.asarray(x @ found[:, :-1].T) + found[:, -1]
    return logits


def _fitted(x: Any, on: NDArray[np.float32], penalty: float, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights and, in the last column, biases that are likeliest, all channels at once, shape (channels, inputs + 1).

    The loss is that of independent logistic regressions, summed up; the gradient is that of each.

    Args:
        x: Inputs, sparse, shape (N, inputs).
        on: What they are to tell, shape (N, channels).
        penalty: Times half the square of the weights.
        start: What to begin with.
    """
    turned = x.T.tocsr()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight = flat.reshape(start.shape)
        narrow = np.ascontiguousarray(weight.T, dtype=np.float32)
        logits = x @ narrow[:-1] + narrow[-1]
        share = special.expit(logits)
        value = float((np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0.0) - logits * on).sum(dtype=float))
        missed = share - on
        gradient = np.concatenate([(turned @ missed).T, missed.sum(axis=0)[:, None]], axis=1).astype(np.float64)
        gradient[:, :-1] += penalty * weight[:, :-1]
        return value + 0.5 * penalty * float((weight[:, :-1] ** 2).sum()), gradient.reshape(-1)

    options = {"maxiter": ITERATIONS, "ftol": 1e-6}
    found: Any = optimize.minimize(loss, start.reshape(-1), jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]  # jac=True is typed for one shape of arrays alone
    weights: NDArray[np.float64] = found.x.reshape(start.shape)
    return weights
