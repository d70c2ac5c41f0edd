"""How much work would show something, as an option to type; nothing where that is not known."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from gatewise.judge.looks import FIRST_LOOK, LOOKS, MOST_PAIRS
from gatewise.languages import say
from gatewise.metrics import metric_named
from gatewise.run.plan import STEPS_RANGE
from gatewise.stats.decide import SAFE, WINNER

if TYPE_CHECKING:
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Verdict

SAFE_SHARE = NormalDist().inv_cdf(SAFE) / NormalDist().inv_cdf(WINNER)
"""Width of the interval of a cell that is no worse, against that of a winner."""

LONGEST = 24 * 3600.0
"""Seconds: nobody is sent off for longer."""


def enough(verdict: Verdict, plan: Plan, budget: float | None) -> str | None:
    """What to type for more work that would do, going by what is seen so far.

    Args:
        verdict: What was found.
        plan: The plan it was found by.
        budget: Seconds that were asked for; None where fits were.
    """
    needed = pairs_needed(verdict)
    if needed is None:
        return None
    times = needed / verdict.pairs
    if plan.work.unit == "fits":
        option = f"--fits {_rounded(times * plan.work.total)}"
    else:
        longer = _longer(plan, needed)
        if budget is None or longer is None or budget * times * longer > LONGEST:
            return None
        option = f"--budget {typed(budget * times * longer)}"
    if verdict.pairs < FIRST_LOOK:
        return say("{option} pays for that.", option=option)
    return say("{option} should do, if the scores stay as they are.", option=option)


def pairs_needed(verdict: Verdict) -> int | None:
    """Pairs after which something would be shown if estimate and noise stayed as they are; None where none would do.

    The easiest claim counts, that the cell ahead is no more than the margin worse: its bound narrows as the noise of
    the pairs averages out, and the noise of the test blocks stays.
    """
    open_, found, pairs = verdict.undecided, verdict.difference, verdict.pairs
    if open_ is None or not open_.budget_helps or open_.cause != "pairs" or not pairs:
        return None
    if pairs < FIRST_LOOK:
        return FIRST_LOOK
    if found is None or found.standard_error <= 0.0:
        return None
    half = (found.interval[1] - found.interval[0]) / 2.0 * SAFE_SHARE
    wanted = (verdict.margin + abs(found.estimate)) * found.standard_error / half
    stays = found.standard_error**2 - found.standard_error_pairs**2
    if wanted**2 <= stays:
        return None
    needed = max(pairs + 1, math.ceil(pairs * found.standard_error_pairs**2 / (wanted**2 - stays)))
    return needed if needed <= MOST_PAIRS else None


def _longer(plan: Plan, needed: int) -> float | None:
    """How many times as long fits become before a budget buys more pairs; None where that is not known."""
    steps, (fewest, most) = min(plan.steps.values()), STEPS_RANGE
    if steps <= fewest and needed <= LOOKS[1]:  # so many are bought with short fits
        return 1.0
    if metric_named(plan.metric).of in ("symbols", "frames") or steps > most:
        return None  # the most steps of these depend on how much there is to read
    return most / steps


def typed(seconds: float) -> str:
    """A time as one would type it, rounded up: 90s, 4m, 2h30m."""
    if seconds <= 120.0:
        return f"{10 * math.ceil(seconds / 10.0)}s"
    minutes = math.ceil(seconds / 60.0)
    if minutes > 10:
        minutes = 5 * math.ceil(minutes / 5)
    hours, rest = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{rest}m" if rest else "")


def _rounded(fits: float) -> int:
    """Fits, rounded up to tens."""
    return 10 * math.ceil(fits / 10.0)
