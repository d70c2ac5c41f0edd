"""What a look may spend of the error that a claim is allowed over all looks, from the known covariance of looks.

The estimates at looks n₁ < n₂ < ... have Cov(Dⱼ, Dₖ) = V(nₖ) for the later one k: independent increments in information
1 / V, as if data came in. Only the pairs' share κ of the variance shrinks, V(n) ∝ κ nₖ/n + 1 - κ; so where test noise
makes most of it, looks say nearly the same and cost nearly nothing.
Sources: Lan and DeMets 1983, "Discrete sequential boundaries for clinical trials", Biometrika 70, the spending function
like O'Brien and Fleming's 1979, Biometrics 35; Jennison and Turnbull 1997, JASA 92, for the joint distribution.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE_STEPS = 20
"""Shares are rounded to a twentieth: they are not known better, and what was computed once serves again."""

ALIKE = 1e-3
"""Looks whose information differs by less say the same: they count as one."""

LEAST = 1e-9
"""Error that a look spends at least."""

POINTS = 401
"""Points of the grid on which densities are integrated."""


class _Course(NamedTuple):
    """The looks so far: upper boundary of each, in standard errors, and the error spent up to it."""

    bounds: tuple[float, ...]
    spent: tuple[float, ...]


def nominal(taken: tuple[int, ...], shares: tuple[float, ...], end: int, error: float, *, final: bool) -> float:
    """One-sided error of an interval at the last of the looks ``taken``, so that all of them together keep ``error``.

    What earlier looks spent stays spent, by the shares known then. A look spends all that is left only when it is final
    for a reason that the estimate has no part in: the planned end, or the end of the budget.

    Args:
        taken: Pairs at each look so far, ascending.
        shares: The pairs' share of the variance, as each look saw it.
        end: Pairs at the planned end.
        error: One-sided error of all looks together.
        final: Whether no look can follow.
    """
    rounded = tuple(round(share * SHARE_STEPS) for share in shares)
    return float(special.ndtr(-_course(taken, rounded, max(end, taken[-1]), error, final).bounds[-1]))


def fractions(taken: tuple[int, ...], share: float, end: int) -> list[float]:
    """Information at each look as a share of that at the planned end, by the last look's share of the pairs."""
    now = taken[-1]
    variance = [share * now / n + 1.0 - share for n in (*taken, end)]
    return [variance[-1] / one for one in variance[:-1]]


def spendable(information: float, error: float) -> float:
    """Error that may be spent up to this share of the information."""
    return float(2.0 * special.ndtr(special.ndtri(error / 2.0) / np.sqrt(information)))


@lru_cache(maxsize=1 << 16)
def _course(taken: tuple[int, ...], shares: tuple[int, ...], end: int, error: float, final: bool) -> _Course:
    before = _course(taken[:-1], shares[:-1], end, error, final=False) if len(taken) > 1 else _Course((), ())
    times = fractions(taken, shares[-1] / SHARE_STEPS, end)
    wanted = error if final else spendable(times[-1], error)
    apart = _apart(times)
    already = before.spent[apart[-1]] if apart else 0.0
    step = max(wanted - already, LEAST)
    bound = _bound([times[k] for k in (*apart, -1)], [before.bounds[k] for k in apart], step)
    if len(apart) < len(before.bounds):  # a look that says what the one before it said may not ask for more
        bound = min(bound, before.bounds[-1])
    return _Course((*before.bounds, bound), (*before.spent, max(already + step, *before.spent, 0.0)))


def _apart(times: list[float]) -> list[int]:
    """The looks before the last one whose information differs from that of the next one counted, by number."""
    found: list[int] = []
    later = times[-1]
    for k in range(len(times) - 2, -1, -1):
        if later - times[k] >= ALIKE:
            found.insert(0, k)
            later = times[k]
    return found


def _bound(times: list[float], bounds: list[float], step: float) -> float:
    """The boundary of the last look that a mean without a difference first crosses there with probability ``step``.

    The density of the score √t Z on the paths below all earlier boundaries, from look to look.
    Source: Armitage, McPherson and Rowe 1969, "Repeated significance tests on accumulating data", JRSS A 132.
    """
    if not bounds:
        return float(-special.ndtri(step))
    grid = _grid(times[0], bounds[0])
    density = np.exp(-grid * grid / (2.0 * times[0])) / np.sqrt(2.0 * np.pi * times[0])
    for k in range(1, len(bounds)):
        spread, further = np.sqrt(times[k] - times[k - 1]), _grid(times[k], bounds[k])
        steps = (further[:, None] - grid) / spread
        density = np.trapezoid(density * np.exp(-0.5 * steps * steps), grid, axis=1) / (spread * np.sqrt(2.0 * np.pi))
        grid = further
    spread, root = np.sqrt(times[-1] - times[-2]), np.sqrt(times[-1])
    low, high = -2.0, 9.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        crosses = np.trapezoid(density * special.ndtr((grid - middle * root) / spread), grid)
        low, high = (middle, high) if crosses > step else (low, middle)
    return 0.5 * (low + high)


def _grid(time: float, bound: float) -> NDArray[np.float64]:
    points: NDArray[np.float64] = np.linspace(-8.0, bound, POINTS) * np.sqrt(time)
    return points
