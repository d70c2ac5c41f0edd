"""Data with a planted truth: what there is to learn in them is known, and so is the best score anything can reach."""

from __future__ import annotations

import io
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from gatewise.data.source import has_ending
from gatewise.errors import OptionError, nearest
from gatewise.seeds import stream
from gatewise.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

ENDINGS = {"table": (".csv", ".parquet"), "sequences": (".npz",)}
"""What a file of each kind may end in."""

FEWEST = 12
"""Rows or sequences of the smallest data: two of each class in each part."""

WARM_UP = 500
"""Steps made and dropped, so that a stationary series starts anywhere on its way."""


@dataclass(frozen=True)
class Task:
    """Data that can be made.

    Attributes:
        name: As typed after ``gatewise make``.
        about: What they are, in one line.
        source: Where the process, or the question it settles, is described.
        kind: A ``table`` with the one column y, or labelled ``sequences``.
        size: Rows or sequences, unless told otherwise.
        metric: What ``best`` is measured in: ``mse`` one step ahead, in the square of y's unit, or ``accuracy``.
        best: The best expectation that any predictor has of it; the generator's docstring gives the formula.
        generate: From (size, random generator) to the arrays of the file, by name.
    """

    name: str
    about: str
    source: str
    kind: Literal["table", "sequences"]
    size: int
    metric: Literal["mse", "accuracy"]
    best: float
    generate: Callable[[int, np.random.Generator], dict[str, NDArray[Any]]]

    def command(self, path: Path) -> str:
        """What to type to compare on a file of it."""
        return f"gatewise compare {shlex.quote(str(path))}" + (" --target y" if self.kind == "table" else "")


def find(name: str) -> Task:
    """The task of that name.

    Raises:
        OptionError: There is none; the message describes those there are.
    """
    if name not in TASKS:
        shown = "\n".join(f"  {line}" for line in described())
        raise OptionError(f"{quoted(name)} is no task that gatewise makes; {nearest(name, TASKS)}\n{shown}")
    return TASKS[name]


def described() -> list[str]:
    """Each task with what it is, a line each."""
    return [f"{task.name}: {task.about}" for task in TASKS.values()]


def check_ending(task: Task, path: Path) -> None:
    """Refuse a file whose ending is not of the task's kind.

    Raises:
        OptionError: The message says what to type.
    """
    endings = ENDINGS[task.kind]
    if not has_ending(path, endings):
        raise OptionError(
            f"--out {path}: {task.name} is {'a table' if task.kind == 'table' else 'labelled sequences'}; wanted a file"
            f" that ends in {' or '.join(endings)}. Type: --out {task.name}{endings[0]}"
        )


def content(task: Task, path: Path, *, size: int, seed: int) -> bytes:
    """The bytes of a file with the task's data; the same ones for the same seed and size, with one version of NumPy.

    Args:
        task: What to make.
        path: Where it is going to be written; its ending chooses the format.
        size: Rows or sequences, at least `FEWEST`.
        seed: Of the random stream.
    """
    arrays = task.generate(size, np.random.default_rng(stream(seed, "make", task.name)))
    file = io.BytesIO()
    if task.kind == "sequences":
        np.savez(file, allow_pickle=False, **arrays)
    elif has_ending(path, (".parquet",)):
        pl.DataFrame(arrays).write_parquet(file)
    else:
        pl.DataFrame(arrays).write_csv(file)  # with as many digits as tell a float from its neighbours
    return file.getvalue()


# --------------------------------------------------------------------------------------------------
# Series


