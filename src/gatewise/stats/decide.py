"""From two cells' skill tables to a decision: the thresholds, the zones, the verdict, the regret."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy import special, stats

from gatewise.stats.variance import Crossed, crossed, tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

ERROR_RATE = 0.05
"""Wrong verdicts allowed over all looks of one comparison."""

FEWEST_PAIRS, FEWEST_BLOCKS = 2, 5
"""Fewer than these say too little of a source of noise for its variance to be believed: nothing is decided."""

Outcome = Literal["first", "second", "equal", "not-worse", "neither", "undecided"]
Zone = Literal["yes", "no", "unclear"]
Cause = Literal["pairs", "test data", "tuning", "baseline", "ties"]


@dataclass(frozen=True)
class Decision:
    """What one look says.

    Attributes:
        outcome: The verdict, with `first` and `second` standing for the two judged cells.
        cause: Why undecided: `pairs`, `test data`, `tuning`, `baseline` or `ties`; None with a verdict.
        difference: Skill of the first cell minus skill of the second.
        over: Skill of each cell minus the gate baseline's skill.
        zones: For each cell: `yes`, it is above the baseline; `no`, it does not exceed it by the margin; `unclear`.
        level: Coverage of the two-sided intervals that decided.
    """

    outcome: Outcome
    cause: Cause | None
    difference: Crossed
    over: tuple[Crossed, Crossed]
    zones: tuple[Zone, Zone]
    level: float


def level(looks: Sequence[int], pairs: int, *, last: bool) -> float:
    """Coverage of the two-sided interval at a look.

    At a true difference of exactly one margin two errors are open at every look, a false winner and a false
    `equal`, one on either side. The looks share `ERROR_RATE` in proportion to the squares of their pairs, and the last
    one gets what the looks behind it would have had; so by Bonferroni's inequality both errors over all looks stay
    within it, however the looks are correlated. Early looks get little: few pairs show little of how runs vary, and
    what they leave makes the last look decide more.
    Source: O'Brien and Fleming 1979, Biometrics 35, for spending most at the end.

    Args:
        looks: Pairs at each planned look, in order; empty where none was planned.
        pairs: Pairs at this one.
        last: Whether none follows.
    """
    planned = [n for n in looks if n >= pairs] or [pairs]
    ahead = planned if last else planned[:1]
    return 1.0 - ERROR_RATE * sum(n * n for n in ahead) / sum(n * n for n in looks or planned)


def gate_level(coverage: float) -> float:
    """Coverage of the intervals against the baseline: the error of the difference's interval, split over two cells."""
    return 1.0 - (1.0 - coverage) / 2.0


def decide(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    baseline: NDArray[np.float64],
    *,
    margin: float,
    looks: Sequence[int],
    last: bool,
    cheaper: Literal["first", "second"],
    choices: tuple[float, float] = (0.0, 0.0),
    independent: int | None = None,
) -> Decision:
    """Judge two cells.

    Args:
        first: Skill pseudo-values of the first cell, shape (pairs, blocks).
        second: The same of the second cell.
        baseline: The same of the gate baseline, shape (blocks,).
        margin: Differences up to this size are practically nothing.
        looks: Pairs at each planned look.
        last: Whether this is the last of them; `not-worse` is only said then, for earlier it might become more.
        cheaper: The cell that costs less by formula.
        choices: For each cell the variance between the configurations its pairs chose (`choice_variance`).
        independent: Blocks that can be treated as independent, where these are not all.
    """
    blocks = first.shape[1] if independent is None else independent
    coverage = level(looks, first.shape[0], last=last)
    difference = crossed(first - second, sum(choices))
    over = crossed(first - baseline, choices[0]), crossed(second - baseline, choices[1])
    zones = zone(over[0], margin, gate_level(coverage)), zone(over[1], margin, gate_level(coverage))
    if first.shape[0] < FEWEST_PAIRS or blocks < FEWEST_BLOCKS:
        cause: Cause = "pairs" if first.shape[0] < FEWEST_PAIRS else "test data"
        return Decision("undecided", cause, difference, over, zones, coverage)
    outcome, cause_found = _outcome(difference, zones, margin, coverage, last, cheaper)
    return Decision(outcome, cause_found, difference, over, zones, coverage)


