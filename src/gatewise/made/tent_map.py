"""A law that bends: the noisy tent map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.made.family import WARM_UP, Family

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


TENT_MAP = Family(
    name="tent-map",
    about="a law that bends: a cell can learn it, nothing linear can",
    source="Tong 1990, Non-linear Time Series: A Dynamical System Approach (threshold autoregressions)",
    kind="table",
    size=20_000,
    metric="mse",
    best=0.01,
    generate=tent_map,
)