def white_noise(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = e_t with e_t ~ N(0, 1), independent; shape (size,).

    Nothing before y_t says anything about it, so the mean, 0, is the best prediction: E[y_t²] = 1. No cell can beat
    the mean.
    """
    return {"y": rng.standard_normal(size)}


def random_walk(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = y_{t-1} + e_t with e_t ~ N(0, 1), from y_0 = 0 on; shape (size,).

    The last value is the best prediction: E[(y_t - y_{t-1})²] = E[e_t²] = 1.
    """
    return {"y": np.cumsum(rng.standard_normal(size))}


def ar2(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = 1.5 y_{t-1} - 0.75 y_{t-2} + e_t with e_t ~ N(0, 1); shape (size,).

    The roots of z² - 1.5 z + 0.75 have the size √0.75 < 1: the series is stationary, swings with a period of twelve
    steps, and has forgotten its start after the warm-up. The best prediction is linear in two lags, so a ridge on lags
    comes as near as its estimates allow: E[e_t²] = 1, of a variance of 8.6.
    """
    y = [0.0, 0.0]
    for noise in rng.standard_normal(WARM_UP + size).tolist():
        y.append(1.5 * y[-1] - 0.75 * y[-2] + noise)
    return {"y": np.array(y[-size:])}


def tent_map(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = 1 - 1.5 |y_{t-1}| + e_t with e_t ~ N(0, 0.1²); shape (size,).

    The best prediction is 1 - 1.5 |y_{t-1}|, which bends at 0 and which nothing linear in lags comes near:
    E[e_t²] = 0.01.

    The map sends (-2, 2) into (-2, 1] and whatever lies outside towards -∞. Noise that would carry y out of (-2, 2) is
    therefore drawn again. That takes an accident of more than seven standard deviations: it is not to be expected in
    10⁹ rows, and changes no digit of the best loss that could be seen.
    """
    y = [0.0]
    for noise in rng.normal(0.0, 0.1, WARM_UP + size).tolist():
        mean = 1.0 - 1.5 * abs(y[-1])
        while abs(mean + noise) >= 2.0:
            noise = float(rng.normal(0.0, 0.1))
        y.append(mean + noise)
    return {"y": np.array(y[-size:])}


# --------------------------------------------------------------------------------------------------
# Sequences

FREQUENCIES = (0.05, 0.1, 0.2)
"""Of the three kinds of wave in `shuffled_labels`, in cycles a step."""

STEPS = 40

SHARES = (0, 0, 0, 1, 2)
"""The kinds of `shuffled_labels`, over and over: three in five are of the first. With equal shares every guess is as
good as the majority's, and it takes tens of thousands of sequences to show that a cell's guesses are no better."""


def shuffled_labels(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make waves of three frequencies, easy to tell apart, whose labels were dealt out anew.

    Each is 40 steps of a sine and a cosine of one of `FREQUENCIES` with a random phase, and noise of N(0, 0.3²). The
    labels are as frequent as the frequencies and independent of them, so all that can be known of a label is which are
    many: the best accuracy is the majority's share, 3/5 where 5 divides size. More than that is luck, or a leak of
    test labels.

    Returns:
        X of shape (size, 40, 2) and y of shape (size,), 0 to 2.
    """
    kinds = np.resize(SHARES, size)
    turns = np.array(FREQUENCIES)[rng.permutation(kinds), None] * np.arange(STEPS) + rng.random((size, 1))
    waves = np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], axis=-1)
    return {"X": waves + rng.normal(0.0, 0.3, waves.shape), "y": rng.permutation(kinds)}


LEARNED, TESTED = (1, 40), (41, 80)
"""How many a's and b's the strings of `counting` have, least and most: those to learn from, those to test on."""

NEAR = 5
"""Unequal counts differ by at most this."""


def counting(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make strings of n a's and then m b's, to be asked whether n = m; in one half of each part they are equal.

    Otherwise n and m differ by 1 to 5. Two thirds of the strings, to learn from, have counts up to 40; the others, to
    test on, from 41 to 80: whoever counts, up for an a and down for a b, gets all of them right, so the best accuracy
    is 1. Strings to learn from occur more than once, for there are only 40 equal ones; none to test on is among them.

    Returns:
        X of shape (size, longest, 2), which is (1, 0) for a, (0, 1) for b and (0, 0) beyond the end; y of shape
        (size,), 1 where the counts are equal; lengths, shape (size,); test, shape (size,), True to test on.
    """
    training = 2 * size // 3
    parts = (_counts(training, *LEARNED, rng), _counts(size - training, *TESTED, rng))
    a, b = np.concatenate(parts).T
    lengths = a + b
    steps, ends = np.arange(lengths.max()), a[:, None]
    letters = np.stack([steps < ends, (steps >= ends) & (steps < lengths[:, None])], axis=-1)
    return {
        "X": letters.astype(np.uint8),
        "y": (a == b).astype(np.int64),
        "lengths": lengths,
        "test": np.arange(size) >= training,
    }


def _counts(size: int, least: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts of a's and b's, shape (size, 2), from ``least`` to ``most``, equal in half of the rows."""
    counts = range(least, most + 1)
    equal = np.array([(n, n) for n in counts])
    unequal = np.array([(n, m) for n in counts for m in counts if 1 <= abs(n - m) <= NEAR])
    halves = size // 2, size - size // 2
    drawn = [kind[rng.integers(len(kind), size=half)] for kind, half in zip((equal, unequal), halves, strict=True)]
    return rng.permutation(np.concatenate(drawn))


# --------------------------------------------------------------------------------------------------
# The table

TASKS = {
    task.name: task
    for task in (
        Task(
            "white-noise", "nothing to learn: no cell can beat the mean",
            "Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., section 2.9",
            "table", 10_000, "mse", 1.0, white_noise,
        ),
        Task(
            "random-walk", "nothing beats the last value",
            "Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., section 5.2",
            "table", 10_000, "mse", 1.0, random_walk,
        ),
        Task(
            "ar2", "a linear swing: nothing beats a ridge on lags",
            "Box, Jenkins, Reinsel and Ljung 2015, Time Series Analysis, 5th ed., section 3.2",
            "table", 10_000, "mse", 1.0, ar2,
        ),
        Task(
            "tent-map", "a law that bends: a cell can learn it, nothing linear can",
            "Tong 1990, Non-linear Time Series: A Dynamical System Approach (threshold autoregressions)",
            "table", 20_000, "mse", 0.01, tent_map,
        ),
        Task(
            "shuffled-labels", "clear waves whose labels were shuffled: no cell can beat the majority",
            "Ojala and Garriga 2010, Permutation Tests for Studying Classifier Performance, JMLR 11",
            "sequences", 1_000, "accuracy", 0.6, shuffled_labels,
        ),
        Task(
            "counting", "as many b's as a's? Tested on longer strings than it was trained on",
            "Weiss, Goldberg and Yahav 2018, arXiv:1805.04908: LSTMs count, GRUs do not; El-Naggar, Madhyastha and"
            " Weyde 2022: trained LSTMs often fail far beyond the trained lengths",
            "sequences", 1_500, "accuracy", 1.0, counting,
        ),
    )
}  # fmt: skip
