"""From two arms' differences to claims and a verdict.

The rule: d is the skill of the first arm minus that of the second, M the margin, ``low(a)`` and ``high(a)`` bounds
that d exceeds with probability a at most, however often one looks.

    better      low(.025) > 0, or high(.025) < 0
    equal       -M < low(.04) and high(.04) < M
    not worse   low(.04) > -M for the first arm, high(.04) < M for the second
    neither     the high(.025) of both arms' lead over the bar is below M
    beats       the low(.025) of an arm's lead over every simple rule is above 0

At no true difference can more than one of the first three be wrong on the same side, so they share nothing
(three-sided testing); the last two need several tests to pass at once, each at its full error (intersection-union). The
verdict is the first that holds of `neither`, `equal`, better, not worse. A run stops early at one of the first three.
Sources: Goeman, Solari and Stijnen 2010, "Three-sided hypothesis testing", Statistics in Medicine 29; Morikawa and
Yoshida 1995, Journal of Biopharmaceutical Statistics 5; Berger 1982, Technometrics 24.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gatewise.stats.interval import interval
from gatewise.stats.posterior import worth_of_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gatewise.stats.interval import Followed
    from gatewise.stats.variance import Mean, Parts, Scope

WINNER, SAFE = 0.025, 0.04
"""One-sided error of a winner and of claims against the bar; of `equal` and not worse, which err on the other side."""

FEWEST_PAIRS, FEWEST_BLOCKS = 2, 4
"""With fewer pairs, or fewer independent test blocks, a variance is not known well enough: nothing is claimed."""

WORTH = 0.05
"""Further pairs that are worth less than this share of the margin are not trained where they cannot lead to a claim."""

Arm = Literal["first", "second"]
Kind = Literal["neither", "equal", "better", "not-worse"]

Interval = tuple[float, float]


@dataclass(frozen=True)
class Claim:
    """What is shown.

    Attributes:
        kind: What is said.
        arm: Of which arm; None where it is said of both.
        beyond: Of `better`: whether by more than the margin.
    """

    kind: Kind
    arm: Arm | None = None
    beyond: bool = False


def decide(difference: Followed, over: Sequence[Followed], margin: float) -> tuple[Claim, ...]:
    """All that is shown of two arms, in the order of precedence; nothing where it stays open.

    Args:
        difference: Skill of the first arm minus skill of the second, look by look.
        over: Skill of each arm minus the bar's.
        margin: Differences up to this size are practically nothing.
    """
    neither = (Claim("neither"),) if over and all(at_most(one, margin) for one in over) else ()
    told = known(difference.now) and difference.now.standard_error > 0.0
    between = read(difference.interval(WINNER), difference.interval(SAFE), margin) if told else ()
    return (*neither, *between)


def read(winner: Interval, safe: Interval, margin: float) -> tuple[Claim, ...]:
    """Read the bounds of a difference.

    Args:
        winner: At the error of a winner.
        safe: At that of `equal` and not worse.
        margin: Differences up to this size are practically nothing.
    """
    found = []
    if -margin < safe[0] and safe[1] < margin:
        found.append(Claim("equal"))
    if winner[0] > 0.0:
        found.append(Claim("better", "first", winner[0] > margin))
    if winner[1] < 0.0:
        found.append(Claim("better", "second", winner[1] < -margin))
    if safe[0] > -margin:
        found.append(Claim("not-worse", "first"))
    if safe[1] < margin:
        found.append(Claim("not-worse", "second"))
    return tuple(found)


def ends(claims: Sequence[Claim]) -> bool:
    """Whether a run stops at these claims: not worse might become more."""
    return any(claim.kind != "not-worse" for claim in claims)


def at_most(over: Followed, margin: float) -> bool:
    """Whether an arm is shown to exceed a rule by less than the margin."""
    return _told(over) and over.interval(WINNER)[1] < margin


def beats(over: Followed) -> bool:
    """Whether an arm is shown to be above a rule."""
    return _told(over) and over.interval(WINNER)[0] > 0.0


def known(mean: Mean) -> bool:
    """Whether there are pairs and independent blocks enough to claim anything."""
    return mean.pairs >= FEWEST_PAIRS and mean.independent >= FEWEST_BLOCKS


def _told(over: Followed) -> bool:
    """Whether the noise is known; without any, an arm that never left the rule that it starts from is that rule."""
    return known(over.now) and (over.now.standard_error > 0.0 or over.now.estimate == 0.0)


# --------------------------------------------------------------------------------------------------
# What more pairs could bring


def pairs_may_decide(difference: Parts, over: Sequence[Parts], scope: Scope, margin: float) -> bool:
    """Whether any number of pairs could lead to a claim.

    More pairs may move an estimate by as far as its noise from the pairs allows. The two ends of that range are enough:
    the further a difference lies towards an arm, the easier that arm is shown to be no worse.
    """
    either = (
        read(_limit(difference, scope, WINNER, side), _limit(difference, scope, SAFE, side), margin) for side in (-1, 1)
    )
    if known(difference.without_pairs().within(scope)) and any(either):
        return True
    return bool(over) and all(
        known(one.without_pairs().within(scope)) and _limit(one, scope, WINNER, -1)[1] < margin for one in over
    )


def _limit(parts: Parts, scope: Scope, error: float, side: int) -> Interval:
    """The interval that infinitely many pairs would leave, its estimate moved to one end of what they may show."""
    now = parts.within(scope)
    low, high = interval(now, WINNER, WINNER)
    share = parts.of_pairs**0.5 / now.standard_error if now.standard_error else 0.0
    moved = side * share * (high - low) / 2.0
    left = interval(parts.without_pairs().within(scope), error, error)
    return left[0] + moved, left[1] + moved


def smallest_margin(difference: Parts, scope: Scope) -> float:
    """The smallest margin at which these data could show `equal` with unlimited pairs, at today's estimate."""
    low, high = interval(difference.without_pairs().within(scope), SAFE, SAFE)
    return max(abs(low), abs(high))


def pairs_are_worth_it(difference: Parts, margin: float) -> bool:
    """Whether further pairs could better the choice by `WORTH` margins or more."""
    return worth_of_pairs(difference.estimate, difference.of_pairs) >= WORTH * margin
