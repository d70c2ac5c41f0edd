"""From two arms' skill tables to a decision: the thresholds, the zones, the verdict, the regret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.stats.variance import Crossed

ERROR_RATE = 0.05
"""Wrong verdicts allowed over all looks of one comparison."""

FEWEST_PAIRS, FEWEST_BLOCKS = 2, 5
"""With fewer than these the variance of training runs or of test data is not known well enough: nothing is decided."""

Outcome = Literal["first", "second", "equal", "not-worse", "neither", "undecided"]
Zone = Literal["yes", "no", "unclear"]
Doubt = Literal["pairs", "test-data", "tuning", "baseline", "ties"]
"""Why two arms stay undecided."""


@dataclass(frozen=True)
class Decision:
    """What one look says.

    Attributes:
        outcome: The verdict, with `first` and `second` standing for the two judged arms.
        cause: Why undecided: `pairs` where more of them could decide; where none could, `test-data` or `tuning`,
            whichever adds more noise; `baseline` or `ties`; None with a verdict.
        difference: Skill of the first arm minus skill of the second.
        over: Skill of each arm minus the bar's skill.
        zones: For each arm: `yes`, it is above the bar; `no`, it does not exceed it by the margin; `unclear`.
        level: Coverage of the two-sided interval of the difference that decided.
        best_level: Coverage at the last planned look, the lowest that is still to come. Where that look could not
            decide with unlimited pairs, more pairs cannot help.
    """

    outcome: Outcome
    cause: Doubt | None
    difference: Crossed
    over: tuple[Crossed, Crossed]
    zones: tuple[Zone, Zone]
    level: float
    best_level: float


def level(looks: Sequence[int], pairs: int, *, last: bool) -> float:
    """Coverage of the two-sided interval at a look.

    At a true difference of exactly one margin two errors are open at every look, a false winner and a false
    `equal`, one on either side. The looks share `ERROR_RATE` in proportion to the squares of their pairs, and the last
    one gets what the looks behind it would have had; so by Bonferroni's inequality both errors over all looks stay
    within it, however the looks are correlated. Early looks get little of it, because few pairs show
    little of how training runs vary; what they do not spend lets the last look decide more often.
    Source: O'Brien and Fleming 1979, Biometrics 35, for spending most at the end.

    Args:
        looks: Pairs at each planned look, in order; empty where none was planned.
        pairs: Pairs at this one.
        last: Whether none follows.
    """
    planned = [n for n in looks if n >= pairs] or list(looks[-1:]) or [pairs]
    ahead = planned if last else planned[:1]
    return 1.0 - ERROR_RATE * sum(n * n for n in ahead) / sum(n * n for n in looks or planned)


def bar_level(coverage: float) -> float:
    """Coverage of the intervals against the bar.

    The two arms share as much error as the interval of the difference has; this error is added to that one.
    """
    return 1.0 - (1.0 - coverage) / 2.0


def decide(
    difference: Crossed,
    over: tuple[Crossed, Crossed],
    *,
    margin: float,
    looks: Sequence[int],
    last: bool,
    cheaper: Literal["first", "second"],
) -> Decision:
    """Judge two arms.

    Args:
        difference: Skill of the first arm minus skill of the second.
        over: Skill of each arm minus the bar's.
        margin: Differences up to this size are practically nothing.
        looks: Pairs at each planned look.
        last: Whether this is the last of them; `not-worse` is only said then, for earlier it might become more.
        cheaper: The arm that costs less by formula.
    """
    coverage = level(looks, difference.pairs, last=last)
    best = level(looks, max(difference.pairs, *looks, 0), last=True)
    zones = zone(over[0], margin, bar_level(coverage)), zone(over[1], margin, bar_level(coverage))
    outcome, cause = _outcome(difference, zones, margin, coverage, last, cheaper)
    if outcome == "undecided" and cause is None:
        cause = _noise(difference, over, margin, best, cheaper)
    return Decision(outcome, cause, difference, over, zones, coverage, best)


def zone(over: Crossed, margin: float, coverage: float) -> Zone:
    """Where an arm stands against the bar, from its skill minus the bar's."""
    low, high = over.interval(coverage)
    if low == high or over.blocks < FEWEST_BLOCKS or over.pairs < FEWEST_PAIRS:
        return "unclear"  # without noise, or from too few pairs or blocks, nothing can be said
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
) -> tuple[Outcome, Doubt | None]:
    """The outcome; of `undecided` the cause, None where it is the noise of the difference."""
    if difference.pairs < FEWEST_PAIRS or difference.blocks < FEWEST_BLOCKS:
        return "undecided", "pairs" if difference.pairs < FEWEST_PAIRS else "test-data"
    if zones == ("no", "no"):
        return "neither", None
    if difference.standard_error == 0.0:
        return "undecided", "ties"
    found = reading(difference.interval(coverage), margin, last=last, cheaper=cheaper)
    if found is None:
        return "undecided", None
    named = cheaper if found in ("equal", "not-worse") else found
    if zones[0 if named == "first" else 1] != "yes":
        return "undecided", "baseline"
    return found, None


