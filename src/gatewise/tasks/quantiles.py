"""Quantiles of forecasts: how outputs hold them, what errors say of them, and what a table calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def rising(outputs: NDArray[Any], count: int) -> NDArray[Any]:
    """Outputs as the quantiles of each number, in rising order so that they never cross.

    Putting them in order loses nothing: by the pinball loss the ordered ones are as good or better (Chernozhukov,
    Fernández-Val and Galichon 2010, "Quantile and probability curves without crossing", Econometrica 78).

    Args:
        outputs: Shape (N, numbers · count), the quantiles of a number beside each other.
        count: How many quantiles each number has; 1 where the outputs are the numbers themselves.

    Returns:
        Shape (N, numbers, count).
    """
    found: NDArray[Any] = np.sort(outputs.reshape(len(outputs), -1, count), axis=2)
    return found


def of_errors(errors: NDArray[Any], quantiles: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles of each number's errors, shape (numbers, quantiles).

    By Weibull's definition, k / (n + 1) for the k-th of n: a new error of the same kind lies below it as often as the
    quantile says (Hyndman and Fan 1996, "Sample quantiles in statistical packages", The American Statistician 50).

    Args:
        errors: True minus forecast, shape (N, numbers).
        quantiles: Which ones.
    """
    found: NDArray[np.float64] = np.quantile(errors.astype(np.float64), quantiles, axis=0, method="weibull")
    return found.T


def around(points: NDArray[Any], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of numbers as outputs have them, shape (N, numbers · quantiles).

    Args:
        points: Point forecasts, shape (N, numbers).
        offsets: Quantiles of their errors, shape (numbers, quantiles).
    """
    found: NDArray[np.float64] = points[:, :, None] + offsets
    return found.reshape(len(points), -1)


def nearest_median(quantiles: Sequence[float]) -> NDArray[np.int64]:
    """Places of the quantiles whose mean is the point forecast: the median, else the one or two nearest to it."""
    distance = np.abs(np.asarray(quantiles) - 0.5)
    return np.flatnonzero(np.isclose(distance, distance.min()))


def column(target: str, quantile: float) -> str:
    """What a table calls a quantile of a target: ``sales_q0.9``."""
    return f"{target}_q{quantile}"
