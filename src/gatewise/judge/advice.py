"""What to take, how strongly, and why: a choice is owed even where nothing is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.judge.cheaper import cheaper_arm, cost, rival
from gatewise.run.verdict import Net, coded
from gatewise.stats.posterior import posterior
from gatewise.stats.skill import skill

if TYPE_CHECKING:
    from gatewise.judge.looks import Look
    from gatewise.run.plan import Plan
    from gatewise.run.verdict import Coded, Strength
    from gatewise.stats.posterior import Posterior

LIKELY, LEANING = 0.90, 0.75
"""Probability that a choice is at most the margin worse, from which on it is called likely, and from which on leaning;
below that there is no telling, and the cheaper cell is taken."""

BASELINE = "baseline"


@dataclass(frozen=True)
class Sure:
    """How sure one may be of each choice, as tuned, on new data.

    Attributes:
        difference: The first judged arm minus the second.
        over: Each judged arm minus the bar.
        margin: Differences up to this size are practically nothing.
    """

    difference: Posterior
    over: tuple[Posterior, Posterior]
    margin: float

    @property
    def better(self) -> tuple[float, float]:
        """Probability that each judged arm is the better one."""
        first = self.difference.above(0.0)
        return first, 1.0 - first

    @property
    def at_most_worse(self) -> tuple[float, float, float]:
        """Probability that each judged arm is at most the margin worse than the other, and that the bar is than either.

        The last one is the least it can be, whatever the two arms have in common.
        """
        first, second = self.difference.above(-self.margin), 1.0 - self.difference.above(self.margin)
        return first, second, max(0.0, sum(1.0 - one.above(self.margin) for one in self.over) - 1.0)

    @property
    def regrets(self) -> tuple[float, float, float]:
        """Skill lost on average by each judged arm and by the bar, against whichever other choice it loses most to."""
        against = [one.losses() for one in self.over]
        first, second = (max(own, bar) for own, (bar, _) in zip(self.difference.losses(), against, strict=True))
        return first, second, max(bar for _, bar in against)


def sure(plan: Plan, look: Look | None) -> Sure | None:
    """How sure one may be; None where nothing was compared."""
    if look is None or look.pairs < 2 or not look.seen.pairs.bar.sum():
        return None
    first, second = plan.cells[:2]
    over = [posterior(look.seen.over(arm, look.seen.pairs.bar).now, plan.margin) for arm in (first, second)]
    return Sure(posterior(look.seen.between(first, second, "tuned").now, plan.margin), (over[0], over[1]), plan.margin)


@dataclass(frozen=True)
class Advice:
    """What to take.

    Attributes:
        take: An arm, or `BASELINE`.
        strength: How sure it is that this is no mistake.
        reason: Why.
        net: Where the baseline is to be taken: which arm, if it has to be a net.
    """

    take: str
    strength: Strength
    reason: Coded
    net: Net | None


def advice(plan: Plan, look: Look | None, found: Sure | None) -> Advice:
    """What to take, from what is shown, else from how sure one may be."""
    if look is not None and look.claims["tuned"] and found is None:
        return Advice(BASELINE, "shown", coded("bar-does-as-well"), _net(plan, None, None))
    if look is None or found is None:
        return _unjudged(plan, look)
    if any(claim.kind == "neither" for claim in look.claims["tuned"]):
        return Advice(BASELINE, "shown", coded("bar-does-as-well"), _net(plan, look, found))
    cell = _cell(plan, look, found)
    place = plan.cells.index(cell.cell)
    of_cell, of_bar = found.over[place].losses()
    if of_bar >= of_cell:
        return Advice(cell.cell, cell.strength, cell.reason, None)
    chance = found.at_most_worse[2]
    reason = coded(
        "bar-ahead", probability=chance, estimate=-look.seen.over(cell.cell, look.seen.pairs.bar).now.estimate
    )
    return Advice(BASELINE, _strength(chance), reason, cell)


def _unjudged(plan: Plan, look: Look | None) -> Advice:
    """What to take where one pair at most was trained.

    The arm that is ahead by more than the margin, else the cheaper one; the bar where that arm is not ahead of it.
    """
    low = cheaper_arm(plan)
    if look is None:
        return Advice(low, "either", coded("nothing-compared", **_costs(plan, low)), None)
    high = rival(plan, low)
    ahead = float(look.seen.scores(high).mean() - look.seen.scores(low).mean())
    best = high if ahead > plan.margin else low
    behind = float(skill(look.seen.pairs.bar, look.seen.reference) - look.seen.scores(best).mean())
    less = coded("one-pair-tells-little", **_costs(plan, low))
    reason = coded("one-pair-ahead", other=low, ahead=ahead) if best == high else less
    if behind >= 0.0:
        net = Net(cell=best, strength="either", reason=reason)
        return Advice(BASELINE, "either", coded("one-pair-behind", arm=best, behind=behind), net)
    return Advice(best, "either", reason, None)


def _net(plan: Plan, look: Look | None, found: Sure | None) -> Net:
    """The arm to take if it has to be a net."""
    if look is not None and found is not None:
        return _cell(plan, look, found)
    low = cheaper_arm(plan)
    return Net(cell=low, strength="either", reason=coded("costs-less", **_costs(plan, low)))


def _cell(plan: Plan, look: Look, found: Sure) -> Net:
    """The arm to take, the baseline aside."""
    arms, low = {"first": plan.cells[0], "second": plan.cells[1]}, cheaper_arm(plan)
    between = [claim for claim in look.claims["tuned"] if claim.kind != "neither"]
    if between and between[0].kind == "equal":
        return Net(cell=low, strength="shown", reason=coded("costs-less", **_costs(plan, low)))
    if between:
        shown = coded("better-by-the-margin") if between[0].beyond else coded("better-shown")
        reason = shown if between[0].kind == "better" else coded("not-worse-shown")
        return Net(cell=arms[between[0].arm or "first"], strength="shown", reason=reason)
    regrets = found.difference.losses()
    best = 0 if regrets[0] < regrets[1] or (regrets[0] == regrets[1] and low == arms["first"]) else 1
    chance = found.at_most_worse[best]
    if chance < LEANING:
        return Net(cell=low, strength="either", reason=coded("regrets-alike", **_costs(plan, low)))
    estimate = look.seen.judged("tuned").now.estimate * (1 if best == 0 else -1)
    reason = coded("probably-no-worse", probability=chance, margin=plan.margin, estimate=estimate)
    return Net(cell=plan.cells[best], strength=_strength(chance), reason=reason)


def _strength(chance: float) -> Strength:
    return "likely" if chance >= LIKELY else "leaning" if chance >= LEANING else "either"


def _costs(plan: Plan, arm: str) -> dict[str, int]:
    """Multiply-adds a step and numbers of state, of an arm and of its rival."""
    (work, state), (rival_work, rival_state) = cost(plan, arm), cost(plan, rival(plan, arm))
    return {"work": work, "state": state, "rival_work": rival_work, "rival_state": rival_state}