def zone(over: Crossed, margin: float, coverage: float) -> Zone:
    """Where a cell stands against the baseline: three zones, from its skill minus the baseline's."""
    if over.standard_error == 0.0:  # every run and block alike: no noise to judge by, the value stands for itself
        return "yes" if over.estimate > margin else "no"
    low, high = over.interval(coverage)
    if high < margin:
        return "no"
    return "yes" if low > 0.0 else "unclear"


def _outcome(
    difference: Crossed,
    zones: tuple[Zone, Zone],
    margin: float,
    coverage: float,
    last: bool,
    cheaper: Literal["first", "second"],
) -> tuple[Outcome, Cause | None]:
    if zones == ("no", "no"):
        return "neither", None
    if difference.standard_error == 0.0:
        return "undecided", "ties"
    found = reading(difference.interval(coverage), margin, last=last, cheaper=cheaper)
    if found is None:
        low, high = _without_pairs(difference, coverage)
        if reading((low, high), margin, last=True, cheaper=cheaper) is not None:
            return "undecided", "pairs"
        return "undecided", "test data" if difference.blocks_part >= difference.choices_part else "tuning"
    named = cheaper if found in ("equal", "not-worse") else found
    if zones[0 if named == "first" else 1] != "yes":
        return "undecided", "baseline"
    return found, None


def reading(
    interval: tuple[float, float], margin: float, *, last: bool, cheaper: Literal["first", "second"]
) -> Literal["first", "second", "equal", "not-worse"] | None:
    """Read an interval of the difference against the margin; None where it leaves the difference open."""
    low, high = interval
    if low > margin:
        return "first"
    if high < -margin:
        return "second"
    if -margin < low and high < margin:
        return "equal"
    safe = low > -margin if cheaper == "first" else high < margin
    return "not-worse" if last and safe else None


def _without_pairs(difference: Crossed, coverage: float) -> tuple[float, float]:
    """The interval that infinitely many pairs would leave at today's estimate."""
    left = math.hypot(difference.blocks_part, difference.choices_part)
    half = float(special.ndtri(1.0 - tail(coverage))) * left
    return difference.estimate - half, difference.estimate + half


def smallest_margin(decision: Decision) -> float:
    """The smallest margin at which these data could show `equal` with unlimited pairs."""
    low, high = _without_pairs(decision.difference, decision.level)
    return max(abs(low), abs(high))


def probabilities(difference: Crossed, margin: float) -> tuple[float, float, float]:
    """Posterior probability left of, inside and right of the margin: second better, equal, first better.

    NaN when the standard error is 0. Source: Benavoli, Corani, Demšar and Zaffalon 2017, "Time for a change", JMLR 18.
    """
    first = difference.probability_above(margin)
    second = 1.0 - difference.probability_above(-margin)
    return second, 1.0 - first - second, first


def expected_regret(difference: Crossed) -> tuple[float, float]:
    """Skill lost on average by taking the first cell, and by taking the second.

    E max(0, -d) and E max(0, d) for d = estimate + SE·t: the t distribution's partial expectation in closed form
    (as in the expected value of information, Raiffa and Schlaifer 1961, chapter 5).
    """
    # Below two degrees of freedom the mean of |t| runs off to infinity: no estimate of a variance is worth that.
    se, freedom = difference.standard_error, max(2.0, difference.degrees_of_freedom)
    if se == 0.0:
        return max(0.0, -difference.estimate), max(0.0, difference.estimate)
    z = difference.estimate / se
    density = float(stats.t.pdf(z, freedom)) * (freedom + z * z) / (freedom - 1.0)
    tail = float(stats.t.sf(z, freedom))
    loss_of_first = max(0.0, se * (density - z * tail))
    return loss_of_first, loss_of_first + difference.estimate
