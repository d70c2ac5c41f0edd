"""A linear law: an autoregression of two lags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import WARM_UP, Family

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


AR2 = Family(
    name="ar2",
    about="a linear swing: nothing beats a ridge on lags",
    source="Box, Jenkins, Reinsel and Ljung 2015, Time Series Analysis, 5th ed., section 3.2",
    kind="table",
    size=10_000,
    metric="mse",
    best=1.0,
    generate=ar2,
)
