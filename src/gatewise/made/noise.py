"""Nothing to learn: white noise, and a random walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray


def white_noise(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = e_t with e_t ~ N(0, 1), independent; shape (size,).

    Nothing before y_t says anything about it, so the mean, 0, is the best prediction: E[y_t²] = 1. No cell can beat
    the mean.
    """
    return {"y": rng.standard_normal(size)}


WHITE_NOISE = Family(
    name="white-noise",
    about="nothing to learn: no cell can beat the mean",
    source="Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., section 2.9",
    kind="table",
    size=10_000,
    metric="mse",
    best=1.0,
    generate=white_noise,
)


def random_walk(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make y_t = y_{t-1} + e_t with e_t ~ N(0, 1), from y_0 = 0 on; shape (size,).

    The last value is the best prediction: E[(y_t - y_{t-1})²] = E[e_t²] = 1.
    """
    return {"y": np.cumsum(rng.standard_normal(size))}


RANDOM_WALK = Family(
    name="random-walk",
    about="nothing beats the last value",
    source="Hyndman and Athanasopoulos 2021, Forecasting: Principles and Practice, 3rd ed., section 5.2",
    kind="table",
    size=10_000,
    metric="mse",
    best=1.0,
    generate=random_walk,
)
