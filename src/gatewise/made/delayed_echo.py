"""Memory alone: a series that repeats what another one was some steps ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.made.family import Family

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DELAY = 10
"""Steps after which `delayed_echo` repeats its input."""


def delayed_echo(size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Make x_t ~ U(-1, 1), independent, and y_t = x_{t-10} + e_t with e_t ~ N(0, 0.1²); shape (size,) each.

    The best prediction of y one step ahead is x nine steps back from now: E[e_t²] = 0.01, of a variance of 1/3 + 0.01.
    Nothing has to be computed, and ten numbers to be held at once: a ridge on lags, which has them before it, comes as
    near as its estimates allow.
    """
    x = rng.uniform(-1.0, 1.0, DELAY + size)
    return {"x": x[DELAY:], "y": x[:size] + rng.normal(0.0, 0.1, size)}


DELAYED_ECHO = Family(
    name="delayed-echo",
    about="what another column was ten steps ago: nothing beats a ridge on lags",
    source="Jaeger 2001, Short term memory in echo state networks, GMD report 152",
    kind="table",
    size=10_000,
    metric="mse",
    best=0.01,
    generate=delayed_echo,
)