def _noise(
    difference: Crossed,
    over: tuple[Crossed, Crossed],
    margin: float,
    level: float,
    cheaper: Literal["first", "second"],
) -> Doubt:
    """Which noise leaves two arms undecided."""
    if _pairs_may_decide(difference, margin, level, cheaper) or _pairs_may_rule_out(over, margin, bar_level(level)):
        return "pairs"
    return "test-data" if difference.blocks_part >= difference.choices_part else "tuning"


def _pairs_may_decide(difference: Crossed, margin: float, level: float, cheaper: Literal["first", "second"]) -> bool:
    """Whether any number of pairs could lead to a verdict on the difference.

    More pairs may move the estimate as far as `_open_to` says. The two ends of that range are enough: the further the
    estimate lies towards an arm, the easier that arm wins, and wherever `equal` could be read, `not-worse` is read at
    the cheaper arm's end.
    """
    low, high = difference.without_pairs(level)
    open_to = _open_to(difference)
    ends = ((low - open_to, high - open_to), (low + open_to, high + open_to))
    return any(reading(end, margin, last=True, cheaper=cheaper) is not None for end in ends)


def _pairs_may_rule_out(over: tuple[Crossed, Crossed], margin: float, level: float) -> bool:
    """Whether any number of pairs could show that neither arm exceeds the bar by the margin."""
    return all(cell.blocks >= FEWEST_BLOCKS and cell.without_pairs(level)[1] - _open_to(cell) < margin for cell in over)


def _open_to(mean: Crossed) -> float:
    """How far more pairs may move an estimate."""
    return mean.critical(1.0 - ERROR_RATE) * mean.pairs_part


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


def smallest_margin(decision: Decision) -> float:
    """The smallest margin at which these data could show `equal` with unlimited pairs, at the last look."""
    low, high = decision.difference.without_pairs(decision.best_level)
    return max(abs(low), abs(high))


def probabilities(difference: Crossed, margin: float) -> tuple[float, float, float]:
    """Posterior probability left of, inside and right of the margin: second better, equal, first better.

    NaN when the standard error is 0. Source: Benavoli, Corani, Demšar and Zaffalon 2017, "Time for a change", JMLR 18.
    """
    first = difference.probability_above(margin)
    second = 1.0 - difference.probability_above(-margin)
    return second, 1.0 - first - second, first


def expected_regret(difference: Crossed) -> tuple[float, float]:
    """Skill lost on average by taking the first arm, and by taking the second.

    E max(0, -d) and E max(0, d) for d = estimate + SE·t: the t distribution's partial expectation in closed form
    (as in the expected value of information, Raiffa and Schlaifer 1961, chapter 5).
    """
    # Below two degrees of freedom the mean of |t| runs off to infinity: no estimate of a variance is worth that.
    se, freedom = difference.standard_error, max(2.0, difference.degrees_of_freedom)
    if se == 0.0:
        return max(0.0, -difference.estimate), max(0.0, difference.estimate)
    z = difference.estimate / se
    density = float(stats.t.pdf(z, freedom)) * (freedom + z * z) / (freedom - 1.0)
    beyond = float(stats.t.sf(z, freedom))
    loss_of_first = max(0.0, se * (density - z * beyond))
    return loss_of_first, loss_of_first + difference.estimate
